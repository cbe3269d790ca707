//! What a reply has to show of an action's outputs.

use serde_json::{Value, json};
use url::Url;
use workbot_domain::template::{Target, Template};
use workbot_shared::Language;

use crate::catalog::{is_paged, names};
use crate::stage::Stage;

/// Compares the outputs in a reply with those that the fixture expects. Every output has a value.
pub fn outputs(stage: &Stage, action: &str, reply: &str) {
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
