//! Errors in the format of the REST API.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// An error of the REST API, one element of its array.
pub struct Problem {
    /// The HTTP status.
    pub status: StatusCode,
    /// Salesforce's error code.
    pub code: &'static str,
    /// The message for a person.
    pub message: String,
    /// The affected fields.
    pub fields: Vec<String>,
}

/// The result of an API handler.
pub(super) type ApiResult = Result<Response, Problem>;

impl Problem {
    /// An error without fields.
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), fields: Vec::new() }
    }

    /// The object or the record does not exist.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "NOT_FOUND", "The requested resource does not exist")
    }
}

/// The body of an error is always an array.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut problem = json!({ "message": self.message, "errorCode": self.code });
        if let (false, Some(object)) = (self.fields.is_empty(), problem.as_object_mut()) {
            object.insert("fields".into(), json!(self.fields));
        }
        (self.status, Json(json!([problem]))).into_response()
    }
}
