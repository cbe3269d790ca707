//! A minimal bot with an object per person: tests/bench/minimal.mjs under `workerd serve`.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result};

use crate::child_process::ChildProcess;
use crate::environment::Environment;
use crate::paths::Paths;
use crate::people::Person;
use crate::target_baseline::records_of;
use crate::target_workbot::compatibility_date;
use crate::test_server::free_port;

/// Starts the bot with a connection to Salesforce for each of these people. Returns its origin and its
/// process.
///
/// # Errors
/// When it does not start.
pub async fn start(
    paths: &Paths,
    environment: &Environment,
    people: &[Person],
) -> Result<(String, ChildProcess)> {
    let (folder, objects, port) = (paths.fresh("minimal")?, paths.fresh("minimal-objects")?, free_port()?);
    fs::copy(paths.at("tests/bench/minimal.mjs"), folder.join("minimal.mjs"))
        .context("minimal.mjs cannot be copied")?;
    fs::write(folder.join("records.json"), records_of(paths, environment, people).to_string())
        .context("the people's records cannot be written")?;
    let file = folder.join("workerd.capnp");
    fs::write(&file, configuration(&objects.display().to_string(), port, &compatibility_date(paths)?))
        .with_context(|| format!("{} cannot be written", file.display()))?;
    let mut command = Command::new(paths.at("node_modules/.bin/workerd"));
    command.arg("serve").arg(&file).arg("--experimental");
    let mut program = ChildProcess::start(command, &paths.file("minimal.log"))?;
    let origin = format!("http://localhost:{port}");
    program
        .until(|| async { environment.client.get(&origin).await.is_ok() })
        .await
        .context("the minimal bot did not start: its log is minimal.log in the folder of this run")?;
    Ok((origin, program))
}

/// workerd's configuration, in the text form of Cap'n Proto.
fn configuration(objects: &str, port: u16, date: &str) -> String {
    format!(
        r#"using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "bot", worker = .bot),
    (name = "objects", disk = (path = {objects:?}, writable = true)),
    (name = "internet", network = (allow = ["public", "private"])),
  ],
  sockets = [(name = "http", address = "localhost:{port}", http = (), service = "bot")],
);

const bot :Workerd.Worker = (
  modules = [
    (name = "minimal.mjs", esModule = embed "minimal.mjs"),
    (name = "records.json", json = embed "records.json"),
  ],
  compatibilityDate = "{date}",
  bindings = [
    (name = "OWNER", durableObjectNamespace = "Owner"),
    (name = "WORKSPACE", durableObjectNamespace = "Workspace"),
  ],
  durableObjectNamespaces = [
    (className = "Owner", uniqueKey = "owner", enableSql = true),
    (className = "Workspace", uniqueKey = "workspace", enableSql = true),
  ],
  durableObjectStorage = (localDisk = "objects"),
);
"#
    )
}
