//! The query string of a request.

use worker::Request;

/// A parameter of the query string, decoded.
pub fn parameter(request: &Request, name: &str) -> Option<String> {
    let url = request.url().ok()?;
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}
