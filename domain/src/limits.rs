//! How much one person may ask for: nobody fills a vault, and nobody is held up who merely works fast.

use std::net::IpAddr;
use std::time::Duration;

use crate::time::Timestamp;

/// So many turns of a person are taken in a minute.
pub const TURNS: u32 = 300;
const MINUTE: Duration = Duration::from_secs(60);

/// So many runs of a person may be under way or waiting at a time.
pub const OPEN_RUNS: i64 = 300;
/// So many links of a person are kept, the newest.
pub const TICKETS: i64 = 1000;
/// So many attempts of a person whose browser is proven are kept, and so many of the others, the newest of each.
pub const ATTEMPTS: i64 = 50;

/// Counts a person's turns, a minute at a time.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct TurnLimiter {
    /// When the minute began; `None` before the first turn.
    began: Option<Timestamp>,
    count: u32,
}

/// Whether a turn is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// Yes.
    Yes,
    /// No, for the first time in this minute: the person is told.
    TooMany,
    /// No, and they know.
    StillTooMany,
}

impl TurnLimiter {
    /// A turn more.
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

/// By what a browser is counted: its IPv4 address, or the network of its IPv6 address (RFC 6177: a site has at least a
/// /64). `None` for what is no address, and on loopback, where everybody has the same.
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
    fn who_asks_without_end_is_told_once_a_minute_and_then_let_in_again() {
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
    fn a_clock_that_was_set_back_locks_nobody_out() {
        let mut pace = TurnLimiter::default();
        (0..=TURNS).for_each(|_| {
            pace.admit(Timestamp(9_000_000));
        });
        assert_eq!(pace.admit(Timestamp(0)), Admission::Yes);
    }
}
