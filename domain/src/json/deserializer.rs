//! The one deserializer of all types that are read from JSON.
//!
//! serde generates the code of a derived reader for each deserializer that the type is read with, and one for
//! serde_json's parser contains the comparison of each name, the check for repeated members and the texts of
//! the errors. Together that was a sixth of the worker's module. [`Reader`] reads from a parsed [`Node`], and
//! presents every struct as the sequence of its fields: it looks them up by their names itself, so that code
//! exists once.

use serde::de::{DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor};
use serde_json::Number;
use std::fmt;
use std::slice::Iter;

use super::tree::{ABSENT, Node};

/// Why JSON cannot be read. It names the field, and no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// It is not JSON.
    #[error("not JSON")]
    NotJson,
    /// It has another shape.
    #[error("another shape")]
    Shape,
    /// It has fewer members.
    #[error("member {0} is missing")]
    Missing(usize),
    /// This field is missing or has another shape.
    #[error("missing or malformed field `{0}`")]
    Field(&'static str),
}

impl ReadError {
    /// The same error, of this field unless it is of an inner one.
    fn at(self, field: &'static str) -> Self {
        if matches!(self, Self::Field(_)) { self } else { Self::Field(field) }
    }

    /// The same error, of the field that is missing.
    fn among(self, names: &[&'static str]) -> Self {
        match self {
            Self::Missing(at) => names.get(at).map_or(self, |&name| Self::Field(name)),
            other => other,
        }
    }
}

impl From<serde_json::Error> for ReadError {
    fn from(_: serde_json::Error) -> Self {
        Self::NotJson
    }
}

/// None of serde's texts is kept: each would be code.
impl serde::de::Error for ReadError {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::Shape
    }

    fn invalid_type(_: serde::de::Unexpected, _: &dyn serde::de::Expected) -> Self {
        Self::Shape
    }

    fn invalid_value(_: serde::de::Unexpected, _: &dyn serde::de::Expected) -> Self {
        Self::Shape
    }

    fn invalid_length(length: usize, _: &dyn serde::de::Expected) -> Self {
        Self::Missing(length)
    }

    fn unknown_variant(_: &str, _: &'static [&'static str]) -> Self {
        Self::Shape
    }

    fn unknown_field(_: &str, _: &'static [&'static str]) -> Self {
        Self::Shape
    }

    fn missing_field(field: &'static str) -> Self {
        Self::Field(field)
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::Field(field)
    }
}

/// The deserializer.
#[derive(Clone, Copy)]
pub(super) struct Reader<'de> {
    pub(super) node: &'de Node<'de>,
    /// Whether a struct refuses members that it has no field for.
    pub(super) exact: bool,
}

impl<'de> Reader<'de> {
    fn of(self, node: &'de Node<'de>) -> Self {
        Self { node, ..self }
    }

    fn members(self) -> Result<&'de [(Node<'de>, Node<'de>)], ReadError> {
        if let Node::Object(members) = self.node { Ok(members) } else { Err(ReadError::Shape) }
    }

    fn elements(self) -> Result<Elements<'de>, ReadError> {
        match self.node {
            Node::List(list) => Ok(Elements { rest: list.iter(), exact: self.exact }),
            _ => Err(ReadError::Shape),
        }
    }

    fn fields(self, names: &'static [&'static str]) -> Result<Fields<'de>, ReadError> {
        let members = self.members()?;
        if self.exact && members.iter().any(|(name, _)| !names.iter().any(|known| name.is(known))) {
            return Err(ReadError::Shape);
        }
        Ok(Fields { members, next: 0, names: names.iter(), exact: self.exact })
    }

    fn text(self) -> Result<&'de str, ReadError> {
        if let Node::Text(text) = self.node { Ok(text) } else { Err(ReadError::Shape) }
    }

    fn number(self) -> Result<&'de Number, ReadError> {
        if let Node::Number(number) = self.node { Ok(number) } else { Err(ReadError::Shape) }
    }
}

macro_rules! read_as {
    ($($method:ident => $as:ident),+) => { $(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
            self.$as(visitor)
        }
    )+ };
}

impl<'de> Deserializer<'de> for Reader<'de> {
    type Error = ReadError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match self.node {
            Node::Absent => Err(ReadError::Shape),
            Node::Null => visitor.visit_unit(),
            Node::Bool(truth) => visitor.visit_bool(*truth),
            Node::Number(number) if number.is_f64() => visitor.visit_f64(number.as_f64().unwrap_or_default()),
            Node::Number(_) => self.deserialize_i64(visitor),
            Node::Text(text) => visitor.visit_borrowed_str(text),
            Node::List(_) => visitor.visit_seq(self.elements()?),
            Node::Object(members) => {
                visitor.visit_map(Members { rest: members.iter(), value: &ABSENT, exact: self.exact })
            }
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        if let Node::Bool(truth) = self.node { visitor.visit_bool(*truth) } else { Err(ReadError::Shape) }
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        let number = self.number()?;
        match (number.as_u64(), number.as_i64()) {
            (Some(number), _) => visitor.visit_u64(number),
            (None, Some(number)) => visitor.visit_i64(number),
            (None, None) => Err(ReadError::Shape),
        }
    }

    read_as!(
        deserialize_i8 => deserialize_i64,
        deserialize_i16 => deserialize_i64,
        deserialize_i32 => deserialize_i64,
        deserialize_u8 => deserialize_i64,
        deserialize_u16 => deserialize_i64,
        deserialize_u32 => deserialize_i64,
        deserialize_u64 => deserialize_i64,
        deserialize_f32 => deserialize_f64,
        deserialize_char => deserialize_str,
        deserialize_string => deserialize_str,
        deserialize_identifier => deserialize_str,
        deserialize_bytes => deserialize_seq,
        deserialize_byte_buf => deserialize_seq
    );

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_f64(self.number()?.as_f64().ok_or(ReadError::Shape)?)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_borrowed_str(self.text()?)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        if matches!(self.node, Node::Absent | Node::Null) {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        if matches!(self.node, Node::Null) { visitor.visit_unit() } else { Err(ReadError::Shape) }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_seq(self.elements()?)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, ReadError> {
        let elements = self.elements()?;
        if elements.rest.len() == length { visitor.visit_seq(elements) } else { Err(ReadError::Shape) }
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        self.deserialize_tuple(length, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_map(Members { rest: self.members()?.iter(), value: &ABSENT, exact: self.exact })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        visitor.visit_seq(self.fields(names)?).map_err(|error| error.among(names))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        match self.node {
            Node::Text(_) => visitor.visit_enum(Variant { name: self, content: self.of(&ABSENT) }),
            Node::Object(members) => match members.as_slice() {
                [(name, content)] => {
                    visitor.visit_enum(Variant { name: self.of(name), content: self.of(content) })
                }
                _ => Err(ReadError::Shape),
            },
            _ => Err(ReadError::Shape),
        }
    }
}

/// The members of a list.
struct Elements<'de> {
    rest: Iter<'de, Node<'de>>,
    exact: bool,
}

impl<'de> SeqAccess<'de> for Elements<'de> {
    type Error = ReadError;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, ReadError> {
        let Some(node) = self.rest.next() else { return Ok(None) };
        seed.deserialize(Reader { node, exact: self.exact }).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.rest.len())
    }
}

/// The fields of a struct in the order of its declaration. serde reads the member that is "not there" as the
/// field's default; a field without one must be there, or be an `Option`.
struct Fields<'de> {
    members: &'de [(Node<'de>, Node<'de>)],
    /// Where the next field is, if the members have the order of the fields.
    next: usize,
    names: Iter<'static, &'static str>,
    exact: bool,
}

impl<'de> Fields<'de> {
    /// The next field's name and value.
    fn next(&mut self) -> Option<(&'static str, &'de Node<'de>)> {
        let name = *self.names.next()?;
        let is_it = |(_, (known, _)): &(usize, &(Node, Node))| known.is(name);
        let all = || self.members.iter().enumerate();
        let found = all().skip(self.next).find(is_it).or_else(|| all().find(is_it));
        let Some((at, (_, node))) = found else { return Some((name, &ABSENT)) };
        self.next = at + 1;
        Some((name, node))
    }
}

impl<'de> SeqAccess<'de> for Fields<'de> {
    type Error = ReadError;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, ReadError> {
        let Some((name, node)) = self.next() else { return Ok(None) };
        match seed.deserialize(Reader { node, exact: self.exact }) {
            Ok(value) => Ok(Some(value)),
            Err(_) if matches!(node, Node::Absent) => Ok(None),
            Err(error) => Err(error.at(name)),
        }
    }
}

/// The members of an object.
struct Members<'de> {
    rest: Iter<'de, (Node<'de>, Node<'de>)>,
    value: &'de Node<'de>,
    exact: bool,
}

impl<'de> MapAccess<'de> for Members<'de> {
    type Error = ReadError;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, ReadError> {
        let Some((name, value)) = self.rest.next() else { return Ok(None) };
        self.value = value;
        seed.deserialize(Reader { node: name, exact: self.exact }).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, ReadError> {
        seed.deserialize(Reader { node: self.value, exact: self.exact })
    }
}

/// A variant of an enum, by its name; what it contains is absent for a mere name.
struct Variant<'de> {
    name: Reader<'de>,
    content: Reader<'de>,
}

impl<'de> EnumAccess<'de> for Variant<'de> {
    type Error = ReadError;
    type Variant = Reader<'de>;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Reader<'de>), ReadError> {
        Ok((seed.deserialize(self.name)?, self.content))
    }
}

impl<'de> VariantAccess<'de> for Reader<'de> {
    type Error = ReadError;

    fn unit_variant(self) -> Result<(), ReadError> {
        if matches!(self.node, Node::Absent | Node::Null) { Ok(()) } else { Err(ReadError::Shape) }
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, ReadError> {
        if matches!(self.node, Node::Absent) { Err(ReadError::Shape) } else { seed.deserialize(self) }
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, ReadError> {
        self.deserialize_tuple(length, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        visitor.visit_seq(self.fields(names)?).map_err(|error| error.among(names))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{exactly, stored};
    use serde::{Deserialize, Serialize};
    use serde_json::Value;
    use std::collections::BTreeMap;

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    struct Inner {
        name: String,
        #[serde(default)]
        note: Option<Box<Inner>>,
    }

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    struct Id(String);

    #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
    enum Shape {
        Unit,
        Newtype(u32),
        Tuple(i64, bool),
        Struct { key: String },
    }

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    #[serde(tag = "kind", rename_all = "snake_case")]
    enum Tagged {
        One { inner: Inner },
        Two,
    }

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    struct Whole {
        id: Id,
        inner: Inner,
        shapes: Vec<Shape>,
        by_name: BTreeMap<String, (String, Inner)>,
        tagged: Vec<Tagged>,
        any: Value,
        ratio: f64,
        nothing: (),
    }

    fn inner(name: &str) -> Inner {
        let note = Inner { name: "ü\n\"".into(), note: None };
        Inner { name: name.into(), note: Some(Box::new(note)) }
    }

    #[test]
    fn every_shape_is_read_back_as_it_was_written() {
        let whole = Whole {
            id: Id("1".into()),
            inner: inner("a"),
            shapes: vec![
                Shape::Unit,
                Shape::Newtype(7),
                Shape::Tuple(-1, true),
                Shape::Struct { key: "k".into() },
            ],
            by_name: BTreeMap::from([("x".into(), ("y".into(), inner("b")))]),
            tagged: vec![Tagged::One { inner: inner("c") }, Tagged::Two],
            any: serde_json::json!({"list": [1, null, {"a": 2.5}], "text": "t"}),
            ratio: 0.25,
            nothing: (),
        };
        assert_eq!(stored::<Whole>(&serde_json::to_vec(&whole).unwrap()).unwrap(), whole);
    }

    #[test]
    fn a_struct_is_an_object_at_every_depth() {
        assert!(stored::<Inner>(br#"["a", null]"#).is_err());
        assert!(stored::<Vec<Inner>>(br#"[["a", null]]"#).is_err());
        assert!(stored::<Inner>(br#"{"name": "a", "note": ["b", null]}"#).is_err());
        assert!(stored::<Shape>(br#"{"Struct": ["k"]}"#).is_err());
    }

    #[test]
    fn text_after_the_value_is_refused() {
        assert!(stored::<Inner>(br#"{"name": "a"} {"#).is_err());
        assert!(stored::<Inner>(br#"{"name": "a"#).is_err());
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Defaults {
        first: u8,
        #[serde(default = "seven")]
        second: u8,
        #[serde(default)]
        third: Vec<u8>,
        fourth: Option<u8>,
        #[serde(default, deserialize_with = "doubled")]
        fifth: u8,
    }

    fn seven() -> u8 {
        7
    }

    fn doubled<'de, D: Deserializer<'de>>(from: D) -> Result<u8, D::Error> {
        Ok(2 * u8::deserialize(from)?)
    }

    #[test]
    fn an_absent_field_has_its_default_and_one_without_a_default_is_named() {
        let all = Defaults { first: 1, second: 7, third: Vec::new(), fourth: None, fifth: 0 };
        assert_eq!(stored::<Defaults>(br#"{"first": 1}"#).unwrap(), all);
        let all = Defaults { first: 1, second: 2, third: vec![3], fourth: Some(4), fifth: 10 };
        let read = stored::<Defaults>(br#"{"fifth": 5, "fourth": 4, "first": 1, "third": [3], "second": 2}"#);
        assert_eq!(read.unwrap(), all, "in any order");
        assert_eq!(stored::<Defaults>(b"{}"), Err(ReadError::Field("first")));
        assert_eq!(stored::<Defaults>(br#"{"first": 256}"#), Err(ReadError::Field("first")));
        assert_eq!(stored::<Defaults>(br#"{"first": 1, "third": null}"#), Err(ReadError::Field("third")));
        assert_eq!(stored::<Defaults>(br#"{"first": 1, "fifth": "x"}"#), Err(ReadError::Field("fifth")));
        let error = stored::<Whole>(br#"{"id": "1", "inner": {"note": null}}"#).unwrap_err();
        assert_eq!(error.to_string(), "missing or malformed field `name`");
    }

    #[test]
    fn a_member_without_a_field_is_ignored_unless_every_member_must_have_one() {
        for json in [r#"{"name": "a", "later": 1}"#, r#"{"name": "a", "note": {"name": "b", "later": 1}}"#] {
            assert!(stored::<Inner>(json.as_bytes()).is_ok() && exactly::<Inner>(json.as_bytes()).is_err());
        }
        assert!(exactly::<Inner>(br#"{"name": "a", "note": {"name": "b"}}"#).is_ok());
    }
}
