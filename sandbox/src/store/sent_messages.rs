//! The log of the bot's messages.

use std::collections::{BTreeSet, VecDeque};

use serde::Serialize;
use serde_json::Value;

const LONGEST_LOG: usize = 10_000;

/// The bot's messages, oldest first.
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
    /// Whether it is a targeted message.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub targeted: bool,
    /// The status of the response.
    pub status: u16,
    /// When, RFC 3339.
    pub time: String,
}

impl SentActivity {
    /// Whether a person, by the channel's id, receives it or is a member of the new conversation.
    fn is_to(&self, person: &str) -> bool {
        ["/recipient/id", "/members/0/id"]
            .iter()
            .any(|at| self.activity.pointer(at).and_then(Value::as_str) == Some(person))
    }
}

impl Sent {
    /// All messages, or those to one conversation.
    pub fn list(&self, conversation: Option<&str>, after: u64) -> Vec<SentActivity> {
        self.chosen(after, |sending| conversation.is_none_or(|id| sending.conversation == id))
    }

    /// Those to one person, by the channel's id, wherever they are, and those to one conversation.
    pub fn list_to(&self, person: &str, conversation: Option<&str>, after: u64) -> Vec<SentActivity> {
        self.chosen(after, |sending| sending.is_to(person) || conversation == Some(&sending.conversation))
    }

    fn chosen(&self, after: u64, is_wanted: impl Fn(&SentActivity) -> bool) -> Vec<SentActivity> {
        let later = self.entries.iter().filter(|sending| sending.serial > after);
        later.filter(|sending| is_wanted(sending)).cloned().collect()
    }

    /// Clears the log. The activities still exist.
    pub fn clear(&mut self) {
        self.entries.clear();
    }

    /// The number of the next call.
    pub fn next_serial(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    /// Records a call.
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

    /// Whether the bot sent this activity, to all or to one member, and has not removed it.
    pub fn knows(&self, conversation: &str, activity: &str, targeted: bool) -> bool {
        self.known.contains(&(conversation.to_owned(), activity.to_owned(), targeted))
    }
}
