//! Our bot as it is deployed: the built module under `workerd serve`, with a configuration made here. The
//! proxy of `wrangler dev` would cost several times the measured time.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::child_process::ChildProcess;
use crate::kv_stand_in::Kv;
use crate::paths::Paths;
use crate::stand_ins::StandIns;

/// The modules of a worker, copied beside workerd's configuration, which embeds files of its own folder only.
pub struct Modules {
    folder: PathBuf,
    /// The names of the built files; the first is the entry module.
    files: Vec<String>,
    counts: bool,
}

/// Where a bot keeps its data, and its port.
pub struct Place {
    /// The folder of its databases.
    pub objects: PathBuf,
    /// Its key-value store.
    pub kv: Arc<Kv>,
    /// Its port.
    pub port: u16,
}

/// The entry module of the build.
const ENTRY: &str = "main.js";
/// The script that wraps it and counts.
const COUNTING: &str = "counting_worker.mjs";

impl Modules {
    /// The worker as it is deployed.
    ///
    /// # Errors
    /// When the files cannot be copied.
    pub fn deployed(paths: &Paths) -> Result<Self> {
        Self::of(paths, &paths.at("build/worker"), "deployed")
    }

    /// A built worker, unchanged, behind the counting script.
    ///
    /// # Errors
    /// When the files cannot be copied.
    pub fn counted(paths: &Paths, built: &Path) -> Result<Self> {
        let modules = Self::of(paths, built, "counted")?;
        copy(&paths.at("tests/bench").join(COUNTING), &modules.folder.join(COUNTING))?;
        Ok(Self { counts: true, ..modules })
    }

    /// A worker in another build folder.
    ///
    /// # Errors
    /// When the files cannot be copied.
    pub fn of(paths: &Paths, built: &Path, name: &str) -> Result<Self> {
        let folder = paths.fresh(name)?;
        let mut files = vec![ENTRY.to_owned()];
        for entry in fs::read_dir(built).with_context(|| format!("{} cannot be read", built.display()))? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if name != ENTRY && [".js", ".wasm", ".bin"].iter().any(|ending| name.ends_with(ending)) {
                files.push(name);
            }
        }
        for file in &files {
            copy(&built.join(file), &folder.join(file))?;
        }
        Ok(Self { folder, files, counts: false })
    }

    /// The built files.
    pub fn files(&self) -> Vec<PathBuf> {
        self.files.iter().map(|file| self.folder.join(file)).collect()
    }

    /// The modules in workerd's configuration; the first is the entry module.
    fn listed(&self) -> String {
        let counting = self.counts.then_some(COUNTING);
        let entry = |name: &str| {
            let kind = match name.rsplit('.').next() {
                Some("wasm") => "wasm",
                Some("bin") => "data",
                _ => "esModule",
            };
            format!("(name = {name:?}, {kind} = embed {name:?})")
        };
        counting
            .into_iter()
            .chain(self.files.iter().map(String::as_str))
            .map(entry)
            .collect::<Vec<_>>()
            .join(",\n    ")
    }
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::copy(from, to).with_context(|| format!("{} cannot be copied", from.display()))?;
    Ok(())
}

impl Place {
    /// The address that the worker states as its own, where people can log in.
    ///
    /// # Errors
    /// When that address has no port.
    pub fn usual(stand_ins: &StandIns, objects: &Path) -> Result<Self> {
        let port = stand_ins.worker().rsplit(':').next().and_then(|port| port.parse().ok());
        let port = port.context("the worker's address has no port")?;
        Ok(Self { objects: objects.to_owned(), kv: Arc::clone(&stand_ins.kv), port })
    }

    /// The bot's origin.
    pub fn origin(&self) -> String {
        format!("http://localhost:{}", self.port)
    }
}

/// Our running bot.
pub struct Workbot {
    /// The process.
    pub program: ChildProcess,
    /// The time from its start to its first response.
    pub answered_after: Duration,
}

impl Workbot {
    /// Starts it on these databases, and waits until it responds.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn start(
        paths: &Paths,
        stand_ins: &StandIns,
        modules: &Modules,
        objects: &Path,
    ) -> Result<Self> {
        Self::start_with(paths, stand_ins, modules, &Place::usual(stand_ins, objects)?, &[]).await
    }

    /// Starts it with an inspector on the port where the counting worker would report.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn inspected(
        paths: &Paths,
        stand_ins: &StandIns,
        modules: &Modules,
        objects: &Path,
    ) -> Result<Self> {
        let inspector = format!("--inspector-addr=localhost:{}", stand_ins.counts_port());
        Self::start_with(paths, stand_ins, modules, &Place::usual(stand_ins, objects)?, &[&inspector]).await
    }

    /// Starts it in another place.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn start_in(
        paths: &Paths,
        stand_ins: &StandIns,
        modules: &Modules,
        place: &Place,
    ) -> Result<Self> {
        Self::start_with(paths, stand_ins, modules, place, &[]).await
    }

    async fn start_with(
        paths: &Paths,
        stand_ins: &StandIns,
        modules: &Modules,
        place: &Place,
        more: &[&str],
    ) -> Result<Self> {
        let file = modules.folder.join("workerd.capnp");
        fs::write(&file, configuration(paths, stand_ins, modules, place)?)
            .with_context(|| format!("{} cannot be written", file.display()))?;
        let mut command = Command::new(paths.at("node_modules/.bin/workerd"));
        command.arg("serve").arg(&file).arg("--experimental").args(more);
        let mut program = ChildProcess::start(command, &paths.file("workerd.log"))?;
        let healthz = format!("{}/healthz", place.origin());
        let answered_after =
            program.until(|| async { stand_ins.client.get(&healthz).await.is_ok() }).await.context(
                "our bot did not start under workerd: its log is workerd.log in the folder of this run",
            )?;
        Ok(Self { program, answered_after })
    }
}

/// workerd's configuration, in the text form of Cap'n Proto.
fn configuration(paths: &Paths, stand_ins: &StandIns, modules: &Modules, place: &Place) -> Result<String> {
    let trusted = format!("{},{}", paths.variable("TRUSTED_SERVICE_URLS"), stand_ins.connector.url());
    let variables: Vec<_> = paths
        .variables()
        .iter()
        .map(|(name, value)| (name, if name == "TRUSTED_SERVICE_URLS" { &trusted } else { value }))
        .map(|(name, value)| format!("(name = {name:?}, text = {value:?})"))
        .collect();
    let counts = if modules.counts {
        format!(
            ",\n    (name = \"counts\", address = \"localhost:{}\", service = (name = \"bot\", entrypoint = \"Counts\"))",
            stand_ins.counts_port()
        )
    } else {
        String::new()
    };
    Ok(format!(
        r#"using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "bot", worker = .bot),
    (name = "kv", external = (address = "{kv}", http = ())),
    (name = "site", external = (address = "{site}", http = ())),
    (name = "objects", disk = (path = {objects:?}, writable = true)),
    (name = "internet", network = (allow = ["public", "private"])),
  ],
  sockets = [
    (name = "http", address = "localhost:{port}", http = (), service = "bot"){counts}
  ],
);

const bot :Workerd.Worker = (
  modules = [
    {modules}
  ],
  compatibilityDate = "{date}",
  bindings = [
    (name = "VAULT", durableObjectNamespace = "Vault"),
    (name = "WORKSPACE", durableObjectNamespace = "Workspace"),
    (name = "CONNECTIONS", kvNamespace = "kv"),
    (name = "ASSETS", service = "site"),
    {variables}
  ],
  durableObjectNamespaces = [
    (className = "Vault", uniqueKey = "vault", enableSql = true),
    (className = "Workspace", uniqueKey = "workspace", enableSql = true),
  ],
  durableObjectStorage = (localDisk = "objects"),
);
"#,
        kv = place.kv.address(),
        port = place.port,
        site = stand_ins.site.address(),
        objects = place.objects.display().to_string(),
        modules = modules.listed(),
        variables = variables.join(",\n    "),
        date = compatibility_date(paths)?,
    ))
}

/// The compatibility date of wrangler.toml.
///
/// # Errors
/// When wrangler.toml states none.
pub fn compatibility_date(paths: &Paths) -> Result<String> {
    let text = fs::read_to_string(paths.at("wrangler.toml")).context("cannot read wrangler.toml")?;
    let date = text.lines().find_map(|line| line.strip_prefix("compatibility_date = "));
    Ok(date.context("wrangler.toml states no compatibility_date")?.trim_matches('"').to_owned())
}
