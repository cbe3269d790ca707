//! A call of an action, and what its request and its reply have to show.

use serde_json::{Value, json};
use std::rc::Rc;
use url::Url;
use workbot_domain::template::{Target, Template};
use workbot_sandbox::fixture::shown;
use workbot_shared::Language;

use crate::catalog::{is_paged, names};
use crate::person::Person;
use crate::stage::Stage;

/// Calls an action and checks its request, its outputs and its link.
pub fn performs(stage: &Stage, person: &Rc<Person>, action: &str) {
    stage.calls();
    let reply = stage.plays(person, action, &format!("played {action}"));
    let calls = stage.calls();
    let Some(reply) = reply else { return };
    let documented = &stage.fixture.actions[action].details;
    let pages = calls.iter().filter(|call| call.name == action);
    let expected = if documented.next.is_some() { vec![false, true] } else { vec![false] };
    if pages.clone().map(|call| call.is_next_page).collect::<Vec<_>>() != expected {
        let names: Vec<_> = calls.iter().map(|call| (&call.name, call.is_next_page)).collect();
        stage.problem(format!("{action}: the calls are {names:?} (name, whether the next page)"));
    }
    for (name, value) in pages.flat_map(|call| &call.parameters) {
        let given = &documented.with[name];
        if given != value && !(value.is_string() && shown(given) == shown(value)) {
            stage.problem(format!("{action}: parameter {name} arrives as {value}, expected {given}"));
        }
    }
    outputs(stage, action, &reply);
}

/// Compares the outputs in a reply with those that the fixture expects. Every output has a value.
fn outputs(stage: &Stage, action: &str, reply: &str) {
    let file = &stage.file.actions[action];
    let details = &stage.fixture.actions[action].details;
    let names = names(file);
    for name in &names {
        let Some(value) = value(reply, name, &names) else {
            stage.problem(format!("{action}: the reply does not show {name}: {reply}"));
            continue;
        };
        let differs = |expected: &str| {
            if value != rendered(&expected.into()) {
                stage.problem(format!("{action}: {name} is {value}, expected {expected}"));
            }
        };
        if name == "link" {
            details.link.as_deref().iter().for_each(|link| differs(link));
            let link = value.replace('\\', "");
            if !Url::parse(&link).is_ok_and(|link| link.scheme() == "https") {
                stage.problem(format!("{action}: the link is {link}"));
            }
        } else if value == rendered(&Value::Null) || value.is_empty() {
            stage.problem(format!("{action}: the output {name} has no value"));
        } else if is_paged(file, name) {
            let least = if details.next.is_some() { 2 } else { 1 };
            if value.parse::<usize>().is_ok_and(|count| count < least) {
                stage.problem(format!("{action}: {name} has {value} items"));
            }
        } else if let Some(expected) = details.output.get(name)
            && value != rendered(expected)
        {
            stage.problem(format!("{action}: {name} is {value}, expected {expected}"));
        }
    }
    for name in details.output.keys().filter(|name| !file.output.contains_key(*name)) {
        stage.problem(format!("{action}: the fixture expects an output {name}, which the app does not have"));
    }
}

/// The text of an output in a reply: up to the next one, or the end of the paragraph.
fn value<'a>(reply: &'a str, name: &str, names: &[String]) -> Option<&'a str> {
    let (_, rest) = reply.split_once(&format!("\n\n{name}:="))?;
    let next = names.iter().filter_map(|other| rest.find(&format!("\n\n{other}:="))).min();
    let end = next.or_else(|| rest.find("\n\n")).unwrap_or(rest.len());
    rest.get(..end).map(str::trim)
}

fn rendered(value: &Value) -> String {
    let template = Template("{{ value }}".to_owned());
    template.render(Target::Markdown(Language::En), &json!({ "value": value })).unwrap()
}
