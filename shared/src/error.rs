//! Errors of the HTTP surface, in one shape.

use serde::{Deserialize, Serialize};

/// The codes a client can act on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// 400: the request cannot be read.
    BadRequest,
    /// 400: what is asked for cannot be had with this app.
    Unsupported,
    /// 401: no valid proof of who is asking.
    Unauthorized,
    /// 403: who is asking may not do this.
    Forbidden,
    /// 404: there is nothing at this address.
    NotFound,
    /// 405: this address does not take this method.
    MethodNotAllowed,
    /// 409: it is too late, or too early, for what is asked.
    Conflict,
    /// 413: the body is larger than is taken.
    TooLarge,
    /// 431: a header is larger than is taken.
    HeaderTooLarge,
    /// 429: this person asks too much at once; `Retry-After` says when to ask again.
    TooManyRequests,
    /// 503: this deployment is not set up; see `/healthz`.
    Misconfigured,
    /// 503: something that is needed did not answer; nothing was changed.
    TemporarilyUnavailable,
    /// 500: our fault.
    Internal,
}

/// The body of every answer that is not a success: `{"error":{…}}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiError {
    /// What went wrong.
    pub error: ErrorBody,
}

/// What went wrong, for a program and for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// For a program.
    pub code: ErrorCode,
    /// For a person: what happened and what to do.
    pub message: String,
    /// Finds the matching log line.
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
