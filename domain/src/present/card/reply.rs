//! The card of a run's reply.

use serde_json::{Map, Value};

use super::{act_with, card, line, note, note_below, title, without_inputs};
use crate::json::object;
use crate::present::text::Texts;
use crate::run::{ReplyButton, ReplyCard, ReplyPress, ReplyRow};

/// Returns the card below a run's reply.
#[must_use]
pub fn reply(words: Texts, reply: &ReplyCard) -> Value {
    let mut body: Vec<_> = reply.title.iter().map(|text| title(text)).collect();
    body.extend(reply.image.iter().map(|url| {
        let text = reply.title.as_deref().unwrap_or_default();
        object!({ "type": "Image", "url": (url.as_str()), "altText": text, "size": "Stretch" })
    }));
    if !reply.facts.is_empty() {
        let fact = |(title, value): &(String, String)| object!({ "title": (title.as_str()), "value": (value.as_str()) });
        let facts: Vec<_> = reply.facts.iter().map(fact).collect();
        body.push(object!({ "type": "FactSet", "facts": facts }));
    }
    if reply.columns.is_empty() {
        body.extend(reply.rows.iter().map(row));
    } else {
        body.push(table(&reply.columns, &reply.rows));
    }
    if reply.more > 0 {
        body.push(note(&words.more_items(reply.more)));
    }
    card(body, reply.buttons.iter().map(button).collect())
}

fn row(row: &ReplyRow) -> Value {
    let mut items = vec![line(&row.title)];
    if !row.text.is_empty() {
        items.push(note_below(&row.text));
    }
    if row.buttons.is_empty() {
        return object!({ "type": "Container", "items": items, "separator": true });
    }
    let buttons: Vec<_> = row.buttons.iter().map(button).collect();
    let buttons = object!({ "type": "ActionSet", "actions": buttons });
    object!({
        "type": "ColumnSet", "separator": true,
        "columns": [
            { "type": "Column", "width": "stretch", "verticalContentAlignment": "Center", "items": items },
            { "type": "Column", "width": "auto", "items": [buttons] }
        ]
    })
}

fn table(columns: &[String], rows: &[ReplyRow]) -> Value {
    let cell = |text: &str| object!({ "type": "TableCell", "items": [(line(text))] });
    let table_row = |cells: Vec<Value>| object!({ "type": "TableRow", "cells": cells });
    let head = table_row(columns.iter().map(|text| cell(text)).collect());
    let body = rows.iter().map(|row| {
        let cells = std::iter::once(&row.title).chain(&row.cells);
        table_row(cells.map(|text| cell(text)).collect())
    });
    let widths: Vec<_> = columns.iter().map(|_| object!({ "width": 1 })).collect();
    let rows: Vec<_> = std::iter::once(head).chain(body).collect();
    object!({ "type": "Table", "firstRowAsHeader": true, "columns": widths, "rows": rows })
}

/// Returns a button of a reply. One that starts a recipe works for every person who presses it.
fn button(button: &ReplyButton) -> Value {
    match &button.press {
        ReplyPress::Url(url) => {
            object!({ "type": "Action.OpenUrl", "title": (button.title.as_str()), "url": (url.as_str()) })
        }
        ReplyPress::Start(recipe, inputs) => {
            let mut data: Map<String, Value> = inputs.clone();
            data.insert("recipe".to_owned(), recipe.as_str().into());
            without_inputs(act_with(&button.title, "recipe.start", data))
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use serde_json::json;
    use workbot_shared::RecipeId;

    fn filled() -> ReplyCard {
        let open = ReplyButton { title: "Open".into(), press: ReplyPress::Url("https://a.example/1".into()) };
        let inputs = Map::from_iter([("name".to_owned(), json!("Acme"))]);
        let recipe = RecipeId::parse("create-opportunity").unwrap();
        let start = ReplyButton { title: "New opportunity".into(), press: ReplyPress::Start(recipe, inputs) };
        let row = ReplyRow {
            title: "Acme".into(),
            text: "Banking".into(),
            cells: Vec::new(),
            buttons: vec![open.clone(), start],
        };
        ReplyCard {
            title: Some("Accounts".into()),
            image: Some("https://a.example/acme.png".into()),
            facts: vec![("Industry".into(), "Banking".into())],
            rows: vec![row.clone(), ReplyRow { text: String::new(), buttons: Vec::new(), ..row }],
            more: 3,
            buttons: vec![open],
            ..ReplyCard::default()
        }
    }

    pub(in super::super) fn all(words: Texts) -> Vec<(&'static str, Value)> {
        let mut table = filled();
        table.columns = vec!["Name".into(), "Industry".into()];
        for row in &mut table.rows {
            row.cells = vec!["Banking".into()];
        }
        vec![("reply", reply(words, &filled())), ("reply with a table", reply(words, &table))]
    }

    #[test]
    fn a_button_of_a_reply_names_the_recipe_and_its_inputs_and_no_run() {
        let card = reply(Texts(workbot_shared::Language::En), &filled());
        let start = card.pointer("/body/3/columns/1/items/0/actions/1").unwrap();
        let data = json!({"verb": "recipe.start", "recipe": "create-opportunity", "name": "Acme"});
        assert_eq!((&start["data"], &start["fallback"]["data"]), (&data, &data), "{card}");
    }
}
