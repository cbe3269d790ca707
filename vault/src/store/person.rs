//! The person whose vault this is: personal chat, language, name, and tenant membership.

use std::time::Duration;
use workbot_domain::activity::{Conversation, Turn};
use workbot_domain::membership::Membership;
use workbot_domain::time::Timestamp;
use workbot_shared::{AppId, Language};

use crate::context::VaultCtx;
use crate::error::VaultError;
use crate::job::Job;

use crate::sql::{SqlError, values};

/// How long a membership verdict is cached, while a roster cannot be read too.
pub const MEMBERSHIP_KEPT: Duration = Duration::from_secs(24 * 3600);

/// The stored facts about the person that every turn compares. Each is `None` if it is not stored.
#[derive(Default)]
struct PersonFacts {
    /// The personal chat, created or not, a `Conversation` as JSON.
    chat: Option<String>,
    /// The tag of the language that was last used.
    language: Option<String>,
    /// The display name.
    name: Option<String>,
}

fn stored_chat(chat: &str) -> Option<Conversation> {
    workbot_domain::json::stored(chat.as_bytes()).ok()
}

/// Whether a stored chat is one that was never created. One of an unknown shape may be a chat.
fn may_replace(chat: &str) -> bool {
    stored_chat(chat).is_some_and(|chat| !chat.is_created())
}

impl VaultCtx {
    /// The stored facts about the person.
    ///
    /// # Errors
    /// When the database fails; so in all functions here.
    fn person_facts(&self) -> Result<PersonFacts, SqlError> {
        let row = self.sql.cached_row(
            "SELECT (SELECT conversation FROM personal_chat), (SELECT language FROM personal_chat),
             (SELECT name FROM profile)",
            values![],
        )?;
        let Some(mut row) = row else { return Ok(PersonFacts::default()) };
        let (chat, language, name) = (row.optional_text()?, row.optional_text()?, row.optional_text()?);
        Ok(PersonFacts { chat, language, name })
    }

    /// The person's display name, as Teams or Entra gave it last. Empty if unknown.
    pub fn name(&self) -> Result<String, SqlError> {
        Ok(self.person_facts()?.name.unwrap_or_default())
    }

    /// Stores the person's name. A change is written to the directory.
    pub fn remember_name(&self, name: &str) -> Result<(), SqlError> {
        if name.is_empty() || self.name()? == name {
            return Ok(());
        }
        self.sql.run("INSERT OR REPLACE INTO profile (only, name) VALUES (1, ?)", values![name])?;
        for mut row in self.sql.rows("SELECT app FROM connection", values![])? {
            self.enqueue(&Job::SyncDirectory { app: row.parsed(AppId::parse)? }, self.now())?;
        }
        if !self.sql.rows("SELECT 1 FROM agent_grant LIMIT 1", values![])?.is_empty() {
            self.enqueue(&Job::SyncAgents, self.now())?;
        }
        Ok(())
    }

    /// Stores the personal chat, a `Conversation` as JSON.
    pub fn remember_chat(&self, chat: &str) -> Result<(), SqlError> {
        self.sql.run(
            "INSERT INTO personal_chat (only, conversation) VALUES (1, ?)
             ON CONFLICT (only) DO UPDATE SET conversation = excluded.conversation",
            values![chat],
        )
    }

    /// Stores the personal chat, language and name that a turn shows; of a turn elsewhere what the chat could
    /// be created with. Writes only what has changed, which is mostly nothing. Without it the bot could not
    /// write to the person by itself.
    pub fn remember(&self, turn: &Turn) -> Result<(), SqlError> {
        let known = self.person_facts()?;
        let has_chat = || known.chat.as_deref().is_some_and(|chat| !may_replace(chat));
        let chat = match &turn.conversation {
            chat if chat.personal => Some(chat.clone()),
            _ if has_chat() => None,
            elsewhere => Some(elsewhere.personal_chat_to_create()),
        };
        if let Some(chat) = chat.map(|chat| serde_json::to_string(&chat)).transpose()?
            && known.chat.as_ref() != Some(&chat)
        {
            self.remember_chat(&chat)?;
        }
        if let Some(tag) = turn.locale.map(Language::tag)
            && known.language.as_deref() != Some(tag)
        {
            self.sql.run("UPDATE personal_chat SET language = ?", values![tag])?;
        }
        if known.name.as_ref() != Some(&turn.name) {
            self.remember_name(&turn.name)?;
        }
        Ok(())
    }

    /// The language of the last turn, for clients that send no `locale`.
    pub fn last_language(&self) -> Result<Option<Language>, SqlError> {
        Ok(self.person_facts()?.language.map(|tag| Language::of_locale(&tag)))
    }

    /// The person's personal chat with the bot, if it is known, readable and created.
    pub fn known_chat(&self) -> Result<Option<Conversation>, SqlError> {
        Ok(self.chat_for_notices()?.filter(Conversation::is_created))
    }

    /// The personal chat, created or not. `None` for a person whom the bot has met nowhere. A stored chat of
    /// an unknown shape counts as none.
    pub fn chat_for_notices(&self) -> Result<Option<Conversation>, SqlError> {
        Ok(self.person_facts()?.chat.and_then(|chat| stored_chat(&chat)))
    }

    /// The cached membership verdict and the mail address, while they are valid.
    pub fn cached_membership(&self) -> Result<Option<(Membership, Option<String>)>, VaultError> {
        let row = self.sql.cached_row("SELECT membership, read_at, email FROM membership", values![])?;
        let Some(mut row) = row else { return Ok(None) };
        let (word, read_at, email) = (row.text()?, Timestamp(row.int()?), row.optional_text()?);
        // An unknown word counts as no verdict: the roster is read again.
        let membership = Membership::from_word(&word).filter(|_| self.now() < read_at + MEMBERSHIP_KEPT);
        Ok(membership.map(|membership| (membership, email)))
    }

    /// Caches a membership verdict and the mail address.
    pub fn cache_membership(&self, membership: Membership, email: Option<&str>) -> Result<(), SqlError> {
        self.sql.run(
            "INSERT OR REPLACE INTO membership (only, membership, read_at, email) VALUES (1, ?, ?, ?)",
            values![membership.as_word(), self.now().millis(), email],
        )
    }
}
