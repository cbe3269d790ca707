//! Browser sessions of the sign-in pages, and the random names they and everything else go by.

use axum::http::{HeaderMap, HeaderValue, header};
use rand::Rng;
use rand::distributions::Alphanumeric;

/// `length` random letters and digits.
pub fn random(length: usize) -> String {
    rand::thread_rng().sample_iter(Alphanumeric).take(length).map(char::from).collect()
}

/// The value of a cookie, if the browser sent it.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}

/// A `Set-Cookie` value that keeps a session below `path` for a day. All local servers share the host name, so the
/// path is what keeps the stand-ins apart.
pub fn set(name: &str, value: &str, path: &str) -> HeaderValue {
    let text = format!("{name}={value}; Path={path}; HttpOnly; SameSite=Lax; Max-Age=86400");
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
}

/// A `Set-Cookie` value that ends the session.
pub fn end(name: &str, path: &str) -> HeaderValue {
    let text = format!("{name}=; Path={path}; HttpOnly; SameSite=Lax; Max-Age=0");
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
}
