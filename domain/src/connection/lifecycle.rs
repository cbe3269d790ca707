//! The lifecycle of a connection: which step is allowed next, in any state.
//!
//! The vault asks before every step and stores the result before it continues. A crash between any two steps
//! therefore leaves a state from which the same rules continue. The rules protect the refresh token: sent
//! once too often, it can end the grant it belongs to (RFC 9700 section 4.14.2).
//!
//! The rules of a refresh:
//!
//! 1. An [`RefreshIntent`] is stored before the token request is sent, and kept until the app gives a
//!    definite response.
//! 2. After an unknown outcome the same refresh token is sent again, with growing pauses. A superseded
//!    refresh token is never sent.
//! 3. Of the app's responses only a definite refusal ends the connection. A doubtful refusal counts at the
//!    third in a row.
//! 4. Tokens that arrive after the connection was left are revoked, not stored.

use crate::ids::{Incarnation, Revision};
use std::time::Duration;
use workbot_shared::ConnectionStatus;

use super::record::Reason;
use super::token_response::TokenErrorClass;
use crate::backoff::pause;
use crate::seal::Random;
use crate::time::Timestamp;

/// How long a token request may still be in progress after its intent was stored, also across a restart of
/// the vault's object.
pub const INTENT_HOLDS: Duration = Duration::from_secs(30);
/// Number of doubtful refusals in a row, with a pause between, that end a connection.
pub const DOUBTS: u32 = 3;
/// Minimum pause between two requests, counted from the end of the last one.
const SOONEST: Duration = Duration::from_secs(1);

/// The stored lifecycle of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lifecycle {
    /// The connection's status.
    pub status: Status,
    /// The refresh that has no definite response yet.
    pub intent: Option<RefreshIntent>,
}

/// The status of a connection, with the values that each status needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// There is no record of the connection.
    Gone,
    /// The owner disconnected the connection. Only the bare record remains.
    Disconnected,
    /// The connection is usable. It is being refreshed while [`Lifecycle::intent`] is set.
    Connected {
        /// The current revision of its tokens.
        revision: Revision,
    },
    /// The owner has to log in again. The sealed tokens stay until the owner does so or disconnects. After
    /// doubtful refusals each later command tries them once more.
    NeedsLogin {
        /// The last valid revision of its tokens.
        revision: Revision,
        /// Why a login is needed.
        reason: Reason,
    },
}

/// A stored status has a value that this version does not know. The vault changes nothing then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("unknown {0} of a connection")]
pub struct StoredStatusError(
    /// The column whose value is unknown: `status`, `reason` or `revision`.
    pub &'static str,
);

impl Status {
    /// Reads a stored status from its columns: the word, the reason for a login, and the revision of the
    /// tokens.
    ///
    /// # Errors
    /// [`StoredStatusError`] for an unknown or missing value. An unknown status is never read as a known one.
    pub fn from_stored(
        word: &str,
        reason: Option<&str>,
        revision: Option<Revision>,
    ) -> Result<Self, StoredStatusError> {
        let revision = || revision.ok_or(StoredStatusError("revision"));
        match ConnectionStatus::from_word(word).map_err(|_| StoredStatusError("status"))? {
            ConnectionStatus::Connected => Ok(Self::Connected { revision: revision()? }),
            ConnectionStatus::NeedsLogin => {
                let reason = reason.and_then(Reason::from_word).ok_or(StoredStatusError("reason"))?;
                Ok(Self::NeedsLogin { revision: revision()?, reason })
            }
            ConnectionStatus::Disconnected => Ok(Self::Disconnected),
            // `not_connected` means that there is no record, so no record can hold it.
            ConnectionStatus::NotConnected => Err(StoredStatusError("status")),
        }
    }
}

/// A refresh in progress. The intent is stored before its request is sent, and kept until the app gives a
/// definite response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefreshIntent {
    /// The revision whose refresh token is sent.
    pub revision: Revision,
    /// The incarnation (start) of the vault's object that sends it. The same incarnation knows when the
    /// request has ended.
    pub incarnation: Incarnation,
    /// When the first request was sent.
    pub since: Timestamp,
    /// When the last request was sent.
    pub started_at: Timestamp,
    /// The number of requests sent.
    pub sends: u32,
    /// Whether the app may have consumed the refresh token, because the outcome of a request is unknown.
    pub unknown: bool,
    /// The number of doubtful refusals in a row.
    pub doubts: u32,
    /// The earliest time of the next request; `None` while the last one is in progress.
    pub retry_at: Option<Timestamp>,
}

impl RefreshIntent {
    fn first(revision: &Revision, incarnation: &Incarnation, now: Timestamp) -> Self {
        Self {
            revision: revision.clone(),
            incarnation: incarnation.clone(),
            since: now,
            started_at: now,
            sends: 1,
            unknown: false,
            doubts: 0,
            retry_at: None,
        }
    }

    fn next(&self, incarnation: &Incarnation, now: Timestamp) -> Self {
        Self {
            incarnation: incarnation.clone(),
            started_at: now,
            sends: self.sends.saturating_add(1),
            retry_at: None,
            ..self.clone()
        }
    }

    /// Returns the earliest time of the next request. The pause counts from the last request, so that a slow
    /// app is not asked more rarely than one that refuses at once. A pause stated by the app counts from now.
    fn pause_until(&self, stated: Option<Duration>, now: Timestamp, random: Random<1>) -> Timestamp {
        let outage = now.since(self.since);
        let own = self.started_at + pause(outage, None, random);
        let stated = stated.map_or(Duration::ZERO, |stated| pause(Duration::ZERO, Some(stated), [0]));
        own.max(now + stated.max(SOONEST))
    }
}

/// What a refresh may do now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefreshDecision {
    /// Store this intent, then send the refresh token.
    Send(RefreshIntent),
    /// A request of an earlier incarnation may be in progress. Ask again at this time.
    Wait(Timestamp),
    /// The connection has newer tokens. Use those.
    Superseded,
    /// The app gave no definite response a moment ago. Ask again at this time; nothing is lost.
    NotBefore(Timestamp),
    /// The connection is not usable.
    NotConnected,
}

/// What happens to a token response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenDisposition {
    /// Its tokens become the connection's next revision.
    Keep,
    /// The connection was disconnected or replaced. The tokens are revoked.
    Revoke,
}

impl Lifecycle {
    /// Decides about refreshing the tokens of `revision`. `incarnation` identifies the start of the vault's
    /// object that asks.
    ///
    /// After an unknown outcome the same refresh token is sent again, whatever the app's rotation. If the
    /// token was consumed, the app refuses it, which the lost response would have meant anyway. If it was
    /// not, the connection lives.
    #[must_use]
    pub fn refresh(&self, revision: &Revision, incarnation: &Incarnation, now: Timestamp) -> RefreshDecision {
        let connected = match &self.status {
            Status::Connected { revision: valid } if valid == revision => true,
            Status::NeedsLogin { revision: valid, reason: Reason::Doubtful } if valid == revision => false,
            Status::Connected { .. } => return RefreshDecision::Superseded,
            _ => return RefreshDecision::NotConnected,
        };
        let Some(intent) = self.intent.as_ref().filter(|intent| intent.revision == *revision) else {
            return RefreshDecision::Send(RefreshIntent::first(revision, incarnation, now));
        };
        match intent.retry_at {
            // A command's single try at a doubtful connection does not wait for the pause of another.
            Some(at) if now < at && connected => RefreshDecision::NotBefore(at),
            Some(_) => RefreshDecision::Send(intent.next(incarnation, now)),
            None if intent.incarnation != *incarnation && now < intent.started_at + INTENT_HOLDS => {
                RefreshDecision::Wait(intent.started_at + INTENT_HOLDS)
            }
            // The incarnation that sent the request is gone, and its response is lost.
            None => RefreshDecision::Send(RefreshIntent { unknown: true, ..intent.next(incarnation, now) }),
        }
    }

    /// Whether a command given at `commanded_at` tries a connection that doubtful refusals have ended. Each
    /// command tries it once.
    #[must_use]
    pub fn should_retry_for(&self, commanded_at: Timestamp) -> bool {
        matches!(self.status, Status::NeedsLogin { reason: Reason::Doubtful, .. })
            && self.intent.as_ref().is_none_or(|intent| intent.started_at < commanded_at)
    }

    /// Records an unknown outcome: the app may have consumed the refresh token.
    pub fn on_no_response(&mut self, now: Timestamp, random: Random<1>) {
        if let Some(intent) = &mut self.intent {
            intent.unknown = true;
            intent.doubts = 0;
            intent.retry_at = Some(intent.pause_until(None, now, random));
        }
    }

    /// Records that the app did not take the request (status 429 or 503). `stated` is the pause that the
    /// response asks for.
    pub fn on_busy(&mut self, stated: Option<Duration>, now: Timestamp, random: Random<1>) {
        if let Some(intent) = &mut self.intent {
            intent.doubts = 0;
            intent.retry_at = Some(intent.pause_until(stated, now, random));
        }
    }

    /// Records a definite refusal. Only [`TokenErrorClass::Login`] ends the connection.
    pub fn on_refused(&mut self, revision: &Revision, refusal: TokenErrorClass) {
        let unknown = self.intent.as_ref().is_some_and(|intent| intent.unknown);
        if refusal == TokenErrorClass::Login {
            // After a lost response the app refuses because the first request consumed the token.
            let reason = if unknown { Reason::AnswerLost } else { Reason::GrantGone };
            self.invalidate(revision, reason);
        }
        self.intent = None;
    }

    /// Records a doubtful refusal, or unusable tokens. `used` says that the app may have consumed the refresh
    /// token.
    ///
    /// At the third in a row ([`DOUBTS`]) the connection needs a login. The grant may still live: the sealed
    /// tokens stay, and disconnecting revokes them.
    pub fn on_doubtful(&mut self, revision: &Revision, used: bool, now: Timestamp, random: Random<1>) {
        let Some(intent) = &mut self.intent else { return };
        intent.unknown |= used;
        intent.doubts = intent.doubts.saturating_add(1);
        // The pause is short, whatever the length of the outage before, so that a waiting caller gets a
        // result within seconds.
        intent.retry_at = Some(now + pause(Duration::ZERO, None, random));
        if intent.doubts >= DOUBTS {
            self.invalidate(revision, Reason::Doubtful);
        }
    }

    /// Marks the tokens of a revision as unusable and not renewable.
    pub fn invalidate(&mut self, revision: &Revision, reason: Reason) {
        if let Status::Connected { revision: valid }
        | Status::NeedsLogin { revision: valid, reason: Reason::Doubtful } = &self.status
            && valid == revision
        {
            self.status = Status::NeedsLogin { revision: revision.clone(), reason };
        }
    }

    /// Takes the tokens that a refresh of `revision` returned. A connection that needs a login by now takes
    /// them too: the newest tokens are never lost.
    pub fn on_tokens(&mut self, revision: &Revision, next: Revision) -> TokenDisposition {
        match &self.status {
            Status::Connected { revision: valid } | Status::NeedsLogin { revision: valid, .. }
                if valid == revision =>
            {
                *self = Self::connected(next);
                TokenDisposition::Keep
            }
            _ => TokenDisposition::Revoke,
        }
    }

    /// Takes the refresh token of an unusable response to a refresh of `revision`.
    ///
    /// The new refresh token replaces the old one, and the next request sends it. The response counts as a
    /// doubtful refusal, so that an app that keeps responding this way leads to a login.
    pub fn on_new_refresh_token(
        &mut self,
        revision: &Revision,
        next: Revision,
        now: Timestamp,
        random: Random<1>,
    ) -> TokenDisposition {
        let intent = self.intent.clone();
        if self.on_tokens(revision, next.clone()) == TokenDisposition::Revoke {
            return TokenDisposition::Revoke;
        }
        // The new refresh token was never sent, so nothing has consumed it.
        self.intent = intent.map(|intent| RefreshIntent { revision: next.clone(), unknown: false, ..intent });
        self.on_doubtful(&next, false, now, random);
        TokenDisposition::Keep
    }

    /// Returns the lifecycle after a successful login.
    #[must_use]
    pub fn connected(revision: Revision) -> Self {
        Self { status: Status::Connected { revision }, intent: None }
    }

    /// Returns the lifecycle after the owner disconnects or deletes the connection.
    #[must_use]
    pub fn disconnected(&self, delete: bool) -> Self {
        let status = if delete || self.status == Status::Gone { Status::Gone } else { Status::Disconnected };
        Self { status, intent: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const T0: Timestamp = Timestamp(1_000_000);

    #[test]
    fn an_unknown_stored_status_is_an_error_and_never_a_known_one() {
        let read = |word, reason, revision: Option<&str>| {
            Status::from_stored(word, reason, revision.map(Revision::from))
        };
        let r1 = || Revision::from("r1");
        assert_eq!(read("connected", None, Some("r1")), Ok(Status::Connected { revision: r1() }));
        let needs_login = Status::NeedsLogin { revision: r1(), reason: Reason::Doubtful };
        assert_eq!(read("needs_login", Some("doubtful"), Some("r1")), Ok(needs_login));
        assert_eq!(read("disconnected", None, None), Ok(Status::Disconnected));
        for (word, reason, revision, what) in [
            ("suspended", None, Some("r1"), "status"),
            ("", None, None, "status"),
            ("not_connected", None, None, "status"),
            ("connected", None, None, "revision"),
            ("needs_login", Some("doubtful"), None, "revision"),
            ("needs_login", None, Some("r1"), "reason"),
            ("needs_login", Some("of a later version"), Some("r1"), "reason"),
        ] {
            assert_eq!(read(word, reason, revision), Err(StoredStatusError(what)), "{word} {reason:?}");
        }
    }

    fn sent(life: &Lifecycle, incarnation: &str, now: Timestamp) -> RefreshDecision {
        life.refresh(&"r1".into(), &incarnation.into(), now)
    }

    fn refreshing() -> Lifecycle {
        let life = Lifecycle::connected("r1".into());
        let RefreshDecision::Send(intent) = sent(&life, "first life", T0) else { panic!() };
        Lifecycle { intent: Some(intent), ..life }
    }

    #[test]
    fn a_request_of_an_earlier_incarnation_is_waited_out_and_then_sent_again() {
        let ends = T0 + INTENT_HOLDS;
        assert_eq!(sent(&refreshing(), "second life", T0), RefreshDecision::Wait(ends));
        let RefreshDecision::Send(intent) = sent(&refreshing(), "second life", ends) else { panic!() };
        assert!(intent.unknown && intent.sends == 2, "the outcome of the earlier request is unknown");
    }

    #[test]
    fn a_busy_app_is_not_asked_before_its_stated_pause_ends() {
        let mut life = refreshing();
        life.on_busy(Some(Duration::from_secs(60)), T0, [0]);
        let later = T0 + Duration::from_secs(60);
        assert_eq!(sent(&life, "first life", T0), RefreshDecision::NotBefore(later));
        let RefreshDecision::Send(intent) = sent(&life, "first life", later) else { panic!() };
        assert!(!intent.unknown, "a busy app has not consumed the token");
        life.on_busy(Some(Duration::from_secs(24 * 3600)), T0, [0]);
        assert_eq!(sent(&life, "first life", T0), RefreshDecision::NotBefore(T0 + Duration::from_secs(300)));
    }

    #[test]
    fn only_a_definite_refusal_ends_a_connection_and_only_for_its_own_revision() {
        for refusal in [TokenErrorClass::Policy, TokenErrorClass::Setup] {
            let mut life = refreshing();
            life.on_refused(&"r1".into(), refusal);
            assert_eq!(life, Lifecycle::connected("r1".into()), "{refusal:?}");
        }
        let mut life = refreshing();
        life.on_refused(&"r0".into(), TokenErrorClass::Login);
        assert_eq!(life, Lifecycle::connected("r1".into()));
        life.on_refused(&"r1".into(), TokenErrorClass::Login);
        assert!(matches!(life.status, Status::NeedsLogin { reason: Reason::GrantGone, .. }));
    }

    #[test]
    fn a_refusal_after_a_lost_response_means_that_the_response_was_lost() {
        let mut life = refreshing();
        life.on_no_response(T0, [0]);
        let RefreshDecision::Send(intent) = sent(&life, "first life", T0 + Duration::from_secs(1)) else {
            panic!()
        };
        life.intent = Some(intent);
        life.on_refused(&"r1".into(), TokenErrorClass::Login);
        assert!(matches!(life.status, Status::NeedsLogin { reason: Reason::AnswerLost, .. }));
    }

    /// Plays doubtful refusals, or `other`, each time after the pause.
    fn on_doubtful(
        times: u32,
        other: impl Fn(u32, &mut Lifecycle, Timestamp) -> bool,
    ) -> (Lifecycle, Timestamp) {
        let (mut life, mut now) = (refreshing(), T0);
        for time in 1..=times {
            if !other(time, &mut life, now) {
                life.on_doubtful(&"r1".into(), false, now, [255]);
            }
            if let Some(at) = life.intent.as_ref().and_then(|intent| intent.retry_at) {
                now = at;
            }
            if time < times {
                let RefreshDecision::Send(intent) = sent(&life, "first life", now) else {
                    panic!("{life:?}")
                };
                life.intent = Some(intent);
            }
        }
        (life, now)
    }

    #[test]
    fn a_doubtful_refusal_counts_at_the_third_in_a_row_and_within_seconds() {
        assert_eq!(on_doubtful(2, |_, _, _| false).0.status, Lifecycle::connected("r1".into()).status);
        let (life, now) = on_doubtful(3, |_, _, _| false);
        assert!(matches!(life.status, Status::NeedsLogin { reason: Reason::Doubtful, .. }), "{life:?}");
        assert!(now.since(T0) < Duration::from_secs(8), "the last pause is not waited for: {now:?}");
        // The same holds after an outage of an hour.
        let (mut life, later) = (refreshing(), T0 + Duration::from_secs(3600));
        life.on_no_response(later, [0]);
        life.on_doubtful(&"r1".into(), false, later, [255]);
        assert!(life.intent.unwrap().retry_at.unwrap().since(later) < Duration::from_secs(2));
        for other in [Lifecycle::busy_now as fn(&mut Lifecycle, Timestamp), Lifecycle::unanswered_now] {
            let (life, _) = on_doubtful(4, |time, life, now| {
                if time == 2 {
                    other(life, now);
                }
                time == 2
            });
            assert!(matches!(life.status, Status::Connected { .. }), "not in a row: {life:?}");
        }
    }

    #[test]
    fn a_connection_ended_by_doubt_is_tried_once_by_each_later_command_and_can_recover() {
        let (ended, now) = on_doubtful(3, |_, _, _| false);
        assert!(
            !ended.should_retry_for(T0) && ended.should_retry_for(now),
            "the earlier command has had its tries"
        );
        assert!(!Lifecycle::connected("r1".into()).should_retry_for(now));
        let again = |life: &Lifecycle| {
            let RefreshDecision::Send(intent) = sent(life, "first life", T0) else { panic!("{life:?}") };
            Lifecycle { intent: Some(intent), ..life.clone() }
        };
        // The next command tries it again, whatever the app responds.
        let mut life = again(&ended);
        life.on_doubtful(&"r1".into(), false, now, [0]);
        life = again(&life);
        life.on_busy(Some(Duration::from_secs(60)), now, [0]);
        life = again(&life);
        life.on_no_response(now, [0]);
        life = again(&life);
        assert_eq!(life.status, ended.status);
        let mut lives = life.clone();
        assert_eq!(lives.on_tokens(&"r1".into(), "r2".into()), TokenDisposition::Keep);
        assert_eq!(lives, Lifecycle::connected("r2".into()));
        life.on_refused(&"r1".into(), TokenErrorClass::Login);
        assert!(matches!(life.status, Status::NeedsLogin { reason: Reason::AnswerLost, .. }), "{life:?}");
        assert_eq!(
            sent(&life, "first life", now),
            RefreshDecision::NotConnected,
            "a definite refusal is not retried"
        );
        let mut refused = again(&ended);
        refused.on_refused(&"r1".into(), TokenErrorClass::Login);
        assert!(matches!(refused.status, Status::NeedsLogin { reason: Reason::GrantGone, .. }));
    }

    impl Lifecycle {
        fn busy_now(&mut self, now: Timestamp) {
            self.on_busy(None, now, [0]);
        }

        fn unanswered_now(&mut self, now: Timestamp) {
            self.on_no_response(now, [0]);
        }
    }

    /// Plays an outage in which each request takes `request` until it fails. Returns the time from the app's
    /// return to the first request that reaches it, and the number of requests before.
    fn outage(length: Duration, request: Duration, dice: u8) -> (Duration, u32) {
        let mut life = refreshing();
        let mut now = T0;
        loop {
            now = now + request;
            life.on_no_response(now, [dice]);
            let RefreshDecision::NotBefore(at) = sent(&life, "first life", now) else { panic!() };
            now = at;
            let RefreshDecision::Send(intent) = sent(&life, "first life", now) else { panic!() };
            let sends = intent.sends;
            life.intent = Some(intent);
            if now >= T0 + length {
                return (now.since(T0 + length), sends);
            }
        }
    }

    #[test]
    fn a_recovered_app_is_asked_within_30_seconds_or_after_long_outages_within_five_minutes() {
        for request in [Duration::from_millis(5), Duration::from_secs(3), Duration::from_secs(25)] {
            for dice in [0, 128, 255] {
                for seconds in 1..=600 {
                    let (late, _) = outage(Duration::from_secs(seconds), request, dice);
                    assert!(late <= Duration::from_secs(30), "{seconds} s, {request:?}, {dice}: {late:?}");
                }
                for hours in [1, 3, 24] {
                    let (late, sends) = outage(Duration::from_secs(hours * 3600), request, dice);
                    assert!(late <= Duration::from_secs(300), "{hours} h, {request:?}, {dice}: {late:?}");
                    assert!(u64::from(sends) < 120 + hours * 30, "{hours} h: {sends} requests");
                }
            }
        }
    }

    #[test]
    fn tokens_that_arrive_late_are_kept_unless_the_connection_was_left() {
        let mut life = refreshing();
        life.invalidate(&"r1".into(), Reason::AnswerLost);
        assert_eq!(life.on_tokens(&"r1".into(), "r2".into()), TokenDisposition::Keep);
        assert_eq!(life.status, Status::Connected { revision: "r2".into() });
        for left in [
            refreshing().disconnected(false),
            refreshing().disconnected(true),
            Lifecycle::connected("new".into()),
        ] {
            let mut life = left.clone();
            assert_eq!((life.on_tokens(&"r1".into(), "r2".into()), life), (TokenDisposition::Revoke, left));
        }
    }
}
