//! The cookies of the browser sessions of the sign-in pages.

use axum::http::{HeaderMap, HeaderValue, header};

/// The value of a cookie.
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

/// A `Set-Cookie` value for a session below `path`, valid for a day. All local servers share the host name,
/// so the path separates the stand-ins.
pub fn set(name: &str, value: &str, path: &str) -> HeaderValue {
    let text = format!("{name}={value}; Path={path}; HttpOnly; SameSite=Lax; Max-Age=86400");
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
}

/// A `Set-Cookie` value that ends the session.
pub fn end(name: &str, path: &str) -> HeaderValue {
    let text = format!("{name}=; Path={path}; HttpOnly; SameSite=Lax; Max-Age=0");
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
}
