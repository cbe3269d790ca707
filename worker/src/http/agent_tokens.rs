//! The endpoints at which agents' clients get tokens and give them back, and the tokens of their requests.

use secrecy::ExposeSecret;
use workbot_domain::agent::client::{ClientId, is_secret};
use workbot_domain::agent::oauth::{
    Credentials, OAuthError, Parameters, TokenRequest, revoked_token, token_response,
};
use workbot_domain::agent::token::{ACCESS_LIFETIME, AccessToken, AgentTokenError, Code, RefreshToken};
use workbot_domain::ids::GrantId;
use workbot_domain::owner::Subject;
use workbot_domain::route::Route;
use workbot_shared::ErrorCode;
use workbot_vault::agent_protocol::{AgentRequest, AgentResponse};

use super::agent::{ask_vault, door, find_client};
use super::rate_limits::{RateLimit, may_log_in};
use super::request::{Header, Request};
use super::request_context::RequestContext;
use super::response::{LOGIN_PERIOD, RequestError, Response};

/// What a token request presents.
enum Presented {
    Code { code: Code, redirect_uri: Option<String>, verifier: String },
    Refresh(RefreshToken),
}

impl Presented {
    fn read(context: &RequestContext, form: &Parameters) -> Result<Self, OAuthError> {
        let keys = &context.config.master_keys;
        let opened = match TokenRequest::read(form, &door(context))? {
            TokenRequest::Code { code, redirect_uri, verifier } => {
                Code::open(keys, &code).map(|code| Self::Code { code, redirect_uri, verifier })
            }
            TokenRequest::Refresh(token) => RefreshToken::open(keys, &token).map(Self::Refresh),
        };
        let served = opened.ok().filter(|presented| is_served(context, presented.subject()));
        served.ok_or(OAuthError::InvalidGrant)
    }

    fn subject(&self) -> &Subject {
        match self {
            Self::Code { code, .. } => &code.subject,
            Self::Refresh(token) => &token.subject,
        }
    }

    fn grant(&self) -> &GrantId {
        match self {
            Self::Code { code, .. } => &code.grant,
            Self::Refresh(token) => &token.grant,
        }
    }

    fn into_request(self, client: String) -> AgentRequest {
        match self {
            Self::Code { code, redirect_uri, verifier } => {
                AgentRequest::RedeemCode { code, client, redirect_uri, verifier }
            }
            Self::Refresh(token) => AgentRequest::Refresh { token, client },
        }
    }
}

/// Whether the deployment serves the person of a token. A token may outlast its tenant's place in the list.
fn is_served(context: &RequestContext, person: &Subject) -> bool {
    context.config.allowed_tenants.contains(&person.tenant)
}

/// The rate limits' key of a grant: a client uses up no limit of its person nor of another client.
fn limit_key(grant: &GrantId) -> String {
    format!("agent {grant}")
}

/// Whether a request is within the rate limit: of the grant whose token it presents, or else of its address.
/// The clients of many people may have one address.
async fn is_within_limit(context: &RequestContext, request: &Request, grant: Option<&GrantId>) -> bool {
    match grant {
        Some(grant) => RateLimit::Login.allows(context, limit_key(grant)).await,
        None => may_log_in(context, request).await,
    }
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

/// The headers of every response with a body at these endpoints (RFC 6749 section 5.1).
fn uncached(response: Response) -> Response {
    let response = response.with("content-type", "application/json");
    response.with("cache-control", "no-store").with("pragma", "no-cache")
}

fn refused(error: OAuthError) -> Result<Response, RequestError> {
    let response = uncached(Response::json(&error.body())?.with_status(error.status()));
    Ok(match error {
        OAuthError::InvalidClient => response.with("www-authenticate", "Basic realm=\"agent\""),
        OAuthError::TooManyRequests => response.with("retry-after", LOGIN_PERIOD),
        _ => response,
    })
}

/// `POST /agent/token` (OAuth 2.1 section 3.2).
pub async fn token(context: &RequestContext, request: &Request) -> Result<Response, RequestError> {
    let form = Parameters::read(&request.body().await?);
    let presented = Presented::read(context, &form);
    if !is_within_limit(context, request, presented.as_ref().ok().map(Presented::grant)).await {
        return refused(OAuthError::TooManyRequests);
    }
    let client = match authenticate(context, request, &form).await? {
        Ok(client) => client,
        Err(error) => return refused(error),
    };
    let presented = match presented {
        Ok(presented) => presented,
        Err(error) => return refused(error),
    };
    let subject = presented.subject().clone();
    match ask_vault(context, &subject, presented.into_request(client)).await? {
        AgentResponse::Tokens { access, refresh } => {
            Ok(uncached(Response::json(&token_response(&access, &refresh, ACCESS_LIFETIME.as_secs()))?))
        }
        _ => refused(OAuthError::InvalidGrant),
    }
}

/// The response to a request that failed beside the protocol: another method, a body that is too large, a
/// vault that does not respond. It is an error of OAuth too, since clients read nothing else.
pub fn failed(failure: &RequestError, route: Route) -> Response {
    uncached(failure.response_with(&OAuthError::of(failure.code()).body(), route))
}

/// `POST /agent/revoke` (RFC 7009): ends the grant, of a tenant that is no longer served too. A token that is
/// not valid is no error; one of another client is.
pub async fn revoke(context: &RequestContext, request: &Request) -> Result<Response, RequestError> {
    let form = Parameters::read(&request.body().await?);
    let (keys, resource) = (&context.config.master_keys, door(context).resource());
    let presented = revoked_token(&form).map(|token| {
        let opened = RefreshToken::open(keys, token).map(|token| (token.subject, token.grant));
        let opened = opened.or_else(|_| {
            let access = AccessToken::open(keys, token, &resource, context.isolate.now())?;
            Ok::<_, AgentTokenError>((access.subject, access.grant))
        });
        opened.ok()
    });
    let named = presented.as_ref().ok().and_then(|named| named.as_ref()).map(|(_, grant)| grant);
    if !is_within_limit(context, request, named).await {
        return refused(OAuthError::TooManyRequests);
    }
    let client = match authenticate(context, request, &form).await? {
        Ok(client) => client,
        Err(error) => return refused(error),
    };
    match presented {
        Ok(Some((subject, grant))) => {
            match ask_vault(context, &subject, AgentRequest::Revoke { grant, client }).await? {
                AgentResponse::Done => Ok(Response::empty()),
                _ => refused(OAuthError::InvalidGrant),
            }
        }
        Ok(None) => Ok(Response::empty()),
        Err(error) => refused(error),
    }
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
    let Some(token) = opened.ok().filter(|token| is_served(context, &token.subject)) else {
        return Ok(Err(door.challenge(Some("invalid_token"))));
    };
    if !RateLimit::Api.allows(context, limit_key(&token.grant)).await {
        return Err(RequestError::of(ErrorCode::TooManyRequests));
    }
    Ok(Ok(token))
}
