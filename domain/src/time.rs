//! Points in time, as values. A rule receives the time as a parameter and never reads a clock.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use std::ops::{Add, Sub};
use std::time::Duration;

/// A point in time: milliseconds since the Unix epoch (exact as a JavaScript number and in SQLite).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The end of the year 9999, the last time that RFC 3339 can express.
    pub const NEVER: Self = Self(253_402_300_799_000);

    /// Returns the milliseconds since the Unix epoch.
    #[must_use]
    pub fn millis(self) -> i64 {
        self.0
    }

    /// Returns the whole seconds since the Unix epoch, as in a JWT (RFC 7519 section 2, `NumericDate`).
    #[must_use]
    pub fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Creates a time from a JWT's `NumericDate`.
    #[must_use]
    pub fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// Returns the time since `earlier`; zero if this time is not later.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// Returns the date for a card. The client shows it in the person's format and time zone ("Text
    /// features", Adaptive Cards, which allow no fractions of a second).
    #[must_use]
    pub fn day_in_card(self) -> String {
        format!("{{{{DATE({}, SHORT)}}}}", self.in_utc().to_rfc3339_opts(SecondsFormat::Secs, true))
    }

    /// Returns the time of day for a card, like [`Self::day_in_card`].
    #[must_use]
    pub fn time_in_card(self) -> String {
        format!("{{{{TIME({})}}}}", self.in_utc().to_rfc3339_opts(SecondsFormat::Secs, true))
    }

    /// Returns the time in RFC 3339, UTC, e.g. `2026-12-31T09:30:00.000Z`.
    #[must_use]
    pub fn rfc3339(self) -> String {
        self.in_utc().to_rfc3339_opts(SecondsFormat::Millis, true)
    }

    /// Returns the time in RFC 3339, UTC, in whole seconds, e.g. `2026-12-31T09:30:00Z`.
    ///
    /// ```
    /// use workbot_domain::time::Timestamp;
    ///
    /// assert_eq!(Timestamp(1_798_709_400_000).rfc3339_seconds(), "2026-12-31T09:30:00Z");
    /// ```
    #[must_use]
    pub fn rfc3339_seconds(self) -> String {
        self.in_utc().to_rfc3339_opts(SecondsFormat::Secs, true)
    }

    /// Returns day and minute in UTC, e.g. `2026-12-31 09:30`.
    #[must_use]
    pub fn minute_in_utc(self) -> String {
        self.rfc3339().chars().take(16).map(|letter| if letter == 'T' { ' ' } else { letter }).collect()
    }

    /// Returns the number of the day in UTC since 1970.
    #[must_use]
    pub fn day_in_utc(self) -> i64 {
        self.0.div_euclid(24 * 3600 * 1000)
    }

    fn in_utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0).unwrap_or(DateTime::UNIX_EPOCH)
    }
}

impl Add<Duration> for Timestamp {
    type Output = Self;
    fn add(self, span: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)))
    }
}

impl Sub<Duration> for Timestamp {
    type Output = Self;
    fn sub(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timestamp_reads_as_rfc3339_in_utc() {
        assert_eq!(Timestamp(1_798_709_400_000).rfc3339(), "2026-12-31T09:30:00.000Z");
        assert_eq!(Timestamp(1_798_709_400_123).rfc3339_seconds(), "2026-12-31T09:30:00Z");
        assert_eq!(Timestamp(1_798_709_400_123).day_in_card(), "{{DATE(2026-12-31T09:30:00Z, SHORT)}}");
        assert_eq!(Timestamp(1_798_709_400_123).time_in_card(), "{{TIME(2026-12-31T09:30:00Z)}}");
        assert_eq!(Timestamp(1_798_709_400_123).minute_in_utc(), "2026-12-31 09:30");
        assert_eq!((Timestamp(86_399_999).day_in_utc(), Timestamp(86_400_000).day_in_utc()), (0, 1));
        assert_eq!((Timestamp(0) + Duration::from_secs(2) - Duration::from_millis(1)).millis(), 1999);
        assert_eq!(Timestamp(2000).since(Timestamp(500)), Duration::from_millis(1500));
        assert!(Timestamp(500).since(Timestamp(2000)).is_zero());
    }
}
