//! The caller and the common parameters of all API calls.

use std::collections::HashMap;

use axum::body::Bytes;
use axum::extract::Query;
use axum::http::{HeaderMap, StatusCode};
use serde_json::{Map, Value};

use super::APP;
use super::error_response::Problem;
use crate::oauth::User;
use crate::{Sandbox, oauth};

/// The parameters of a request.
pub type Parameters = Query<HashMap<String, String>>;

/// The caller and the client.
pub struct Caller {
    pub user: User,
    pub client_id: String,
}

/// A caller with read access.
pub fn reader(sandbox: &Sandbox, headers: &HeaderMap) -> Result<Caller, Problem> {
    caller(sandbox, headers, &["root_readonly", "root_readwrite"])
}

/// A caller with write access.
pub fn writer(sandbox: &Sandbox, headers: &HeaderMap) -> Result<Caller, Problem> {
    let caller = caller(sandbox, headers, &["root_readwrite"])?;
    let closed = || {
        let message = "Access denied - insufficient permission";
        Problem::new(StatusCode::FORBIDDEN, "access_denied_insufficient_permissions", message)
    };
    caller.user.may_write().then_some(caller).ok_or_else(closed)
}

fn caller(sandbox: &Sandbox, headers: &HeaderMap, scopes: &[&str]) -> Result<Caller, Problem> {
    let (user, grant) = oauth::caller(&APP, sandbox, headers).ok_or_else(Problem::unauthorized)?;
    if !grant.scopes.iter().any(|scope| scopes.contains(&scope.as_str())) {
        let message = "The request requires higher privileges than provided by the access token.";
        return Err(Problem::new(StatusCode::FORBIDDEN, "insufficient_scope", message));
    }
    Ok(Caller { user, client_id: grant.client_id })
}

/// An id that is not a number gives 404.
pub fn number(id: &str) -> Result<&str, Problem> {
    let is_number = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    let wrong = || Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "Method Not Allowed");
    is_number.then_some(id).ok_or_else(wrong)
}

/// A body in JSON.
pub fn object(body: &Bytes) -> Result<Map<String, Value>, Problem> {
    let wrong = |_| {
        let message = "Entity body should be a correctly nested resource attribute name/value pair";
        Problem::new(StatusCode::BAD_REQUEST, "bad_request", message)
    };
    serde_json::from_slice(body).map_err(wrong)
}

/// The required string at this pointer of the body.
pub fn required<'a>(body: &'a Value, pointer: &str) -> Result<&'a str, Problem> {
    let name = pointer.trim_start_matches('/').replace('/', ".");
    body.pointer(pointer)
        .and_then(Value::as_str)
        .ok_or_else(|| Problem::bad("missing_parameter", &name, &format!("'{name}' is required")))
}

/// `limit` and `offset`, or their defaults.
pub fn window(
    parameters: &HashMap<String, String>,
    usual: usize,
    most: usize,
) -> Result<(usize, usize), Problem> {
    let read = |name: &str, usual, code, most| match parameters.get(name).map(|text| text.parse()) {
        None => Ok(usual),
        Some(Ok(number)) if number <= most => Ok(number),
        Some(_) => Err(Problem::new(StatusCode::BAD_REQUEST, code, format!("Invalid value for '{name}'."))),
    };
    Ok((read("limit", usual, "invalid_limit", most)?, read("offset", 0, "invalid_offset", 300_000)?))
}
