//! How long a connection lasts.
//!
//! An idle connection is ended if the deployment says so (`IDLE_DAYS`), and some refresh tokens expire at the
//! app. The owner is notified before either.

use std::time::Duration;
use workbot_shared::ConnectionStatus;

use crate::time::Timestamp;

/// How long before the end the owner is notified. The notice of an idle connection is at most half of the
/// idle time.
pub const NOTICE: Duration = Duration::from_secs(7 * 24 * 3600);

/// The times that decide how long a connection lasts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpiryFacts {
    /// The connection's status.
    pub status: ConnectionStatus,
    /// When its owner logged in.
    pub connected_at: Timestamp,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
    /// When the refresh token expires at the app regardless of use, if that is known.
    pub ends_at: Option<Timestamp>,
    /// When the owner was last notified that the connection is idle.
    pub idle_notified_at: Option<Timestamp>,
    /// When the owner was last notified that the login expires.
    pub end_notified_at: Option<Timestamp>,
}

/// The step that is due for a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExpiryStep {
    /// Notify the owner that the idle connection ends at this time, unless they use it.
    IdleSoon(Timestamp),
    /// End the idle connection. Its owner was notified and did not use it.
    Idle,
    /// Notify the owner that the login expires at this time.
    EndsSoon(Timestamp),
}

impl ExpiryFacts {
    /// Returns the step that is due now. `idle` is the time without use after which connections end; `None`
    /// switches that off.
    #[must_use]
    pub fn next_step(&self, idle: Option<Duration>, now: Timestamp) -> Option<ExpiryStep> {
        if !matches!(self.status, ConnectionStatus::Connected | ConnectionStatus::NeedsLogin) {
            return None;
        }
        idle.and_then(|idle| self.idle(idle, now)).or_else(|| {
            let notified =
                |ends: Timestamp| self.end_notified_at.is_some_and(|notified| notified + NOTICE >= ends);
            self.ends_soon(now).filter(|ends| !notified(*ends)).map(ExpiryStep::EndsSoon)
        })
    }

    /// Returns when the login expires, if that is within [`NOTICE`].
    #[must_use]
    pub fn ends_soon(&self, now: Timestamp) -> Option<Timestamp> {
        let ends = self.ends_at.filter(|_| self.status == ConnectionStatus::Connected)?;
        (now < ends && now + NOTICE >= ends).then_some(ends)
    }

    fn idle(&self, idle: Duration, now: Timestamp) -> Option<ExpiryStep> {
        let used = self.last_used_at.map_or(self.connected_at, |at| at.max(self.connected_at));
        let (ends, notice) = (used + idle, NOTICE.min(idle / 2));
        // A use after the notice makes the notice void.
        match self.idle_notified_at.filter(|notified| *notified > used) {
            None if now + notice >= ends => Some(ExpiryStep::IdleSoon(ends.max(now + notice))),
            // The owner gets the full notice, also if the idle time was shortened after it.
            Some(notified) if now >= ends.max(notified + notice) => Some(ExpiryStep::Idle),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(24 * 3600);
    const IDLE: Option<Duration> = Some(Duration::from_secs(90 * 24 * 3600));

    fn day(number: u32) -> Timestamp {
        Timestamp(0) + DAY * number
    }

    fn term() -> ExpiryFacts {
        ExpiryFacts {
            status: ConnectionStatus::Connected,
            connected_at: day(0),
            last_used_at: Some(day(10)),
            ends_at: None,
            idle_notified_at: None,
            end_notified_at: None,
        }
    }

    #[test]
    fn the_owner_of_an_idle_connection_is_notified_once_a_week_before_its_end() {
        assert_eq!(term().next_step(IDLE, day(92)), None);
        assert_eq!(term().next_step(IDLE, day(93)), Some(ExpiryStep::IdleSoon(day(100))));
        let notified = ExpiryFacts { idle_notified_at: Some(day(93)), ..term() };
        assert_eq!(notified.next_step(IDLE, day(99)), None);
        assert_eq!(notified.next_step(IDLE, day(100)), Some(ExpiryStep::Idle));
        let needs_login = ExpiryFacts { status: ConnectionStatus::NeedsLogin, ..notified };
        assert_eq!(
            needs_login.next_step(IDLE, day(100)),
            Some(ExpiryStep::Idle),
            "sealed tokens are not kept for an idle owner"
        );
    }

    #[test]
    fn a_use_or_a_new_login_restarts_the_idle_time() {
        let used = ExpiryFacts { idle_notified_at: Some(day(93)), last_used_at: Some(day(95)), ..term() };
        assert_eq!(used.next_step(IDLE, day(100)), None);
        assert_eq!(used.next_step(IDLE, day(178)), Some(ExpiryStep::IdleSoon(day(185))));
        let logged_in = ExpiryFacts { connected_at: day(95), idle_notified_at: Some(day(93)), ..term() };
        assert_eq!(logged_in.next_step(IDLE, day(100)), None);
    }

    #[test]
    fn no_idle_connection_ends_without_a_timely_notice() {
        // The idle time was switched on after it had passed.
        assert_eq!(term().next_step(IDLE, day(500)), Some(ExpiryStep::IdleSoon(day(507))));
        let notified = ExpiryFacts { idle_notified_at: Some(day(500)), ..term() };
        assert_eq!(
            (notified.next_step(IDLE, day(506)), notified.next_step(IDLE, day(507))),
            (None, Some(ExpiryStep::Idle))
        );
        // The notice of a short idle time is half of it.
        assert_eq!(term().next_step(Some(DAY * 2), day(11)), Some(ExpiryStep::IdleSoon(day(12))));
    }

    #[test]
    fn without_an_idle_time_or_a_connection_nothing_is_due() {
        assert_eq!(term().next_step(None, day(5000)), None);
        for status in [ConnectionStatus::Disconnected, ConnectionStatus::NotConnected] {
            assert_eq!(
                ExpiryFacts { status, ends_at: Some(day(101)), ..term() }.next_step(IDLE, day(100)),
                None
            );
        }
    }

    #[test]
    fn the_owner_is_notified_once_a_week_before_the_login_expires() {
        let ending = ExpiryFacts { ends_at: Some(day(100)), ..term() };
        assert_eq!(ending.next_step(None, day(92)), None);
        assert_eq!(ending.next_step(None, day(93)), Some(ExpiryStep::EndsSoon(day(100))));
        let notified = ExpiryFacts { end_notified_at: Some(day(93)), ..ending.clone() };
        assert_eq!((notified.next_step(None, day(94)), notified.ends_soon(day(94))), (None, Some(day(100))));
        // A new login, or a new refresh token, expires later and needs a new notice.
        let renewed = ExpiryFacts { ends_at: Some(day(200)), ..notified };
        assert_eq!(renewed.next_step(None, day(193)), Some(ExpiryStep::EndsSoon(day(200))));
        assert_eq!(
            ending.next_step(None, day(100)),
            None,
            "an expired login is asked for by the next command"
        );
        let gone = ExpiryFacts { status: ConnectionStatus::NeedsLogin, ..ending };
        assert_eq!(gone.next_step(None, day(95)), None);
    }
}
