//! Telling: where a person is, and what is posted, replaced or taken back there.

use serde_json::Value;
use workbot_domain::activity::{Conversation, Turn};
use workbot_domain::event::{Cause, Event};
use workbot_domain::run::Run;
use workbot_domain::text::Words;
use workbot_shared::Language;

use super::due::{Finish, Job, SWEEP_EVERY};
use super::{Core, Trouble};
use crate::clock::{fresh_id, now};
use crate::connector::{Connector, NotSent, text_message};
use crate::sql::SqlError;
use crate::values;

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
        let row = self.sql.row("SELECT conversation FROM personal_chat", values![])?;
        // A chat of a later version's shape keeps nothing else from happening.
        let Some(conversation) = row.and_then(|row| row.json(0).ok()) else { return Ok(()) };
        let language = self.last_language()?.unwrap_or_default();
        let (person, message) = (self.name()?, message(Words(language)));
        self.enqueue(
            &Job::Say { id: fresh_id(), conversation, person, language, message, here: false },
            now(),
        )
    }

    /// For a client that does not say its language.
    pub(super) fn last_language(&self) -> Result<Option<Language>, SqlError> {
        let row = self.sql.row("SELECT language FROM personal_chat", values![])?;
        let tag = row.map(|row| row.optional_text(0)).transpose()?.flatten();
        Ok(tag.map(|tag| Language::of_locale(&tag)))
    }

    /// The person's own chat with the bot; created, and kept, when it is not known.
    pub(super) async fn personal_chat(
        &self,
        near: &Conversation,
    ) -> Result<Result<Conversation, NotSent>, Trouble> {
        if near.personal {
            return Ok(Ok(near.clone()));
        }
        let row = self.sql.row("SELECT conversation FROM personal_chat", values![])?;
        if let Some(chat) = row.and_then(|row| row.json(0).ok()) {
            return Ok(Ok(chat));
        }
        let config = self.config()?;
        let chat = Connector { config: &config }.personal_chat(near, &self.subject()?).await;
        if let Ok(chat) = &chat {
            self.remember_chat(&serde_json::to_string(chat).map_err(SqlError::from)?)?;
        }
        Ok(chat)
    }
}

/// Whether a person could be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// Yes, by this activity.
    As(String),
    /// Not now.
    NotNow,
    /// The bot may not write to them.
    Never,
}

/// Tells a person alone. In a channel or group chat nothing private is shown: there it is only said, if `announce`,
/// that the person was written to.
pub async fn tell(
    core: &Core,
    words: Words,
    near: &Conversation,
    person: &str,
    message: &Value,
    announce: bool,
) -> Result<Told, Trouble> {
    let config = core.config()?;
    let connector = Connector { config: &config };
    let posted = match core.personal_chat(near).await? {
        Ok(chat) => connector.post(&chat, message).await,
        Err(problem) => Err(problem),
    };
    let told = match posted {
        Ok(activity) => Told::As(activity),
        Err(NotSent::Later(_)) => return Ok(Told::NotNow),
        Err(problem) => {
            core.log(&Event::NotSent { cause: Cause::of(&problem) });
            Told::Never
        }
    };
    if !near.personal && announce {
        let text =
            if told == Told::Never { words.cannot_write(person) } else { words.wrote_in_private(person) };
        // A courtesy: what matters is in the personal chat.
        let _ = connector.post(near, &text_message(&text)).await;
    }
    Ok(told)
}

/// Says something: here, or to the person alone.
pub async fn say(
    core: &Core,
    words: Words,
    to: &Conversation,
    person: &str,
    message: &Value,
    here: bool,
) -> Result<Finish, Trouble> {
    if !here {
        let told = tell(core, words, to, person, message, true).await?;
        return Ok(if told == Told::NotNow { Finish::Failed } else { Finish::Done });
    }
    let config = core.config()?;
    Ok(match (Connector { config: &config }).post(to, message).await {
        Err(NotSent::Later(_)) => Finish::Failed,
        Ok(_) => Finish::Done,
        Err(problem) => {
            core.log(&Event::NotSent { cause: Cause::of(&problem) });
            Finish::Done
        }
    })
}

/// Replaces a message in the personal chat. One that is gone stays gone.
pub async fn replace(
    core: &Core,
    near: &Conversation,
    activity: &str,
    message: &Value,
) -> Result<Finish, Trouble> {
    let config = core.config()?;
    let Ok(chat) = core.personal_chat(near).await? else { return Ok(Finish::Failed) };
    Ok(match (Connector { config: &config }).replace(&chat, activity, message).await {
        Err(NotSent::Later(_)) => Finish::Failed,
        Ok(()) | Err(_) => Finish::Done,
    })
}

/// Takes a message in the personal chat back. A courtesy.
pub async fn retract(core: &Core, near: &Conversation, activity: &str) -> Result<(), Trouble> {
    let config = core.config()?;
    if let Ok(chat) = core.personal_chat(near).await? {
        let _ = (Connector { config: &config }).remove(&chat, activity).await;
    }
    Ok(())
}

/// Replaces a message in the personal chat, or says it anew where that cannot be.
pub async fn retell(core: &Core, run: &Run, activity: &str, message: &Value) -> Result<bool, Trouble> {
    let config = core.config()?;
    let Ok(chat) = core.personal_chat(&run.conversation).await? else { return Ok(false) };
    match (Connector { config: &config }).replace(&chat, activity, message).await {
        Ok(()) => Ok(true),
        Err(NotSent::Later(_)) => Ok(false),
        Err(_) => {
            let told = tell(core, run.words(), &run.conversation, &run.person, message, false).await?;
            Ok(told != Told::NotNow)
        }
    }
}

/// Shows that the bot is at it. A courtesy: whether it is seen or not changes nothing.
pub async fn show_typing(core: &Core, at: &Conversation) {
    let Ok(config) = core.config() else { return };
    let _ = (Connector { config: &config }).typing(at).await;
}
