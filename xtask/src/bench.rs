//! `cargo xtask bench`: builds the worker, the tab and the benchmark program (tests/bench), and chooses
//! ports.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};

use crate::dev::Ports;
use crate::process_group::Group;
use crate::{build, chromium, dev, paths, step, tools};

/// Options of the benchmark program.
#[derive(clap::Args)]
pub struct Options {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    given: Vec<String>,
}

/// Measures the given parts, or those in the options.
///
/// # Errors
/// If something does not build, or no port is free.
pub fn run(parts: &[&str], options: &Options) -> Result<ExitCode> {
    build::run(build::Profile::Release)?;
    let (program, wasm_bindgen) = (tools::bench()?, tools::wasm_bindgen()?);
    let state = paths::fresh(".sandbox/bench")?;
    let ports = Ports::new(Ports::free_offset()?)?;
    let (worker, sandbox) = dev::write_variables(&state.join("dev.vars"), &ports, &[])?;
    let given = with_builds(&options.given)?;
    let mut command = Command::new(program);
    paths::with_npm_bins(&mut command);
    if let Ok(chromium) = chromium::find() {
        command.env("CHROMIUM", chromium);
    }
    command
        .args(parts)
        .args(given)
        .arg("--root")
        .arg(paths::root())
        .arg("--state")
        .arg(&state)
        .env("CARGO_TARGET_DIR", paths::target())
        .env("WASM_BINDGEN_BIN", wasm_bindgen)
        .env("WORKBOT_PUBLIC_URL", worker)
        .env("WORKBOT_SANDBOX_URL", sandbox)
        .env("WORKBOT_WORKER_LOG", state.join("workerd.log"));
    // All child processes end with the benchmark.
    let status = Group::start(command)?.until_ended()?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The options with each `--beside COMMIT` replaced by the built module of that commit.
fn with_builds(given: &[String]) -> Result<Vec<String>> {
    let mut options = Vec::new();
    let mut rest = given.iter();
    while let Some(option) = rest.next() {
        let commit = match option.split_once('=') {
            Some(("--beside", commit)) => commit,
            _ if option == "--beside" => rest.next().context("--beside names no commit")?,
            _ => {
                options.push(option.clone());
                continue;
            }
        };
        let (short, module) = module_of(commit)?;
        options.extend(["--beside-module".to_owned(), format!("{short}={}", module.display())]);
    }
    Ok(options)
}

/// Builds the module of an earlier commit, once. Returns the commit's short name and the folder. The work
/// tree and its output stay below `target`, so that the next commit compiles only what differs.
fn module_of(commit: &str) -> Result<(String, PathBuf)> {
    let full = git(&["rev-parse", "--verify", &format!("{commit}^{{commit}}")])?;
    let short: String = full.chars().take(8).collect();
    let folder = paths::target().join("beside");
    let module = folder.join(&short);
    if module.join("main.js").is_file() {
        return Ok((short, module));
    }
    let tree = folder.join("tree");
    let path = tree.display().to_string();
    if tree.join(".git").is_file() {
        git(&["-C", &path, "checkout", "--quiet", "--force", "--detach", &full])?;
    } else {
        git(&["worktree", "prune"])?;
        git(&["worktree", "add", "--quiet", "--force", "--detach", &path, &full])?;
    }
    let mut build = paths::cargo();
    build
        .args(["xtask", "build"])
        .current_dir(&tree)
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .env_remove(build::Profile::VARIABLE);
    step::run(&format!("building the module of {short} (minutes)"), build)?;
    // Under its own name only when complete: an interrupted copy is not taken for a module.
    let next = folder.join("next");
    copy_files(&tree.join("build/worker"), &next)?;
    if module.is_dir() {
        fs::remove_dir_all(&module)?;
    }
    fs::rename(&next, &module).with_context(|| format!("{} cannot be written", module.display()))?;
    Ok((short, module))
}

fn copy_files(from: &Path, to: &Path) -> Result<()> {
    if to.is_dir() {
        fs::remove_dir_all(to)?;
    }
    fs::create_dir_all(to).with_context(|| format!("{} cannot be created", to.display()))?;
    for entry in fs::read_dir(from).with_context(|| format!("{} cannot be read", from.display()))? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}

fn git(arguments: &[&str]) -> Result<String> {
    let mut git = Command::new("git");
    let done = git.args(arguments).current_dir(paths::root()).output().context("git could not be started")?;
    if !done.status.success() {
        bail!("git {}: {}", arguments.join(" "), String::from_utf8_lossy(&done.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&done.stdout).trim().to_owned())
}
