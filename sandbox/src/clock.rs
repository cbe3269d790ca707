//! The clock, and the time formats of the stand-ins.

use std::cell::Cell;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chrono::{DateTime, SecondsFormat};

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

/// RFC 3339 in UTC, with milliseconds.
pub fn rfc3339(ms: u64) -> String {
    instant(ms).to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// RFC 3339 in UTC, without a fraction.
pub fn rfc3339_seconds(ms: u64) -> String {
    instant(ms).to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// As Salesforce writes it: `2026-11-22T13:19:50.000+0000`.
pub fn salesforce(ms: u64) -> String {
    instant(ms).format("%Y-%m-%dT%H:%M:%S%.3f+0000").to_string()
}

/// As ServiceNow writes it: `2026-11-22 13:19:50`.
pub fn servicenow(ms: u64) -> String {
    instant(ms).format("%Y-%m-%d %H:%M:%S").to_string()
}

fn instant(ms: u64) -> DateTime<chrono::Utc> {
    i64::try_from(ms).ok().and_then(DateTime::from_timestamp_millis).unwrap_or_default()
}
