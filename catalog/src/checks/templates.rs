//! Checks templates: their syntax, filters and variables.

use minijinja::{Environment, ErrorKind};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use workbot_shared::Language;

use crate::diagnostics::Checker;
use workbot_domain::template::{FILTERS, Target, Template};

/// The variables that a template may use, by first name (`vars`), second name (`vars.LOGIN_URL`) and, for the
/// outputs of a step, third name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scope(BTreeMap<&'static str, Names>);

#[derive(Debug, Clone)]
enum Names {
    /// A value without fields.
    Value,
    /// Any field: the caller defines them.
    Any,
    /// A value that may have fields.
    AnyValue,
    /// These fields, each with its own fields if they are known.
    Known(BTreeMap<String, Option<BTreeSet<String>>>),
}

impl Scope {
    pub(crate) fn value(mut self, root: &'static str) -> Self {
        self.0.insert(root, Names::Value);
        self
    }

    pub(crate) fn any_value(mut self, root: &'static str) -> Self {
        self.0.insert(root, Names::AnyValue);
        self
    }

    pub(crate) fn any(mut self, root: &'static str) -> Self {
        self.0.insert(root, Names::Any);
        self
    }

    pub(crate) fn known<'a>(
        mut self,
        root: &'static str,
        names: impl IntoIterator<Item = &'a String>,
    ) -> Self {
        let names = names.into_iter().map(|name| (name.clone(), None)).collect();
        self.0.insert(root, Names::Known(names));
        self
    }

    pub(crate) fn these<'a>(mut self, root: &'static str, names: impl IntoIterator<Item = &'a str>) -> Self {
        let names = names.into_iter().map(|name| (name.to_owned(), None)).collect();
        self.0.insert(root, Names::Known(names));
        self
    }

    pub(crate) fn below(
        mut self,
        root: &'static str,
        names: impl IntoIterator<Item = (String, Option<BTreeSet<String>>)>,
    ) -> Self {
        let names = names.into_iter().collect();
        self.0.insert(root, Names::Known(names));
        self
    }

    /// The error in a use like `vars.LOGIN_URL`, if any.
    fn problem(&self, used: &str) -> Option<String> {
        let mut names = used.splitn(4, '.');
        let (root, name, below) = (names.next().unwrap_or_default(), names.next(), names.next());
        let known = |names: Vec<&str>| match names.as_slice() {
            [] => "nothing is known here".to_owned(),
            names => format!("known here: {}", names.join(", ")),
        };
        match (self.0.get(root), name) {
            (None, _) => {
                let names = known(self.0.keys().copied().collect());
                Some(format!("`{used}` is unknown: {names}{}", elsewhere(root)))
            }
            (Some(Names::Value), None) | (Some(Names::Any), Some(_)) | (Some(Names::AnyValue), _) => None,
            (Some(Names::Value), Some(_)) => Some(format!("`{root}` has no fields: write `{root}`")),
            (Some(_), None) => Some(format!("`{root}` alone is not a value: write `{root}.` and a name")),
            (Some(Names::Known(names)), Some(name)) => match (names.get(name), below) {
                (None, _) => {
                    let names = names.keys().map(String::as_str).collect();
                    Some(format!("`{root}.{name}` does not exist: {}", known(names)))
                }
                (Some(Some(names)), Some(below)) if !names.contains(below) => {
                    let names = names.iter().map(String::as_str).collect();
                    Some(format!("`{root}.{name}` has no `{below}`: {}", known(names)))
                }
                _ => None,
            },
        }
    }
}

/// The fields of `person`.
const PERSON: [&str; 3] = ["email", "id", "name"];

/// Adds `person`, `now` and `run` to a scope.
pub(crate) fn asked(scope: Scope) -> Scope {
    scope.value("now").these("person", PERSON).these("run", ["id"])
}

/// A hint to the places where a name is known.
fn elsewhere(root: &str) -> &'static str {
    match root {
        "account" | "vars" | "token" | "with" => "; it is known in an app's actions",
        "person" | "now" | "run" => "; it is known in actions and steps",
        "inputs" | "steps" => "; it is known in recipes only",
        "output" => "; it is known in an action's `link` only",
        _ => "",
    }
}

/// The syntax of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Text with expressions in braces.
    Text,
    /// One expression, as in `when`.
    Condition,
}

/// Whether a text contains a template.
pub(crate) fn is_template(text: &str) -> bool {
    text.contains("{{") || text.contains("{%")
}

/// Whether a JSON value contains a template.
pub(crate) fn has_template(value: &Value) -> bool {
    match value {
        Value::String(text) => is_template(text),
        Value::Array(items) => items.iter().any(has_template),
        Value::Object(fields) => fields.values().any(has_template),
        _ => false,
    }
}

/// minijinja, which knows the syntax and the variables of a template, with the filters by name only.
fn environment() -> Environment<'static> {
    let mut env = Environment::empty();
    for filter in FILTERS {
        env.add_filter(filter, |value: &minijinja::Value, _: minijinja::value::Rest<minijinja::Value>| {
            value.clone()
        });
    }
    env
}

/// The variables that a template uses, e.g. `steps.found.records`, or the error in the template: in
/// minijinja's language, or in the part of it that the worker evaluates.
pub(crate) fn uses(text: &str, kind: Kind) -> Result<BTreeSet<String>, String> {
    let env = environment();
    let described = |error: minijinja::Error| {
        format!(
            "invalid template: {}",
            error.detail().map_or_else(|| error.kind().to_string(), str::to_owned)
        )
    };
    let template = Template(text.to_owned());
    let (used, checked) = match kind {
        Kind::Condition if text.contains("{{") => {
            return Err("a condition has no braces, e.g. `inputs.amount > 1000`".to_owned());
        }
        Kind::Condition => {
            let used = env.compile_expression(text).map_err(described)?.undeclared_variables(true);
            (used, template.check_condition())
        }
        Kind::Text => {
            let used = env.template_from_str(text).map_err(described)?.undeclared_variables(true);
            (used, template.check())
        }
    };
    let problem = unknown_word(&env, text, kind)
        .or_else(|| checked.err().map(|error| format!("invalid template: {}", error.reason)));
    problem.map_or_else(|| Ok(used.into_iter().collect()), Err)
}

/// The words of an invalid template, variables among them.
pub(crate) fn words(text: &str) -> impl Iterator<Item = String> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
    text.split(move |c| !is_name(c)).filter(|word| word.contains('.')).map(str::to_owned)
}

/// The expressions and statements of a template.
pub(crate) fn tags(text: &str, kind: Kind) -> Vec<&str> {
    match kind {
        Kind::Condition => vec![text],
        Kind::Text => text
            .split("{{")
            .flat_map(|piece| piece.split("{%"))
            .skip(1)
            .filter_map(|piece| piece.split("}}").next()?.split("%}").next())
            .collect(),
    }
}

/// An unknown filter or test. minijinja reports it only at run time.
fn unknown_word(env: &Environment<'_>, text: &str, kind: Kind) -> Option<String> {
    let tags: Vec<String> = tags(text, kind).into_iter().map(without_strings).collect();
    let fails = |probe: String, kind: ErrorKind| {
        env.compile_expression(&probe)
            .and_then(|probe| probe.eval(()))
            .is_err_and(|error| error.kind() == kind)
    };
    for tag in &tags {
        if let Some(name) = called(tag) {
            return Some(format!(
                "no such function `{name}`: use a filter, e.g. `{{{{ value | lower }}}}`, or a variable without brackets"
            ));
        }
        for piece in tag.split('|').skip(1) {
            let name: String =
                piece.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            if !name.is_empty() && fails(format!("1 | {name}"), ErrorKind::UnknownFilter) {
                return Some(format!("no such filter `{name}`: docs/adding-a-recipe.md lists them all"));
            }
        }
        let mut words = tag.split_whitespace().skip_while(|word| *word != "is").skip(1);
        if let Some(name) = words.find(|word| *word != "not")
            && fails(format!("1 is {name}"), ErrorKind::UnknownTest)
        {
            return Some(format!("no such test `is {name}`: compare with `==`, or write `{{% if value %}}`"));
        }
    }
    None
}

/// The name of a called function or method, as in `now()`. The arguments of a filter are no call.
fn called(tag: &str) -> Option<String> {
    tag.match_indices('(').find_map(|(at, _)| {
        let before = tag.get(..at)?;
        let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
        let start = before.rfind(|c: char| !is_name(c)).map_or(0, |at| at + 1);
        let name = before.get(start..).filter(|name| !name.is_empty())?;
        let is_filter = before.get(..start)?.trim_end().ends_with('|');
        (!is_filter && !matches!(name, "in" | "and" | "or" | "not" | "if" | "elif" | "is" | "else"))
            .then(|| name.to_owned())
    })
}

fn without_strings(text: &str) -> String {
    let mut quote = None;
    text.chars()
        .map(|c| match quote {
            Some(end) => {
                if c == end {
                    quote = None;
                }
                '_'
            }
            None if matches!(c, '\'' | '"') => {
                quote = Some(c);
                '_'
            }
            None => c,
        })
        .collect()
}

impl Checker<'_> {
    /// Checks a template; returns the variables that it uses.
    pub(crate) fn template(
        &mut self,
        path: &[&str],
        text: &str,
        kind: Kind,
        scope: &Scope,
    ) -> BTreeSet<String> {
        match uses(text, kind) {
            Err(problem) => {
                self.mistake(path, text.lines().next().unwrap_or_default(), problem);
                BTreeSet::new()
            }
            Ok(used) => {
                for name in &used {
                    if let Some(problem) = scope.problem(name) {
                        self.mistake(path, name, problem);
                    }
                }
                used
            }
        }
    }

    /// Checks every template of a JSON tree; returns the variables that they use.
    pub(crate) fn tree(&mut self, path: &[&str], tree: &Value, scope: &Scope) -> BTreeSet<String> {
        let children: Vec<(String, &Value)> = match tree {
            Value::String(text) => return self.template(path, text, Kind::Text, scope),
            Value::Array(items) => items.iter().enumerate().map(|(n, item)| (n.to_string(), item)).collect(),
            Value::Object(fields) => fields.iter().map(|(name, field)| (name.clone(), field)).collect(),
            _ => return BTreeSet::new(),
        };
        children
            .into_iter()
            .flat_map(|(name, child)| self.tree(&below(path, &[&name]), child, scope))
            .collect()
    }

    /// Checks a JSON pointer (RFC 6901).
    pub(crate) fn pointer(&mut self, path: &[&str], pointer: &str) {
        let escapes = pointer.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
        if !pointer.starts_with('/') || !escapes {
            let message = format!(
                "`{pointer}` is not a JSON pointer: begin with `/`, e.g. `/id` or `/items/0/name`, and write `~0` for `~`"
            );
            self.mistake(path, pointer, message);
        }
    }
}

/// Appends names to a path.
pub(crate) fn below<'a>(path: &[&'a str], names: &[&'a str]) -> Vec<&'a str> {
    [path, names].concat()
}

/// Whether a template uses a value that is missing in `values`.
pub(crate) fn lacks(template: &Template, values: &Value) -> bool {
    template.render(Target::Markdown(Language::En), values).is_err_and(|error| error.is_missing())
}

/// The same for a condition.
pub(crate) fn lacks_in_condition(condition: &Template, values: &Value) -> bool {
    condition.holds(values).is_err_and(|error| error.is_missing())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_with_wrong_syntax_filter_or_test_is_a_mistake() {
        assert!(uses("{{ name", Kind::Text).is_err());
        assert!(
            uses("{{ 'a | b' | nofilter }}", Kind::Text).unwrap_err().contains("no such filter `nofilter`")
        );
        assert!(uses("{% if a is nonsense %}{% endif %}", Kind::Text).unwrap_err().contains("`is nonsense`"));
        assert!(uses("{{ a }}", Kind::Condition).unwrap_err().contains("has no braces"));
        assert!(uses("a | b", Kind::Text).is_ok(), "only in braces is it a filter");
        for filter in [
            "adf",
            "amount",
            "base64",
            "date",
            "day",
            "days(1)",
            "default",
            "encoded_query",
            "file_name",
            "host",
            "html",
            "join",
            "length",
            "link",
            "lower",
            "mrkdwn",
            "quoted",
            "soql",
        ] {
            assert!(uses(&format!("{{{{ 'a' | {filter} }}}}"), Kind::Text).is_ok(), "{filter}");
        }
    }

    #[test]
    fn what_a_loop_names_is_its_own() {
        let used = uses("{% for a in steps.x.y %}{{ a.b }}{% endfor %}{{ inputs.c }}", Kind::Text).unwrap();
        assert_eq!(used.into_iter().collect::<Vec<_>>(), ["inputs.c", "steps.x.y"]);
    }

    #[test]
    fn a_variable_that_does_not_exist_is_named_with_those_that_do() {
        let outputs = BTreeSet::from(["id".to_owned()]);
        let scope = Scope::default()
            .known("vars", [&"A".to_owned()])
            .below("steps", [("x".to_owned(), Some(outputs)), ("y".to_owned(), None)]);
        assert_eq!(scope.problem("vars.A"), None);
        assert_eq!(scope.problem("steps.x.id.y"), None);
        assert_eq!(scope.problem("vars.B").unwrap(), "`vars.B` does not exist: known here: A");
        assert_eq!(scope.problem("steps.x.no").unwrap(), "`steps.x` has no `no`: known here: id");
        assert_eq!(scope.problem("steps.y.whatever"), None, "a step whose outputs are not known");
        assert!(
            scope
                .problem("with.a")
                .unwrap()
                .starts_with("`with.a` is unknown: known here: steps, vars; it is known in an app's")
        );
        assert!(scope.problem("vars").unwrap().contains("alone is not a value"));
    }
}
