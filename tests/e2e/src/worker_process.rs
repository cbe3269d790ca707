//! The worker's process, for tests that kill it.

use std::fs::{self, OpenOptions};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;

use crate::{agent, eventually, setting, worker};

/// The worker that a test has started. `None` while the one of the test run is used.
static WORKER: Mutex<Option<Child>> = Mutex::new(None);

/// Kills the process group once the standard input ends. This program holds the pipe's other end, so the
/// worker ends with the tests, however they end.
const WATCH: &str = "exec 3<&0 </dev/null; (cat <&3 >/dev/null; kill -9 0) & exec 3<&-; ";

/// Kills the worker (SIGKILL) and waits until its port is closed.
pub fn kill() {
    let ours = WORKER.lock().unwrap().take();
    let group = ours.as_ref().map_or_else(|| setting("WORKBOT_WORKER_GROUP"), |child| child.id().to_string());
    Command::new("kill").args(["-9", "--", &format!("-{group}")]).status().expect("kill");
    if let Some(mut child) = ours {
        child.wait().expect("its end");
    }
    // The old process could respond as long as the port is open.
    eventually("the end of the worker", || {
        agent().get(format!("{}/healthz", worker())).call().err().map(|_| ())
    });
}

/// Starts the worker again and waits until it responds.
pub fn start() {
    use std::os::unix::process::CommandExt;
    let log = OpenOptions::new().append(true).open(setting("WORKBOT_WORKER_LOG")).expect("the worker's log");
    let child = Command::new("sh")
        .args(["-c", &format!("{WATCH}{}", setting("WORKBOT_WORKER_LINE"))])
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(log.try_clone().expect("a file"))
        .stderr(log)
        .spawn()
        .expect("the worker");
    *WORKER.lock().unwrap() = Some(child);
    eventually("the worker", || agent().get(format!("{}/healthz", worker())).call().ok().map(|_| ()));
}

/// Starts the worker with changed variables, and again with the right ones before it returns what was seen:
/// the tests that follow need those.
pub fn with_variables<T>(change: impl FnOnce(&str) -> String, look: impl FnOnce() -> T) -> T {
    let file = Path::new(&setting("WORKBOT_STATE")).join("dev.vars");
    let variables = fs::read_to_string(&file).expect("the variables");
    let restart_with = |variables: &str| {
        kill();
        fs::write(&file, variables).expect("the variables");
        start();
    };
    restart_with(&change(&variables));
    let seen = look();
    restart_with(&variables);
    seen
}
