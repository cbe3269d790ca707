//! The clock.

use std::cell::Cell;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

thread_local! {
    /// The time of a simulated world; `None`: the system clock.
    static SIMULATED: Cell<Option<u64>> = const { Cell::new(None) };
}

/// Milliseconds since 1970.
pub fn now_ms() -> u64 {
    SIMULATED.get().unwrap_or_else(|| {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |passed| u64::try_from(passed.as_millis()).unwrap_or(u64::MAX))
    })
}

/// Sets the clock of this thread, in milliseconds since 1970. It then stands still until the next call.
pub fn set(ms: u64) {
    SIMULATED.set(Some(ms));
}

/// Waits. A duration of zero needs no async runtime.
pub async fn sleep(duration: Duration) {
    if !duration.is_zero() {
        tokio::time::sleep(duration).await;
    }
}

/// Seconds since 1970.
pub fn now() -> u64 {
    now_ms() / 1000
}
