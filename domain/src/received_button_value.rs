//! Reads the verb and the data of a card's button.
//!
//! Sources: "Universal Action Model" (Adaptive Cards), "Card actions" (msteams-docs). Some clients omit the
//! verb of an `Action.Execute`, so its data holds the verb too. Some send objects as JSON strings.

use serde_json::{Map, Value};

use crate::json;

/// A button's verb, and its data with the card's inputs.
pub(crate) type CardPayload = (String, Value);

/// Reads the value of an `adaptiveCard/action` invoke. An action without a verb counts as pressed, because
/// its client waits for a response.
pub(crate) fn from_execute(value: Option<&Value>) -> CardPayload {
    let value = value.and_then(json::object_of).unwrap_or_default();
    let action = value.get("action").and_then(json::object_of).unwrap_or(value);
    let data = action.get("data").and_then(json::object_of);
    let verb = verb(&action).or_else(|| verb(data.as_ref()?)).unwrap_or_default();
    (verb, data.map_or(Value::Null, Value::Object))
}

/// Reads the value of a message: the data of an `Action.Submit` or a `messageBack`, or a whole action.
pub(crate) fn from_submit(value: &Value) -> Option<CardPayload> {
    let sent = json::object_of(value)?;
    if let Some(verb) = verb(&sent) {
        return Some((verb, Value::Object(sent)));
    }
    let inner = |names: &[&str]| {
        let first = sent.get(*names.first()?)?;
        match names {
            [_, second] => json::object_of(first)?.get(*second).cloned(),
            _ => Some(first.clone()),
        }
    };
    let whole =
        inner(&["action"]).map(|action| from_execute(Some(&action))).filter(|(verb, _)| !verb.is_empty());
    whole.or_else(|| {
        [&["msteams", "value"][..], &["data"], &["value"]].into_iter().find_map(|names| {
            let data = json::object_of(&inner(names)?)?;
            Some((verb(&data)?, Value::Object(data)))
        })
    })
}

/// Returns the text that a button sends in the person's place, with what they typed into the card's `search`.
pub(crate) fn im_back_text(value: &Value) -> Option<String> {
    let sent = json::object_of(value)?;
    let text_of = |name| sent.get(name).and_then(json::text_of);
    let mut text = text_of("said")?;
    if let Some(search) = text_of("search") {
        text = format!("{text} {search}");
    }
    Some(text)
}

fn verb(sent: &Map<String, Value>) -> Option<String> {
    let verb = sent.get("verb")?.as_str()?.trim();
    (!verb.is_empty()).then(|| verb.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_action_has_its_verb_from_itself_or_from_its_data() {
        let data = json!({"verb": "run.cancel", "run": "r"});
        for value in [
            json!({"action": {"type": "Action.Execute", "verb": "run.cancel", "data": data}, "trigger": "manual"}),
            json!({"action": {"type": "Action.Execute", "data": data}}),
            json!({"action": {"verb": null, "data": data}}),
            json!({"action": {"verb": "", "data": data}}),
            json!({"action": {"verb": {}, "data": data}}),
            json!({"action": {"verb": 7, "data": data.to_string()}}),
            json!({"action": json!({"data": data}).to_string()}),
            json!({"verb": "run.cancel", "data": data}),
            json!(json!({"action": {"data": data.to_string()}}).to_string()),
        ] {
            assert_eq!(from_execute(Some(&value)), ("run.cancel".to_owned(), data.clone()), "{value}");
        }
    }

    #[test]
    fn an_action_without_a_verb_counts_as_pressed() {
        let nothing = (String::new(), Value::Null);
        assert_eq!(from_execute(None), nothing);
        for value in [
            json!(null),
            json!(7),
            json!("x"),
            json!([]),
            json!({}),
            json!({"action": null}),
            json!({"action": []}),
        ] {
            assert_eq!(from_execute(Some(&value)), nothing, "{value}");
        }
        let empty = json!({"action": {"type": "Action.Execute", "data": {}}});
        assert_eq!(from_execute(Some(&empty)), (String::new(), json!({})));
    }

    #[test]
    fn submitted_data_is_an_object_or_its_json_text() {
        let data = json!({"verb": "run.cancel", "run": "r"});
        for value in [
            data.clone(),
            json!(data.to_string()),
            json!(json!(data.to_string()).to_string()),
            json!({"data": data}),
            json!({"value": data.to_string()}),
            json!({"action": {"verb": "run.cancel", "data": data}}),
            json!({"msteams": {"type": "messageBack", "value": data.to_string()}}),
        ] {
            assert_eq!(from_submit(&value), Some(("run.cancel".to_owned(), data.clone())), "{value}");
        }
        for value in
            [json!(null), json!(7), json!("run.cancel"), json!("[]"), json!({"said": "help"}), json!([data])]
        {
            assert_eq!(from_submit(&value), None, "{value}");
        }
    }
}
