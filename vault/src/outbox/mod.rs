//! Telling: what is posted, replaced or taken back where a person reads it, and where they read it alone.
//!
//! A telling ends in one of three ways: it was told, it is told later by due work, or it cannot be told there, and then
//! somewhere else. What the answers of the connector mean is in `domain::connector`.

pub mod personal_chat;

use futures_util::future::{Either, select};
use futures_util::pin_mut;
use serde_json::Value;
use std::time::Duration;
use workbot_domain::activity::Conversation;
use workbot_domain::connector::announce_after;
use workbot_domain::event::{Cause, Event};
use workbot_domain::jobs::JobOutcome;
use workbot_domain::present::message::text_message;
use workbot_domain::present::text::{Words, shortened};
use workbot_domain::run::{Announced, Hint, Run, hint, is_announced};

use crate::catalog::catalog_in;
use crate::clients::connector::{Connector, SendError, TRIES};
use crate::context::{VaultCtx, VaultError};
use crate::job::Job;
use crate::sql::SqlError;

/// What was done is told again after this at the soonest, where no chat can be made.
pub const NO_CHAT_AGAIN: Duration = Duration::from_secs(15);
/// What was answered by a page, and may have been taken, is sent so often at most.
const MOST_DOUBTED: i64 = 3;
/// After so many tries at a conversation the person is told alone.
const TRIES_HERE: i64 = 2;

/// What a telling is to a run.
#[derive(Clone, Copy)]
enum MessageRole<'a> {
    /// It is said on the way: the run asks for something, or shows how far it is.
    Way,
    /// It ends the run of this name, which succeeded or not.
    Ends(&'a str, bool),
}

/// Whether a person could be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// Yes, by this activity.
    Sent(String),
    /// Not now, and not again before this has passed.
    Retry(Duration),
    /// There is no chat with them, and none can be made now.
    NoChat,
    /// The bot may not write to them.
    Blocked,
}

impl Delivery {
    /// By what came of the try of this number.
    fn of(posted: Result<String, SendError>, tries: i64) -> Self {
        match posted {
            Ok(activity) => Self::Sent(activity),
            Err(SendError::Later { after, .. }) => Self::Retry(after),
            Err(SendError::Doubtful(_)) if tries < MOST_DOUBTED => Self::Retry(Duration::ZERO),
            // Told as far as is known; it has no id by which it could be changed.
            Err(SendError::Doubtful(_)) => Self::Sent(String::new()),
            Err(SendError::Gone(_)) => Self::NoChat,
            Err(_) => Self::Blocked,
        }
    }
}

/// What is to be told to a person alone, and what it is about.
pub struct PrivateMessage<'a> {
    words: Words,
    near: &'a Conversation,
    person: &'a str,
    message: &'a Value,
    /// The run that it is about, and what it is to that.
    run: Option<(&'a Run, MessageRole<'a>)>,
    /// Whether the conversation of the command is told where to look.
    announce: bool,
    /// Whether it reads when the person cannot be told alone.
    hints: bool,
}

impl<'a> PrivateMessage<'a> {
    fn of(run: &'a Run, message: &'a Value, part: MessageRole<'a>) -> Self {
        let (words, near, person) = (run.words(), &run.conversation, run.person.as_str());
        Self { words, near, person, message, run: Some((run, part)), announce: true, hints: true }
    }

    /// A run asks for something, or shows how far it is.
    pub fn for_open_run(run: &'a Run, message: &'a Value) -> Self {
        Self::of(run, message, MessageRole::Way)
    }

    /// A run ends.
    pub fn for_ended_run(run: &'a Run, message: &'a Value, name: &'a str, ok: bool) -> Self {
        Self::of(run, message, MessageRole::Ends(name, ok))
    }

    fn run(&self) -> Option<&'a Run> {
        self.run.map(|(run, _)| run)
    }

    fn end(&self) -> Option<(&'a str, bool)> {
        match self.run {
            Some((_, MessageRole::Ends(name, ok))) => Some((name, ok)),
            _ => None,
        }
    }

    /// What is posted in its place if it is too much for Teams.
    fn short(&self) -> Value {
        text_message(&shortened(self.words, self.end(), self.message))
    }

    /// How long the conversation of the command waits for a word.
    fn patience(&self, ctx: &VaultCtx) -> Duration {
        announce_after(self.run().map_or(Duration::ZERO, |run| ctx.now().since(run.created_at)))
    }

    /// Whether the conversation of the command is to be told where to look, and was not.
    fn is_announced(&self, ctx: &VaultCtx) -> Result<bool, SqlError> {
        Ok(self.announce && is_announced(self.near, ctx.announced(self.run())?))
    }

    /// What the conversation of the command reads when its person cannot be told alone.
    fn hint(&self, ctx: &VaultCtx) -> Result<Option<String>, SqlError> {
        if !self.hints {
            return Ok(None);
        }
        let (name, ended) = match self.run {
            Some((run, MessageRole::Ends(name, ok))) if run.has_written(catalog_in(run.language)) => {
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

/// Tells a person alone. In a channel or group chat nothing private is shown: there it is only said that the person was
/// written to, that they will be if that takes its time, or that they cannot be.
///
/// `tries`: which try it is. What is said beside it is not waited for: the caller keeps what was told first.
async fn send_private_attempt(
    ctx: &VaultCtx,
    private_message: &PrivateMessage<'_>,
    tries: i64,
) -> Result<Delivery, VaultError> {
    let near = private_message.near;
    let short = private_message.short();
    let mut announce = private_message.is_announced(ctx)?;
    if announce {
        // Now, as a run may show something and end at the same time.
        ctx.note_announced(private_message.run(), Announced::Private)?;
    }
    let posting = post_private(ctx, near, private_message.message, &short);
    pin_mut!(posting);
    let posted = if announce {
        let waiting = ctx.sleep(private_message.patience(ctx));
        pin_mut!(waiting);
        match select(posting, waiting).await {
            Either::Left((posted, _)) => posted?,
            Either::Right(((), posting)) => {
                announce = false;
                ctx.send_once(near, &private_message.words.will_write(private_message.person));
                posting.await?
            }
        }
    } else {
        posting.await?
    };
    if let Err(problem) = &posted
        && !matches!(problem, SendError::Later { .. })
    {
        ctx.log(&Event::SendFailed { cause: Cause::of(problem) });
    }
    let delivery = Delivery::of(posted, tries);
    match &delivery {
        Delivery::NoChat | Delivery::Blocked => {
            if let Some(hint) = private_message.hint(ctx)? {
                ctx.note_announced(private_message.run(), Announced::Cannot)?;
                ctx.send_in_background(near, &hint);
            }
        }
        Delivery::Sent(_) if announce => {
            ctx.send_once(near, &private_message.words.wrote_in_private(private_message.person))
        }
        Delivery::Retry(_) if announce => {
            ctx.send_once(near, &private_message.words.will_write(private_message.person))
        }
        Delivery::Sent(_) | Delivery::Retry(_) => {}
    }
    Ok(delivery)
}

/// The same for a run.
pub async fn send_private(
    ctx: &VaultCtx,
    private_message: &PrivateMessage<'_>,
) -> Result<Delivery, VaultError> {
    let tries = match private_message.run() {
        Some(run) => ctx.attempt_number(&Job::DriveRun { run: run.id.clone() })?,
        None => 1,
    };
    send_private_attempt(ctx, private_message, tries).await
}

/// Posts where the person reads it alone. A chat that is gone is made anew, once.
async fn post_private(
    ctx: &VaultCtx,
    near: &Conversation,
    message: &Value,
    short: &Value,
) -> Result<Result<String, SendError>, VaultError> {
    let config = ctx.config()?;
    let connector = ctx.connector(&config);
    let mut tried = ctx.private_conversations(near)?;
    let mut places = tried.clone();
    while !places.is_empty() {
        for place in &places {
            match post_or_short(&connector, place, message, short).await {
                Err(SendError::Gone(_)) => {}
                // A conversation that takes nothing for its member alone, for whatever reason.
                Err(SendError::Never(_)) if place.targeted.is_some() => {}
                posted => return Ok(posted),
            }
        }
        // Another message may have made a chat meanwhile.
        places =
            ctx.private_conversations(near)?.into_iter().filter(|place| !tried.contains(place)).collect();
        tried.extend(places.iter().cloned());
    }
    match ctx.create_personal_chat(near).await? {
        Ok(chat) => Ok(post_or_short(&connector, &chat, message, short).await),
        Err(problem) => Ok(Err(problem)),
    }
}

/// Posts a message, or a short text where Teams does not take it as it is. Where it takes not even that, it is not the message:
/// the conversation is no good.
async fn post_or_short(
    connector: &Connector<'_>,
    to: &Conversation,
    message: &Value,
    short: &Value,
) -> Result<String, SendError> {
    match connector.post(to, message).await {
        Err(SendError::Unfit(_)) => match connector.post(to, short).await {
            Err(SendError::Unfit(status)) => Err(SendError::Gone(status)),
            posted => posted,
        },
        posted => posted,
    }
}

/// Something to be said by due work.
pub struct OutgoingMessage<'a> {
    pub words: Words,
    pub to: &'a Conversation,
    pub person: &'a str,
    pub message: &'a Value,
    /// Where it is, or to the person alone.
    pub here: bool,
    /// It was done, and is told for its day.
    pub owed: bool,
}

/// Says something. `tries`: which try it is.
pub async fn run_send_job(
    ctx: &VaultCtx,
    outgoing: &OutgoingMessage<'_>,
    tries: i64,
) -> Result<JobOutcome, VaultError> {
    let OutgoingMessage { words, to, person, message, here, owed } = *outgoing;
    let announce = tries <= 1 && !owed;
    let private_message =
        PrivateMessage { words, near: to, person, message, run: None, announce, hints: !owed };
    let delivery = if here && !to.is_private() {
        send(ctx, &private_message, tries).await?
    } else {
        send_private_attempt(ctx, &private_message, tries).await?
    };
    Ok(match delivery {
        Delivery::Retry(after) => JobOutcome::RetryAfter(after),
        Delivery::NoChat if owed => JobOutcome::RetryAfter(NO_CHAT_AGAIN),
        _ => JobOutcome::Done,
    })
}

/// Says something where all of a conversation read it; to the person alone where that cannot be, or takes too long.
pub async fn send(
    ctx: &VaultCtx,
    private_message: &PrivateMessage<'_>,
    tries: i64,
) -> Result<Delivery, VaultError> {
    let config = ctx.config()?;
    let short = private_message.short();
    let posted =
        post_or_short(&ctx.connector(&config), private_message.near, private_message.message, &short).await;
    // What may be here already is told nowhere else.
    let doubted = matches!(posted, Err(SendError::Doubtful(_)));
    match Delivery::of(posted, tries) {
        delivery @ Delivery::Sent(_) => Ok(delivery),
        delivery @ Delivery::Retry(_) if doubted || tries < TRIES_HERE => Ok(delivery),
        here => match Delivery::of(
            post_private(ctx, private_message.near, private_message.message, &short).await?,
            tries,
        ) {
            Delivery::NoChat | Delivery::Blocked if matches!(here, Delivery::Retry(_)) => Ok(here),
            delivery => Ok(delivery),
        },
    }
}

/// Replaces a message that the person reads alone. One that is gone is posted anew.
pub async fn update(
    ctx: &VaultCtx,
    words: Words,
    near: &Conversation,
    (activity, message): (&str, &Value),
    tries: i64,
) -> Result<Delivery, VaultError> {
    let short = text_message(&shortened(words, None, message));
    match try_update(ctx, near, activity, (message, &short), TRIES).await? {
        Some(delivery) => Ok(delivery),
        None => Ok(Delivery::of(post_private(ctx, near, message, &short).await?, tries)),
    }
}

/// Replaces a message that is still there, by one request.
pub async fn update_once(
    ctx: &VaultCtx,
    words: Words,
    near: &Conversation,
    (activity, message): (&str, &Value),
) -> Result<Option<Delivery>, VaultError> {
    let short = text_message(&shortened(words, None, message));
    try_update(ctx, near, activity, (message, &short), 1).await
}

/// Replaces a message, if it is still there; each request is sent so often at most.
async fn try_update(
    ctx: &VaultCtx,
    near: &Conversation,
    activity: &str,
    (message, short): (&Value, &Value),
    tries: u32,
) -> Result<Option<Delivery>, VaultError> {
    // Posted without an answer that names it.
    if activity.is_empty() {
        return Ok(None);
    }
    let config = ctx.config()?;
    let connector = ctx.connector(&config);
    for place in ctx.private_conversations(near)? {
        let put = match connector.update(&place, activity, message, tries).await {
            Err(SendError::Unfit(_)) => connector.update(&place, activity, short, tries).await,
            put => put,
        };
        match put {
            Ok(()) => return Ok(Some(Delivery::Sent(activity.to_owned()))),
            Err(SendError::Later { after, .. }) => return Ok(Some(Delivery::Retry(after))),
            // Replaced twice, it is the same.
            Err(SendError::Doubtful(_)) => return Ok(Some(Delivery::Retry(Duration::ZERO))),
            Err(_) => {}
        }
    }
    Ok(None)
}

/// As due work: replaces a message.
pub async fn run_update_job(
    ctx: &VaultCtx,
    near: &Conversation,
    replaced: (&str, &Value),
    tries: i64,
) -> Result<JobOutcome, VaultError> {
    let words = Words(ctx.last_language()?.unwrap_or_default());
    let delivery = update(ctx, words, near, replaced, tries).await?;
    Ok(if let Delivery::Retry(after) = delivery { JobOutcome::RetryAfter(after) } else { JobOutcome::Done })
}

/// Brings a message up to date that is still there. A courtesy.
pub async fn update_best_effort(
    ctx: &VaultCtx,
    near: &Conversation,
    activity: &str,
    message: &Value,
) -> Result<(), VaultError> {
    try_update(ctx, near, activity, (message, message), 1).await.map(|_| ())
}

/// Takes a message back that the person reads alone. A courtesy.
pub async fn delete(ctx: &VaultCtx, near: &Conversation, activity: &str) -> Result<(), VaultError> {
    let config = ctx.config()?;
    // In which of them it is, is not kept.
    for place in ctx.private_conversations(near)? {
        let _ = (ctx.connector(&config)).delete(&place, activity).await;
    }
    Ok(())
}

/// Replaces a message by what is to be told, or tells it anew where that cannot be.
pub async fn update_or_resend(
    ctx: &VaultCtx,
    activity: &str,
    private_message: &PrivateMessage<'_>,
) -> Result<Delivery, VaultError> {
    match try_update(
        ctx,
        private_message.near,
        activity,
        (private_message.message, &private_message.short()),
        TRIES,
    )
    .await?
    {
        Some(delivery) => Ok(delivery),
        None => send_private(ctx, private_message).await,
    }
}

/// Shows that the bot is at it. A courtesy: whether it is seen or not changes nothing. In a conversation of others it is not
/// shown of what nobody else sees.
pub async fn send_typing(ctx: &VaultCtx, at: &Conversation) {
    let Ok(config) = ctx.config() else { return };
    if at.targeted.is_none() {
        let _ = (ctx.connector(&config)).typing(at).await;
    }
}
