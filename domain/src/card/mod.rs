//! Adaptive Cards 1.5 (adaptivecards.io/explorer). One title, one or two lines, actions last, primary first.

mod connections;
mod form;

pub use connections::{confirm, list};
pub use form::{filled, form};

use serde_json::{Value, json};
use workbot_shared::RunId;

use crate::template::escape_markdown;
use crate::text;

/// An app in a login card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppLine {
    /// What the app is called.
    pub name: String,
    /// How far its login is.
    pub login: LoginLine,
}

/// How far an app's login is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoginLine {
    /// Done, as this account.
    Connected(String),
    /// To be done, at this address.
    Needed(String),
}

/// A card as an activity's attachment list holds it.
#[must_use]
pub fn attachment(card: &Value) -> Value {
    json!({ "contentType": "application/vnd.microsoft.card.adaptive", "content": card })
}

fn card(body: Vec<Value>, actions: Vec<Value>) -> Value {
    let mut card = json!({
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
    json!({ "type": "TextBlock", "text": text, "weight": "Bolder", "size": "Medium", "wrap": true, "style": "heading" })
}

fn line(text: &str) -> Value {
    json!({ "type": "TextBlock", "text": text, "wrap": true })
}

fn note(text: &str) -> Value {
    json!({ "type": "TextBlock", "text": text, "wrap": true, "isSubtle": true, "size": "Small" })
}

/// A button that comes back to the bot. Clients without `Action.Execute` get the same as `Action.Submit`.
fn button(title: &str, verb: &str, run: &RunId) -> Value {
    let data = json!({ "verb": verb, "run": run });
    json!({
        "type": "Action.Execute", "title": title, "verb": verb, "data": data,
        "fallback": { "type": "Action.Submit", "title": title, "data": data }
    })
}

fn login(url: &str) -> Value {
    json!({ "type": "Action.OpenUrl", "title": "Login", "url": url, "style": "positive" })
}

/// Asks for the logins that a run lacks. `purpose` completes "To … as you".
#[must_use]
pub fn login_needed(run: &RunId, recipe: &str, purpose: &str, apps: &[AppLine]) -> Value {
    let needed: Vec<_> = apps
        .iter()
        .filter_map(|app| match &app.login {
            LoginLine::Needed(url) => Some((app.name.as_str(), url.as_str())),
            LoginLine::Connected(_) => None,
        })
        .collect();
    let heading = match needed.as_slice() {
        [(name, _)] => format!("{name} needs your login"),
        several => format!("{} apps need your login for *{}*", several.len(), escape_markdown(recipe)),
    };
    let names: Vec<_> = needed.iter().map(|(name, _)| *name).collect();
    let why = format!(
        "To {purpose} as you, Workbot needs access to your {} account. You stay in control: disconnect any time.",
        names.join(" and your ")
    );
    let mut body = vec![title(&heading), line(&why)];
    if needed.len() < apps.len() {
        body.push(note(&format!("{} of {} connected", apps.len() - needed.len(), apps.len())));
    }
    let mut actions = Vec::new();
    for app in apps {
        match &app.login {
            LoginLine::Connected(account) => {
                body.push(line(&format!("✓ {}: connected as {}", app.name, escape_markdown(account))));
            }
            LoginLine::Needed(url) if needed.len() == 1 => {
                body.push(line(&format!("{}: login needed", app.name)));
                actions.push(login(url));
            }
            // Several logins: each button stands with its app.
            LoginLine::Needed(url) => body.push(json!({
                "type": "ColumnSet",
                "columns": [
                    { "type": "Column", "width": "stretch", "verticalContentAlignment": "Center",
                      "items": [line(&format!("{}: login needed", app.name))] },
                    { "type": "Column", "width": "auto", "items": [{ "type": "ActionSet", "actions": [login(url)] }] }
                ]
            })),
        }
    }
    let links = if needed.len() == 1 { "This link is" } else { "These links are" };
    let work = if needed.len() == 1 { "works" } else { "work" };
    body.push(note(&format!("{links} only for you and {work} for 10 minutes.")));
    actions.push(button("Cancel", "run.cancel", run));
    card(body, actions)
}

/// Every login that a run asked for is there; it goes on.
#[must_use]
pub fn logins_done(recipe: &str, apps: &[(String, String)]) -> Value {
    let connected =
        |(app, account): &(String, String)| format!("✓ {app} connected as {}", escape_markdown(account));
    let mut body: Vec<_> = apps.iter().map(|app| line(&connected(app))).collect();
    body.push(note(&format!("Going on with *{}*…", escape_markdown(recipe))));
    card(body, vec![])
}

/// A run that waited long asks before it writes.
#[must_use]
pub fn still_wanted(run: &RunId, recipe: &str) -> Value {
    let text = format!("You asked for *{}* more than an hour ago.", escape_markdown(recipe));
    let actions = vec![button("Do it", "run.resume", run), button("Cancel", "run.cancel", run)];
    card(vec![title("Still do it?"), line(&text)], actions)
}

/// A card whose run goes on or is over.
#[must_use]
pub fn closed(text: &str) -> Value {
    card(vec![line(text)], vec![])
}

/// The card that replaces a cancelled run's.
#[must_use]
pub fn cancelled(recipe: &str) -> Value {
    closed(&text::cancelled(recipe))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<(&'static str, Value)> {
        let run = RunId::parse("0123456789abcdef").unwrap();
        let needed = |name: &str| AppLine {
            name: name.into(),
            login: LoginLine::Needed("https://bot.contoso.com/connect/00ff".into()),
        };
        let connected =
            |name: &str| AppLine { name: name.into(), login: LoginLine::Connected("ada@contoso.com".into()) };
        let purpose = "create this opportunity";
        let mut all = vec![
            ("one login", login_needed(&run, "Create opportunity", purpose, &[needed("Salesforce")])),
            ("some", login_needed(&run, "Close deal", purpose, &[connected("Salesforce"), needed("Box")])),
            ("two logins", login_needed(&run, "Close deal", purpose, &[needed("Salesforce"), needed("Box")])),
            ("done", logins_done("Create opportunity", &[("Salesforce".into(), "ada@contoso.com".into())])),
            ("still", still_wanted(&run, "Create opportunity")),
            ("cancelled", cancelled("Create *opportunity*")),
        ];
        all.extend(connections::tests::all());
        all.extend(form::tests::all());
        all
    }

    #[test]
    fn every_card_fits_the_schema_and_has_no_property_outside_it() {
        let schema: Value =
            serde_json::from_str(include_str!("../../tests/schemas/adaptive-card-1.5.json")).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        for (name, card) in all() {
            let errors: Vec<_> = validator.iter_errors(&card).map(|error| error.to_string()).collect();
            assert!(errors.is_empty(), "{name}: {errors:?}");
        }
        let mut wrong = all()[0].1.clone();
        wrong["colour"] = json!("red");
        assert!(!validator.is_valid(&wrong), "the schema refuses what it does not know");
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

    #[test]
    fn a_login_card_says_what_is_needed_and_offers_it() {
        let one = all()[0].1.to_string();
        for words in
            ["Salesforce needs your login", "Salesforce: login needed", "\"title\":\"Login\"", "Cancel"]
        {
            assert!(one.contains(words), "{words}");
        }
        let some = all()[1].1.to_string();
        assert!(
            some.contains("Salesforce: connected as ada@contoso.com") && some.contains("Box: login needed")
        );
        assert_eq!(all()[2].1.to_string().matches("\"title\":\"Login\"").count(), 2);
    }
}
