//! wrangler's configuration for a local run: wrangler.toml with another output folder, or without the build
//! step.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};

use crate::build::Profile;
use crate::paths;

const DEPLOYED: &str = "wrangler.toml";
/// The heading of the table with the build command and the watched folders.
const BUILD: &str = "[build]";

/// The path of the configuration for a profile. `builds`: whether wrangler builds at each change.
///
/// # Errors
/// If wrangler.toml cannot be read, lacks `[build]`, or the other file cannot be written.
pub fn of(profile: Profile, builds: bool) -> Result<PathBuf> {
    let deployed = paths::at(DEPLOYED);
    if profile == Profile::Release && builds {
        return Ok(deployed);
    }
    let text = fs::read_to_string(&deployed).with_context(|| format!("{DEPLOYED} cannot be read"))?;
    ensure!(text.contains(BUILD), "{DEPLOYED} lacks `{BUILD}`");
    // In the same folder, so that relative paths stay valid.
    let name = format!(".wrangler.{}{}.toml", profile.name(), if builds { "" } else { ".built" });
    let path = paths::at(&name);
    let other = changed(&text, profile.folder(), builds);
    // Only written if it differs: wrangler restarts when the file changes.
    if fs::read_to_string(&path).ok().as_ref() != Some(&other) {
        fs::write(&path, other).with_context(|| format!("{name} cannot be written"))?;
    }
    Ok(path)
}

fn changed(text: &str, folder: &str, builds: bool) -> String {
    let mut of_build = false;
    let mut lines = vec![format!("# Written by `cargo xtask` from {DEPLOYED}.")];
    for line in text.lines() {
        if line.starts_with('[') {
            of_build = line == BUILD;
        }
        if builds || !of_build {
            lines.push(line.replace("\"build/", &format!("\"{folder}/")));
        }
    }
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "main = \"build/worker/main.js\"\n[build]\ncommand = \"make\"\n[assets]\ndirectory = \"build/site\"\n";

    #[test]
    fn what_is_built_elsewhere_is_found_there() {
        let text = changed(TEXT, "build/e2e", true);
        assert!(text.contains("main = \"build/e2e/worker/main.js\""), "{text}");
        assert!(text.contains("directory = \"build/e2e/site\""), "{text}");
        assert!(text.contains("command = \"make\""), "{text}");
    }

    #[test]
    fn what_was_built_is_not_built_again() {
        let text = changed(TEXT, "build", false);
        assert!(!text.contains("[build]") && !text.contains("make"), "{text}");
        assert!(text.contains("[assets]"), "{text}");
    }
}
