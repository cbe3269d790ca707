//! References from recipes to actions: the action of a step or of an input's choices, and its parameters.

use serde_json::{Map, Value};
use std::collections::BTreeSet;
use workbot_domain::catalog::{Action, Catalog};
use workbot_shared::AppId;

use super::templates::{Kind, below, uses, words};
use crate::diagnostics::Checker;

/// The apps that recipes refer to.
#[derive(Clone, Copy)]
pub(crate) struct Known<'a> {
    /// The apps whose files could be parsed.
    pub(crate) catalog: &'a Catalog,
    /// The apps whose files could not be parsed.
    pub(crate) unread: &'a BTreeSet<AppId>,
}

/// Finds the action of a step or of an input's choices; reports an unknown app or action.
pub(crate) fn known_action<'a>(
    checker: &mut Checker<'_>,
    path: &[&str],
    app: &AppId,
    action: &str,
    known: Known<'a>,
) -> Option<&'a Action> {
    if known.unread.contains(app) {
        return None;
    }
    let Some(known) = known.catalog.apps.get(app) else {
        let apps: Vec<_> = known.catalog.apps.keys().map(AppId::as_str).collect();
        let message = format!("no such app `{app}`: the catalog has {}", apps.join(", "));
        checker.mistake(&below(path, &["app"]), "", message);
        return None;
    };
    let found = known.actions.get(action);
    if found.is_none() {
        let actions: Vec<_> = known.actions.keys().map(String::as_str).collect();
        let message = format!("{} has no action `{action}`: it has {}", known.name, actions.join(", "));
        checker.mistake(&below(path, &["action"]), "", message);
    }
    found
}

/// Checks that `with` contains exactly the parameters of the action, except those with defaults.
pub(crate) fn given(
    checker: &mut Checker<'_>,
    path: &[&str],
    with: &Map<String, Value>,
    name: &str,
    action: &Action,
) {
    let used = parameters(action);
    let list = if used.is_empty() {
        "it has none".to_owned()
    } else {
        let shown = used.iter().map(|one| match action.defaults.get(one) {
            Some(default) => format!("{one} ({default} if omitted)"),
            None => one.clone(),
        });
        format!("its parameters are {}", shown.collect::<Vec<_>>().join(", "))
    };
    for parameter in &used {
        if !with.contains_key(parameter) && !action.defaults.contains_key(parameter) {
            let message = format!("`{name}` needs the parameter `{parameter}`: {list}");
            checker.mistake(&below(path, &["with"]), "", message);
        }
    }
    for parameter in with.keys().filter(|parameter| !used.contains(*parameter)) {
        let message = format!("`{name}` has no parameter `{parameter}`: {list}");
        checker.mistake(&below(path, &["with", parameter]), "", message);
    }
}

/// The names of the parameters that an action's templates use.
pub(crate) fn parameters(action: &Action) -> BTreeSet<String> {
    let mut texts = vec![action.path.0.clone()];
    let templates = action.query.values().chain(action.headers.values()).chain(action.form.values());
    let templates = templates.chain(&action.raw).chain(&action.link);
    texts.extend(templates.map(|template| template.0.clone()));
    let mut trees: Vec<_> = action.body.iter().collect();
    for part in &action.parts {
        trees.push(&part.value);
        texts.extend(part.file_name.iter().map(|template| template.0.clone()));
    }
    while let Some(tree) = trees.pop() {
        match tree {
            serde_json::Value::String(text) => texts.push(text.clone()),
            serde_json::Value::Array(items) => trees.extend(items),
            serde_json::Value::Object(fields) => trees.extend(fields.values()),
            _ => {}
        }
    }
    // The words of an invalid template count as used, so that one error causes one message.
    let used = texts.iter().flat_map(|text| uses(text, Kind::Text).unwrap_or_else(|_| words(text).collect()));
    used.filter_map(|name| Some(name.strip_prefix("with.")?.split('.').next()?.to_owned())).collect()
}
