//! Reads and checks the catalogue, and embeds it. A mistake fails the build, with file, line and remedy.

use std::path::{Path, PathBuf};
use std::{env, fs, io, process};

use workbot_domain::catalogue::source::{self, SourceFile, read};

fn files(root: &Path, folder: &str, ending: &str) -> io::Result<Vec<SourceFile>> {
    println!("cargo::rerun-if-changed={}", root.join(folder).display());
    let files = source::files(root, folder, ending)?;
    for file in &files {
        println!("cargo::rerun-if-changed={}", root.join(&file.path).display());
    }
    Ok(files)
}

fn main() -> io::Result<()> {
    let manifest = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).unwrap_or_default();
    let root = manifest.parent().map(Path::to_path_buf).unwrap_or_default();
    let catalogue = match read(
        &files(&root, "catalog/apps", "toml")?,
        &files(&root, "catalog/recipes", "toml")?,
        &files(&root, "catalog/icons", "svg")?,
    ) {
        Ok(catalogue) => catalogue,
        Err(mistakes) => {
            for mistake in mistakes {
                eprintln!("{mistake}");
                println!("cargo::error={mistake}");
            }
            process::exit(1);
        }
    };
    let out = env::var_os("OUT_DIR").map(PathBuf::from).unwrap_or_default();
    fs::write(out.join("catalogue.json"), serde_json::to_vec(&catalogue)?)
}
