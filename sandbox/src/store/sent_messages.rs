//! The log of the bot's messages.

use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;
use serde_json::Value;

const LONGEST_LOG: usize = 10_000;
/// Teams deletes a targeted message after 24 hours ("Send and receive targeted messages", msteams-docs).
const TARGETED_LIFETIME: u64 = 24 * 3600 * 1000;

/// The bot's messages, oldest first.
#[derive(Default)]
pub struct Sent {
    serial: u64,
    entries: VecDeque<SentActivity>,
    /// The existing activities, by conversation and id.
    known: BTreeMap<(String, String), Known>,
}

/// An activity that the bot sent and has not removed.
struct Known {
    /// The only reader of a targeted message.
    reader: Option<String>,
    sent_at: u64,
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
    /// Of a targeted message: the member who alone reads it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reader: Option<String>,
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

    /// Whether a member of its conversation, by the channel's id, reads it.
    pub fn is_read_by(&self, member: &str) -> bool {
        !self.targeted || self.reader.as_deref() == Some(member)
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

    /// Those in one conversation that one of its members reads.
    pub fn list_read_by(&self, member: &str, conversation: &str, after: u64) -> Vec<SentActivity> {
        self.chosen(after, |sending| sending.conversation == conversation && sending.is_read_by(member))
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
    pub fn add(&mut self, mut sending: SentActivity, now: u64) {
        if let Some(activity) = &sending.activity_id {
            let key = (sending.conversation.clone(), activity.clone());
            if sending.method == "POST" {
                let recipient = sending.activity.pointer("/recipient/id").and_then(Value::as_str);
                sending.reader = recipient.filter(|_| sending.targeted).map(str::to_owned);
                self.known.insert(key, Known { reader: sending.reader.clone(), sent_at: now });
            } else {
                sending.reader = self.known.get(&key).and_then(|known| known.reader.clone());
                if sending.method == "DELETE" {
                    self.known.remove(&key);
                }
            }
        }
        self.entries.push_back(sending);
        if self.entries.len() > LONGEST_LOG {
            self.entries.pop_front();
        }
    }

    /// Whether the bot sent this activity, to all or to one member, and it still exists.
    pub fn knows(&self, conversation: &str, activity: &str, targeted: bool, now: u64) -> bool {
        self.known.get(&(conversation.to_owned(), activity.to_owned())).is_some_and(|known| {
            known.reader.is_some() == targeted && (!targeted || now < known.sent_at + TARGETED_LIFETIME)
        })
    }
}
