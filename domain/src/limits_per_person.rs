//! Limits per person. They keep a person from filling a vault, and do not slow down a person who works fast.

use std::net::IpAddr;
use std::time::Duration;

use crate::time::Timestamp;

/// Maximum number of turns per person and minute.
pub const TURNS: u32 = 300;
const MINUTE: Duration = Duration::from_secs(60);

/// Maximum number of open runs (running or waiting) per person.
pub const OPEN_RUNS: i64 = 300;
/// Maximum number of stored tickets per person; the newest are kept.
pub const TICKETS: i64 = 1000;
/// Maximum number of stored login attempts per person with a proven browser, and the same number of others;
/// the newest are kept.
pub const ATTEMPTS: i64 = 50;

/// Counts a person's turns per minute.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct TurnLimiter {
    /// The start of the current minute; `None` before the first turn.
    began: Option<Timestamp>,
    count: u32,
}

/// Whether a turn is accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// The turn is accepted.
    Yes,
    /// The turn is the first one over the limit in this minute. The person is told.
    TooMany,
    /// The turn is over the limit, and the person was told.
    StillTooMany,
}

impl TurnLimiter {
    /// Counts a turn.
    pub fn admit(&mut self, now: Timestamp) -> Admission {
        let goes_on = self.began.is_some_and(|began| began <= now && now < began + MINUTE);
        if !goes_on {
            *self = Self { began: Some(now), count: 0 };
        }
        self.count = self.count.saturating_add(1);
        match self.count {
            count if count <= TURNS => Admission::Yes,
            count if count == TURNS + 1 => Admission::TooMany,
            _ => Admission::StillTooMany,
        }
    }
}

/// Returns the key for counting a browser's requests: its IPv4 address, or its IPv6 network (RFC 6177: a site
/// has at least a /64). `None` for an invalid address, and for loopback, which all clients share.
///
/// ```
/// use workbot_domain::limits_per_person::client_key;
///
/// assert_eq!(client_key("203.0.113.7").as_deref(), Some("203.0.113.7"));
/// assert_eq!(client_key("2001:db8:1:2:3::4").as_deref(), Some("2001:db8:1:2::/64"));
/// assert_eq!(client_key("127.0.0.1"), None);
/// ```
#[must_use]
pub fn client_key(address: &str) -> Option<String> {
    match address.trim().parse::<IpAddr>().ok()?.to_canonical() {
        ip if ip.is_loopback() => None,
        IpAddr::V4(ip) => Some(ip.to_string()),
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            Some(format!("{a:x}:{b:x}:{c:x}:{d:x}::/64"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_over_the_limit_is_told_once_a_minute_and_then_accepted_again() {
        let mut pace = TurnLimiter::default();
        let start = Timestamp(1_000_000);
        let soon = start + Duration::from_secs(59);
        assert!((0..TURNS).all(|_| pace.admit(start) == Admission::Yes));
        assert_eq!(pace.admit(soon), Admission::TooMany);
        assert_eq!(pace.admit(soon), Admission::StillTooMany);
        assert_eq!(pace.admit(start + MINUTE), Admission::Yes);
    }

    #[test]
    fn a_browser_is_counted_by_its_address_or_its_network() {
        let key = |address| client_key(address);
        assert_eq!(key("203.0.113.7").as_deref(), Some("203.0.113.7"));
        assert_eq!(key("2001:db8:1:2:aaaa::1").as_deref(), Some("2001:db8:1:2::/64"));
        assert_eq!(key("2001:db8:1:2:bbbb::9"), key("2001:db8:1:2:aaaa::1"));
        assert_eq!(key("::ffff:203.0.113.7"), key("203.0.113.7"));
        for none in ["127.0.0.1", "::1", "", "unknown"] {
            assert_eq!(key(none), None, "{none}");
        }
    }

    #[test]
    fn a_clock_set_back_locks_nobody_out() {
        let mut pace = TurnLimiter::default();
        (0..=TURNS).for_each(|_| {
            pace.admit(Timestamp(9_000_000));
        });
        assert_eq!(pace.admit(Timestamp(0)), Admission::Yes);
    }
}
