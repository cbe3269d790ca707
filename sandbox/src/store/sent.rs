//! The record of what the bot sent.

use std::collections::{BTreeSet, VecDeque};

use serde::Serialize;
use serde_json::Value;

const LONGEST_LOG: usize = 10_000;

/// What the bot sent so far, oldest first.
#[derive(Default)]
pub struct Sent {
    serial: u64,
    entries: VecDeque<SentActivity>,
    known: BTreeSet<(String, String, bool)>,
}

/// One call of the bot.
#[derive(Clone, Serialize)]
pub struct SentActivity {
    /// Rises by one per call; also the base of new activities' ids.
    pub serial: u64,
    /// `POST` sends, `PUT` updates, `DELETE` removes.
    pub method: String,
    /// The path below the service URL.
    pub path: String,
    /// The conversation; for a new one, its new id.
    pub conversation: String,
    /// The activity's id: new for `POST`.
    pub activity_id: Option<String>,
    /// The activity, or the parameters of a new conversation.
    pub activity: Value,
    /// Whether it is for one member of a group alone.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub targeted: bool,
    /// The status with which the call was answered.
    pub status: u16,
    /// When, RFC 3339.
    pub time: String,
}

impl Sent {
    /// What was sent, or what was sent to one conversation.
    pub fn list(&self, conversation: Option<&str>, after: u64) -> Vec<SentActivity> {
        self.entries
            .iter()
            .filter(|sending| sending.serial > after)
            .filter(|sending| conversation.is_none_or(|id| sending.conversation == id))
            .cloned()
            .collect()
    }

    /// Forgets what was sent, not which activities exist.
    pub fn clear(&mut self) {
        self.entries.clear();
    }

    /// The number of the next call.
    pub fn next_serial(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    /// Puts a call on record.
    pub fn add(&mut self, sending: SentActivity) {
        if let Some(activity) = &sending.activity_id {
            let key = (sending.conversation.clone(), activity.clone(), sending.targeted);
            if sending.method == "DELETE" {
                self.known.remove(&key);
            } else {
                self.known.insert(key);
            }
        }
        self.entries.push_back(sending);
        if self.entries.len() > LONGEST_LOG {
            self.entries.pop_front();
        }
    }

    /// Did the bot send this activity, for all or for one member alone, and not remove it?
    pub fn knows(&self, conversation: &str, activity: &str, targeted: bool) -> bool {
        self.known.contains(&(conversation.to_owned(), activity.to_owned(), targeted))
    }
}
