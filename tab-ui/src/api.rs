//! All HTTP of the tab: our own worker's API, each call with a fresh token from Teams.

use gloo_net::http::{Method, RequestBuilder};
use serde::de::DeserializeOwned;
use workbot_shared::{
    ApiError, AppId, ConnectionRow, Connections, LoginLink, LoginRequest, Receipt, RecipeId, RecipeRow,
    RecipeSettingsChange, Recipes, Session, SharedSecret,
};

use crate::connections::Leave;
use crate::host;
use crate::owner::Owner;
use crate::state::Failure;

/// Who is asking.
///
/// # Errors
/// When Teams does not say who is here, or the worker cannot be reached or says no; in words for a person. So all here.
pub async fn session() -> Result<Session, Failure> {
    call(Method::GET, "/api/session", "").await
}

/// All connections of the owner.
pub async fn connections(owner: Owner) -> Result<Vec<ConnectionRow>, Failure> {
    all(connections_of(owner), |page: Connections| (page.connections, page.next_cursor)).await
}

/// A link with which to log in to an app.
pub async fn login(owner: Owner, app: &AppId, switch_account: bool) -> Result<LoginLink, Failure> {
    let body = json(&LoginRequest { switch_account })?;
    call(Method::POST, &format!("{}/{app}/login", connections_of(owner)), &body).await
}

/// Disconnects or deletes.
pub async fn leave(owner: Owner, app: &AppId, leave: Leave) -> Result<Receipt, Failure> {
    let row = format!("{}/{app}", connections_of(owner));
    match leave {
        Leave::Disconnect => call(Method::POST, &format!("{row}/disconnect"), "").await,
        Leave::Delete => call(Method::DELETE, &row, "").await,
    }
}

/// Connects the company with what an app takes instead of a login.
pub async fn set_secret(app: &AppId, secret: SharedSecret) -> Result<ConnectionRow, Failure> {
    let body = json(&secret)?;
    drop(secret);
    call(Method::PUT, &format!("{}/{app}", connections_of(Owner::Company)), &body).await
}

/// All recipes.
pub async fn recipes() -> Result<Vec<RecipeRow>, Failure> {
    all("/api/admin/recipes", |page: Recipes| (page.recipes, page.next_cursor)).await
}

/// Changes a recipe's settings.
pub async fn change_settings(recipe: &RecipeId, change: &RecipeSettingsChange) -> Result<RecipeRow, Failure> {
    call(Method::PUT, &format!("/api/admin/recipes/{recipe}/settings"), &json(change)?).await
}

fn connections_of(owner: Owner) -> &'static str {
    match owner {
        Owner::Person => "/api/connections",
        Owner::Company => "/api/admin/shared",
    }
}

/// The rows of every page of a list.
async fn all<P: DeserializeOwned, R>(
    path: &str,
    open: fn(P) -> (Vec<R>, Option<String>),
) -> Result<Vec<R>, Failure> {
    let (mut rows, mut cursor) = open(call(Method::GET, path, "").await?);
    while let Some(from) = cursor.take() {
        let (status, answer) = send(RequestBuilder::new(path).query([("cursor", &from)]), "").await?;
        let (more, next) = open(read(status, &answer)?);
        rows.extend(more);
        // A page that leads to itself would never end.
        cursor = next.filter(|next| *next != from);
    }
    Ok(rows)
}

fn json(body: &impl serde::Serialize) -> Result<String, Failure> {
    serde_json::to_string(body).map_err(|_| Failure::unclear())
}

async fn call<T: DeserializeOwned>(method: Method, path: &str, body: &str) -> Result<T, Failure> {
    let (status, answer) = send(RequestBuilder::new(path).method(method), body).await?;
    read(status, &answer)
}

/// Not generic: one copy of it is large enough.
async fn send(request: RequestBuilder, body: &str) -> Result<(u16, String), Failure> {
    let token = host::token().await.map_err(|host::Refused| Failure::unknown_person())?;
    let request = request.header("Authorization", &format!("Bearer {token}"));
    let request = if body.is_empty() { request.build() } else { request.body(body) };
    let Ok(request) = request else { return Err(Failure::unclear()) };
    let Ok(answer) = request.send().await else { return Err(Failure::unreachable()) };
    let Ok(body) = answer.text().await else { return Err(Failure::unreachable()) };
    Ok((answer.status(), body))
}

fn read<T: DeserializeOwned>(status: u16, body: &str) -> Result<T, Failure> {
    if status == 200 {
        serde_json::from_str(body).map_err(|_| Failure::unclear())
    } else {
        Err(refusal(body))
    }
}

fn refusal(body: &str) -> Failure {
    match serde_json::from_str::<ApiError>(body) {
        Ok(ApiError { error }) => Failure { message: error.message, report: Some(error.correlation_id) },
        Err(_) => Failure::unclear(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_tells_who_is_asking() {
        let body = r#"{"tenant":"t1","user":"u1","name":"Alex Wilber","admin":false,"bot_name":"Workbot"}"#;
        assert_eq!(read::<Session>(200, body).unwrap().name, "Alex Wilber");
    }

    #[test]
    fn a_refusal_is_shown_in_the_workers_own_words() {
        let body =
            r#"{"error":{"code":"unauthorized","message":"Sign in again.","correlation_id":"8f3a-21c9"}}"#;
        let failure = read::<Session>(401, body).unwrap_err();
        assert_eq!(failure.message, "Sign in again.");
        assert_eq!(failure.report.as_deref(), Some("8f3a-21c9"));
    }

    #[test]
    fn an_answer_that_is_not_ours_is_not_shown() {
        assert_eq!(read::<Session>(502, "<h1>Bad gateway</h1>").unwrap_err(), Failure::unclear());
        assert_eq!(read::<Session>(200, "<h1>Hello</h1>").unwrap_err(), Failure::unclear());
    }
}
