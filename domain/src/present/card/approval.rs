//! The card that asks a person to approve what an agent wants to do in their name.

use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use workbot_shared::RunId;

use super::form::shown;
use super::{button, card, line, note, title};
use crate::catalog::{ChoicesFrom, Input, Recipe};
use crate::present::text::Texts;
use crate::template::escape_markdown;

/// The longest value beside its label, in characters. A longer one has its own lines.
const LONGEST_FACT: usize = 100;

/// The longest title of an app's choice, in characters. Its value is shown whole.
const LONGEST_TITLE: usize = 200;

/// Asks for the approval. `client` is the agent's name with its host, `titles` are those of the app choices
/// among the inputs, `accounts` are the apps with the account that each uses.
#[must_use]
pub fn approval(
    words: Texts,
    run: &RunId,
    client: &str,
    (recipe, inputs, titles): (&Recipe, &Map<String, Value>, &BTreeMap<String, String>),
    accounts: &[(String, String)],
) -> Value {
    let mut body = vec![title(&words.agent_wants(client, &recipe.name, &recipe.purpose))];
    body.push(line(&escape_markdown(&recipe.hint)));
    body.extend(values(words, recipe, inputs, titles));
    let with = accounts.iter().map(|(app, account)| words.agent_uses(app, account));
    body.extend(with.map(|with| line(&with)));
    body.push(note(words.agent_asked()));
    let refuse = button(words.do_not(), "run.cancel", run);
    card(body, vec![button(words.do_it(), "run.resume", run), refuse])
}

/// Every value, whole: what the person does not see is not done.
fn values(
    words: Texts,
    recipe: &Recipe,
    inputs: &Map<String, Value>,
    titles: &BTreeMap<String, String>,
) -> Vec<Value> {
    let (mut facts, mut long) = (Vec::new(), Vec::new());
    for input in &recipe.inputs {
        let title = titles.get(&input.id).map(String::as_str);
        let value = inputs.get(&input.id).and_then(|value| with_id(words, input, value, title));
        let Some(value) = value else { continue };
        let is_long = value.chars().count() > LONGEST_FACT || value.contains(['\n', '\r']);
        let text = escape_markdown(&value);
        if is_long {
            long.extend([line(&format!("**{}**", escape_markdown(&input.label))), line(&text)]);
        } else {
            facts.push(json!({ "title": input.label, "value": text }));
        }
    }
    let facts = (!facts.is_empty()).then(|| json!({ "type": "FactSet", "facts": facts }));
    facts.into_iter().chain(long).collect()
}

/// Formats a value. A choice that the app knows by an id has its title and that id: the agent chose the id,
/// and the person knows the title only.
fn with_id(words: Texts, input: &Input, value: &Value, title: Option<&str>) -> Option<String> {
    let shown = shown(words, input, value, title)?;
    let has_ids = input.choices_from.as_ref().is_some_and(ChoicesFrom::has_ids);
    let Some(id) = value.as_str().filter(|_| has_ids) else { return Some(shown) };
    let is_known = title.is_some() || input.choices.iter().any(|choice| choice.value == id);
    let cut: String = shown.chars().take(LONGEST_TITLE).collect();
    let dots = if cut.len() < shown.len() { "…" } else { "" };
    Some(match is_known {
        true if shown == id => shown,
        true => format!("{cut}{dots} ({id})"),
        false => words.id_without_title(id),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::tests::real_catalog;
    use crate::input_parsing::{MOST_VALUE_BYTES, value_bytes};
    use crate::present::outgoing_activity::card_message;
    use workbot_shared::{Language, RecipeId};

    fn asks(inputs: &Value) -> Value {
        let recipe = &real_catalog().recipes[&RecipeId::parse("report-problem").unwrap()];
        let (words, run) = (Texts(Language::De), RunId::parse("0123456789abcdef").unwrap());
        let accounts = [("ServiceNow".to_owned(), "ada@contoso.com".to_owned())];
        let client = "Agent (agent.example)";
        let titles = BTreeMap::new();
        let card = approval(words, &run, client, (recipe, inputs.as_object().unwrap(), &titles), &accounts);
        card_message(card, client)
    }

    #[test]
    fn an_apps_choice_is_shown_with_its_title_and_its_id() {
        let catalog = real_catalog();
        let shown = |recipe: &str, inputs: &Value, titles: &[(&str, &str)]| {
            let recipe = &catalog.recipes[&RecipeId::parse(recipe).unwrap()];
            let titles = titles.iter().map(|(id, title)| ((*id).to_owned(), (*title).to_owned())).collect();
            let values = values(Texts(Language::En), recipe, inputs.as_object().unwrap(), &titles);
            Value::Array(values).to_string()
        };
        let channel = json!({"channel": "C08EXTERNAL", "text": "Hi"});
        let named = shown("post-message", &channel, &[("channel", "partners \u{202E}*x*")]);
        assert!(named.contains(r"partners \\*x\\* (C08EXTERNAL)"), "{named}");
        let unnamed = shown("post-message", &channel, &[]);
        assert!(unnamed.contains("C08EXTERNAL (its name could not be read)"), "{unnamed}");
        let long = shown("post-message", &channel, &[("channel", &"x".repeat(900))]);
        assert!(long.contains("xx… (C08EXTERNAL)") && long.len() < 600, "{long}");
        // The recipe's file knows the names of these values too.
        let stage = json!({"opportunity": "Acme", "stage": "Closed Won"});
        assert!(!shown("set-stage", &stage, &[]).contains("could not be read"));
        assert!(shown("set-stage", &stage, &[("stage", "Gewonnen")]).contains("Gewonnen (Closed Won)"));
        // This app's choices are their own titles.
        let change = shown("approve-change", &json!({"change": "CHG1"}), &[]);
        assert!(change.contains("\"CHG1\""), "{change}");
    }

    #[test]
    fn every_value_is_shown_whole_and_inert() {
        let hidden = format!("Harmless. {}\n# [Pay *Mallory*](https://evil.example)", "x".repeat(7900));
        let card = &asks(&json!({"problem": "Printer", "details": hidden}))["attachments"][0]["content"];
        let body = card["body"].as_array().unwrap();
        let facts = body.iter().find(|element| element["type"] == "FactSet").unwrap();
        assert_eq!(facts["facts"].as_array().unwrap().len(), 1, "{facts}");
        let whole = body.iter().find(|element| element["text"] == escape_markdown(&hidden).as_str()).unwrap();
        assert_eq!(whole["wrap"], true);
        assert!(whole.get("maxLines").is_none());
        assert!(whole["text"].as_str().unwrap().ends_with(r"x \# \[Pay \*Mallory\*\](https://evil.example)"));
    }

    #[test]
    fn the_largest_values_leave_room_for_the_rest_of_the_message() {
        for fill in ["x", "\\", "\"", "&", "😀", "ä"] {
            let text = fill.repeat((MOST_VALUE_BYTES - 2) / (value_bytes(fill) - 2));
            let message = asks(&json!({"problem": "", "details": text})).to_string();
            assert!(message.len() < 20 * 1024, "{fill}: {}", message.len());
        }
    }
}
