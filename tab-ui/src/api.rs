//! All HTTP of the tab: our own worker's API.

use gloo_net::http::Request;
use workbot_shared::{ApiError, Session};

use crate::state::Failure;

/// Who is asking.
///
/// # Errors
/// When the worker cannot be reached or says no; in words for a person.
pub async fn session(token: &str) -> Result<Session, Failure> {
    let request = Request::get("/api/session").header("Authorization", &format!("Bearer {token}"));
    let Ok(answer) = request.send().await else { return Err(Failure::unreachable()) };
    let Ok(body) = answer.text().await else { return Err(Failure::unreachable()) };
    read_session(answer.status(), &body)
}

fn read_session(status: u16, body: &str) -> Result<Session, Failure> {
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
        assert_eq!(read_session(200, body).unwrap().name, "Alex Wilber");
    }

    #[test]
    fn a_refusal_is_shown_in_the_workers_own_words() {
        let body =
            r#"{"error":{"code":"unauthorized","message":"Sign in again.","correlation_id":"8f3a-21c9"}}"#;
        let failure = read_session(401, body).unwrap_err();
        assert_eq!(failure.message, "Sign in again.");
        assert_eq!(failure.report.as_deref(), Some("8f3a-21c9"));
    }

    #[test]
    fn an_answer_that_is_not_ours_is_not_shown() {
        assert_eq!(read_session(502, "<h1>Bad gateway</h1>").unwrap_err(), Failure::unclear());
        assert_eq!(read_session(200, "<h1>Hello</h1>").unwrap_err(), Failure::unclear());
    }
}
