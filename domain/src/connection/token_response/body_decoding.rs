//! The fields of a token endpoint's response, from JSON, JSON in a JSON string, or a form.

use serde_json::{Map, Value};

use crate::json;

/// Reads the fields of a response: JSON, JSON in a JSON string, or a form. GitHub, for example, sends a form
/// unless the request asks for JSON.
pub(crate) fn fields(body: &[u8]) -> Option<Value> {
    match json::value(body) {
        Ok(Value::String(text)) => {
            json::value(text.as_bytes()).ok().filter(|value| !value.is_string()).or_else(|| form(&text))
        }
        Ok(value) => Some(value),
        Err(_) => form(&String::from_utf8_lossy(body)),
    }
}

/// Reads a form. Any text parses as one, so it counts only with a field of the RFC.
fn form(text: &str) -> Option<Value> {
    const FIELDS: [&str; 5] = ["access_token", "refresh_token", "error", "error_code", "error_description"];
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.starts_with('<') {
        return None;
    }
    let fields: Map<String, Value> = url::form_urlencoded::parse(text.as_bytes())
        .map(|(name, value)| (name.into_owned(), Value::String(value.into_owned())))
        .collect();
    FIELDS.iter().any(|name| fields.contains_key(*name)).then_some(Value::Object(fields))
}
