//! The life of a connection: what may happen to it next, whatever happened before.
//!
//! The vault asks before every step and stores what is answered before it goes on, so that a crash between any two steps
//! leaves a state from which the same rules go on. A refresh token is the dangerous thing: sent once too often, it can end
//! the grant that it belongs to (RFC 9700 section 4.14.2).

use std::time::Duration;

use super::Reason;
use crate::catalogue::Rotation;
use crate::grant::Refusal;
use crate::time::Timestamp;

/// A token request may be under way this long after its intent was noted, also in a life before this one.
pub const INTENT_HOLDS: Duration = Duration::from_secs(30);
/// So often a refresh token is sent by one refresh, at most.
const SENDS: u32 = 2;

/// What is stored of a connection, as far as its life goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Life {
    /// How it stands.
    pub status: Status,
    /// Whether the last refresh of this grant brought a new refresh token; `None` before its first.
    pub rotated: Option<bool>,
    /// The refresh whose outcome is not known.
    pub intent: Option<Intent>,
}

/// How a connection stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// There is no record of it.
    Gone,
    /// Its owner disconnected it; only the bare record is left.
    Disconnected,
    /// It can be used. While [`Life::intent`] is there, it is being refreshed.
    Connected {
        /// The revision of its tokens that is valid now.
        revision: String,
    },
    /// Its owner has to log in again. What is sealed stays until they do, or leave.
    NeedsLogin {
        /// The last valid revision of its tokens.
        revision: String,
        /// Why.
        reason: Reason,
    },
}

/// A refresh that was begun: noted before its request leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    /// The revision whose refresh token is sent.
    pub revision: String,
    /// Which life of the vault sends it. In the same life it is known when it has ended.
    pub holder: String,
    /// When it was last sent.
    pub started_at: Timestamp,
    /// How often it was sent with an unknown outcome, or is being sent.
    pub sends: u32,
    /// The app was busy: it is not asked again before this.
    pub retry_at: Option<Timestamp>,
}

/// What a refresh may do now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refresh {
    /// Store this intent, then send the refresh token.
    Send(Intent),
    /// A request of an earlier life may be under way: ask again then.
    Wait(Timestamp),
    /// It has other tokens meanwhile: use those.
    Superseded,
    /// Not now; nothing is lost.
    NotNow,
    /// The answer was lost, and asking again could end the grant: a login is needed.
    Lost,
    /// It cannot be used.
    NotConnected,
}

/// What becomes of a token answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    /// It is the connection's next revision.
    Keep,
    /// The connection was left or replaced meanwhile: it is revoked.
    Revoke,
}

impl Life {
    /// Decides about refreshing the tokens of `revision`. `usable` tells whether the access token still works, `sent` how
    /// often this very refresh has sent the refresh token, and `holder` which life of the vault asks.
    #[must_use]
    pub fn refresh(
        &self,
        revision: &str,
        rotation: Rotation,
        (usable, sent): (bool, u32),
        holder: &str,
        now: Timestamp,
    ) -> Refresh {
        match &self.status {
            Status::Connected { revision: valid } if valid == revision => {}
            Status::Connected { .. } => return Refresh::Superseded,
            _ => return Refresh::NotConnected,
        }
        let send = |sends| {
            Refresh::Send(Intent {
                revision: revision.to_owned(),
                holder: holder.to_owned(),
                started_at: now,
                sends,
                retry_at: None,
            })
        };
        let Some(intent) = self.intent.as_ref().filter(|intent| intent.revision == revision) else {
            return send(1);
        };
        if intent.retry_at.is_some_and(|at| now < at) {
            return Refresh::NotNow;
        }
        if intent.sends == 0 {
            return send(1);
        }
        if intent.holder != holder && now < intent.started_at + INTENT_HOLDS {
            return Refresh::Wait(intent.started_at + INTENT_HOLDS);
        }
        // From here on the outcome of what was sent is unknown for good.
        let rotates = match rotation {
            Rotation::None => false,
            // Before its first refresh a grant counts as rotating.
            Rotation::ReuseKills => self.rotated != Some(false),
            Rotation::SingleUse => true,
        };
        match rotation {
            _ if !rotates && sent < SENDS => send(intent.sends + 1),
            Rotation::SingleUse if intent.sends < SENDS => send(intent.sends + 1),
            _ if usable || !rotates => Refresh::NotNow,
            _ => Refresh::Lost,
        }
    }

    /// The app was not ready, and did not take the request (429, 503): as if it had not been sent.
    pub fn busy(&mut self, retry_at: Option<Timestamp>) {
        if let Some(intent) = &mut self.intent {
            intent.sends = intent.sends.saturating_sub(1);
            intent.retry_at = retry_at;
        }
    }

    /// The app said no. Only a definite no ends the connection.
    pub fn refused(&mut self, revision: &str, refusal: Refusal) {
        let repeated = self.intent.as_ref().is_some_and(|intent| intent.sends > 1);
        if refusal == Refusal::Login {
            // After a lost answer the app refuses because the first request used the token up.
            let reason = if repeated { Reason::AnswerLost } else { Reason::GrantGone };
            self.ends(revision, reason);
        }
        self.intent = None;
    }

    /// The tokens of a revision can no longer be used or renewed.
    pub fn ends(&mut self, revision: &str, reason: Reason) {
        if matches!(&self.status, Status::Connected { revision: valid } if valid == revision) {
            self.status = Status::NeedsLogin { revision: revision.to_owned(), reason };
        }
    }

    /// Tokens arrived for a refresh of `revision`. Also a connection that was given up meanwhile takes them: the newest
    /// tokens are never lost.
    pub fn arrived(&mut self, revision: &str, next: String, rotated: bool) -> Arrival {
        match &self.status {
            Status::Connected { revision: valid } | Status::NeedsLogin { revision: valid, .. }
                if valid == revision =>
            {
                *self = Self { rotated: Some(rotated), ..Self::connected(next) };
                Arrival::Keep
            }
            _ => Arrival::Revoke,
        }
    }

    /// A new login succeeded.
    #[must_use]
    pub fn connected(revision: String) -> Self {
        Self { status: Status::Connected { revision }, rotated: None, intent: None }
    }

    /// Its owner leaves it.
    #[must_use]
    pub fn left(&self, delete: bool) -> Self {
        let status = if delete || self.status == Status::Gone { Status::Gone } else { Status::Disconnected };
        Self { status, rotated: None, intent: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const T0: Timestamp = Timestamp(1_000_000);

    fn sent(life: &Life, holder: &str, now: Timestamp) -> Refresh {
        life.refresh("r1", Rotation::SingleUse, (false, 0), holder, now)
    }

    fn refreshing() -> Life {
        let life = Life::connected("r1".into());
        let Refresh::Send(intent) = sent(&life, "first life", T0) else { panic!() };
        Life { intent: Some(intent), ..life }
    }

    #[test]
    fn a_request_of_an_earlier_life_is_waited_out() {
        let ends = T0 + INTENT_HOLDS;
        assert_eq!(sent(&refreshing(), "second life", T0), Refresh::Wait(ends));
        assert!(
            matches!(sent(&refreshing(), "second life", ends), Refresh::Send(intent) if intent.sends == 2)
        );
        assert!(matches!(sent(&refreshing(), "first life", T0), Refresh::Send(intent) if intent.sends == 2));
    }

    #[test]
    fn a_busy_app_is_not_asked_before_it_wants_to_be() {
        let mut life = refreshing();
        let later = T0 + Duration::from_secs(60);
        life.busy(Some(later));
        assert_eq!(sent(&life, "first life", T0), Refresh::NotNow);
        assert!(matches!(sent(&life, "first life", later), Refresh::Send(intent) if intent.sends == 1));
    }

    #[test]
    fn only_a_definite_no_ends_a_connection_and_only_the_revision_that_it_is_about() {
        for refusal in [Refusal::Policy, Refusal::Setup, Refusal::Doubtful, Refusal::Transient] {
            let mut life = refreshing();
            life.refused("r1", refusal);
            assert_eq!(life, Life::connected("r1".into()), "{refusal:?}");
        }
        let mut life = refreshing();
        life.refused("r0", Refusal::Login);
        assert_eq!(life, Life::connected("r1".into()));
        life.refused("r1", Refusal::Login);
        assert!(matches!(life.status, Status::NeedsLogin { reason: Reason::GrantGone, .. }));
    }

    #[test]
    fn a_lost_answer_under_reuse_kills_takes_a_login_only_when_the_access_token_has_ended() {
        let decide = |rotated, usable| {
            let life = Life { rotated, ..refreshing() };
            life.refresh("r1", Rotation::ReuseKills, (usable, 1), "first life", T0)
        };
        assert_eq!(decide(None, true), Refresh::NotNow);
        assert_eq!(decide(None, false), Refresh::Lost);
        assert_eq!(decide(Some(true), false), Refresh::Lost);
        assert!(matches!(decide(Some(false), false), Refresh::Send(_)));
    }

    #[test]
    fn tokens_that_arrive_late_are_kept_unless_the_connection_was_left() {
        let mut life = refreshing();
        life.ends("r1", Reason::AnswerLost);
        assert_eq!(life.arrived("r1", "r2".into(), true), Arrival::Keep);
        assert_eq!(life.status, Status::Connected { revision: "r2".into() });
        for left in [refreshing().left(false), refreshing().left(true), Life::connected("new".into())] {
            let mut life = left.clone();
            assert_eq!((life.arrived("r1", "r2".into(), true), life), (Arrival::Revoke, left));
        }
    }
}
