//! The run driver: asks `domain::run::next` for the next step, performs it, saves the run, and repeats.
//!
//! A run is driven in slices of 15 seconds ([`SLICE`]). After a slice the job reschedules itself at once, so
//! that a long run reaches neither the job's timeout nor the end of its lease. Each save names the version of
//! the run that was read. It fails if another writer was faster, and then the run is read again.

use futures_util::future::{Either, join_all, select};
use futures_util::pin_mut;
use serde_json::Value;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Duration;
use workbot_domain::connection::Record;
use workbot_domain::event::Event;
use workbot_domain::jobs::JobOutcome;
use workbot_domain::present::message::text_message;
use workbot_domain::present::run_message;
use workbot_domain::present::run_reply::final_text;
use workbot_domain::run::{
    ActionCall, Ending, Next, Obstacle, ReplyPlace, Run, RunEnd, RunState, SLICE, SOONEST, StepRecord,
    WAITS_FOR, next,
};
use workbot_shared::{AppId, RunId};

use crate::catalog::catalog_in;
use crate::connection::access;
use crate::connection::shared_access::Borrowed;
use crate::context::{VaultCtx, VaultError};
use crate::job::Job;
use crate::outbox::{NO_CHAT_AGAIN, Telling, Told, replace_once, retell, say_here, tell};
use crate::run::action::{Called, call};
use crate::run::progress::{PATIENCE, Progress};
use crate::run::prompt::{Asked, ask_input, ask_login};
use crate::sql::SqlError;
use crate::workspace;

/// The job that drives a run as far as possible. Shows its progress meanwhile.
///
/// # Errors
/// When the vault is not configured or its database fails.
pub async fn drive(ctx: &Rc<VaultCtx>, id: &RunId) -> Result<JobOutcome, VaultError> {
    let shown = Progress::of(ctx, id);
    let (working, showing) = (go_on(ctx, id, &shown), shown.show());
    pin_mut!(working, showing);
    let finish = match select(working, showing).await {
        Either::Left((finish, showing)) => {
            // A card that is being posted must be awaited, to learn its id.
            if shown.is_posting() {
                showing.await;
            }
            finish
        }
        Either::Right(((), working)) => working.await,
    };
    shown.settle().await?;
    // The person sees a card until the next attempt, unless that comes in a moment.
    match finish {
        Ok(JobOutcome::Done) => {}
        Ok(JobOutcome::Reschedule(after)) if after < PATIENCE => shown.keep_posted(false).await?,
        _ => shown.keep_posted(true).await?,
    }
    finish
}

/// Tries connections again that ended after doubtful refusals only, once per slice. Returns whether it tried
/// any. Skipped for a run that only connects an app: its person wants to log in.
async fn try_again(
    ctx: &Rc<VaultCtx>,
    run: &Run,
    missing: &[AppId],
    tried: &mut BTreeSet<AppId>,
) -> Result<bool, SqlError> {
    let mut again = Vec::new();
    for app in missing.iter().filter(|_| run.connects.is_none()) {
        if ctx.lifecycle(app)?.is_to_be_tried(run.created_at) && tried.insert(app.clone()) {
            again.push(access::access(ctx, app, &run.correlation));
        }
    }
    Ok(!join_all(again).await.is_empty())
}

/// Records the obstacle and schedules the next attempt.
fn put_off(ctx: &VaultCtx, id: &RunId, by: &Obstacle, shown: &Progress<'_>) -> Result<JobOutcome, SqlError> {
    // Read again: a call may have saved the run meanwhile.
    let Some((mut run, version)) = ctx.run(id)? else { return Ok(JobOutcome::Done) };
    let before = run.held_up.clone();
    let again = run.put_off(by, ctx.now(), ctx.random());
    if run.held_up != before {
        ctx.save_run(&run, version)?;
        shown.outdate();
    }
    Ok(again.map_or(JobOutcome::Retry, JobOutcome::Reschedule))
}

/// The result of one step.
enum Driven {
    /// The run has changed: save it and continue.
    Changed,
    /// The run has changed in memory: save it with the next change.
    Unsaved,
    /// The step has saved the run: read it again.
    Saved,
    /// The run stops for now, with this outcome of its job.
    Stops(JobOutcome),
}

/// The state of one slice.
struct Driver<'a> {
    ctx: &'a Rc<VaultCtx>,
    shown: &'a Progress<'a>,
    borrowed: Borrowed,
    /// The frozen apps. A list that was just read is used for the first call only.
    frozen: Option<Vec<AppId>>,
    /// The apps whose connections were tried again.
    tried: BTreeSet<AppId>,
}

async fn go_on(ctx: &Rc<VaultCtx>, id: &RunId, shown: &Progress<'_>) -> Result<JobOutcome, VaultError> {
    let (borrowed, tried) = (Borrowed::default(), BTreeSet::new());
    let mut driver = Driver { ctx, shown, borrowed, frozen: None, tried };
    let began = ctx.now();
    let mut known = None;
    while ctx.now() < began + SLICE {
        let read = known.take().map_or_else(|| ctx.run(id), |known| Ok(Some(known)))?;
        let Some((mut run, version)) = read else { return Ok(JobOutcome::Done) };
        match driver.step(&mut run, version).await? {
            // If another writer was faster, read the run again.
            Driven::Changed => known = ctx.save_run(&run, version)?.then_some((run, version + 1)),
            Driven::Unsaved => known = Some((run, version)),
            Driven::Saved => {}
            Driven::Stops(finish) => return Ok(finish),
        }
    }
    Ok(JobOutcome::Reschedule(Duration::ZERO))
}

impl Driver<'_> {
    /// Performs the next step of a run.
    async fn step(&mut self, run: &mut Run, version: i64) -> Result<Driven, VaultError> {
        let (ctx, catalog) = (self.ctx, catalog_in(run.language));
        let needed = if run.has_lapsed(ctx.now()) { Vec::new() } else { run.needs_shared(catalog) };
        if let Err(by) = self.borrowed.fetch(ctx, needed, &run.correlation).await {
            return Ok(Driven::Stops(put_off(ctx, &run.id, &by, self.shown)?));
        }
        let records = ctx.records(&run.apps(catalog))?;
        let connected = |app: &AppId| matches!(records.get(app), Some(Record::Connected(_)));
        match next(run, catalog, &connected, &|app| self.borrowed.usable(app), ctx.now()) {
            Next::Wait => return Ok(Driven::Stops(JobOutcome::Done)),
            Next::ReadStanding => return self.read_standing(run).await,
            Next::ReadSettings => return self.read_settings(run).await,
            Next::AskInput => return Ok(asked(ask_input(ctx, run, version).await?)),
            Next::AskLogin { missing } => {
                if try_again(ctx, run, &missing, &mut self.tried).await? {
                    return Ok(Driven::Saved);
                }
                return Ok(asked(ask_login(ctx, run, version, missing).await?));
            }
            Next::AskStillWanted => return self.ask_still_wanted(run).await,
            Next::GoOn => {
                if let Some(card) = run.state.posted() {
                    let account = |app: &AppId| Some(records.get(app)?.account().label.clone());
                    let message = run_message::logins_done(run, &account, catalog);
                    replace_in_time(ctx, run, card, message).await?;
                }
                run.go_on();
            }
            Next::End => run.close(RunEnd::Succeeded { reply: String::new() }),
            Next::Skip { step } => run.set(step, StepRecord::Skipped),
            Next::Call(action) => return self.call(run, version, action).await,
            Next::Finish(end) => {
                if let Some(card) = run.state.posted() {
                    replace_in_time(ctx, run, card, run_message::ended(run, catalog)).await?;
                }
                run.fail(end);
            }
            Next::Send(ending) => return self.send(run, ending).await,
        }
        Ok(Driven::Changed)
    }

    async fn read_standing(&self, run: &mut Run) -> Result<Driven, VaultError> {
        let (lookup, contact, after) = self.ctx.standing(&run.conversation).await?;
        let read = run.with_standing(lookup, contact);
        Ok(if read { Driven::Unsaved } else { Driven::Stops(JobOutcome::RetryAfter(after)) })
    }

    async fn read_settings(&mut self, run: &mut Run) -> Result<Driven, VaultError> {
        let subject = self.ctx.subject()?;
        let Ok(told) = workspace::for_run(self.ctx, &subject.tenant, &run.recipe).await else {
            return Ok(Driven::Stops(JobOutcome::Retry));
        };
        run.with_settings(&told.set, &told.frozen, catalog_in(run.language));
        self.frozen = Some(told.frozen);
        Ok(Driven::Changed)
    }

    async fn ask_still_wanted(&self, run: &mut Run) -> Result<Driven, VaultError> {
        let card = run_message::still_wanted(run, catalog_in(run.language));
        if let Told::NotNow(after) = tell(self.ctx, &Telling::on_the_way(run, &card)).await? {
            return Ok(Driven::Stops(JobOutcome::RetryAfter(after)));
        }
        self.ctx.enqueue(&Job::Lapse { run: run.id.clone() }, run.created_at + WAITS_FOR)?;
        run.state = RunState::WaitingConsent;
        Ok(Driven::Changed)
    }

    /// Calls an action, unless its app is frozen.
    async fn call(&mut self, run: &mut Run, version: i64, action: ActionCall) -> Result<Driven, VaultError> {
        let ctx = self.ctx;
        let frozen = match self.frozen.take() {
            Some(frozen) => frozen,
            None => match workspace::frozen(ctx, &ctx.subject()?.tenant).await {
                Ok(frozen) => frozen,
                Err(_) => return Ok(Driven::Stops(JobOutcome::Retry)),
            },
        };
        if frozen.contains(&action.app) {
            run.fail(RunEnd::Frozen { app: action.app });
            return Ok(Driven::Changed);
        }
        match call(ctx, run, version, action, &mut self.borrowed).await? {
            Called::Noted => {
                self.shown.renew().await?;
                Ok(Driven::Saved)
            }
            Called::PutOff(by) => Ok(Driven::Stops(put_off(ctx, &run.id, &by, self.shown)?)),
        }
    }

    /// Sends the reply of a run and closes it.
    async fn send(&self, run: &mut Run, ending: Ending) -> Result<Driven, VaultError> {
        let (ctx, catalog) = (self.ctx, catalog_in(run.language));
        let message = text_message(&final_text(run, &ending, catalog));
        let name = run.name(catalog);
        let telling = Telling::ends(run, &message, &name, ending.end.is_success());
        let progress = ctx.progress_of(&run.id)?;
        let place = run.reply_place(catalog, progress);
        let told = match &place {
            ReplyPlace::Here => {
                say_here(ctx, &telling, ctx.tries(&Job::Run { run: run.id.clone() })?).await?
            }
            ReplyPlace::InPlaceOf(card) => retell(ctx, card, &telling).await?,
            ReplyPlace::Private => tell(ctx, &telling).await?,
        };
        // No await from here to the save: all of it is one commit.
        match told {
            Told::NotNow(after) => return Ok(Driven::Stops(JobOutcome::RetryAfter(after))),
            Told::NoChat if run.has_written(catalog) => {
                ctx.enqueue(&owed(run, message), ctx.now() + NO_CHAT_AGAIN)?;
            }
            _ => {}
        }
        if matches!(place, ReplyPlace::InPlaceOf(_)) {
            ctx.set_progress(&run.id, None)?;
        }
        let (outcome, reason, ms) =
            (ending.end.outcome(), ending.end.as_word(), ctx.millis_since(run.created_at));
        run.close(ending.end);
        ctx.log_of(&run.correlation, &Event::Run { recipe: run.recipe.clone(), outcome, reason, ms });
        Ok(Driven::Changed)
    }
}

/// Maps the result of a prompt.
fn asked(asked: Asked) -> Driven {
    match asked {
        Asked::Done => Driven::Saved,
        Asked::NotNow(after) => Driven::Stops(JobOutcome::RetryAfter(after)),
    }
}

/// Updates a card of a run with one request. If that fails, a job updates it, and the run continues.
async fn replace_in_time(ctx: &VaultCtx, run: &Run, card: &str, message: Value) -> Result<(), VaultError> {
    let after = match replace_once(ctx, run.words(), &run.conversation, (card, &message)).await? {
        Some(Told::NotNow(after)) => after.max(SOONEST),
        Some(_) => return Ok(()),
        // The card is gone: a job posts a new one.
        None => Duration::ZERO,
    };
    let (activity, near) = (card.to_owned(), run.conversation.clone());
    ctx.enqueue(&Job::Replace { activity, near, message }, ctx.now() + after)?;
    Ok(())
}

/// The job that reports finished work to a person without a chat. Its id is the run's, so it exists once.
fn owed(run: &Run, message: Value) -> Job {
    Job::Say {
        id: run.id.to_string(),
        conversation: run.conversation.clone(),
        person: run.person.clone(),
        language: run.language,
        message,
        here: false,
        owed: true,
    }
}
