//! What a recipe passes from one app to another is no markup there: the name of a record, which somebody else
//! chose, pings nobody and masks no link in the name of the person.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]

use serde_json::{Map, Value, json};
use workbot_domain::call::{Body, action_values, in_context, request};
use workbot_domain::catalog::{Catalog, Step};
use workbot_domain::template::evaluate_tree;

/// A name with the markup of every app.
const HOSTILE: &str = "=HYPERLINK(\"https://evil.example\") <!channel> <https://evil.example|sign in> <b>x</b> \
                       @everyone [sign in](https://evil.example) [sign in|https://evil.example] [code]<i>x</i>[/code] \
                       @[usr1] Acme";

/// What an app reads as markup in the texts of its actions, by the app's documentation. An app that is not
/// listed fails the test: say what it makes of a text.
fn markup(app: &str, action: &str) -> &'static [&'static str] {
    match app {
        // "Formatting text for app surfaces", Slack: `<` begins a mention or a link.
        "slack" => &["<"],
        // HTML.
        "freshdesk" | "freshservice" | "hubspot" | "monday" | "pipedrive" => &["<"],
        // Markdown, with mentions.
        "github" | "gitlab" | "linear" | "zendesk" => &["](", "@", "<"],
        // Wiki markup ("Text formatting notation", Atlassian).
        "jira-service-management" => &["[", "@"],
        // `[code]` begins HTML in a journal: comments and work notes, also those of any record's fields. The
        // fields of a new incident and the variables of an order are plain texts.
        "servicenow" if matches!(action, "create_incident" | "order_item") => &[],
        "servicenow" => &["[code]"],
        // A comment mentions `@[user]`.
        "airtable" => &["@["],
        // A cell that begins with `=` is a formula.
        "google-sheets" => &["=HYPERLINK"],
        // Plain texts: fields without markup, names, documents and messages of text segments.
        "asana" | "box" | "calendly" | "clickup" | "confluence" | "dropbox" | "google" | "jira"
        | "microsoft-graph" | "notion" | "onedrive" | "pagerduty" | "salesforce" | "smartsheet"
        | "workday" | "zoom" => &[],
        other => panic!("what does {other} make of a text?"),
    }
}

/// The value of an earlier step's output: ids and addresses are the app's own, all else anybody chose.
fn output(name: &str) -> Value {
    match name.rsplit('.').next().unwrap().to_lowercase() {
        last if last == "id" || last.ends_with("_id") || last == "number" => json!("4711"),
        last if last == "link" || last.ends_with("url") => json!("https://app.example/4711"),
        last if last == "pages" => json!([{"id": "4711", "title": HOSTILE}]),
        _ => json!(HOSTILE),
    }
}

/// Puts a value at a path of members. A name may be used as a whole too, in a condition.
fn put(values: &mut Map<String, Value>, path: &str, value: Value) {
    let Some((first, rest)) = path.split_once('.') else {
        values.entry(path).or_insert(value);
        return;
    };
    let inner = values.entry(first).or_insert_with(|| json!({}));
    if !inner.is_object() {
        *inner = json!({});
    }
    put(inner.as_object_mut().unwrap(), rest, value);
}

fn texts<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => found.push(text),
        Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
        Value::Object(members) => members.values().for_each(|member| texts(member, found)),
        _ => {}
    }
}

/// The request of a step whose earlier steps returned [`HOSTILE`] names; `None` if it uses none of them.
fn sent(catalog: &Catalog, step: &Step) -> Option<Body> {
    let call = step.call()?;
    let (app, action) = (&catalog.apps[&call.app], catalog.action(step)?);
    let with = Value::Object(call.with.clone());
    let (mut templates, mut values) = (Vec::new(), Map::new());
    texts(&with, &mut templates);
    let is_between = |c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '.';
    for name in templates.iter().flat_map(|template| template.split(is_between)) {
        if name.starts_with("steps.") {
            put(&mut values, name, output(name));
        } else if name.starts_with("inputs.") {
            put(&mut values, name, json!("typed"));
        }
    }
    values.get("steps").filter(|_| action.writes)?;
    let context = json!({
        "account": {"id": "005A", "label": "ada"}, "now": "2026-12-31T09:00:00Z", "run": {"id": "0a1b", "step": "s"},
        "person": {"name": "Ada", "email": "ada@contoso.com", "id": "76b0"}
    });
    values.extend(context.as_object().unwrap().clone());
    let with = evaluate_tree(&with, &Value::Object(values)).unwrap_or_else(|error| panic!("{error}"));
    let var = |name: &String| {
        (name.clone(), json!(if name.ends_with("URL") { "https://api.example" } else { "c1" }))
    };
    let vars: Map<_, _> = app.vars.keys().map(var).collect();
    let values = json!({"vars": vars, "token": {"instance_url": "https://acme.my.salesforce.com", "api_domain": "https://acme.pipedrive.com"}});
    let values = action_values(in_context(values, context), action, &with);
    request(app, action, &values).unwrap_or_else(|error| panic!("{error}")).body
}

#[test]
fn what_another_app_returned_is_no_markup_in_what_a_recipe_sends() {
    let catalog = workbot_catalog::load().unwrap_or_else(|error| panic!("{error}"));
    let mut hostile = 0;
    for (id, recipe) in &catalog.recipes {
        for step in &recipe.steps {
            let Some(body) = sent(&catalog, step) else { continue };
            let body = match body {
                Body::Json(body) => body,
                other => Value::from(String::from_utf8_lossy(&other.into_bytes()).into_owned()),
            };
            let mut found = Vec::new();
            texts(&body, &mut found);
            let call = step.call().unwrap();
            for text in found.into_iter().filter(|text| text.contains("Acme")) {
                hostile += 1;
                for mark in markup(call.app.as_str(), &call.action) {
                    assert!(!text.contains(mark), "{id}, step {}: {mark} in {text}", step.id);
                }
            }
        }
    }
    assert!(hostile >= 3, "{hostile}");
}

#[test]
fn every_app_is_known_by_what_it_makes_of_a_text() {
    let catalog = workbot_catalog::load().unwrap_or_else(|error| panic!("{error}"));
    for (id, app) in &catalog.apps {
        for (name, _) in app.actions.iter().filter(|(_, action)| action.writes) {
            markup(id.as_str(), name);
        }
    }
}
