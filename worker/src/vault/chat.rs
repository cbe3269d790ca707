//! Where a person is met: their own chat with the bot, what they speak there, and what the conversation of a command was told.

use serde_json::Value;
use workbot_domain::activity::{Conversation, Turn};
use workbot_domain::run::Run;
use workbot_domain::text::Words;
use workbot_shared::Language;

use super::due::{Job, SWEEP_EVERY};
use super::{Core, Trouble};
use crate::clock::{fresh_id, now};
use crate::connector::{Connector, NotSent, text_message};
use crate::sql::SqlError;
use crate::values;

/// What the conversation of a command was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Announced {
    /// Nothing yet.
    Nothing = 0,
    /// That the person is written to alone.
    Private = 1,
    /// That they cannot be.
    Cannot = 2,
}

impl Core {
    /// Remembers where the person is written to alone.
    fn remember_chat(&self, chat: &str) -> Result<(), SqlError> {
        self.sql.run(
            "INSERT INTO personal_chat (only, conversation) VALUES (1, ?)
             ON CONFLICT (only) DO UPDATE SET conversation = excluded.conversation",
            values![chat],
        )
    }

    /// Remembers what a turn shows of its person: their chat, what their client speaks, and what they are called; and sees to
    /// it that what is left of the turn is swept one day. Mostly all of it is known.
    pub(super) fn remember(&self, turn: &Turn) -> Result<(), SqlError> {
        let known = self.sql.row(
            "SELECT (SELECT conversation FROM personal_chat), (SELECT language FROM personal_chat), (SELECT name FROM profile),
             EXISTS (SELECT 1 FROM due WHERE id = ?)",
            values![Job::Sweep.key()],
        )?;
        let Some(known) = known else { return Ok(()) };
        let chat = serde_json::to_string(&turn.conversation).ok().filter(|_| turn.conversation.personal);
        if let Some(chat) = chat
            && known.optional_text(0)?.as_ref() != Some(&chat)
        {
            self.remember_chat(&chat)?;
        }
        if let Some(tag) = turn.locale.map(Language::tag)
            && known.optional_text(1)?.as_deref() != Some(tag)
        {
            self.sql.run("UPDATE personal_chat SET language = ?", values![tag])?;
        }
        if known.optional_text(2)?.as_ref() != Some(&turn.name) {
            self.remember_name(&turn.name)?;
        }
        if known.int(3)? == 0 {
            self.enqueue(&Job::Sweep, now() + SWEEP_EVERY)?;
        }
        Ok(())
    }

    /// Says something to the person in their own chat, in the language that was last spoken there: due work. Whoever never
    /// wrote to the bot has no chat yet, and reads it in the tab's list. To be called in the transaction that it is about.
    pub(super) fn tell_later(&self, message: impl FnOnce(Words) -> Value) -> Result<(), SqlError> {
        // A chat of a later version's shape keeps nothing else from happening.
        let Some(conversation) = self.known_chat()? else { return Ok(()) };
        let language = self.last_language()?.unwrap_or_default();
        let (person, message) = (self.name()?, message(Words(language)));
        self.enqueue(
            &Job::Say { id: fresh_id(), conversation, person, language, message, here: false, owed: true },
            now(),
        )
    }

    /// For a client that does not say its language.
    pub(super) fn last_language(&self) -> Result<Option<Language>, SqlError> {
        let row = self.sql.row("SELECT language FROM personal_chat", values![])?;
        let tag = row.map(|row| row.optional_text(0)).transpose()?.flatten();
        Ok(tag.map(|tag| Language::of_locale(&tag)))
    }

    /// The person's own chat with the bot, as it was last known.
    fn known_chat(&self) -> Result<Option<Conversation>, SqlError> {
        let row = self.sql.row("SELECT conversation FROM personal_chat", values![])?;
        Ok(row.and_then(|row| row.json(0).ok()))
    }

    /// Where the person reads alone what comes of something near, as far as that is known; the best place first.
    pub(super) fn alone(&self, near: &Conversation) -> Result<Vec<Conversation>, SqlError> {
        let chat = self.known_chat()?.or_else(|| near.personal.then(|| near.clone()));
        Ok(near.targeted.as_ref().map(|_| near.clone()).into_iter().chain(chat).collect())
    }

    /// Makes the person's own chat with the bot, and remembers it in place of the one before.
    pub(super) async fn make_chat(
        &self,
        near: &Conversation,
    ) -> Result<Result<Conversation, NotSent>, Trouble> {
        let config = self.config()?;
        let chat = Connector { config: &config }.personal_chat(near, &self.subject()?).await;
        if let Ok(chat) = &chat {
            self.remember_chat(&serde_json::to_string(chat).map_err(SqlError::from)?)?;
        }
        Ok(chat)
    }

    /// Says something that nothing depends on. Nothing waits for it, so that what was told is kept first.
    pub(super) fn courtesy(&self, at: &Conversation, text: &str) {
        let Ok(config) = self.config() else { return };
        let (at, message) = (at.clone(), text_message(text));
        self.state.wait_until(async move { (Connector { config: &config }).courtesy(&at, &message).await });
    }

    /// The same of what is the only word to a person for now: sent again after passing errors.
    pub(super) fn only_word(&self, at: &Conversation, text: &str) {
        let Ok(config) = self.config() else { return };
        let (at, message) = (at.clone(), text_message(text));
        self.state.wait_until(async move {
            let _ = (Connector { config: &config }).post(&at, &message).await;
        });
    }

    /// What the conversation of a run's command was told about where its person finds what comes of it. Kept beside the run:
    /// whoever tells something does not change the run.
    pub(super) fn announced(&self, run: Option<&Run>) -> Result<Announced, SqlError> {
        let Some(run) = run else { return Ok(Announced::Nothing) };
        let row = self.sql.row("SELECT announced FROM run WHERE id = ?", values![run.id.as_str()])?;
        Ok(match row.map(|row| row.int(0)).transpose()?.unwrap_or(0) {
            0 => Announced::Nothing,
            2 => Announced::Cannot,
            _ => Announced::Private,
        })
    }

    /// Right before something is posted, or saved: where that comes after a save, or before one, it is the same commit.
    pub(super) fn note_announced(&self, run: Option<&Run>, announced: Announced) -> Result<(), SqlError> {
        let Some(run) = run else { return Ok(()) };
        self.sql.run("UPDATE run SET announced = ? WHERE id = ?", values![announced as i64, run.id.as_str()])
    }
}
