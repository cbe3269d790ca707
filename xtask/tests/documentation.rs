//! The documentation names only links, files and tests that exist. Its lines and words keep the rules of
//! "Prose" in CONTRIBUTING.md.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn pages() -> Vec<PathBuf> {
    let pages = |folder: &Path| {
        let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        paths.filter(|path| path.extension().is_some_and(|ending| ending == "md")).collect::<Vec<_>>()
    };
    [pages(root()), pages(&root().join("docs"))].concat()
}

/// The addresses in `[text](address)`, outside of code.
fn links(page: &str) -> Vec<String> {
    let prose = page.split("```").step_by(2).flat_map(|text| text.split('`').step_by(2));
    let links = prose.flat_map(|text| text.split("](").skip(1)).filter_map(|rest| rest.split_once(')'));
    links.map(|(address, _)| address.to_owned()).collect()
}

/// What a heading is called in an address.
fn anchors(page: &str) -> BTreeSet<String> {
    let headings =
        page.lines().filter_map(|line| Some(line.strip_prefix('#')?.trim_start_matches('#').trim()));
    let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    headings
        .map(|text| text.to_lowercase().chars().filter(kept).collect::<String>().replace(' ', "-"))
        .collect()
}

#[test]
fn every_link_to_a_page_or_a_heading_of_ours_leads_there() {
    let pages = pages();
    assert!(pages.len() > 8, "{pages:?}");
    let mut dead = Vec::new();
    for page in &pages {
        let text = fs::read_to_string(page).unwrap();
        for link in links(&text).iter().filter(|link| !link.contains("://")) {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() { page.clone() } else { page.parent().unwrap().join(file) };
            let there = match anchor {
                "" => target.exists(),
                anchor => fs::read_to_string(&target).is_ok_and(|page| anchors(&page).contains(anchor)),
            };
            if !there {
                dead.push(format!("{}: {link}", page.display()));
            }
        }
    }
    assert!(dead.is_empty(), "{}", dead.join("\n"));
}

/// Files with this ending below a folder, without what is built or installed.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && !name.starts_with('.') && !BUILT.contains(&name.as_str()) {
            found.extend(files(&path, ending));
        } else if path.extension().is_some_and(|its| its == ending) {
            found.push(path);
        }
    }
    found
}

/// Folders of what is built or installed.
const BUILT: [&str; 5] = [".sandbox", "build", "dist", "node_modules", "target"];

/// What looks like a file of ours and is none: what files are called in general, and a key in the store.
const NO_FILES: [&str; 3] = [".rs", "mod.rs", "shared/box"];

/// The files and folders that a text names: what ends in `.rs`, and what begins with a folder of ours.
fn named(text: &str) -> BTreeSet<&str> {
    let prose = text.split("```").step_by(2);
    let codes = prose.flat_map(|text| text.split('`').skip(1).step_by(2));
    let is_path = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-');
    let is_file = |name: &&str| {
        let (first, rest) = name.split_once('/').unwrap_or((name, ""));
        let ours =
            !first.is_empty() && !rest.is_empty() && !BUILT.contains(&first) && root().join(first).is_dir();
        name.chars().all(is_path) && (name.ends_with(".rs") || ours) && !NO_FILES.contains(name)
    };
    codes.filter(is_file).collect()
}

/// Whether a file is below the project's root, or below a crate or its sources.
fn is_there(name: &str, crates: &[PathBuf]) -> bool {
    let below = |folder: &Path| folder.join(name).exists() || folder.join("src").join(name).exists();
    crates.iter().map(PathBuf::as_path).chain([root()]).any(below)
}

#[test]
fn every_file_that_the_documentation_names_is_there() {
    let manifests = files(root(), "toml").into_iter().filter(|path| path.ends_with("Cargo.toml"));
    let crates: Vec<_> = manifests.map(|path| path.parent().unwrap().to_owned()).collect();
    let pages = files(root(), "md");
    let code = files(root(), "rs");
    assert!(crates.len() > 8 && pages.len() > 8 && code.len() > 200);
    let mut number = 0;
    let mut missing = Vec::new();
    for page in pages.iter().chain(&code) {
        let mut text = fs::read_to_string(page).unwrap();
        if code.contains(page) {
            text = comments(&text);
        }
        for name in named(&text) {
            number += 1;
            if !is_there(name, &crates) {
                missing.push(format!("{}: {name}", page.strip_prefix(root()).unwrap().display()));
            }
        }
    }
    assert!(number > 60, "{number}");
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

/// The comments of a Rust file.
fn comments(text: &str) -> String {
    let lines = text.lines().filter_map(|line| line.trim_start().strip_prefix("//"));
    lines.map(|line| format!("{line}\n")).collect()
}

#[test]
fn a_name_of_a_file_is_told_from_other_code() {
    let text = "`vault.rs`, `domain/src`, `a b.rs`, `connect`, `catalog/apps/<id>.toml`, `shared/box`, ```\n`no.rs`\n```";
    assert_eq!(Vec::from_iter(named(text)), ["domain/src", "vault.rs"]);
    let crates = [root().join("domain")];
    assert!(is_there("run/next.rs", &crates) && is_there("docs", &crates) && !is_there("next.rs", &crates));
}

/// The longest line of a page, in characters.
const LONGEST_LINE: usize = 110;

/// The lines of a page outside of code blocks in these languages: they hold data as it is pasted or logged.
fn prose(page: &str) -> Vec<(usize, &str)> {
    let is_data = |line: &str| ["```json", "```toml", "```mermaid"].contains(&line.trim());
    let (mut in_code, mut in_data, mut lines) = (false, false, Vec::new());
    for (number, line) in (1..).zip(page.lines()) {
        if line.trim_start().starts_with("```") {
            (in_data, in_code) = (!in_code && is_data(line), !in_code);
        }
        if !in_data {
            lines.push((number, line));
        }
    }
    lines
}

/// Whether a line can be broken: it is no row of a table, and has a space after its list mark.
fn is_breakable(line: &str) -> bool {
    !line.starts_with('|') && line.trim_start_matches([' ', '-']).contains(' ')
}

/// The lines of all pages that break a rule, as `page:line: what`.
fn mistakes(rule: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let mut found = Vec::new();
    for path in files(root(), "md") {
        let page = fs::read_to_string(&path).unwrap();
        let name = path.strip_prefix(root()).unwrap().display();
        for (number, line) in prose(&page) {
            found.extend(rule(line).map(|what| format!("{name}:{number}: {what}")));
        }
    }
    found
}

#[test]
fn a_line_of_a_page_is_no_longer_than_the_limit() {
    let found = mistakes(|line| {
        let length = line.chars().count();
        (length > LONGEST_LINE && is_breakable(line)).then(|| format!("{length} characters: {line}"))
    });
    assert!(found.is_empty(), "{}", found.join("\n"));
    let page = "a\n```json\ndata\n```\nb\n```sh\nc\n```";
    assert_eq!(prose(page).iter().map(|(_, line)| *line).collect::<String>(), "a```b```shc```");
    assert!(!is_breakable("| a b |") && !is_breakable("  - https://example.com") && is_breakable("- a b"));
}

/// The comments of a Rust file outside of code blocks: the number and the length of the line, and the text.
fn comment_lines(text: &str) -> Vec<(usize, usize, &str)> {
    let mut found = Vec::new();
    let mut in_code = false;
    for (number, line) in (1..).zip(text.lines()) {
        let Some(comment) = line.trim_start().strip_prefix("//") else {
            in_code = false;
            continue;
        };
        let comment = comment.trim_start_matches(['/', '!']).trim_start_matches(' ');
        if comment.starts_with("```") {
            in_code = !in_code;
        } else if !in_code {
            found.push((number, line.chars().count(), comment));
        }
    }
    found
}

#[test]
fn a_line_of_a_comment_is_no_longer_than_the_limit() {
    let mut found = Vec::new();
    for path in files(root(), "rs") {
        let text = fs::read_to_string(&path).unwrap();
        let name = path.strip_prefix(root()).unwrap().display();
        for (number, length, comment) in comment_lines(&text) {
            if length > LONGEST_LINE && is_breakable(comment) {
                found.push(format!("{name}:{number}: {length} characters: {comment}"));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
    let text = "//! a\n//! ```\n//! code\n//! ```\nlet b = \"// c\";\n    /// d e\n";
    assert_eq!(comment_lines(text), [(1, 5, "a"), (6, 11, "d e")]);
}

/// Words that have a better one: the protocol's noun, or a named subject.
const AVOIDED: [(&str, &str); 8] = [
    ("answer", "response (HTTP, OAuth), reply (a message)"),
    ("answers", "responses, responds"),
    ("answered", "responded, replied"),
    ("due work", "job"),
    ("so many", "the number, with its unit"),
    ("so often", "the number, with its unit"),
    ("whoever", "name the subject"),
    ("what is left", "name it"),
];

/// A line in lower case without code and punctuation, between spaces.
fn words(line: &str) -> String {
    let text: String = line.split('`').step_by(2).collect::<Vec<_>>().join(" ").to_lowercase();
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    format!(" {} ", words.collect::<Vec<_>>().join(" "))
}

#[test]
fn a_page_uses_the_terms_of_the_field() {
    let found = mistakes(|line| {
        let words = words(line);
        let (word, better) = AVOIDED.iter().find(|(word, _)| words.contains(&format!(" {word} ")))?;
        Some(format!("`{word}`: better {better}"))
    });
    assert!(found.is_empty(), "{}", found.join("\n"));
    assert_eq!(words("The `answer`, *so many*!"), " the so many ");
}

#[test]
fn the_readme_counts_the_apps_and_recipes_of_the_catalog() {
    let texts = |folder: &str| -> Vec<String> {
        files(&root().join(folder), "toml").iter().map(|path| fs::read_to_string(path).unwrap()).collect()
    };
    let uses_several = |text: &&String| {
        let recipe: toml::Table = text.parse().unwrap();
        let steps = recipe["steps"].as_array().unwrap();
        // A question has no app.
        steps.iter().filter_map(|step| step.get("app")?.as_str()).collect::<BTreeSet<_>>().len() > 1
    };
    let (apps, recipes) = (texts("catalog/apps").len(), texts("catalog/recipes"));
    let (all, several) = (recipes.len(), recipes.iter().filter(uses_several).count());
    let counts = format!(
        "[{apps} apps](docs/apps/README.md), and {all} recipes in English and German, {several} of them over several apps"
    );
    let page = fs::read_to_string(root().join("README.md")).unwrap();
    assert!(page.split_whitespace().collect::<Vec<_>>().join(" ").contains(&counts), "{counts}");
}

#[test]
fn every_test_that_the_security_page_names_exists() {
    let page = fs::read_to_string(root().join("docs/security.md")).unwrap();
    let is_test = |name: &&str| {
        name.matches('_').count() > 2 && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    let named: BTreeSet<_> = page.split('`').skip(1).step_by(2).filter(is_test).collect();
    let code: Vec<_> =
        files(root(), "rs").into_iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    let exists = |name: &str| code.iter().any(|text| text.contains(&format!("fn {name}(")));
    let missing: Vec<_> = named.iter().filter(|name| !exists(name)).collect();
    assert!(named.len() > 100, "{}", named.len());
    assert!(missing.is_empty(), "{missing:#?}");
}
