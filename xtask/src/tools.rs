//! The tools of a build, installed if missing.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::{paths, step};

/// The version that matches the `worker` crate in Cargo.toml.
const WORKER_BUILD: &str = "0.8.7";
const WASM: &str = "wasm32-unknown-unknown";

const CATALOG: &str = "workbot-catalog";
const SANDBOX: &str = "workbot-sandbox";
const WASM_BINDGEN: &str = "workbot-wasm-bindgen";
const WASM_SPLIT: &str = "workbot-wasm-split";
/// The integration test that compiles fastest, of `workbot-properties`. With a test of this package cargo
/// would rebuild this program, which runs.
const SMALL_TEST: &str = "teams_clients";

/// The programs that this process has built.
static BUILT: Mutex<BTreeSet<&str>> = Mutex::new(BTreeSet::new());

/// Installs the wasm target if it is missing.
///
/// # Errors
/// If the target is missing and rustup cannot add it.
pub fn wasm_target() -> Result<()> {
    let response = Command::new("rustc")
        .args(["--print", "target-libdir", "--target", WASM])
        .current_dir(paths::root())
        .output()
        .context("rustc could not be started: install Rust from https://rustup.rs")?;
    if Path::new(String::from_utf8_lossy(&response.stdout).trim()).is_dir() {
        return Ok(());
    }
    let mut rustup = Command::new("rustup");
    rustup.args(["target", "add", WASM]).current_dir(paths::root());
    step::run("installing Rust's wasm target", rustup)
        .with_context(|| format!("add the target {WASM} to this Rust, then try again"))?;
    Ok(())
}

/// Installs what every build of the worker and of the tab needs, and builds the sandbox. All programs of this
/// workspace are one call of cargo, which compiles them in parallel.
///
/// # Errors
/// If something is missing and cannot be installed.
pub fn for_a_system() -> Result<()> {
    npm_pins()?;
    wasm_target()?;
    worker_build()?;
    cargo_build("the tools and the sandbox", &[WASM_BINDGEN, WASM_SPLIT, CATALOG, SANDBOX])
}

/// Installs the packages of package-lock.json if `node_modules` differs.
///
/// # Errors
/// If npm is missing or fails, or if wrangler, which runs from this folder, would be replaced.
pub fn npm_pins() -> Result<()> {
    if npm_pins_installed()? {
        return Ok(());
    }
    if std::env::var_os("WRANGLER_COMMAND").is_some() {
        bail!(
            "the npm tools are out of date, and wrangler is running from them: stop it, run `cargo xtask build`, start it again"
        );
    }
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    if Command::new(npm).arg("--version").output().is_err() {
        bail!(
            "npm is missing: install Node.js with npm from https://nodejs.org (any version; the project brings its own Node)"
        );
    }
    let mut ci = Command::new(npm);
    ci.args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(paths::root());
    step::run("installing the pinned npm tools", ci)?;
    if !npm_pins_installed()? {
        bail!(
            "npm left the pinned tools incomplete. If it is set up to skip install scripts (`ignore-scripts`), \
             allow those of `node`, `esbuild` and `workerd` for this project"
        );
    }
    Ok(())
}

/// Compares the lock file with npm's record of the installed packages.
fn npm_pins_installed() -> Result<bool> {
    Ok(Path::new(paths::node().get_program()).is_file() && are_installed(paths::root(), Dependencies::All)?)
}

/// Which packages of a folder are installed.
#[derive(Clone, Copy, PartialEq)]
pub enum Dependencies {
    /// Without those for development.
    Some,
    /// With them.
    All,
}

/// Installs the packages of a folder's own package-lock.json, unless they are there. No script of a package
/// runs.
///
/// # Errors
/// If npm fails.
pub fn npm_packages(folder: &str, which: Dependencies) -> Result<()> {
    let home = paths::at(folder);
    if are_installed(&home, which)? {
        return Ok(());
    }
    let mut ci = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    ci.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(home);
    if which == Dependencies::Some {
        ci.arg("--omit=dev");
    }
    step::run(&format!("installing the npm packages of {folder}"), ci)?;
    Ok(())
}

/// Whether npm's record of the installed packages has those of the lock file.
fn are_installed(folder: &Path, which: Dependencies) -> Result<bool> {
    let wanted = read_json(&folder.join("package-lock.json"))?;
    let record = folder.join("node_modules").join(".package-lock.json");
    if !record.is_file() {
        return Ok(false);
    }
    let installed = read_json(&record)?;
    let Some(packages) = wanted.get("packages").and_then(Value::as_object) else {
        bail!("{} contains no packages", folder.join("package-lock.json").display());
    };
    let is = |package: &Value, kind: &str| package.get(kind) == Some(&Value::Bool(true));
    let is_wanted = |package: &Value| which == Dependencies::All || !is(package, "dev");
    Ok(packages.iter().filter(|(path, package)| !path.is_empty() && is_wanted(package)).all(
        |(path, package)| match installed.get("packages").and_then(|all| all.get(path)) {
            Some(there) => there.get("version") == package.get("version"),
            // A package for another platform.
            None => is(package, "optional"),
        },
    ))
}

fn read_json(path: &Path) -> Result<Value> {
    let text = fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is not JSON", path.display()))
}

/// Installs worker-build into the user's cache folder if it is missing; returns its path.
///
/// # Errors
/// If cargo cannot install it.
pub fn worker_build() -> Result<PathBuf> {
    let home = paths::cache().join(format!("worker-build-{WORKER_BUILD}"));
    let program = home.join("bin").join(format!("worker-build{}", std::env::consts::EXE_SUFFIX));
    if program.is_file() {
        return Ok(program);
    }
    let mut install = paths::cargo();
    install
        .args(["install", "worker-build", "--version", WORKER_BUILD, "--locked", "--root"])
        .arg(&home)
        // Unoptimized: worker-build mostly waits for other programs; optimizing it takes minutes and saves a
        // second or two.
        .arg("--debug")
        .env("CARGO_PROFILE_DEV_DEBUG", "none")
        // Its build output is discarded; the project's must stay unchanged.
        .env_remove("CARGO_TARGET_DIR");
    let hint = if cfg!(target_os = "linux") {
        "worker-build could not be installed. It needs a C compiler and OpenSSL's headers \
         (Debian: `apt-get install build-essential pkg-config libssl-dev`)"
    } else {
        "worker-build could not be installed"
    };
    step::run("installing worker-build, once per machine (some minutes)", install).context(hint)?;
    Ok(program)
}

/// Builds the `wasm-bindgen` command in the version of Cargo.lock; returns its path.
///
/// # Errors
/// If it does not compile.
pub fn wasm_bindgen() -> Result<PathBuf> {
    program("wasm-bindgen", WASM_BINDGEN)
}

/// Builds the program that splits the tab's module; returns its path.
///
/// # Errors
/// If it does not compile.
pub fn wasm_split() -> Result<PathBuf> {
    program("wasm-split", WASM_SPLIT)
}

/// Builds the catalog's compiler; returns its path.
///
/// # Errors
/// If it does not compile.
pub fn catalog() -> Result<PathBuf> {
    program("what checks the catalog", CATALOG)
}

/// Builds the sandbox; returns its path.
///
/// # Errors
/// If it does not compile.
pub fn sandbox() -> Result<PathBuf> {
    program("the sandbox", SANDBOX)
}

/// Builds the deployment program (package and doctor); returns its path.
///
/// # Errors
/// If it does not compile.
pub fn deployment() -> Result<PathBuf> {
    program("what prepares a deployment", "workbot-deployment")
}

/// Builds the benchmark program with its own profile; returns its path.
///
/// # Errors
/// If it does not compile.
pub fn bench() -> Result<PathBuf> {
    let mut build = paths::cargo();
    build.args(["build", "--package", "workbot-bench", "--profile", "measured"]);
    step::run("building who measures", build)?;
    let name = format!("workbot-bench{}", std::env::consts::EXE_SUFFIX);
    Ok(paths::target().join("measured").join(name))
}

fn program(what: &str, package: &'static str) -> Result<PathBuf> {
    cargo_build(what, &[package])?;
    Ok(paths::built(package))
}

/// Builds programs of this workspace, each once per process: while another cargo compiles, a further call
/// would wait for its lock.
fn cargo_build(what: &str, packages: &[&'static str]) -> Result<()> {
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    if packages.iter().all(|package| built.contains(package)) {
        return Ok(());
    }
    let mut build = paths::cargo();
    // With the features that the unit tests are compiled with: nothing is compiled a second time. These
    // features include those of dev-dependencies, which cargo takes in as soon as it builds any test.
    build.arg("build").args(paths::HOST_PACKAGES).args(["--test", SMALL_TEST]);
    build.args(packages.iter().flat_map(|package| ["--bin", package]));
    step::run(&format!("building {what}"), build)?;
    built.extend(packages);
    Ok(())
}
