//! Finds the tokens in a response that is no valid token response.
//!
//! They are revoked or stored, so the search prefers finding too much: a text that only looks like a token
//! costs one revocation without effect.

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use url::form_urlencoded;

/// Limits of the search in a text: the number of mentions of a token, and the characters after each.
const MENTIONS: usize = 1000;
const REACH: usize = 8192;

/// Whether a name is `access_token` or `refresh_token`, in any spelling.
pub(super) fn is_token_name(name: &str) -> bool {
    is_spelled(name, "accesstoken") || is_spelled(name, "refreshtoken")
}

fn is_spelled(name: &str, token: &str) -> bool {
    let letters: String = name.chars().filter(|c| c.is_alphanumeric()).collect();
    letters.eq_ignore_ascii_case(token)
}

/// Returns the refresh token at its usual place: a field of the response itself, in any spelling.
pub(super) fn refresh_token(fields: &Value) -> Option<SecretString> {
    let fields = fields.as_object()?;
    let spelled = || fields.iter().find(|(name, _)| is_spelled(name, "refreshtoken")).map(|(_, value)| value);
    let token = fields.get("refresh_token").or_else(spelled)?.as_str()?;
    // A value with blanks is a sentence about the token.
    let is_token = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
    is_token.then(|| token.to_owned().into())
}

/// Collects every token in the fields, at any depth.
pub(super) fn in_fields(value: &Value, tokens: &mut Vec<SecretString>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| in_fields(item, tokens)),
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(token) if is_token_name(name) && !token.is_empty() => {
                        tokens.push(token.clone().into());
                    }
                    value => in_fields(value, tokens),
                }
            }
        }
        _ => {}
    }
}

/// Collects every token that a text among the fields contains.
pub(super) fn in_texts(value: &Value, tokens: &mut Vec<SecretString>) {
    match value {
        Value::String(text) => in_text(text, tokens),
        Value::Array(items) => items.iter().for_each(|item| in_texts(item, tokens)),
        Value::Object(fields) => fields.values().for_each(|field| in_texts(field, tokens)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Collects every token in a text: in an XML element or attribute, as `name: value` or `name=value`, or in a
/// script.
pub(super) fn in_text(text: &str, tokens: &mut Vec<SecretString>) {
    const TOKEN: &str = "token";
    let small = text.to_ascii_lowercase();
    for (at, _) in small.match_indices(TOKEN).take(MENTIONS) {
        let before = small.get(..at).unwrap_or_default();
        let before = before.strip_suffix(['_', '-', ' ']).unwrap_or(before);
        let before = before.strip_suffix("access").or_else(|| before.strip_suffix("refresh"));
        let (Some(before), Some(after)) = (before, text.get(at + TOKEN.len()..)) else { continue };
        let reach = after.char_indices().nth(REACH).map_or(after.len(), |(end, _)| end);
        let Some(token) = value(before, after.get(..reach).unwrap_or_default()) else { continue };
        if !token.is_empty() && !tokens.iter().any(|held| held.expose_secret() == token) {
            tokens.push(token.into());
        }
    }
}

/// Returns the value of a name that stands between `before` and `after`.
fn value(before: &str, after: &str) -> Option<String> {
    // `access_token_type` is a different name.
    if after.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '-')) {
        return None;
    }
    let tag = before.trim_end_matches(|c: char| c.is_alphanumeric() || matches!(c, ':' | '_' | '-'));
    if tag.ends_with('<') {
        let (tag, content) = after.split_once('>')?;
        return if tag.ends_with('/') { None } else { element(content) };
    }
    let after = after.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '\\'));
    let is_field = after.starts_with('=');
    let after = after.strip_prefix([':', '='])?.trim_start_matches(['=', '>']).trim_start();
    if let Some(quoted) = after.strip_prefix("\\\"") {
        return Some(quoted.split_once('\\')?.0.to_owned());
    }
    if let Some(quoted) = after.strip_prefix('\'') {
        return Some(quoted.split_once('\'')?.0.to_owned());
    }
    if after.starts_with('"') {
        // The first JSON string at this place. A truncated one does not count.
        return serde_json::Deserializer::from_slice(after.as_bytes()).into_iter().next()?.ok();
    }
    let is_end = |c: char| c.is_whitespace() || "&,;<>()[]{}\"'".contains(c);
    let bare = after.split(is_end).next()?;
    let is_nothing = ["null", "undefined", "none", "nil", "true", "false"].contains(&bare);
    let written = if is_field && bare.contains('%') {
        form_urlencoded::parse(bare.replace('+', "%2B").as_bytes()).next()?.0.into_owned()
    } else {
        bare.to_owned()
    };
    (!is_nothing).then_some(written)
}

/// Returns the text of an XML element.
fn element(content: &str) -> Option<String> {
    if let Some(data) = content.trim_start().strip_prefix("<![CDATA[") {
        return Some(data.split_once("]]>")?.0.to_owned());
    }
    let text = content.split_once('<')?.0.trim();
    Some(text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&"))
}
