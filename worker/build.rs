//! Reads and checks the catalogue, and embeds it. A mistake fails the build, with file, line and remedy.

use std::path::{Path, PathBuf};
use std::{env, fs, io, process};

use workbot_domain::catalogue::source::{SourceFile, read};

fn files(root: &Path, folder: &str) -> io::Result<Vec<SourceFile>> {
    let folder = root.join(folder);
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut paths: Vec<PathBuf> =
        fs::read_dir(&folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<_>>()?;
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "toml"));
    paths.sort();
    paths
        .into_iter()
        .map(|path| {
            println!("cargo::rerun-if-changed={}", path.display());
            let text = fs::read_to_string(&path)?;
            let shown = path.strip_prefix(root).unwrap_or(&path).display().to_string();
            let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
            Ok(SourceFile { path: shown, stem, text })
        })
        .collect()
}

fn main() -> io::Result<()> {
    let manifest = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).unwrap_or_default();
    let root = manifest.parent().map(Path::to_path_buf).unwrap_or_default();
    let catalogue = match read(&files(&root, "catalog/apps")?, &files(&root, "catalog/recipes")?) {
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
