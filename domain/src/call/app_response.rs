//! What an app responds to a request.

use secrecy::SecretString;
use serde_json::Value;
use std::collections::BTreeMap;

/// A response of an app.
#[derive(Debug, Clone, Copy)]
pub struct AppResponse<'a> {
    /// The HTTP status.
    pub status: u16,
    /// The headers, names in lower case.
    pub headers: &'a BTreeMap<String, String>,
    /// The body, if it could be read ([`parse_body`](super::parse_body)).
    pub body: Option<&'a Value>,
    /// The [`credentials`](super::credentials) of the request. No message repeats them.
    pub sent: &'a [SecretString],
}

impl<'a> AppResponse<'a> {
    /// Returns the value at a JSON pointer into the body.
    pub(super) fn at(self, pointer: &str) -> Option<&'a Value> {
        self.body?.pointer(pointer)
    }
}
