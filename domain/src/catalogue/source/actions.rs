//! Checks an app's actions.

use std::collections::BTreeSet;
use url::Url;

use super::apps::is_name;
use super::place::Checked;
use super::templates::{Kind, Scope, below, uses};
use crate::call::is_as_written;
use crate::catalogue::{Action, Method, Paging};

/// Outputs that are there by themselves.
const OWN_OUTPUTS: [&str; 2] = ["link", "more"];

pub(super) fn check(checked: &mut Checked<'_>, name: &str, action: &Action, connected: &Scope) {
    let path = ["actions", name];
    let at = |names: &[&'static str]| below(&path, names);
    if !is_name(name) {
        checked.mistake(
            &path,
            "",
            format!("the action's name `{name}` must be lower-case letters, digits and `_`"),
        );
    }
    let scope = connected.clone().any("with");
    if let Some(url) = &action.base_url {
        checked.template(&at(&["base_url"]), &url.0, Kind::Text, connected);
    }
    checked.template(&at(&["path"]), &action.path.0, Kind::Text, &scope);
    if !action.path.0.starts_with('/') {
        checked.mistake(&at(&["path"]), "", "an action's path starts with `/`");
    } else if !is_plain(&action.path.0) {
        let message = "a path stands here as it is sent: percent-encode what is no letter, digit or usual sign, and write no `.` or `..`";
        checked.mistake(&at(&["path"]), "", message);
    }
    for (parameter, template) in &action.query {
        checked.template(&below(&path, &["query", parameter]), &template.0, Kind::Text, &scope);
    }
    if let Some(body) = &action.body {
        checked.tree(&at(&["body"]), body, &scope);
    }
    for (index, part) in action.parts.iter().enumerate() {
        let index = index.to_string();
        checked.tree(&below(&path, &["parts", &index, "value"]), &part.value, &scope);
        if let Some(file_name) = &part.file_name {
            checked.template(
                &below(&path, &["parts", &index, "file_name"]),
                &file_name.0,
                Kind::Text,
                &scope,
            );
        }
    }
    let used = parameters(action);
    for parameter in action.defaults.keys().filter(|parameter| !used.contains(*parameter)) {
        let message = format!("`with.{parameter}` is not used by this action: remove its default");
        checked.mistake(&below(&path, &["defaults", parameter]), "", message);
    }
    method(checked, &path, action);
    outputs(checked, &path, action, &scope);
    if let Some(paging) = &action.paging {
        pages(checked, &path, action, paging);
    }
}

/// Whether a path, apart from its values, is an address as it stands.
fn is_plain(path: &str) -> bool {
    let mut pieces = path.split("{{");
    let mut plain = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        plain.push('x');
        plain.push_str(piece.split_once("}}").map_or("", |(_, rest)| rest));
    }
    let root = "https://app.example";
    plain.contains("{%")
        || Url::parse(&format!("{root}{plain}")).is_ok_and(|url| is_as_written(&url, root, &plain))
}

/// The names of the parameters that an action's templates use.
pub(super) fn parameters(action: &Action) -> BTreeSet<String> {
    let mut texts = vec![action.path.0.clone()];
    texts.extend(action.query.values().chain(&action.link).map(|template| template.0.clone()));
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
    let used = texts.iter().filter_map(|text| uses(text, Kind::Text).ok()).flatten();
    used.filter_map(|name| Some(name.strip_prefix("with.")?.split('.').next()?.to_owned())).collect()
}

fn method(checked: &mut Checked<'_>, path: &[&str], action: &Action) {
    let at = |name: &'static str| below(path, &[name]);
    let has_body = action.body.is_some() || !action.parts.is_empty();
    if action.body.is_some() && !action.parts.is_empty() {
        checked.mistake(&at("body"), "", "an action has a `body` or `parts`, not both");
    }
    if action.method == Method::Get && (has_body || action.writes) {
        checked.mistake(
            &at("method"),
            "",
            "a GET reads and has no body: write `writes = false`, or another method",
        );
    }
    if matches!(action.method, Method::Put | Method::Patch | Method::Delete) && !action.writes {
        checked.mistake(&at("writes"), "", "this method changes something: write `writes = true`");
    }
    if !action.writes && action.idempotent {
        checked.mistake(&at("idempotent"), "", "what only reads may always be repeated: remove `idempotent`");
    }
    if let Some(already) = &action.already {
        if !(400..500).contains(&already.status) || matches!(already.status, 401 | 429) || !action.writes {
            let message = "`already` is a refusal of a write: a status from 400 to 499, but not 401 or 429";
            checked.mistake(&at("already"), "", message);
        }
        for pointer in already.says.keys().chain(already.output.values()) {
            checked.pointer(&at("already"), pointer);
        }
        for name in already.output.keys().filter(|name| !action.output.contains_key(*name)) {
            checked.mistake(
                &at("already"),
                name,
                format!("`{name}` is not in the action's `output`: add it there"),
            );
        }
    }
    for pointer in action.success.keys() {
        checked.pointer(&at("success"), pointer);
    }
}

fn outputs(checked: &mut Checked<'_>, path: &[&str], action: &Action, scope: &Scope) {
    for (name, pointer) in &action.output {
        let path = below(path, &["output", name]);
        // The empty one is the whole answer.
        if !pointer.is_empty() {
            checked.pointer(&path, pointer);
        }
        if !is_name(name) || OWN_OUTPUTS.contains(&name.as_str()) {
            let message = format!(
                "the output `{name}` must be lower-case letters, digits and `_`; `link` and `more` are there by themselves"
            );
            checked.mistake(&path, name, message);
        }
    }
    if let Some(link) = &action.link {
        let scope = scope.clone().known("output", action.output.keys());
        checked.template(&below(path, &["link"]), &link.0, Kind::Text, &scope);
    }
}

fn pages(checked: &mut Checked<'_>, path: &[&str], action: &Action, paging: &Paging) {
    use crate::catalogue::NextPage;
    let path = below(path, &["paging"]);
    if action.writes {
        checked.mistake(&path, "", "only what reads has pages: remove `paging`");
    }
    if !(2..=10).contains(&paging.pages) {
        checked.mistake(&path, "pages", "`pages` is 2 to 10: more would keep people waiting");
    }
    if !action.output.values().any(|pointer| *pointer == paging.items) {
        let message = format!("no `output` is `{}`: the items of all pages are one output", paging.items);
        checked.mistake(&path, &paging.items, message);
    }
    if let NextPage::Url(at) | NextPage::Token { at, .. } = &paging.next {
        checked.pointer(&path, at);
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{app_mistakes, only};

    #[test]
    fn a_link_uses_outputs_that_there_are() {
        let mistake = only(app_mistakes("{{ output.id }}", "{{ output.key }}"));
        assert_eq!(mistake, "app.toml:30: `output.key` does not exist: known here: id");
    }

    #[test]
    fn a_path_is_written_as_it_is_sent() {
        for path in ["/notes/../all", "/no tes", "/notes/%2E", "/nötes", "/notes\\\\x", "/notes#x"] {
            let mistake = only(app_mistakes("path = \"/notes\"", &format!("path = \"{path}\"")));
            assert!(mistake.contains("a path stands here as it is sent"), "{mistake}");
        }
        assert!(app_mistakes("path = \"/notes\"", "path = \"/notes/{{ with.text }}.json?a=b\"").is_empty());
    }

    #[test]
    fn a_default_is_for_a_parameter_that_is_used() {
        let mistake = only(app_mistakes("defaults = { color", "defaults = { size = 1, color"));
        assert!(mistake.starts_with("app.toml:27: `with.size` is not used"), "{mistake}");
    }

    #[test]
    fn a_parameter_has_a_name() {
        let mistake = only(app_mistakes("\"{{ with.text }}\"", "\"{{ with }}\""));
        assert!(mistake.starts_with("app.toml:28: `with` alone is no value"), "{mistake}");
    }

    #[test]
    fn what_a_method_does_is_what_the_action_says() {
        assert!(only(app_mistakes("\"POST\"", "\"GET\"")).contains("a GET reads and has no body"));
        assert!(only(app_mistakes("\"POST\"", "\"FETCH\"")).contains("unknown variant `FETCH`"));
        let patch = only(app_mistakes(
            "\"POST\"\npath = \"/notes\"\nwrites = true",
            "\"PATCH\"\npath = \"/notes\"\nwrites = false",
        ));
        assert!(patch.starts_with("app.toml:26: this method changes something"), "{patch}");
    }

    #[test]
    fn pages_are_few_and_their_items_an_output() {
        let paging = |items: &str, pages: u8| {
            let text = format!(
                "paging = {{ items = \"{items}\", pages = {pages}, next = {{ url = \"/next\" }} }}\noutput = {{ notes"
            );
            app_mistakes("output = { notes", &text)
        };
        assert!(paging("/notes", 5).is_empty());
        assert!(only(paging("/records", 5)).contains("no `output` is `/records`"));
        assert!(only(paging("/notes", 50)).contains("`pages` is 2 to 10"));
    }

    #[test]
    fn what_counts_as_done_already_is_a_refusal() {
        let already = |text: &str| app_mistakes("defaults = {", &format!("already = {text}\ndefaults = {{"));
        assert!(already("{ status = 409, output = { id = \"/existing/id\" } }").is_empty());
        assert!(only(already("{ status = 200 }")).contains("from 400 to 499"));
        assert!(only(already("{ status = 409, output = { key = \"/key\" } }")).contains("`key` is not in"));
    }
}
