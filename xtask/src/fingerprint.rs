//! The inputs of a build, and the detection of changes since the last build.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::paths;

/// The inputs of all wasm builds, the build tools included.
const COMMON: [&str; 10] = [
    ".cargo/config.toml",
    "Cargo.lock",
    "Cargo.toml",
    "package-lock.json",
    "rust-toolchain.toml",
    "shared",
    "xtask/src/build",
    "xtask/src/tools.rs",
    "xtask/wasm-bindgen",
    "xtask/wasm-split",
];

/// A digest of the kind of build, of names and of contents: times change without the contents when branches
/// are switched.
///
/// # Errors
/// If a file cannot be read.
pub fn digest(own: &[&str], kind: &str) -> Result<String> {
    let mut files = Vec::new();
    for path in COMMON.iter().chain(own) {
        collect(&paths::at(path), &mut files)?;
    }
    files.sort();
    let mut hash = Sha256::new_with_prefix(kind);
    for file in files {
        let content = fs::read(&file).with_context(|| format!("{} cannot be read", file.display()))?;
        hash.update(file.to_string_lossy().as_bytes());
        hash.update(content.len().to_le_bytes());
        hash.update(content);
    }
    Ok(hex::encode(hash.finalize()))
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    if path.is_file() {
        files.push(path.to_owned());
    } else if path.is_dir() {
        for entry in fs::read_dir(path).with_context(|| format!("{} cannot be read", path.display()))? {
            collect(&entry?.path(), files)?;
        }
    }
    Ok(())
}

/// The record of a finished build: the digest of its inputs, then its report.
pub struct Stamp(PathBuf);

impl Stamp {
    /// The record at a path.
    pub fn new(path: &Path) -> Self {
        Stamp(path.to_owned())
    }

    /// The report of the last build, if it had the same inputs.
    pub fn current(&self, digest: &str) -> Option<String> {
        let text = fs::read_to_string(&self.0).ok()?;
        let (recorded, report) = text.split_once('\n')?;
        (recorded == digest).then(|| report.to_owned())
    }

    /// Removes the record: the next build may leave incomplete files.
    pub fn forget(&self) {
        fs::remove_file(&self.0).ok();
    }

    /// Records a finished build.
    ///
    /// # Errors
    /// If the record cannot be written.
    pub fn record(&self, digest: &str, report: &str) -> Result<()> {
        fs::write(&self.0, format!("{digest}\n{report}"))
            .with_context(|| format!("{} cannot be written", self.0.display()))
    }
}
