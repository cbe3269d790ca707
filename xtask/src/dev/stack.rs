//! All services of a local run.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};

use super::ports::{Ports, origin};
use super::service::Service;
use super::vars;
use super::wrangler_config;
use crate::build::{self, Profile};
use crate::{paths, tools};

/// Options of a local run.
#[derive(clap::Args, Clone)]
pub struct Options {
    /// Add this to every port (8787 worker, 8788 sandbox, 8789 Playground), to run beside another one
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub port_offset: u16,
    /// Keep all data, secrets and logs of this run in a folder of its own
    #[arg(long, value_name = "DIR")]
    pub state: Option<PathBuf>,
    /// Leave out the Agents Playground
    #[arg(long)]
    pub no_playground: bool,
    /// Serve these tenants too, beside the bot's own (when the variables are first written)
    #[arg(long, value_name = "ID,…", value_delimiter = ',')]
    pub tenants: Vec<String>,
    /// Set up these apps with a fixture too, beside Salesforce, ServiceNow, Box and Freshdesk: ids, `all` or
    /// `none`. An app with variables of its own keeps them
    #[arg(long, value_name = "ID,…", value_delimiter = ',', default_value = "all")]
    pub apps: Vec<String>,
    /// How the worker and the tab are built.
    #[arg(skip = Profile::named().unwrap_or(Profile::E2e))]
    pub profile: Profile,
    /// All of it was built just now: nothing is built, not even when a file is saved
    #[arg(long, hide = true)]
    pub built: bool,
}

/// The running services and their folders.
pub struct Stack {
    ports: Ports,
    folders: Folders,
    services: Vec<Service>,
    /// The modification time of the variables in use.
    variables: Option<SystemTime>,
    /// The variables of the apps with a fixture, which the sandbox writes.
    apps: BTreeMap<String, String>,
    profile: Profile,
    /// Its configuration.
    wrangler: PathBuf,
}

/// The folders of a run.
struct Folders {
    /// The worker's KV and Durable Objects.
    worker: PathBuf,
    /// The sandbox's keys, accounts and records.
    sandbox: PathBuf,
    logs: PathBuf,
    vars: PathBuf,
    /// Whether `vars` is the file that wrangler reads by default.
    usual: bool,
}

impl Folders {
    /// The default run shares the worker's data and variables with a plain `npx wrangler dev`. Every other
    /// run has its own.
    fn of(options: &Options) -> Self {
        let own = match &options.state {
            Some(state) => Some(std::path::absolute(state).unwrap_or_else(|_| state.clone())),
            None if options.port_offset == 0 => None,
            None => Some(paths::at(".sandbox").join(format!("offset-{}", options.port_offset))),
        };
        match own {
            None => Folders {
                worker: paths::at(".wrangler/state"),
                sandbox: paths::at(".sandbox/state"),
                logs: paths::at(".sandbox/logs"),
                vars: paths::at(".dev.vars"),
                usual: true,
            },
            Some(own) => Folders {
                worker: own.join("worker"),
                sandbox: own.join("sandbox"),
                logs: own.join("logs"),
                vars: own.join("dev.vars"),
                usual: false,
            },
        }
    }

    fn create(&self) -> Result<()> {
        for folder in [&self.worker, &self.sandbox, &self.logs] {
            fs::create_dir_all(folder).with_context(|| format!("{} cannot be created", folder.display()))?;
        }
        Ok(())
    }
}

impl Stack {
    /// Builds everything, starts each service and waits for its response.
    ///
    /// # Errors
    /// If a port is in use, something does not build, or a service does not start.
    pub fn start(options: &Options) -> Result<Self> {
        let ports = Ports::new(options.port_offset)?;
        ports.check_free()?;
        let folders = Folders::of(options);
        folders.create()?;
        vars::write_if_absent(&folders.vars, &ports, &options.tenants)?;
        vars::check(&folders.vars, (!folders.usual).then_some(&ports))?;
        let sandbox = if options.built {
            paths::built("workbot-sandbox")
        } else {
            build::run(options.profile)?;
            tools::sandbox()?
        };
        let wrangler = wrangler_config::of(options.profile, !options.built)?;

        let variables = saved(&folders.vars);
        let profile = options.profile;
        let mut stack = Stack {
            ports,
            folders,
            services: Vec::new(),
            variables,
            apps: BTreeMap::new(),
            profile,
            wrangler,
        };
        stack.add("sandbox", ports.sandbox, stack.sandbox(&sandbox, &options.apps))?;
        stack.wait_until_ready()?;
        stack.apps = workbot_variables::read(&stack.folders.sandbox.join("apps.vars"))?;
        stack.add("worker", ports.worker, stack.worker())?;
        if !options.no_playground {
            stack.add("playground", ports.playground, stack.playground())?;
        }
        stack.wait_until_ready()?;
        Ok(stack)
    }

    /// Waits for every service that has not responded yet.
    fn wait_until_ready(&mut self) -> Result<()> {
        for service in self.services.iter_mut().filter(|service| !service.is_ready()) {
            let (status, body) =
                service.wait_until_ready(if service.name() == "worker" { "/healthz" } else { "/" })?;
            if status >= 500 {
                println!("  the {} is unhealthy: {}", service.name(), body.trim());
            }
        }
        Ok(())
    }

    fn add(&mut self, name: &'static str, port: u16, command: Command) -> Result<()> {
        self.services.push(Service::start(name, port, &self.folders.logs, command)?);
        Ok(())
    }

    fn sandbox(&self, program: &Path, apps: &[String]) -> Command {
        let mut command = Command::new(program);
        command
            .args(["--port", &self.ports.sandbox.to_string()])
            .args(["--worker", &origin(self.ports.worker)])
            .args(["--playground", &origin(self.ports.playground)])
            .arg("--state")
            .arg(&self.folders.sandbox)
            .arg("--env-file")
            .arg(&self.folders.vars);
        if !apps.is_empty() {
            command.args(["--apps", &apps.join(",")]);
        }
        command
    }

    fn worker(&self) -> Command {
        let mut command = paths::node();
        command
            .arg(paths::at("node_modules/wrangler/bin/wrangler.js"))
            .arg("dev")
            .arg("--config")
            .arg(&self.wrangler)
            .args(["--port", &self.ports.worker.to_string()])
            .args(["--inspector-port", "0", "--show-interactive-dev-session=false", "--persist-to"])
            .arg(&self.folders.worker)
            .env("CARGO_TARGET_DIR", paths::target())
            .env("CI", "1")
            .env(Profile::VARIABLE, self.profile.name())
            .env("CLOUDFLARE_CF_FETCH_ENABLED", "false")
            .env("WRANGLER_SEND_METRICS", "false")
            .env("WRANGLER_LOG_PATH", self.folders.logs.join("wrangler"))
            .env("WRANGLER_REGISTRY_PATH", self.folders.worker.join("registry"));
        if !self.folders.usual {
            command.arg("--env-file").arg(&self.folders.vars);
        }
        for (name, value) in &self.apps {
            command.arg("--var").arg(format!("{name}:{value}"));
        }
        command
    }

    fn playground(&self) -> Command {
        let relay = format!("{}/relay/api/messages", origin(self.ports.sandbox));
        let mut command = paths::node();
        command
            .arg(paths::at("node_modules/@microsoft/m365agentsplayground/cli.js"))
            .args(["start", "-e", &relay, "-c", "msteams", "--disable-telemetry"])
            .args(["-p", &self.ports.playground.to_string()])
            .env("TEAMSAPPTESTER_BROWSER", "none")
            .env("M365_AGENTS_PLAYGROUND_LOGFILE", self.folders.logs.join("playground-details.log"));
        command
    }

    /// Checks that every service still runs, prints the output of their builds, then waits for `pause`.
    ///
    /// # Errors
    /// If one has ended.
    pub fn check(&mut self, pause: Duration) -> Result<()> {
        self.services.iter_mut().try_for_each(Service::check)?;
        self.services.iter_mut().for_each(Service::show_builds);
        let variables = saved(&self.folders.vars);
        if self.variables != variables {
            self.variables = variables;
            println!("{} has changed: restart to use it", self.folders.vars.display());
        }
        thread::sleep(pause);
        Ok(())
    }

    /// Stops all services in parallel.
    pub fn stop(&mut self) {
        self.services.iter().for_each(Service::ask_to_end);
        self.services.iter_mut().for_each(Service::finish);
        self.services.clear();
    }

    /// The worker's process group, for the crash tests.
    pub fn worker_group(&mut self) -> Option<u32> {
        self.services.iter_mut().find(|service| service.name() == "worker").map(Service::id)
    }

    /// The shell command that starts the worker.
    pub fn worker_line(&self) -> String {
        let command = self.worker();
        let quoted = |text: &std::ffi::OsStr| format!("'{}'", text.to_string_lossy().replace('\'', r"'\''"));
        let set = command.get_envs().filter_map(|(name, value)| Some((name, value?)));
        let variables = set.map(|(name, value)| format!("{}={}", name.to_string_lossy(), quoted(value)));
        let folder = command.get_current_dir().map(|folder| format!("cd {} &&", quoted(folder.as_os_str())));
        let program = std::iter::once(quoted(command.get_program()));
        let words = folder.into_iter().chain(variables).chain(["exec".to_owned()]);
        words.chain(program).chain(command.get_args().map(quoted)).collect::<Vec<_>>().join(" ")
    }

    /// The worker's origin.
    pub fn worker_url(&self) -> String {
        origin(self.ports.worker)
    }

    /// The sandbox's origin.
    pub fn sandbox_url(&self) -> String {
        origin(self.ports.sandbox)
    }

    /// The folder with the logs: `worker.log`, `sandbox.log`, `playground.log`.
    pub fn logs(&self) -> &Path {
        &self.folders.logs
    }
}

fn saved(file: &Path) -> Option<SystemTime> {
    fs::metadata(file).and_then(|about| about.modified()).ok()
}

impl Drop for Stack {
    fn drop(&mut self) {
        self.stop();
    }
}

impl fmt::Display for Stack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\nWorkbot runs.")?;
        if self.services.iter().any(|service| service.name() == "playground") {
            writeln!(f, "  chat     {}", origin(self.ports.playground))?;
        }
        writeln!(f, "  tab      {}/teams", self.sandbox_url())?;
        writeln!(f, "  sandbox  {}", self.sandbox_url())?;
        writeln!(f, "  worker   {}", self.worker_url())?;
        writeln!(f, "  logs     {}", self.logs().display())
    }
}
