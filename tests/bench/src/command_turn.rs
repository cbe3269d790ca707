//! A turn: a person's message as the Bot Framework delivers it, until the bot's reply arrives at the
//! connector.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::closed_loop::Turn;
use crate::people::{COMPANY, Person};
use crate::stand_ins::StandIns;

static NEXT: AtomicU64 = AtomicU64::new(1);

/// A message, its senders, its bot, and a text of the reply.
pub struct CommandTurn {
    /// The parties around the bot.
    pub stand_ins: Arc<StandIns>,
    /// The bot's `/api/messages`.
    pub url: String,
    /// The senders, in turn: none exceeds the rate limit.
    pub people: Vec<Person>,
    /// The text of the message.
    pub text: &'static str,
    /// The text by which the reply is recognised.
    pub words: &'static str,
}

impl CommandTurn {
    /// The list of connections, from the bot at this origin.
    pub fn list(stand_ins: &Arc<StandIns>, origin: &str, people: Vec<Person>) -> Self {
        Self {
            stand_ins: Arc::clone(stand_ins),
            url: format!("{origin}/api/messages"),
            people,
            text: "personal_connections",
            words: "Your connections",
        }
    }

    /// A new activity with the message.
    fn activity(&self, person: &Person, conversation: &str) -> Value {
        json!({
            "type": "message",
            "id": format!("bench-{}", NEXT.fetch_add(1, Ordering::Relaxed)),
            "channelId": "msteams",
            "serviceUrl": self.stand_ins.connector.url(),
            "from": { "id": format!("29:{}", person.oid), "name": "Bench", "aadObjectId": person.oid },
            "recipient": { "id": "28:bot", "name": "Workbot" },
            "conversation": {
                "id": conversation, "conversationType": "personal", "isGroup": false, "tenantId": COMPANY
            },
            "channelData": { "tenant": { "id": COMPANY } },
            "locale": "en-US",
            "text": self.text,
        })
    }
}

impl Turn for CommandTurn {
    async fn once(&self, number: usize) -> Result<()> {
        let at = number % self.people.len().max(1);
        let person = self.people.get(at).context("no sender")?;
        let conversation = format!("a:{}", person.oid);
        let bearer =
            self.stand_ins.bearers.get(number % self.stand_ins.bearers.len().max(1)).context("no token")?;
        let reply = self.stand_ins.connector.expect(&conversation, self.words);
        let activity = self.activity(person, &conversation).to_string();
        self.stand_ins.client.post_as(&self.url, bearer, activity).await?;
        match reply.await.context("the reply was lost")? {
            Ok(()) => Ok(()),
            Err(other) => bail!("another reply to {:?} came: {other}", self.text),
        }
    }
}
