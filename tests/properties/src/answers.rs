//! What apps answer, and what becomes of it in a reply.

use serde_json::{Map, Value, json};
use workbot_domain::call::{Outcome, action_values, outcome};
use workbot_domain::template::{Target, escape_markdown};
use workbot_shared::Language;

use crate::real;

/// An app's answer: two bytes for action and status, then its body. Every action of every app reads it.
pub fn answer(data: &[u8]) {
    let Some(([which, status], body)) = data.split_first_chunk::<2>() else { return };
    let body = serde_json::from_slice::<Value>(body).ok();
    let apps = &real().apps;
    let actions: Vec<_> =
        apps.values().flat_map(|app| app.actions.values().map(move |action| (app, action))).collect();
    let (app, action) = actions[usize::from(*which) % actions.len()];
    let status = [200, 201, 204, 302, 400, 401, 403, 404, 409, 429, 500, 503][usize::from(*status) % 12];
    let values = action_values(json!({"vars": {}, "token": {}}), action, &json!({}));
    match outcome(app, action, status, body.as_ref(), &values) {
        Outcome::Done(output) => {
            assert!(status < 300 || action.already.is_some(), "{status} is no success");
            assert!(action.output.keys().all(|name| output.get(name).is_some()), "an output is missing");
        }
        Outcome::Refused { message } => {
            assert!(!message.is_empty() && message.chars().count() <= 301, "{message:?}");
            assert!(!message.contains(char::is_control), "{message:?}");
        }
        Outcome::TokenDead => assert_eq!(status, 401),
        Outcome::Busy | Outcome::Unknown => {}
    }
}

/// Texts from people and apps stand in every recipe's reply; none of them is markup there.
pub fn reply(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let escaped = escape_markdown(&text);
    assert!(!escaped.contains(['<', '>', '\n', '\r']));
    let mut characters = escaped.chars();
    while let Some(c) = characters.next() {
        match c {
            '\\' => drop(characters.next()),
            '[' | ']' | '*' | '_' | '`' | '#' | '~' | '|' => panic!("{c} is not escaped: {escaped}"),
            _ => {}
        }
    }
    // The words of the recipe itself, with nothing in place of the values, are what may be markup.
    for recipe in real().recipes.values() {
        for language in [Language::En, Language::De] {
            let render = |text: &str| {
                let inputs: Map<_, _> =
                    recipe.inputs.iter().map(|input| (input.id.clone(), json!(text))).collect();
                let output = |actions: &str| {
                    let action = real().apps.values().find_map(|app| app.actions.get(actions));
                    let names = action.map(|action| action.output.keys().cloned().collect::<Vec<_>>());
                    names
                        .unwrap_or_default()
                        .into_iter()
                        .map(|name| (name, json!(text)))
                        .collect::<Map<_, _>>()
                };
                let steps: Map<_, _> = recipe
                    .steps
                    .iter()
                    .map(|step| (step.id.clone(), Value::Object(output(&step.action))))
                    .collect();
                let values = json!({"inputs": inputs, "steps": steps});
                recipe.in_language(language).reply.render(Target::Markdown(language), &values).ok()
            };
            if let (Some(with), Some(without)) = (render(&text), render("x")) {
                let count = |shown: &str, words: &str| shown.matches(words).count();
                for markup in ["](", "<", "**"] {
                    assert_eq!(count(&with, markup), count(&without, markup), "{markup} in {with}");
                }
            }
        }
    }
}
