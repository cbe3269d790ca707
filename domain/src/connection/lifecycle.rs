//! The lifecycle of a connection: what may happen to it next, whatever happened before.
//!
//! The vault asks before every step and stores what is answered before it goes on, so that a crash between any two steps
//! leaves a state from which the same rules go on. A refresh token is the dangerous thing: sent once too often, it can end
//! the grant that it belongs to (RFC 9700 section 4.14.2).

use std::time::Duration;
use workbot_shared::ConnectionStatus;

use super::record::Reason;
use super::token_response::TokenErrorClass;
use crate::backoff::pause;
use crate::seal::Random;
use crate::time::Timestamp;

/// A token request may be under way this long after its intent was noted, also in a life before this one.
pub const INTENT_HOLDS: Duration = Duration::from_secs(30);
/// So often a doubtful refusal must come in a row, with a pause between, until it counts.
pub const DOUBTS: u32 = 3;
/// However long the last request took.
const SOONEST: Duration = Duration::from_secs(1);

/// What is stored of a connection, as far as its life goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lifecycle {
    /// How it stands.
    pub status: Status,
    /// The refresh that has no definite answer yet.
    pub intent: Option<RefreshIntent>,
}

/// How a connection stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// There is no record of it.
    Gone,
    /// Its owner disconnected it; only the bare record is left.
    Disconnected,
    /// It can be used. While [`Lifecycle::intent`] is there, it is being refreshed.
    Connected {
        /// The revision of its tokens that is valid now.
        revision: String,
    },
    /// Its owner has to log in again. What is sealed stays until they do, or leave; where the app's refusals were doubtful,
    /// each later command tries it once more.
    NeedsLogin {
        /// The last valid revision of its tokens.
        revision: String,
        /// Why.
        reason: Reason,
    },
}

/// What is stored of a status is of a shape that this version does not know. Nothing is done with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} of a connection")]
pub struct StoredStatusError(
    /// What cannot be read.
    pub &'static str,
);

impl Status {
    /// Reads what is stored of a status: its word, why a login is needed, and the revision of the tokens.
    ///
    /// # Errors
    /// [`StoredStatusError`]: an unknown status is never read as one that is known.
    pub fn from_stored(
        word: &str,
        reason: Option<&str>,
        revision: Option<String>,
    ) -> Result<Self, StoredStatusError> {
        let revision = || revision.ok_or(StoredStatusError("revision"));
        match ConnectionStatus::from_word(word).map_err(|_| StoredStatusError("status"))? {
            ConnectionStatus::Connected => Ok(Self::Connected { revision: revision()? }),
            ConnectionStatus::NeedsLogin => {
                let reason = reason.and_then(Reason::from_word).ok_or(StoredStatusError("reason"))?;
                Ok(Self::NeedsLogin { revision: revision()?, reason })
            }
            ConnectionStatus::Disconnected => Ok(Self::Disconnected),
            // That there is no record, no record says.
            ConnectionStatus::NotConnected => Err(StoredStatusError("status")),
        }
    }
}

/// A refresh that was begun: noted before its request leaves, and kept until the app gives a definite answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefreshIntent {
    /// The revision whose refresh token is sent.
    pub revision: String,
    /// Which life of the vault sends it. In the same life it is known when it has ended.
    pub incarnation: String,
    /// When the first request left.
    pub since: Timestamp,
    /// When the last request left.
    pub started_at: Timestamp,
    /// How many requests left.
    pub sends: u32,
    /// Whether the app may have used up the refresh token: the outcome of a request is unknown.
    pub unknown: bool,
    /// How many doubtful refusals came in a row.
    pub doubts: u32,
    /// The next request leaves at this time, or later. `None`: the last one is under way.
    pub retry_at: Option<Timestamp>,
}

impl RefreshIntent {
    fn first(revision: &str, incarnation: &str, now: Timestamp) -> Self {
        Self {
            revision: revision.to_owned(),
            incarnation: incarnation.to_owned(),
            since: now,
            started_at: now,
            sends: 1,
            unknown: false,
            doubts: 0,
            retry_at: None,
        }
    }

    fn next(&self, incarnation: &str, now: Timestamp) -> Self {
        Self {
            incarnation: incarnation.to_owned(),
            started_at: now,
            sends: self.sends.saturating_add(1),
            retry_at: None,
            ..self.clone()
        }
    }

    /// When the next request may leave. The pause counts from the last request, so that an app that keeps requests
    /// waiting is not asked more rarely than one that refuses them; a stated one counts from now.
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
    /// A request of an earlier life may be under way: ask again then.
    Wait(Timestamp),
    /// It has other tokens meanwhile: use those.
    Superseded,
    /// The app gave no answer a moment ago: ask again then. Nothing is lost.
    NotBefore(Timestamp),
    /// It cannot be used.
    NotConnected,
}

/// What becomes of a token answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenDisposition {
    /// It is the connection's next revision.
    Keep,
    /// The connection was left or replaced meanwhile: it is revoked.
    Revoke,
}

impl Lifecycle {
    /// Decides about refreshing the tokens of `revision`. `incarnation` is the life of the vault that asks.
    ///
    /// After an unknown outcome the same refresh token is sent again, whatever the app does with used ones: a used one
    /// gets the refusal that the lost answer meant anyway, and an unused one lives.
    #[must_use]
    pub fn refresh(&self, revision: &str, incarnation: &str, now: Timestamp) -> RefreshDecision {
        let connected = match &self.status {
            Status::Connected { revision: valid } if valid == revision => true,
            Status::NeedsLogin { revision: valid, reason: Reason::Doubtful } if valid == revision => false,
            Status::Connected { .. } => return RefreshDecision::Superseded,
            _ => return RefreshDecision::NotConnected,
        };
        let Some(intent) = self.intent.as_ref().filter(|intent| intent.revision == revision) else {
            return RefreshDecision::Send(RefreshIntent::first(revision, incarnation, now));
        };
        match intent.retry_at {
            // What is tried once by a command does not wait for another's pause.
            Some(at) if now < at && connected => RefreshDecision::NotBefore(at),
            Some(_) => RefreshDecision::Send(intent.next(incarnation, now)),
            None if intent.incarnation != incarnation && now < intent.started_at + INTENT_HOLDS => {
                RefreshDecision::Wait(intent.started_at + INTENT_HOLDS)
            }
            // Its sender is gone, and with it the answer.
            None => RefreshDecision::Send(RefreshIntent { unknown: true, ..intent.next(incarnation, now) }),
        }
    }

    /// Whether a command of this time is to try what was ended by doubt: once, if it was given after the last try.
    #[must_use]
    pub fn should_retry_for(&self, commanded_at: Timestamp) -> bool {
        matches!(self.status, Status::NeedsLogin { reason: Reason::Doubtful, .. })
            && self.intent.as_ref().is_none_or(|intent| intent.started_at < commanded_at)
    }

    /// No answer came, or one that says nothing about the request: the refresh token may be used up.
    pub fn on_no_response(&mut self, now: Timestamp, random: Random<1>) {
        if let Some(intent) = &mut self.intent {
            intent.unknown = true;
            intent.doubts = 0;
            intent.retry_at = Some(intent.pause_until(None, now, random));
        }
    }

    /// The app was not ready, and did not take the request (429, 503). `stated`: the pause that it asks for.
    pub fn on_busy(&mut self, stated: Option<Duration>, now: Timestamp, random: Random<1>) {
        if let Some(intent) = &mut self.intent {
            intent.doubts = 0;
            intent.retry_at = Some(intent.pause_until(stated, now, random));
        }
    }

    /// The app said no. Only a definite no ends the connection.
    pub fn on_refused(&mut self, revision: &str, refusal: TokenErrorClass) {
        let unknown = self.intent.as_ref().is_some_and(|intent| intent.unknown);
        if refusal == TokenErrorClass::Login {
            // After a lost answer the app refuses because the first request used the token up.
            let reason = if unknown { Reason::AnswerLost } else { Reason::GrantGone };
            self.invalidate(revision, reason);
        }
        self.intent = None;
    }

    /// The app refused in words that need not be about the grant, or gave tokens that cannot be used (`used`: then the
    /// refresh token may be used up). The third time in a row a login is asked for. Its grant may live: what is sealed stays,
    /// and leaving the connection revokes it.
    pub fn on_doubtful(&mut self, revision: &str, used: bool, now: Timestamp, random: Random<1>) {
        let Some(intent) = &mut self.intent else { return };
        intent.unknown |= used;
        intent.doubts = intent.doubts.saturating_add(1);
        // However long the app was away before, who waits gets to know within seconds.
        intent.retry_at = Some(now + pause(Duration::ZERO, None, random));
        if intent.doubts >= DOUBTS {
            self.invalidate(revision, Reason::Doubtful);
        }
    }

    /// The tokens of a revision can no longer be used or renewed.
    pub fn invalidate(&mut self, revision: &str, reason: Reason) {
        if let Status::Connected { revision: valid }
        | Status::NeedsLogin { revision: valid, reason: Reason::Doubtful } = &self.status
            && valid == revision
        {
            self.status = Status::NeedsLogin { revision: revision.to_owned(), reason };
        }
    }

    /// Tokens arrived for a refresh of `revision`. Also a connection that was given up meanwhile takes them: the newest
    /// tokens are never lost.
    pub fn on_tokens(&mut self, revision: &str, next: String) -> TokenDisposition {
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

    /// An answer to a refresh of `revision` cannot be used, but holds a new refresh token: that replaces the old one, and is
    /// what the next request sends. It counts as a doubtful refusal, so that an app that goes on so asks for a login.
    pub fn on_new_refresh_token(
        &mut self,
        revision: &str,
        next: String,
        now: Timestamp,
        random: Random<1>,
    ) -> TokenDisposition {
        let intent = self.intent.clone();
        if self.on_tokens(revision, next.clone()) == TokenDisposition::Revoke {
            return TokenDisposition::Revoke;
        }
        // The new one was not sent yet: nothing can have used it up.
        self.intent = intent.map(|intent| RefreshIntent { revision: next.clone(), unknown: false, ..intent });
        self.on_doubtful(&next, false, now, random);
        TokenDisposition::Keep
    }

    /// A new login succeeded.
    #[must_use]
    pub fn connected(revision: String) -> Self {
        Self { status: Status::Connected { revision }, intent: None }
    }

    /// Its owner leaves it.
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
    fn a_stored_status_that_is_not_known_is_an_error_and_never_a_known_one() {
        let read = |word, reason, revision: Option<&str>| {
            Status::from_stored(word, reason, revision.map(str::to_owned))
        };
        let r1 = || "r1".to_owned();
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
        life.refresh("r1", incarnation, now)
    }

    fn refreshing() -> Lifecycle {
        let life = Lifecycle::connected("r1".into());
        let RefreshDecision::Send(intent) = sent(&life, "first life", T0) else { panic!() };
        Lifecycle { intent: Some(intent), ..life }
    }

    #[test]
    fn a_request_of_an_earlier_life_is_waited_out_and_then_sent_again() {
        let ends = T0 + INTENT_HOLDS;
        assert_eq!(sent(&refreshing(), "second life", T0), RefreshDecision::Wait(ends));
        let RefreshDecision::Send(intent) = sent(&refreshing(), "second life", ends) else { panic!() };
        assert!(intent.unknown && intent.sends == 2, "what the request of the earlier life did is not known");
    }

    #[test]
    fn a_busy_app_is_not_asked_before_it_wants_to_be() {
        let mut life = refreshing();
        life.on_busy(Some(Duration::from_secs(60)), T0, [0]);
        let later = T0 + Duration::from_secs(60);
        assert_eq!(sent(&life, "first life", T0), RefreshDecision::NotBefore(later));
        let RefreshDecision::Send(intent) = sent(&life, "first life", later) else { panic!() };
        assert!(!intent.unknown, "what an app was too busy to take, it did not use up");
        life.on_busy(Some(Duration::from_secs(24 * 3600)), T0, [0]);
        assert_eq!(sent(&life, "first life", T0), RefreshDecision::NotBefore(T0 + Duration::from_secs(300)));
    }

    #[test]
    fn only_a_definite_no_ends_a_connection_and_only_the_revision_that_it_is_about() {
        for refusal in [TokenErrorClass::Policy, TokenErrorClass::Setup] {
            let mut life = refreshing();
            life.on_refused("r1", refusal);
            assert_eq!(life, Lifecycle::connected("r1".into()), "{refusal:?}");
        }
        let mut life = refreshing();
        life.on_refused("r0", TokenErrorClass::Login);
        assert_eq!(life, Lifecycle::connected("r1".into()));
        life.on_refused("r1", TokenErrorClass::Login);
        assert!(matches!(life.status, Status::NeedsLogin { reason: Reason::GrantGone, .. }));
    }

    #[test]
    fn after_a_lost_answer_a_refusal_means_that_the_answer_was_lost() {
        let mut life = refreshing();
        life.on_no_response(T0, [0]);
        let RefreshDecision::Send(intent) = sent(&life, "first life", T0 + Duration::from_secs(1)) else {
            panic!()
        };
        life.intent = Some(intent);
        life.on_refused("r1", TokenErrorClass::Login);
        assert!(matches!(life.status, Status::NeedsLogin { reason: Reason::AnswerLost, .. }));
    }

    /// The app refuses in doubtful words, or `other` happens, each time after the pause.
    fn on_doubtful(
        times: u32,
        other: impl Fn(u32, &mut Lifecycle, Timestamp) -> bool,
    ) -> (Lifecycle, Timestamp) {
        let (mut life, mut now) = (refreshing(), T0);
        for time in 1..=times {
            if !other(time, &mut life, now) {
                life.on_doubtful("r1", false, now, [255]);
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
        // Also after an outage of an hour.
        let (mut life, later) = (refreshing(), T0 + Duration::from_secs(3600));
        life.on_no_response(later, [0]);
        life.on_doubtful("r1", false, later, [255]);
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
    fn what_was_ended_by_doubt_is_tried_once_by_each_later_command_and_lives_if_the_app_says_so() {
        let (ended, now) = on_doubtful(3, |_, _, _| false);
        assert!(
            !ended.should_retry_for(T0) && ended.should_retry_for(now),
            "the command before had its tries"
        );
        assert!(!Lifecycle::connected("r1".into()).should_retry_for(now));
        let again = |life: &Lifecycle| {
            let RefreshDecision::Send(intent) = sent(life, "first life", T0) else { panic!("{life:?}") };
            Lifecycle { intent: Some(intent), ..life.clone() }
        };
        // Whatever else the app says, the next command tries it too.
        let mut life = again(&ended);
        life.on_doubtful("r1", false, now, [0]);
        life = again(&life);
        life.on_busy(Some(Duration::from_secs(60)), now, [0]);
        life = again(&life);
        life.on_no_response(now, [0]);
        life = again(&life);
        assert_eq!(life.status, ended.status);
        let mut lives = life.clone();
        assert_eq!(lives.on_tokens("r1", "r2".into()), TokenDisposition::Keep);
        assert_eq!(lives, Lifecycle::connected("r2".into()));
        life.on_refused("r1", TokenErrorClass::Login);
        assert!(matches!(life.status, Status::NeedsLogin { reason: Reason::AnswerLost, .. }), "{life:?}");
        assert_eq!(
            sent(&life, "first life", now),
            RefreshDecision::NotConnected,
            "a definite no is not asked again"
        );
        let mut refused = again(&ended);
        refused.on_refused("r1", TokenErrorClass::Login);
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

    /// Plays an outage: each request takes `request` until it fails. Returns how long after the app's return the first
    /// request left that reaches it, and how many left before.
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
    fn an_app_that_returns_within_ten_minutes_is_asked_within_30_seconds_and_a_later_one_within_five_minutes()
    {
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
        life.invalidate("r1", Reason::AnswerLost);
        assert_eq!(life.on_tokens("r1", "r2".into()), TokenDisposition::Keep);
        assert_eq!(life.status, Status::Connected { revision: "r2".into() });
        for left in [
            refreshing().disconnected(false),
            refreshing().disconnected(true),
            Lifecycle::connected("new".into()),
        ] {
            let mut life = left.clone();
            assert_eq!((life.on_tokens("r1", "r2".into()), life), (TokenDisposition::Revoke, left));
        }
    }
}
