//! Our bot as it is deployed: the built module under `workerd serve`, with a configuration made here. The
//! proxy of `wrangler dev` would cost several times the measured time.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::child_process::ChildProcess;
use crate::environment::Environment;
use crate::paths::Paths;

/// The modules of a worker, copied beside workerd's configuration, which embeds files of its own folder only.
pub struct Modules {
    folder: PathBuf,
    counts: bool,
}

/// The files of the build; the first is the entry module.
const BUILT: [&str; 4] = ["main.js", "index.js", "index_bg.wasm", "catalog.bin"];
/// The script that wraps it and counts.
const COUNTING: &str = "counting.mjs";

impl Modules {
    /// The worker as it is deployed.
    ///
    /// # Errors
    /// When the files cannot be copied.
    pub fn deployed(paths: &Paths) -> Result<Self> {
        Self::of(paths, &paths.at("build/worker"), "deployed")
    }

    /// The deployed worker, unchanged, behind the counting script.
    ///
    /// # Errors
    /// When the files cannot be copied.
    pub fn counted(paths: &Paths) -> Result<Self> {
        let modules = Self::of(paths, &paths.at("build/worker"), "counted")?;
        copy(&paths.at("tests/bench").join(COUNTING), &modules.folder.join(COUNTING))?;
        Ok(Self { counts: true, ..modules })
    }

    /// A worker in another build folder.
    ///
    /// # Errors
    /// When the files cannot be copied.
    pub fn of(paths: &Paths, built: &Path, name: &str) -> Result<Self> {
        let folder = paths.fresh(name)?;
        for file in BUILT {
            copy(&built.join(file), &folder.join(file))?;
        }
        Ok(Self { folder, counts: false })
    }

    /// The built files.
    pub fn files(&self) -> Vec<PathBuf> {
        BUILT.iter().map(|file| self.folder.join(file)).collect()
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
        counting.into_iter().chain(BUILT).map(entry).collect::<Vec<_>>().join(",\n    ")
    }
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::copy(from, to).with_context(|| format!("{} cannot be copied", from.display()))?;
    Ok(())
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
        environment: &Environment,
        modules: &Modules,
        objects: &Path,
    ) -> Result<Self> {
        Self::start_with(paths, environment, modules, objects, &[]).await
    }

    /// Starts it with an inspector on the port where the counting worker would report.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn inspected(
        paths: &Paths,
        environment: &Environment,
        modules: &Modules,
        objects: &Path,
    ) -> Result<Self> {
        let inspector = format!("--inspector-addr=localhost:{}", environment.counts_port());
        Self::start_with(paths, environment, modules, objects, &[&inspector]).await
    }

    async fn start_with(
        paths: &Paths,
        environment: &Environment,
        modules: &Modules,
        objects: &Path,
        more: &[&str],
    ) -> Result<Self> {
        let file = modules.folder.join("workerd.capnp");
        fs::write(&file, configuration(paths, environment, modules, objects)?)
            .with_context(|| format!("{} cannot be written", file.display()))?;
        let mut command = Command::new(paths.at("node_modules/.bin/workerd"));
        command.arg("serve").arg(&file).arg("--experimental").args(more);
        let mut program = ChildProcess::start(command, &paths.file("workerd.log"))?;
        let healthz = format!("{}/healthz", environment.worker());
        let answered_after =
            program.until(|| async { environment.client.get(&healthz).await.is_ok() }).await.context(
                "our bot did not start under workerd: its log is workerd.log in the folder of this run",
            )?;
        Ok(Self { program, answered_after })
    }
}

/// workerd's configuration, in the text form of Cap'n Proto.
fn configuration(
    paths: &Paths,
    environment: &Environment,
    modules: &Modules,
    objects: &Path,
) -> Result<String> {
    let trusted = format!("{},{}", paths.variable("TRUSTED_SERVICE_URLS"), environment.connector.url());
    let variables: Vec<_> = paths
        .variables()
        .iter()
        .map(|(name, value)| (name, if name == "TRUSTED_SERVICE_URLS" { &trusted } else { value }))
        .map(|(name, value)| format!("(name = {name:?}, text = {value:?})"))
        .collect();
    let port = environment.worker().rsplit(':').next().context("the worker's address has no port")?;
    let counts = if modules.counts {
        format!(
            ",\n    (name = \"counts\", address = \"localhost:{}\", service = (name = \"bot\", entrypoint = \"Counts\"))",
            environment.counts_port()
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
        kv = environment.kv.address(),
        site = environment.site.address(),
        objects = objects.display().to_string(),
        modules = modules.listed(),
        variables = variables.join(",\n    "),
        date = compatibility_date(paths)?,
    ))
}

/// The compatibility date of wrangler.toml.
fn compatibility_date(paths: &Paths) -> Result<String> {
    let text = fs::read_to_string(paths.at("wrangler.toml")).context("cannot read wrangler.toml")?;
    let date = text.lines().find_map(|line| line.strip_prefix("compatibility_date = "));
    Ok(date.context("wrangler.toml states no compatibility_date")?.trim_matches('"').to_owned())
}
