//! Numbers, amounts and dates as people write and read them in a language.

use chrono::{Datelike, NaiveDate};
use serde_json::Number;
use workbot_shared::Language;

use crate::character_normalization::as_ascii;

/// The group separator and the decimal separator.
fn marks(language: Language) -> (char, char) {
    match language {
        Language::En => (',', '.'),
        Language::De => ('.', ','),
    }
}

/// Reads a number. If its separators are unambiguous, as in `1.234,5`, `1,234.5` or `12,50`, the language
/// does not matter. It decides about `1.234` and `1,234`.
///
/// ```
/// use workbot_domain::numbers_and_dates::number;
/// use workbot_shared::Language;
///
/// assert_eq!(number("1.234", Language::De).unwrap().as_i64(), Some(1234));
/// assert_eq!(number("1.234", Language::En).unwrap().as_f64(), Some(1.234));
/// assert_eq!(number("1.234,5", Language::En).unwrap().as_f64(), Some(1234.5));
/// ```
#[must_use]
pub fn number(text: &str, language: Language) -> Option<Number> {
    let text = as_ascii(text).replace(|c: char| c.is_whitespace() || matches!(c, '_' | '\'' | '’'), "");
    let mark = ['.', ',']
        .into_iter()
        .filter_map(|mark| Some((text.rfind(mark)?, mark)))
        .max()
        .filter(|(_, mark)| is_decimal(&text, *mark, language));
    let (whole, fraction) = match mark {
        Some((at, mark)) => {
            text.split_at_checked(at).map(|(whole, rest)| (whole, rest.strip_prefix(mark)))?
        }
        None => (text.as_str(), None),
    };
    if !is_grouped(whole) {
        return None;
    }
    let whole = whole.replace(['.', ','], "");
    match fraction {
        None => whole.parse::<i64>().ok().map(Number::from).or_else(|| Number::from_f64(whole.parse().ok()?)),
        Some(fraction) => Number::from_f64(format!("{whole}.{fraction}").parse().ok()?),
    }
}

/// Whether the last separator of a number is the decimal separator.
fn is_decimal(text: &str, mark: char, language: Language) -> bool {
    let others = text.contains(if mark == '.' { ',' } else { '.' });
    let once = text.matches(mark).count() == 1;
    let unclear = once && !others && !text.starts_with(['0', mark]) && is_grouped(text);
    once && (!unclear || marks(language).1 == mark)
}

/// Whether the digits are grouped like thousands: `1.234.567`, or `12,34,567` as in India. True for a number
/// without separators.
fn is_grouped(text: &str) -> bool {
    let mut pieces = text.trim_start_matches(['-', '+']).split(['.', ',']).rev();
    let (last, digits) =
        (pieces.next().unwrap_or_default(), |piece: &str| piece.bytes().all(|b| b.is_ascii_digit()));
    let before: Vec<_> = pieces.collect();
    let one_mark = !(text.contains('.') && text.contains(','));
    before.is_empty()
        || (one_mark
            && last.len() == 3
            && digits(last)
            && before.iter().all(|piece| (1..=3).contains(&piece.len()) && digits(piece)))
}

/// Reads a date: `2026-12-31`, or `31.12.2026`, which means the same in every language that writes it.
#[must_use]
pub fn day(text: &str) -> Option<NaiveDate> {
    let text = as_ascii(text);
    text.parse().ok().or_else(|| {
        let mut parts = text.split('.').map(str::trim);
        let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
        let whole = parts.next().is_none() && year.len() == 4;
        whole.then(|| NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?))?
    })
}

/// Writes a number with its fraction: `1234.5`; in German `1234,5`.
#[must_use]
pub fn written_number(number: &Number, language: Language) -> String {
    number.to_string().replace('.', marks(language).1.encode_utf8(&mut [0; 4]))
}

/// Writes an amount given in cents: `5,000`, `12.50`; in German `5.000`, `12,50`.
#[must_use]
pub fn amount(negative: bool, cents: u64, language: Language) -> String {
    let (group, decimal) = marks(language);
    let whole = (cents / 100).to_string();
    let mut written = if negative { "-".to_owned() } else { String::new() };
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            written.push(group);
        }
        written.push(digit);
    }
    if !cents.is_multiple_of(100) {
        written.push(decimal);
        written.push_str(&format!("{:02}", cents % 100));
    }
    written
}

/// Writes a date: `31 Dec 2026`; in German `31. Dez. 2026`.
#[must_use]
pub fn written_day(day: NaiveDate, language: Language) -> String {
    const MONTHS: [(&str, &str); 12] = [
        ("Jan", "Jan."),
        ("Feb", "Feb."),
        ("Mar", "März"),
        ("Apr", "Apr."),
        ("May", "Mai"),
        ("Jun", "Juni"),
        ("Jul", "Juli"),
        ("Aug", "Aug."),
        ("Sep", "Sept."),
        ("Oct", "Okt."),
        ("Nov", "Nov."),
        ("Dec", "Dez."),
    ];
    let month = usize::try_from(day.month0()).ok().and_then(|month| MONTHS.get(month)).copied();
    let (english, german) = month.unwrap_or_default();
    match language {
        Language::En => format!("{} {english} {}", day.day(), day.year()),
        Language::De => format!("{}. {german} {}", day.day(), day.year()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Language::{De, En};
    use serde_json::json;

    #[test]
    fn an_unambiguous_number_is_the_same_in_every_language() {
        for (text, means) in [
            ("5000", json!(5000)),
            ("-7", json!(-7)),
            ("1.234,5", json!(1234.5)),
            ("1,234.5", json!(1234.5)),
            ("1.234.567", json!(1_234_567)),
            ("12,34,567", json!(1_234_567)),
            ("1.234.567,89", json!(1_234_567.89)),
            ("12,50", json!(12.5)),
            ("12.50", json!(12.5)),
            ("-1234,5", json!(-1234.5)),
            ("0,125", json!(0.125)),
            (".5", json!(0.5)),
            ("2000.125", json!(2000.125)),
            ("1 234,50", json!(1234.5)),
            ("1\u{a0}000", json!(1000)),
            ("1'234.50", json!(1234.5)),
            ("1_000", json!(1000)),
            ("1\u{2009}000", json!(1000)),
            ("\u{2212}7", json!(-7)),
            ("–1.234,5", json!(-1234.5)),
            ("- 5", json!(-5)),
            ("１２，５０", json!(12.5)),
        ] {
            for language in Language::ALL {
                assert_eq!(
                    number(text, language).map(serde_json::Value::Number),
                    Some(means.clone()),
                    "{text}"
                );
            }
        }
    }

    #[test]
    fn a_single_group_of_three_digits_is_read_in_the_language() {
        for (text, english, german) in [
            ("1,234", json!(1234), json!(1.234)),
            ("1.234", json!(1.234), json!(1234)),
            ("-5.000", json!(-5.0), json!(-5000)),
        ] {
            assert_eq!(number(text, En).map(serde_json::Value::Number), Some(english), "{text}");
            assert_eq!(number(text, De).map(serde_json::Value::Number), Some(german), "{text}");
        }
    }

    #[test]
    fn a_text_that_is_no_number_is_none_in_any_language() {
        for text in [
            "",
            "much",
            "1.2.3",
            "1,2,3",
            "1.23.456,7,8",
            "1,234.567.890",
            "31.12.2026",
            "1..5",
            "NaN",
            "1,a",
            ".",
        ] {
            for language in Language::ALL {
                assert_eq!(number(text, language), None, "{text}");
            }
        }
    }

    #[test]
    fn a_date_is_read_with_dots_or_as_iso_8601() {
        let last = NaiveDate::from_ymd_opt(2026, 12, 31);
        assert_eq!((day("2026-12-31"), day("31.12.2026"), day("31. 12. 2026")), (last, last, last));
        for dashed in [
            "2026–12–31",
            "2026\u{2011}12\u{2010}31",
            "2026−12−31",
            "２０２６－１２－３１",
            "３１．１２．２０２６",
        ] {
            assert_eq!(day(dashed), last, "{dashed}");
        }
        assert_eq!(day("1.2.2026"), NaiveDate::from_ymd_opt(2026, 2, 1));
        for text in ["31.12.26", "30.02.2026", "12/31/2026", "31.12.", "1.2.3.2026", "soon"] {
            assert_eq!(day(text), None, "{text}");
        }
    }

    #[test]
    fn amounts_and_dates_are_written_in_the_language() {
        assert_eq!(
            (amount(false, 500_000, En), amount(false, 500_000, De)),
            ("5,000".into(), "5.000".into())
        );
        assert_eq!(
            (amount(true, 123_456_750, En), amount(true, 123_456_750, De)),
            ("-1,234,567.50".into(), "-1.234.567,50".into())
        );
        let number = Number::from_f64(1234.5).unwrap();
        assert_eq!(
            (written_number(&number, En), written_number(&number, De)),
            ("1234.5".into(), "1234,5".into())
        );
        let written = |day: (i32, u32, u32)| {
            let day = NaiveDate::from_ymd_opt(day.0, day.1, day.2).unwrap();
            (written_day(day, En), written_day(day, De))
        };
        assert_eq!(written((2026, 12, 31)), ("31 Dec 2026".into(), "31. Dez. 2026".into()));
        assert_eq!(written((2026, 3, 1)), ("1 Mar 2026".into(), "1. März 2026".into()));
    }
}
