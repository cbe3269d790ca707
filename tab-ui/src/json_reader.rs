//! The reader of JSON that the browser has parsed. Its errors have no text: a person reads the same for each.

use std::fmt::{self, Display};

use serde::de::value::U32Deserializer;
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess,
    Visitor,
};
use serde::forward_to_deserialize_any;
use wasm_bindgen::{JsCast, JsValue};

/// Not the expected JSON.
#[derive(Debug)]
struct JsonError;

impl Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not the expected JSON")
    }
}

impl std::error::Error for JsonError {}

impl de::Error for JsonError {
    fn custom<T: Display>(_: T) -> Self {
        Self
    }
}

/// Reads a text. `None`: it is not JSON, or not a `T`.
pub fn read<T: DeserializeOwned>(text: &str) -> Option<T> {
    T::deserialize(Value(js_sys::JSON::parse(text).ok()?)).ok()
}

struct Value(JsValue);

impl Value {
    fn member(&self, name: &str) -> Result<Self, JsonError> {
        js_sys::Reflect::get(&self.0, &JsValue::from_str(name)).map(Value).map_err(|_| JsonError)
    }

    fn is_nothing(&self) -> bool {
        self.0.is_null() || self.0.is_undefined()
    }
}

impl<'de> Deserializer<'de> for Value {
    type Error = JsonError;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, JsonError> {
        // The API has no member of a kind that is read from its value alone.
        Err(JsonError)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, JsonError> {
        visitor.visit_bool(self.0.as_bool().ok_or(JsonError)?)
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked before")]
    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, JsonError> {
        let number = self.0.as_f64().filter(|number| (0.0..=f64::from(u32::MAX)).contains(number));
        visitor.visit_u32(number.ok_or(JsonError)? as u32)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, JsonError> {
        self.deserialize_string(visitor)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, JsonError> {
        visitor.visit_string(self.0.as_string().ok_or(JsonError)?)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, JsonError> {
        if self.is_nothing() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, JsonError> {
        let list: js_sys::Array = self.0.dyn_into().map_err(|_| JsonError)?;
        visitor.visit_seq(Items { list, next: 0 })
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, JsonError> {
        let object: js_sys::Object = self.0.dyn_into().map_err(|_| JsonError)?;
        visitor.visit_map(Entries { list: js_sys::Object::entries(&object), next: 0, value: None })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, JsonError> {
        if !self.0.is_object() {
            return Err(JsonError);
        }
        visitor.visit_map(Fields { object: self, fields, next: 0, value: None })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        words: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, JsonError> {
        let word = self.0.as_string().ok_or(JsonError)?;
        let index = words.iter().position(|its| *its == word).ok_or(JsonError)?;
        visitor.visit_enum(Word(u32::try_from(index).map_err(|_| JsonError)?))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, JsonError> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, JsonError> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u8 u16 u64 u128 f32 f64 char bytes byte_buf unit unit_struct tuple tuple_struct
        identifier
    }
}

struct Items {
    list: js_sys::Array,
    next: u32,
}

impl<'de> SeqAccess<'de> for Items {
    type Error = JsonError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, JsonError> {
        if self.next >= self.list.length() {
            return Ok(None);
        }
        let item = self.list.get(self.next);
        self.next += 1;
        seed.deserialize(Value(item)).map(Some)
    }
}

/// The members of an object, by their own names.
struct Entries {
    list: js_sys::Array,
    next: u32,
    value: Option<Value>,
}

impl<'de> MapAccess<'de> for Entries {
    type Error = JsonError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, JsonError> {
        if self.next >= self.list.length() {
            return Ok(None);
        }
        let entry: js_sys::Array = self.list.get(self.next).dyn_into().map_err(|_| JsonError)?;
        self.next += 1;
        self.value = Some(Value(entry.get(1)));
        seed.deserialize(Value(entry.get(0))).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, JsonError> {
        seed.deserialize(self.value.take().ok_or(JsonError)?)
    }
}

/// The members of an object that a type asks for, by their place in it: no name is compared in Rust.
struct Fields {
    object: Value,
    fields: &'static [&'static str],
    next: u32,
    value: Option<Value>,
}

impl<'de> MapAccess<'de> for Fields {
    type Error = JsonError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, JsonError> {
        while let Some(name) = self.fields.get(self.next as usize) {
            let (place, value) = (self.next, self.object.member(name)?);
            self.next += 1;
            if !value.0.is_undefined() {
                self.value = Some(value);
                return seed.deserialize(U32Deserializer::new(place)).map(Some);
            }
        }
        Ok(None)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, JsonError> {
        seed.deserialize(self.value.take().ok_or(JsonError)?)
    }
}

/// A word of a closed set, by its place in it.
struct Word(u32);

impl<'de> EnumAccess<'de> for Word {
    type Error = JsonError;
    type Variant = Alone;

    fn variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<(T::Value, Alone), JsonError> {
        seed.deserialize(U32Deserializer::new(self.0)).map(|word| (word, Alone))
    }
}

/// A word has nothing beside it.
struct Alone;

impl<'de> VariantAccess<'de> for Alone {
    type Error = JsonError;

    fn unit_variant(self) -> Result<(), JsonError> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, _: T) -> Result<T::Value, JsonError> {
        Err(JsonError)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, JsonError> {
        Err(JsonError)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, JsonError> {
        Err(JsonError)
    }
}
