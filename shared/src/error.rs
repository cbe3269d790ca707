//! Errors of the HTTP API.

use serde::{Deserialize, Serialize};

/// The error codes, each with its HTTP status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// 400: the request is malformed.
    BadRequest,
    /// 400: this app does not support the operation.
    Unsupported,
    /// 401: the bearer token is missing or invalid.
    Unauthorized,
    /// 403: the caller may not do this.
    Forbidden,
    /// 404: no such resource.
    NotFound,
    /// 405: the resource does not support the method.
    MethodNotAllowed,
    /// 409: the state of the resource does not permit the operation.
    Conflict,
    /// 413: the body exceeds 1 MB.
    TooLarge,
    /// 431: a header exceeds 16 KB.
    HeaderTooLarge,
    /// 429: the caller exceeded a rate limit; `Retry-After` states the pause in seconds.
    TooManyRequests,
    /// 503: this deployment is misconfigured; see `/healthz`.
    Misconfigured,
    /// 503: a dependency did not respond. Nothing was changed.
    TemporarilyUnavailable,
    /// 500: a fault of Workbot.
    Internal,
}

/// The body of every error response: `{"error":{"code","message","correlation_id"}}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiError {
    /// The error.
    pub error: ErrorBody,
}

/// An error, for programs and people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// The code, for programs.
    pub code: ErrorCode,
    /// The message for a person: what happened and what to do.
    pub message: String,
    /// The id of the matching log lines, e.g. `8f3a-21c9`.
    pub correlation_id: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_has_the_fixed_shape() {
        let error = ApiError {
            error: ErrorBody {
                code: ErrorCode::TooLarge,
                message: "Too large.".into(),
                correlation_id: "8f3a-21c9".into(),
            },
        };
        assert_eq!(
            serde_json::to_string(&error).unwrap(),
            r#"{"error":{"code":"too_large","message":"Too large.","correlation_id":"8f3a-21c9"}}"#
        );
    }
}
