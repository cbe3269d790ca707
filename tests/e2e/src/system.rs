//! The system under test: where it is, and what it says.

use std::time::{Duration, Instant};

/// What `cargo xtask test` says of the system under test.
pub fn setting(variable: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| panic!("{variable} is not set: run `cargo xtask test http`"))
}

/// The worker's origin.
pub fn worker() -> String {
    setting("WORKBOT_PUBLIC_URL")
}

/// The worker's log so far.
pub fn worker_log() -> String {
    std::fs::read_to_string(setting("WORKBOT_WORKER_LOG")).expect("the worker's log")
}

/// What the worker said last.
fn log_end() -> String {
    let log = worker_log();
    let lines: Vec<_> = log.lines().collect();
    lines[lines.len().saturating_sub(60)..].join("\n")
}

/// Waits until something is there; the wait ends as soon as it is. So long that a job can be begun by a worker that is
/// killed, left alone until its claim ends, and be done by the next.
pub fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(240);
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "never came: {what}\nThe worker's log ends with:\n{}", log_end());
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// How much of something: few prove that a limit or a lock is there, many (`cargo xtask soak`) that it holds.
pub fn amount(few: usize, many: usize) -> usize {
    if std::env::var_os("WORKBOT_MANY").is_some() { many } else { few }
}

/// A name that no other test uses, and that no other one begins with.
pub fn unique(prefix: &str) -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(1);
    format!("{prefix}{}-{:04}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}
