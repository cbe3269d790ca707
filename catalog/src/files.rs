//! Reading the files of a folder.

use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::diagnostics::SourceFile;

/// Reads the files with the extension `ending` in `folder`, sorted by name. `folder` is relative to `root`
/// and uses slashes on every platform.
///
/// # Errors
/// If the folder or a file cannot be read.
pub fn files(root: &Path, folder: &str, ending: &str) -> io::Result<Vec<SourceFile>> {
    let at = folder.split('/').fold(root.to_owned(), |path, name| path.join(name));
    let paths = fs::read_dir(at)?.map(|entry| entry.map(|entry| entry.path()));
    let mut paths = paths.collect::<io::Result<Vec<PathBuf>>>()?;
    paths.retain(|path| path.extension().is_some_and(|its| its == ending));
    paths.sort();
    let file = |path: PathBuf| {
        let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        Ok(SourceFile { path: format!("{folder}/{stem}.{ending}"), stem, text: fs::read_to_string(path)? })
    };
    paths.into_iter().map(file).collect()
}
