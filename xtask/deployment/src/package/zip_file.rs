//! Zip files, written reproducibly: the same content gives the same bytes.

use std::fs::File;
use std::io::{Cursor, Read, Seek, Write};
use std::path::Path;

use anyhow::{Context, Result};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

/// The files of a package, by name.
pub type Files = Vec<(String, Vec<u8>)>;

/// Writes a zip file.
///
/// # Errors
/// If a file is too large.
pub fn write(files: &Files) -> Result<Vec<u8>> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        zip.start_file(name, options)?;
        zip.write_all(content)?;
    }
    Ok(zip.finish()?.into_inner())
}

/// Reads the files of a zip file.
///
/// # Errors
/// If it is not a zip file.
pub fn read(path: &Path) -> Result<Files> {
    unpack(File::open(path).with_context(|| format!("{} cannot be read", path.display()))?)
}

/// Reads the files of a zip.
///
/// # Errors
/// If it is not a zip file.
pub fn unpack(from: impl Read + Seek) -> Result<Files> {
    let mut zip = ZipArchive::new(from)?;
    let mut files = Files::new();
    for index in 0..zip.len() {
        let mut file = zip.by_index(index)?;
        let mut content = Vec::new();
        file.read_to_end(&mut content)?;
        files.push((file.name()?.into_owned(), content));
    }
    Ok(files)
}
