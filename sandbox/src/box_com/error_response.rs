//! Errors in Box's format.

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::random_name::random;

/// An error response.
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    message: String,
    context: Option<Value>,
}

/// The result of an API handler.
pub type ApiResult = Result<Response, Problem>;

impl Problem {
    /// With this status and code.
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), context: None }
    }

    /// A missing or invalid token: an empty body.
    pub fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", "")
    }

    /// Absent, or invisible to this user.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "Not Found")
    }

    /// A field or a parameter is missing or wrong.
    pub fn bad(reason: &str, name: &str, message: &str) -> Self {
        let errors = json!({ "errors": [{ "reason": reason, "name": name, "message": message }] });
        Self { context: Some(errors), ..Self::new(StatusCode::BAD_REQUEST, "bad_request", "Bad Request") }
    }

    /// The name is in use by the item in `conflicts`.
    pub fn name_in_use(conflicts: Value) -> Self {
        Self {
            context: Some(json!({ "conflicts": conflicts })),
            ..Self::new(StatusCode::CONFLICT, "item_name_in_use", "Item with the same name already exists")
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        if self.status == StatusCode::UNAUTHORIZED {
            let challenge = r#"Bearer realm="Service", error="invalid_token", error_description="The access token provided is invalid.""#;
            return (self.status, [(header::WWW_AUTHENTICATE, challenge)]).into_response();
        }
        let mut body = json!({
            "type": "error",
            "status": self.status.as_u16(),
            "code": self.code,
            "message": self.message,
            "help_url": "https://developer.box.com/guides/api-calls/permissions-and-errors/common-errors/",
            "request_id": random(16).to_lowercase(),
        });
        if let (Some(context), Some(object)) = (self.context, body.as_object_mut()) {
            object.insert("context_info".into(), context);
        }
        (self.status, Json(body)).into_response()
    }
}
