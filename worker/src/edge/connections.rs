//! `/api/connections`: one's own connections, for the tab.

use workbot_domain::entra_token::Person;
use workbot_domain::owner::VaultId;
use workbot_shared::{AppId, Auth, Connections, ErrorCode, LoginRequest};
use worker::{Request, Response};

use super::Edge;
use super::answer::Failure;
use super::body::bounded;
use super::session::person;
use crate::catalogue::catalogue;
use crate::vault::protocol::{VaultAnswer, VaultRequest, ask};

/// `GET /api/connections`
pub async fn list(edge: &Edge, request: &Request) -> Result<Response, Failure> {
    let person = person(edge, request).await?;
    match in_vault_of(edge, &person, VaultRequest::List).await? {
        VaultAnswer::Listed(connections) => {
            Ok(Response::from_json(&Connections { connections, next_cursor: None })?)
        }
        _ => Err(Failure::of(ErrorCode::Internal)),
    }
}

/// `POST /api/connections/{app}/login`
pub async fn login(edge: &Edge, request: &mut Request, app: &str) -> Result<Response, Failure> {
    let person = person(edge, request).await?;
    let app = known(app)?;
    let body = bounded(request).await?;
    let wanted: LoginRequest = if body.is_empty() {
        LoginRequest::default()
    } else {
        serde_json::from_slice(&body).map_err(|_| Failure::of(ErrorCode::BadRequest))?
    };
    if !edge.config.apps.contains_key(&app) {
        let name = catalogue().app_name(&app);
        let message = format!("{name} is not set up here. Ask your Workbot admin to set it up.");
        return Err(Failure::saying(ErrorCode::Misconfigured, message));
    }
    let request_link = VaultRequest::Login { app, switch_account: wanted.switch_account };
    match in_vault_of(edge, &person, request_link).await? {
        VaultAnswer::Link(link) => Ok(Response::from_json(&link)?),
        _ => Err(Failure::of(ErrorCode::Internal)),
    }
}

/// `POST /api/connections/{app}/disconnect` and `DELETE /api/connections/{app}`
pub async fn leave(edge: &Edge, request: &Request, app: &str, delete: bool) -> Result<Response, Failure> {
    let person = person(edge, request).await?;
    let app = known(app)?;
    match in_vault_of(edge, &person, VaultRequest::Leave { app, delete }).await? {
        VaultAnswer::Left(receipt) => Ok(Response::from_json(&receipt)?),
        _ => Err(Failure::of(ErrorCode::Internal)),
    }
}

/// An app of the catalogue that a person can connect.
fn known(app: &str) -> Result<AppId, Failure> {
    let unknown = || Failure::saying(ErrorCode::NotFound, "There is no such app that you could connect.");
    let id = AppId::parse(app).map_err(|_| unknown())?;
    let found = catalogue().apps.get(&id).is_some_and(|app| app.auth == Auth::Oauth2);
    if found { Ok(id) } else { Err(unknown()) }
}

/// Whoever asks is let into their own vault, and into no other.
async fn in_vault_of(edge: &Edge, person: &Person, ask_for: VaultRequest) -> Result<VaultAnswer, Failure> {
    let vault = VaultId::of(&person.subject);
    ask(&edge.env, &vault, &ask_for)
        .await
        .map_err(|problem| Failure::of(ErrorCode::TemporarilyUnavailable).because(problem))
}
