//! Where a request goes, for any value in its place.

use serde_json::{Value, json};
use workbot_domain::call::{action_values, app_values, request};
use workbot_domain::catalog::{Recipe, Step};
use workbot_domain::config::AppSetup;
use workbot_domain::template::{Target, Template, evaluate_tree};

use crate::real_catalog::{outputs, real};

/// A text in place of every parameter, token and output: the request has exactly the path segments of its
/// action, or is not sent.
pub fn request_url(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    for app in real().apps.values() {
        let vars = app.vars.keys().map(|name| (name.clone(), "https://app.example".to_owned())).collect();
        let setup = AppSetup { client: None, allowed_instances: Vec::new(), vars };
        let kept = json!({"instance_url": "https://acme.my.salesforce.com"});
        let own = app_values(&setup, kept.as_object().expect("an object"));
        for action in app.actions.values() {
            let texts = serde_json::to_string(action).expect("an action");
            let names = texts.split("with.").skip(1).map(|rest| {
                let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
                (rest[..end].to_owned(), json!(text))
            });
            let with: Value = names.collect::<serde_json::Map<_, _>>().into();
            let values = action_values(own.clone(), action, &with);
            if let Ok(request) = request(app, action, &values) {
                let base = action.base_url.as_ref().unwrap_or(&app.base_url);
                is_placed(&request.url, base, &action.path.0, &values);
            }
        }
    }
}

/// The address has the segments of its base and of the path's template, in their places.
fn is_placed(url: &url::Url, base: &Template, path: &str, values: &Value) {
    let base = base.render(Target::Plain, values).expect("a base");
    let base = url::Url::parse(&base).expect("an address");
    let below = base.path().trim_end_matches('/');
    let path = path.split('?').next().unwrap_or_default();
    let written: Vec<_> = below.split('/').chain(path.split('/').skip(1)).collect();
    let found: Vec<_> = url.path().split('/').collect();
    assert_eq!(written.len(), found.len(), "{url} is not at {path}");
    for (written, found) in written.into_iter().zip(found) {
        let is_value = written.contains("{{");
        assert!(is_value || written == found, "{url} is not at {path}");
        assert!(!is_value || !found.is_empty(), "{url} lacks a segment of {path}");
    }
}

/// Whatever the inputs are, each step's request goes to its app's own address, below its action's path.
pub fn requested(recipe: &Recipe, inputs: &Value) {
    let catalog = real();
    let output = |step: &Step| {
        let text = json!("../../admin?x=1#y");
        let names = outputs(step).map(|name| (name.to_owned(), text.clone()));
        let asked = step.question().into_iter().flat_map(|question| &question.inputs);
        let item = json!({"Id": text, "Name": text});
        let answers = asked.map(|input| (input.id.clone(), item.clone()));
        (step.id.clone(), names.chain(answers).collect::<Value>())
    };
    let steps: Value = recipe.steps.iter().map(output).collect();
    let values = json!({"inputs": inputs, "steps": steps});
    for step in &recipe.steps {
        let Some(call) = step.call() else { continue };
        let (Some(app), Some(action)) = (catalog.apps.get(&call.app), catalog.action(step)) else {
            continue;
        };
        let Ok(with) = evaluate_tree(&Value::Object(call.with.clone().into_iter().collect()), &values) else {
            continue;
        };
        let vars = app.vars.keys().map(|name| (name.clone(), "https://app.example".to_owned())).collect();
        let setup = AppSetup { client: None, allowed_instances: Vec::new(), vars };
        let kept = json!({"instance_url": "https://acme.my.salesforce.com"});
        let values = action_values(app_values(&setup, kept.as_object().expect("an object")), action, &with);
        let Ok(request) = request(app, action, &values) else { continue };
        let base =
            action.base_url.as_ref().unwrap_or(&app.base_url).render(Target::Plain, &values).expect("a base");
        let base = url::Url::parse(&base).expect("an address");
        assert_eq!(request.url.origin(), base.origin());
        assert!(request.url.path().starts_with(base.path().trim_end_matches('/')), "{}", request.url);
        let base = action.base_url.as_ref().unwrap_or(&app.base_url);
        is_placed(&request.url, base, &action.path.0, &values);
        assert!(request.url.fragment().is_none());
    }
}
