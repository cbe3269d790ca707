//! `GET /api/session`, and the authentication of the tab's requests.

use workbot_domain::entra_token::Person;
use workbot_domain::owner::VaultId;
use workbot_shared::{ErrorCode, Session};

use super::rate_limits::RateLimit;
use super::request::{Header, Request};
use super::request_context::RequestContext;
use super::response::{RequestError, Response};
use workbot_vault::clients::entra_sign_in::tab_person;
use workbot_vault::clients::token_verifier::VerifyError;

/// Authenticates the caller by their SSO token.
///
/// # Errors
/// 401 for an invalid token, 429 over the rate limit, 503 when the keys cannot be fetched.
pub async fn person(context: &RequestContext, request: &Request) -> Result<Person, RequestError> {
    let header = request.header(Header::Authorization);
    let person =
        tab_person(&context.isolate, &context.config, header).await.map_err(|refused| match refused {
            VerifyError::Token(error) => RequestError::of(ErrorCode::Unauthorized).with_cause(error),
            VerifyError::NoKeys => RequestError::of(ErrorCode::TemporarilyUnavailable).with_cause(refused),
        })?;
    if !RateLimit::Api.allows(context, VaultId::of(&person.subject).name()).await {
        return Err(RequestError::of(ErrorCode::TooManyRequests));
    }
    Ok(person)
}

/// Authenticates the caller and requires the admin role.
///
/// # Errors
/// As [`person`], and 403 for anyone else.
pub async fn admin(context: &RequestContext, request: &Request) -> Result<Person, RequestError> {
    let person = person(context, request).await?;
    let refused = || RequestError::with_message(ErrorCode::Forbidden, context.words().admins_only());
    if person.admin { Ok(person) } else { Err(refused()) }
}

/// `GET /api/session`: the person who uses the tab.
pub async fn show(context: &RequestContext, request: &Request) -> Result<Response, RequestError> {
    let person = person(context, request).await?;
    Response::json(&session(context, &person))
}

/// The person, as the tab shows them.
pub fn session(context: &RequestContext, person: &Person) -> Session {
    Session {
        tenant: person.subject.tenant.clone(),
        user: person.subject.user.clone(),
        name: person.name.clone(),
        admin: person.admin,
        bot_name: context.config.bot.name.clone(),
    }
}
