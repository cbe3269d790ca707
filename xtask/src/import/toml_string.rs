//! Strings of TOML.

/// A string of TOML.
pub fn quoted(text: &str) -> String {
    // A string of JSON is one of TOML too, as `serde_json` writes it.
    serde_json::Value::from(text).to_string()
}
