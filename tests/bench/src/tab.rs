//! The tab: the transferred bytes, and the time until its list is visible, for our tab and the one for
//! comparison (tests/bench/peer-tab).

use std::fs;
use std::process::Command;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::benchmarks_page::{Section, table};
use crate::paths::{Paths, version_in};
use crate::people::{self, Person};
use crate::stand_ins::StandIns;
use crate::target_baseline::install;
use crate::target_workbot::{Modules, Workbot};

/// The heading of the section.
pub const TITLE: &str = "The tab";
/// How often each tab is opened, at normal speed and slowed down; the median counts.
const TIMES: &str = "10";

/// Measures both tabs.
///
/// # Errors
/// When there is no browser, or a list does not appear.
pub async fn measure(paths: &Paths, stand_ins: &Arc<StandIns>) -> Result<Section> {
    if std::env::var_os("CHROMIUM").is_none() {
        bail!("the tab needs Chromium or Chrome: install one, or set CHROMIUM to its path");
    }
    let peer = peer_tab(paths)?;
    let objects = paths.fresh("objects")?;
    let _ours = Workbot::start(paths, stand_ins, &Modules::deployed(paths)?, &objects).await?;
    let person = people::connected(1, &["salesforce", "box"]).await?.pop().context("no person")?;
    let ours = visited(paths, stand_ins, &person).await?;
    stand_ins.site.show(&peer);
    let theirs = visited(paths, stand_ins, &person).await;
    stand_ins.site.show(&paths.at("build/site"));
    let theirs = theirs?;
    let times = |name: &str| milliseconds(&ours, name) / milliseconds(&theirs, name);
    let modules = paths.at("tests/bench/peer-tab/node_modules");
    let version = |package: &str| version_in(&modules, package).unwrap_or_else(|| "?".to_owned());
    let text = format!(
        "{}\n{}\nWorkbot compared with the baseline: {:.2} times the bytes, {:.2} times the time, {:.2} times the time with the slower CPU (target: no more bytes, at most 0.7 of the time).\n\n\
         - *Workbot*: `build/site`, Yew and Fluent UI web components.\n\
         - *Baseline*: `tests/bench/peer-tab`, React {}, `@fluentui/react-components` {} and TeamsJS, bundled and minified with the same esbuild.\n\
         - The same worker serves both to the same host page. Both request the same list from the same API. Headless Chromium opens them with an empty cache.\n\
         - *Transfer*: all files below `/tab/` that are requested before the list appears; for Workbot also the apps' icons. Each with gzip.\n\
         - *List*: the time from the tab's navigation to the first frame with a row of the list; median of {TIMES}. *4x slower*: with Chromium's CPU throttling.\n",
        crate::machine::described(paths),
        table(
            &["", "files", "transfer KB", "list ms", "list ms, 4x slower"],
            &[row("Workbot", &ours), row("baseline", &theirs)],
        ),
        kilobytes(&ours) / kilobytes(&theirs),
        times("plain"),
        times("slow"),
        version("react"),
        version("@fluentui/react-components"),
    );
    Ok(Section { title: TITLE, text })
}

/// Builds the tab for comparison. Returns the folder of its site.
fn peer_tab(paths: &Paths) -> Result<std::path::PathBuf> {
    let folder = install(paths, "tests/bench/peer-tab")?;
    let site = paths.fresh("peer-site")?;
    fs::create_dir_all(site.join("tab/assets"))?;
    fs::copy(folder.join("index.html"), site.join("tab/index.html"))?;
    let done = Command::new(paths.at("node_modules/.bin/esbuild"))
        .arg("tab.jsx")
        .args(["--bundle", "--minify", "--format=esm", "--target=es2022", "--jsx=automatic"])
        .args([
            "--define:process.env.NODE_ENV=\"production\"",
            "--legal-comments=none",
            "--log-level=warning",
        ])
        .arg(format!("--outfile={}", site.join("tab/assets/tab.js").display()))
        .current_dir(&folder)
        .status()
        .context("cannot start esbuild")?;
    if !done.success() {
        bail!("cannot bundle the tab for comparison");
    }
    Ok(site)
}

/// A browser's measurements of a tab.
async fn visited(paths: &Paths, stand_ins: &StandIns, person: &Person) -> Result<Value> {
    let mut browser = Command::new(paths.at("node_modules/node/bin/node"));
    browser
        .arg(paths.at("tests/bench/tab.mjs"))
        .arg(format!("{}/teams?person={}", paths.sandbox(), person.oid))
        .args([stand_ins.worker(), TIMES]);
    let output = tokio::task::spawn_blocking(move || browser.output()).await??;
    if !output.status.success() {
        bail!("the browser failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    serde_json::from_slice(&output.stdout).context("cannot read the browser's output")
}

fn files(seen: &Value) -> &[Value] {
    seen.get("files").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn kilobytes(seen: &Value) -> f64 {
    files(seen).iter().filter_map(|file| file.get("gzip")?.as_f64()).sum::<f64>() / 1000.0
}

fn milliseconds(seen: &Value, name: &str) -> f64 {
    seen.get(name).and_then(Value::as_f64).unwrap_or(f64::NAN)
}

fn row(name: &str, seen: &Value) -> Vec<String> {
    vec![
        name.to_owned(),
        files(seen).len().to_string(),
        format!("{:.0}", kilobytes(seen)),
        format!("{:.0}", milliseconds(seen, "plain")),
        format!("{:.0}", milliseconds(seen, "slow")),
    ]
}
