//! The values of templates: JSON, and two more. Comparison and text are those of minijinja.

use serde_json::{Number, Value as Json};
use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt::Write as _;

/// The reason of a missing value.
pub(super) const MISSING: &str = "undefined value";

/// A value, borrowed from the values of the template where possible.
#[derive(Debug, Clone)]
pub(super) enum Value<'v> {
    /// A name or a member that does not exist.
    Undefined,
    /// What has no value, and why. It is an error once the value is used; `x or y` and `x if y else z` may
    /// not use it.
    Failed(&'static str),
    Json(Cow<'v, Json>),
    /// A text that needs no escaping.
    Safe(String),
}

impl From<Json> for Value<'_> {
    fn from(value: Json) -> Self {
        Self::Json(Cow::Owned(value))
    }
}

impl<'v> From<&'v Json> for Value<'v> {
    fn from(value: &'v Json) -> Self {
        Self::Json(Cow::Borrowed(value))
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Json::String(text).into()
    }
}

impl<'v> From<Result<Value<'v>, &'static str>> for Value<'v> {
    fn from(value: Result<Self, &'static str>) -> Self {
        value.unwrap_or_else(Value::Failed)
    }
}

impl<'v> Value<'v> {
    /// The value, unless it is missing or failed.
    pub(super) fn defined(&self) -> Result<&Self, &'static str> {
        match self {
            Self::Undefined => Err(MISSING),
            Self::Failed(why) => Err(why),
            value => Ok(value),
        }
    }

    /// The value as JSON.
    pub(super) fn json(self) -> Result<Cow<'v, Json>, &'static str> {
        match self {
            Self::Undefined => Err(MISSING),
            Self::Failed(why) => Err(why),
            Self::Json(value) => Ok(value),
            Self::Safe(text) => Ok(Cow::Owned(Json::String(text))),
        }
    }

    /// The text of a value that is one.
    pub(super) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Json(value) => value.as_str(),
            Self::Safe(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn is_null(&self) -> bool {
        matches!(self, Self::Json(value) if value.is_null())
    }

    /// The value as text.
    pub(super) fn shown(&self) -> Result<Cow<'_, str>, &'static str> {
        match self.defined()? {
            Self::Json(value) => Ok(match value.as_ref() {
                Json::String(text) => Cow::Borrowed(text),
                Json::Number(number) if number.is_f64() => {
                    let text = number.as_f64().unwrap_or_default().to_string();
                    Cow::Owned(if text.contains('.') { text } else { text + ".0" })
                }
                other => {
                    let mut out = String::new();
                    literal(&mut out, other);
                    Cow::Owned(out)
                }
            }),
            Self::Safe(text) => Ok(Cow::Borrowed(text)),
            Self::Undefined | Self::Failed(_) => Err(MISSING),
        }
    }

    /// Whether the value counts as true.
    pub(super) fn is_true(&self) -> Result<bool, &'static str> {
        Ok(match self.defined()? {
            Self::Json(value) => match value.as_ref() {
                Json::Null => false,
                Json::Bool(truth) => *truth,
                Json::Number(number) => number.as_f64() != Some(0.0),
                Json::String(text) => !text.is_empty(),
                Json::Array(items) => !items.is_empty(),
                Json::Object(members) => !members.is_empty(),
            },
            Self::Safe(text) => !text.is_empty(),
            Self::Undefined | Self::Failed(_) => false,
        })
    }

    /// The member of this name. Other values have none.
    pub(super) fn member(self, name: &str) -> Self {
        self.part(|value| value.get(name))
    }

    /// The member, item or character at a key.
    pub(super) fn at(self, key: &Value<'v>) -> Self {
        let index = match key {
            Self::Failed(why) => return Self::Failed(why),
            Self::Json(key) => match key.as_ref() {
                Json::String(name) => return self.member(name),
                key => key.as_i64(),
            },
            _ => None,
        };
        let place = |length: usize| {
            let index = index?;
            let from_end = || length.checked_sub(usize::try_from(index.unsigned_abs()).ok()?);
            if index < 0 { from_end() } else { usize::try_from(index).ok() }
        };
        if let Some(text) = self.as_text() {
            let found = place(text.chars().count()).and_then(|at| text.chars().nth(at));
            return found.map_or(Self::Undefined, |character| character.to_string().into());
        }
        self.part(|value| value.get(place(value.as_array()?.len())?))
    }

    fn part(self, find: impl Fn(&Json) -> Option<&Json>) -> Self {
        let found = match self {
            Self::Undefined => return Self::Failed(MISSING),
            Self::Failed(why) => return Self::Failed(why),
            Self::Safe(_) => None,
            Self::Json(Cow::Borrowed(value)) => find(value).map(Self::from),
            Self::Json(Cow::Owned(value)) => find(&value).cloned().map(Self::from),
        };
        found.unwrap_or(Self::Undefined)
    }

    /// The items from `start` to before `stop`; negative numbers count from the end.
    pub(super) fn slice(&self, start: &Value, stop: &Value) -> Result<Value<'v>, &'static str> {
        let bound = |bound: &Value, absent: i64| match bound.defined()? {
            Value::Json(number) if number.is_null() => Ok(absent),
            Value::Json(number) => number.as_i64().ok_or("a slice takes whole numbers"),
            _ => Err("a slice takes whole numbers"),
        };
        let (start, stop) = (bound(start, 0)?, bound(stop, i64::MAX)?);
        let range = |length: usize| {
            let place = |at: i64| {
                let from_end = i64::try_from(length).unwrap_or(i64::MAX).saturating_add(at);
                usize::try_from(if at < 0 { from_end.max(0) } else { at }).unwrap_or(usize::MAX).min(length)
            };
            place(start)..place(stop).max(place(start))
        };
        if let Some(text) = self.as_text() {
            let range = range(text.chars().count());
            return Ok(text.chars().skip(range.start).take(range.len()).collect::<String>().into());
        }
        match self.defined()? {
            Self::Json(value) => match value.as_ref() {
                Json::Null => Ok(Json::Array(Vec::new()).into()),
                Json::Array(items) => {
                    Ok(Json::Array(items.get(range(items.len())).unwrap_or_default().to_vec()).into())
                }
                _ => Err("only a list or a text has slices"),
            },
            _ => Err("only a list or a text has slices"),
        }
    }

    /// The items of a list, the names of an object, the characters of a text.
    pub(super) fn items(&self) -> Result<Vec<Value<'v>>, &'static str> {
        let of = |value: &Json| value.clone().into();
        if let Some(text) = self.as_text() {
            return Ok(text.chars().map(|character| character.to_string().into()).collect());
        }
        match self.defined()? {
            Self::Json(Cow::Borrowed(Json::Array(items))) => Ok(items.iter().map(Value::from).collect()),
            Self::Json(value) => match value.as_ref() {
                Json::Null => Ok(Vec::new()),
                Json::Array(items) => Ok(items.iter().map(of).collect()),
                Json::Object(members) => Ok(members.keys().map(|name| name.clone().into()).collect()),
                _ => Err("the value is no list"),
            },
            _ => Err("the value is no list"),
        }
    }

    /// The number of items.
    pub(super) fn length(&self) -> Result<usize, &'static str> {
        match self {
            Self::Undefined => Ok(0),
            Self::Json(value) if value.is_null() => Err("`length` takes a list or a text"),
            value => value.items().map(|items| items.len()).map_err(|_| "`length` takes a list or a text"),
        }
    }

    /// Whether this container has a value: an item, a member of this name, or a part of the text.
    pub(super) fn has(&self, value: &Value) -> Result<bool, &'static str> {
        let sought = value.defined()?;
        if let Some(text) = self.as_text() {
            return Ok(text.contains(&*sought.shown()?));
        }
        let json = sought.clone().json()?;
        match self.defined()? {
            Self::Json(container) => match container.as_ref() {
                Json::Array(items) => Ok(items.iter().any(|item| compare(item, &json).is_eq())),
                Json::Object(members) => Ok(json.as_str().is_some_and(|name| members.contains_key(name))),
                _ => Err("`in` takes a list, an object or a text"),
            },
            _ => Err("`in` takes a list, an object or a text"),
        }
    }

    /// The order of two values.
    pub(super) fn compared(self, other: Self) -> Result<Ordering, &'static str> {
        Ok(compare(&*self.json()?, &*other.json()?))
    }
}

/// Orders by the kind, then by the value. A boolean is a number if the other is one.
fn compare(one: &Json, other: &Json) -> Ordering {
    let kind = |value: &Json| match value {
        Json::Null => 0,
        Json::Bool(_) => 1,
        Json::Number(_) => 2,
        Json::String(_) => 3,
        Json::Array(_) => 4,
        Json::Object(_) => 5,
    };
    match (one, other) {
        (Json::Bool(one), Json::Bool(other)) => one.cmp(other),
        (Json::Bool(one), Json::Number(other)) => numbers(&u64::from(*one).into(), other),
        (Json::Number(one), Json::Bool(other)) => numbers(one, &u64::from(*other).into()),
        (Json::Number(one), Json::Number(other)) => numbers(one, other),
        (Json::String(one), Json::String(other)) => one.cmp(other),
        (Json::Array(one), Json::Array(other)) => {
            let items = one.iter().zip(other).map(|(one, other)| compare(one, other));
            first_difference(items, one.len(), other.len())
        }
        (Json::Object(one), Json::Object(other)) => {
            let members = one.iter().zip(other).map(|((name, value), (other_name, other))| {
                name.cmp(other_name).then_with(|| compare(value, other))
            });
            first_difference(members, one.len(), other.len())
        }
        _ => kind(one).cmp(&kind(other)),
    }
}

fn first_difference(mut orders: impl Iterator<Item = Ordering>, length: usize, other: usize) -> Ordering {
    orders.find(|order| order.is_ne()).unwrap_or_else(|| length.cmp(&other))
}

fn numbers(one: &Number, other: &Number) -> Ordering {
    match (one.as_i128(), other.as_i128()) {
        (Some(one), Some(other)) => one.cmp(&other),
        _ => one.as_f64().partial_cmp(&other.as_f64()).unwrap_or(Ordering::Equal),
    }
}

/// Writes a value as Python writes it inside a list.
fn literal(out: &mut String, value: &Json) {
    match value {
        Json::Null => out.push_str("None"),
        Json::Bool(truth) => out.push_str(if *truth { "True" } else { "False" }),
        Json::Number(number) => match number.as_f64().filter(|_| number.is_f64()) {
            Some(number) => _ = write!(out, "{number:?}"),
            None => _ = write!(out, "{number}"),
        },
        Json::String(text) => quoted(out, text),
        Json::Array(items) => {
            out.push('[');
            for (place, item) in items.iter().enumerate() {
                out.push_str(if place > 0 { ", " } else { "" });
                literal(out, item);
            }
            out.push(']');
        }
        Json::Object(members) => {
            out.push('{');
            for (place, (name, member)) in members.iter().enumerate() {
                out.push_str(if place > 0 { ", " } else { "" });
                quoted(out, name);
                out.push_str(": ");
                literal(out, member);
            }
            out.push('}');
        }
    }
}

fn quoted(out: &mut String, text: &str) {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    out.push(quote);
    for character in text.chars() {
        match character {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\\' => out.push_str("\\\\"),
            _ if character == quote => out.extend(['\\', character]),
            // All control characters are below U+00FF.
            _ if character.is_control() => _ = write!(out, "\\x{:02x}", u32::from(character)),
            _ => out.push(character),
        }
    }
    out.push(quote);
}
