//! Parts that run beside the others, in a process of their own that gives way to them: most of the time of the others is
//! waiting.

use std::io::{IsTerminal, stderr};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, ensure};

use crate::process::{self, Group};
use crate::{paths, step};

/// What the last line says after the number of tests.
pub const PASSED: &str = " passed, 0 failed";
/// How long nothing may be said before it is seen whether it has ended.
const SHORTLY: Duration = Duration::from_millis(200);

/// A running lane. Dropping it ends it.
pub struct Lane {
    waiting: Option<JoinHandle<Result<usize>>>,
}

impl Lane {
    /// Starts the parts, one after the other.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(parts: &[&str]) -> Result<Self> {
        let us = std::env::current_exe().context("this program has no file")?;
        let mut command = if cfg!(unix) { Command::new("nice") } else { Command::new(&us) };
        if cfg!(unix) {
            command.args(["-n", "10"]).arg(&us);
        }
        command
            .arg("test")
            .args(parts)
            .env("CARGO_TARGET_DIR", paths::target())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut group = Group::start(command)?;
        let (said, complaints) = (channel(), channel());
        step::read_lines(group.child().stdout().take(), said.0);
        step::read_lines(group.child().stderr().take(), complaints.0);
        let waiting = thread::spawn(move || {
            let passed = follow(group, &said.1);
            if passed.is_err() {
                while let Ok(line) = complaints.1.recv_timeout(SHORTLY) {
                    show(&line);
                }
                // The others need not go on.
                process::interrupt();
            }
            passed
        });
        Ok(Lane { waiting: Some(waiting) })
    }

    /// Waits for its end; how many tests passed.
    ///
    /// # Errors
    /// When one failed.
    pub fn finish(mut self) -> Result<usize> {
        let waiting = self.waiting.take().context("it was waited for")?;
        waiting.join().map_err(|_| anyhow!("the lane has died"))?
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        if let Some(waiting) = self.waiting.take() {
            process::interrupt();
            waiting.join().ok();
        }
    }
}

/// Shows what is said until the end; how many tests passed.
fn follow(mut group: Group, said: &Receiver<String>) -> Result<usize> {
    let mut passed = 0;
    loop {
        process::check()?;
        match said.recv_timeout(SHORTLY) {
            Ok(line) => {
                passed = passed_by(&line).unwrap_or(passed);
                show(&line);
            }
            Err(_) => {
                if let Some(status) = group.ended()? {
                    ensure!(status.success(), "what runs at the side has failed; it is said above");
                    return Ok(passed);
                }
                thread::sleep(SHORTLY);
            }
        }
    }
}

/// How many tests passed, if that is what a line says.
fn passed_by(line: &str) -> Option<usize> {
    line.strip_suffix(PASSED)?.parse().ok()
}

fn show(line: &str) {
    if stderr().is_terminal() {
        eprint!("\r\x1b[2K");
    }
    println!("  | {line}");
}
