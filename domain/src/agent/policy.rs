//! What the admins of a tenant allow agents, and how often a client may call.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;
use workbot_shared::{AgentDoorChange, RecipeId};

use super::grant::{CALLS_PER_MINUTE, Grant};
use super::token::REFRESH_LIFETIME;
use crate::time::Timestamp;

/// How long a removed client is remembered: after [`REFRESH_LIFETIME`] no consent from before can be alive.
/// Twice that leaves room for a refresh that was under way, and for the clocks of the objects.
const REMOVED_KEPT: Duration = REFRESH_LIFETIME.saturating_mul(2);

/// The door of a tenant. Its JSON is the stored form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoorPolicy {
    /// Whether agents may act at all.
    pub open: bool,
    /// Whether they may run recipes that only read. What a person approves, they may do in any case.
    pub reads: bool,
    /// Whether people may let an agent write without asking.
    pub without_asking: bool,
    /// When the door was closed last. A consent from before has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<Timestamp>,
    /// The ids of the registered clients that admins removed, and when. Their consents have ended.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub removed: BTreeMap<String, Timestamp>,
}

impl Default for DoorPolicy {
    /// Closed until an admin opens it.
    fn default() -> Self {
        Self { open: false, reads: true, without_asking: true, closed_at: None, removed: BTreeMap::new() }
    }
}

impl DoorPolicy {
    /// Whether a consent still counts.
    #[must_use]
    pub fn admits(&self, grant: &Grant) -> bool {
        self.admits_consent(&grant.client.id, grant.granted_at)
    }

    /// Whether a consent to this client, of that time, still counts.
    #[must_use]
    pub fn admits_consent(&self, client: &str, granted_at: Timestamp) -> bool {
        self.open
            && self.closed_at.is_none_or(|closed| closed < granted_at)
            && !self.removed.contains_key(client)
    }

    /// Whether the client may run a recipe now without asking the person.
    #[must_use]
    pub fn lets_without_asking(&self, grant: &Grant, recipe: &RecipeId) -> bool {
        self.without_asking && grant.without_asking.contains(recipe)
    }

    /// The policy after an admin changed it. Absent members stay as they are. The registered clients are not
    /// part of it.
    #[must_use]
    pub fn with_change(&self, change: &AgentDoorChange, now: Timestamp) -> Self {
        let open = change.open.unwrap_or(self.open);
        Self {
            open,
            reads: change.reads.unwrap_or(self.reads),
            without_asking: change.without_asking.unwrap_or(self.without_asking),
            closed_at: if self.open && !open { Some(now) } else { self.closed_at },
            removed: self.removed.clone(),
        }
    }

    /// The members whose value an admin changed, with their new values, such as `open: true, reads: false`.
    /// Empty if there are none.
    #[must_use]
    pub fn difference(&self, before: &Self) -> String {
        let members = [
            ("open", before.open, self.open),
            ("reads", before.reads, self.reads),
            ("without_asking", before.without_asking, self.without_asking),
        ];
        let changed = members.into_iter().filter(|(_, before, after)| before != after);
        changed.map(|(name, _, after)| format!("{name}: {after}")).collect::<Vec<_>>().join(", ")
    }

    /// Ends the consents to a registered client, and forgets the clients whose consents have ended in any
    /// case.
    pub fn remove(&mut self, client: String, now: Timestamp) {
        self.removed.retain(|_, removed_at| now < *removed_at + REMOVED_KEPT);
        self.removed.insert(client, now);
    }
}

/// Counts the calls of each client per minute, in memory, by client id: several consents to one client have
/// one limit.
#[derive(Debug, Default)]
pub struct CallLimiter(BTreeMap<String, (Timestamp, u32)>);

impl CallLimiter {
    /// Counts a call of a client, by its id. Returns whether it is within the limit.
    pub fn admit(&mut self, client: &str, now: Timestamp) -> bool {
        self.0.retain(|_, (began, _)| now < *began + Duration::from_secs(60));
        let (_, count) = self.0.entry(client.to_owned()).or_insert((now, 0));
        *count = count.saturating_add(1);
        *count <= CALLS_PER_MINUTE
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::client::Client;

    fn granted(at: i64) -> Grant {
        let client =
            Client { id: "id.t".into(), name: "Agent".into(), host: None, redirect_uris: Vec::new() };
        Grant::new("g".into(), client, Timestamp(at), Timestamp(at), &[])
    }

    fn set(open: bool, reads: bool, without_asking: bool) -> AgentDoorChange {
        let (open, reads, without_asking) = (Some(open), Some(reads), Some(without_asking));
        AgentDoorChange { open, reads, without_asking, ..AgentDoorChange::default() }
    }

    #[test]
    fn a_closed_door_ends_the_consents_from_before() {
        let admits = |policy: &DoorPolicy, at| policy.admits(&granted(at));
        let closed = DoorPolicy::default();
        assert!(!admits(&closed, 5));
        let open = closed.with_change(&set(true, true, true), Timestamp(1));
        assert!(admits(&open, 5));
        let again = open
            .with_change(&set(false, true, true), Timestamp(10))
            .with_change(&set(true, true, true), Timestamp(20));
        assert!(!admits(&again, 5) && !admits(&again, 10) && admits(&again, 11));
        let other = again.with_change(&set(true, false, true), Timestamp(30));
        assert_eq!(other.closed_at, Some(Timestamp(10)), "it stayed open");
    }

    #[test]
    fn a_change_leaves_absent_members_as_they_are_and_names_what_it_changed() {
        let open = DoorPolicy::default().with_change(&set(true, true, true), Timestamp(1));
        let closed = open.with_change(&set(false, true, true), Timestamp(10));
        let reads = AgentDoorChange { reads: Some(false), ..AgentDoorChange::default() };
        let after = closed.with_change(&reads, Timestamp(20));
        assert_eq!((after.open, after.reads, after.closed_at), (false, false, Some(Timestamp(10))));
        assert_eq!(after.difference(&closed), "reads: false");
        assert_eq!(after.difference(&open), "open: false, reads: false");
        assert_eq!(after.with_change(&reads, Timestamp(30)).difference(&after), "");
    }

    #[test]
    fn a_removed_client_is_forgotten_when_no_consent_to_it_can_be_alive() {
        let mut policy = DoorPolicy::default().with_change(&set(true, true, true), Timestamp(1));
        policy.remove("id.t".to_owned(), Timestamp(10));
        policy.remove("second.t".to_owned(), Timestamp(10) + REFRESH_LIFETIME);
        assert!(!policy.admits(&granted(5)));
        policy.remove("third.t".to_owned(), Timestamp(10) + REMOVED_KEPT);
        assert_eq!(policy.removed.into_keys().collect::<Vec<_>>(), ["second.t", "third.t"]);
    }

    #[test]
    fn a_removed_client_is_admitted_no_more_whatever_else_changes() {
        let mut policy = DoorPolicy::default().with_change(&set(true, true, true), Timestamp(1));
        assert!(policy.admits(&granted(5)));
        policy.remove("id.t".to_owned(), Timestamp(2));
        assert!(!policy.admits(&granted(5)));
        let again = policy
            .with_change(&set(false, true, true), Timestamp(10))
            .with_change(&set(true, true, true), Timestamp(20));
        assert!(!again.admits(&granted(30)));
    }

    #[test]
    fn an_admin_who_forbids_it_is_above_what_the_person_lets_a_client_do() {
        let recipe = RecipeId::parse("create-opportunity").unwrap();
        let mut grant = granted(5);
        let open = DoorPolicy::default().with_change(&set(true, true, true), Timestamp(1));
        assert!(!open.lets_without_asking(&grant, &recipe));
        grant.without_asking.insert(recipe.clone());
        assert!(open.lets_without_asking(&grant, &recipe));
        let forbidden = open.with_change(&set(true, true, false), Timestamp(2));
        assert!(!forbidden.lets_without_asking(&grant, &recipe));
    }

    #[test]
    fn a_flood_of_one_client_does_not_stop_another() {
        let mut limiter = CallLimiter::default();
        let admitted = (0..200).filter(|_| limiter.admit("one", Timestamp(1_000))).count();
        assert_eq!(admitted, CALLS_PER_MINUTE as usize);
        assert!(limiter.admit("two", Timestamp(1_000)));
        assert!(limiter.admit("one", Timestamp(61_000)));
    }
}
