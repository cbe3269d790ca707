//! The authorization server of agents: metadata, the browser's steps, tokens and their revocation. The rules
//! are in `domain::agent`; grants are in the person's vault.

use secrecy::ExposeSecret;
use workbot_domain::agent::authorization::{
    AUTHORIZATION_LIFETIME, Consent, LARGEST_COOKIE, Signin, SigninState, cookie_name,
};
use workbot_domain::agent::client::{Client, ClientId, is_secret};
use workbot_domain::agent::consent_page::ConsentPage;
use workbot_domain::agent::oauth::{
    AuthorizationRefusal, AuthorizationRequest, Credentials, Door, OAuthError, Parameters, TokenRequest,
    revoked_token, token_response,
};
use workbot_domain::agent::token::{ACCESS_LIFETIME, AccessToken, AgentTokenError, Code, RefreshToken};
use workbot_domain::login::{SigninRefusal, Step, random_hex, signin_refusal};
use workbot_domain::owner::{Subject, VaultId};
use workbot_domain::seal::Purpose;
use workbot_shared::{ErrorCode, TenantId};
use workbot_vault::agent_protocol::{AgentRequest, AgentResponse};
use workbot_vault::clients::agent_client;
use workbot_vault::clients::entra_sign_in::{signed_in, signin_url};
use workbot_vault::protocol::{VaultRequest, VaultResponse, ask};
use workbot_vault::workspace;

use super::rate_limits::{RateLimit, may_log_in};
use super::request::{Header, Request, cookie};
use super::request_context::RequestContext;
use super::response::{RequestError, Response, html, see_other};

/// The door of this deployment.
pub fn door(context: &RequestContext) -> Door {
    Door::of(&context.config.public_url)
}

/// `GET /.well-known/oauth-protected-resource/mcp` (RFC 9728).
pub fn resource_metadata(context: &RequestContext) -> Result<Response, RequestError> {
    Response::json(&door(context).resource_metadata(&context.config.bot.name))
}

/// `GET /.well-known/oauth-authorization-server` (RFC 8414).
pub fn server_metadata(context: &RequestContext) -> Result<Response, RequestError> {
    Response::json(&door(context).server_metadata())
}

/// Sends a request about agents to a person's vault.
///
/// # Errors
/// 503 when the vault does not respond or fails.
pub async fn ask_vault(
    context: &RequestContext,
    subject: &Subject,
    request: AgentRequest,
) -> Result<AgentResponse, RequestError> {
    let request = VaultRequest::Agent(Box::new(request));
    match ask(&context.isolate, &VaultId::of(subject), &request, &context.id).await {
        Ok(VaultResponse::Agent(response)) => Ok(response),
        Ok(_) => Err(RequestError::of(ErrorCode::Internal).missing("a response about agents")),
        Err(problem) => Err(RequestError::of(ErrorCode::TemporarilyUnavailable).with_cause(problem)),
    }
}

fn page(context: &RequestContext, shown: &ConsentPage<'_>) -> Result<Response, RequestError> {
    let rendered = shown.render(context.language);
    let rendered = rendered.map_err(|error| RequestError::of(ErrorCode::Internal).with_cause(error))?;
    Ok(html(rendered, shown.content_security_policy()))
}

fn with_cookie(response: Response, id: &str, value: &str, seconds: u64) -> Response {
    let name = cookie_name(id);
    response.with(
        "set-cookie",
        format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; Secure; SameSite=Lax"),
    )
}

/// The client of an id, and its secret's hash if an admin registered it with one.
async fn find_client(
    context: &RequestContext,
    id: &str,
) -> Result<Option<(Client, Option<String>, Option<TenantId>)>, RequestError> {
    match ClientId::parse(id, &context.config.public_url) {
        Ok(ClientId::Document(url)) => {
            let fetched = agent_client::fetch(&context.isolate, &url).await.ok();
            Ok(fetched.map(|client| (client, None, None)))
        }
        Ok(ClientId::Registered(tenant)) if context.config.allowed_tenants.contains(&tenant) => {
            let found = workspace::find_agent_client(&context.isolate, &tenant, id).await;
            let found = found.map_err(super::admin::unavailable)?;
            Ok(found.map(|found| (found.client, found.secret_hash, Some(tenant))))
        }
        _ => Ok(None),
    }
}

/// `GET /agent/authorize` (OAuth 2.1 section 4.1.1): sends the browser to the sign-in.
pub async fn authorize(context: &RequestContext, request: &Request) -> Result<Response, RequestError> {
    if !may_log_in(context, request).await {
        return Err(RequestError::of(ErrorCode::TooManyRequests));
    }
    let parameters = Parameters::read(request.query().as_bytes());
    let found = match parameters.client_id() {
        Ok(id) => find_client(context, id).await?,
        Err(_) => None,
    };
    let Some((client, _, tenant)) = found else { return page(context, &ConsentPage::InvalidRequest) };
    let asked = match AuthorizationRequest::read(&parameters, client, &door(context)) {
        Ok(asked) => asked,
        Err(AuthorizationRefusal::Page) => return page(context, &ConsentPage::InvalidRequest),
        Err(AuthorizationRefusal::Redirect(to)) => return Ok(see_other(to)),
    };
    // The cookie holds the redirect URI of the request; the others decide nothing any more.
    let client = Client { redirect_uris: Vec::new(), ..asked.client };
    let signin = Signin {
        id: context.isolate.fresh_id(),
        request: AuthorizationRequest { client, ..asked },
        tenant: tenant.unwrap_or_else(|| own_tenant(context)),
        step: Step::SilentSignin,
        nonce: random_hex(context.isolate.random()),
        verifier: random_hex(context.isolate.random()),
        expires_at: context.isolate.now() + AUTHORIZATION_LIFETIME,
    };
    to_entra(context, &signin)
}

/// The tenant at which people sign in for a client that no admin registered: the only one, or the bot's.
fn own_tenant(context: &RequestContext) -> TenantId {
    match context.config.allowed_tenants.as_slice() {
        [only] => only.clone(),
        _ => context.config.bot.tenant.clone(),
    }
}

fn to_entra(context: &RequestContext, signin: &Signin) -> Result<Response, RequestError> {
    let (keys, isolate) = (&context.config.master_keys, &context.isolate);
    let cookie = keys.seal_text(Purpose::AgentSignin, signin, isolate.random());
    if cookie.len() > LARGEST_COOKIE {
        return Ok(see_other(signin.request.refused(OAuthError::InvalidRequest, &door(context))));
    }
    let state = keys.seal_text(Purpose::AgentSignin, &signin.state(), isolate.random());
    let (nonce, verifier) = (&signin.nonce, &signin.verifier);
    let to = signin_url(&context.config, &signin.tenant, signin.step, false, state, nonce, verifier)
        .map_err(|error| RequestError::of(ErrorCode::Misconfigured).with_cause(error))?;
    Ok(with_cookie(see_other(to), &signin.id, &cookie, AUTHORIZATION_LIFETIME.as_secs()))
}

/// The state of a sign-in for an agent, if the callback has one.
pub fn signin_state(context: &RequestContext, request: &Request) -> Option<SigninState> {
    let state = request.parameter("state")?;
    context.config.master_keys.open_text(Purpose::AgentSignin, &state).ok()
}

/// `GET /signin/callback` for an agent: the person is proven, and decides on the consent page.
pub async fn from_entra(
    context: &RequestContext,
    request: &Request,
    state: &SigninState,
) -> Result<Response, RequestError> {
    let (keys, isolate) = (&context.config.master_keys, &context.isolate);
    let sealed = cookie(request, &cookie_name(&state.id)).unwrap_or_default();
    let signin = keys.open_text::<Signin>(Purpose::AgentSignin, &sealed).ok();
    let Some(signin) = signin.filter(|signin| signin.fits(state, isolate.now())) else {
        return page(context, &ConsentPage::SigninFailed);
    };
    let code = match (request.parameter("code"), request.parameter("error")) {
        (Some(code), None) => code,
        (_, error) => match signin_refusal(&error.unwrap_or_default(), signin.step) {
            SigninRefusal::Interactive => {
                let (nonce, verifier) = (random_hex(isolate.random()), random_hex(isolate.random()));
                return to_entra(context, &Signin { step: Step::Signin, nonce, verifier, ..signin });
            }
            SigninRefusal::End(_) => {
                let to = signin.request.refused(OAuthError::AccessDenied, &door(context));
                return Ok(with_cookie(see_other(to), &signin.id, "", 0));
            }
        },
    };
    let Signin { id, request, tenant, nonce, verifier, .. } = signin;
    let Ok(person) = signed_in(isolate, &context.config, &tenant, code, nonce, verifier).await else {
        return page(context, &ConsentPage::SigninFailed);
    };
    let consent = Consent {
        request,
        subject: person.subject,
        signed_in_as: person.username.unwrap_or(person.name),
        expires_at: isolate.now() + AUTHORIZATION_LIFETIME,
        id,
    };
    let sealed = keys.seal_text(Purpose::AgentConsent, &consent, isolate.random());
    // The address of the page holds neither code nor state.
    let to = format!("{}/agent/consent?id={}", context.config.public_url, consent.id);
    Ok(with_cookie(see_other(to), &consent.id, &sealed, AUTHORIZATION_LIFETIME.as_secs()))
}

fn consent_of(context: &RequestContext, request: &Request, id: &str) -> Option<Consent> {
    let sealed = cookie(request, &cookie_name(id))?;
    let consent: Consent = context.config.master_keys.open_text(Purpose::AgentConsent, &sealed).ok()?;
    Some(consent).filter(|consent| consent.id == id && context.isolate.now() < consent.expires_at)
}

/// `GET /agent/consent`: the page on which the person decides.
pub fn consent_page(context: &RequestContext, request: &Request) -> Result<Response, RequestError> {
    let id = request.parameter("id").unwrap_or_default();
    match consent_of(context, request, &id) {
        Some(consent) => page(context, &ConsentPage::Consent(&consent)),
        None => page(context, &ConsentPage::SigninFailed),
    }
}

/// `POST /agent/consent`: the decision. The cookie is `SameSite=Lax`, so no other site can send it.
pub async fn decide(context: &RequestContext, request: &Request) -> Result<Response, RequestError> {
    let body = request.body().await?;
    let form = Parameters::read(&body);
    let id = form.get("id").unwrap_or_default();
    let Some(consent) = consent_of(context, request, id) else {
        return page(context, &ConsentPage::SigninFailed);
    };
    let door = door(context);
    let Consent { request: asked, subject, .. } = consent;
    let to = if form.get("decision") == Some("allow") {
        let (client, redirect_uri) = (asked.client.clone(), asked.redirect_uri.clone());
        let request = AgentRequest::Consent { client, redirect_uri, challenge: asked.challenge.clone() };
        match ask_vault(context, &subject, request).await? {
            AgentResponse::Code(code) => asked.granted(&code, &door),
            _ => return page(context, &ConsentPage::Closed),
        }
    } else {
        asked.refused(OAuthError::AccessDenied, &door)
    };
    Ok(with_cookie(see_other(to), id, "", 0))
}

/// Reads a token or revocation request. Returns the id of its client, which is authenticated, and its form.
async fn client_request(
    context: &RequestContext,
    request: &Request,
) -> Result<Result<(String, Parameters), OAuthError>, RequestError> {
    if !may_log_in(context, request).await {
        return Ok(Err(OAuthError::TemporarilyUnavailable));
    }
    let form = Parameters::read(&request.body().await?);
    Ok(authenticate(context, request, &form).await?.map(|client| (client, form)))
}

/// Authenticates the client of a token or revocation request. Returns its id.
async fn authenticate(
    context: &RequestContext,
    request: &Request,
    form: &Parameters,
) -> Result<Result<String, OAuthError>, RequestError> {
    let credentials = match Credentials::read(form, request.header(Header::Authorization)) {
        Ok(credentials) => credentials,
        Err(error) => return Ok(Err(error)),
    };
    let secret_hash = match ClientId::parse(&credentials.id, &context.config.public_url) {
        // A public client proves itself by the code verifier and the refresh token.
        Ok(ClientId::Document(_)) => None,
        Ok(ClientId::Registered(_)) => match find_client(context, &credentials.id).await? {
            Some((_, secret_hash, _)) => secret_hash,
            None => return Ok(Err(OAuthError::InvalidClient)),
        },
        Err(_) => return Ok(Err(OAuthError::InvalidClient)),
    };
    let proven = match (&secret_hash, &credentials.secret) {
        (None, None) => true,
        (Some(hash), Some(secret)) => is_secret(hash, secret.expose_secret()),
        _ => false,
    };
    Ok(if proven { Ok(credentials.id) } else { Err(OAuthError::InvalidClient) })
}

fn uncached(response: Response) -> Response {
    response.with("content-type", "application/json").with("cache-control", "no-store")
}

fn refused(error: OAuthError) -> Result<Response, RequestError> {
    let response = uncached(Response::json(&error.body())?.with_status(error.status()));
    Ok(if error == OAuthError::InvalidClient {
        response.with("www-authenticate", "Basic realm=\"agent\"")
    } else {
        response
    })
}

/// `POST /agent/token` (OAuth 2.1 section 3.2).
pub async fn token(context: &RequestContext, request: &Request) -> Result<Response, RequestError> {
    let (client, form) = match client_request(context, request).await? {
        Ok(asked) => asked,
        Err(error) => return refused(error),
    };
    let keys = &context.config.master_keys;
    let asked = match TokenRequest::read(&form, &door(context)) {
        Ok(TokenRequest::Code { code, redirect_uri, verifier }) => {
            Code::open(keys, &code, context.isolate.now()).map(|code| {
                let subject = code.subject.clone();
                (subject, AgentRequest::RedeemCode { code, client, redirect_uri, verifier })
            })
        }
        Ok(TokenRequest::Refresh(token)) => RefreshToken::open(keys, &token)
            .map(|token| (token.subject.clone(), AgentRequest::Refresh { token, client })),
        Err(error) => return refused(error),
    };
    let Ok((subject, asked)) = asked else { return refused(OAuthError::InvalidGrant) };
    match ask_vault(context, &subject, asked).await {
        Ok(AgentResponse::Tokens { access, refresh }) => {
            Ok(uncached(Response::json(&token_response(&access, &refresh, ACCESS_LIFETIME.as_secs()))?))
        }
        Ok(_) => refused(OAuthError::InvalidGrant),
        Err(_) => refused(OAuthError::TemporarilyUnavailable),
    }
}

/// `POST /agent/revoke` (RFC 7009): ends the grant. A token that is not valid is no error.
pub async fn revoke(context: &RequestContext, request: &Request) -> Result<Response, RequestError> {
    let (client, form) = match client_request(context, request).await? {
        Ok(asked) => asked,
        Err(error) => return refused(error),
    };
    let token = match revoked_token(&form) {
        Ok(token) => token,
        Err(error) => return refused(error),
    };
    let (keys, resource) = (&context.config.master_keys, door(context).resource());
    let named = RefreshToken::open(keys, token).map(|token| (token.subject, token.grant)).or_else(|_| {
        let access = AccessToken::open(keys, token, &resource, context.isolate.now())?;
        Ok::<_, AgentTokenError>((access.subject, access.grant))
    });
    if let Ok((subject, grant)) = named {
        ask_vault(context, &subject, AgentRequest::Revoke { grant, client }).await?;
    }
    Ok(Response::empty())
}

/// The access token of a request, for this resource.
///
/// # Errors
/// The header `WWW-Authenticate` of the 401.
pub async fn bearer(
    context: &RequestContext,
    request: &Request,
) -> Result<Result<AccessToken, String>, RequestError> {
    let door = door(context);
    let header = request.header(Header::Authorization).and_then(|header| header.split_once(' '));
    let Some((_, token)) = header.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")) else {
        return Ok(Err(door.challenge(None)));
    };
    let opened =
        AccessToken::open(&context.config.master_keys, token.trim(), &door.resource(), context.isolate.now());
    let Ok(token) = opened else { return Ok(Err(door.challenge(Some("invalid_token")))) };
    if !RateLimit::Api.allows(context, VaultId::of(&token.subject).name()).await {
        return Err(RequestError::of(ErrorCode::TooManyRequests));
    }
    Ok(Ok(token))
}
