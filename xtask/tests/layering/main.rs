//! No file or folder of a crate knows what knows it, and each crate says truly who knows whom in it.
//!
//! Read are the sources: `use`, paths in code, types and macros, and the functions that a type gets in other files than
//! its own. A name that is shown by another module (`pub use`) is followed to the file that defines it. What unit tests
//! alone compile is left out.
//!
//! Not seen is what no name tells: an `impl` of a trait in a third file, a conversion by `?` or `into()`, what a macro
//! makes, and a method of such an extension that is called on neither `self` nor a word whose type is written down, and
//! whose name is not the only one of the crate or whose type is not named. No other method needs a look: who holds a value has it by names that lead to the
//! file of its type.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod circles;
#[cfg(test)]
mod fixtures;
mod knowledge;
mod modules;
mod order;
mod syntax;

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value as Json;

use crate::circles::{circles, folders};
use crate::knowledge::Known;
use crate::modules::Crate;

fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// The root files of all libraries, programs and tests of the workspace, and whether they are tests.
fn roots() -> Vec<(PathBuf, bool)> {
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--no-deps"])
        .current_dir(workspace())
        .output()
        .unwrap();
    assert!(metadata.status.success(), "{}", String::from_utf8_lossy(&metadata.stderr));
    let metadata: Json = serde_json::from_slice(&metadata.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap().iter();
    let targets = packages.flat_map(|package| package["targets"].as_array().unwrap());
    let roots: Vec<_> = targets
        .map(|target| (PathBuf::from(target["src_path"].as_str().unwrap()), target["kind"][0] == "test"))
        .collect();
    assert!(roots.len() > 20, "{roots:?}");
    roots
}

/// Circles that are still there: the crate, the folder and its members. The list may only shrink: a circle that is
/// gone, or smaller, has to go or to shrink here too.
const KNOWN: [(&str, &str, &str); 10] = [
    ("domain/src/lib.rs", "", "connection grant"),
    ("domain/src/lib.rs", "grant", "answer refusal"),
    (
        "sandbox/src/lib.rs",
        "",
        " botframework box_com connector control entra faults freshdesk gate oauth pages persons relay salesforce server servicenow state",
    ),
    ("sandbox/src/lib.rs", "box_com", " folders items pages rest search shared_links shown talk upload"),
    ("sandbox/src/lib.rs", "connector", " rosters"),
    ("sandbox/src/lib.rs", "entra", " authorize token_endpoint"),
    ("sandbox/src/lib.rs", "freshdesk", " agents pages rest tickets"),
    ("sandbox/src/lib.rs", "oauth", " authorize grant grants login token users"),
    ("sandbox/src/lib.rs", "salesforce", " external identity oauth picklists records rest soql tokens"),
    ("sandbox/src/lib.rs", "servicenow", " catalog more oauth query records rest rules shown tokens"),
];

/// Crates that cannot state an order yet.
const UNSTATED: [&str; 2] = ["domain/src/lib.rs", "sandbox/src/lib.rs"];

#[test]
fn no_file_or_folder_knows_what_knows_it() {
    let mut left: Vec<_> = KNOWN.to_vec();
    let mut number = 0;
    let mut told = String::new();
    for (root, _) in roots() {
        let read = Crate::read(workspace(), &root);
        let knowledge = knowledge::of(&read);
        for circle in circles(&folders(&read, &knowledge)) {
            number += 1;
            let members = circle.members.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
            let folder = circle.folder.join("/");
            let place = read.files[0].path.display().to_string();
            let known =
                left.iter().position(|known| *known == (place.as_str(), folder.as_str(), members.as_str()));
            if let Some(known) = known {
                left.remove(known);
                continue;
            }
            told += &format!("(\"{place}\", \"{folder}\", \"{members}\")\n");
            for (from, to) in circle.way {
                let [from_path, to_path] = [from, to].map(|file| read.files[file].path.display());
                let Known { line, name } = &knowledge[&(from, to)];
                told += &format!("    {from_path}:{line} knows {to_path} ({name})\n");
            }
        }
    }
    println!("{number} circles");
    assert!(told.is_empty(), "circles:\n{told}");
    assert!(left.is_empty(), "no circles any more: {left:?}");
}

#[test]
fn each_crate_states_truly_who_knows_whom() {
    let mut untrue = Vec::new();
    for (root, _) in roots().iter().filter(|(_, test)| !test) {
        let read = Crate::read(workspace(), root);
        let knowledge = knowledge::of(&read);
        untrue.extend(order::untruths(&read, folders(&read, &knowledge).get(&[] as &[String])));
    }
    let excused =
        |untrue: &String| UNSTATED.iter().any(|root| untrue.starts_with(&format!("{root} does not say")));
    untrue.retain(|untrue| !excused(untrue));
    assert!(untrue.is_empty(), "{}", untrue.join("\n"));
}
