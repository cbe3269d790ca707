//! Checks the headers of an app or an action.

use std::collections::BTreeMap;

use workbot_domain::catalog::App;
use workbot_domain::template::Template;

use super::templates::below;
use crate::diagnostics::Checker;

/// Headers that Workbot sets.
pub(crate) const OWN_HEADERS: [&str; 5] =
    ["authorization", "content-type", "content-length", "cookie", "host"];

/// Checks the names of headers. They are case-insensitive.
pub(crate) fn check(
    checker: &mut Checker<'_>,
    path: &[&str],
    headers: &BTreeMap<String, Template>,
    app: &App,
) {
    let key = app.api_key.as_ref().map(|key| key.header.to_lowercase());
    for name in headers.keys() {
        let lower = name.to_lowercase();
        let message = if lower == "content-type" {
            format!(
                "the header `{name}` comes with a body: remove it. `content_type` names another media type, and \
                 `body = {{}}` gives a body to a request without one"
            )
        } else if OWN_HEADERS.contains(&lower.as_str()) {
            format!("Workbot sets the header `{name}` itself: remove it")
        } else if key.as_ref() == Some(&lower) {
            format!("the header `{name}` contains the API key: remove it here")
        } else if !is_header_name(name) {
            format!("`{name}` is not a header name: use letters, digits and hyphens")
        } else if headers.keys().filter(|other| other.to_lowercase() == lower).count() > 1 {
            format!("the header `{name}` occurs twice: header names are case-insensitive")
        } else {
            continue;
        };
        checker.mistake(&below(path, &[name]), "", message);
    }
}

/// RFC 9110 section 5.1, restricted to the characters that headers use in practice.
pub(crate) fn is_header_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}
