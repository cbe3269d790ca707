//! The reply of a run, rendered: its text, and what the card below it shows.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use url::Url;
use workbot_shared::{Language, RecipeId};

use crate::catalog::{Button, Fact, List, Reply};
use crate::template::{Target, Template, TemplateError, evaluate_tree};

/// The maximal number of rows of a list.
const MOST_ROWS: usize = 10;

/// The card of a reply. Texts are Markdown, titles of buttons are plain text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplyCard {
    /// The heading.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The address of an image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Names with values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<(String, String)>,
    /// The headings of a table; empty for a list.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    /// The rows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<ReplyRow>,
    /// The number of items without a row.
    #[serde(default)]
    pub more: usize,
    /// The buttons below.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub buttons: Vec<ReplyButton>,
}

/// A row of a list or a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplyRow {
    /// The first line, or the first cell.
    pub title: String,
    /// The second line; may be empty.
    pub text: String,
    /// The further cells.
    pub cells: Vec<String>,
    /// The buttons of the row.
    pub buttons: Vec<ReplyButton>,
}

/// A button.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplyButton {
    /// The title.
    pub title: String,
    /// Its effect.
    #[serde(flatten)]
    pub press: ReplyPress,
}

/// The effect of a button.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReplyPress {
    /// Opens an address.
    Url(String),
    /// Starts a recipe with these inputs, as the person who presses.
    Start(RecipeId, Map<String, Value>),
}

impl Reply {
    /// Renders the reply with the values of a run.
    ///
    /// # Errors
    /// A template that yields no value.
    pub fn render(
        &self,
        language: Language,
        values: &Value,
    ) -> Result<(String, Option<ReplyCard>), TemplateError> {
        let to = Renderer { language, values };
        let text = to.text(&self.text)?;
        if !self.has_card() {
            return Ok((text, None));
        }
        let mut card = ReplyCard {
            title: to.optional(self.title.as_ref())?,
            image: to.address(self.image.as_ref())?,
            facts: to.facts(&self.facts)?.into_iter().filter(|(_, value)| !value.is_empty()).collect(),
            buttons: to.buttons(&self.buttons)?,
            ..ReplyCard::default()
        };
        if let Some(list) = &self.list {
            to.list(list, &mut card)?;
        }
        let is_empty = card == ReplyCard::default();
        Ok((text, (!is_empty).then_some(card)))
    }
}

struct Renderer<'a> {
    language: Language,
    values: &'a Value,
}

impl Renderer<'_> {
    fn text(&self, template: &Template) -> Result<String, TemplateError> {
        Ok(template.render(Target::Markdown(self.language), self.values)?.trim().to_owned())
    }

    /// A text; `None` if it is empty.
    fn optional(&self, template: Option<&Template>) -> Result<Option<String>, TemplateError> {
        let text = template.map(|template| self.text(template)).transpose()?;
        Ok(text.filter(|text| !text.is_empty()))
    }

    /// An address of the web; `None` for any other text.
    fn address(&self, template: Option<&Template>) -> Result<Option<String>, TemplateError> {
        let text = template.map(|template| template.render(Target::Plain, self.values)).transpose()?;
        let url = text.and_then(|text| Url::parse(text.trim()).ok());
        let is_web = |url: &Url| matches!(url.scheme(), "https" | "http") && url.username().is_empty();
        Ok(url.filter(is_web).map(String::from))
    }

    fn facts(&self, facts: &[Fact]) -> Result<Vec<(String, String)>, TemplateError> {
        facts.iter().map(|fact| Ok((fact.title.clone(), self.text(&fact.value)?))).collect()
    }

    fn list(&self, list: &List, card: &mut ReplyCard) -> Result<(), TemplateError> {
        let items = list.items.evaluate(self.values)?;
        let items = items.as_array().map(Vec::as_slice).unwrap_or_default();
        card.more = items.len().saturating_sub(MOST_ROWS);
        let mut values = self.values.clone();
        for item in items.iter().take(MOST_ROWS) {
            if let Value::Object(values) = &mut values {
                values.insert("item".to_owned(), item.clone());
            }
            let to = Renderer { language: self.language, values: &values };
            card.rows.push(ReplyRow {
                title: to.text(&list.title)?,
                text: to.optional(list.text.as_ref())?.unwrap_or_default(),
                cells: to.facts(&list.columns)?.into_iter().map(|(_, value)| value).collect(),
                buttons: to.buttons(&list.buttons)?,
            });
        }
        if !list.columns.is_empty() && !card.rows.is_empty() {
            let heading = list.heading.clone().unwrap_or_default();
            card.columns =
                std::iter::once(heading).chain(list.columns.iter().map(|one| one.title.clone())).collect();
        }
        Ok(())
    }

    fn buttons(&self, buttons: &[Button]) -> Result<Vec<ReplyButton>, TemplateError> {
        let mut rendered = Vec::new();
        for Button { title, url, recipe, with } in buttons {
            let press = match recipe {
                Some(recipe) => {
                    let inputs = evaluate_tree(&Value::Object(with.clone()), self.values)?;
                    let inputs = if let Value::Object(inputs) = inputs { inputs } else { Map::new() };
                    Some(ReplyPress::Start(recipe.clone(), inputs))
                }
                None => self.address(url.as_ref())?.map(ReplyPress::Url),
            };
            rendered.extend(press.map(|press| ReplyButton { title: title.clone(), press }));
        }
        Ok(rendered)
    }
}
