//! Templates of the catalog, in a part of minijinja's language: one mechanism for URLs, headers, bodies and
//! replies.
//!
//! minijinja itself is a tenth of the worker's module, and evaluates much that no recipe needs. The build
//! checks that a template keeps to this part; a property test in `catalog/tests` compares the outputs.
//!
//! Output is escaped for its place ([`Target`]): a value in a path is percent-encoded, a value in a reply is
//! escaped for Markdown. A missing value is an error, never an empty string. A path may not contain a segment
//! `.` or `..`, so that no value leaves its place.

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::borrow::Cow;
use workbot_shared::Language;

use crate::character_normalization::normalised;

mod evaluator;
mod expression;
mod filters;
mod value;

use evaluator::Evaluator;
use expression::{Expressions, Failure};
pub use filters::FILTERS;
pub(crate) use filters::markdown_link;
use value::{MISSING, Value};

/// The source text of a template.
///
/// ```
/// use serde_json::json;
/// use workbot_domain::template::{Target, Template};
///
/// let path = Template("/records/{{ with.id }}".to_owned());
/// assert_eq!(path.render(Target::Path, &json!({"with": {"id": "a/b"}})).unwrap(), "/records/a%2Fb");
/// assert!(path.render(Target::Path, &json!({"with": {"id": ".."}})).is_err());
/// assert!(path.render(Target::Path, &json!({"with": {}})).is_err());
///
/// // A template that is a single expression keeps its type.
/// let amount = Template("{{ inputs.amount }}".to_owned());
/// assert_eq!(amount.evaluate(&json!({"inputs": {"amount": 5000}})).unwrap(), json!(5000));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Template(pub String);

/// Why a template yields no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("template `{template}`: {reason}")]
pub struct TemplateError {
    /// The source text of the template.
    pub template: String,
    /// The reason, without any value.
    pub reason: String,
}

impl TemplateError {
    /// Whether a value is missing, or empty in a path.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        self.reason == MISSING
    }
}

/// The place of the output, which decides the escaping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// The start of a URL, a header, a JSON string: values are not escaped.
    Plain,
    /// A path below a base URL, or a query: values are percent-encoded.
    Path,
    /// A message in Teams, in a language: values are escaped for Markdown.
    Markdown(Language),
}

impl Target {
    /// The language of numbers and dates. Apps get the same format whatever the person's language is.
    fn language(self) -> Language {
        if let Self::Markdown(language) = self { language } else { Language::En }
    }

    /// Adds a value to the output.
    fn write(self, out: &mut String, value: &Value) -> Result<(), &'static str> {
        let text = value.shown()?;
        match self {
            // A URL without its last segment would name another resource, for example the list of all
            // records.
            Self::Path if value.is_null() || text.is_empty() => return Err(MISSING),
            Self::Path => out.extend(utf8_percent_encode(&text, NON_ALPHANUMERIC)),
            Self::Markdown(_) if !matches!(value, Value::Safe(_)) => out.push_str(&escape_markdown(&text)),
            Self::Plain | Self::Markdown(_) => out.push_str(&text),
        }
        Ok(())
    }
}

/// Whether a path has a single-dot or double-dot segment in any spelling (URL Standard, "double-dot URL path
/// segment").
fn climbs(path: &str) -> bool {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let is_dots =
        |segment: &str| matches!(percent_decode_str(segment).collect::<Vec<_>>().as_slice(), b"." | b"..");
    path.split(['/', '\\']).any(is_dots)
}

/// Escapes the characters that Markdown would read as markup, in the [`normalised`] text: nothing invisible
/// stays. Line breaks become blanks.
///
/// ```
/// use workbot_domain::template::escape_markdown;
///
/// assert_eq!(escape_markdown("*Acme* <b>"), r"\*Acme\* &lt;b&gt;");
/// assert_eq!(escape_markdown("invoice\u{202E}fdp.exe"), "invoicefdp.exe");
/// ```
#[must_use]
pub fn escape_markdown(text: &str) -> String {
    normalised(text).chars().fold(String::with_capacity(text.len()), |mut out, c| {
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '~' | '|' => out.extend(['\\', c]),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\n' => out.push(' '),
            _ => out.push(c),
        }
        out
    })
}

/// Escapes a text for HTML, in an element or in a quoted attribute.
#[must_use]
pub fn escape_html(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#x27;"),
            '/' => out.push_str("&#x2f;"),
            _ => out.push(c),
        }
        out
    })
}

impl Template {
    fn error(&self, reason: Failure) -> TemplateError {
        TemplateError { template: self.0.clone(), reason: reason.into_owned() }
    }

    /// The expression that the template consists of, if it is a single one.
    fn single_expression(&self) -> Option<&str> {
        let expression = self.0.trim().strip_prefix("{{")?.strip_suffix("}}")?;
        (!expression.contains("{{") && !expression.contains("}}")).then_some(expression)
    }

    /// Reads the template without evaluating it.
    ///
    /// # Errors
    /// What the evaluator does not understand.
    pub fn check(&self) -> Result<(), TemplateError> {
        Evaluator::new(&self.0, &Json::Null, Language::En, &|_, _| Ok(()))
            .text(false)
            .map(drop)
            .map_err(|reason| self.error(reason))
    }

    /// The same for a condition, like `when` in a recipe's step.
    ///
    /// # Errors
    /// As [`Self::check`].
    pub fn check_condition(&self) -> Result<(), TemplateError> {
        Expressions::new(&self.0, &Json::Null, Language::En)
            .single()
            .map(drop)
            .map_err(|reason| self.error(reason))
    }

    /// Renders the template.
    ///
    /// # Errors
    /// [`TemplateError`] for a missing value, a value of a wrong type, or a path segment `.` or `..`.
    pub fn render(&self, target: Target, values: &Json) -> Result<String, TemplateError> {
        let write = |out: &mut String, value: &Value| target.write(out, value);
        let text = Evaluator::new(&self.0, values, target.language(), &write)
            .text(true)
            .map_err(|reason| self.error(reason))?;
        if target == Target::Path && climbs(&text) {
            return Err(self.error("a segment of the path would be `.` or `..`".into()));
        }
        Ok(text)
    }

    /// Renders the template as JSON. A template that is a single expression keeps the type of its value, so
    /// that `"{{ inputs.amount }}"` is a number in a JSON body.
    ///
    /// # Errors
    /// As [`Self::render`].
    pub fn evaluate(&self, values: &Json) -> Result<Json, TemplateError> {
        let Some(expression) = self.single_expression() else {
            return self.render(Target::Plain, values).map(Json::String);
        };
        let value = Expressions::new(expression, values, Language::En).single();
        let json = value.and_then(|value| value.json().map_err(Failure::from));
        json.map(Cow::into_owned).map_err(|reason| self.error(reason))
    }

    /// Evaluates the template as a condition, like `when` in a recipe's step.
    ///
    /// # Errors
    /// As [`Self::evaluate`].
    pub fn holds(&self, values: &Json) -> Result<bool, TemplateError> {
        let value = Expressions::new(&self.0, values, Language::En).single();
        value.and_then(|value| value.is_true().map_err(Failure::from)).map_err(|reason| self.error(reason))
    }
}

/// Renders every string of a JSON tree; see [`Template::evaluate`].
///
/// # Errors
/// The first template that yields no value.
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

/// Renders an HTML page with every value escaped.
///
/// # Errors
/// As [`Template::render`], and for a mistake in the page itself.
pub fn render_html(page: &str, values: &Json) -> Result<String, TemplateError> {
    let write = |out: &mut String, value: &Value| {
        out.push_str(&escape_html(&value.shown()?));
        Ok(())
    };
    Evaluator::new(page, values, Language::En, &write)
        .text(true)
        .map_err(|reason| Template(String::new()).error(reason))
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
    fn values_are_escaped_for_their_place() {
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
    fn an_empty_value_in_a_path_is_an_error() {
        for id in [json!(null), json!("")] {
            assert!(Template("/x/{{ id }}".into()).render(Target::Path, &json!({"id": id})).is_err());
        }
        assert!(Template("/x/{{ id }}".into()).render(Target::Path, &json!({"id": 0})).is_ok());
    }

    #[test]
    fn a_value_with_dot_segments_in_a_path_is_an_error() {
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
    fn a_single_expression_keeps_its_type() {
        let values = json!({"amount": 5000, "name": "Acme"});
        let tree = json!({"Amount": "{{ amount }}", "Name": "{{ name }}!", "Tags": ["{{ name }}", 1]});
        assert_eq!(
            evaluate_tree(&tree, &values).unwrap(),
            json!({"Amount": 5000, "Name": "Acme!", "Tags": ["Acme", 1]})
        );
        assert!(Template("amount > 10".into()).holds(&values).unwrap());
    }

    #[test]
    fn filters_format_numbers_and_dates_for_people() {
        let both = "{{ amount | amount }}, {{ day | date }}";
        assert_eq!(render(ENGLISH, both).unwrap(), "1,234,567.50, 1 Dec 2026");
        assert_eq!(render(Target::Markdown(Language::De), both).unwrap(), "1.234.567,50, 1. Dez. 2026");
        assert_eq!(render(Target::Plain, both).unwrap(), "1,234,567.50, 1 Dec 2026", "the value for an app");
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
    fn a_url_ends_where_its_markdown_link_does() {
        let values = json!({"url": r"https://acme.example/a(b)\?q=\#\"});
        let shown = Template("[x]({{ url | link }})".into()).render(ENGLISH, &values).unwrap();
        assert_eq!(
            shown, "[x](https://acme.example/a%28b%29/?q=%5C#%5C)",
            "a backslash escapes what follows"
        );
    }

    #[test]
    fn a_value_cannot_leave_its_place_in_a_query_language() {
        let filled =
            |text: &str, value: &str| Template(text.into()).render(Target::Plain, &json!({"v": value}));
        assert_eq!(filled("a={{ v | encoded_query }}", "x^ORb=1").unwrap(), "a=x ORb=1");
        assert!(filled("a={{ v | encoded_query }}", "JavaScript:gs.x()").is_err());
        assert_eq!(filled("'{{ v | quoted }}'", "x' or \\").unwrap(), "'x\\' or \\\\'");
        assert_eq!(filled("{{ v | quoted('\"') }}", "a\"b'c").unwrap(), "a\\\"b'c");
    }
}
