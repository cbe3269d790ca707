//! One step of a command: runs a program and shows its purpose and duration.

use std::io::{BufRead, BufReader, IsTerminal, Read, Write, stderr};
use std::process::{Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::process_group::{self, Group};

/// The interval of progress lines without a terminal.
const SIGN_OF_LIFE: Duration = Duration::from_secs(30);

/// Runs the program and returns its output, which is printed only if the program fails. Meanwhile a line
/// shows the step and its duration.
///
/// # Errors
/// If the program cannot be started or fails. Its output has then been printed.
pub fn run(doing: &str, mut command: Command) -> Result<String> {
    let started = Instant::now();
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut group = Group::start(command).context(doing.to_owned())?;

    let (sender, lines) = channel();
    read_lines(group.child().stdout().take(), sender.clone());
    read_lines(group.child().stderr().take(), sender);

    let mut line = StatusLine::new(doing, started);
    let mut output = String::new();
    let status = loop {
        match lines.recv_timeout(Duration::from_millis(500)) {
            Ok(text) => {
                line.show(&text);
                output.push_str(&text);
                output.push('\n');
            }
            Err(RecvTimeoutError::Timeout) => line.show(""),
            Err(RecvTimeoutError::Disconnected) => break group.child().wait()?,
        }
        process_group::check()?;
        // A grandchild may keep the pipes open for ever, so the end of the program itself counts.
        if let Some(status) = group.ended()? {
            while let Ok(text) = lines.recv_timeout(Duration::from_millis(100)) {
                output.push_str(&text);
                output.push('\n');
            }
            break status;
        }
    };
    line.clear();

    let seconds = started.elapsed().as_secs_f32();
    if !status.success() {
        eprintln!("{output}");
        bail!("{doing}: failed after {seconds:.1} s ({status}); its output is above");
    }
    println!("  {doing} ({seconds:.1} s)");
    Ok(output)
}

/// Sends each line on.
pub fn read_lines(from: Option<impl Read + Send + 'static>, to: Sender<String>) {
    let Some(from) = from else { return };
    thread::spawn(move || {
        for line in BufReader::new(from).split(b'\n') {
            let Ok(line) = line else { break };
            let text = String::from_utf8_lossy(&line).trim_end().to_owned();
            if to.send(text).is_err() {
                break;
            }
        }
    });
}

/// On a terminal, one line that changes in place; elsewhere, a line at intervals.
struct StatusLine<'a> {
    doing: &'a str,
    started: Instant,
    last: Instant,
    terminal: bool,
    /// The last line of the program's output.
    detail: String,
}

impl<'a> StatusLine<'a> {
    fn new(doing: &'a str, started: Instant) -> Self {
        let line = StatusLine {
            doing,
            started,
            last: started,
            terminal: stderr().is_terminal(),
            detail: String::new(),
        };
        if line.terminal {
            line.write();
        }
        line
    }

    fn show(&mut self, detail: &str) {
        if !detail.trim().is_empty() {
            self.detail = detail.trim().chars().filter(|c| !c.is_control()).take(40).collect();
        }
        let pause = if self.terminal { Duration::from_millis(200) } else { SIGN_OF_LIFE };
        if self.last.elapsed() < pause {
            return;
        }
        self.last = Instant::now();
        if self.terminal {
            self.write();
        } else {
            println!("  … {} ({} s)", self.doing, self.started.elapsed().as_secs());
        }
    }

    fn write(&self) {
        let seconds = self.started.elapsed().as_secs();
        eprint!("\r\x1b[2K  … {} ({seconds} s) \x1b[2m{}\x1b[0m", self.doing, self.detail);
        stderr().flush().ok();
    }

    fn clear(&self) {
        if self.terminal {
            eprint!("\r\x1b[2K");
        }
    }
}
