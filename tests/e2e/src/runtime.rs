//! The worker's own process, for tests that end it.

use std::fs::OpenOptions;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;

use crate::{agent, eventually, setting, worker};

/// The worker that we started; before that, there is the one that we found.
static WORKER: Mutex<Option<Child>> = Mutex::new(None);

/// Kills the worker, with SIGKILL, and waits until nobody answers any more.
pub fn kill() {
    let ours = WORKER.lock().unwrap().take();
    let group = ours.as_ref().map_or_else(|| setting("WORKBOT_WORKER_GROUP"), |child| child.id().to_string());
    Command::new("kill").args(["-9", "--", &format!("-{group}")]).status().expect("kill");
    if let Some(mut child) = ours {
        child.wait().expect("its end");
    }
    // Until nobody listens any more, the old one could still answer.
    eventually("the end of the worker", || {
        agent().get(format!("{}/healthz", worker())).call().err().map(|_| ())
    });
}

/// Starts the worker again, and waits until it answers.
pub fn start() {
    use std::os::unix::process::CommandExt;
    let log = OpenOptions::new().append(true).open(setting("WORKBOT_WORKER_LOG")).expect("the worker's log");
    let child = Command::new("sh")
        .args(["-c", &setting("WORKBOT_WORKER_LINE")])
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(log.try_clone().expect("a file"))
        .stderr(log)
        .spawn()
        .expect("the worker");
    *WORKER.lock().unwrap() = Some(child);
    eventually("the worker", || agent().get(format!("{}/healthz", worker())).call().ok().map(|_| ()));
}
