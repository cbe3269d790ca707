//! Errors in the format of the REST API.

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// An error response.
pub struct Problem {
    status: StatusCode,
    message: String,
    detail: Option<String>,
}

/// The result of an API handler.
pub type ApiResult = Result<Response, Problem>;

impl Problem {
    /// With this status and these words.
    pub fn new(status: StatusCode, message: impl Into<String>, detail: Option<&str>) -> Self {
        Self { status, message: message.into(), detail: detail.map(str::to_owned) }
    }

    /// A missing or invalid token.
    pub fn unauthenticated() -> Self {
        let detail = Some("Required to provide Auth information");
        Self::new(StatusCode::UNAUTHORIZED, "User Not Authenticated", detail)
    }

    /// Absent or invisible: the same error for both.
    pub fn not_found() -> Self {
        let detail = Some("Record doesn't exist or ACL restricts the record retrieval");
        Self::new(StatusCode::NOT_FOUND, "No Record found", detail)
    }

    /// The user lacks rights, or the data are incomplete.
    pub fn failed(detail: &str) -> Self {
        Self::new(StatusCode::FORBIDDEN, "Operation Failed", Some(detail))
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = json!({
            "error": { "message": self.message, "detail": self.detail },
            "status": "failure",
        });
        let response = (self.status, Json(body));
        if self.status == StatusCode::UNAUTHORIZED {
            let challenge = [(header::WWW_AUTHENTICATE, r#"Basic realm="Service-now""#)];
            return (challenge, response).into_response();
        }
        response.into_response()
    }
}
