//! The authorization server of agents: metadata, and the browser's steps. The rules are in `domain::agent`;
//! grants are in the person's vault.

use workbot_domain::agent::authorization::{
    AUTHORIZATION_LIFETIME, Consent, LARGEST_COOKIE, Signin, SigninState, cookie_name,
};
use workbot_domain::agent::client::{Client, ClientId};
use workbot_domain::agent::consent_page::ConsentPage;
use workbot_domain::agent::oauth::{
    AuthorizationRefusal, AuthorizationRequest, Door, OAuthError, Parameters,
};
use workbot_domain::login::{SigninRefusal, Step, random_hex, signin_refusal};
use workbot_domain::login_page::LoginPage;
use workbot_domain::owner::{Subject, VaultId};
use workbot_domain::seal::Purpose;
use workbot_shared::{ErrorCode, TenantId};
use workbot_vault::agent_protocol::{AgentRequest, AgentResponse};
use workbot_vault::clients::agent_client;
use workbot_vault::clients::entra_sign_in::{signed_in, signin_url};
use workbot_vault::protocol::{VaultRequest, VaultResponse, ask};
use workbot_vault::workspace;

use super::rate_limits::may_log_in;
use super::request::{Request, cookie};
use super::request_context::RequestContext;
use super::response::{RequestError, Response, html, page as login_page, see_other};

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
pub async fn find_client(
    context: &RequestContext,
    id: &str,
) -> Result<Option<(Client, Option<String>, Option<TenantId>)>, RequestError> {
    match ClientId::parse(id, &context.config.public_url) {
        Ok(ClientId::Document(url)) => {
            let fetched = agent_client::client_at(&context.isolate, &url).await.ok();
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
        return login_page(context.words(), &LoginPage::TooMany);
    }
    let parameters = Parameters::read(request.query().as_bytes());
    let found = match parameters.client_id() {
        Ok(id) => find_client(context, id).await?,
        Err(_) => None,
    };
    let Some((client, _, tenant)) = found else { return page(context, &ConsentPage::InvalidRequest) };
    let asked = match AuthorizationRequest::read(&parameters, client, &door(context)) {
        Ok(asked) => asked,
        Err(refusal) => return refused(context, refusal),
    };
    // The cookie holds the redirect URI of the request; the others decide nothing any more.
    let client = Client { redirect_uris: Vec::new(), ..asked.client };
    let signin = Signin {
        id: context.isolate.fresh_id(),
        request: AuthorizationRequest { client, ..asked },
        tenant: tenant.or_else(|| only_tenant(context)),
        step: Step::SilentSignin,
        nonce: random_hex(context.isolate.random()),
        verifier: random_hex(context.isolate.random()),
        expires_at: context.isolate.now() + AUTHORIZATION_LIFETIME,
    };
    to_entra(context, &signin, false)
}

/// Refuses an authorization request of a person who is not proven: on a page, or by a redirect.
fn refused(context: &RequestContext, refusal: AuthorizationRefusal) -> Result<Response, RequestError> {
    match refusal {
        AuthorizationRefusal::Page => page(context, &ConsentPage::InvalidRequest),
        AuthorizationRefusal::Redirect(to) => Ok(see_other(to)),
    }
}

/// The address of the consent page. It holds neither code nor state. Without a proven person, the page says
/// that nobody is signed in.
fn consent_url(context: &RequestContext, id: &str) -> String {
    format!("{}/agent/consent?id={id}", context.config.public_url)
}

/// The tenant of the people who sign in, if the deployment serves only one.
fn only_tenant(context: &RequestContext) -> Option<TenantId> {
    match context.config.allowed_tenants.as_slice() {
        [only] => Some(only.clone()),
        _ => None,
    }
}

/// Sends the browser to the sign-in. `another_account`: Entra asks for an account even if one is signed in.
fn to_entra(
    context: &RequestContext,
    signin: &Signin,
    another_account: bool,
) -> Result<Response, RequestError> {
    let (keys, isolate) = (&context.config.master_keys, &context.isolate);
    let cookie = keys.seal_text(Purpose::AgentSignin, signin, isolate.random());
    // Only at the first step, not in a callback: the cookie of the step with a prompt is shorter.
    if cookie.len() > LARGEST_COOKIE {
        let refusal = signin.request.refused_unproven(OAuthError::InvalidRequest, &door(context));
        return refused(context, refusal);
    }
    let state = keys.seal_text(Purpose::AgentSignin, &signin.state(), isolate.random());
    let (nonce, verifier) = (&signin.nonce, &signin.verifier);
    let (tenant, step) = (signin.tenant.as_ref(), signin.step);
    let to = signin_url(&context.config, tenant, step, another_account, state, nonce, verifier)
        .map_err(|error| RequestError::of(ErrorCode::Misconfigured).with_cause(error))?;
    Ok(with_cookie(see_other(to), &signin.id, &cookie, AUTHORIZATION_LIFETIME.as_secs()))
}

/// The state of a sign-in for an agent, if the callback has one.
pub fn signin_state(context: &RequestContext, request: &Request) -> Option<SigninState> {
    let state = request.parameter("state")?;
    context.config.master_keys.open_text(Purpose::AgentSignin, &state).ok()
}

/// `GET /signin/callback` for an agent: the person is proven, and decides on the consent page. Also a failure
/// leads there, so that code and state leave the address bar.
pub async fn from_entra(
    context: &RequestContext,
    request: &Request,
    state: &SigninState,
) -> Result<Response, RequestError> {
    let (keys, isolate) = (&context.config.master_keys, &context.isolate);
    let sealed = cookie(request, &cookie_name(&state.id)).unwrap_or_default();
    let signin = keys.open_text::<Signin>(Purpose::AgentSignin, &sealed).ok();
    let Some(signin) = signin.filter(|signin| signin.fits(state, isolate.now())) else {
        return Ok(see_other(consent_url(context, &state.id)));
    };
    let code = match (request.parameter("code"), request.parameter("error")) {
        (Some(code), None) => code,
        (_, error) => match signin_refusal(&error.unwrap_or_default(), signin.step) {
            SigninRefusal::Interactive => return to_entra(context, &interactive(context, signin), false),
            SigninRefusal::End(_) => {
                let to = match signin.request.refused_unproven(OAuthError::AccessDenied, &door(context)) {
                    AuthorizationRefusal::Page => consent_url(context, &signin.id),
                    AuthorizationRefusal::Redirect(to) => to,
                };
                return Ok(with_cookie(see_other(to), &signin.id, "", 0));
            }
        },
    };
    let (tenant, nonce, verifier) = (signin.tenant.as_ref(), signin.nonce.clone(), signin.verifier.clone());
    let person = match signed_in(isolate, &context.config, tenant, code, nonce, verifier).await {
        Ok(person) => person,
        // The browser's only session is of a tenant that is not served: the person may have another account.
        Err(refused) if signin.step == Step::SilentSignin && refused.is_of_other_tenant() => {
            return to_entra(context, &interactive(context, signin), true);
        }
        Err(_) => return Ok(with_cookie(see_other(consent_url(context, &signin.id)), &signin.id, "", 0)),
    };
    let Signin { id, request, .. } = signin;
    let consent = Consent {
        request,
        subject: person.subject,
        signed_in_as: person.username.unwrap_or(person.name),
        expires_at: isolate.now() + AUTHORIZATION_LIFETIME,
        id,
    };
    let sealed = keys.seal_text(Purpose::AgentConsent, &consent, isolate.random());
    let response = see_other(consent_url(context, &consent.id));
    Ok(with_cookie(response, &consent.id, &sealed, AUTHORIZATION_LIFETIME.as_secs()))
}

/// The sign-in with a prompt, after the silent one.
fn interactive(context: &RequestContext, silent: Signin) -> Signin {
    let fresh = || random_hex(context.isolate.random());
    Signin { step: Step::Signin, nonce: fresh(), verifier: fresh(), ..silent }
}

fn consent_of(context: &RequestContext, request: &Request, id: &str) -> Option<Consent> {
    let sealed = cookie(request, &cookie_name(id))?;
    let consent: Consent = context.config.master_keys.open_text(Purpose::AgentConsent, &sealed).ok()?;
    Some(consent).filter(|consent| consent.id == id && context.isolate.now() < consent.expires_at)
}

/// `GET /agent/consent`: the page on which the person decides, or why there is nothing to decide.
pub async fn consent_page(context: &RequestContext, request: &Request) -> Result<Response, RequestError> {
    let id = request.parameter("id").unwrap_or_default();
    let Some(consent) = consent_of(context, request, &id) else {
        return page(context, &ConsentPage::SigninFailed);
    };
    let policy = workspace::agent_door(&context.isolate, &consent.subject.tenant).await;
    let policy = policy.map_err(super::admin::unavailable)?;
    if !policy.open {
        return page(context, &ConsentPage::Closed);
    }
    page(context, &ConsentPage::Consent { consent: &consent, reads: policy.reads })
}

/// `POST /agent/consent`: the decision. The cookie is `SameSite=Lax`, so no other site can send it.
pub async fn decide(context: &RequestContext, request: &Request) -> Result<Response, RequestError> {
    if !may_log_in(context, request).await {
        return login_page(context.words(), &LoginPage::TooMany);
    }
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
