//! A service of a local run: a long-running program, its log and its readiness.

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::http_client;
use super::log_follower::{Follower, of_a_build};
use crate::process_group::{self, Group};

/// A larger log is truncated at the start, in bytes.
const LARGE: u64 = 5_000_000;
/// The time until a service must respond.
const PATIENCE: Duration = Duration::from_secs(600);
/// The number of last log lines in an error.
const TAIL: usize = 25;

/// A running service.
pub struct Service {
    name: &'static str,
    port: u16,
    log: PathBuf,
    group: Group,
    started: Instant,
    follower: Option<Follower>,
}

impl Service {
    /// Starts the program. Its output goes to `{logs}/{name}.log`.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn start(name: &'static str, port: u16, logs: &Path, mut command: Command) -> Result<Self> {
        let log = logs.join(format!("{name}.log"));
        let file = open(&log).with_context(|| format!("{} cannot be written", log.display()))?;
        command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
        let group = Group::start(command)?;
        Ok(Service { name, port, log, group, started: Instant::now(), follower: None })
    }

    /// Whether it has responded.
    pub fn is_ready(&self) -> bool {
        self.follower.is_some()
    }

    /// The id of its process group.
    pub fn id(&mut self) -> u32 {
        self.group.child().id()
    }

    /// Waits for a response to `GET {path}`; returns status and body.
    ///
    /// # Errors
    /// If the program ends, or does not respond in time.
    pub fn wait_until_ready(&mut self, path: &str) -> Result<(u16, String)> {
        loop {
            self.check()?;
            process_group::check()?;
            if let Some(response) = http_client::get(self.port, path) {
                println!("  starting the {} ({:.1} s)", self.name, self.started.elapsed().as_secs_f32());
                self.follower = Follower::at_end(&self.log);
                return Ok(response);
            }
            if self.started.elapsed() > PATIENCE {
                bail!(
                    "the {} does not respond at port {}. Its log ends with:\n{}",
                    self.name,
                    self.port,
                    self.tail()
                );
            }
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Checks that it still runs.
    ///
    /// # Errors
    /// If it has ended. The error contains the end of its log.
    pub fn check(&mut self) -> Result<()> {
        if let Some(status) = self.group.ended()? {
            bail!("the {} has ended ({status}). Its log ends with:\n{}", self.name, self.tail());
        }
        Ok(())
    }

    /// Prints the output of builds that saved files have started since.
    pub fn show_builds(&mut self) {
        let lines = self.follower.as_mut().map(Follower::lines).unwrap_or_default();
        lines.iter().filter_map(|line| of_a_build(line)).for_each(|message| println!("{message}"));
    }

    /// Requests its end. [`Service::finish`] waits for it, so that several services can end in parallel.
    pub fn ask_to_end(&self) {
        self.group.ask_to_end();
    }

    /// Ends it and all its child processes.
    pub fn finish(&mut self) {
        self.group.finish();
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    fn tail(&self) -> String {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<_> = text.lines().collect();
        let last = lines.get(lines.len().saturating_sub(TAIL)..).unwrap_or_default();
        format!("  {}\n(all of it: {})", last.join("\n  "), self.log.display())
    }
}

/// Each run appends, so that a restart keeps the earlier output.
fn open(log: &Path) -> std::io::Result<File> {
    let large = fs::metadata(log).is_ok_and(|about| about.len() > LARGE);
    OpenOptions::new().create(true).append(!large).write(true).truncate(large).open(log)
}
