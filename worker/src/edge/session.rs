//! `GET /api/session`, and the authentication of the tab's requests.

use workbot_domain::entra_token::Person;
use workbot_domain::owner::VaultId;
use workbot_shared::{ErrorCode, Session};
use worker::{Request, Response};

use super::answer::Failure;
use super::context::Edge;
use super::limits::Counted;
use workbot_vault::clients::entra::tab_person;
use workbot_vault::clients::issuer::Refused;

/// Authenticates the caller by their SSO token.
///
/// # Errors
/// 401 for an invalid token, 429 over the rate limit, 503 when the keys cannot be fetched.
pub async fn person(edge: &Edge, request: &Request) -> Result<Person, Failure> {
    let header = request.headers().get("authorization")?;
    let person =
        tab_person(&edge.isolate, &edge.config, header.as_deref()).await.map_err(
            |refused| match refused {
                Refused::Token(error) => Failure::of(ErrorCode::Unauthorized).because(error),
                Refused::NoKeys => Failure::of(ErrorCode::TemporarilyUnavailable).because(refused),
            },
        )?;
    if !Counted::Api.allows(edge, VaultId::of(&person.subject).name()).await {
        return Err(Failure::of(ErrorCode::TooManyRequests));
    }
    Ok(person)
}

/// Authenticates the caller and requires the admin role.
///
/// # Errors
/// As [`person`], and 403 for anyone else.
pub async fn admin(edge: &Edge, request: &Request) -> Result<Person, Failure> {
    let person = person(edge, request).await?;
    let refused = || Failure::saying(ErrorCode::Forbidden, edge.words().admins_only());
    if person.admin { Ok(person) } else { Err(refused()) }
}

/// `GET /api/session`: the person who uses the tab.
pub async fn show(edge: &Edge, request: &Request) -> Result<Response, Failure> {
    let person = person(edge, request).await?;
    Ok(Response::from_json(&Session {
        tenant: person.subject.tenant,
        user: person.subject.user,
        name: person.name,
        admin: person.admin,
        bot_name: edge.config.bot.name.clone(),
    })?)
}
