//! Waiting for an effect; doing something many times, each time under a name of its own.

use std::time::{Duration, Instant};

use crate::running_system::log_end;

/// Waits until `look` returns a value. The limit is long enough for a job whose worker is killed, whose lease
/// must expire, and which the next worker repeats.
pub fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(240);
    // Most things are there soon; who looks for the others too often takes their processor away.
    let mut pause = Duration::from_millis(20);
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "never came: {what}\nThe worker's log ends with:\n{}", log_end());
        std::thread::sleep(pause);
        pause = (pause * 3 / 2).min(Duration::from_millis(300));
    }
}

/// Does something many times, from several threads, until it returns a value: as fast as the system allows,
/// so that a limit on how often is reached on a busy machine too.
pub fn side_by_side<T: Send>(times: usize, body: impl Fn(usize) -> Option<T> + Sync) -> Option<T> {
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicUsize, Ordering};
    let (next, found) = (AtomicUsize::new(0), Mutex::new(None));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while found.lock().unwrap().is_none() {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= times {
                        return;
                    }
                    if let Some(value) = body(number) {
                        *found.lock().unwrap() = Some(value);
                    }
                }
            });
        }
    });
    found.into_inner().unwrap()
}

/// How much of something: few prove that a limit or a lock is there, many (`cargo xtask soak`) that it holds.
pub fn amount(few: usize, many: usize) -> usize {
    if std::env::var_os("WORKBOT_MANY").is_some() { many } else { few }
}

/// A name that no other test uses and that is no prefix of another.
pub fn unique(prefix: &str) -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(1);
    format!("{prefix}{}-{:04}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}
