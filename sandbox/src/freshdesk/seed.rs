//! The fixed agents.

use crate::store::freshdesk::Store;

/// The fixed API key of the agent `support@contoso.com`.
pub const FIRST_KEY: &str = "freshdesk-local-key";
/// The fixed API key of the agent `helpdesk@contoso.com`.
pub const SECOND_KEY: &str = "freshdesk-second-key";

impl Store {
    /// Inserts the fixed agents. A revoked key stays revoked.
    pub fn seed(&mut self) {
        for (key, email, name) in [
            (FIRST_KEY, "support@contoso.com", "Support Desk"),
            (SECOND_KEY, "helpdesk@contoso.com", "Help Desk"),
        ] {
            if !self.knows_key(key) {
                self.put_key(key, email, name);
            }
        }
    }
}
