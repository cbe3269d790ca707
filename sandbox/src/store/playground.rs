//! What lives in the Agents Playground.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Which conversations and people belong to the Agents Playground.
#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Playground {
    pub(crate) conversations: BTreeMap<String, Home>,
    pub(crate) members: BTreeMap<String, String>,
}

/// Where a conversation lives.
#[derive(Clone, Deserialize, PartialEq, Serialize)]
pub struct Home {
    /// The service URL of the Playground's connector.
    pub service_url: String,
    /// The conversation's id over there.
    pub id: String,
}

impl Playground {
    /// Remembers where a conversation lives. The bot knows it by `id`.
    pub fn remember(&mut self, id: &str, home: Home, member: Option<&str>) {
        if let Some(member) = member {
            self.members.insert(member.to_owned(), home.service_url.clone());
        }
        self.conversations.insert(id.to_owned(), home);
    }

    /// Where the conversation lives, if it is the Playground's.
    pub fn home(&self, conversation: &str) -> Option<Home> {
        self.conversations.get(conversation).cloned()
    }

    /// The service URL of the connector that knows this person, if it is the Playground's.
    pub fn of_member(&self, member: &str) -> Option<String> {
        self.members.get(member).cloned()
    }
}
