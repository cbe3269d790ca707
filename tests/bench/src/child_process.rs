//! A measured process: its cost as the system counts it.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// How long a process may take until its first response.
const PATIENCE: Duration = Duration::from_secs(30);
/// Linux counts in hundredths of a second on every machine.
const TICKS_PER_SECOND: u64 = 100;

/// A running process. Dropping it kills it.
pub struct ChildProcess {
    child: Child,
    began: Instant,
}

impl ChildProcess {
    /// Starts a process. Its output goes to a file.
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

    /// Polls until a condition holds, as fast as possible. Returns the time since the start.
    ///
    /// # Errors
    /// When the process ends, or the condition does not hold in time.
    pub async fn until<F: Future<Output = bool>>(&mut self, is_there: impl Fn() -> F) -> Result<Duration> {
        loop {
            if is_there().await {
                return Ok(self.began.elapsed());
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("the process has ended ({status})");
            }
            if self.began.elapsed() > PATIENCE {
                bail!("the process does not respond");
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// The processor time used so far. `None` on systems other than Linux.
    pub fn cpu(&self) -> Option<Duration> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).ok()?;
        // The fields after the name, which may contain anything: state is field 3, utime 14, stime 15
        // (proc_pid_stat(5)).
        let fields: Vec<_> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<u64>().ok());
        Some(Duration::from_millis((ticks(11)? + ticks(12)?) * 1000 / TICKS_PER_SECOND))
    }

    /// The resident memory, in bytes.
    pub fn memory(&self) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        Some(line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()? * 1024)
    }
}

impl Drop for ChildProcess {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
