//! Texts of people and apps in a recipe's reply.

use serde_json::{Map, Value, json};
use workbot_domain::catalog::{Input, InputType, Recipe, Step};
use workbot_domain::template::{Target, escape_markdown};
use workbot_shared::Language;

use crate::real_catalog::{outputs, real};

/// Texts of people and apps in a recipe's reply: two bytes for the recipe, the language and the skipped
/// steps, then the text. The text is never Markdown there.
pub fn recipe_reply(data: &[u8]) {
    let Some(([which, left_out], text)) = data.split_first_chunk::<2>() else { return };
    let text = String::from_utf8_lossy(text);
    let escaped = escape_markdown(&text);
    assert!(!escaped.contains(['<', '>', '\n', '\r']));
    let markup = ['[', ']', '*', '_', '`', '#', '~', '|'];
    assert!(!unescaped(&escaped).contains(markup), "not escaped: {escaped}");
    let recipes: Vec<_> = real().recipes.values().collect();
    let language = if which & 1 == 0 { Language::En } else { Language::De };
    let recipe = recipes[usize::from(which >> 1) % recipes.len()].in_language(language);
    let filled = |text: &str| {
        let values = values(&recipe, *left_out, text);
        recipe.reply.text.render(Target::Markdown(language), &values)
    };
    // Only the recipe's own text, with minimal values, may contain Markdown. It may differ from the text
    // without values.
    if text.is_empty() {
        return;
    }
    let (with, without) = (filled(&text), filled("x"));
    assert_eq!(with.is_ok(), without.is_ok(), "{with:?} {without:?}");
    assert!(with.is_ok() || *left_out != 0, "{with:?}");
    if let (Ok(with), Ok(without)) = (with, without) {
        let count = |shown: &str, markup: &str| prose(shown).matches(markup).count();
        for markup in ["](", "<", "*"] {
            assert_eq!(count(&with, markup), count(&without, markup), "{markup} in {with}");
        }
    }
}

/// The values of a reply, with `text` wherever a person or an app may have written one. A step whose bit is
/// set was skipped.
fn values(recipe: &Recipe, left_out: u8, text: &str) -> Value {
    let input = |input: &Input| match input.kind {
        InputType::Text | InputType::Multiline | InputType::Choice => json!(text),
        InputType::Number => json!(5000),
        InputType::Date => json!("2026-12-31"),
        InputType::YesNo => json!(true),
    };
    let output = |step: &Step, name: &str| {
        let used = |before: &str, after: &str| {
            recipe.reply.text.0.contains(&format!("{before}steps.{}.{name}{after}", step.id))
        };
        // A reply may loop over the records of a list: each record has the text under every name.
        let words = recipe.reply.text.0.split(|c: char| !c.is_alphanumeric() && c != '_');
        match (used("in ", ""), name == "link" || used("", " | link")) {
            (true, _) => json!([words.map(|word| (word.to_owned(), json!(text))).collect::<Map<_, _>>()]),
            (_, true) => json!(format!("https://acme.example/{text}")),
            _ => json!(text),
        }
    };
    let step = |(at, step): (usize, &Step)| {
        let outputs = outputs(step).map(|name| (name.to_owned(), output(step, name)));
        // What a person chose has the text under every name too.
        let asked = step.question().into_iter().flat_map(|question| &question.inputs);
        let item = json!({ "Id": text, "Name": text });
        let outputs = outputs.chain(asked.map(|input| (input.id.clone(), item.clone()))).collect();
        let value = if left_out >> at & 1 == 1 { Value::Null } else { Value::Object(outputs) };
        (step.id.clone(), value)
    };
    let inputs: Map<_, _> = recipe.inputs.iter().map(|one| (one.id.clone(), input(one))).collect();
    let steps: Map<_, _> = recipe.steps.iter().enumerate().map(step).collect();
    json!({ "inputs": inputs, "steps": steps })
}

/// The Markdown characters that are not escaped.
fn unescaped(markdown: &str) -> String {
    let mut characters = markdown.chars();
    std::iter::from_fn(|| {
        loop {
            match characters.next()? {
                '\\' => drop(characters.next()),
                c => return Some(c),
            }
        }
    })
    .collect()
}

/// A reply without escaped characters and without the addresses of its links.
fn prose(reply: &str) -> String {
    let reply = unescaped(reply);
    let mut pieces = reply.split("](");
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |prose, piece| {
        let (address, rest) = piece.split_once(')').expect("an address that does not end");
        assert!(!address.contains([' ', '<', '>', '\n', '\r', '(']), "no address: {address}");
        prose + "](" + rest
    })
}
