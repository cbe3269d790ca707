//! Where the person alone reads a message, and the conversations that refuse targeted messages.
//! `domain::targeted_message` decides.

use workbot_domain::activity::Conversation;
use workbot_domain::ids::ActivityId;
use workbot_domain::targeted_message::{is_refused, places_to_change, places_to_send, refusing_conversation};
use workbot_domain::time::Timestamp;

use crate::context::VaultCtx;
use crate::sql::{SqlError, values};

/// A message that was posted where the person alone reads it.
pub struct Posted {
    /// Its id.
    pub activity: ActivityId,
    /// Whether it is a targeted message, in the conversation of the command.
    pub is_targeted: bool,
}

impl VaultCtx {
    /// The conversations to which a private message is sent, in this order.
    ///
    /// # Errors
    /// When the database fails; so in all functions here.
    pub fn places_to_send(&self, near: &Conversation) -> Result<Vec<Conversation>, SqlError> {
        Ok(places_to_send(near, self.known_chat()?, self.refuses_targeted(near)?))
    }

    /// The conversations in which a private message may be, the likely one first.
    pub fn places_to_change(&self, near: &Conversation) -> Result<Vec<Conversation>, SqlError> {
        Ok(places_to_change(near, self.known_chat()?, self.refuses_targeted(near)?))
    }

    fn refused_at(&self, near: &Conversation) -> Result<Option<Timestamp>, SqlError> {
        let row = self.sql.cached_row(
            "SELECT refused_at FROM targeted_refusal WHERE conversation = ?",
            values![refusing_conversation(near)],
        )?;
        row.map(|mut row| row.int().map(Timestamp)).transpose()
    }

    fn refuses_targeted(&self, near: &Conversation) -> Result<bool, SqlError> {
        Ok(!near.personal && (!self.knows_targeted(near) || is_refused(self.refused_at(near)?, self.now())))
    }

    /// Whether the connector of a conversation knows targeted messages. One that does not might show them to
    /// all.
    pub fn knows_targeted(&self, near: &Conversation) -> bool {
        let cloud = self.config().is_ok_and(|config| config.cloud.knows_targeted_messages);
        cloud || near.targeted.is_some()
    }

    /// Remembers a refusal. Without it every message would be refused first.
    pub fn note_targeted_refusal(&self, near: &Conversation) -> Result<(), SqlError> {
        self.enqueue_clean_up()?;
        self.sql.run(
            "INSERT OR REPLACE INTO targeted_refusal (conversation, refused_at) VALUES (?, ?)",
            values![refusing_conversation(near), self.now().millis()],
        )
    }

    /// A message was posted. A targeted one ends a refusal: without that, the day would have to pass.
    pub fn posted(
        &self,
        near: &Conversation,
        activity: ActivityId,
        is_targeted: bool,
    ) -> Result<Posted, SqlError> {
        if is_targeted && self.refused_at(near)?.is_some() {
            self.sql.run(
                "DELETE FROM targeted_refusal WHERE conversation = ?",
                values![refusing_conversation(near)],
            )?;
        }
        Ok(Posted { activity, is_targeted })
    }
}
