//! A program that is measured: what it costs, as the system counts it.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// How long a program may take until it answers.
const PATIENCE: Duration = Duration::from_secs(30);
/// Linux counts in hundredths of a second wherever it runs.
const TICKS_PER_SECOND: u64 = 100;

/// A running program. Dropping it ends it.
pub struct Program {
    child: Child,
    began: Instant,
}

impl Program {
    /// Starts it; what it prints goes to a file.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(mut command: Command, log: &Path) -> Result<Self> {
        let file = File::create(log).with_context(|| format!("{} cannot be written", log.display()))?;
        let name = command.get_program().display().to_string();
        command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
        let began = Instant::now();
        let child = command.spawn().with_context(|| format!("{name} could not be started"))?;
        Ok(Self { child, began })
    }

    /// Waits until something is there, as fast as may be; returns how long that was after the start.
    ///
    /// # Errors
    /// When the program ends, or nothing comes.
    pub async fn until<F: Future<Output = bool>>(&mut self, is_there: impl Fn() -> F) -> Result<Duration> {
        loop {
            if is_there().await {
                return Ok(self.began.elapsed());
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("it has ended ({status})");
            }
            if self.began.elapsed() > PATIENCE {
                bail!("it does not respond");
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// The processor time that it has used so far; none where the system does not say (it is not Linux).
    pub fn cpu(&self) -> Option<Duration> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).ok()?;
        // What follows the name, which may hold anything: state is field 3, utime 14, stime 15 (proc_pid_stat(5)).
        let fields: Vec<_> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<u64>().ok());
        Some(Duration::from_millis((ticks(11)? + ticks(12)?) * 1000 / TICKS_PER_SECOND))
    }

    /// The memory that it holds now, in bytes.
    pub fn memory(&self) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        Some(line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()? * 1024)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
