//! Templates of the catalogue, in minijinja's language. One mechanism for URLs, bodies and replies.
//!
//! What a template emits is escaped for where it goes: in a path every value is percent-encoded, in a reply every
//! value is escaped for Markdown. A missing value is an error, never an empty string.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Days, NaiveDate, SecondsFormat};
use minijinja::value::{Serde, ValueKind};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior, Value, context, filters};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use workbot_shared::Language;

use crate::figures;

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
pub(crate) fn environment(target: Target) -> Environment<'static> {
    // Not all of minijinja's filters: those that recipes need. Each weighs on the edge's module.
    let mut env = Environment::empty();
    env.add_filter("default", filters::default);
    env.add_filter("join", filters::join);
    env.add_filter("length", filters::length);
    env.add_filter("lower", filters::lower);
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
    env.add_filter("adf", adf);
    env.add_filter("amount", move |value: &Value| amount(value, language));
    env.add_filter("base64", base64);
    env.add_filter("date", move |value: &str| date(value, language));
    env.add_filter("day", day);
    env.add_filter("days", days);
    env.add_filter("encoded_query", encoded_query);
    env.add_filter("file_name", file_name);
    env.add_filter("host", host);
    env.add_filter("html", html);
    env.add_filter("link", link);
    env.add_filter("quoted", quoted);
    env.add_filter("soql", soql);
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

/// `{{ inputs.amount | amount }}`: `5000` reads `5,000`, `12.5` reads `12.50`; in a German reply `5.000` and `12,50`.
fn amount(value: &Value, language: Language) -> Result<Value, Error> {
    let number = f64::try_from(value.clone())
        .map_err(|_| Error::new(ErrorKind::InvalidOperation, "`amount` takes a number"))?;
    // Beyond 2^53 cents a float no longer counts them.
    let cents = (number.abs() * 100.0).round();
    if cents.is_nan() || cents >= 9e15 {
        return Err(Error::new(ErrorKind::InvalidOperation, "`amount` takes a number below 90 trillion"));
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked above")]
    let cents = cents as u64;
    Ok(Value::from_safe_string(figures::amount(number < 0.0, cents, language)))
}

/// `{{ inputs.close_date | date }}`: `2026-12-31` reads `31 Dec 2026`; in a German reply `31. Dez. 2026`.
fn date(value: &str, language: Language) -> Result<Value, Error> {
    let date = day_of(value)
        .ok_or_else(|| Error::new(ErrorKind::InvalidOperation, "`date` takes a date like 2026-12-31"))?;
    Ok(Value::from_safe_string(figures::written_day(date, language)))
}

/// The day of a date, or of a time of RFC 3339.
fn day_of(value: &str) -> Option<NaiveDate> {
    let time = || DateTime::parse_from_rfc3339(value).ok().map(|time| time.date_naive());
    value.parse().ok().or_else(time)
}

/// `{{ now | day }}`: `2026-12-31T09:00:00Z` is `2026-12-31`.
fn day(value: &str) -> Result<String, Error> {
    let day = day_of(value)
        .ok_or_else(|| Error::new(ErrorKind::InvalidOperation, "`day` takes a time like `now`, or a date"))?;
    Ok(day.to_string())
}

/// `{{ now | days(7) }}`: a week later; `days(-1)` is the day before. A time stays a time, a date a date.
fn days(value: &str, count: i32) -> Result<String, Error> {
    let wrong = || Error::new(ErrorKind::InvalidOperation, "`days` takes a time like `now`, or a date");
    let by = Days::new(count.unsigned_abs().into());
    if let Ok(date) = value.parse::<NaiveDate>() {
        let moved = if count < 0 { date.checked_sub_days(by) } else { date.checked_add_days(by) };
        return moved.map(|date| date.to_string()).ok_or_else(wrong);
    }
    let time = DateTime::parse_from_rfc3339(value).map_err(|_| wrong())?;
    let moved = if count < 0 { time.checked_sub_days(by) } else { time.checked_add_days(by) };
    moved.map(|time| time.to_rfc3339_opts(SecondsFormat::Secs, true)).ok_or_else(wrong)
}

/// `{{ with.text | html }}`: a text as HTML, its line breaks kept. What is absent stays absent.
fn html(value: Value) -> Value {
    if value.is_none() || value.is_undefined() {
        return value;
    }
    let text = value.to_string().replace("\r\n", "\n");
    let html = text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\r' => out.push_str("<br>"),
            c => out.push(c),
        }
        out
    });
    Value::from(html)
}

/// `{{ with.text | adf }}`: the content of a document in the Atlassian Document Format, a paragraph a line. Its text nodes
/// cannot be empty.
fn adf(value: &Value) -> Value {
    if value.is_none() || value.is_undefined() {
        return Value::from(Vec::<Value>::new());
    }
    let text = value.to_string();
    let lines = text.split(['\n', '\r']).map(str::trim_end).filter(|line| !line.is_empty());
    let paragraph = |line: &str| {
        Value::from(Serde(json!({ "type": "paragraph", "content": [{ "type": "text", "text": line }] })))
    };
    lines.map(paragraph).collect()
}

/// `{{ with.name | file_name }}`: a name that a folder or file may have, and the same one each time. What stores refuse is
/// replaced: slashes by hyphens, control characters by blanks; blanks at the ends go, and of more than 255 characters those
/// before the ending. What is absent stays absent.
fn file_name(value: Value) -> Value {
    const LONGEST: usize = 255;
    if value.is_none() || value.is_undefined() {
        return value;
    }
    let text = value.to_string().replace(['/', '\\'], "-");
    let is_blank = |c: char| c.is_control() || c.is_whitespace() || is_invisible(c);
    let text = text.replace(|c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}'), " ");
    let name = text.trim_matches(is_blank);
    let count = name.chars().count();
    let name = if count > LONGEST {
        let ending = name.rfind('.').and_then(|at| name.get(at..)).filter(|ending| ending.len() <= 16);
        let ending = ending.unwrap_or_default();
        let kept = LONGEST - ending.chars().count();
        let stem: String = name.chars().take(kept).collect();
        format!("{}{ending}", stem.trim_end_matches(is_blank))
    } else {
        name.to_owned()
    };
    Value::from(match name.as_str() {
        "" => "_".to_owned(),
        "." | ".." => name.replace('.', "_"),
        _ => name,
    })
}

/// What a name would seem to be empty with: zero-width characters and marks of direction.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
}

/// `{{ vars.LOGIN_URL | host }}`: the host, with the port where one is written.
fn host(value: &str) -> Result<String, Error> {
    let url =
        url::Url::parse(value).map_err(|_| Error::new(ErrorKind::InvalidOperation, "`host` takes a URL"))?;
    let host = url.host_str().unwrap_or_default();
    Ok(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

/// `Basic {{ (key ~ ":X") | base64 }}`: base64 (RFC 4648 section 4).
fn base64(value: &str) -> String {
    STANDARD.encode(value)
}

/// `LIKE '%{{ with.name | soql }}%'`: a value inside a string of Salesforce's query language, wildcards included
/// ("Quoted String Escape Sequences", SOQL and SOSL Reference).
fn soql(value: &str) -> String {
    value.chars().fold(String::with_capacity(value.len()), |mut out, c| {
        if matches!(c, '\\' | '\'' | '"' | '%' | '_') {
            out.push('\\');
        }
        out.push(if c.is_control() { ' ' } else { c });
        out
    })
}

/// `short_description={{ with.text | encoded_query }}`: a value inside ServiceNow's encoded query. `^` ends a value and
/// `javascript:` begins a script, and neither can be escaped.
fn encoded_query(value: &str) -> Result<String, Error> {
    if value.to_lowercase().contains("javascript:") {
        return Err(Error::new(ErrorKind::InvalidOperation, "`encoded_query` takes no script"));
    }
    Ok(value.replace(|c: char| c == '^' || c.is_control(), " "))
}

/// `name contains '{{ with.name | quoted }}'`: a value inside quotes, `'` unless told otherwise, where a backslash escapes.
fn quoted(value: &str, quote: Option<char>) -> String {
    let quote = quote.unwrap_or('\'');
    value.chars().fold(String::with_capacity(value.len()), |mut out, c| {
        if c == '\\' || c == quote {
            out.push('\\');
        }
        out.push(if c.is_control() { ' ' } else { c });
        out
    })
}

/// `[{{ name }}]({{ url | link }})`: a URL that stands in Markdown as it is.
fn link(value: &str) -> Result<Value, Error> {
    let text = markdown_link(value)
        .ok_or_else(|| Error::new(ErrorKind::InvalidOperation, "`link` takes a web address"))?;
    Ok(Value::from_safe_string(text))
}

/// A web address as it may stand in a Markdown link; `None` if it is none.
pub(crate) fn markdown_link(value: &str) -> Option<String> {
    let url = url::Url::parse(value).ok().filter(|url| matches!(url.scheme(), "https" | "http"))?;
    Some(url.as_str().replace('(', "%28").replace(')', "%29").replace('\\', "%5C"))
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
    env.add_filter("safe", filters::safe);
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    env.set_auto_escape_callback(|_| AutoEscape::Html);
    env.render_str(page, context! { page => Value::from(Serde(values)) })
        .map_err(|error| Template(String::new()).error(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn a_text_becomes_a_document_without_empty_parts() {
        let document = |text: Json| Template("{{ v | adf }}".into()).evaluate(&json!({"v": text})).unwrap();
        let paragraph =
            |text: &str| json!({"type": "paragraph", "content": [{"type": "text", "text": text}]});
        assert_eq!(document(json!("a\r\n\r\n <b> \n")), json!([paragraph("a"), paragraph(" <b>")]));
        for empty in [json!(""), json!(" \n"), json!(null)] {
            assert_eq!(document(empty), json!([]));
        }
    }

    #[test]
    fn a_text_becomes_html_and_its_lines_stay_lines() {
        let html = |text: &str| {
            Template("{{ v | html }}".into())
                .evaluate(&json!({"v": text}))
                .unwrap()
                .as_str()
                .unwrap()
                .to_owned()
        };
        assert_eq!(html("a\nb\r\nc\rd"), "a<br>b<br>c<br>d");
        assert_eq!(html("<b>&\"'</b>"), "&lt;b&gt;&amp;&quot;&#39;&lt;/b&gt;");
        assert_eq!(html("plain"), "plain");
        assert_eq!(Template("{{ v | html }}".into()).evaluate(&json!({"v": null})).unwrap(), json!(null));
    }

    /// What Box refuses ("Rename folder", developer.box.com): `/`, `\`, blanks at the ends, `.`, `..`, more than 255
    /// characters, characters that do not print.
    #[test]
    fn a_file_name_is_one_that_a_store_takes() {
        let name = |text: &str| {
            let name = Template("{{ v | file_name }}".into()).evaluate(&json!({"v": text})).unwrap();
            name.as_str().unwrap().to_owned()
        };
        for (given, expected) in [
            ("Acme renewal", "Acme renewal"),
            ("Acme / renewal", "Acme - renewal"),
            ("Q1/Q2\\Q3", "Q1-Q2-Q3"),
            ("  Acme \t", "Acme"),
            ("a\nb\u{7}c\u{0}", "a b c"),
            (".", "_"),
            ("..", "__"),
            (" .. ", "__"),
            ("...", "..."),
            (".git", ".git"),
            ("", "_"),
            ("   ", "_"),
            ("\u{200b}", "_"),
            ("\u{200b}Acme\u{a0}", "Acme"),
            ("Söhne & 日本 🎉.txt", "Söhne & 日本 🎉.txt"),
        ] {
            assert_eq!(name(given), expected, "{given:?}");
            assert_eq!(name(&name(given)), name(given), "the same each time: {given:?}");
        }
        let long = name(&format!("{}.txt", "ä".repeat(300)));
        assert_eq!((long.chars().count(), long.ends_with("ä.txt")), (255, true));
        assert_eq!(name(&"x".repeat(256)).len(), 255);
        assert_eq!(
            name(&format!("{} {}.txt", "a".repeat(250), "b".repeat(9))),
            format!("{}.txt", "a".repeat(250))
        );
        assert_eq!(name(&format!("a.{}", "b".repeat(300))).len(), 255, "that is no ending");
    }

    #[test]
    fn days_are_counted_from_a_time_or_a_date() {
        let filled = |text: &str| {
            Template(text.into())
                .render(Target::Plain, &json!({"now": "2026-12-31T23:30:00Z", "d": "2026-03-01"}))
        };
        assert_eq!(filled("{{ now | day }}").unwrap(), "2026-12-31");
        assert_eq!(filled("{{ d | day }}").unwrap(), "2026-03-01");
        assert_eq!(filled("{{ now | days(1) }}").unwrap(), "2027-01-01T23:30:00Z");
        assert_eq!(filled("{{ now | days(-31) | day }}").unwrap(), "2026-11-30");
        assert_eq!(filled("{{ d | days(-1) }}").unwrap(), "2026-02-28");
        assert_eq!(filled("{{ now | date }}").unwrap(), "31 Dec 2026");
        assert!(filled("{{ 'soon' | days(1) }}").is_err() && filled("{{ 'soon' | day }}").is_err());
        assert!(filled("{{ d | days(2147483647) }}").is_err(), "beyond the calendar");
    }
}
