//! Paths of the workspace and of tools.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use anyhow::{Context, Result};

/// The root of the workspace, one folder above xtask.
pub fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}

/// A path relative to the root, written with slashes.
pub fn at(path: &str) -> PathBuf {
    path.split('/').fold(root().to_owned(), |folder, name| folder.join(name))
}

/// Cargo's output folder: that of this executable, whatever the user's settings.
pub fn target() -> PathBuf {
    if let Some(folder) = env::var_os("CARGO_TARGET_DIR") {
        return root().join(folder);
    }
    let built_to = env::current_exe().ok().and_then(|us| Some(us.parent()?.parent()?.to_owned()));
    built_to.unwrap_or_else(|| at("target"))
}

/// A native program in the output folder.
pub fn built(name: &str) -> PathBuf {
    target().join("debug").join(format!("{name}{}", env::consts::EXE_SUFFIX))
}

/// What is built for this machine. The benchmarks are not: they ask more of what they share with the others.
pub const HOST_PACKAGES: [&str; 5] =
    ["--workspace", "--exclude", "workbot-bench", "--exclude", "workbot-bench-crypto"];

/// The cargo that runs this program.
pub fn cargo() -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root()).env("CARGO_TARGET_DIR", target());
    command
}

/// A command of a pinned npm package.
pub fn npm_bin(name: &str) -> PathBuf {
    let suffix = if cfg!(windows) { ".cmd" } else { "" };
    at("node_modules/.bin").join(format!("{name}{suffix}"))
}

/// The pinned Node. The system's may be too old for wrangler.
pub fn node() -> Command {
    let mut command =
        Command::new(at("node_modules/node/bin").join(format!("node{}", env::consts::EXE_SUFFIX)));
    command.current_dir(root());
    with_npm_bins(&mut command);
    command
}

/// Puts the pinned tools first on the command's PATH, so that `#!/usr/bin/env node` finds the pinned Node.
pub fn with_npm_bins(command: &mut Command) {
    let old = env::var_os("PATH").unwrap_or_default();
    let paths = std::iter::once(at("node_modules/.bin")).chain(env::split_paths(&old));
    if let Ok(path) = env::join_paths(paths) {
        command.env("PATH", path);
    }
}

/// The user's cache folder, for tools that outlive the project's folder.
pub fn cache() -> PathBuf {
    let home = || env::var_os("HOME").map(PathBuf::from);
    let folder = if cfg!(windows) {
        env::var_os("LOCALAPPDATA").map(PathBuf::from)
    } else if cfg!(target_os = "macos") {
        home().map(|home| home.join("Library").join("Caches"))
    } else {
        env::var_os("XDG_CACHE_HOME")
            .map(PathBuf::from)
            .filter(|folder| folder.is_absolute())
            .or_else(|| home().map(|home| home.join(".cache")))
    };
    folder.map_or_else(|| at(".tools"), |folder| folder.join("workbot"))
}

/// An empty folder for the data of a run, relative to the root. It stays after the run, for debugging.
///
/// # Errors
/// If it cannot be emptied or created.
pub fn fresh(path: &str) -> Result<PathBuf> {
    let folder = at(path);
    if folder.is_dir() {
        fs::remove_dir_all(&folder).with_context(|| format!("{} cannot be emptied", folder.display()))?;
    }
    fs::create_dir_all(&folder).with_context(|| format!("{} cannot be created", folder.display()))?;
    Ok(folder)
}
