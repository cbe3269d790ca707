//! Diagnostics: errors with file and line.

use serde::de::DeserializeOwned;
use std::fmt;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A source file of the catalog.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// The path in messages, e.g. `catalog/apps/salesforce.toml`.
    pub path: String,
    /// The file name without its extension: the id.
    pub stem: String,
    /// The content.
    pub text: String,
}

/// An error in a file. Displays as `catalog/apps/box.toml:12: unknown field …`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The path of the file.
    pub path: String,
    /// The line, counted from 1.
    pub line: usize,
    /// The error, and the fix.
    pub message: String,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.message)
    }
}

impl SourceFile {
    /// A diagnostic at a byte offset of the text.
    pub(crate) fn mistake_at(&self, offset: usize, message: impl Into<String>) -> Diagnostic {
        let line = self.text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1;
        Diagnostic { path: self.path.clone(), line, message: message.into() }
    }

    /// Parses the text as TOML.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, Diagnostic> {
        toml::from_str(&self.text).map_err(|error| {
            let reason = error.message();
            let remedy = remedy(reason);
            self.mistake_at(error.span().map_or(0, |span| span.start), format!("{reason}{remedy}"))
        })
    }
}

/// The fix for an error message of the TOML parser.
fn remedy(reason: &str) -> String {
    if reason.starts_with("missing field") {
        return ": add a line for it".to_owned();
    }
    let Some((found, expected)) =
        reason.strip_prefix("invalid type: ").and_then(|rest| rest.split_once(", expected "))
    else {
        return String::new();
    };
    let text = found.strip_prefix("string ").map(|text| text.trim_matches('"'));
    match (text, expected) {
        (Some(text), "a sequence") => {
            let items: Vec<_> = text
                .split(|c: char| c.is_whitespace() || c == ',')
                .filter(|item| !item.is_empty())
                .map(|item| format!("\"{item}\""))
                .collect();
            format!(": write a list, `[{}]`", items.join(", "))
        }
        (Some(text), "a boolean") if matches!(text, "true" | "false") => {
            format!(": write `{text}` without quotes")
        }
        (Some(text), _) if expected.starts_with(['u', 'i', 'a']) && text.parse::<i64>().is_ok() => {
            format!(": write `{text}` without quotes")
        }
        (_, "a map") => ": write a table, `{ name = \"value\" }`".to_owned(),
        (None, "a string") => ": write it in quotes".to_owned(),
        _ => String::new(),
    }
}

/// Collects the diagnostics of one file.
pub(crate) struct Checker<'a> {
    file: &'a SourceFile,
    tree: Option<Spanned<DeTable<'a>>>,
    mistakes: Vec<Diagnostic>,
}

impl<'a> Checker<'a> {
    pub(crate) fn new(file: &'a SourceFile) -> Self {
        Self { file, tree: DeTable::parse(&file.text).ok(), mistakes: Vec::new() }
    }

    /// Adds a diagnostic at the text `near` within the value at `path`, or at that value if it does not
    /// contain `near` literally. A path consists of table keys and list indexes, counted from 0.
    pub(crate) fn mistake(&mut self, path: &[&str], near: &str, message: impl Into<String>) {
        let range = self.range(path);
        let found = self.file.text.get(range.clone()).and_then(|text| text.find(near));
        self.mistakes.push(self.file.mistake_at(range.start + found.unwrap_or(0), message));
    }

    /// The byte range of the value at a path, its key included. If the value is absent: the range of its
    /// nearest parent.
    fn range(&self, path: &[&str]) -> Range<usize> {
        let mut range = 0..0;
        let mut value: Option<&DeValue<'_>> = None;
        for name in path {
            let table = match value {
                None => self.tree.as_ref().map(Spanned::get_ref),
                Some(value) => value.as_table(),
            };
            let entry = table.and_then(|table| table.iter().find(|(key, _)| key.get_ref() == name));
            let items = value.and_then(DeValue::as_array);
            let item = items.zip(name.parse::<usize>().ok()).and_then(|(items, n)| items.as_ref().get(n));
            match (entry, item) {
                (Some((key, found)), _) => {
                    // The span of a table may begin before its key: that of `[a.b]` begins at the bracket.
                    range = key.span().start..found.span().end.max(key.span().end);
                    value = Some(found.get_ref());
                }
                (None, Some(found)) => {
                    range = found.span();
                    value = Some(found.get_ref());
                }
                (None, None) => break,
            }
        }
        range
    }

    /// Adds a diagnostic unless its line already has one: one error causes one message.
    pub(crate) fn further_mistake(&mut self, path: &[&str], message: impl Into<String>) {
        let mistake = self.file.mistake_at(self.range(path).start, message);
        if !self.mistakes.iter().any(|other| other.line == mistake.line) {
            self.mistakes.push(mistake);
        }
    }

    /// Whether a diagnostic exists.
    pub(crate) fn has_mistakes(&self) -> bool {
        !self.mistakes.is_empty()
    }

    /// The diagnostics, sorted by line.
    pub(crate) fn finish(mut self) -> Vec<Diagnostic> {
        self.mistakes.sort_by_key(|mistake| mistake.line);
        self.mistakes.dedup();
        self.mistakes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_stands_in_the_line_of_the_offending_text() {
        let text =
            "a = 1\n[b.c]\nd = \"\"\"\nx\ny\n\"\"\"\n[[e]]\nf = 1\n[[e]]\nf = [\n  2,\n  { g = 3 },\n]\n";
        let file = SourceFile { path: "x".into(), stem: "x".into(), text: text.into() };
        for (path, near, line) in [
            (&["a"][..], "1", 1),
            (&["b", "c"], "", 2),
            (&["b", "c", "d"], "y", 5),
            (&["b", "c", "missing"], "", 2),
            (&["e", "1", "f"], "nowhere", 10),
            (&["e", "1", "f", "1", "g"], "", 12),
        ] {
            let mut checker = Checker::new(&file);
            checker.mistake(path, near, "");
            assert_eq!(checker.finish()[0].line, line, "{path:?}");
        }
    }
}
