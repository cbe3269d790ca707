//! The browser of the browser tests.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::step;

const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// Locations of browsers outside of the PATH.
const PLACES: [&str; 4] = [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Google\Chrome\Application\chrome.exe",
];

/// The browser in `$CHROMIUM`, or the one on this machine. Installs one where that is possible.
///
/// # Errors
/// If no browser is available. The error says what to do.
pub fn find() -> Result<PathBuf> {
    if let Some(named) = env::var_os("CHROMIUM") {
        let named = PathBuf::from(named);
        if !named.is_file() {
            bail!("CHROMIUM is {}, which is not a program", named.display());
        }
        return Ok(named);
    }
    if let Some(found) = on_this_machine() {
        return Ok(found);
    }
    if may_install() {
        let mut update = Command::new("apt-get");
        update.arg("update");
        step::run("updating the package lists", update)?;
        let mut install = Command::new("apt-get");
        install.args(["install", "--yes", "--no-install-recommends", "chromium", "fonts-liberation"]);
        install.env("DEBIAN_FRONTEND", "noninteractive");
        step::run("installing Chromium", install)?;
        if let Some(found) = on_this_machine() {
            return Ok(found);
        }
    }
    bail!("the browser tests need Chromium or Chrome: install one, or set CHROMIUM to the program")
}

fn on_this_machine() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let on_path = env::split_paths(&path).flat_map(|folder| NAMES.map(|name| folder.join(name)));
    on_path.chain(PLACES.map(PathBuf::from)).find(|program| program.is_file())
}

/// On Debian-based systems as root: a container or a build machine.
fn may_install() -> bool {
    let root =
        || Command::new("id").arg("-u").output().is_ok_and(|response| response.stdout.trim_ascii() == b"0");
    cfg!(target_os = "linux") && Path::new("/usr/bin/apt-get").is_file() && root()
}
