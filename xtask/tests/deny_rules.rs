//! What came into the project is what `deny.toml` lets in: as much of `cargo deny check` as needs no other
//! tool and no database of advisories.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value as Json;
use spdx::{Expression, ParseMode};
use toml::Value as Toml;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn rules() -> Toml {
    toml::from_str(&fs::read_to_string(root().join("deny.toml")).unwrap()).unwrap()
}

fn texts(list: &Toml) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|entry| entry.as_str().unwrap()).collect()
}

fn host() -> String {
    let version = Command::new("rustc").arg("-vV").current_dir(root()).output().unwrap();
    let version = String::from_utf8(version.stdout).unwrap();
    version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap().to_owned()
}

/// The crates that are not ours, of what is deployed and of what runs here.
fn crates() -> Vec<Json> {
    let mut crates = Vec::new();
    for target in ["wasm32-unknown-unknown", &host()] {
        let metadata = Command::new(env!("CARGO"))
            .args(["metadata", "--format-version", "1", "--locked", "--filter-platform", target])
            .current_dir(root())
            .output()
            .unwrap();
        assert!(metadata.status.success(), "{}", String::from_utf8_lossy(&metadata.stderr));
        let metadata: Json = serde_json::from_slice(&metadata.stdout).unwrap();
        crates.extend(metadata["packages"].as_array().unwrap().iter().cloned());
    }
    crates.retain(|package| !package["source"].is_null());
    assert!(crates.len() > 100, "cargo tells of the crates");
    crates
}

fn allowed(licence: &str, list: &[&str]) -> bool {
    // `MIT/Apache-2.0` is how it was written once.
    let expression = Expression::parse_mode(licence, ParseMode::LAX);
    expression.is_ok_and(|licence| licence.evaluate(|wanted| list.contains(&wanted.to_string().as_str())))
}

#[test]
fn every_crate_has_a_licence_a_name_and_a_source_that_deny_toml_lets_in() {
    let rules = rules();
    let licences = texts(&rules["licenses"]["allow"]);
    let banned: Vec<_> =
        rules["bans"]["deny"].as_array().unwrap().iter().map(|ban| ban["crate"].as_str().unwrap()).collect();
    let sources = texts(&rules["sources"]["allow-registry"]);
    let refused = |package: &Json| {
        let name = package["name"].as_str().unwrap();
        let source = package["source"].as_str().unwrap();
        let from_there = sources.iter().any(|allowed| source == format!("registry+{allowed}"));
        let licence = package["license"].as_str().unwrap_or("none");
        (!allowed(licence, &licences) || banned.contains(&name) || !from_there)
            .then(|| format!("{name}: licence {licence}, from {source}"))
    };
    let refused: Vec<_> = crates().iter().filter_map(refused).collect();
    assert!(refused.is_empty(), "deny.toml does not let in:\n{}", refused.join("\n"));
}

#[test]
fn one_allowed_licence_of_several_is_enough_and_every_one_that_is_asked_for_is_needed() {
    let list = ["MIT", "Apache-2.0 WITH LLVM-exception"];
    assert!(allowed("GPL-3.0 OR MIT", &list) && allowed("MIT/GPL-3.0", &list));
    assert!(allowed("Apache-2.0 WITH LLVM-exception", &list));
    assert!(!allowed("MIT AND GPL-3.0", &list) && !allowed("Apache-2.0", &list) && !allowed("none", &list));
}
