//! The syntax of names, and the detection of templates.

use serde_json::Value;

/// Whether a text is a name: lower-case letters, digits and `_`.
pub(crate) fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// Whether a JSON value contains a template.
pub(crate) fn has_template(value: &Value) -> bool {
    match value {
        Value::String(text) => has_template_text(text),
        Value::Array(items) => items.iter().any(has_template),
        Value::Object(fields) => fields.values().any(has_template),
        _ => false,
    }
}

fn has_template_text(text: &str) -> bool {
    text.contains("{{") || text.contains("{%")
}
