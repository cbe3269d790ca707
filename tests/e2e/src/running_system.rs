//! The running system: its settings, its address and its log.

/// A setting that `cargo xtask test` passes as an environment variable.
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

/// The last lines of the worker's log.
pub fn log_end() -> String {
    let log = worker_log();
    let lines: Vec<_> = log.lines().collect();
    lines[lines.len().saturating_sub(60)..].join("\n")
}
