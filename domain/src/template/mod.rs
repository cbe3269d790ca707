//! Templates of the catalog, in minijinja's language. One mechanism for URLs, bodies and replies.
//!
//! What a template emits is escaped for where it goes: in a path every value is percent-encoded, in a reply every
//! value is escaped for Markdown. A missing value is an error, never an empty string.

use minijinja::value::{Serde, ValueKind};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior, Value, context};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use workbot_shared::Language;

mod filters;

pub(crate) use filters::markdown_link;

/// The text of a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Template(pub String);

/// Why a template gave no text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("template `{template}`: {reason}")]
pub struct TemplateError {
    /// The template's text.
    pub template: String,
    /// What went wrong, without any value.
    pub reason: String,
}

/// Where the result goes, and so how values are escaped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// A URL's beginning, a header, a JSON string: values stand as they are.
    Plain,
    /// A path below a base URL, or a query: values are percent-encoded.
    Path,
    /// A message in Teams, in a language: values are escaped for Markdown.
    Markdown(Language),
}

/// The language: what `target` escapes, and the filters that there are.
#[must_use]
pub fn environment(target: Target) -> Environment<'static> {
    let mut env = Environment::empty();
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    env.set_auto_escape_callback(|_| AutoEscape::None);
    env.set_formatter(move |out, _, value| {
        if value.is_undefined() {
            return Err(Error::from(ErrorKind::UndefinedError));
        }
        let text = value.to_string();
        // An address without its last part is another one: that of all records.
        if target == Target::Path && (value.is_none() || text.is_empty()) {
            return Err(Error::new(ErrorKind::UndefinedError, "a value of the path is empty"));
        }
        let text = match target {
            Target::Path => utf8_percent_encode(&text, NON_ALPHANUMERIC).to_string(),
            Target::Markdown(_) if !value.is_safe() => escape_markdown(&text),
            Target::Plain | Target::Markdown(_) => text,
        };
        out.write_str(&text).map_err(|_| Error::from(ErrorKind::WriteFailure))
    });
    // Apps are told the same whoever asks.
    let language = if let Target::Markdown(language) = target { language } else { Language::En };
    filters::add(&mut env, language);
    env
}

/// Whether a path has a segment that leads elsewhere ("double-dot path segment", URL standard), whatever it is made of.
fn climbs(path: &str) -> bool {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let is_dots =
        |segment: &str| matches!(percent_decode_str(segment).collect::<Vec<_>>().as_slice(), b"." | b"..");
    path.split(['/', '\\']).any(is_dots)
}

/// Escapes what Markdown would read as markup, so that a name stays a name.
#[must_use]
pub fn escape_markdown(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '~' | '|' => out.extend(['\\', c]),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\n' | '\r' => out.push(' '),
            _ => out.push(c),
        }
        out
    })
}

impl Template {
    fn error(&self, error: &Error) -> TemplateError {
        let reason = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
        TemplateError { template: self.0.clone(), reason }
    }

    /// Fills the template in.
    ///
    /// # Errors
    /// When a value is missing or of the wrong kind.
    pub fn render(&self, target: Target, values: &Json) -> Result<String, TemplateError> {
        let text = environment(target)
            .render_str(&self.0, Value::from(Serde(values)))
            .map_err(|error| self.error(&error))?;
        if target == Target::Path && climbs(&text) {
            let reason = "a segment of the path would be `.` or `..`".to_owned();
            return Err(TemplateError { template: self.0.clone(), reason });
        }
        Ok(text)
    }

    /// Fills the template in; a template that is one expression keeps the expression's type, so that
    /// `"{{ inputs.amount }}"` is a number in a JSON body.
    ///
    /// # Errors
    /// As [`Self::render`].
    pub fn evaluate(&self, values: &Json) -> Result<Json, TemplateError> {
        let expression = self.0.trim().strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}"));
        let Some(expression) = expression.filter(|text| !text.contains("{{") && !text.contains("}}")) else {
            return self.render(Target::Plain, values).map(Json::String);
        };
        let env = environment(Target::Plain);
        let value = env
            .compile_expression(expression)
            .and_then(|expression| expression.eval(Value::from(Serde(values))))
            .map_err(|error| self.error(&error))?;
        if value.kind() == ValueKind::Undefined {
            return Err(self.error(&Error::from(ErrorKind::UndefinedError)));
        }
        serde_json::to_value(&value)
            .map_err(|_| TemplateError { template: self.0.clone(), reason: "has no JSON form".to_owned() })
    }

    /// Whether the template, as a condition, holds (as in a recipe step's `when`).
    ///
    /// # Errors
    /// As [`Self::evaluate`].
    pub fn holds(&self, values: &Json) -> Result<bool, TemplateError> {
        let env = environment(Target::Plain);
        env.compile_expression(&self.0)
            .and_then(|expression| expression.eval(Value::from(Serde(values))))
            .map(|value| value.is_true())
            .map_err(|error| self.error(&error))
    }
}

/// Fills in every string of a JSON tree; see [`Template::evaluate`].
///
/// # Errors
/// The first template that gives no value.
pub fn evaluate_tree(tree: &Json, values: &Json) -> Result<Json, TemplateError> {
    match tree {
        Json::String(text) => Template(text.clone()).evaluate(values),
        Json::Array(items) => items.iter().map(|item| evaluate_tree(item, values)).collect(),
        Json::Object(fields) => fields
            .iter()
            .map(|(name, value)| Ok((name.clone(), evaluate_tree(value, values)?)))
            .collect::<Result<_, TemplateError>>()
            .map(Json::Object),
        other => Ok(other.clone()),
    }
}

/// An HTML page, every value escaped.
///
/// # Errors
/// As [`Template::render`]; a mistake in the page itself.
pub fn render_html(page: &'static str, values: &Json) -> Result<String, TemplateError> {
    let mut env = Environment::empty();
    env.add_filter("safe", minijinja::filters::safe);
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    env.set_auto_escape_callback(|_| AutoEscape::Html);
    env.render_str(page, context! { page => Value::from(Serde(values)) })
        .map_err(|error| Template(String::new()).error(&error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const ENGLISH: Target = Target::Markdown(Language::En);

    fn render(target: Target, text: &str) -> Result<String, TemplateError> {
        let values = json!({"name": "Acme *&* Söhne/1", "amount": 1_234_567.5, "day": "2026-12-01", "url": "http://localhost:1/x_(1)"});
        Template(text.into()).render(target, &values)
    }

    #[test]
    fn values_are_escaped_for_where_they_go() {
        assert_eq!(render(Target::Path, "/x/{{ name }}").unwrap(), "/x/Acme%20%2A%26%2A%20S%C3%B6hne%2F1");
        assert_eq!(render(ENGLISH, "**{{ name }}**").unwrap(), "**Acme \\*&amp;\\* Söhne/1**");
        assert_eq!(render(Target::Plain, "{{ name }}").unwrap(), "Acme *&* Söhne/1");
    }

    #[test]
    fn a_missing_value_is_an_error_and_names_no_other_value() {
        let error = render(Target::Plain, "{{ name }} {{ nothing }}").unwrap_err();
        assert!(!error.to_string().contains("Acme"), "{error}");
        assert!(Template("{{ nothing }}".into()).evaluate(&json!({})).is_err());
    }

    #[test]
    fn an_empty_value_makes_no_path() {
        for id in [json!(null), json!("")] {
            assert!(Template("/x/{{ id }}".into()).render(Target::Path, &json!({"id": id})).is_err());
        }
        assert!(Template("/x/{{ id }}".into()).render(Target::Path, &json!({"id": 0})).is_ok());
    }

    #[test]
    fn a_value_that_climbs_makes_no_path() {
        let made = |text: &str, a: &str, b: &str| {
            Template(text.into()).render(Target::Path, &json!({"a": a, "b": b})).is_ok()
        };
        for text in ["/x/{{ a }}", "/x/{{ a }}/y", "/{{ a }}?z={{ b }}"] {
            assert!(!made(text, "..", "1") && !made(text, ".", "1") && made(text, "%2e", "."), "{text}");
        }
        assert!(!made("/x/{{ a }}{{ b }}/y", ".", ".") && !made("/x/{{ a ~ b }}", ".", "."));
        assert!(!made("/x/.{{ a }}", ".", "1") && !made("/x/.%2e/{{ a }}", "1", "1"));
        assert!(made("/x/{{ a }}.json", "..", "1") && made("/x/{{ a }}", "...", "1"));
    }

    #[test]
    fn one_expression_keeps_its_type() {
        let values = json!({"amount": 5000, "name": "Acme"});
        let tree = json!({"Amount": "{{ amount }}", "Name": "{{ name }}!", "Tags": ["{{ name }}", 1]});
        assert_eq!(
            evaluate_tree(&tree, &values).unwrap(),
            json!({"Amount": 5000, "Name": "Acme!", "Tags": ["Acme", 1]})
        );
        assert!(Template("amount > 10".into()).holds(&values).unwrap());
    }

    #[test]
    fn filters_speak_to_people() {
        let both = "{{ amount | amount }}, {{ day | date }}";
        assert_eq!(render(ENGLISH, both).unwrap(), "1,234,567.50, 1 Dec 2026");
        assert_eq!(render(Target::Markdown(Language::De), both).unwrap(), "1.234.567,50, 1. Dez. 2026");
        assert_eq!(render(Target::Plain, both).unwrap(), "1,234,567.50, 1 Dec 2026", "what an app gets");
        assert_eq!(render(Target::Plain, "{{ url | host }}").unwrap(), "localhost:1");
        assert_eq!(render(ENGLISH, "({{ url | link }})").unwrap(), "(http://localhost:1/x_%281%29)");
        assert!(render(Target::Plain, "{{ name | date }}").is_err());
        assert!(
            Template("{{ url | link }}".into())
                .render(Target::Plain, &json!({"url": "javascript:1"}))
                .is_err()
        );
    }

    #[test]
    fn an_address_ends_where_its_link_does() {
        let values = json!({"url": r"https://acme.example/a(b)\?q=\#\"});
        let shown = Template("[x]({{ url | link }})".into()).render(ENGLISH, &values).unwrap();
        assert_eq!(
            shown, "[x](https://acme.example/a%28b%29/?q=%5C#%5C)",
            "a backslash escapes what follows"
        );
    }

    #[test]
    fn a_value_cannot_leave_a_query_of_its_app() {
        let filled =
            |text: &str, value: &str| Template(text.into()).render(Target::Plain, &json!({"v": value}));
        assert_eq!(filled("a={{ v | encoded_query }}", "x^ORb=1").unwrap(), "a=x ORb=1");
        assert!(filled("a={{ v | encoded_query }}", "JavaScript:gs.x()").is_err());
        assert_eq!(filled("'{{ v | quoted }}'", "x' or \\").unwrap(), "'x\\' or \\\\'");
        assert_eq!(filled("{{ v | quoted('\"') }}", "a\"b'c").unwrap(), "a\\\"b'c");
    }
}
