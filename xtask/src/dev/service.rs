//! One part of a local run: a program that is to stay, its log, and when it is ready.

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::http;
use super::log::{Follower, of_a_build};
use crate::process::{self, Group};

/// A log that has grown beyond this is begun anew.
const LARGE: u64 = 5_000_000;
/// How long a part may take until it answers.
const PATIENCE: Duration = Duration::from_secs(600);
/// How many of its last lines show why it ended.
const TAIL: usize = 25;

/// A running part.
pub struct Service {
    name: &'static str,
    port: u16,
    log: PathBuf,
    group: Group,
    started: Instant,
    follower: Option<Follower>,
}

impl Service {
    /// Starts the program; what it prints goes to `{logs}/{name}.log`.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(name: &'static str, port: u16, logs: &Path, mut command: Command) -> Result<Self> {
        let log = logs.join(format!("{name}.log"));
        let file = open(&log).with_context(|| format!("{} cannot be written", log.display()))?;
        command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
        let group = Group::start(command)?;
        Ok(Service { name, port, log, group, started: Instant::now(), follower: None })
    }

    /// The id of its process group.
    pub fn id(&mut self) -> u32 {
        self.group.child().id()
    }

    /// Waits until `GET {path}` is answered, and returns status and body.
    ///
    /// # Errors
    /// When the program ends, or says nothing for too long.
    pub fn wait_until_ready(&mut self, path: &str) -> Result<(u16, String)> {
        loop {
            self.check()?;
            process::check()?;
            if let Some(answer) = http::get(self.port, path) {
                println!("  starting the {} ({:.1} s)", self.name, self.started.elapsed().as_secs_f32());
                self.follower = Follower::at_end(&self.log);
                return Ok(answer);
            }
            if self.started.elapsed() > PATIENCE {
                bail!(
                    "the {} does not answer at port {}. Its log ends with:\n{}",
                    self.name,
                    self.port,
                    self.tail()
                );
            }
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Makes sure that it still runs.
    ///
    /// # Errors
    /// When it does not; the end of its log says why.
    pub fn check(&mut self) -> Result<()> {
        if let Some(status) = self.group.ended()? {
            bail!("the {} has ended ({status}). Its log ends with:\n{}", self.name, self.tail());
        }
        Ok(())
    }

    /// Shows what a build said that a saved file has started since.
    pub fn show_builds(&mut self) {
        let lines = self.follower.as_mut().map(Follower::lines).unwrap_or_default();
        lines.iter().filter_map(|line| of_a_build(line)).for_each(|said| println!("{said}"));
    }

    /// Asks it to end. [`Service::finish`] waits for that, so that several can end at the same time.
    pub fn ask_to_end(&self) {
        self.group.ask_to_end();
    }

    /// Ends it and everything that it started.
    pub fn finish(&mut self) {
        self.group.finish();
    }

    /// What it is called.
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

/// Runs append, so that a restart hides nothing.
fn open(log: &Path) -> std::io::Result<File> {
    let large = fs::metadata(log).is_ok_and(|about| about.len() > LARGE);
    OpenOptions::new().create(true).append(!large).write(true).truncate(large).open(log)
}
