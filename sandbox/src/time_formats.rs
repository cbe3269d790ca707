//! Times as the stand-ins write them, from milliseconds since 1970.

use chrono::{DateTime, SecondsFormat};

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
