//! The reply of a run, rendered: its text, and what the card below it shows.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use url::Url;
use workbot_shared::{Language, RecipeId};

use crate::catalog::{Button, Fact, List, Reply};
use crate::template::{Target, Template, TemplateError, evaluate_tree};

/// The maximal number of rows of a list.
const MOST_ROWS: usize = 10;
/// The maximal length of a text in a card, in characters.
const LONGEST_TEXT: usize = 200;
/// The maximal size of a button's inputs, in bytes of JSON. A button holds them twice.
const MOST_INPUTS: usize = 1024;
/// The maximal size of a card's rows, in bytes of their JSON. Teams takes messages of about 28 KB.
const MOST_BYTES: usize = 12 * 1024;

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
            image: to.address(self.image.as_ref())?.filter(|url| url.starts_with("https://")),
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

    /// A text of the card, which may be cut.
    fn short(&self, template: &Template) -> Result<String, TemplateError> {
        Ok(shortened(&self.text(template)?))
    }

    /// A text; `None` if it is empty.
    fn optional(&self, template: Option<&Template>) -> Result<Option<String>, TemplateError> {
        let text = template.map(|template| self.short(template)).transpose()?;
        Ok(text.filter(|text| !text.is_empty()))
    }

    /// An address of the web; `None` for any other text.
    fn address(&self, template: Option<&Template>) -> Result<Option<String>, TemplateError> {
        let text = template.map(|template| template.render(Target::Plain, self.values)).transpose()?;
        let url = text.and_then(|text| Url::parse(text.trim()).ok());
        let is_web = |url: &Url| {
            matches!(url.scheme(), "https" | "http") && url.username().is_empty() && url.password().is_none()
        };
        Ok(url.filter(is_web).map(String::from))
    }

    fn facts(&self, facts: &[Fact]) -> Result<Vec<(String, String)>, TemplateError> {
        facts.iter().map(|fact| Ok((fact.title.clone(), self.short(&fact.value)?))).collect()
    }

    fn list(&self, list: &List, card: &mut ReplyCard) -> Result<(), TemplateError> {
        let items = list.items.evaluate(self.values)?;
        let items = items.as_array().map(Vec::as_slice).unwrap_or_default();
        let (mut values, mut bytes) = (self.values.clone(), 0);
        for item in items.iter().take(MOST_ROWS) {
            if let Value::Object(values) = &mut values {
                values.insert("item".to_owned(), item.clone());
            }
            let to = Renderer { language: self.language, values: &values };
            let row = ReplyRow {
                title: to.short(&list.title)?,
                text: to.optional(list.text.as_ref())?.unwrap_or_default(),
                cells: to.facts(&list.columns)?.into_iter().map(|(_, value)| value).collect(),
                buttons: to.buttons(&list.buttons)?,
            };
            bytes += serde_json::to_string(&row).map_or(MOST_BYTES, |row| row.len());
            if bytes > MOST_BYTES {
                break;
            }
            card.rows.push(row);
        }
        card.more = items.len().saturating_sub(card.rows.len());
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
                    let fits = inputs.to_string().len() <= MOST_INPUTS;
                    let inputs = if let Value::Object(inputs) = inputs { inputs } else { Map::new() };
                    fits.then(|| ReplyPress::Start(recipe.clone(), inputs))
                }
                None => self.address(url.as_ref())?.map(ReplyPress::Url),
            };
            rendered.extend(press.map(|press| ReplyButton { title: title.clone(), press }));
        }
        Ok(rendered)
    }
}

/// Cuts a Markdown text that is too long, and never inside a link or an escape: a text with one is kept whole
/// up to five times the limit, and left out beyond.
fn shortened(text: &str) -> String {
    if text.chars().count() <= LONGEST_TEXT {
        return text.to_owned();
    }
    let is_plain = !text.contains(['[', '\\', '*', '&']);
    if is_plain {
        return text.chars().take(LONGEST_TEXT).chain(['…']).collect();
    }
    if text.chars().count() <= 5 * LONGEST_TEXT { text.to_owned() } else { "…".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn list(records: &Value) -> ReplyCard {
        let mut reply = Reply::from(Template("Found".into()));
        let button = Button {
            title: "Next".into(),
            url: None,
            recipe: RecipeId::parse("create-folder").ok(),
            with: json!({"name": "{{ item.Name }}"}).as_object().unwrap().clone(),
        };
        reply.list = Some(List {
            items: Template("{{ records }}".into()),
            title: Template("{{ item.Name }}".into()),
            text: Some(Template("{{ item.Text }}".into())),
            columns: Vec::new(),
            heading: None,
            buttons: vec![button],
        });
        reply.render(Language::En, &json!({"records": records})).unwrap().1.unwrap()
    }

    #[test]
    fn long_texts_are_cut_and_rows_that_do_not_fit_are_counted() {
        let record = |length: usize| json!({"Name": "n".repeat(length), "Text": "t".repeat(length * 10)});
        let card = list(&json!(vec![record(150); 12]));
        assert_eq!((card.rows.len(), card.more), (10, 2));
        assert_eq!(card.rows[0].text.chars().count(), LONGEST_TEXT + 1);
        let long = list(&json!(vec![record(2_000); 3]));
        assert!(long.rows.iter().all(|row| row.buttons.is_empty()), "the inputs of the button are too large");
        let wide = json!({"Name": "名".repeat(190), "Text": "名".repeat(190)});
        let card = list(&json!(vec![wide; 12]));
        assert!(card.rows.len() < 10 && card.rows.len() + card.more == 12, "{} rows", card.rows.len());
        assert!(serde_json::to_string(&card).unwrap().len() < 14 * 1024);
    }
}
