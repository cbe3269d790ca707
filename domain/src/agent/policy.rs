//! What the admins of a tenant allow agents, and how often a client may call.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use workbot_shared::RecipeId;

use super::grant::{CALLS_PER_MINUTE, Grant};
use crate::ids::GrantId;
use crate::time::Timestamp;

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
    /// The ids of the registered clients that admins removed. Their consents have ended.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub removed: BTreeSet<String>,
}

impl Default for DoorPolicy {
    /// Closed until an admin opens it.
    fn default() -> Self {
        Self { open: false, reads: true, without_asking: true, closed_at: None, removed: BTreeSet::new() }
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
        self.open && self.closed_at.is_none_or(|closed| closed < granted_at) && !self.removed.contains(client)
    }

    /// Whether the client may run a recipe now without asking the person.
    #[must_use]
    pub fn lets_without_asking(&self, grant: &Grant, recipe: &RecipeId) -> bool {
        self.without_asking && grant.without_asking.contains(recipe)
    }

    /// The policy after an admin changed it.
    #[must_use]
    pub fn changed(&self, open: bool, reads: bool, without_asking: bool, now: Timestamp) -> Self {
        let closed_at = if self.open && !open { Some(now) } else { self.closed_at };
        Self { open, reads, without_asking, closed_at, removed: self.removed.clone() }
    }
}

/// Counts the calls of each client per minute, in memory.
#[derive(Debug, Default)]
pub struct CallLimiter(BTreeMap<GrantId, (Timestamp, u32)>);

impl CallLimiter {
    /// Counts a call. Returns whether it is within the limit.
    pub fn admit(&mut self, grant: &GrantId, now: Timestamp) -> bool {
        self.0.retain(|_, (began, _)| now < *began + Duration::from_secs(60));
        let (_, count) = self.0.entry(grant.clone()).or_insert((now, 0));
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

    #[test]
    fn a_closed_door_ends_the_consents_from_before() {
        let admits = |policy: &DoorPolicy, at| policy.admits(&granted(at));
        let closed = DoorPolicy::default();
        assert!(!admits(&closed, 5));
        let open = closed.changed(true, true, true, Timestamp(1));
        assert!(admits(&open, 5));
        let again = open.changed(false, true, true, Timestamp(10)).changed(true, true, true, Timestamp(20));
        assert!(!admits(&again, 5) && !admits(&again, 10) && admits(&again, 11));
        let other = again.changed(true, false, true, Timestamp(30));
        assert_eq!(other.closed_at, Some(Timestamp(10)), "it stayed open");
    }

    #[test]
    fn a_removed_client_is_admitted_no_more_whatever_else_changes() {
        let mut policy = DoorPolicy::default().changed(true, true, true, Timestamp(1));
        assert!(policy.admits(&granted(5)));
        policy.removed.insert("id.t".to_owned());
        assert!(!policy.admits(&granted(5)));
        let again = policy.changed(false, true, true, Timestamp(10)).changed(true, true, true, Timestamp(20));
        assert!(!again.admits(&granted(30)));
    }

    #[test]
    fn an_admin_who_forbids_it_is_above_what_the_person_lets_a_client_do() {
        let recipe = RecipeId::parse("create-opportunity").unwrap();
        let mut grant = granted(5);
        let open = DoorPolicy::default().changed(true, true, true, Timestamp(1));
        assert!(!open.lets_without_asking(&grant, &recipe));
        grant.without_asking.insert(recipe.clone());
        assert!(open.lets_without_asking(&grant, &recipe));
        let forbidden = open.changed(true, true, false, Timestamp(2));
        assert!(!forbidden.lets_without_asking(&grant, &recipe));
    }

    #[test]
    fn a_flood_of_one_client_does_not_stop_another() {
        let mut limiter = CallLimiter::default();
        let (one, two) = (GrantId::from("g1"), GrantId::from("g2"));
        let admitted = (0..200).filter(|_| limiter.admit(&one, Timestamp(1_000))).count();
        assert_eq!(admitted, CALLS_PER_MINUTE as usize);
        assert!(limiter.admit(&two, Timestamp(1_000)));
        assert!(limiter.admit(&one, Timestamp(61_000)));
    }
}
