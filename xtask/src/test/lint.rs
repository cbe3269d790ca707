//! Formatting, lints and documentation.

use anyhow::Result;

use super::changed_packages;
use crate::{paths, step, tools};

/// The packages that also compile to wasm, for the edge or the browser.
const WASM_PACKAGES: [&str; 5] =
    ["workbot-shared", "workbot-domain", "workbot-vault", "workbot-worker", "workbot-tab"];
/// The packages whose documentation is checked: those that the others depend on.
const DOCUMENTED: [&str; 4] = ["workbot-shared", "workbot-domain", "workbot-catalog", "workbot-vault"];

/// Checks everything.
///
/// # Errors
/// At the first failure.
pub fn all() -> Result<()> {
    format()?;
    clippy("checking the lints", &["--workspace", "--all-targets"])?;
    tools::wasm_target()?;
    wasm("checking the lints for wasm", &WASM_PACKAGES)?;
    documentation()
}

/// Checks the formatting, and the lints of the packages that differ from the main branch.
///
/// # Errors
/// At the first failure.
pub fn changed() -> Result<()> {
    format()?;
    let packages = changed_packages::packages()?;
    if packages.is_empty() {
        println!("  no package changed: no lints to check");
        return Ok(());
    }
    let chosen: Vec<&str> = packages.iter().flat_map(|package| ["--package", package]).collect();
    let names: Vec<&str> = packages.iter().map(|name| name.trim_start_matches("workbot-")).collect();
    let names = if names.len() < 6 { names.join(", ") } else { format!("{} packages", names.len()) };
    clippy(&format!("checking the lints of {names}"), &[&chosen[..], &["--all-targets"]].concat())?;
    // The other packages compile the same code on the host, which was just checked.
    let edge = ["workbot-worker", "workbot-tab"].into_iter().filter(|name| packages.contains(*name));
    let edge: Vec<&str> = edge.collect();
    if edge.is_empty() {
        return Ok(());
    }
    tools::wasm_target()?;
    wasm("checking the lints for wasm", &edge)
}

fn format() -> Result<()> {
    let mut format = paths::cargo();
    format.args(["fmt", "--all", "--check"]);
    step::run("checking the formatting (`cargo fmt` repairs it)", format)?;
    Ok(())
}

fn clippy(doing: &str, chosen: &[&str]) -> Result<()> {
    let mut clippy = paths::cargo();
    clippy.arg("clippy").args(chosen).args(["--", "--deny", "warnings"]);
    step::run(doing, clippy)?;
    Ok(())
}

fn wasm(doing: &str, packages: &[&str]) -> Result<()> {
    let chosen = packages.iter().flat_map(|package| ["--package", package]);
    let chosen: Vec<&str> = ["--target", "wasm32-unknown-unknown"].into_iter().chain(chosen).collect();
    clippy(doing, &chosen)
}

fn documentation() -> Result<()> {
    let mut doc = paths::cargo();
    doc.args(["doc", "--no-deps", "--document-private-items"]);
    doc.args(DOCUMENTED.iter().flat_map(|package| ["--package", package]));
    doc.env("RUSTDOCFLAGS", "--deny warnings");
    step::run("checking the documentation", doc)?;
    Ok(())
}
