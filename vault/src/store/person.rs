//! The person whose vault this is: their chat, their language, what they are called, and what they are to the tenant.

use std::time::Duration;
use workbot_domain::activity::{Conversation, Turn};
use workbot_domain::jobs::CLEANUP_EVERY;
use workbot_domain::roster::Membership;
use workbot_domain::time::Timestamp;
use workbot_shared::{AppId, Language};

use crate::context::{VaultCtx, VaultError};
use crate::job::Job;

/// A verdict counts for so long, also while no roster can be read.
const KEPT: Duration = Duration::from_secs(24 * 3600);
use crate::sql::{SqlError, values};

impl VaultCtx {
    /// What the person is called, as they said last; empty when nobody has.
    pub fn name(&self) -> Result<String, SqlError> {
        let row = self.sql.row("SELECT name FROM profile", values![])?;
        Ok(row.map(|mut row| row.text()).transpose()?.unwrap_or_default())
    }

    /// Remembers what the person is called. The directory is told when that is news.
    pub fn remember_name(&self, name: &str) -> Result<(), SqlError> {
        if name.is_empty() || self.name()? == name {
            return Ok(());
        }
        self.sql.run("INSERT OR REPLACE INTO profile (only, name) VALUES (1, ?)", values![name])?;
        for mut row in self.sql.rows("SELECT app FROM connection", values![])? {
            self.enqueue(&Job::SyncDirectory { app: row.parsed(AppId::parse)? }, self.now())?;
        }
        Ok(())
    }

    /// Remembers where the person is written to alone.
    pub fn remember_chat(&self, chat: &str) -> Result<(), SqlError> {
        self.sql.run(
            "INSERT INTO personal_chat (only, conversation) VALUES (1, ?)
             ON CONFLICT (only) DO UPDATE SET conversation = excluded.conversation",
            values![chat],
        )
    }

    /// Remembers what a turn shows of its person: their chat, what their client speaks, and what they are called; and sees to
    /// it that what is left of the turn is swept one day. Mostly all of it is known.
    pub fn remember(&self, turn: &Turn) -> Result<(), SqlError> {
        let known = self.sql.row(
            "SELECT (SELECT conversation FROM personal_chat), (SELECT language FROM personal_chat), (SELECT name FROM profile),
             EXISTS (SELECT 1 FROM job WHERE id = ?)",
            values![Job::CleanUp.key()],
        )?;
        let Some(mut known) = known else { return Ok(()) };
        let (known_chat, known_tag) = (known.optional_text()?, known.optional_text()?);
        let (known_name, is_swept) = (known.optional_text()?, known.int()? != 0);
        let chat = serde_json::to_string(&turn.conversation).ok().filter(|_| turn.conversation.personal);
        if let Some(chat) = chat
            && known_chat.as_ref() != Some(&chat)
        {
            self.remember_chat(&chat)?;
        }
        if let Some(tag) = turn.locale.map(Language::tag)
            && known_tag.as_deref() != Some(tag)
        {
            self.sql.run("UPDATE personal_chat SET language = ?", values![tag])?;
        }
        if known_name.as_ref() != Some(&turn.name) {
            self.remember_name(&turn.name)?;
        }
        if !is_swept {
            self.enqueue(&Job::CleanUp, self.now() + CLEANUP_EVERY)?;
        }
        Ok(())
    }

    /// For a client that does not say its language.
    pub fn last_language(&self) -> Result<Option<Language>, SqlError> {
        let row = self.sql.row("SELECT language FROM personal_chat", values![])?;
        let tag = row.map(|mut row| row.optional_text()).transpose()?.flatten();
        Ok(tag.map(|tag| Language::of_locale(&tag)))
    }

    /// The person's own chat with the bot, as it was last known.
    pub fn known_chat(&self) -> Result<Option<Conversation>, SqlError> {
        let row = self.sql.row("SELECT conversation FROM personal_chat", values![])?;
        Ok(row.and_then(|mut row| row.json().ok()))
    }

    /// The last verdict on what the person is to the tenant, as long as it counts, and their mail address.
    pub fn cached_membership(&self) -> Result<Option<(Membership, Option<String>)>, VaultError> {
        let row = self.sql.row("SELECT membership, read_at, email FROM membership", values![])?;
        let Some(mut row) = row else { return Ok(None) };
        let (word, read_at, email) = (row.text()?, Timestamp(row.int()?), row.optional_text()?);
        if self.now() >= read_at + KEPT {
            return Ok(None);
        }
        // A word of a later version is no verdict here: the roster is asked anew.
        Ok(Membership::from_word(&word).map(|membership| (membership, email)))
    }

    /// Keeps a verdict on what the person is to the tenant.
    pub fn cache_membership(&self, membership: Membership, email: Option<&str>) -> Result<(), SqlError> {
        self.sql.run(
            "INSERT OR REPLACE INTO membership (only, membership, read_at, email) VALUES (1, ?, ?, ?)",
            values![membership.as_word(), self.now().millis(), email],
        )
    }
}
