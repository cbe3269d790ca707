//! Parses a file of the worker's variables, one `NAME=value` per line, as wrangler does.
//!
//! wrangler reads `.dev.vars` literally, and replaces `$NAME` in a file for `--env-file` and `secret bulk`.
//! This parser rejects every ambiguous line and states the fix, so that the worker, the doctor and the
//! sandbox never see different values. No error contains a value, which may be a secret.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::{fs, io};

/// The file that `wrangler dev` reads by default. In it a `$` is literal.
const USUAL: &str = ".dev.vars";

/// Why a file is rejected.
#[derive(Debug)]
pub enum VariablesError {
    /// The file cannot be read.
    Unreadable(io::Error),
    /// The file contains invalid lines.
    Mistakes(Vec<Mistake>),
}

/// An error in a line. Contains no value.
#[derive(Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The line, counted from 1.
    pub line: usize,
    /// The error, and the fix.
    pub what: String,
}

impl fmt::Display for VariablesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(error) => write!(f, "it cannot be read ({error})"),
            Self::Mistakes(mistakes) => {
                let lines: Vec<_> = mistakes
                    .iter()
                    .map(|mistake| format!("line {}: {}", mistake.line, mistake.what))
                    .collect();
                f.write_str(&lines.join("; "))
            }
        }
    }
}

impl std::error::Error for VariablesError {}

/// Parses the variables of a file, by name.
///
/// # Errors
/// If the file cannot be read, or all its invalid lines.
pub fn read(path: &Path) -> Result<BTreeMap<String, String>, VariablesError> {
    let text = fs::read_to_string(path).map_err(VariablesError::Unreadable)?;
    let literal = path.file_name().is_some_and(|name| name == USUAL);
    parse(&text, if literal { Dollar::Literal } else { Dollar::Escaped }).map_err(VariablesError::Mistakes)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Dollar {
    Literal,
    Escaped,
}

fn parse(text: &str, dollar: Dollar) -> Result<BTreeMap<String, String>, Vec<Mistake>> {
    let mut values = BTreeMap::new();
    let mut mistakes = Vec::new();
    for (number, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let read = variable(line, dollar).and_then(|(name, value)| {
            if values.contains_key(name) {
                return Err(format!("{name} occurs twice: remove one of the lines"));
            }
            values.insert(name.to_owned(), value);
            Ok(())
        });
        if let Err(what) = read {
            mistakes.push(Mistake { line: number + 1, what });
        }
    }
    if mistakes.is_empty() { Ok(values) } else { Err(mistakes) }
}

fn variable(line: &str, dollar: Dollar) -> Result<(&str, String), String> {
    let line = line.strip_prefix("export ").unwrap_or(line);
    let named = line.split_once('=').map(|(name, value)| (name.trim(), value.trim()));
    let is_name = |name: &str| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'))
    };
    let Some((name, written)) = named.filter(|(name, _)| is_name(name)) else {
        return Err("write NAME=value; a value goes on one line".to_owned());
    };
    let value = match written.chars().next().filter(|first| matches!(first, '\'' | '"' | '`')) {
        Some(quote) => quoted(name, written, quote)?,
        None => bare(name, written)?,
    };
    Ok((name, dollars(name, value, dollar)?))
}

/// A quoted value, optionally followed by a comment. wrangler has no escape for a quote inside the same
/// quotes.
fn quoted(name: &str, written: &str, quote: char) -> Result<String, String> {
    let inside = written.get(quote.len_utf8()..).unwrap_or_default();
    let Some((value, rest)) = inside.split_once(quote) else {
        return Err(format!("the value of {name} begins with {quote}, which does not end on this line"));
    };
    if !(rest.trim().is_empty() || rest.trim_start().starts_with('#')) {
        return Err(format!(
            "after the value of {name} there is more: put the whole value into quotes that do not occur in it"
        ));
    }
    if value.ends_with('\\') {
        return Err(format!("the value of {name} ends with \\, where wrangler reads on: remove the quotes"));
    }
    Ok(if quote == '"' { value.replace("\\n", "\n").replace("\\r", "\r") } else { value.to_owned() })
}

/// A value without quotes, optionally followed by a comment. wrangler ends it at any `#`.
fn bare(name: &str, written: &str) -> Result<String, String> {
    let Some((value, _)) = written.split_once('#') else { return Ok(written.to_owned()) };
    if value.is_empty() || value.ends_with(char::is_whitespace) {
        return Ok(value.trim_end().to_owned());
    }
    Err(format!(
        "the value of {name} contains a #, where wrangler ends it: write {name}='…' with quotes around it"
    ))
}

/// wrangler replaces `$NAME` and `${NAME}` in all kinds of quotes, and reads `\$` as `$`.
fn dollars(name: &str, value: String, dollar: Dollar) -> Result<String, String> {
    if dollar == Dollar::Literal {
        return Ok(value);
    }
    let plain = value.replace("\\$", "");
    let replaces =
        |after: &str| after.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '_' | '{'));
    if plain.split('$').skip(1).any(replaces) {
        return Err(format!("the value of {name} contains a $, which wrangler would replace: write \\$"));
    }
    Ok(value.replace("\\$", "$"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(line: &str) -> Result<String, String> {
        match parse(line, Dollar::Escaped) {
            Ok(values) => Ok(values.into_values().next().unwrap_or_default()),
            Err(mistakes) => Err(mistakes[0].what.clone()),
        }
    }

    #[test]
    fn a_value_is_what_wrangler_takes_it_for() {
        for (line, read) in [
            ("A=b", "b"),
            ("  export A = b c  ", "b c"),
            ("A=", ""),
            ("A=b # a comment", "b"),
            ("A=# a comment", ""),
            ("A='b#c' # a comment", "b#c"),
            ("A=\"b \\n 'c'\"", "b \n 'c'"),
            ("A='b\\nc'", "b\\nc"),
            ("A=`it's \"b\"`", "it's \"b\""),
            ("A=it's", "it's"),
            ("A=b=c==", "b=c=="),
            ("A=https://x.example/?a=b&c=%20", "https://x.example/?a=b&c=%20"),
            ("A=b\\$c", "b$c"),
            ("A='\\${b}'", "${b}"),
            ("A=5$", "5$"),
            ("A=\\\\", "\\\\"),
        ] {
            assert_eq!(value(line).as_deref(), Ok(read), "{line}");
        }
    }

    #[test]
    fn what_could_be_taken_for_something_else_is_refused_without_its_value() {
        for (line, says) in [
            ("A=SECRET#SECRET", "write A='…'"),
            ("A='SECRET", "does not end on this line"),
            ("A='SECRET'SECRET'", "there is more"),
            ("A='SECRET\\'", "ends with \\"),
            ("A=$SECRET", "write \\$"),
            ("A='${SECRET}'", "write \\$"),
            ("SECRET and more", "NAME=value"),
            ("=SECRET", "NAME=value"),
            ("A: SECRET", "NAME=value"),
            ("A=b\nA=SECRET", "A occurs twice"),
        ] {
            let what = value(line).unwrap_err();
            assert!(what.contains(says) && !what.contains("SECRET"), "{line}: {what}");
        }
    }

    #[test]
    fn every_mistake_is_named_with_its_line() {
        let Err(mistakes) = parse("\u{feff}A=1\r\n# B\r\nC#\r\n\r\nD='\r\n", Dollar::Escaped) else {
            panic!()
        };
        assert_eq!(mistakes.iter().map(|mistake| mistake.line).collect::<Vec<_>>(), [3, 5]);
    }

    #[test]
    fn in_the_file_of_a_local_run_a_dollar_is_a_dollar() {
        let values = parse("A=$b\nC=\\$d", Dollar::Literal).unwrap();
        assert_eq!((values["A"].as_str(), values["C"].as_str()), ("$b", "\\$d"));
    }
}
