//! A turn: a person says something, as the Bot Framework delivers it, and the bot's reply comes to the connector.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::load::Turn;
use crate::people::{COMPANY, Person};
use crate::world::World;

static NEXT: AtomicU64 = AtomicU64::new(1);

/// What is said, by whom, to which bot, and what the reply holds.
pub struct Saying {
    /// Around the bot.
    pub world: Arc<World>,
    /// The bot's `/api/messages`.
    pub url: String,
    /// Who speaks, in turn: nobody is heard more often than a person may ask.
    pub people: Vec<Person>,
    /// What they say.
    pub text: &'static str,
    /// By which the reply is known.
    pub words: &'static str,
}

impl Saying {
    /// The activity with which someone says it. Every one is another.
    fn activity(&self, person: &Person, conversation: &str) -> Value {
        json!({
            "type": "message",
            "id": format!("bench-{}", NEXT.fetch_add(1, Ordering::Relaxed)),
            "channelId": "msteams",
            "serviceUrl": self.world.connector.url(),
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

impl Turn for Saying {
    async fn once(&self, number: usize) -> Result<()> {
        let at = number % self.people.len().max(1);
        let person = self.people.get(at).context("no person")?;
        let conversation = format!("a:{}", person.oid);
        let bearer = self.world.bearers.get(number % self.world.bearers.len().max(1)).context("no token")?;
        let reply = self.world.connector.expect(&conversation, self.words);
        let activity = self.activity(person, &conversation).to_string();
        self.world.client.post_as(&self.url, bearer, activity).await?;
        reply.await.context("the reply was lost")
    }
}
