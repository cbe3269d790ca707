//! A grant: a person's consent that one client acts for them. It is stored in the person's vault. Every token
//! names it, and no token works without it.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeSet;
use std::time::Duration;
use workbot_shared::RecipeId;

use super::client::Client;
use super::token::REFRESH_LIFETIME;
use crate::ids::GrantId;
use crate::time::Timestamp;

/// How long the refresh token before the current one is still answered, with the current one: its response
/// may have been lost, or a client sent two refreshes at once. Later it proves that the token was copied (RFC
/// 9700 section 4.14.2).
pub const REPEATED_REFRESH: Duration = Duration::from_secs(30);
/// The number of refusals in a row after which a client may not ask for a day.
pub const MOST_REFUSALS: u32 = 3;
/// How long a client may not ask then.
pub const PAUSE: Duration = Duration::from_secs(24 * 3600);
/// The most approvals for which a client may ask within [`ASKS_WITHIN`], whatever became of them: a client
/// that cancels its own runs must not ask on and on.
pub const MOST_ASKS: usize = 10;
/// The time in which a client's requests for approval are counted.
pub const ASKS_WITHIN: Duration = Duration::from_secs(3600);
/// The most grants of a person. The longest unused ones end.
pub const MOST_GRANTS: usize = 50;
/// The most calls of one client per minute.
pub const CALLS_PER_MINUTE: u32 = 60;
/// The most runs of one client that wait for their person.
pub const MOST_WAITING: usize = 5;

/// Version of the stored form.
const VERSION: u8 = 1;

fn known_version<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
    match u8::deserialize(deserializer)? {
        VERSION => Ok(VERSION),
        other => Err(D::Error::custom(format!("unknown version {other} of a grant"))),
    }
}

/// A grant. Its JSON is the stored form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The version of the stored form.
    #[serde(deserialize_with = "known_version")]
    v: u8,
    /// Its id.
    pub id: GrantId,
    /// The client, as the person saw it when they agreed.
    pub client: Client,
    /// When the person agreed.
    pub granted_at: Timestamp,
    /// When the client last called, with a lag of an hour at most.
    pub last_used_at: Timestamp,
    /// Which tokens are valid.
    pub state: GrantState,
    /// The recipes that the client may run without asking.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub without_asking: BTreeSet<RecipeId>,
    /// How often in a row the person refused what the client wanted.
    #[serde(default)]
    pub refusals: u32,
    /// Until when the client may not ask.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused_until: Option<Timestamp>,
    /// When the client last wanted something that the person has to approve, oldest first: at most
    /// [`MOST_ASKS`] times.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asked_at: Vec<Timestamp>,
}

/// Why a client may not ask its person now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AskRefusal {
    /// The person refused too often.
    #[error("The person refused several requests of this client in a row. It may not ask for a day.")]
    Paused,
    /// It asked [`MOST_ASKS`] times within [`ASKS_WITHIN`].
    #[error("This client asked the person for {MOST_ASKS} approvals within an hour. Try again later.")]
    TooOften,
}

/// Which tokens of a grant are valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantState {
    /// The code was handed out and not used.
    CodeIssued {
        /// When the code expires, and the grant with it.
        expires_at: Timestamp,
    },
    /// The code was exchanged.
    Active {
        /// The number of the current refresh token.
        serial: u64,
        /// When it was handed out.
        rotated_at: Timestamp,
    },
}

/// Why a code or a refresh token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GrantError {
    /// It was used before, by somebody who copied it. The grant ends.
    #[error("the code or the token was used before")]
    Reused,
    /// It has expired. The grant ends.
    #[error("the code or the token has expired")]
    Expired,
    /// It is of another client. The grant stays.
    #[error("the code or the token is of another client")]
    OtherClient,
}

impl Grant {
    /// A person's consent, with a code that is valid until `code_expires_at`. `others` are the person's other
    /// grants: what the same client asked, and what the person refused to it, counts on.
    #[must_use]
    pub fn new(
        id: GrantId,
        client: Client,
        now: Timestamp,
        code_expires_at: Timestamp,
        others: &[Self],
    ) -> Self {
        let same = others.iter().filter(|other| other.client.id == client.id);
        let asked = same.clone().max_by_key(|other| (other.asked_at.last().copied(), other.asked_at.len()));
        let refused = same.max_by_key(|other| (other.paused_until, other.refusals));
        Self {
            v: VERSION,
            refusals: refused.map_or(0, |other| other.refusals),
            paused_until: refused.and_then(|other| other.paused_until),
            asked_at: asked.map_or_else(Vec::new, |other| other.asked_at.clone()),
            id,
            client,
            granted_at: now,
            last_used_at: now,
            state: GrantState::CodeIssued { expires_at: code_expires_at },
            without_asking: BTreeSet::new(),
        }
    }

    /// Exchanges the code. Returns the number of the first refresh token.
    ///
    /// # Errors
    /// [`GrantError`]. A code that comes twice ends the grant (RFC 6749 section 4.1.2).
    pub fn redeem_code(&mut self, client: &str, now: Timestamp) -> Result<u64, GrantError> {
        match self.state {
            _ if client != self.client.id => Err(GrantError::OtherClient),
            GrantState::Active { .. } => Err(GrantError::Reused),
            GrantState::CodeIssued { expires_at } if now >= expires_at => Err(GrantError::Expired),
            GrantState::CodeIssued { .. } => {
                self.state = GrantState::Active { serial: 1, rotated_at: now };
                self.last_used_at = now;
                Ok(1)
            }
        }
    }

    /// Exchanges a refresh token. Returns the number of the next one.
    ///
    /// # Errors
    /// [`GrantError`]. A token that was replaced ends the grant, unless that was a moment ago.
    pub fn rotate(
        &mut self,
        client: &str,
        (presented, expires_at): (u64, Timestamp),
        now: Timestamp,
    ) -> Result<u64, GrantError> {
        let GrantState::Active { serial, rotated_at } = self.state else { return Err(GrantError::Reused) };
        if client != self.client.id {
            return Err(GrantError::OtherClient);
        }
        if presented.checked_add(1) == Some(serial) && now < rotated_at + REPEATED_REFRESH {
            return Ok(serial);
        }
        if presented != serial {
            return Err(GrantError::Reused);
        }
        if now >= expires_at {
            return Err(GrantError::Expired);
        }
        self.state = GrantState::Active { serial: serial.saturating_add(1), rotated_at: now };
        self.last_used_at = now;
        Ok(serial.saturating_add(1))
    }

    /// Whether an access token of this grant works. `false` before the code was exchanged.
    #[must_use]
    pub fn is_active(&self) -> bool {
        matches!(self.state, GrantState::Active { .. })
    }

    /// Whether no token of this grant can be valid any more.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        match self.state {
            GrantState::CodeIssued { expires_at } => now >= expires_at,
            GrantState::Active { rotated_at, .. } => now >= rotated_at + REFRESH_LIFETIME,
        }
    }

    /// Whether its client may act at this time, as far as the grant says.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.is_active() && !self.is_over(now)
    }

    /// Records a call. Returns whether the grant changed, at most once an hour.
    pub fn used(&mut self, now: Timestamp) -> bool {
        let changes = now >= self.last_used_at + Duration::from_secs(3600);
        if changes {
            self.last_used_at = now;
        }
        changes
    }

    /// Records the person's answer to what the client wanted. [`MOST_REFUSALS`] refusals in a row close the
    /// door to it for a day, so that nobody is asked until they press yes by habit.
    pub fn answered(&mut self, approved: bool, now: Timestamp) {
        self.refusals = if approved { 0 } else { self.refusals.saturating_add(1) };
        if self.refusals >= MOST_REFUSALS {
            self.refusals = 0;
            self.paused_until = Some(now + PAUSE);
        }
    }

    /// Ends the pause: the person wants to be asked again.
    pub fn end_pause(&mut self) {
        self.refusals = 0;
        self.paused_until = None;
    }

    /// Records that the client asks the person for an approval.
    pub fn asks(&mut self, now: Timestamp) {
        self.asked_at.retain(|at| *at > now - ASKS_WITHIN);
        self.asked_at.push(now);
    }

    /// Whether the client may ask the person now.
    ///
    /// # Errors
    /// Why it may not.
    pub fn may_ask(&self, now: Timestamp) -> Result<(), AskRefusal> {
        if self.paused_until.is_some_and(|until| now < until) {
            return Err(AskRefusal::Paused);
        }
        let lately = self.asked_at.iter().filter(|at| **at > now - ASKS_WITHIN).count();
        if lately >= MOST_ASKS { Err(AskRefusal::TooOften) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000);
    const SOON: Duration = Duration::from_secs(60);

    fn client(id: &str) -> Client {
        Client { id: id.into(), name: "Agent".into(), host: None, redirect_uris: vec![] }
    }

    fn granted() -> Grant {
        Grant::new("g1".into(), client("c"), NOW, NOW + SOON, &[])
    }

    fn active() -> Grant {
        let mut grant = granted();
        assert_eq!(grant.redeem_code("c", NOW), Ok(1));
        grant
    }

    #[test]
    fn a_replayed_code_is_refused() {
        let mut grant = granted();
        assert!(!grant.is_active());
        assert_eq!(grant.redeem_code("other", NOW), Err(GrantError::OtherClient));
        assert_eq!(grant.redeem_code("c", NOW), Ok(1));
        assert!(grant.is_active());
        assert_eq!(grant.redeem_code("c", NOW), Err(GrantError::Reused));
        assert_eq!(granted().redeem_code("c", NOW + SOON), Err(GrantError::Expired));
    }

    #[test]
    fn a_refresh_token_is_replaced_and_an_old_one_is_recognised() {
        let mut grant = active();
        let ends = NOW + REFRESH_LIFETIME;
        assert_eq!(grant.rotate("other", (1, ends), NOW), Err(GrantError::OtherClient));
        assert_eq!(grant.rotate("c", (1, ends), NOW), Ok(2));
        assert_eq!(grant.rotate("c", (1, ends), NOW + Duration::from_secs(29)), Ok(2), "a lost response");
        assert_eq!(grant.rotate("c", (1, ends), NOW + REPEATED_REFRESH), Err(GrantError::Reused));
        assert_eq!(grant.rotate("c", (2, ends), NOW), Ok(3));
        assert_eq!(grant.rotate("c", (1, ends), NOW), Err(GrantError::Reused), "two before");
        assert_eq!(grant.rotate("c", (4, ends), NOW), Err(GrantError::Reused));
        assert_eq!(grant.rotate("c", (3, NOW), NOW), Err(GrantError::Expired));
        assert_eq!(granted().rotate("c", (1, ends), NOW), Err(GrantError::Reused), "before the code");
    }

    #[test]
    fn a_grant_ends_with_its_code_or_with_its_last_token() {
        assert!(!granted().is_over(NOW) && granted().is_over(NOW + SOON));
        assert!(!active().is_over(NOW + SOON) && active().is_over(NOW + REFRESH_LIFETIME));
    }

    #[test]
    fn three_refusals_in_a_row_close_the_door_for_a_day() {
        let mut grant = active();
        for approved in [false, false, true, false, false] {
            grant.answered(approved, NOW);
            assert_eq!(grant.may_ask(NOW), Ok(()));
        }
        grant.answered(false, NOW);
        for later in [Duration::ZERO, Duration::from_secs(24 * 3600 - 1)] {
            assert_eq!(grant.may_ask(NOW + later), Err(AskRefusal::Paused));
        }
        assert_eq!(grant.may_ask(NOW + PAUSE), Ok(()));
        let again = Grant::new("g2".into(), client("c"), NOW, NOW + SOON, &[active(), grant.clone()]);
        assert_eq!(again.may_ask(NOW), Err(AskRefusal::Paused), "a new consent does not open it");
        let other = Grant::new("g3".into(), client("d"), NOW, NOW + SOON, std::slice::from_ref(&grant));
        assert_eq!(other.may_ask(NOW), Ok(()));
        grant.end_pause();
        assert_eq!(grant.may_ask(NOW), Ok(()), "the person ended it");
    }

    #[test]
    fn a_client_asks_ten_times_an_hour_whatever_the_person_answers() {
        let mut grant = active();
        let at = |asks: u32| NOW + SOON * asks;
        for asks in 0..10 {
            assert_eq!(grant.may_ask(at(asks)), Ok(()));
            grant.asks(at(asks));
            grant.answered(true, at(asks));
        }
        let hour = NOW + Duration::from_secs(3600);
        assert_eq!(grant.may_ask(hour - Duration::from_secs(1)), Err(AskRefusal::TooOften));
        let others = [active(), grant.clone()];
        let again = Grant::new("g2".into(), client("c"), NOW, NOW + SOON, &others);
        assert_eq!(again.may_ask(at(10)), Err(AskRefusal::TooOften), "nor after a new consent");
        let other = Grant::new("g3".into(), client("d"), NOW, NOW + SOON, &others);
        assert_eq!(other.may_ask(at(10)), Ok(()));
        assert_eq!(grant.may_ask(hour), Ok(()));
        grant.asks(hour);
        assert_eq!(grant.asked_at.len(), 10, "what is over is forgotten");
        assert_eq!(grant.may_ask(hour), Err(AskRefusal::TooOften), "one more a minute later");
        assert_eq!(grant.may_ask(hour + SOON), Ok(()));
    }

    #[test]
    fn a_use_is_recorded_once_an_hour() {
        let mut grant = active();
        assert!(!grant.used(NOW + SOON));
        let later = NOW + Duration::from_secs(3600);
        assert!(grant.used(later) && !grant.used(later));
    }

    #[test]
    fn a_grant_of_a_later_version_is_unreadable() {
        let stored = serde_json::to_string(&active()).unwrap();
        assert_eq!(crate::json::stored::<Grant>(stored.as_bytes()).unwrap(), active());
        let later = stored.replacen("\"v\":1", "\"v\":2", 1);
        assert!(crate::json::stored::<Grant>(later.as_bytes()).is_err());
    }
}
