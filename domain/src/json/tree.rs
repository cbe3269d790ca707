//! A JSON value as it was read: texts are borrowed from the bytes, members keep their order.

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::borrow::Cow;
use std::fmt;

/// A JSON value.
#[derive(Debug)]
pub(super) enum Node<'a> {
    /// No value at all: the member of an object that has none of this name.
    Absent,
    Null,
    Bool(bool),
    Number(Number),
    Text(Cow<'a, str>),
    List(Vec<Node<'a>>),
    /// Names, which are texts, and values.
    Object(Vec<(Node<'a>, Node<'a>)>),
}

/// [`Node::Absent`], to refer to.
pub(super) static ABSENT: Node<'static> = Node::Absent;

impl Node<'_> {
    /// Parses JSON, and nothing after it.
    pub(super) fn parse(json: &[u8]) -> Result<Node<'_>, serde_json::Error> {
        serde_json::from_slice(json)
    }

    /// Whether it is this text.
    pub(super) fn is(&self, expected: &str) -> bool {
        matches!(self, Node::Text(text) if text == expected)
    }

    /// The value of its own. Of a repeated member the last counts.
    pub(super) fn into_value(self) -> Value {
        match self {
            Node::Absent | Node::Null => Value::Null,
            Node::Bool(truth) => Value::Bool(truth),
            Node::Number(number) => Value::Number(number),
            Node::Text(text) => Value::String(text.into_owned()),
            Node::List(members) => Value::Array(members.into_iter().map(Node::into_value).collect()),
            Node::Object(members) => {
                let member = |(name, value)| match name {
                    Node::Text(name) => Some((Cow::into_owned(name), Node::into_value(value))),
                    _ => None,
                };
                Value::Object(members.into_iter().filter_map(member).collect::<Map<_, _>>())
            }
        }
    }
}

impl<'a> From<&'a Value> for Node<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(truth) => Self::Bool(*truth),
            Value::Number(number) => Self::Number(number.clone()),
            Value::String(text) => Self::Text(Cow::Borrowed(text)),
            Value::Array(members) => Self::List(members.iter().map(Self::from).collect()),
            Value::Object(members) => {
                let member = |(name, value): (&'a String, _)| {
                    (Self::Text(Cow::Borrowed(name.as_str())), Self::from(value))
                };
                Self::Object(members.iter().map(member).collect())
            }
        }
    }
}

impl<'de> Deserialize<'de> for Node<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(AnyNode)
    }
}

struct AnyNode;

impl<'de> Visitor<'de> for AnyNode {
    type Value = Node<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Node<'de>, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E: Error>(self, truth: bool) -> Result<Node<'de>, E> {
        Ok(Node::Bool(truth))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Node<'de>, E> {
        Ok(Node::Number(number.into()))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Node<'de>, E> {
        Ok(Node::Number(number.into()))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Node<'de>, E> {
        Ok(Number::from_f64(number).map_or(Node::Null, Node::Number))
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Node<'de>, E> {
        Ok(Node::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Node<'de>, E> {
        Ok(Node::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut members: A) -> Result<Node<'de>, A::Error> {
        let mut list = Vec::new();
        while let Some(member) = members.next_element()? {
            list.push(member);
        }
        Ok(Node::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Node<'de>, A::Error> {
        let mut object = Vec::new();
        while let Some(member) = members.next_entry()? {
            object.push(member);
        }
        Ok(Node::Object(object))
    }
}
