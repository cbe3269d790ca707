//! The tab: the transferred bytes, and the time until its list is visible, for our tab, the one for
//! comparison (tests/bench/peer-tab) and the least that a tab does (tests/bench/floor-tab).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout};

use crate::benchmarks_page::{Section, table};
use crate::cold_start::median;
use crate::paths::{Paths, version_in};
use crate::people::{self, Person};
use crate::stand_ins::StandIns;
use crate::target_baseline::install;
use crate::target_workbot::{Modules, Workbot};

/// The heading of the section.
pub const TITLE: &str = "The tab";
/// How often each tab is opened, at normal speed and slowed down; the median counts.
const ROUNDS: usize = 15;
/// The slowdown of the CPU, as Chromium's developer tools offer it for a phone.
const SLOW: u32 = 4;

/// Measures the tabs, by turns.
///
/// # Errors
/// When there is no browser, or a list does not appear.
pub async fn measure(paths: &Paths, stand_ins: &Arc<StandIns>) -> Result<Section> {
    if std::env::var_os("CHROMIUM").is_none() {
        bail!("the tab needs Chromium or Chrome: install one, or set CHROMIUM to its path");
    }
    let peer_source = install(paths, "tests/bench/peer-tab")?;
    let peer = bundled(paths, &peer_source, "tab.jsx")?;
    let floor = bundled(paths, &paths.at("tests/bench/floor-tab"), "tab.js")?;
    let objects = paths.fresh("objects")?;
    let _worker = Workbot::start(paths, stand_ins, &Modules::deployed(paths)?, &objects).await?;
    let person = people::with_used_connections().await?;
    let mut tabs = Vec::new();
    for (name, site) in [("Workbot", paths.at("build/site")), ("baseline", peer), ("floor", floor)] {
        tabs.push(Tab::start(paths, stand_ins, &person, name, site)?);
    }
    // The first visit of each starts its browser and does not count.
    let visited = visit_by_turns(stand_ins, &mut tabs).await;
    stand_ins.site.show(&paths.at("build/site"));
    visited?;
    let [ours, theirs, ..] = tabs.as_slice() else { bail!("no tabs") };
    let modules = peer_source.join("node_modules");
    let version = |package: &str| version_in(&modules, package).unwrap_or_else(|| "?".to_owned());
    let text = format!(
        "{}\n{}\nWorkbot compared with the baseline: {:.2} times the bytes, {:.2} times the time, {:.2} times the time with the slower CPU (target: no more bytes, at most 0.7 of the time).\n\n\
         - *Workbot*: `build/site`, Yew and Fluent UI web components.\n\
         - *Baseline*: `tests/bench/peer-tab`, React {}, `@fluentui/react-components` {} and TeamsJS, bundled and minified with the same esbuild.\n\
         - *Floor*: `tests/bench/floor-tab`, TeamsJS and 1 KB of plain JavaScript: the token, the request, a list without a style or a button, and then its dates.\n\
         - The same worker serves all to the same host page, and they request the same list from the same API. They take turns. Headless Chromium opens each with an empty cache.\n\
         - *Transfer*: all files below `/tab/` that are requested before the list appears, each with gzip. Workbot's icons come after it; the others have none.\n\
         - The person has two connections that commands have used, and apps that are not connected. Both tabs show of each row the app, the account or the number of commands, the status, the time of last use and the actions.\n\
         - *List*: the time from the tab's navigation to the first frame with a row of the list, which has the app, the account, the status and the actions; median of {ROUNDS}. *{SLOW}x slower*: with Chromium's CPU throttling.\n\
         - *Dates*: the time to the first frame with a time of last use. The baseline writes it with the list, as React does by default; Workbot after the first paint, in space that is kept; so does the floor.\n",
        crate::machine::described(paths),
        table(
            &[
                "",
                "files",
                "transfer KB",
                "list ms",
                "dates ms",
                &format!("list ms, {SLOW}x slower"),
                &format!("dates ms, {SLOW}x slower"),
            ],
            &tabs.iter().map(Tab::row).collect::<Vec<_>>(),
        ),
        ours.kilobytes() / theirs.kilobytes(),
        ours.plain.list() / theirs.plain.list(),
        ours.slow.list() / theirs.slow.list(),
        version("react"),
        version("@fluentui/react-components"),
    );
    Ok(Section { title: TITLE, text })
}

async fn visit_by_turns(stand_ins: &StandIns, tabs: &mut [Tab]) -> Result<()> {
    for round in 0..=ROUNDS {
        for slowdown in [1, SLOW] {
            for tab in &mut *tabs {
                stand_ins.site.show(&tab.site);
                let (list, dates) = tab.visit(slowdown).await?;
                if round > 0 {
                    let times = if slowdown == 1 { &mut tab.plain } else { &mut tab.slow };
                    times.list.push(list);
                    times.dates.push(dates);
                }
            }
        }
    }
    Ok(())
}

/// Bundles a tab for comparison. Returns the folder of its site.
fn bundled(paths: &Paths, source: &Path, script: &str) -> Result<PathBuf> {
    let name = source.file_name().context("a tab for comparison has a folder")?.to_string_lossy();
    let site = paths.fresh(&format!("{name}-site"))?;
    fs::create_dir_all(site.join("tab/assets"))?;
    fs::copy(source.join("index.html"), site.join("tab/index.html"))?;
    let done = Command::new(paths.at("node_modules/.bin/esbuild"))
        .arg(script)
        .args(["--bundle", "--minify", "--format=esm", "--target=es2022", "--jsx=automatic"])
        .args([
            "--define:process.env.NODE_ENV=\"production\"",
            "--legal-comments=none",
            "--log-level=warning",
        ])
        .arg(format!("--outfile={}", site.join("tab/assets/tab.js").display()))
        .current_dir(source)
        .status()
        .context("cannot start esbuild")?;
    if !done.success() {
        bail!("cannot bundle {}", source.display());
    }
    Ok(site)
}

/// A tab with its browser, and what was measured.
struct Tab {
    name: &'static str,
    site: PathBuf,
    /// Ends with the browser's input.
    _browser: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    files: Vec<Value>,
    plain: Times,
    slow: Times,
}

/// The times of the visits, in milliseconds from the tab's navigation.
#[derive(Default)]
struct Times {
    /// Until the list.
    list: Vec<f64>,
    /// Until a date.
    dates: Vec<f64>,
}

impl Times {
    fn list(&self) -> f64 {
        median(self.list.clone())
    }

    fn row(&self) -> [String; 2] {
        [self.list(), median(self.dates.clone())].map(|time| format!("{time:.0}"))
    }
}

impl Tab {
    fn start(
        paths: &Paths,
        stand_ins: &StandIns,
        person: &Person,
        name: &'static str,
        site: PathBuf,
    ) -> Result<Self> {
        let mut browser = tokio::process::Command::new(paths.at("node_modules/node/bin/node"));
        browser
            .arg(paths.at("tests/bench/tab.mjs"))
            .arg(format!("{}/teams?person={}", paths.sandbox(), person.oid))
            .arg(stand_ins.worker())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut browser = browser.spawn().context("cannot start node")?;
        let input = browser.stdin.take().context("node has no input")?;
        let output = BufReader::new(browser.stdout.take().context("node has no output")?).lines();
        let (plain, slow) = (Times::default(), Times::default());
        Ok(Self { name, site, _browser: browser, input, output, files: vec![], plain, slow })
    }

    /// Opens it. Returns the milliseconds until its list and until its dates.
    async fn visit(&mut self, slowdown: u32) -> Result<(f64, f64)> {
        self.input.write_all(format!("{slowdown}\n").as_bytes()).await?;
        let line = self.output.next_line().await?.context("the browser has ended")?;
        let seen: Value = serde_json::from_str(&line).context("cannot read the browser's output")?;
        self.files = seen.get("files").and_then(Value::as_array).cloned().unwrap_or_default();
        let time = |name: &str| seen.get(name).and_then(Value::as_f64).context("no time");
        Ok((time("list")?, time("dates")?))
    }

    fn kilobytes(&self) -> f64 {
        self.files.iter().filter_map(|file| file.get("gzip")?.as_f64()).sum::<f64>() / 1000.0
    }

    fn row(&self) -> Vec<String> {
        let transfer =
            [self.name.to_owned(), self.files.len().to_string(), format!("{:.0}", self.kilobytes())];
        [&transfer[..], &self.plain.row(), &self.slow.row()].concat()
    }
}
