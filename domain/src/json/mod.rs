//! Lenient reading of JSON from other systems (RFC 8259). Real clients and servers send more than their
//! documentation says.
//!
//! One reader serves activities, key sets, token responses, rosters and API responses. A byte order mark is
//! skipped (RFC 8259 section 8.1 allows that). Invalid UTF-8 and unpaired surrogates become U+FFFD. Of a
//! repeated member the last counts. Each field chooses its leniency by one of the functions below; only
//! fields that decide about trust are strict.

mod deserializer;
mod object_macro;
mod tree;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::time::Duration;

pub use deserializer::ReadError;
use deserializer::Reader;
pub(crate) use object_macro::object;
use tree::Node;

/// Maximum nesting of an object that a client sends as a JSON string. Some do so twice, hardly any more
/// often.
const DEEPEST_TEXT: usize = 3;

/// Reads JSON that Workbot wrote: stored rows, requests between its objects. A struct is an object, never a
/// list; members without a field are ignored, because a later version may have written them.
///
/// # Errors
/// [`ReadError`] if it is not JSON, or has another shape.
pub fn stored<T: DeserializeOwned>(json: &[u8]) -> Result<T, ReadError> {
    let node = Node::parse(json)?;
    T::deserialize(Reader { node: &node, exact: false })
}

/// Reads JSON whose every member must have its field: the compiled catalog, an admin's change.
///
/// # Errors
/// As [`stored`], and for a member without a field.
pub fn exactly<T: DeserializeOwned>(json: &[u8]) -> Result<T, ReadError> {
    let node = Node::parse(json)?;
    T::deserialize(Reader { node: &node, exact: true })
}

/// Reads a value.
///
/// # Errors
/// [`ReadError`] for another shape.
pub fn from_value<T: DeserializeOwned>(value: &Value) -> Result<T, ReadError> {
    T::deserialize(Reader { node: &Node::from(value), exact: false })
}

/// Reads a body. For a struct it must be an object, whatever the members of a list are.
///
/// # Errors
/// [`ReadError`] if it is not JSON, or has another shape.
pub fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, ReadError> {
    from_value(&value(body)?)
}

/// Reads a body of any shape.
///
/// # Errors
/// [`serde_json::Error`] if it is not JSON.
pub fn value(body: &[u8]) -> Result<Value, serde_json::Error> {
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    Node::parse(body).map(Node::into_value).or_else(|error| {
        let text = String::from_utf8_lossy(body);
        match paired(&text) {
            Cow::Borrowed(_) if matches!(text, Cow::Borrowed(_)) => Err(error),
            text => Node::parse(text.as_bytes()).map(Node::into_value),
        }
    })
}

/// Replaces each escape of an unpaired surrogate by `\uFFFD`. A client that cuts a text may cut an emoji in
/// half.
fn paired(text: &str) -> Cow<'_, str> {
    let mut mended = String::new();
    let mut copied = 0;
    let mut at = 0;
    while let Some(found) = text.get(at..).and_then(|rest| rest.find('\\')) {
        let escape = at + found;
        at = escape + 2;
        let Some(unit) = code_unit(text, escape) else { continue };
        at = escape + 6;
        let low = code_unit(text, at).filter(|unit| (0xDC00..0xE000).contains(unit));
        match unit {
            0xD800..0xDC00 if low.is_some() => at += 6,
            0xD800..0xE000 => {
                mended.push_str(text.get(copied..escape).unwrap_or_default());
                mended.push_str("\\uFFFD");
                copied = at;
            }
            _ => {}
        }
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    mended.push_str(text.get(copied..).unwrap_or_default());
    Cow::Owned(mended)
}

/// Returns the UTF-16 code unit of an escape `\uXXXX` at this position.
fn code_unit(text: &str, at: usize) -> Option<u32> {
    let digits = text.get(at..at + 6)?.strip_prefix("\\u")?;
    u32::from_str_radix(digits, 16).ok()
}

/// Whether a value counts as absent: `null`, `{}`, `[]` or a blank text.
#[must_use]
pub fn is_absent(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(members) => members.is_empty(),
        Value::Array(members) => members.is_empty(),
        Value::String(text) => text.trim().is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Returns a text, number or boolean as text; `None` for any other value.
#[must_use]
pub fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Returns an object, or the object in a JSON string; the string may be encoded several times.
#[must_use]
pub fn object_of(read: &Value) -> Option<Map<String, Value>> {
    let mut text = match read {
        Value::Object(members) => return Some(members.clone()),
        Value::String(text) => text.clone(),
        _ => return None,
    };
    for _ in 0..DEEPEST_TEXT {
        match value(text.as_bytes()).ok()? {
            Value::Object(members) => return Some(members),
            Value::String(inner) => text = inner,
            _ => return None,
        }
    }
    None
}

/// Reads a duration in seconds: a number or a text, with or without a fraction. A fraction is cut off. `None`
/// for any other value, negative ones included.
///
/// ```
/// use serde_json::json;
/// use std::time::Duration;
/// use workbot_domain::json::seconds_of;
///
/// assert_eq!(seconds_of(&json!("3599.5")), Some(Duration::from_secs(3599)));
/// assert_eq!(seconds_of(&json!(-1)), None);
/// ```
#[must_use]
pub fn seconds_of(value: &Value) -> Option<Duration> {
    let seconds = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.trim().parse().ok()?,
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    Duration::try_from_secs_f64(seconds.floor()).ok()
}

/// Deserializes a field that decides nothing: an absent value, or one of another shape, is `None`.
///
/// # Errors
/// The deserializer's error if there is no JSON value at all.
pub fn lenient<'de, D: Deserializer<'de>, T: DeserializeOwned>(from: D) -> Result<Option<T>, D::Error> {
    Ok(from_value(&Value::deserialize(from)?).ok())
}

/// Deserializes a field that decides about trust: `null` and `{}` are `None`, and a value of another shape
/// refuses the whole.
///
/// # Errors
/// The deserializer's error for a value of another shape.
pub fn strict<'de, D: Deserializer<'de>, T: DeserializeOwned>(from: D) -> Result<Option<T>, D::Error> {
    match Value::deserialize(from)? {
        Value::Null => Ok(None),
        Value::Object(members) if members.is_empty() => Ok(None),
        value => from_value(&value).map(Some).map_err(serde::de::Error::custom),
    }
}

/// Deserializes a text that decides nothing: a number becomes its digits.
///
/// # Errors
/// The deserializer's error if there is no JSON value at all.
pub fn text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(text_of(&Value::deserialize(from)?))
}

/// Deserializes a list: members of another shape are dropped, and any other value is an empty list.
///
/// # Errors
/// The deserializer's error if there is no JSON value at all.
pub fn list<'de, D: Deserializer<'de>, T: DeserializeOwned>(from: D) -> Result<Vec<T>, D::Error> {
    match Value::deserialize(from)? {
        Value::Array(members) => Ok(members.iter().filter_map(|member| from_value(member).ok()).collect()),
        _ => Ok(Vec::new()),
    }
}

/// Deserializes a duration in seconds; see [`seconds_of`].
///
/// # Errors
/// The deserializer's error if there is no JSON value at all.
pub fn seconds<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
    Ok(seconds_of(&Value::deserialize(from)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_byte_order_mark_a_cut_emoji_and_invalid_utf_8_are_accepted() {
        assert_eq!(value(b"\xEF\xBB\xBF{\"a\": 1}").unwrap(), json!({"a": 1}));
        assert_eq!(value(br#"{"a": "x\ud83d"}"#).unwrap(), json!({"a": "x\u{FFFD}"}));
        assert_eq!(
            value(br#"{"a": "\ude00\ud83d\ude00\\ud83d"}"#).unwrap(),
            json!({"a": "\u{FFFD}😀\\ud83d"})
        );
        assert_eq!(value(b"{\"a\": \"M\xFCller\"}").unwrap(), json!({"a": "M\u{FFFD}ller"}));
        for broken in ["", "{", "{\"a\": }", "\\ud83d", "{} {}"] {
            assert!(value(broken.as_bytes()).is_err(), "{broken}");
        }
    }

    #[test]
    fn a_duration_is_read_in_every_spelling() {
        for (written, seconds) in [
            (json!(3600), Some(3600)),
            (json!("3600"), Some(3600)),
            (json!(3600.0), Some(3600)),
            (json!(" 3600.9 "), Some(3600)),
            (json!(0), Some(0)),
            (json!(""), None),
            (json!(null), None),
            (json!(-1), None),
            (json!("soon"), None),
            (json!("NaN"), None),
            (json!(1e300), None),
            (json!({}), None),
        ] {
            assert_eq!(seconds_of(&written).map(|span| span.as_secs()), seconds, "{written}");
        }
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Read {
        #[serde(default, deserialize_with = "lenient")]
        small: Option<u8>,
        #[serde(default, deserialize_with = "strict")]
        trusted: Option<String>,
        #[serde(default, deserialize_with = "text")]
        word: Option<String>,
        #[serde(default, deserialize_with = "list")]
        list: Vec<u8>,
    }

    #[test]
    fn untrusted_fields_are_dropped_and_trusted_fields_refuse() {
        let read = |value: Value| read::<Read>(value.to_string().as_bytes());
        let nothing = Read { small: None, trusted: None, word: None, list: vec![] };
        assert_eq!(read(json!({})).unwrap(), nothing);
        assert_eq!(
            read(json!({"small": {}, "trusted": {}, "word": [], "list": null, "new": 1})).unwrap(),
            nothing
        );
        let odd = json!({"small": 300, "trusted": "t", "word": 7, "list": [1, "2", null, 3]});
        let some = Read { small: None, trusted: Some("t".into()), word: Some("7".into()), list: vec![1, 3] };
        assert_eq!(read(odd).unwrap(), some);
        for odd in [json!(7), json!(["t"]), json!({"t": 1}), json!(true)] {
            assert!(read(json!({ "trusted": odd })).is_err(), "{odd}");
        }
    }
}
