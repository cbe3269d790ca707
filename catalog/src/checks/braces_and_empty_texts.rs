//! Checks the texts of a file. A text that is not a template must not contain braces, which would be sent or
//! shown literally. A required text must not be empty.

use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeSet;

use super::templates::{Kind, is_template, uses, words};
use crate::diagnostics::Checker;
use workbot_domain::catalog::{App, Recipe};

/// The kind of a text field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Text {
    /// A template.
    Template,
    /// A template, or a value that may be empty.
    Value,
    /// Literal, may be empty.
    MayBeEmpty,
    /// Literal; another check reports an empty one.
    Named,
    /// Literal, not empty.
    Plain,
}

/// Checks the texts of an app. Returns the variables that its templates use.
pub(crate) fn check_app(checker: &mut Checker<'_>, app: &App) -> BTreeSet<String> {
    check(checker, app, &in_app)
}

/// Checks the texts of a recipe. Returns the variables that its templates use.
pub(crate) fn check_recipe(checker: &mut Checker<'_>, recipe: &Recipe) -> BTreeSet<String> {
    check(checker, recipe, &in_recipe)
}

fn check(
    checker: &mut Checker<'_>,
    file: &impl Serialize,
    kind: &dyn Fn(&[String]) -> Text,
) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    if let Ok(tree) = serde_json::to_value(file) {
        walk(checker, &mut Vec::new(), &tree, kind, &mut used);
    }
    used
}

fn in_app(path: &[String]) -> Text {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    match path.as_slice() {
        ["base_url" | "manage_url"] | ["allowed_hosts", ..] | ["headers", _] => Text::Template,
        ["oauth2", "issuer"] => Text::Value,
        ["oauth2", "authorize_url" | "token_url" | "refresh_url" | "revoke_url"] => Text::Template,
        ["oauth2", "scopes" | "authorize_params" | "select_account" | "token_params", _] => Text::Template,
        ["oauth2", "revoke", "body", ..] | ["account", "body", ..] => Text::Value,
        // The checks of JSON pointers and schemes report an empty one.
        ["oauth2", "token_response" | "auth_scheme"] | ["absent", _] => Text::Named,
        ["success", _] => Text::MayBeEmpty,
        ["api_key", "value"] | ["account", "url"] | ["account", "organization", "url"] => Text::Template,
        ["account", "organization", "where", ..] => Text::Value,
        ["account", "organization", "items"] => Text::MayBeEmpty,
        ["account", "organization", "id" | "keep", ..] => Text::Named,
        ["vars", _, "default"] => Text::MayBeEmpty,
        ["account", "label" | "id" | "instance", ..] | ["errors", "message" | "code", ..] => Text::Named,
        ["actions", _, "base_url" | "link" | "path"] | ["actions", _, "paging", "base_url"] => Text::Template,
        ["actions", _, "query" | "headers" | "form", _] | ["actions", _, "raw"] => Text::Template,
        ["actions", _, "absent", _] | ["actions", _, "output_headers", _] => Text::Named,
        ["actions", _, "content_type"] => Text::Named,
        ["actions", _, "body", ..] | ["actions", _, "parts", _, "value", ..] => Text::Value,
        ["actions", _, "parts", _, "file_name"] => Text::Template,
        ["actions", _, "defaults" | "success" | "output", ..] => Text::MayBeEmpty,
        ["actions", _, "already", "says", ..] => Text::MayBeEmpty,
        ["actions", _, "already", "output", ..] | ["actions", _, "paging", "items"] => Text::Named,
        ["actions", _, "paging", "next", "url"]
        | ["actions", _, "paging", "next", "token", "at" | "while"] => Text::Named,
        _ => Text::Plain,
    }
}

fn in_recipe(path: &[String]) -> Text {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    match path.as_slice() {
        ["reply", rest @ ..] | [_, "reply", rest @ ..] => in_reply(rest),
        ["steps", _, "ask", "text"] | [_, "ask", _, "text"] => Text::Template,
        ["steps", _, "ask", "buttons", _, "value"] => Text::Named,
        ["steps", _, "ask", rest @ ..] if !rest.is_empty() => in_inputs(rest),
        ["steps", _, "when"] => Text::Named,
        ["steps", _, "with", ..] => Text::Value,
        ["command"] | ["steps", _, "id"] => Text::Named,
        rest => in_inputs(rest),
    }
}

fn in_inputs(path: &[&str]) -> Text {
    match path {
        ["inputs", _, "id" | "choices", ..] => Text::Named,
        ["inputs", _, "choices_from", "with" | "title" | "value", ..] => Text::Named,
        ["inputs", _, "default"] => Text::MayBeEmpty,
        // The check of the inputs reports an empty one.
        ["inputs", _, "example"] => Text::Named,
        _ => Text::Plain,
    }
}

fn in_reply(path: &[&str]) -> Text {
    match path {
        ["list", rest @ ..] if !rest.is_empty() => in_reply(rest),
        ["heading"] | ["columns" | "facts" | "buttons", _, "title"] => Text::Plain,
        ["buttons", _, "recipe"] => Text::Named,
        ["buttons", _, "with", ..] => Text::Value,
        _ => Text::Template,
    }
}

fn walk(
    checker: &mut Checker<'_>,
    path: &mut Vec<String>,
    tree: &Value,
    kind: &dyn Fn(&[String]) -> Text,
    used: &mut BTreeSet<String>,
) {
    match tree {
        Value::String(text) => {
            let kind = kind(path);
            let names: Vec<&str> = path.iter().map(String::as_str).collect();
            let is_filled = matches!(kind, Text::Template | Text::Value);
            if is_filled || names.last() == Some(&"when") {
                let kind = if is_filled { Kind::Text } else { Kind::Condition };
                match uses(text, kind) {
                    Ok(names) => used.extend(names),
                    // The words of an invalid template count as used, so that one error causes one message.
                    Err(_) => used.extend(words(text)),
                }
            } else if is_template(text) && !names.ends_with(&["when"]) && !names.contains(&"choices_from") {
                checker.further_mistake(&names, BRACES);
            }
            if text.trim().is_empty() && matches!(kind, Text::Template | Text::Plain) {
                let name = names.last().copied().unwrap_or_default();
                checker.further_mistake(&names, format!("`{name}` is empty: add a value, or remove it"));
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                path.push(index.to_string());
                walk(checker, path, item, kind, used);
                path.pop();
            }
        }
        Value::Object(fields) => {
            for (name, value) in fields {
                path.push(name.clone());
                let names: Vec<&str> = path.iter().map(String::as_str).collect();
                if is_template(name) {
                    checker.further_mistake(&names, BRACES);
                } else if name.trim().is_empty() {
                    checker.further_mistake(&names, "a key is empty: write one");
                }
                walk(checker, path, value, kind, used);
                path.pop();
            }
        }
        _ => {}
    }
}

pub(crate) const BRACES: &str = "this field is not a template: remove the braces, and write the text itself";

#[cfg(test)]
mod tests {
    use crate::tests::{app_mistakes, only, recipe_mistakes};

    #[test]
    fn a_template_where_none_is_filled_in_is_a_mistake_at_its_line() {
        for (old, new) in [
            ("rotation =", "keep_from_callback = [\"{{ vars.SITE_URL }}\"]\nrotation ="),
            ("rotation =", "errors = { login = [\"{{ vars.SITE_URL }}\"] }\nrotation ="),
            ("rotation =", "errors = { setup = [\"{% if x %}\"] }\nrotation ="),
        ] {
            let mistake = only(app_mistakes(old, new));
            assert!(mistake.starts_with("app.toml:14: this field is not a template"), "{new}: {mistake}");
        }
        for (old, new) in [
            ("color = \"red\"", "color = \"{{ vars.SITE_URL }}\""),
            ("name = \"Example\"", "name = \"{{ vars.SITE_URL }}\""),
            ("default = \"https://app.example.com\"", "default = \"https://{{ vars.SITE_URL }}\""),
            ("output = { id = \"/id\" }", "output = { id = \"/{{ with.text }}\" }"),
            ("body = { text =", "body = { \"{{ with.text }}\" = \"x\", text ="),
        ] {
            let mistakes = app_mistakes(old, new);
            assert!(
                mistakes.iter().any(|mistake| mistake.contains("this field is not a template")),
                "{new}: {mistakes:?}"
            );
        }
        for (old, new) in [
            ("hint = \"Notes it\"", "hint = \"{{ inputs.text }}\""),
            ("purpose = \"note it\"", "purpose = \"note {{ inputs.text }}\""),
            ("label = \"Text\"", "label = \"{{ person.name }}\""),
        ] {
            assert!(only(recipe_mistakes(old, new)).contains("this field is not a template"), "{new}");
        }
    }

    #[test]
    fn what_says_something_is_not_empty() {
        for (old, new) in [
            ("name = \"Example\"", "name = \" \""),
            ("about = \"Adds a note\"", "about = \"\""),
            ("about = \"Where it is\"", "about = \"\""),
            ("link = \"{{ vars.SITE_URL }}/notes/{{ output.id }}\"", "link = \"\""),
            ("revoke_url = \"{{ vars.SITE_URL }}/oauth/revoke\"", "revoke_url = \"\""),
            ("rotation =", "scopes = [\"\"]\nrotation ="),
            ("rotation =", "authorize_params = { a = \"\" }\nrotation ="),
            // An empty word is in every answer.
            ("rotation =", "errors = { login = [\"\"] }\nrotation ="),
            ("rotation =", "errors = { doubtful = [\" \"] }\nrotation ="),
            ("rotation =", "errors = { busy = [\"x\", \"\"] }\nrotation ="),
            ("rotation =", "token_params = { audience = \"\" }\nrotation ="),
            ("[account]", "[errors]\ntoken = [\"\"]\n[account]"),
        ] {
            assert!(only(app_mistakes(old, new)).contains(" is empty: "), "{new}");
        }
        for (old, new) in [
            ("name = \"Note it\"", "name = \"\""),
            ("hint = \"Notes it\"", "hint = \"\""),
            ("purpose = \"note it\"", "purpose = \"\""),
            ("label = \"Text\"", "label = \" \""),
            ("example = \"Milk\"", "example = \"\""),
        ] {
            assert!(only(recipe_mistakes(old, new)).contains(" is empty: "), "{new}");
        }
    }
}
