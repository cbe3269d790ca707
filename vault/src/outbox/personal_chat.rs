//! The person's personal chat with the bot, and messages that nothing waits for.

use serde_json::Value;
use workbot_domain::activity::Conversation;
use workbot_domain::present::outgoing_activity::text_message;
use workbot_domain::present::text::Texts;

use crate::clients::connector::{Connector, SendError};
use crate::context::VaultCtx;
use crate::error::VaultError;
use crate::job::Job;
use crate::sql::{SqlError, Tx};

impl VaultCtx {
    /// Enqueues a message to the person's personal chat, in the language that they used last. The chat is
    /// created if there is none. Returns `false` for a person whom the bot has met nowhere: they are sent
    /// nothing, and see the change in the tab.
    ///
    /// # Errors
    /// When the database fails.
    pub fn notify_later(&self, _tx: &Tx, message: impl FnOnce(Texts) -> Value) -> Result<bool, SqlError> {
        let Some(conversation) = self.chat_for_notices()? else { return Ok(false) };
        let language = self.last_language()?.unwrap_or_default();
        let (person, message) = (self.name()?, message(Texts(language)));
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
        )?;
        Ok(true)
    }

    /// The person's personal chat, created if there is none. `None` for a person whom the bot has met
    /// nowhere, or whose chat cannot be created now.
    ///
    /// # Errors
    /// When the vault is not configured or its database fails.
    pub async fn personal_chat(&self) -> Result<Option<Conversation>, VaultError> {
        match self.chat_for_notices()? {
            Some(chat) if !chat.is_created() => Ok(self.create_personal_chat(&chat).await?.ok()),
            chat => Ok(chat),
        }
    }

    /// Creates the personal chat and stores it in place of the one before.
    ///
    /// # Errors
    /// When the vault is not configured or its database fails. A failure of the connector is the inner
    /// result.
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

    /// Sends a best-effort message in the background. The caller can commit first.
    pub fn send_once(&self, at: &Conversation, text: &str) {
        let Ok(config) = self.config() else { return };
        let (at, message) = (at.clone(), text_message(text));
        let isolate = self.isolate();
        self.object.wait_until(Box::pin(async move {
            Connector { isolate: &isolate, config: &config }.send_once(&at, &message).await;
        }));
    }

    /// Sends the only message that the person gets for now, in the background. Passing errors are retried.
    pub fn send_in_background(&self, at: &Conversation, text: &str) {
        let Ok(config) = self.config() else { return };
        let (at, message) = (at.clone(), text_message(text));
        let isolate = self.isolate();
        self.object.wait_until(Box::pin(async move {
            let _ = Connector { isolate: &isolate, config: &config }.post(&at, &message).await;
        }));
    }
}
