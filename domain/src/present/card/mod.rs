//! Adaptive Cards 1.5 (adaptivecards.io/explorer). A card has one title, one or two lines, and its actions
//! last, the primary one first.

mod approval;
mod connect_command;
mod connections;
mod expiry;
mod form;
mod help;
mod login;
mod open_runs;
mod question;
mod reply;
mod run_progress;

pub use approval::approval;
pub use connect_command::{connected, which_app};
pub use connections::{MOST_CONNECTIONS, confirm, list};
pub use expiry::{ends_soon, idle, idle_soon};
pub use form::{filled, form};
pub use help::{HelpTopics, did_you_mean, explain, help, is_simple, welcome};
pub use login::{AppLine, LoginLine, login_needed, logins_done};
pub use open_runs::runs;
pub use question::question;
pub use reply::reply;
pub use run_progress::progress;

use serde_json::{Map, Value};
use workbot_shared::RunId;

use crate::json::object;
use crate::present::text::Texts;

/// Wraps a card for an activity's list of attachments.
#[must_use]
pub fn attachment(card: Value) -> Value {
    object!({ "contentType": "application/vnd.microsoft.card.adaptive", "content": card })
}

fn card(body: Vec<Value>, actions: Vec<Value>) -> Value {
    let mut card = object!({
        "type": "AdaptiveCard",
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "version": "1.5",
        "body": body
    });
    if let (Some(object), false) = (card.as_object_mut(), actions.is_empty()) {
        object.insert("actions".to_owned(), Value::Array(actions));
    }
    card
}

fn title(text: &str) -> Value {
    object!({ "type": "TextBlock", "text": text, "weight": "Bolder", "size": "Medium", "wrap": true, "style": "heading" })
}

fn line(text: &str) -> Value {
    object!({ "type": "TextBlock", "text": text, "wrap": true })
}

fn note(text: &str) -> Value {
    object!({ "type": "TextBlock", "text": text, "wrap": true, "isSubtle": true, "size": "Small" })
}

/// Returns a note directly below the line before it.
fn note_below(text: &str) -> Value {
    let mut note = note(text);
    if let Some(note) = note.as_object_mut() {
        note.insert("spacing".to_owned(), "None".into());
    }
    note
}

/// Returns a button that sends `verb` and `more` data to the bot.
fn act<const N: usize>(title: &str, verb: &str, more: [(&str, Value); N]) -> Value {
    act_with(title, verb, more.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

/// The same with the data as a map. Clients without `Action.Execute` get an equal `Action.Submit`.
fn act_with(title: &str, verb: &str, mut data: Map<String, Value>) -> Value {
    data.insert("verb".to_owned(), verb.into());
    object!({
        "type": "Action.Execute", "title": title, "verb": verb, "data": (data.clone()),
        "fallback": { "type": "Action.Submit", "title": title, "data": data }
    })
}

/// Lets a button leave the inputs of its card alone: it works with empty required fields, and does not send
/// them.
fn without_inputs(mut button: Value) -> Value {
    for action in ["", "/fallback"] {
        if let Some(action) = button.pointer_mut(action).and_then(Value::as_object_mut) {
            action.insert("associatedInputs".to_owned(), "None".into());
        }
    }
    button
}

/// Returns a button about a run.
fn button(title: &str, verb: &str, run: &RunId) -> Value {
    act(title, verb, [("run", run.as_str().into())])
}

/// Asks "Still do it?" before the first write of an old run.
#[must_use]
pub fn confirmation(words: Texts, run: &RunId, recipe: &str) -> Value {
    let actions = vec![button(words.do_it(), "run.resume", run), button(words.0.cancel(), "run.cancel", run)];
    card(vec![title(words.still_wanted_in_short()), line(&words.confirmation(recipe))], actions)
}

/// Names the agent that asked for a run on a card of that run, below the card's title. `client` is the
/// agent's name with its host.
#[must_use]
pub fn of_agent(words: Texts, client: &str, mut card: Value) -> Value {
    if let Some(body) = card.pointer_mut("/body").and_then(Value::as_array_mut) {
        body.insert(body.len().min(1), line(&words.asked_by_agent(client)));
    }
    card
}

/// Returns the card that replaces one whose buttons no longer apply.
#[must_use]
pub fn closed(text: &str) -> Value {
    card(vec![line(text)], vec![])
}

/// Returns the card that replaces that of a cancelled run.
#[must_use]
pub fn cancelled(words: Texts, recipe: &str) -> Value {
    closed(&words.cancelled(recipe))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::tests::real_catalog;
    use workbot_shared::{Language, RecipeId};

    /// Every card in every language.
    fn all() -> Vec<(&'static str, Value)> {
        Language::ALL.into_iter().flat_map(|language| all_in(Texts(language))).collect()
    }

    fn english() -> Vec<(&'static str, Value)> {
        all_in(Texts(Language::En))
    }

    fn all_in(words: Texts) -> Vec<(&'static str, Value)> {
        let run = RunId::parse("0123456789abcdef").unwrap();
        let catalog = real_catalog().in_language(words.0);
        let titles = std::collections::BTreeMap::new();
        let inputs = serde_json::json!({"name": "*Acme*", "amount": 5000, "close_date": "2026-12-31"});
        let inputs = inputs.as_object().unwrap().clone();
        let mut all = login::tests::all(words);
        all.extend([
            (
                "approval",
                approval(
                    words,
                    &run,
                    "Agent (agent.example)",
                    (&catalog.recipes[&RecipeId::parse("create-opportunity").unwrap()], &inputs, &titles),
                    &[("Salesforce".into(), "ada@contoso.com".into())],
                ),
            ),
            ("still", confirmation(words, &run, "Create opportunity")),
            ("cancelled", cancelled(words, "Create *opportunity*")),
        ]);
        all.extend(connections::tests::all_in(words));
        all.extend(form::tests::all(words));
        all.extend(question::tests::all(words));
        all.extend(help::tests::all(words));
        all.extend(reply::tests::all(words));
        all.extend(connect_command::tests::all(words));
        all.extend(open_runs::tests::all(words));
        all.extend(run_progress::tests::all(words));
        all.extend(expiry::tests::all(words));
        all
    }

    #[test]
    fn every_card_fits_the_schema_and_has_no_property_outside_it() {
        let schema: Value =
            serde_json::from_str(include_str!("../../../tests/schemas/adaptive-card-1.5.json")).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        for (name, card) in all() {
            let errors: Vec<_> = validator.iter_errors(&card).map(|error| error.to_string()).collect();
            assert!(errors.is_empty(), "{name}: {errors:?}");
        }
        let mut wrong = all()[0].1.clone();
        wrong["colour"] = "red".into();
        assert!(!validator.is_valid(&wrong), "the schema refuses unknown properties");
    }

    #[test]
    fn a_german_card_has_the_same_parts_and_no_english_words() {
        for ((name, english), (_, german)) in english().into_iter().zip(all_in(Texts(Language::De))) {
            assert_eq!(
                english["actions"].as_array().map(Vec::len),
                german["actions"].as_array().map(Vec::len)
            );
            let german = german.to_string();
            for word in [" the ", " you", "You ", " login", "Login\"", "Cancel", "used", "since", " as "] {
                assert!(!german.contains(word), "{name} says {word:?}: {german}");
            }
        }
    }

    #[test]
    fn every_execute_has_a_submit_fallback_with_the_same_data_and_verb() {
        for (name, card) in all() {
            for action in card["actions"].as_array().into_iter().flatten() {
                if action["type"] == "Action.Execute" {
                    assert_eq!(action["data"], action["fallback"]["data"], "{name}");
                    assert_eq!(action["data"]["verb"], action["verb"], "{name}");
                }
            }
        }
    }
}
