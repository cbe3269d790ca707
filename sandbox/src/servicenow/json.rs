//! The API's JSON of records: all values are strings, references are objects.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::tables::{Kind, Table, label};
use crate::store::servicenow::{Record, Store};

/// The format of a response.
pub struct DisplayOptions {
    fields: Option<Vec<String>>,
    display: Display,
    has_links: bool,
    base: String,
}

#[derive(Clone, Copy, PartialEq)]
enum Display {
    Values,
    Labels,
    Both,
}

impl DisplayOptions {
    /// Reads `sysparm_fields`, `sysparm_display_value` and `sysparm_exclude_reference_link`.
    pub fn read(parameters: &HashMap<String, String>, origin: &str) -> Self {
        let text = |name: &str| parameters.get(name).map(String::as_str);
        let fields = text("sysparm_fields").filter(|list| !list.is_empty());
        Self {
            fields: fields.map(|list| list.split(',').map(|field| field.trim().to_owned()).collect()),
            display: match text("sysparm_display_value") {
                Some("true") => Display::Labels,
                Some("all") => Display::Both,
                _ => Display::Values,
            },
            has_links: text("sysparm_exclude_reference_link") != Some("true"),
            base: format!("{origin}/servicenow/api/now/table"),
        }
    }

    /// The JSON of a record, without absent fields.
    pub fn show(&self, store: &Store, record: &Record) -> Value {
        let usual = || Table::named(&record.table).into_iter().flat_map(Table::fields).map(str::to_owned);
        let fields = self.fields.clone().unwrap_or_else(|| usual().collect());
        let shown = fields.into_iter().filter_map(|field| {
            let value = store.value(record, &field)?;
            let kind = kind(record, &field);
            Some((field, self.show_value(store, kind, value)))
        });
        shown.collect::<Map<String, Value>>().into()
    }

    /// The address of a record.
    pub fn link(&self, table: &str, id: &str) -> String {
        format!("{}/{table}/{id}", self.base)
    }

    fn show_value(&self, store: &Store, kind: Kind, value: String) -> Value {
        let Kind::Reference(table) = kind else {
            let shown = label(kind, &value);
            return match self.display {
                Display::Values => json!(value),
                Display::Labels => json!(shown),
                Display::Both => json!({ "display_value": shown, "value": value }),
            };
        };
        let name = store.record(table, &value).map(|record| record.name()).unwrap_or_default();
        let link = self.has_links.then(|| self.link(table, &value));
        match (self.display, link) {
            (Display::Values | Display::Labels, _) if value.is_empty() => json!(""),
            (Display::Values, None) => json!(value),
            (Display::Values, Some(link)) => json!({ "link": link, "value": value }),
            (Display::Labels, None) => json!(name),
            (Display::Labels, Some(link)) => json!({ "display_value": name, "link": link }),
            (Display::Both, Some(link)) if !value.is_empty() => {
                json!({ "display_value": name, "value": value, "link": link })
            }
            (Display::Both, _) => json!({ "display_value": name, "value": value }),
        }
    }
}

/// The value of `caller_id.name` is a string.
fn kind(record: &Record, field: &str) -> Kind {
    Table::named(&record.table).and_then(|table| table.kind(field)).unwrap_or(Kind::Text)
}
