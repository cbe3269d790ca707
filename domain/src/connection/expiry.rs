//! How long a connection lasts: one that nobody uses is ended where the company wants that, and some end by themselves.
//! Nobody is surprised by either: its owner is told before.

use std::time::Duration;
use workbot_shared::ConnectionStatus;

use crate::time::Timestamp;

/// An owner is told this long before; before an idle connection is ended, half of the idle time if that is shorter.
pub const NOTICE: Duration = Duration::from_secs(7 * 24 * 3600);

/// What is known of how long a connection lasts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpiryFacts {
    /// How it stands.
    pub status: ConnectionStatus,
    /// When its owner logged in.
    pub connected_at: Timestamp,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
    /// When its login ends at the app, however often it is renewed, if that is known.
    pub ends_at: Option<Timestamp>,
    /// When its owner was last told that it is not used.
    pub idle_notified_at: Option<Timestamp>,
    /// When its owner was last told that its login ends.
    pub end_notified_at: Option<Timestamp>,
}

/// What is to be done about a connection now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExpiryStep {
    /// Tell its owner that it is ended then, unless they use it.
    IdleSoon(Timestamp),
    /// End it: its owner was told, and did not use it.
    Idle,
    /// Tell its owner that its login ends then.
    EndsSoon(Timestamp),
}

impl ExpiryFacts {
    /// What is due now. `idle`: connections that are not used for so long are ended.
    #[must_use]
    pub fn next_step(&self, idle: Option<Duration>, now: Timestamp) -> Option<ExpiryStep> {
        if !matches!(self.status, ConnectionStatus::Connected | ConnectionStatus::NeedsLogin) {
            return None;
        }
        idle.and_then(|idle| self.idle(idle, now)).or_else(|| {
            let told = |ends: Timestamp| self.end_notified_at.is_some_and(|told| told + NOTICE >= ends);
            self.ends_soon(now).filter(|ends| !told(*ends)).map(ExpiryStep::EndsSoon)
        })
    }

    /// When its login ends, if that is soon.
    #[must_use]
    pub fn ends_soon(&self, now: Timestamp) -> Option<Timestamp> {
        let ends = self.ends_at.filter(|_| self.status == ConnectionStatus::Connected)?;
        (now < ends && now + NOTICE >= ends).then_some(ends)
    }

    fn idle(&self, idle: Duration, now: Timestamp) -> Option<ExpiryStep> {
        let used = self.last_used_at.map_or(self.connected_at, |at| at.max(self.connected_at));
        let (ends, notice) = (used + idle, NOTICE.min(idle / 2));
        // Using it makes what was said before void.
        match self.idle_notified_at.filter(|told| *told > used) {
            None if now + notice >= ends => Some(ExpiryStep::IdleSoon(ends.max(now + notice))),
            // Also when the time was made shorter meanwhile, nobody is told too late.
            Some(told) if now >= ends.max(told + notice) => Some(ExpiryStep::Idle),
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
    fn who_does_not_use_a_connection_is_told_a_week_before_it_ends_once() {
        assert_eq!(term().next_step(IDLE, day(92)), None);
        assert_eq!(term().next_step(IDLE, day(93)), Some(ExpiryStep::IdleSoon(day(100))));
        let told = ExpiryFacts { idle_notified_at: Some(day(93)), ..term() };
        assert_eq!(told.next_step(IDLE, day(99)), None);
        assert_eq!(told.next_step(IDLE, day(100)), Some(ExpiryStep::Idle));
        let needs_login = ExpiryFacts { status: ConnectionStatus::NeedsLogin, ..told };
        assert_eq!(
            needs_login.next_step(IDLE, day(100)),
            Some(ExpiryStep::Idle),
            "what is sealed is kept for nobody"
        );
    }

    #[test]
    fn using_it_again_or_logging_in_again_begins_anew() {
        let used = ExpiryFacts { idle_notified_at: Some(day(93)), last_used_at: Some(day(95)), ..term() };
        assert_eq!(used.next_step(IDLE, day(100)), None);
        assert_eq!(used.next_step(IDLE, day(178)), Some(ExpiryStep::IdleSoon(day(185))));
        let logged_in = ExpiryFacts { connected_at: day(95), idle_notified_at: Some(day(93)), ..term() };
        assert_eq!(logged_in.next_step(IDLE, day(100)), None);
    }

    #[test]
    fn nobody_loses_a_connection_without_having_been_told_in_time() {
        // Switched on when the time is over already.
        assert_eq!(term().next_step(IDLE, day(500)), Some(ExpiryStep::IdleSoon(day(507))));
        let told = ExpiryFacts { idle_notified_at: Some(day(500)), ..term() };
        assert_eq!(
            (told.next_step(IDLE, day(506)), told.next_step(IDLE, day(507))),
            (None, Some(ExpiryStep::Idle))
        );
        // The notice of a short time is half of it.
        assert_eq!(term().next_step(Some(DAY * 2), day(11)), Some(ExpiryStep::IdleSoon(day(12))));
    }

    #[test]
    fn without_a_time_or_a_connection_nothing_is_due() {
        assert_eq!(term().next_step(None, day(5000)), None);
        for status in [ConnectionStatus::Disconnected, ConnectionStatus::NotConnected] {
            assert_eq!(
                ExpiryFacts { status, ends_at: Some(day(101)), ..term() }.next_step(IDLE, day(100)),
                None
            );
        }
    }

    #[test]
    fn who_has_to_log_in_again_soon_is_told_a_week_before_once() {
        let ending = ExpiryFacts { ends_at: Some(day(100)), ..term() };
        assert_eq!(ending.next_step(None, day(92)), None);
        assert_eq!(ending.next_step(None, day(93)), Some(ExpiryStep::EndsSoon(day(100))));
        let told = ExpiryFacts { end_notified_at: Some(day(93)), ..ending.clone() };
        assert_eq!((told.next_step(None, day(94)), told.ends_soon(day(94))), (None, Some(day(100))));
        // Another login, or another refresh token, ends later: of that they are told anew.
        let renewed = ExpiryFacts { ends_at: Some(day(200)), ..told };
        assert_eq!(renewed.next_step(None, day(193)), Some(ExpiryStep::EndsSoon(day(200))));
        assert_eq!(
            ending.next_step(None, day(100)),
            None,
            "it has ended: the next command asks for the login"
        );
        let gone = ExpiryFacts { status: ConnectionStatus::NeedsLogin, ..ending };
        assert_eq!(gone.next_step(None, day(95)), None);
    }
}
