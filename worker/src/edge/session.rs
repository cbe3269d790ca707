//! `GET /api/session`: who is using the tab.

use workbot_domain::entra_token::Person;
use workbot_domain::owner::VaultId;
use workbot_shared::{ErrorCode, Session};
use worker::{Request, Response};

use super::Edge;
use super::answer::Failure;
use crate::entra::tab_person;
use crate::issuer::Refused;

/// Who is asking, by their SSO token.
pub async fn person(edge: &Edge, request: &Request) -> Result<Person, Failure> {
    let header = request.headers().get("authorization")?;
    let person = tab_person(&edge.config, header.as_deref()).await.map_err(|refused| match refused {
        Refused::Token(error) => Failure::of(ErrorCode::Unauthorized).because(error),
        Refused::NoKeys => Failure::of(ErrorCode::TemporarilyUnavailable).because(refused),
    })?;
    within_limit(edge, &person).await?;
    Ok(person)
}

/// Nobody asks without end. The count is Cloudflare's, and not exact; without it nobody is refused.
async fn within_limit(edge: &Edge, person: &Person) -> Result<(), Failure> {
    let counted = match edge.env.rate_limiter("API_LIMIT") {
        Ok(limiter) => limiter.limit(VaultId::of(&person.subject).name()).await,
        Err(problem) => Err(problem),
    };
    match counted {
        Ok(outcome) if !outcome.success => Err(Failure::of(ErrorCode::TooManyRequests)),
        Ok(_) => Ok(()),
        Err(problem) => {
            worker::console_error!("{{\"event\":\"rate_limit_failed\",\"error\":{:?}}}", problem.to_string());
            Ok(())
        }
    }
}

/// Who is asking, if they are an admin.
pub async fn admin(edge: &Edge, request: &Request) -> Result<Person, Failure> {
    let person = person(edge, request).await?;
    let refused = || Failure::saying(ErrorCode::Forbidden, edge.words().admins_only());
    if person.admin { Ok(person) } else { Err(refused()) }
}

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
