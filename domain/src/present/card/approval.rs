//! The card that asks a person to approve what an agent wants to do in their name.

use serde_json::{Map, Value, json};
use workbot_shared::RunId;

use super::form::shown;
use super::{button, card, line, note, title};
use crate::catalog::Recipe;
use crate::present::text::Texts;
use crate::template::escape_markdown;

/// The most bytes of the values on the card, as escaped Markdown in JSON. The card with all else stays below
/// 28 KB, which every Teams client accepts as a message.
pub const MOST_VALUE_BYTES: usize = 16 * 1024;
/// The longest value beside its label, in characters. A longer one has its own lines.
const LONGEST_FACT: usize = 100;

/// The bytes that a text takes of [`MOST_VALUE_BYTES`].
#[must_use]
pub fn value_bytes(text: &str) -> usize {
    Value::String(escape_markdown(text)).to_string().len()
}

/// Asks for the approval. `client` is the agent's name with its host, `accounts` are the apps with the
/// account that each uses.
#[must_use]
pub fn approval(
    words: Texts,
    run: &RunId,
    client: &str,
    (recipe, inputs): (&Recipe, &Map<String, Value>),
    accounts: &[(String, String)],
) -> Value {
    let mut body = vec![title(&words.agent_wants(client, &recipe.name, &recipe.purpose))];
    body.push(line(&escape_markdown(&recipe.hint)));
    body.extend(values(words, recipe, inputs));
    let with = accounts.iter().map(|(app, account)| words.agent_uses(app, account));
    body.extend(with.map(|with| line(&with)));
    body.push(note(words.agent_asked()));
    let refuse = button(words.do_not(), "run.cancel", run);
    card(body, vec![button(words.do_it(), "run.resume", run), refuse])
}

/// Every value, whole: what the person does not see is not done.
fn values(words: Texts, recipe: &Recipe, inputs: &Map<String, Value>) -> Vec<Value> {
    let (mut facts, mut long) = (Vec::new(), Vec::new());
    for input in &recipe.inputs {
        let value = inputs.get(&input.id).and_then(|value| shown(words, input, value));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::tests::real_catalog;
    use crate::present::outgoing_activity::card_message;
    use workbot_shared::{Language, RecipeId};

    fn asks(inputs: &Value) -> Value {
        let recipe = &real_catalog().recipes[&RecipeId::parse("report-problem").unwrap()];
        let (words, run) = (Texts(Language::De), RunId::parse("0123456789abcdef").unwrap());
        let accounts = [("ServiceNow".to_owned(), "ada@contoso.com".to_owned())];
        let client = "Agent (agent.example)";
        let card = approval(words, &run, client, (recipe, inputs.as_object().unwrap()), &accounts);
        card_message(card, client)
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
