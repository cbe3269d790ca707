//! Where a person is met: their own chat with the bot, what they speak there, and what the conversation of a command was told.

use serde_json::Value;
use workbot_domain::activity::Conversation;
use workbot_domain::present::message::text_message;
use workbot_domain::present::text::Words;

use crate::clients::connector::{Connector, SendError};
use crate::context::{VaultCtx, VaultError};
use crate::job::Job;
use crate::sql::{SqlError, Tx};

impl VaultCtx {
    /// Says something to the person in their own chat, in the language that was last spoken there: due work. Whoever never
    /// wrote to the bot has no chat yet, and reads it in the tab's list.
    pub fn notify_later(&self, _tx: &Tx, message: impl FnOnce(Words) -> Value) -> Result<(), SqlError> {
        // A chat of a later version's shape keeps nothing else from happening.
        let Some(conversation) = self.known_chat()? else { return Ok(()) };
        let language = self.last_language()?.unwrap_or_default();
        let (person, message) = (self.name()?, message(Words(language)));
        self.enqueue(
            &Job::SendMessage {
                id: self.fresh_id(),
                conversation,
                person,
                language,
                message,
                here: false,
                owed: true,
            },
            self.now(),
        )
    }

    /// Where the person reads alone what comes of something near, as far as that is known; the best place first.
    pub fn private_conversations(&self, near: &Conversation) -> Result<Vec<Conversation>, SqlError> {
        let chat = self.known_chat()?.or_else(|| near.personal.then(|| near.clone()));
        Ok(near.targeted.as_ref().map(|_| near.clone()).into_iter().chain(chat).collect())
    }

    /// Makes the person's own chat with the bot, and remembers it in place of the one before.
    pub async fn create_personal_chat(
        &self,
        near: &Conversation,
    ) -> Result<Result<Conversation, SendError>, VaultError> {
        let config = self.config()?;
        let chat = self.connector(&config).personal_chat(near, &self.subject()?).await;
        if let Ok(chat) = &chat {
            self.remember_chat(&serde_json::to_string(chat).map_err(SqlError::from)?)?;
        }
        Ok(chat)
    }

    /// Says something that nothing depends on. Nothing waits for it, so that what was told is kept first.
    pub fn send_once(&self, at: &Conversation, text: &str) {
        let Ok(config) = self.config() else { return };
        let (at, message) = (at.clone(), text_message(text));
        let isolate = self.isolate();
        self.object.wait_until(Box::pin(async move {
            Connector { isolate: &isolate, config: &config }.send_once(&at, &message).await;
        }));
    }

    /// The same of what is the only word to a person for now: sent again after passing errors.
    pub fn send_in_background(&self, at: &Conversation, text: &str) {
        let Ok(config) = self.config() else { return };
        let (at, message) = (at.clone(), text_message(text));
        let isolate = self.isolate();
        self.object.wait_until(Box::pin(async move {
            let _ = Connector { isolate: &isolate, config: &config }.post(&at, &message).await;
        }));
    }
}
