//! `docs/benchmarks.md`: a section per part. A run keeps the sections of the parts that it does not measure.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// The beginning of the page.
const HEAD: &str = "# Benchmarks

`cargo xtask bench` writes this page: it measures all parts on one machine in one run.
`cargo xtask bench turns` (`run`, `write`, `woken`, `after`, `storm`, `growth`, `start`, `tab`, `crypto`)
measures one part and keeps the other sections; so does `cargo xtask soak`. `--beside COMMIT` adds rows for
the module of an earlier commit, measured by turns with today's; `--beside-module FOLDER` takes a finished
build. `--quick` measures turns, run and write in a few minutes and does not write the page.

- Each section states its date and machine. Compare within a section, not across machines.
- *Workbot* is the built module. *Baseline* is a bot, or a tab, built with Microsoft's libraries for the same
  task.
- Goals, as medians of the same run: a list 2 times the turns per core of the baseline (1.7 times with one
  caller), a run 1.3 times, a write 1.1 times, each with a p99 not above the baseline's; a list of a
  woken object at most 1.5 times the turn of a minimal one in plain JavaScript; for the tab, no more bytes and
  0.7 of the time.
";

/// A section that is written by hand and stays unchanged.
pub const JUDGED: &str = "Missed targets";

/// A section of the page.
pub struct Section {
    /// Its heading.
    pub title: &'static str,
    /// Its text, in Markdown.
    pub text: String,
}

/// Writes a section into the page. The sections are in the order of `titles`.
///
/// # Errors
/// When the page cannot be written.
pub fn write(path: &Path, titles: &[&'static str], section: Section) -> Result<()> {
    let old = fs::read_to_string(path).unwrap_or_default();
    let mut all: BTreeMap<String, String> = old
        .split("\n## ")
        .skip(1)
        .filter_map(|section| section.split_once('\n'))
        .map(|(title, text)| (title.trim().to_owned(), text.trim().to_owned()))
        .collect();
    all.insert(section.title.to_owned(), section.text.trim().to_owned());
    let mut page = HEAD.to_owned();
    for title in titles {
        if let Some(text) = all.get(*title) {
            page.push_str(&format!("\n## {title}\n\n{}\n", wrapped(text)));
        }
    }
    fs::write(path, page).with_context(|| format!("{} cannot be written", path.display()))
}

/// The longest line of the page, in characters. Rows of tables are longer: Markdown takes them on one line
/// only.
const LONGEST_LINE: usize = 110;

/// Breaks long lines at spaces. A further line of a list item is indented.
fn wrapped(text: &str) -> String {
    let mut lines = Vec::new();
    for line in text.lines() {
        if line.starts_with('|') || line.chars().count() <= LONGEST_LINE {
            lines.push(line.to_owned());
            continue;
        }
        let words = line.trim_start_matches([' ', '-']);
        let mark = line.len() - words.len();
        let mut rest = line.get(..mark).unwrap_or_default().to_owned();
        for word in words.split(' ') {
            if rest.chars().count() + 1 + word.chars().count() > LONGEST_LINE {
                lines.push(std::mem::replace(&mut rest, format!("{}{word}", " ".repeat(mark))));
            } else {
                let space = if rest.ends_with(' ') || rest.is_empty() { "" } else { " " };
                rest = format!("{rest}{space}{word}");
            }
        }
        lines.push(rest);
    }
    lines.join("\n")
}

/// A table in Markdown; all columns but the first are numbers.
pub fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let names: Vec<String> = head.iter().map(|&name| name.to_owned()).collect();
    let rule = (0..head.len()).map(|at| if at == 0 { "---" } else { "---:" }.to_owned()).collect::<Vec<_>>();
    line(&names) + &line(&rule) + &rows.iter().map(|row| line(row)).collect::<String>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_of_the_page_has_short_lines() {
        assert!(HEAD.lines().all(|line| line.chars().count() <= LONGEST_LINE), "{HEAD}");
    }

    #[test]
    fn a_long_line_is_broken_at_spaces_and_a_row_of_a_table_is_not() {
        let words = vec!["word"; 30].join(" ");
        let text = wrapped(&format!("{words}\n  - {words}\n| {words} |"));
        let lines: Vec<_> = text.lines().collect();
        let [first, rest, item, more, row] = lines.as_slice() else { panic!("{text}") };
        assert!([first, rest, item, more].iter().all(|line| line.chars().count() <= LONGEST_LINE));
        assert!(item.starts_with("  - word") && more.starts_with("    word") && row.len() > LONGEST_LINE);
        assert_eq!(wrapped(&text), text, "what is broken stays as it is");
        assert_eq!(text.split_whitespace().filter(|word| *word == "word").count(), 90);
    }
}
