//! The tab: what comes over the line, and when its list can be seen, ours beside the peer's (tests/bench/peer-tab).

use std::fs;
use std::process::Command;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::ours::{Modules, Ours};
use crate::page::{Section, table};
use crate::peer::install;
use crate::people::{self, Person};
use crate::place::{Place, version_in};
use crate::world::World;

/// The heading.
pub const TITLE: &str = "The tab";
/// So often each is opened, plain and slowed down; the median counts.
const TIMES: &str = "10";

/// Measures both.
///
/// # Errors
/// When there is no browser, or a list does not come.
pub async fn measure(place: &Place, world: &Arc<World>) -> Result<Section> {
    if std::env::var_os("CHROMIUM").is_none() {
        bail!("the tab is measured in Chromium or Chrome: install one, or set CHROMIUM to the program");
    }
    let peer = peer_tab(place)?;
    let objects = place.fresh("objects")?;
    let _ours = Ours::start(place, world, &Modules::deployed(place)?, &objects).await?;
    let person =
        people::connected(1, &["salesforce", "box"]).await?.pop().context("no person is connected")?;
    let ours = visited(place, world, &person).await?;
    world.site.show(&peer);
    let theirs = visited(place, world, &person).await;
    world.site.show(&place.at("build/site"));
    let theirs = theirs?;
    let times = |name: &str| milliseconds(&ours, name) / milliseconds(&theirs, name);
    let modules = place.at("tests/bench/peer-tab/node_modules");
    let version = |package: &str| version_in(&modules, package).unwrap_or_else(|| "?".to_owned());
    let text = format!(
        "{}\n{}\nWorkbot compared with the baseline: {:.2} times the bytes, {:.2} times the time, {:.2} times the time with the slower CPU (target: fewer bytes, half of the time).\n\n\
         - *Workbot*: `build/site`, Yew and Fluent UI web components.\n\
         - *Baseline*: `tests/bench/peer-tab`, React {}, `@fluentui/react-components` {} and TeamsJS, bundled and minified with the same esbuild.\n\
         - The same worker serves both to the same host page. Both request the same list from the same API. Headless Chromium opens them with an empty cache.\n\
         - *Transfer*: all files below `/tab/` that are loaded before the list appears, each with gzip.\n\
         - *List*: the time from the tab's navigation to the first frame with a row of the list; median of {TIMES}. *4x slower*: with Chromium's CPU throttling.\n",
        crate::machine::described(place),
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

/// Builds the peer's tab; says where its site is.
fn peer_tab(place: &Place) -> Result<std::path::PathBuf> {
    let folder = install(place, "tests/bench/peer-tab")?;
    let site = place.fresh("peer-site")?;
    fs::create_dir_all(site.join("tab/assets"))?;
    fs::copy(folder.join("index.html"), site.join("tab/index.html"))?;
    let done = Command::new(place.at("node_modules/.bin/esbuild"))
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
        .context("esbuild could not be started")?;
    if !done.success() {
        bail!("the baseline tab could not be bundled");
    }
    Ok(site)
}

/// What a browser saw.
async fn visited(place: &Place, world: &World, person: &Person) -> Result<Value> {
    let mut browser = Command::new(place.at("node_modules/node/bin/node"));
    browser
        .arg(place.at("tests/bench/tab.mjs"))
        .arg(format!("{}/teams?person={}", place.sandbox(), person.oid))
        .args([world.worker(), TIMES]);
    let said = tokio::task::spawn_blocking(move || browser.output()).await??;
    if !said.status.success() {
        bail!("the browser: {}", String::from_utf8_lossy(&said.stderr));
    }
    serde_json::from_slice(&said.stdout).context("the output of the browser")
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
