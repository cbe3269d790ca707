//! Agents and their API keys.

use serde_json::{Value, json};

use crate::store::freshdesk::{Agent, Key, Store};
use crate::{clock, time_formats};

impl Store {
    /// The ids of agents and requesters, who are all contacts.
    pub(super) fn fresh_contact_id(&mut self) -> u64 {
        self.contacts += 1;
        43_000_000_000 + self.contacts
    }

    /// Assigns the key to the agent with this email address, and creates the agent if needed. A revoked key
    /// becomes valid again.
    pub fn put_key(&mut self, key: &str, email: &str, name: &str) -> Agent {
        let known = self.agent_with_email(email).cloned();
        let agent = known.unwrap_or_else(|| {
            let id = self.fresh_contact_id();
            let agent =
                Agent { id, email: email.to_owned(), name: name.to_owned(), created: clock::now_ms() };
            self.agents.push(agent.clone());
            agent
        });
        self.keys.retain(|known| known.key != key);
        self.keys.push(Key { key: key.to_owned(), agent: agent.id, revoked: false });
        agent
    }

    /// Revokes a key; returns the number of revoked keys (0 or 1).
    pub fn revoke_key(&mut self, key: &str) -> usize {
        let live = self.keys.iter_mut().filter(|known| known.key == key && !known.revoked);
        live.map(|known| known.revoked = true).count()
    }

    /// The agent of a valid key.
    pub(super) fn agent(&self, key: &str) -> Option<&Agent> {
        let key = self.keys.iter().find(|known| known.key == key && !known.revoked)?;
        self.owner_of_key(&key.key)
    }

    /// The agent of a key, revoked or not.
    pub(super) fn owner_of_key(&self, key: &str) -> Option<&Agent> {
        let key = self.keys.iter().find(|known| known.key == key)?;
        self.agents.iter().find(|agent| agent.id == key.agent)
    }

    pub(super) fn knows_key(&self, key: &str) -> bool {
        self.keys.iter().any(|known| known.key == key)
    }

    pub(super) fn agent_with_email(&self, email: &str) -> Option<&Agent> {
        self.agents.iter().find(|agent| agent.email.eq_ignore_ascii_case(email))
    }
}

impl Agent {
    /// The response of `GET /agents/me`.
    pub(super) fn to_json(&self) -> Value {
        let since = time_formats::rfc3339_seconds(self.created);
        json!({
            "id": self.id,
            "available": true,
            "occasional": false,
            "signature": null,
            "ticket_scope": 1,
            "type": "support_agent",
            "skill_ids": [],
            "group_ids": [],
            "role_ids": [],
            "focus_mode": true,
            "available_since": null,
            "contact": {
                "active": true,
                "email": self.email,
                "job_title": null,
                "language": "en",
                "last_login_at": null,
                "mobile": null,
                "name": self.name,
                "phone": null,
                "time_zone": "London",
                "created_at": since,
                "updated_at": since,
            },
            "created_at": since,
            "updated_at": since,
        })
    }
}
