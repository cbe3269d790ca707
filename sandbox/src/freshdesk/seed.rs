//! The agents that are always there.

use crate::store::freshdesk::Store;

/// The API key that is always there; its agent is `support@contoso.com`.
pub const FIRST_KEY: &str = "freshdesk-local-key";
/// Another agent's key; its agent is `helpdesk@contoso.com`.
pub const SECOND_KEY: &str = "freshdesk-second-key";

impl Store {
    /// The agents that are always there. A key that was revoked stays so.
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
