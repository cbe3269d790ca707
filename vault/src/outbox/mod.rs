//! The outbox: messages are sent, updated and deleted, in the conversation of a command or where the person
//! reads alone.
//!
//! A delivery ends in one of three ways: sent; to be retried by a job, not before a pause; or impossible in
//! that conversation, and then another one is tried:
//!
//! 1. A private message goes to the conversation of the command as a targeted message, which the person alone
//!    sees, then to the personal chat (`domain::targeted_message`).
//! 2. If those are gone, the personal chat is created again, once.
//! 3. If Teams rejects the message itself, a short text is sent in its place.
//! 4. If no private message is possible, the conversation of the command gets a hint, once per run.
//!
//! `domain::connector_response` decides what each response of the connector means.

pub mod personal_chat;
mod targeted_refusal;

use futures_util::future::{Either, select};
use futures_util::pin_mut;
use serde_json::Value;
use std::time::Duration;
use workbot_domain::activity::Conversation;
use workbot_domain::ids::ActivityId;
use workbot_domain::job_policy::JobOutcome;
use workbot_domain::log_event::{Cause, Event};
use workbot_domain::present::outgoing_activity::text_message;
use workbot_domain::present::text::{RunReply, Texts, shortened};
use workbot_domain::run::announce_after;
use workbot_domain::run::{Announced, Hint, Run, hint, is_announced};
use workbot_domain::targeted_message::{Fallback, fallback};

use crate::clients::connector::{Connector, SendError, TRIES};
use crate::context::VaultCtx;
use crate::error::VaultError;
use crate::installed_catalog::catalog_in;
use crate::job::Job;
use crate::outbox::targeted_refusal::Posted;
use crate::sql::SqlError;

/// The first pause before finished work is reported again to a person without a chat.
pub const NO_CHAT_AGAIN: Duration = Duration::from_secs(15);
/// How often a message is sent at most if each response was a web page: the connector may have posted it.
const MOST_DOUBTED: i64 = 3;
/// After this many attempts in a conversation, the message goes to the person alone.
const TRIES_HERE: i64 = 2;

/// The role of a message in a run.
#[derive(Clone, Copy)]
enum MessageRole<'a> {
    /// The run asks for something, or shows its progress.
    Way,
    /// The run ends. Holds its name and whether it succeeded.
    Ends(&'a str, bool),
}

/// The result of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// Sent. Holds the activity id, which is empty if the connector named none.
    Sent(ActivityId),
    /// Retry, but not before this pause.
    Retry(Duration),
    /// The person has no chat with the bot, and none can be created now.
    NoChat,
    /// The bot may not write to the person.
    Blocked,
}

/// A message for one person, and its context.
pub struct PrivateMessage<'a> {
    words: Texts,
    near: &'a Conversation,
    person: &'a str,
    message: &'a Value,
    /// The run that it belongs to, and its role there.
    run: Option<(&'a Run, MessageRole<'a>)>,
    /// Whether the conversation of the command is told where to look.
    announce: bool,
    /// Whether the conversation of the command gets a hint if no private message is possible.
    hints: bool,
    /// The key of the job that sends it and counts the web pages in response. `None` for a best-effort
    /// message.
    job: Option<String>,
}

impl<'a> PrivateMessage<'a> {
    fn of(run: &'a Run, message: &'a Value, part: MessageRole<'a>) -> Self {
        let (words, near, person) = (run.words(), &run.conversation, run.person.as_str());
        let job = Some(Job::DriveRun { run: run.id.clone() }.key());
        Self { words, near, person, message, run: Some((run, part)), announce: true, hints: true, job }
    }

    /// A message by which a run asks for something.
    pub fn asks(run: &'a Run, message: &'a Value) -> Self {
        Self::of(run, message, MessageRole::Way)
    }

    /// The progress card of a run. Best effort.
    pub fn shows(run: &'a Run, message: &'a Value) -> Self {
        Self { job: None, ..Self::of(run, message, MessageRole::Way) }
    }

    /// The reply that ends a run.
    pub fn for_ended_run(run: &'a Run, message: &'a Value, name: &'a str, ok: bool) -> Self {
        Self::of(run, message, MessageRole::Ends(name, ok))
    }

    fn run(&self) -> Option<&'a Run> {
        self.run.map(|(run, _)| run)
    }

    fn end(&self) -> Option<RunReply<'a>> {
        match self.run {
            Some((run, MessageRole::Ends(name, ok))) => Some(RunReply { name, ok, link: run.link() }),
            _ => None,
        }
    }

    /// The short text that is sent if Teams rejects the message.
    fn short(&self) -> Value {
        text_message(&shortened(self.words, self.end(), self.message))
    }

    /// How long the delivery may take before the conversation of the command is told that it takes longer.
    fn patience(&self, ctx: &VaultCtx) -> Duration {
        announce_after(self.run().map_or(Duration::ZERO, |run| ctx.now().since(run.created_at)))
    }

    /// Whether the conversation of the command must still be told where to look. Noted at once: a run may
    /// show its progress and end at the same time.
    fn begin_announcement(&self, ctx: &VaultCtx) -> Result<bool, SqlError> {
        // Nothing is read for a chat that is the person's own.
        let announce =
            self.announce && !self.near.is_private() && is_announced(self.near, ctx.announced(self.run())?);
        if announce {
            ctx.note_announced(self.run(), Announced::Private)?;
        }
        Ok(announce)
    }

    /// The hint for the conversation of the command if no private message is possible. `None` if it was given
    /// already.
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

/// The result of a request. A job that got a web page sends the message again, at most [`MOST_DOUBTED`]
/// times.
fn delivery(
    ctx: &VaultCtx,
    posted: Result<ActivityId, SendError>,
    job: Option<&String>,
) -> Result<Delivery, SqlError> {
    Ok(match posted {
        Ok(activity) => Delivery::Sent(activity),
        Err(SendError::Later { after, .. }) => Delivery::Retry(after),
        Err(SendError::Doubtful(_)) => match job {
            // Counts as sent. The message has no id, so it cannot be updated.
            Some(job) if ctx.doubted(job)? >= MOST_DOUBTED => Delivery::Sent(ActivityId::default()),
            _ => Delivery::Retry(Duration::ZERO),
        },
        Err(SendError::Gone(_)) => Delivery::NoChat,
        Err(_) => Delivery::Blocked,
    })
}

/// Sends a message to a person alone. The others in a channel or group chat see nothing private: only that
/// the bot wrote to the person in their personal chat, will write to them, or cannot. They see nothing of a
/// targeted message.
///
/// The announcements are sent in the background, so that the caller can commit the delivery first.
///
/// # Errors
/// When the vault is not configured or its database fails.
pub async fn send_private(
    ctx: &VaultCtx,
    private_message: &PrivateMessage<'_>,
) -> Result<Delivery, VaultError> {
    let near = private_message.near;
    let short = || private_message.short();
    let begin = || private_message.begin_announcement(ctx);
    // `None`: not decided yet. A targeted message needs no announcement.
    let mut announce = match ctx.places_to_send(near)?.first() {
        Some(first) if first.targeted.is_some() => None,
        _ => Some(begin()?),
    };
    let posting = post_private(ctx, near, private_message.message, &short, private_message.job.as_ref());
    pin_mut!(posting);
    let posted = if announce == Some(false) {
        posting.await?
    } else {
        let waiting = ctx.sleep(private_message.patience(ctx));
        pin_mut!(waiting);
        match select(posting, waiting).await {
            Either::Left((posted, _)) => posted?,
            Either::Right(((), posting)) => {
                if announce.map_or_else(begin, Ok)? {
                    ctx.send_once(near, &private_message.words.will_write(private_message.person));
                }
                announce = Some(false);
                posting.await?
            }
        }
    };
    if let Err(problem) = &posted
        && !matches!(problem, SendError::Later { .. })
    {
        ctx.log(&Event::SendFailed { cause: Cause::of(problem) });
    }
    let is_targeted = matches!(&posted, Ok(posted) if posted.is_targeted);
    let delivery = delivery(ctx, posted.map(|posted| posted.activity), private_message.job.as_ref())?;
    match &delivery {
        Delivery::NoChat | Delivery::Blocked => {
            if let Some(hint) = private_message.hint(ctx)? {
                ctx.note_announced(private_message.run(), Announced::Cannot)?;
                ctx.send_in_background(near, &hint);
            }
        }
        Delivery::Sent(_) if is_targeted => {}
        Delivery::Sent(_) => {
            if announce.map_or_else(begin, Ok)? {
                ctx.send_once(near, &private_message.words.wrote_in_private(private_message.person));
            }
        }
        Delivery::Retry(_) => {
            if announce.map_or_else(begin, Ok)? {
                ctx.send_once(near, &private_message.words.will_write(private_message.person));
            }
        }
    }
    Ok(delivery)
}

/// Sends a message where the person reads alone. Creates the personal chat again if it is gone, once. If that
/// is impossible, a conversation that has refused targeted messages is asked again.
async fn post_private(
    ctx: &VaultCtx,
    near: &Conversation,
    message: &Value,
    short: &dyn Fn() -> Value,
    job: Option<&String>,
) -> Result<Result<Posted, SendError>, VaultError> {
    let config = ctx.config()?;
    let connector = ctx.connector(&config);
    let mut tried = ctx.places_to_send(near)?;
    let mut places = tried.clone();
    while !places.is_empty() {
        for place in &places {
            let is_targeted = place.targeted.is_some();
            match post_or_short(&connector, place, message, short).await {
                Ok(activity) => return Ok(Ok(ctx.posted(near, activity, is_targeted)?)),
                Err(problem) if is_targeted => {
                    let attempt = job.map(|job| ctx.attempt_number(job)).transpose()?.unwrap_or(1);
                    match fallback(near, problem.of_targeted(), attempt) {
                        Fallback::Retry => return Ok(Err(problem)),
                        Fallback::NextPlace { refused: true } => ctx.note_targeted_refusal(near)?,
                        Fallback::NextPlace { refused: false } => {}
                    }
                }
                Err(SendError::Gone(_)) => {}
                Err(problem) => return Ok(Err(problem)),
            }
        }
        // Another delivery may have created the chat meanwhile.
        places = ctx.places_to_send(near)?.into_iter().filter(|place| !tried.contains(place)).collect();
        tried.extend(places.iter().cloned());
    }
    let (place, otherwise) = match ctx.create_personal_chat(near).await? {
        Ok(chat) => (chat, None),
        Err(problem) => match near.targeted().filter(|place| !tried.contains(place)) {
            Some(place) if ctx.knows_targeted(near) => (place, Some(problem)),
            _ => return Ok(Err(problem)),
        },
    };
    match post_or_short(&connector, &place, message, short).await {
        Ok(activity) => Ok(Ok(ctx.posted(near, activity, place.targeted.is_some())?)),
        Err(problem) => Ok(Err(otherwise.unwrap_or(problem))),
    }
}

/// Sends a message, or a short text if Teams rejects the message. If Teams rejects the short text too, the
/// conversation is unusable.
async fn post_or_short(
    connector: &Connector<'_>,
    to: &Conversation,
    message: &Value,
    short: &dyn Fn() -> Value,
) -> Result<ActivityId, SendError> {
    match connector.post(to, message).await {
        Err(SendError::Unfit(_)) => match connector.post(to, &short()).await {
            Err(SendError::Unfit(status)) => Err(SendError::Gone(status)),
            posted => posted,
        },
        posted => posted,
    }
}

/// A message that a job sends.
pub struct OutgoingMessage<'a> {
    /// The key of the job.
    pub job: String,
    /// The texts in the person's language.
    pub words: Texts,
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
pub async fn run_send_job(
    ctx: &VaultCtx,
    outgoing: &OutgoingMessage<'_>,
    tries: i64,
) -> Result<JobOutcome, VaultError> {
    let OutgoingMessage { words, to, person, message, here, owed, .. } = *outgoing;
    let announce = tries <= 1 && !owed;
    let job = Some(outgoing.job.clone());
    let private_message =
        PrivateMessage { words, near: to, person, message, run: None, announce, hints: !owed, job };
    let delivery = if here && !to.is_private() {
        send(ctx, &private_message, tries).await?
    } else {
        send_private(ctx, &private_message).await?
    };
    Ok(match delivery {
        Delivery::Retry(after) => JobOutcome::RetryAfter(after),
        Delivery::NoChat if owed => JobOutcome::RetryAfter(NO_CHAT_AGAIN),
        _ => JobOutcome::Done,
    })
}

/// Sends a message to a whole conversation, or to the person alone if the conversation does not accept it in
/// time.
///
/// # Errors
/// When the vault is not configured or its database fails.
pub async fn send(
    ctx: &VaultCtx,
    private_message: &PrivateMessage<'_>,
    tries: i64,
) -> Result<Delivery, VaultError> {
    let config = ctx.config()?;
    let short = || private_message.short();
    let posted =
        post_or_short(&ctx.connector(&config), private_message.near, private_message.message, &short).await;
    // The message may be in the conversation already, so it goes nowhere else.
    let doubted = matches!(posted, Err(SendError::Doubtful(_)));
    match delivery(ctx, posted, private_message.job.as_ref())? {
        delivery @ Delivery::Sent(_) => Ok(delivery),
        delivery @ Delivery::Retry(_) if doubted || tries < TRIES_HERE => Ok(delivery),
        here => match delivery(
            ctx,
            post_private(
                ctx,
                private_message.near,
                private_message.message,
                &short,
                private_message.job.as_ref(),
            )
            .await?
            .map(|posted| posted.activity),
            private_message.job.as_ref(),
        )? {
            Delivery::NoChat | Delivery::Blocked if matches!(here, Delivery::Retry(_)) => Ok(here),
            delivery => Ok(delivery),
        },
    }
}

/// Updates a message that the person reads alone. If it is gone, a new one is sent.
///
/// # Errors
/// When the vault is not configured or its database fails.
pub async fn update(
    ctx: &VaultCtx,
    words: Texts,
    near: &Conversation,
    (activity, message): (&ActivityId, &Value),
    job: &Job,
) -> Result<Delivery, VaultError> {
    let short = || text_message(&shortened(words, None, message));
    match try_update(ctx, near, activity, (message, &short), TRIES).await? {
        Some(delivery) => Ok(delivery),
        None => {
            let key = job.key();
            let posted = post_private(ctx, near, message, &short, Some(&key)).await?;
            Ok(delivery(ctx, posted.map(|posted| posted.activity), Some(&key))?)
        }
    }
}

/// Updates a message with one request. `None` if it is gone.
///
/// # Errors
/// When the vault is not configured or its database fails.
pub async fn update_once(
    ctx: &VaultCtx,
    words: Texts,
    near: &Conversation,
    (activity, message): (&ActivityId, &Value),
) -> Result<Option<Delivery>, VaultError> {
    let short = || text_message(&shortened(words, None, message));
    try_update(ctx, near, activity, (message, &short), 1).await
}

/// Updates a message; each request is sent at most `tries` times. `None` if the message is gone.
async fn try_update(
    ctx: &VaultCtx,
    near: &Conversation,
    activity: &ActivityId,
    (message, short): (&Value, &dyn Fn() -> Value),
    tries: u32,
) -> Result<Option<Delivery>, VaultError> {
    // The connector named no id for this message.
    if activity.as_str().is_empty() {
        return Ok(None);
    }
    let config = ctx.config()?;
    let connector = ctx.connector(&config);
    for place in ctx.places_to_change(near)? {
        let put = match connector.update(&place, activity, message, tries).await {
            Err(SendError::Unfit(_)) => connector.update(&place, activity, &short(), tries).await,
            put => put,
        };
        match put {
            Ok(()) => return Ok(Some(Delivery::Sent(activity.clone()))),
            Err(SendError::Later { after, .. }) => return Ok(Some(Delivery::Retry(after))),
            // Updating twice has the same result, so a retry is safe.
            Err(SendError::Doubtful(_)) => return Ok(Some(Delivery::Retry(Duration::ZERO))),
            Err(_) => {}
        }
    }
    Ok(None)
}

/// The job that updates a message.
///
/// # Errors
/// When the vault is not configured or its database fails.
pub async fn run_update_job(
    ctx: &VaultCtx,
    near: &Conversation,
    replaced: (&ActivityId, &Value),
    job: &Job,
) -> Result<JobOutcome, VaultError> {
    let words = Texts(ctx.last_language()?.unwrap_or_default());
    let delivery = update(ctx, words, near, replaced, job).await?;
    Ok(if let Delivery::Retry(after) = delivery { JobOutcome::RetryAfter(after) } else { JobOutcome::Done })
}

/// Updates a message that still exists. Best effort: sent once, failures of the connector are ignored.
///
/// # Errors
/// When the vault is not configured or its database fails.
pub async fn update_best_effort(
    ctx: &VaultCtx,
    near: &Conversation,
    activity: &ActivityId,
    message: &Value,
) -> Result<(), VaultError> {
    try_update(ctx, near, activity, (message, &|| message.clone()), 1).await.map(|_| ())
}

/// Deletes a message that the person reads alone. Best effort: failures of the connector are ignored.
///
/// # Errors
/// When the vault is not configured or its database fails.
pub async fn delete(ctx: &VaultCtx, near: &Conversation, activity: &ActivityId) -> Result<(), VaultError> {
    let config = ctx.config()?;
    // The conversation of the message is not stored, so all of them are tried.
    for place in ctx.places_to_change(near)? {
        let _ = (ctx.connector(&config)).delete(&place, activity).await;
    }
    Ok(())
}

/// Replaces a message by a run's next one. If the old one is gone, the new one is sent.
///
/// # Errors
/// When the vault is not configured or its database fails.
pub async fn update_or_resend(
    ctx: &VaultCtx,
    activity: &ActivityId,
    private_message: &PrivateMessage<'_>,
) -> Result<Delivery, VaultError> {
    match try_update(
        ctx,
        private_message.near,
        activity,
        (private_message.message, &|| private_message.short()),
        TRIES,
    )
    .await?
    {
        Some(delivery) => Ok(delivery),
        None => send_private(ctx, private_message).await,
    }
}

/// Sends the typing indicator, unless the command was a targeted message: the indicator would be visible to
/// all. Best effort.
pub async fn send_typing(ctx: &VaultCtx, at: &Conversation) {
    let Ok(config) = ctx.config() else { return };
    if at.targeted.is_none() {
        let _ = (ctx.connector(&config)).typing(at).await;
    }
}
