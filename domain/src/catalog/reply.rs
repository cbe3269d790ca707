//! The reply of a recipe: a text, and what a card below it shows.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use workbot_shared::RecipeId;

use crate::template::Template;

/// A reply: `reply = "text"`, or a table `[reply]`. All templates may use `inputs` and `steps`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reply {
    /// The text, in Markdown.
    pub text: Template,
    /// The heading of the card.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<Template>,
    /// The address of an image in the card.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<Template>,
    /// Names with values. A fact with an empty value is left out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<Fact>,
    /// A list, such as the results of a search.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub list: Option<List>,
    /// Buttons below the card.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub buttons: Vec<Button>,
}

/// A name with a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fact {
    /// The name.
    pub title: String,
    /// The value.
    pub value: Template,
}

/// A list in a reply. The card shows up to ten rows. The templates of a row may also use `item`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// The items: a template that yields a list.
    pub items: Template,
    /// The first line of a row.
    pub title: Template,
    /// The second line of a row. An empty one is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<Template>,
    /// The further columns; with columns the list is a table.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<Fact>,
    /// The heading of a table's first column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heading: Option<String>,
    /// The buttons of a row.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub buttons: Vec<Button>,
}

/// A button that opens an address, or starts a recipe as the person who presses it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Button {
    /// The title.
    pub title: String,
    /// The address to open. The button is left out if it is empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<Template>,
    /// The recipe to start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipe: Option<RecipeId>,
    /// The inputs of that recipe, by id. A form asks for those that are missing.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub with: Map<String, Value>,
}

impl Reply {
    /// Whether the reply has a card.
    #[must_use]
    pub fn has_card(&self) -> bool {
        self.title.is_some()
            || self.image.is_some()
            || !self.facts.is_empty()
            || self.list.is_some()
            || !self.buttons.is_empty()
    }

    /// Returns the buttons of the card and of the rows.
    pub fn all_buttons(&self) -> impl Iterator<Item = &Button> {
        self.buttons.iter().chain(self.list.iter().flat_map(|list| &list.buttons))
    }
}

impl From<Template> for Reply {
    fn from(text: Template) -> Self {
        Self { text, title: None, image: None, facts: Vec::new(), list: None, buttons: Vec::new() }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    text: Template,
    title: Option<Template>,
    image: Option<Template>,
    #[serde(default)]
    facts: Vec<Fact>,
    list: Option<List>,
    #[serde(default)]
    buttons: Vec<Button>,
}

impl<'de> Deserialize<'de> for Reply {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextOrTable)
    }
}

struct TextOrTable;

impl<'de> Visitor<'de> for TextOrTable {
    type Value = Reply;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, or a table with `text`")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Reply, E> {
        Ok(Template(text.to_owned()).into())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Reply, A::Error> {
        let Table { text, title, image, facts, list, buttons } =
            Table::deserialize(MapAccessDeserializer::new(map))?;
        Ok(Reply { text, title, image, facts, list, buttons })
    }
}
