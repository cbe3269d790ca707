//! What the admins of a tenant allow agents, and how often a client may call.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

use super::grant::CALLS_PER_MINUTE;
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
}

impl Default for DoorPolicy {
    /// Closed until an admin opens it.
    fn default() -> Self {
        Self { open: false, reads: true, without_asking: true, closed_at: None }
    }
}

impl DoorPolicy {
    /// Whether a consent of that time still counts.
    #[must_use]
    pub fn admits(&self, granted_at: Timestamp) -> bool {
        self.open && self.closed_at.is_none_or(|closed| closed < granted_at)
    }

    /// The policy after an admin changed it.
    #[must_use]
    pub fn changed(&self, open: bool, reads: bool, without_asking: bool, now: Timestamp) -> Self {
        let closed_at = if self.open && !open { Some(now) } else { self.closed_at };
        Self { open, reads, without_asking, closed_at }
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

    #[test]
    fn a_closed_door_ends_the_consents_from_before() {
        let closed = DoorPolicy::default();
        assert!(!closed.admits(Timestamp(5)));
        let open = closed.changed(true, true, true, Timestamp(1));
        assert!(open.admits(Timestamp(5)));
        let again = open.changed(false, true, true, Timestamp(10)).changed(true, true, true, Timestamp(20));
        assert!(!again.admits(Timestamp(5)) && !again.admits(Timestamp(10)) && again.admits(Timestamp(11)));
        let other = again.changed(true, false, true, Timestamp(30));
        assert_eq!(other.closed_at, Some(Timestamp(10)), "it stayed open");
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
