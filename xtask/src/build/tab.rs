//! The tab: cargo, wasm-bindgen, wasm-split and wasm-opt build the module and write it to two files, esbuild bundles
//! them with TeamsJS and Fluent under names with a content hash, and this module writes the page that references the
//! bundles.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::profile::Profile;
use super::{size, wasm_opt_features};
use crate::fingerprint::{self, Stamp};
use crate::{paths, step, tools};

/// The template of the page, with a placeholder for the references to the bundles.
const PAGE: &str = "tab-ui/index.html";
const PLACE: &str = "<!-- assets -->";

/// The style, and the script that writes the themes for it.
const STYLE: &str = "tab-ui/style.css";
const THEME: &str = "tab-ui/build/write_theme_css.mjs";

/// The style of what comes after the first paint.
const LATER_STYLE: &str = "tab-ui/later.css";

/// esbuild's list of its files.
const METAFILE: &str = "bundle.json";

/// Where the page's files go.
const ASSETS: &str = "site/tab/assets";

/// The apps' icons. The build of the catalog checks them.
const ICONS: &str = "catalog/icons";

/// Files with a hash in their name are immutable. Icons are revalidated daily. The worker sets the headers of
/// its own responses.
const HEADERS: &str = "/tab/assets/*
  Cache-Control: public, max-age=31536000, immutable
  X-Content-Type-Options: nosniff
/tab/icons/*
  Cache-Control: public, max-age=86400
  Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; sandbox
  X-Content-Type-Options: nosniff
";

/// Builds `site` and reports its size.
///
/// # Errors
/// If it does not compile.
pub fn build(profile: Profile) -> Result<String> {
    let page = profile.at("site/tab/index.html");
    let digest = fingerprint::digest(&["tab-ui"], profile.name())?;
    let stamp = Stamp::new(&profile.at("tab.stamp"));
    if let Some(report) = stamp.current(&digest)
        && page.is_file()
    {
        return Ok(report);
    }
    stamp.forget();

    let stage = profile.at("tab");
    modules(&stage, profile)?;
    libraries(&stage)?;
    let mut bundle = scripts(&stage, profile)?;
    theme(&stage, &bundle)?;
    bundle.extend(style(&stage, profile)?);

    let template = fs::read_to_string(paths::at(PAGE)).with_context(|| format!("{PAGE} cannot be read"))?;
    if !template.contains(PLACE) {
        bail!("{PAGE} has no line `{PLACE}`: it is the place of the references to the built files");
    }
    fs::write(&page, template.replace(PLACE, &links(&bundle)?))?;
    fs::write(profile.at("site/_headers"), HEADERS)?;
    remove_old(&profile.at(ASSETS), &bundle)?;

    let first = first(&bundle);
    let (first, later): (Vec<_>, Vec<_>) =
        bundle.iter().map(|output| output.path.clone()).partition(|path| first.contains(path));
    let report = size::report("tab, first page", &first)? + &size::report("tab, later", &later)?;
    stamp.record(&digest, &report)?;
    Ok(report)
}

/// What shrinks a file most. The stack of rustc's modules stands before everything else: its last bytes, the low
/// memory, are not used. Functions with like names are alike: side by side, gzip finds more in them.
const SHRINK: [&str; 6] =
    ["--flatten", "--rereloop", "-Oz", "-Oz", "--low-memory-unused", "--reorder-functions-by-name"];

/// The file for after the first paint: its name, and the URL in the script that loads it.
const LATER: &str = "split_later.wasm";
const LATER_URL: &str = r#"fetch(new URL("./split_later.wasm", import.meta.url))"#;

/// Compiles the crate. Writes `stage/tab.js`, `stage/tab_bg.wasm` with what the first page needs, and
/// `stage/split_later.wasm` with the rest.
fn modules(stage: &Path, profile: Profile) -> Result<()> {
    tools::wasm_target()?;
    let (wasm_bindgen, wasm_split) = (tools::wasm_bindgen()?, tools::wasm_split()?);

    let mut cargo = paths::cargo();
    cargo.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "z");
    cargo.args(["rustc", "--profile", profile.name(), "--target", "wasm32-unknown-unknown"]);
    cargo.args(["--package", "workbot-tab"]);
    // The split follows the relocations.
    cargo.args(["--", "-Clink-arg=--emit-relocs"]);
    step::run("compiling the tab", cargo)?;

    let whole = paths::target().join(format!("wasm32-unknown-unknown/{}/workbot-tab.wasm", profile.name()));
    let first = stage.join("first.wasm");
    let mut split = Command::new(&wasm_split);
    split.arg(whole).arg("--first").arg(&first).arg("--out-dir").arg(stage);
    split.args(["--script", "./tab.js", "--loader", "./later.js"]);
    step::run("splitting the tab", split)?;
    loader(&stage.join("later.js"))?;

    let mut bind = Command::new(&wasm_bindgen);
    bind.arg(first)
        .args(["--target", "web", "--no-typescript", "--omit-default-module-path", "--keep-lld-exports"])
        .args(["--short-imports", "--out-name", "tab", "--out-dir"])
        .arg(stage);
    step::run("binding the tab", bind)?;

    let (first, second) = (stage.join("tab_bg.wasm"), stage.join(LATER));
    for module in [first, second] {
        let mut shrink = Command::new(paths::npm_bin("wasm-opt"));
        paths::with_npm_bins(&mut shrink);
        shrink.args(if profile == Profile::Release { &SHRINK[..] } else { &["-O0"] });
        shrink
            .args(["--strip-debug", "--strip-target-features"])
            .args(wasm_opt_features::FEATURES)
            .arg(&module)
            .arg("-o")
            .arg(&module);
        step::run("shrinking the tab", shrink)?;
    }
    Ok(())
}

/// Makes esbuild name the second file, and a request for it wait for the first paint and end after the time
/// limit.
fn loader(script: &Path) -> Result<()> {
    let text = fs::read_to_string(script).context("the split wrote no loader")?;
    if text.matches(LATER_URL).count() != 1 {
        bail!("{} does not request {LATER}", script.display());
    }
    let request = "painted.then(() => fetch(new URL(file, import.meta.url), { signal: deadline() }))";
    let imports =
        format!("import file from \"./{LATER}\";\nimport {{ deadline, painted }} from \"workbot-host\";\n");
    fs::write(script, imports + &text.replace(LATER_URL, request)).context("the loader cannot be written")
}

/// TeamsJS writes its version and the local time into a log line, which is off. The first local time of a
/// page loads the browser's data for dates: this took longer than all else that TeamsJS does at its start.
const LOCAL_TIME: &str = ".toLocaleString()";
const UTC: &str = ".toISOString()";

/// Bundles TeamsJS (`stage/teams.js`) and Fluent's components (`stage/fluent.js`), each by itself: no helper
/// of esbuild is then shared between the first page and what comes later, as a file of its own.
fn libraries(stage: &Path) -> Result<()> {
    let mut esbuild = Command::new(paths::npm_bin("esbuild"));
    paths::with_npm_bins(&mut esbuild);
    esbuild
        .args(["tab-ui/js/teams.js", "tab-ui/js/fluent.js", "--bundle", "--format=esm", "--target=es2022"])
        .args(["--log-level=warning", "--legal-comments=none"])
        .arg(format!("--outdir={}", stage.display()))
        .current_dir(paths::root());
    step::run("bundling TeamsJS and Fluent", esbuild)?;
    let script = stage.join("teams.js");
    let text = fs::read_to_string(&script).context("esbuild wrote no TeamsJS")?;
    if text.matches(LOCAL_TIME).count() != 1 {
        bail!("TeamsJS does not write `{LOCAL_TIME}` once: see xtask/src/build/tab.rs");
    }
    fs::write(&script, text.replace(LOCAL_TIME, UTC)).context("TeamsJS cannot be written")
}

/// One output file of esbuild.
struct Output {
    path: PathBuf,
    /// Its entry point, or its only source.
    source: Option<String>,
    /// Its static imports.
    needs: Vec<PathBuf>,
}

impl Output {
    fn name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    fn is_start(&self) -> bool {
        self.source.as_deref() == Some("tab-ui/js/start.js")
    }

    /// Whether the first page always needs it.
    fn is_first(&self) -> bool {
        let source = self.source.as_deref().unwrap_or_default();
        self.is_start() || source == STYLE || source.ends_with("/tab_bg.wasm")
    }

    fn ends_with(&self, extension: &str) -> bool {
        self.path.extension().is_some_and(|its| its == extension)
    }
}

/// Bundles the scripts with the modules.
fn scripts(stage: &Path, profile: Profile) -> Result<Vec<Output>> {
    let mut esbuild = esbuild(stage, profile);
    esbuild
        .args(["tab-ui/js/start.js", "--splitting", "--format=esm", "--loader:.wasm=file"])
        .arg("--alias:workbot-host=./tab-ui/js/host.js")
        .arg(format!("--alias:workbot-teams={}", stage.join("teams.js").display()))
        .arg(format!("--alias:workbot-fluent={}", stage.join("fluent.js").display()))
        .arg(format!("--alias:workbot-tab={}", stage.join("tab.js").display()))
        .arg(format!("--alias:workbot-tab-module={}", stage.join("tab_bg.wasm").display()));
    step::run("bundling the tab", esbuild)?;
    outputs(stage)
}

/// Writes the rules of Teams' themes: with the tokens that the style uses, and with those that only the scripts use.
fn theme(stage: &Path, scripts: &[Output]) -> Result<()> {
    let mut node = paths::node();
    node.arg(THEME).args([stage.join("theme.css"), stage.join("fluent-theme.css")]);
    node.args([STYLE, LATER_STYLE]).current_dir(paths::root());
    node.args(scripts.iter().filter(|output| output.ends_with("js")).map(|output| &output.path));
    step::run("collecting the tokens of the themes", node).map(drop)
}

/// Bundles the style with the themes.
fn style(stage: &Path, profile: Profile) -> Result<Vec<Output>> {
    let mut esbuild = esbuild(stage, profile);
    esbuild.args([STYLE, LATER_STYLE]);
    for name in ["theme", "fluent-theme"] {
        esbuild.arg(format!("--alias:workbot-{name}={}", stage.join(format!("{name}.css")).display()));
    }
    step::run("bundling the style", esbuild)?;
    outputs(stage)
}

fn esbuild(stage: &Path, profile: Profile) -> Command {
    let mut esbuild = Command::new(paths::npm_bin("esbuild"));
    paths::with_npm_bins(&mut esbuild);
    esbuild
        .args(["--bundle", "--minify", "--target=es2022", "--log-level=warning", "--legal-comments=none"])
        .arg(format!("--outdir={}/{ASSETS}", profile.folder()))
        .args(["--entry-names=[name]-[hash]", "--chunk-names=chunk-[hash]", "--asset-names=[name]-[hash]"])
        .arg(format!("--metafile={}", stage.join(METAFILE).display()))
        .current_dir(paths::root());
    esbuild
}

/// The files that esbuild wrote.
fn outputs(stage: &Path) -> Result<Vec<Output>> {
    let text = fs::read_to_string(stage.join(METAFILE)).context("esbuild wrote no list of its files")?;
    let list: Value = serde_json::from_str(&text).context("esbuild's list of its files is not JSON")?;
    let outputs =
        list.get("outputs").and_then(Value::as_object).context("esbuild's list of its files is empty")?;
    Ok(outputs
        .iter()
        .map(|(path, about)| Output { path: paths::at(path), source: source(about), needs: needs(about) })
        .collect())
}

fn source(about: &Value) -> Option<String> {
    let asked = about.get("entryPoint").and_then(Value::as_str);
    let inputs = about.get("inputs").and_then(Value::as_object).filter(|inputs| inputs.len() == 1);
    asked.or_else(|| inputs?.keys().next().map(String::as_str)).map(str::to_owned)
}

/// The static imports of an output, without its dynamic ones.
fn needs(about: &Value) -> Vec<PathBuf> {
    let text = |import: &Value, name: &str| import.get(name).and_then(Value::as_str).map(str::to_owned);
    let imports = about.get("imports").and_then(Value::as_array).into_iter().flatten();
    imports
        .filter(|import| text(import, "kind").as_deref() == Some("import-statement"))
        .filter_map(|import| Some(paths::at(&text(import, "path")?)))
        .collect()
}

/// The files that the first page needs.
fn first(bundle: &[Output]) -> Vec<PathBuf> {
    let mut first: Vec<_> = bundle.iter().filter(|output| output.is_first()).collect();
    let mut seen = 0;
    while let Some(output) = first.get(seen) {
        seen += 1;
        let needed: Vec<_> = bundle.iter().filter(|its| output.needs.contains(&its.path)).collect();
        for output in needed {
            if first.iter().all(|its| its.path != output.path) {
                first.push(output);
            }
        }
    }
    first.into_iter().map(|output| output.path.clone()).collect()
}

/// The page's references. The browser requests all files of the first page at once, without waiting for a
/// script to import the next one.
fn links(bundle: &[Output]) -> Result<String> {
    let mut lines = Vec::new();
    let mut start = None;
    let first = first(bundle);
    for output in bundle.iter().filter(|output| first.contains(&output.path)) {
        let url = format!("/tab/assets/{}", output.name());
        if output.is_start() {
            start = Some(format!(r#"<script type="module" src="{url}"></script>"#));
        } else if output.ends_with("js") {
            lines.push(format!(r#"<link rel="modulepreload" href="{url}">"#));
        } else if output.ends_with("css") {
            lines.insert(0, format!(r#"<link rel="stylesheet" href="{url}">"#));
        } else if output.ends_with("wasm") {
            lines.push(format!(
                r#"<link rel="preload" href="{url}" as="fetch" type="application/wasm" crossorigin>"#
            ));
        }
    }
    for output in bundle.iter().filter(|output| output.ends_with("css") && !output.is_first()) {
        // Not requested before a script enables it.
        lines.push(format!(r#"<link rel="stylesheet" href="/tab/assets/{}" disabled>"#, output.name()));
    }
    lines.push(start.context("esbuild has no output for tab-ui/js/start.js")?);
    Ok(lines.join("\n    "))
}

/// Removes the files of earlier builds, which the page no longer references.
fn remove_old(folder: &Path, bundle: &[Output]) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if !bundle.iter().any(|output| output.path.file_name() == path.file_name()) {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

/// Copies the apps' icons beside the page, and removes all others.
///
/// # Errors
/// If an icon cannot be copied.
pub fn icons(profile: Profile) -> Result<()> {
    let to = profile.at("site/tab/icons");
    let digest = fingerprint::digest(&[ICONS], "")?;
    let stamp = Stamp::new(&profile.at("icons.stamp"));
    if stamp.current(&digest).is_some() && to.is_dir() {
        return Ok(());
    }
    stamp.forget();
    if to.exists() {
        fs::remove_dir_all(&to)?;
    }
    fs::create_dir_all(&to)?;
    for entry in fs::read_dir(paths::at(ICONS)).with_context(|| format!("{ICONS} cannot be read"))? {
        let icon = entry?.path();
        if let Some(name) = icon.file_name().filter(|_| icon.extension().is_some_and(|its| its == "svg")) {
            fs::copy(&icon, to.join(name))?;
        }
    }
    stamp.record(&digest, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(name: &str) -> PathBuf {
        paths::at("build/site/tab/assets").join(name)
    }

    fn output(name: &str, source: Option<&str>) -> Output {
        let needs = if name.starts_with("start") { vec![path("chunk-A.js")] } else { vec![] };
        Output { path: path(name), source: source.map(str::to_owned), needs }
    }

    #[test]
    fn the_page_asks_for_every_file_that_it_needs_first_at_once_and_runs_one() {
        let bundle = [
            output("chunk-A.js", None),
            output("fluent-E.js", None),
            output("start-B.js", Some("tab-ui/js/start.js")),
            output("style-C.css", Some("tab-ui/style.css")),
            output("later-G.css", Some("tab-ui/later.css")),
            output("tab_bg-D.wasm", Some("build/tab/tab_bg.wasm")),
            output("split_later-F.wasm", Some("build/tab/split_later.wasm")),
        ];
        let links = links(&bundle).unwrap();
        for name in ["chunk-A.js", "start-B.js", "style-C.css", "tab_bg-D.wasm"] {
            assert_eq!(links.matches(&format!("\"/tab/assets/{name}\"")).count(), 1, "{name}");
        }
        for name in ["fluent-E", "split_later-F"] {
            assert!(!links.contains(name), "what is needed later comes later");
        }
        assert!(links.contains(r#"<link rel="stylesheet" href="/tab/assets/later-G.css" disabled>"#));
        assert_eq!(links.matches("<script").count(), 1);
        assert!(links.contains(r#"src="/tab/assets/start-B.js""#));
    }

    #[test]
    fn a_bundle_without_a_start_is_no_tab() {
        assert!(links(&[output("chunk-A.js", None)]).is_err());
    }
}
