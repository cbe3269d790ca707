//! The conversations and people of the Agents Playground.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The conversations and people of the Agents Playground.
#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Playground {
    pub(crate) conversations: BTreeMap<String, Home>,
    pub(crate) members: BTreeMap<String, String>,
}

/// The Playground's address of a conversation.
#[derive(Clone, Deserialize, PartialEq, Serialize)]
pub struct Home {
    /// The service URL of the Playground's connector.
    pub service_url: String,
    /// The conversation's id at the Playground.
    pub id: String,
}

impl Playground {
    /// Stores the address of a conversation. The bot knows it by `id`.
    pub fn remember(&mut self, id: &str, home: Home, member: Option<&str>) {
        if let Some(member) = member {
            self.members.insert(member.to_owned(), home.service_url.clone());
        }
        self.conversations.insert(id.to_owned(), home);
    }

    /// The address of a conversation of the Playground.
    pub fn home(&self, conversation: &str) -> Option<Home> {
        self.conversations.get(conversation).cloned()
    }

    /// The service URL of a person of the Playground.
    pub fn of_member(&self, member: &str) -> Option<String> {
        self.members.get(member).cloned()
    }
}
