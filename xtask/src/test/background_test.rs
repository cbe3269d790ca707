//! Parts that run in parallel with the others, in a process of lower priority: the others mostly wait.

use std::io::{IsTerminal, stderr};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, ensure};

use crate::process_group::{self, Group};
use crate::{paths, step};

/// The end of the last output line, after the number of tests.
pub const PASSED: &str = " passed, 0 failed";
/// How long to wait for a line before checking whether the process has ended.
const SHORTLY: Duration = Duration::from_millis(200);

/// A running lane. Dropping it stops it.
pub struct Lane {
    waiting: Option<JoinHandle<Result<usize>>>,
}

impl Lane {
    /// Starts the parts, which run in sequence.
    ///
    /// # Errors
    /// If the process cannot be started.
    pub fn start(parts: &[&str]) -> Result<Self> {
        let us = std::env::current_exe().context("the path of this program is unknown")?;
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
        let mut group = Group::start(command)?.with_groups_below();
        let (output, complaints) = (channel(), channel());
        step::read_lines(group.child().stdout().take(), output.0);
        step::read_lines(group.child().stderr().take(), complaints.0);
        let waiting = thread::spawn(move || {
            let passed = follow(group, &output.1);
            if passed.is_err() {
                while let Ok(line) = complaints.1.recv_timeout(SHORTLY) {
                    show(&line);
                }
                // Stops the other parts.
                process_group::interrupt();
            }
            passed
        });
        Ok(Lane { waiting: Some(waiting) })
    }

    /// Waits for the end and returns the number of passed tests.
    ///
    /// # Errors
    /// If a test failed.
    pub fn finish(mut self) -> Result<usize> {
        let waiting = self.waiting.take().context("the parallel parts were already awaited")?;
        waiting.join().map_err(|_| anyhow!("the thread of the parallel parts panicked"))?
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        if let Some(waiting) = self.waiting.take() {
            process_group::interrupt();
            waiting.join().ok();
        }
    }
}

/// Prints the output until the end and returns the number of passed tests.
fn follow(mut group: Group, output: &Receiver<String>) -> Result<usize> {
    let mut passed = 0;
    loop {
        process_group::check()?;
        match output.recv_timeout(SHORTLY) {
            Ok(line) => {
                passed = passed_by(&line).unwrap_or(passed);
                show(&line);
            }
            Err(_) => {
                if let Some(status) = group.ended()? {
                    ensure!(status.success(), "a parallel part failed; its output is above");
                    return Ok(passed);
                }
                thread::sleep(SHORTLY);
            }
        }
    }
}

/// The number of passed tests, if this is the last line.
fn passed_by(line: &str) -> Option<usize> {
    line.strip_suffix(PASSED)?.parse().ok()
}

fn show(line: &str) {
    if stderr().is_terminal() {
        eprint!("\r\x1b[2K");
    }
    println!("  | {line}");
}
