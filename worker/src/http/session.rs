//! `GET /api/session`: who is using the tab.

use workbot_domain::entra_token::Person;
use workbot_domain::owner::VaultId;
use workbot_shared::{ErrorCode, Session};
use worker::{Request, Response};

use super::context::RequestContext;
use super::limits::RateLimit;
use super::response::RequestError;
use workbot_vault::clients::entra::tab_person;
use workbot_vault::clients::token_verifier::VerifyError;

/// Who is asking, by their SSO token.
pub async fn person(edge: &RequestContext, request: &Request) -> Result<Person, RequestError> {
    let header = request.headers().get("authorization")?;
    let person =
        tab_person(&edge.isolate, &edge.config, header.as_deref()).await.map_err(
            |refused| match refused {
                VerifyError::Token(error) => RequestError::of(ErrorCode::Unauthorized).because(error),
                VerifyError::NoKeys => RequestError::of(ErrorCode::TemporarilyUnavailable).because(refused),
            },
        )?;
    if !RateLimit::Api.allows(edge, VaultId::of(&person.subject).name()).await {
        return Err(RequestError::of(ErrorCode::TooManyRequests));
    }
    Ok(person)
}

/// Who is asking, if they are an admin.
pub async fn admin(edge: &RequestContext, request: &Request) -> Result<Person, RequestError> {
    let person = person(edge, request).await?;
    let refused = || RequestError::saying(ErrorCode::Forbidden, edge.words().admins_only());
    if person.admin { Ok(person) } else { Err(refused()) }
}

pub async fn show(edge: &RequestContext, request: &Request) -> Result<Response, RequestError> {
    let person = person(edge, request).await?;
    Ok(Response::from_json(&Session {
        tenant: person.subject.tenant,
        user: person.subject.user,
        name: person.name,
        admin: person.admin,
        bot_name: edge.config.bot.name.clone(),
    })?)
}
