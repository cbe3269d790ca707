//! Finds the packages that differ from the main branch.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::paths;

/// The possible names of the main branch; the first that exists is used.
const MAIN: [&str; 3] = ["origin/main", "main", "HEAD"];

#[derive(Deserialize)]
struct Manifest {
    workspace: Option<Workspace>,
    package: Option<Package>,
}

#[derive(Deserialize)]
struct Workspace {
    members: Vec<String>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
}

/// The names of the packages with a file that was changed since the branch left main, or that is untracked.
/// All packages if a file changed that affects all of them, or if git is not available.
///
/// # Errors
/// When a manifest cannot be read.
pub fn packages() -> Result<BTreeSet<String>> {
    let members = members()?;
    let Some(files) = files() else {
        return Ok(members.into_iter().map(|(_, name)| name).collect());
    };
    Ok(touched(&members, &files))
}

/// The folder and name of each package.
fn members() -> Result<Vec<(String, String)>> {
    let root = manifest("Cargo.toml")?.workspace.context("Cargo.toml lacks [workspace]")?;
    let member = |folder: String| {
        let path = format!("{folder}/Cargo.toml");
        let package = manifest(&path)?.package.with_context(|| format!("{path} lacks [package]"))?;
        Ok((folder, package.name))
    };
    root.members.into_iter().map(member).collect()
}

fn manifest(path: &str) -> Result<Manifest> {
    let text = fs::read_to_string(paths::at(path)).with_context(|| format!("{path} cannot be read"))?;
    toml::from_str(&text).with_context(|| format!("{path} is not a valid manifest"))
}

/// The changed and untracked files according to git.
fn files() -> Option<Vec<String>> {
    let main = MAIN.into_iter().find_map(|name| git(&["merge-base", "HEAD", name]))?;
    let tracked = git(&["diff", "--name-only", main.first()?])?;
    let untracked = git(&["ls-files", "--others", "--exclude-standard"])?;
    Some([tracked, untracked].concat())
}

/// The output lines of a git command; `None` if it fails.
fn git(arguments: &[&str]) -> Option<Vec<String>> {
    let output = Command::new("git").args(arguments).current_dir(paths::root()).output().ok()?;
    let listing = output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())?;
    Some(listing.lines().map(str::to_owned).collect())
}

fn touched(members: &[(String, String)], files: &[String]) -> BTreeSet<String> {
    let of_all = [".cargo/config.toml", "Cargo.toml", "Cargo.lock", "clippy.toml", "rust-toolchain.toml"];
    if files.iter().any(|file| of_all.contains(&file.as_str())) {
        return members.iter().map(|(_, name)| name.clone()).collect();
    }
    let holds =
        |folder: &str, file: &str| file.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
    let package = |file: &String| {
        let holders = members.iter().filter(|(folder, _)| holds(folder, file));
        // Packages can be nested: the innermost one counts.
        holders.max_by_key(|(folder, _)| folder.len()).map(|(_, name)| name.clone())
    };
    files.iter().filter_map(package).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packages_of(files: &[&str]) -> Vec<String> {
        let members =
            [("domain", "rules"), ("xtask", "tool"), ("xtask/variables", "variables"), ("tests/e2e", "e2e")];
        let members = members.map(|(folder, name)| (folder.to_owned(), name.to_owned()));
        let files: Vec<String> = files.iter().map(|file| (*file).to_owned()).collect();
        touched(&members, &files).into_iter().collect()
    }

    #[test]
    fn a_file_belongs_to_the_innermost_package_around_it() {
        assert_eq!(packages_of(&["xtask/variables/src/lib.rs", "docs/deploy.md"]), ["variables"]);
        assert_eq!(packages_of(&["xtask/src/main.rs", "domain/src/lib.rs"]), ["rules", "tool"]);
        assert!(packages_of(&["domains.md"]).is_empty());
    }

    #[test]
    fn what_holds_for_all_packages_touches_all() {
        assert_eq!(packages_of(&["Cargo.lock"]).len(), 4);
        assert_eq!(packages_of(&[".cargo/config.toml"]).len(), 4);
    }

    #[test]
    fn every_member_of_the_workspace_has_a_name() {
        assert!(members().unwrap().contains(&("domain".to_owned(), "workbot-domain".to_owned())));
    }
}
