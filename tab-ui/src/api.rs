//! All HTTP of the tab: our own worker's API, each call with a fresh token from Teams.

use gloo_net::http::{Method, RequestBuilder};
use serde::de::DeserializeOwned;
use workbot_shared::{ApiError, AppId, Connections, LoginLink, LoginRequest, Receipt, Session};

use crate::connections::Leave;
use crate::host;
use crate::state::Failure;

/// Who is asking.
///
/// # Errors
/// When Teams does not say who is here, or the worker cannot be reached or says no; in words for a person. So all here.
pub async fn session() -> Result<Session, Failure> {
    call(Method::GET, "/api/session", "").await
}

/// The person's connections.
pub async fn connections() -> Result<Connections, Failure> {
    call(Method::GET, "/api/connections", "").await
}

/// A link with which the person logs in to an app.
pub async fn login(app: &AppId, switch_account: bool) -> Result<LoginLink, Failure> {
    let body = serde_json::to_string(&LoginRequest { switch_account }).unwrap_or_default();
    call(Method::POST, &format!("/api/connections/{app}/login"), &body).await
}

/// Disconnects or deletes.
pub async fn leave(app: &AppId, leave: Leave) -> Result<Receipt, Failure> {
    match leave {
        Leave::Disconnect => call(Method::POST, &format!("/api/connections/{app}/disconnect"), "").await,
        Leave::Delete => call(Method::DELETE, &format!("/api/connections/{app}"), "").await,
    }
}

async fn call<T: DeserializeOwned>(method: Method, path: &str, body: &str) -> Result<T, Failure> {
    let token = host::token().await.map_err(|host::Refused| Failure::unknown_person())?;
    let request =
        RequestBuilder::new(path).method(method).header("Authorization", &format!("Bearer {token}"));
    let request = if body.is_empty() { request.build() } else { request.body(body) };
    let Ok(request) = request else { return Err(Failure::unclear()) };
    let Ok(answer) = request.send().await else { return Err(Failure::unreachable()) };
    let Ok(body) = answer.text().await else { return Err(Failure::unreachable()) };
    read(answer.status(), &body)
}

fn read<T: DeserializeOwned>(status: u16, body: &str) -> Result<T, Failure> {
    if status == 200 {
        return serde_json::from_str(body).map_err(|_| Failure::unclear());
    }
    Err(match serde_json::from_str::<ApiError>(body) {
        Ok(ApiError { error }) => Failure { message: error.message, report: Some(error.correlation_id) },
        Err(_) => Failure::unclear(),
    })
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
