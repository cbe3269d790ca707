//! `cargo xtask mutants`: deliberate faults that the simulated world has to detect. They are made in a copy
//! of the workspace with its own output folder: cargo would otherwise confuse the packages of the copy with
//! the originals.

use std::process::{Command, ExitCode};
use std::time::Instant;
use std::{env, fs};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use serde::Deserialize;

use crate::{paths, process_group};

/// The list of mutants, relative to the root.
const LIST: &str = "vault/tests/mutants.toml";

/// The options.
#[derive(Args)]
pub struct Options {
    /// Only mutants whose name contains this text
    name: Option<String>,
    /// The maximum number of seeds to play
    #[arg(long, default_value_t = 10_000)]
    seeds: u64,
}

#[derive(Deserialize)]
struct List {
    mutant: Vec<Mutant>,
}

/// A deliberate fault.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mutant {
    name: String,
    /// The file, relative to the root.
    file: String,
    /// A text that occurs once in the file.
    old: String,
    /// Its replacement.
    new: String,
    /// Words of the expected violations, or the name of a rule of the directed world.
    caught_by: Vec<String>,
}

/// The result of a mutant.
enum Outcome {
    /// The expected invariant was violated.
    Caught,
    /// The mutant was missed: the output instead.
    Not(String),
}

/// Plays all mutants, or those that match the options.
///
/// # Errors
/// If a mutant does not match its file, or a program cannot be run.
pub fn run(options: &Options) -> Result<ExitCode> {
    let list = list()?;
    let is_wanted =
        |mutant: &&Mutant| options.name.as_ref().is_none_or(|name| mutant.name.contains(name.as_str()));
    let wanted: Vec<&Mutant> = list.mutant.iter().filter(is_wanted).collect();
    ensure!(!wanted.is_empty(), "{LIST} has no such mutant");
    for mutant in &list.mutant {
        mutant.mutated()?;
    }
    copy()?;
    let mut missed = 0;
    for mutant in wanted {
        process_group::check()?;
        let began = Instant::now();
        let outcome = mutant.outcome(options.seeds)?;
        let seconds = began.elapsed().as_secs();
        match outcome {
            Outcome::Caught => {
                println!("caught  {:<48} {seconds:>4} s  {}", mutant.name, mutant.caught_by.join(" | "))
            }
            Outcome::Not(why) => {
                println!("MISSED  {:<48} {seconds:>4} s  {why}", mutant.name);
                missed += 1;
            }
        }
    }
    if missed > 0 {
        println!("{missed} of the mutants did not break their invariant.");
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

fn list() -> Result<List> {
    let list = fs::read_to_string(paths::at(LIST)).with_context(|| format!("{LIST} cannot be read"))?;
    toml::from_str(&list).with_context(|| format!("{LIST} is not a list of mutants"))
}

/// Updates the copy. An unchanged file keeps its modification time, so that cargo does not rebuild it.
fn copy() -> Result<()> {
    let listed = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard", "-z"])
        .current_dir(paths::root())
        .output()
        .context("git cannot be run")?;
    ensure!(listed.status.success(), "git cannot list the files");
    let listed = String::from_utf8(listed.stdout).context("a file's name is not UTF-8")?;
    for name in listed.split_terminator('\0') {
        let (from, to) = (paths::at(name), copied(name));
        // git also lists a file that was removed without a commit.
        let Ok(content) = fs::read(&from) else { continue };
        if fs::read(&to).ok().as_ref() == Some(&content) {
            continue;
        }
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        }
        fs::write(&to, content).with_context(|| format!("cannot write {}", to.display()))?;
    }
    Ok(())
}

fn copied(name: &str) -> std::path::PathBuf {
    name.split('/').fold(paths::target().join("mutants/workspace"), |folder, part| folder.join(part))
}

impl Mutant {
    /// The content of the file with the fault.
    fn mutated(&self) -> Result<String> {
        let file = &self.file;
        let text = fs::read_to_string(paths::at(file)).with_context(|| format!("{file} cannot be read"))?;
        match text.matches(&self.old).count() {
            1 => Ok(text.replace(&self.old, &self.new)),
            found => bail!(
                "the text of the mutant {} occurs {found} times in {file} instead of once: change it in {LIST}\n{}",
                self.name,
                self.old
            ),
        }
    }

    /// Plays the worlds with the fault in the copy, then restores the copy.
    fn outcome(&self, seeds: u64) -> Result<Outcome> {
        let copy = copied(&self.file);
        let before = fs::read_to_string(&copy).with_context(|| format!("cannot read {}", copy.display()))?;
        fs::write(&copy, self.mutated()?).with_context(|| format!("cannot write {}", copy.display()))?;
        let played = self.played(seeds);
        fs::write(&copy, before).with_context(|| format!("cannot write {}", copy.display()))?;
        played
    }

    /// Plays the rules of the directed world, and then the stories.
    fn played(&self, seeds: u64) -> Result<Outcome> {
        let mut missed = format!("the rules and {seeds} seeds keep every promise");
        for tests in ["rules::", "whole_stories"] {
            let played = play(tests, seeds)?;
            if played.status.success() {
                continue;
            }
            let output = String::from_utf8_lossy(&played.stdout);
            if self.caught_by.iter().any(|words| output.contains(words.as_str())) {
                return Ok(Outcome::Caught);
            }
            if String::from_utf8_lossy(&played.stderr).contains("error: could not compile") {
                return Ok(Outcome::Not("it does not compile".to_owned()));
            }
            let is_told = |line: &&str| line.contains("breaks a promise") || line.ends_with("FAILED");
            missed = output.lines().filter(is_told).take(3).collect::<Vec<_>>().join(" ");
        }
        Ok(Outcome::Not(missed))
    }
}

/// Plays the tests of the simulated world whose names contain `tests`.
fn play(tests: &str, seeds: u64) -> Result<std::process::Output> {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["test", "--package", "workbot-vault", "--test", "world", tests])
        .current_dir(paths::target().join("mutants/workspace"))
        .env("CARGO_TARGET_DIR", paths::target().join("mutants/target"))
        .env("WORLD_SEEDS", seeds.to_string())
        .output()
        .context("cargo cannot be run")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_mutant_fits_its_file_and_says_what_catches_it() {
        let list = list().unwrap();
        let mut names = BTreeSet::new();
        for mutant in &list.mutant {
            assert_ne!(mutant.mutated().unwrap(), fs::read_to_string(paths::at(&mutant.file)).unwrap());
            assert!(
                mutant.caught_by.iter().all(|words| !words.is_empty()) && names.insert(&mutant.name),
                "{}",
                mutant.name
            );
        }
    }

    /// A promise that is watched by no mutant may be watched by nothing.
    #[test]
    fn every_promise_of_the_simulated_world_has_a_mutant() {
        let list = list().unwrap();
        let words: Vec<_> = list.mutant.iter().flat_map(|mutant| &mutant.caught_by).collect();
        let mut unwatched = Vec::new();
        for file in ["invariants", "ground_truth"] {
            let path = paths::at(&format!("vault/tests/world/{file}.rs"));
            let text = fs::read_to_string(path).unwrap();
            for promise in promises(&text) {
                if !words.iter().any(|words| promise.contains(words.as_str())) {
                    unwatched.push(promise);
                }
            }
        }
        assert!(unwatched.is_empty(), "{LIST} has no mutant that leads to {unwatched:#?}");
    }

    /// What is said when a promise is broken.
    fn promises(text: &str) -> Vec<String> {
        let pushed = text.split("push(format!(").skip(1);
        pushed.filter_map(|after| Some(after.split('"').nth(1)?.to_owned())).collect()
    }
}
