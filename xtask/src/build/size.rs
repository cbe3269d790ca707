//! The size of build results, raw and compressed.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use flate2::Compression;
use flate2::write::GzEncoder;

/// Size in bytes, raw and gzip.
#[derive(Clone, Copy, Default)]
pub struct Size {
    raw: usize,
    gzip: usize,
}

impl Size {
    /// The size of one file.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn of(path: &Path) -> Result<Self> {
        let content = fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(&content)?;
        Ok(Size { raw: content.len(), gzip: encoder.finish()?.len() })
    }
}

/// One line for the total, one line per file.
///
/// # Errors
/// If a file cannot be read.
pub fn report(name: &str, files: &[PathBuf]) -> Result<String> {
    let mut total = Size::default();
    let mut lines = String::new();
    for file in files {
        let size = Size::of(file)?;
        total.raw += size.raw;
        total.gzip += size.gzip;
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        lines.push_str(&line(&format!("  {name}"), size));
    }
    Ok(line(name, total) + &lines)
}

#[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
fn line(name: &str, size: Size) -> String {
    let (raw, gzip) = (size.raw as f64 / 1000.0, size.gzip as f64 / 1000.0);
    format!("{name:<36} {raw:>8.1} KB  {gzip:>7.1} KB gzip\n")
}
