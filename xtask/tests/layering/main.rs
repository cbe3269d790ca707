//! No file or folder of a crate knows what knows it, and each crate says truly who knows whom in it.
//!
//! Read are the sources: `use`, paths in code, types and macros, and the functions that a type gets in other
//! files than its own. A name that is shown by another module (`pub use`) is followed to the file that
//! defines it. What unit tests alone compile is left out.
//!
//! Not seen is what no name tells: an `impl` of a trait in a third file, a conversion by `?` or `into()`,
//! what a macro makes, and a method of such an extension on what has no name (`made().method()`) or a name
//! that is given no type, or several. No other method needs a look: who holds a value has it by names that
//! lead to the file of its type.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod import_circles;
mod imports;
mod module_tree;
#[cfg(test)]
mod reader_tests;
mod stated_module_layers;
mod syntax;

use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

use serde_json::Value as Json;

use crate::import_circles::{circles, folders};
use crate::imports::Known;
use crate::module_tree::Crate;

fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// All libraries, programs and tests of the workspace, and whether they are tests. Read once.
static CRATES: LazyLock<Vec<(Crate, bool)>> = LazyLock::new(|| {
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--no-deps"])
        .current_dir(workspace())
        .output()
        .unwrap();
    assert!(metadata.status.success(), "{}", String::from_utf8_lossy(&metadata.stderr));
    let metadata: Json = serde_json::from_slice(&metadata.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap().iter();
    let targets = packages.flat_map(|package| package["targets"].as_array().unwrap());
    let read = |target: &Json| {
        let root = Path::new(target["src_path"].as_str().unwrap());
        (Crate::read(workspace(), root), target["kind"][0] == "test")
    };
    let crates: Vec<_> = targets.map(read).collect();
    let files: usize = crates.iter().map(|(read, _)| read.files.len()).sum();
    assert!(crates.len() > 20 && files > 300, "{} crates, {files} files", crates.len());
    crates
});

#[test]
fn no_file_or_folder_knows_what_knows_it() {
    let mut circles_told = Vec::new();
    for (read, _) in CRATES.iter() {
        let knowledge = imports::of(read);
        for circle in circles(&folders(read, &knowledge)) {
            let members = circle.members.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
            let place = read.files[0].path.display();
            let mut report = format!("{place}, in /{}: {members}", circle.folder.join("/"));
            for (from, to) in circle.way {
                let [from_path, to_path] = [from, to].map(|file| read.files[file].path.display());
                let Known { line, name } = &knowledge[&(from, to)];
                report += &format!("\n    {from_path}:{line} knows {to_path} ({name})");
            }
            circles_told.push(report);
        }
    }
    let number = circles_told.len();
    assert!(circles_told.is_empty(), "{number} circles:\n{}", circles_told.join("\n"));
}

#[test]
fn each_crate_states_truly_who_knows_whom() {
    let mut untrue = Vec::new();
    for (read, _) in CRATES.iter().filter(|(_, is_test)| !is_test) {
        let knowledge = imports::of(read);
        untrue.extend(stated_module_layers::untruths(read, folders(read, &knowledge).get(&[] as &[String])));
    }
    assert!(untrue.is_empty(), "{}", untrue.join("\n"));
}
