//! `docs/benchmarks.md`: a section per part. What was not measured this time stays as it is.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// What the page begins with.
const HEAD: &str = "# Benchmarks

Written by `cargo xtask bench`, which measures everything on one machine in one run; `cargo xtask bench turns` (`run`, `storm`, `growth`, `start`, `tab`, `crypto`) measures one part and
leaves the others as they are, and so does `cargo xtask soak`. Each section says when and on what it was measured. Compare within a section, not with another machine.
";

/// The section that no command writes: it is kept.
pub const JUDGED: &str = "What falls short";

/// A section of the page.
pub struct Section {
    /// Its heading.
    pub title: &'static str,
    /// What it says, in Markdown.
    pub text: String,
}

/// Writes a section into the page, whose sections come in the order of `titles`.
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
            page.push_str(&format!("\n## {title}\n\n{text}\n"));
        }
    }
    fs::write(path, page).with_context(|| format!("{} cannot be written", path.display()))
}

/// A table in Markdown; all columns but the first are numbers.
pub fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let names: Vec<String> = head.iter().map(|&name| name.to_owned()).collect();
    let rule = (0..head.len()).map(|at| if at == 0 { "---" } else { "---:" }.to_owned()).collect::<Vec<_>>();
    line(&names) + &line(&rule) + &rows.iter().map(|row| line(row)).collect::<String>()
}
