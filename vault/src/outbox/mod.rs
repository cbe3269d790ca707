//! The outbox: messages are sent, updated and deleted, in the conversation of a command or where the person
//! reads alone.
//!
//! A delivery ends in one of three ways: sent; to be retried by a job, not before a pause; or impossible in
//! that conversation, and then another one is tried:
//!
//! 1. A private message goes to the targeted conversation of the command, then to the personal chat.
//! 2. If those are gone, the personal chat is created again, once.
//! 3. If Teams rejects the message itself, a short text is sent in its place.
//! 4. If no private message is possible, the conversation of the command gets a hint, once per run.
//!
//! `domain::connector` decides what each response of the connector means.

pub mod chat;

use futures_util::future::{Either, select};
use futures_util::pin_mut;
use serde_json::Value;
use std::time::Duration;
use workbot_domain::activity::Conversation;
use workbot_domain::connector::patience;
use workbot_domain::event::{Cause, Event};
use workbot_domain::jobs::JobOutcome;
use workbot_domain::present::message::text_message;
use workbot_domain::present::text::{Words, shortened};
use workbot_domain::run::{Announced, Hint, Run, hint, is_announced};

use crate::catalog::catalog_in;
use crate::clients::connector::{Connector, NotSent, TRIES};
use crate::context::{VaultCtx, VaultError};
use crate::job::Job;
use crate::sql::SqlError;

/// The first pause before finished work is reported again to a person without a chat.
pub const NO_CHAT_AGAIN: Duration = Duration::from_secs(15);
/// How often a message is sent at most if each response was a web page: the connector may have posted it.
const MOST_DOUBTED: i64 = 3;
/// After this many attempts in a conversation, the message goes to the person alone.
const TRIES_HERE: i64 = 2;

/// The role of a message in a run.
#[derive(Clone, Copy)]
enum Part<'a> {
    /// The run asks for something, or shows its progress.
    Way,
    /// The run ends. Holds its name and whether it succeeded.
    Ends(&'a str, bool),
}

/// The result of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// Sent. Holds the activity id, which is empty if the connector named none.
    As(String),
    /// Retry, but not before this pause.
    NotNow(Duration),
    /// The person has no chat with the bot, and none can be created now.
    NoChat,
    /// The bot may not write to the person.
    Never,
}

impl Told {
    /// The result of a request. `tries` is the number of the attempt.
    fn of(posted: Result<String, NotSent>, tries: i64) -> Self {
        match posted {
            Ok(activity) => Self::As(activity),
            Err(NotSent::Later { after, .. }) => Self::NotNow(after),
            Err(NotSent::Doubtful(_)) if tries < MOST_DOUBTED => Self::NotNow(Duration::ZERO),
            // Counts as sent. The message has no id, so it cannot be updated.
            Err(NotSent::Doubtful(_)) => Self::As(String::new()),
            Err(NotSent::Gone(_)) => Self::NoChat,
            Err(_) => Self::Never,
        }
    }
}

/// A message for one person, and its context.
pub struct Telling<'a> {
    words: Words,
    near: &'a Conversation,
    person: &'a str,
    message: &'a Value,
    /// The run that it belongs to, and its role there.
    run: Option<(&'a Run, Part<'a>)>,
    /// Whether the conversation of the command is told where to look.
    announce: bool,
    /// Whether the conversation of the command gets a hint if no private message is possible.
    hints: bool,
}

impl<'a> Telling<'a> {
    fn of(run: &'a Run, message: &'a Value, part: Part<'a>) -> Self {
        let (words, near, person) = (run.words(), &run.conversation, run.person.as_str());
        Self { words, near, person, message, run: Some((run, part)), announce: true, hints: true }
    }

    /// A message by which a run asks for something or shows its progress.
    pub fn on_the_way(run: &'a Run, message: &'a Value) -> Self {
        Self::of(run, message, Part::Way)
    }

    /// The reply that ends a run.
    pub fn ends(run: &'a Run, message: &'a Value, name: &'a str, ok: bool) -> Self {
        Self::of(run, message, Part::Ends(name, ok))
    }

    fn run(&self) -> Option<&'a Run> {
        self.run.map(|(run, _)| run)
    }

    fn end(&self) -> Option<(&'a str, bool)> {
        match self.run {
            Some((_, Part::Ends(name, ok))) => Some((name, ok)),
            _ => None,
        }
    }

    /// The short text that is sent if Teams rejects the message.
    fn short(&self) -> Value {
        text_message(&shortened(self.words, self.end(), self.message))
    }

    /// How long the delivery may take before the conversation of the command is told that it takes longer.
    fn patience(&self, ctx: &VaultCtx) -> Duration {
        patience(self.run().map_or(Duration::ZERO, |run| ctx.now().since(run.created_at)))
    }

    /// Whether the conversation of the command must still be told where to look.
    fn is_announced(&self, ctx: &VaultCtx) -> Result<bool, SqlError> {
        Ok(self.announce && is_announced(self.near, ctx.announced(self.run())?))
    }

    /// The hint for the conversation of the command if no private message is possible. `None` if it was given
    /// already.
    fn hint(&self, ctx: &VaultCtx) -> Result<Option<String>, SqlError> {
        if !self.hints {
            return Ok(None);
        }
        let (name, ended) = match self.run {
            Some((run, Part::Ends(name, ok))) if run.has_written(catalog_in(run.language)) => {
                (name, Some(ok))
            }
            _ => ("", None),
        };
        let hint = hint(self.near, ctx.announced(self.run())?, ended);
        Ok(hint.map(|hint| match hint {
            Hint::EndedUnseen { ok } => self.words.ended_unseen(self.person, name, ok),
            Hint::CannotWrite => self.words.cannot_write(self.person),
        }))
    }
}

/// Sends a message to a person alone. A channel or group chat sees nothing private: only that the bot wrote
/// to the person, will do so, or cannot.
///
/// `tries` is the number of the attempt. The announcements are sent in the background, so that the caller can
/// commit the delivery first.
async fn tell_at(ctx: &VaultCtx, telling: &Telling<'_>, tries: i64) -> Result<Told, VaultError> {
    let near = telling.near;
    let short = telling.short();
    let mut announce = telling.is_announced(ctx)?;
    if announce {
        // Recorded now: a run may show its progress and end at the same time.
        ctx.note_announced(telling.run(), Announced::Private)?;
    }
    let posting = post_alone(ctx, near, telling.message, &short);
    pin_mut!(posting);
    let posted = if announce {
        let waiting = ctx.sleep(telling.patience(ctx));
        pin_mut!(waiting);
        match select(posting, waiting).await {
            Either::Left((posted, _)) => posted?,
            Either::Right(((), posting)) => {
                announce = false;
                ctx.courtesy(near, &telling.words.will_write(telling.person));
                posting.await?
            }
        }
    } else {
        posting.await?
    };
    if let Err(problem) = &posted
        && !matches!(problem, NotSent::Later { .. })
    {
        ctx.log(&Event::NotSent { cause: Cause::of(problem) });
    }
    let told = Told::of(posted, tries);
    match &told {
        Told::NoChat | Told::Never => {
            if let Some(hint) = telling.hint(ctx)? {
                ctx.note_announced(telling.run(), Announced::Cannot)?;
                ctx.only_word(near, &hint);
            }
        }
        Told::As(_) if announce => ctx.courtesy(near, &telling.words.wrote_in_private(telling.person)),
        Told::NotNow(_) if announce => ctx.courtesy(near, &telling.words.will_write(telling.person)),
        Told::As(_) | Told::NotNow(_) => {}
    }
    Ok(told)
}

/// Sends a run's message to its person alone.
///
/// # Errors
/// When the vault is not configured or its database fails.
pub async fn tell(ctx: &VaultCtx, telling: &Telling<'_>) -> Result<Told, VaultError> {
    let tries = match telling.run() {
        Some(run) => ctx.tries(&Job::Run { run: run.id.clone() })?,
        None => 1,
    };
    tell_at(ctx, telling, tries).await
}

/// Sends a message where the person reads alone. Creates the personal chat again if it is gone, once.
async fn post_alone(
    ctx: &VaultCtx,
    near: &Conversation,
    message: &Value,
    short: &Value,
) -> Result<Result<String, NotSent>, VaultError> {
    let config = ctx.config()?;
    let connector = ctx.connector(&config);
    let mut tried = ctx.alone(near)?;
    let mut places = tried.clone();
    while !places.is_empty() {
        for place in &places {
            match post_or_short(&connector, place, message, short).await {
                Err(NotSent::Gone(_)) => {}
                // This conversation accepts no targeted messages.
                Err(NotSent::Never(_)) if place.targeted.is_some() => {}
                posted => return Ok(posted),
            }
        }
        // Another delivery may have created the chat meanwhile.
        places = ctx.alone(near)?.into_iter().filter(|place| !tried.contains(place)).collect();
        tried.extend(places.iter().cloned());
    }
    match ctx.make_chat(near).await? {
        Ok(chat) => Ok(post_or_short(&connector, &chat, message, short).await),
        Err(problem) => Ok(Err(problem)),
    }
}

/// Sends a message, or a short text if Teams rejects the message. If Teams rejects the short text too, the
/// conversation is unusable.
async fn post_or_short(
    connector: &Connector<'_>,
    to: &Conversation,
    message: &Value,
    short: &Value,
) -> Result<String, NotSent> {
    match connector.post(to, message).await {
        Err(NotSent::Unfit(_)) => match connector.post(to, short).await {
            Err(NotSent::Unfit(status)) => Err(NotSent::Gone(status)),
            posted => posted,
        },
        posted => posted,
    }
}

/// A message that a job sends.
pub struct Saying<'a> {
    /// The texts in the person's language.
    pub words: Words,
    /// The conversation of the command.
    pub to: &'a Conversation,
    /// The person's name.
    pub person: &'a str,
    /// The message.
    pub message: &'a Value,
    /// Whether it goes to the conversation, not to the person alone.
    pub here: bool,
    /// Whether it reports finished work. It is retried for a day then.
    pub owed: bool,
}

/// The job that sends a message. `tries` is the number of the attempt.
///
/// # Errors
/// When the vault is not configured or its database fails.
pub async fn say(ctx: &VaultCtx, saying: &Saying<'_>, tries: i64) -> Result<JobOutcome, VaultError> {
    let Saying { words, to, person, message, here, owed } = *saying;
    let announce = tries <= 1 && !owed;
    let telling = Telling { words, near: to, person, message, run: None, announce, hints: !owed };
    let told = if here && !to.is_private() {
        say_here(ctx, &telling, tries).await?
    } else {
        tell_at(ctx, &telling, tries).await?
    };
    Ok(match told {
        Told::NotNow(after) => JobOutcome::RetryAfter(after),
        Told::NoChat if owed => JobOutcome::RetryAfter(NO_CHAT_AGAIN),
        _ => JobOutcome::Done,
    })
}

/// Sends a message to a whole conversation, or to the person alone if the conversation does not accept it in
/// time.
///
/// # Errors
/// When the vault is not configured or its database fails.
pub async fn say_here(ctx: &VaultCtx, telling: &Telling<'_>, tries: i64) -> Result<Told, VaultError> {
    let config = ctx.config()?;
    let short = telling.short();
    let posted = post_or_short(&ctx.connector(&config), telling.near, telling.message, &short).await;
    // The message may be in the conversation already, so it goes nowhere else.
    let doubted = matches!(posted, Err(NotSent::Doubtful(_)));
    match Told::of(posted, tries) {
        told @ Told::As(_) => Ok(told),
        told @ Told::NotNow(_) if doubted || tries < TRIES_HERE => Ok(told),
        here => match Told::of(post_alone(ctx, telling.near, telling.message, &short).await?, tries) {
            Told::NoChat | Told::Never if matches!(here, Told::NotNow(_)) => Ok(here),
            told => Ok(told),
        },
    }
}

/// Updates a message that the person reads alone. If it is gone, a new one is sent.
///
/// # Errors
/// When the vault is not configured or its database fails.
pub async fn replace(
    ctx: &VaultCtx,
    words: Words,
    near: &Conversation,
    (activity, message): (&str, &Value),
    tries: i64,
) -> Result<Told, VaultError> {
    let short = text_message(&shortened(words, None, message));
    match put(ctx, near, activity, (message, &short), TRIES).await? {
        Some(told) => Ok(told),
        None => Ok(Told::of(post_alone(ctx, near, message, &short).await?, tries)),
    }
}

/// Updates a message with one request. `None` if it is gone.
///
/// # Errors
/// When the vault is not configured or its database fails.
pub async fn replace_once(
    ctx: &VaultCtx,
    words: Words,
    near: &Conversation,
    (activity, message): (&str, &Value),
) -> Result<Option<Told>, VaultError> {
    let short = text_message(&shortened(words, None, message));
    put(ctx, near, activity, (message, &short), 1).await
}

/// Updates a message; each request is sent at most `tries` times. `None` if the message is gone.
async fn put(
    ctx: &VaultCtx,
    near: &Conversation,
    activity: &str,
    (message, short): (&Value, &Value),
    tries: u32,
) -> Result<Option<Told>, VaultError> {
    // The connector named no id for this message.
    if activity.is_empty() {
        return Ok(None);
    }
    let config = ctx.config()?;
    let connector = ctx.connector(&config);
    for place in ctx.alone(near)? {
        let put = match connector.replace(&place, activity, message, tries).await {
            Err(NotSent::Unfit(_)) => connector.replace(&place, activity, short, tries).await,
            put => put,
        };
        match put {
            Ok(()) => return Ok(Some(Told::As(activity.to_owned()))),
            Err(NotSent::Later { after, .. }) => return Ok(Some(Told::NotNow(after))),
            // Updating twice has the same result, so a retry is safe.
            Err(NotSent::Doubtful(_)) => return Ok(Some(Told::NotNow(Duration::ZERO))),
            Err(_) => {}
        }
    }
    Ok(None)
}

/// The job that updates a message.
///
/// # Errors
/// When the vault is not configured or its database fails.
pub async fn replace_later(
    ctx: &VaultCtx,
    near: &Conversation,
    replaced: (&str, &Value),
    tries: i64,
) -> Result<JobOutcome, VaultError> {
    let words = Words(ctx.last_language()?.unwrap_or_default());
    let told = replace(ctx, words, near, replaced, tries).await?;
    Ok(if let Told::NotNow(after) = told { JobOutcome::RetryAfter(after) } else { JobOutcome::Done })
}

/// Updates a message that still exists. Best effort: sent once, failures of the connector are ignored.
///
/// # Errors
/// When the vault is not configured or its database fails.
pub async fn renew(
    ctx: &VaultCtx,
    near: &Conversation,
    activity: &str,
    message: &Value,
) -> Result<(), VaultError> {
    put(ctx, near, activity, (message, message), 1).await.map(|_| ())
}

/// Deletes a message that the person reads alone. Best effort: failures of the connector are ignored.
///
/// # Errors
/// When the vault is not configured or its database fails.
pub async fn retract(ctx: &VaultCtx, near: &Conversation, activity: &str) -> Result<(), VaultError> {
    let config = ctx.config()?;
    // The conversation of the message is not stored, so all of them are tried.
    for place in ctx.alone(near)? {
        let _ = (ctx.connector(&config)).remove(&place, activity).await;
    }
    Ok(())
}

/// Replaces a message by a run's next one. If the old one is gone, the new one is sent.
///
/// # Errors
/// When the vault is not configured or its database fails.
pub async fn retell(ctx: &VaultCtx, activity: &str, telling: &Telling<'_>) -> Result<Told, VaultError> {
    match put(ctx, telling.near, activity, (telling.message, &telling.short()), TRIES).await? {
        Some(told) => Ok(told),
        None => tell(ctx, telling).await,
    }
}

/// Sends the typing indicator, unless the command was a targeted message: the indicator would be visible to
/// all. Best effort.
pub async fn show_typing(ctx: &VaultCtx, at: &Conversation) {
    let Ok(config) = ctx.config() else { return };
    if at.targeted.is_none() {
        let _ = (ctx.connector(&config)).typing(at).await;
    }
}
