//! The filters of the catalog's templates. docs/adding-a-recipe.md lists them for authors.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::{DateTime, Days, NaiveDate, SecondsFormat};
use serde_json::{Value as Json, json};
use std::fmt::Write as _;
use workbot_shared::Language;

use super::value::Value;
use crate::numbers_and_dates;

/// The names of the filters.
pub const FILTERS: [&str; 22] = [
    "adf",
    "amount",
    "base64",
    "base64url",
    "date",
    "day",
    "days",
    "default",
    "encoded_query",
    "file_name",
    "host",
    "html",
    "join",
    "json",
    "length",
    "link",
    "lower",
    "mail_header",
    "mrkdwn",
    "quoted",
    "segment",
    "soql",
];

type Outcome<T> = Result<T, &'static str>;

/// The filter of this name.
pub(super) fn named(name: &str) -> Option<&'static str> {
    FILTERS.into_iter().find(|known| *known == name)
}

/// Applies a filter. Numbers and dates for people are formatted in a language.
pub(super) fn apply<'v>(
    filter: &'static str,
    value: Value<'v>,
    arguments: &[Value<'v>],
    language: Language,
) -> Outcome<Value<'v>> {
    for value in arguments.iter().chain([&value]) {
        if let Value::Failed(why) = value {
            return Err(why);
        }
    }
    let text = || text(&value);
    match (filter, arguments) {
        ("default", []) => default(value, Json::from("").into(), false),
        ("default", [other]) => default(value, other.clone(), false),
        ("default", [other, also_empty]) => default(value, other.clone(), also_empty.is_true()?),
        ("join", []) => join(&value, "").map(Value::from),
        ("join", [between]) => join(&value, &between.shown()?).map(Value::from),
        ("length", []) => Ok(Json::from(value.length()?).into()),
        ("lower", []) => {
            let lower = value.shown()?.to_lowercase();
            Ok(if let Value::Safe(_) = value { Value::Safe(lower) } else { lower.into() })
        }
        ("adf", []) => adf(&value),
        ("amount", []) => amount(value, language).map(Value::Safe),
        ("base64", []) => Ok(STANDARD.encode(text()?).into()),
        ("base64url", []) => Ok(URL_SAFE_NO_PAD.encode(text()?).into()),
        ("date", []) => date(text()?, language).map(Value::Safe),
        ("day", []) => day(text()?).map(Value::from),
        ("days", [count]) => days(text()?, count).map(Value::from),
        ("encoded_query", []) => encoded_query(text()?).map(Value::from),
        ("file_name", []) if absent(&value) => Ok(value),
        ("file_name", []) => Ok(file_name(&value.shown()?).into()),
        ("host", []) => host(text()?).map(Value::from),
        ("html", []) if absent(&value) => Ok(value),
        ("html", []) => Ok(html(&value.shown()?).into()),
        ("json", []) => value.json().map(|value| ascii_json(&value).into()),
        ("link", []) => markdown_link(text()?).map(Value::Safe).ok_or("`link` takes a web address"),
        ("mail_header", []) => Ok(mail_header(text()?).into()),
        ("mrkdwn", []) if absent(&value) => Ok(value),
        ("mrkdwn", []) => Ok(mrkdwn(&value.shown()?).into()),
        ("quoted", []) => Ok(quoted(text()?, '\'').into()),
        ("quoted", [quote]) => {
            let mut characters = self::text(quote)?.chars();
            match (characters.next(), characters.next()) {
                (Some(quote), None) => Ok(quoted(text()?, quote).into()),
                _ => Err("`quoted` takes one character"),
            }
        }
        ("segment", []) => Ok(segment(text()?).into()),
        ("soql", []) => Ok(soql(text()?).into()),
        _ => Err("a filter has other arguments"),
    }
}

/// The text of a value that is one.
fn text<'a>(value: &'a Value) -> Outcome<&'a str> {
    value.as_text().ok_or("a filter takes a text")
}

fn absent(value: &Value) -> bool {
    value.is_null() || matches!(value, Value::Undefined)
}

fn default<'v>(value: Value<'v>, other: Value<'v>, also_empty: bool) -> Outcome<Value<'v>> {
    let is_absent = matches!(value, Value::Undefined) || (also_empty && !value.is_true()?);
    Ok(if is_absent { other } else { value })
}

fn join(value: &Value, between: &str) -> Outcome<String> {
    let mut joined = String::new();
    for (place, item) in value.items()?.iter().enumerate() {
        joined.push_str(if place > 0 { between } else { "" });
        joined.push_str(&item.shown()?);
    }
    Ok(joined)
}

/// `{{ inputs.amount | amount }}`: `5000` becomes `5,000`, `12.5` becomes `12.50`; in a German reply `5.000`
/// and `12,50`.
fn amount(value: Value, language: Language) -> Outcome<String> {
    let number = value.json().ok().and_then(|value| value.as_f64()).ok_or("`amount` takes a number")?;
    // Above 2^53 cents a float is no longer exact.
    let cents = (number.abs() * 100.0).round();
    if cents.is_nan() || cents >= 9e15 {
        return Err("`amount` takes a number below 90 trillion");
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked above")]
    let cents = cents as u64;
    Ok(numbers_and_dates::amount(number < 0.0, cents, language))
}

/// `{{ inputs.close_date | date }}`: `2026-12-31` becomes `31 Dec 2026`; in a German reply `31. Dez. 2026`.
fn date(value: &str, language: Language) -> Outcome<String> {
    let date = day_of(value).ok_or("`date` takes a date like 2026-12-31")?;
    Ok(numbers_and_dates::written_day(date, language))
}

/// Returns the date of a date, or of a time in RFC 3339.
fn day_of(value: &str) -> Option<NaiveDate> {
    let time = || DateTime::parse_from_rfc3339(value).ok().map(|time| time.date_naive());
    value.parse().ok().or_else(time)
}

/// `{{ now | day }}`: `2026-12-31T09:00:00Z` becomes `2026-12-31`.
fn day(value: &str) -> Outcome<String> {
    Ok(day_of(value).ok_or("`day` takes a time like `now`, or a date")?.to_string())
}

/// `{{ now | days(7) }}`: one week later; `days(-1)` is the day before. A time stays a time, a date a date.
fn days(value: &str, count: &Value) -> Outcome<String> {
    let wrong = "`days` takes a time like `now`, or a date, and a number of days";
    let count = if let Value::Json(count) = count.defined()? { count.as_i64() } else { None };
    let count = count.and_then(|count| i32::try_from(count).ok()).ok_or(wrong)?;
    let by = Days::new(count.unsigned_abs().into());
    if let Ok(date) = value.parse::<NaiveDate>() {
        let moved = if count < 0 { date.checked_sub_days(by) } else { date.checked_add_days(by) };
        return moved.map(|date| date.to_string()).ok_or(wrong);
    }
    let time = DateTime::parse_from_rfc3339(value).map_err(|_| wrong)?;
    let moved = if count < 0 { time.checked_sub_days(by) } else { time.checked_add_days(by) };
    moved.map(|time| time.to_rfc3339_opts(SecondsFormat::Secs, true)).ok_or(wrong)
}

/// `{{ with | json }}`: a value as JSON in ASCII, so that it may stand in a header.
fn ascii_json(value: &Json) -> String {
    value.to_string().chars().fold(String::new(), |mut out, c| {
        if c.is_ascii() {
            out.push(c);
        } else {
            // RFC 8259 section 7: other planes are written as two escapes of UTF-16.
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
        out
    })
}

/// `Subject: {{ with.subject | mail_header }}`: a text for a header of a mail, in one line. Other characters
/// than printable ASCII are encoded (RFC 2047), in words of at most 75 characters.
fn mail_header(text: &str) -> String {
    let line: Vec<_> =
        text.split(|c: char| c.is_control()).map(str::trim).filter(|part| !part.is_empty()).collect();
    let line = line.join(" ");
    if line.is_ascii() && !line.contains("=?") {
        return line;
    }
    // 45 bytes are 60 characters of Base64, and the frame of a word has 12.
    const LONGEST: usize = 45;
    let mut words = vec![String::new()];
    for c in line.chars() {
        match words.last_mut().filter(|word| word.len() + c.len_utf8() <= LONGEST) {
            Some(word) => word.push(c),
            None => words.push(c.to_string()),
        }
    }
    let encoded: Vec<_> = words.iter().map(|word| format!("=?UTF-8?B?{}?=", STANDARD.encode(word))).collect();
    encoded.join(" ")
}

/// `{{ output.url | segment }}`: the last segment of an address, or of a path.
fn segment(text: &str) -> String {
    let path = text.split(['?', '#']).next().unwrap_or_default();
    path.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned()
}

/// `{{ with.text | html }}`: a text as HTML with its line breaks. An absent value stays absent.
fn html(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
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
    })
}

/// `{{ with.text | mrkdwn }}`: a text for a message in Slack, in which nothing mentions people or is a link
/// with another text ("Escaping text", docs.slack.dev/messaging/formatting-message-text). An absent value
/// stays absent.
fn mrkdwn(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// `{{ with.text | adf }}`: the content of a document in the Atlassian Document Format, one paragraph per
/// line. Empty lines are dropped, because a text node must not be empty.
fn adf<'v>(value: &Value) -> Outcome<Value<'v>> {
    let text = if absent(value) { "".into() } else { value.shown()? };
    let lines = text.split(['\n', '\r']).map(str::trim_end).filter(|line| !line.is_empty());
    let paragraph =
        |line: &str| json!({ "type": "paragraph", "content": [{ "type": "text", "text": line }] });
    Ok(Json::Array(lines.map(paragraph).collect()).into())
}

/// `{{ with.name | file_name }}`: a valid name for a folder or file, always the same for the same input.
/// Slashes become hyphens and control characters blanks; blanks at the ends are removed. A name of more than
/// 255 characters is cut before its extension. An absent value stays absent.
fn file_name(text: &str) -> String {
    const LONGEST: usize = 255;
    let text = text.replace(['/', '\\'], "-");
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
    match name.as_str() {
        "" => "_".to_owned(),
        "." | ".." => name.replace('.', "_"),
        _ => name,
    }
}

/// Whether a character is invisible at the ends of a name: zero-width characters and direction marks.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
}

/// `{{ vars.LOGIN_URL | host }}`: the host, with the port if the URL has one.
fn host(value: &str) -> Outcome<String> {
    let url = url::Url::parse(value).map_err(|_| "`host` takes a URL")?;
    Ok(crate::host::of(&url))
}

/// `LIKE '%{{ with.name | soql }}%'`: a value inside a string of Salesforce's query language, wildcards
/// escaped ("Quoted String Escape Sequences", SOQL and SOSL Reference).
fn soql(value: &str) -> String {
    value.chars().fold(String::with_capacity(value.len()), |mut out, c| {
        if matches!(c, '\\' | '\'' | '"' | '%' | '_') {
            out.push('\\');
        }
        out.push(if c.is_control() { ' ' } else { c });
        out
    })
}

/// `short_description={{ with.text | encoded_query }}`: a value inside an encoded query of ServiceNow. `^`
/// ends a value and `javascript:` starts a script; neither can be escaped.
fn encoded_query(value: &str) -> Outcome<String> {
    if value.to_lowercase().contains("javascript:") {
        return Err("`encoded_query` takes no script");
    }
    Ok(value.replace(|c: char| c == '^' || c.is_control(), " "))
}

/// `name contains '{{ with.name | quoted }}'`: a value inside quotes (`'` by default) that a backslash
/// escapes.
fn quoted(value: &str, quote: char) -> String {
    value.chars().fold(String::with_capacity(value.len()), |mut out, c| {
        if c == '\\' || c == quote {
            out.push('\\');
        }
        out.push(if c.is_control() { ' ' } else { c });
        out
    })
}

/// Returns a web address in the form for a Markdown link; `None` for any other text.
pub(crate) fn markdown_link(value: &str) -> Option<String> {
    let url = url::Url::parse(value).ok().filter(|url| matches!(url.scheme(), "https" | "http"))?;
    Some(url.as_str().replace('(', "%28").replace(')', "%29").replace('\\', "%5C"))
}

#[cfg(test)]
mod tests {
    use crate::template::{Target, Template};
    use serde_json::{Value as Json, json};

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

    #[test]
    fn a_text_mentions_nobody_in_slack() {
        let mrkdwn = |v: Json| Template("{{ v | mrkdwn }}".into()).evaluate(&json!({ "v": v })).unwrap();
        let text = "*Acme* <!channel> <https://evil.example|sign in> & \"x\"\n:tada:";
        let escaped = "*Acme* &lt;!channel&gt; &lt;https://evil.example|sign in&gt; &amp; \"x\"\n:tada:";
        assert_eq!(mrkdwn(json!(text)), escaped);
        assert_eq!((mrkdwn(json!(7)), mrkdwn(json!(null))), (json!("7"), json!(null)));
    }

    /// Names that Box refuses ("Rename folder", developer.box.com): `/`, `\`, blanks at the ends, `.`, `..`,
    /// more than 255 characters, unprintable characters.
    #[test]
    fn a_file_name_is_valid_for_a_store() {
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
        assert_eq!(name(&format!("a.{}", "b".repeat(300))).len(), 255, "the text has no extension");
    }

    fn filtered(filter: &str, value: Json) -> String {
        let template = Template(format!("{{{{ v | {filter} }}}}"));
        template.render(Target::Plain, &json!({ "v": value })).unwrap()
    }

    #[test]
    fn a_text_becomes_base64url_without_padding() {
        assert_eq!(filtered("base64url", json!("a?>~")), "YT8-fg");
        assert_eq!(filtered("base64url", json!("")), "");
    }

    #[test]
    fn a_value_becomes_json_that_may_stand_in_a_header() {
        assert_eq!(
            filtered("json", json!({"path": "/ü \"🎉\"", "autorename": true})),
            r#"{"autorename":true,"path":"/\u00fc \"\ud83c\udf89\""}"#
        );
        assert_eq!(filtered("json", json!("a\r\nb")), r#""a\r\nb""#);
    }

    #[test]
    fn a_text_stays_in_its_header_of_a_mail() {
        let header = |text: &str| filtered("mail_header", json!(text));
        assert_eq!(header("Lunch?"), "Lunch?");
        assert_eq!(header("Lunch\r\nBcc: eve@evil.example"), "Lunch Bcc: eve@evil.example");
        assert_eq!(header("a\0\u{85}\tb "), "a b");
        assert_eq!(header("Grüße"), "=?UTF-8?B?R3LDvMOfZQ==?=");
        assert_eq!(header("=?UTF-8?B?eA==?="), "=?UTF-8?B?PT9VVEYtOD9CP2VBPT0/PQ==?=");
        let long = header(&"ü".repeat(100));
        assert!(long.split(' ').all(|word| word.len() <= 75 && word.starts_with("=?UTF-8?B?")), "{long}");
        assert_eq!(long.split(' ').count(), 5);
    }

    #[test]
    fn the_last_segment_of_an_address_is_its_id() {
        for (address, id) in [
            ("https://a.example/record/v1/customer/647", "647"),
            ("https://a.example/customer/647/?expand=1", "647"),
            ("/customer/647#x", "647"),
            ("647", "647"),
            ("", ""),
        ] {
            assert_eq!(filtered("segment", json!(address)), id, "{address}");
        }
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
