//! The driver: asks `domain::run::next` what a run needs, does it, notes what came of it, and asks again.

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
    ActionCall, Ending, Next, Obstacle, ReplyTarget, Run, RunEnd, RunState, SLICE, SOONEST, StepRecord,
    WAIT_TIMEOUT, next,
};
use workbot_shared::{AppId, RunId};

use crate::catalog::catalog_in;
use crate::connection::access;
use crate::connection::shared_access::SharedAccessCache;
use crate::context::{VaultCtx, VaultError};
use crate::job::Job;
use crate::outbox::{
    Delivery, NO_CHAT_AGAIN, PrivateMessage, send, send_private, update_once, update_or_resend,
};
use crate::run::action::{CallResult, call};
use crate::run::progress::{PATIENCE, Progress};
use crate::run::prompt::{PromptResult, ask_input, ask_login};
use crate::sql::SqlError;
use crate::workspace;

/// Brings a run as far as it goes. Meanwhile its person sees that something is going on.
pub async fn drive(ctx: &Rc<VaultCtx>, id: &RunId) -> Result<JobOutcome, VaultError> {
    let shown = Progress::of(ctx, id);
    let (working, showing) = (drive_slice(ctx, id, &shown), shown.show());
    pin_mut!(working, showing);
    let finish = match select(working, showing).await {
        Either::Left((finish, showing)) => {
            // Whoever posts a card has to learn its id.
            if shown.is_posting() {
                showing.await;
            }
            finish
        }
        Either::Right(((), working)) => working.await,
    };
    shown.close().await?;
    // Nobody is left without a word until the next try, unless that comes in a moment.
    match finish {
        Ok(JobOutcome::Done) => {}
        Ok(JobOutcome::Reschedule(after)) if after < PATIENCE => shown.report_delay(false).await?,
        _ => shown.report_delay(true).await?,
    }
    finish
}

/// What was ended by doubt, a later command tries once more; tells whether it did. Who wants to log in, logs in.
async fn retry_doubtful(
    ctx: &Rc<VaultCtx>,
    run: &Run,
    missing: &[AppId],
    tried: &mut BTreeSet<AppId>,
) -> Result<bool, SqlError> {
    let mut again = Vec::new();
    for app in missing.iter().filter(|_| run.connects.is_none()) {
        if ctx.lifecycle(app)?.should_retry_for(run.created_at) && tried.insert(app.clone()) {
            again.push(access::access(ctx, app, &run.correlation));
        }
    }
    Ok(!join_all(again).await.is_empty())
}

/// What becomes of a run that cannot go on now.
fn postpone(ctx: &VaultCtx, id: &RunId, by: &Obstacle, shown: &Progress<'_>) -> Result<JobOutcome, SqlError> {
    // What a call has saved meanwhile counts.
    let Some((mut run, version)) = ctx.run(id)? else { return Ok(JobOutcome::Done) };
    let before = run.stalled.clone();
    let again = run.put_off(by, ctx.now(), ctx.random());
    if run.stalled != before {
        ctx.save_run(&run, version)?;
        shown.mark_stale();
    }
    Ok(again.map_or(JobOutcome::Retry, JobOutcome::Reschedule))
}

/// What a step of a run comes to.
enum StepResult {
    /// The run has changed: it is saved, and goes on.
    Changed,
    /// It goes on as it is now, and is saved with what comes of it.
    Unsaved,
    /// It was saved, and is read anew.
    Saved,
    /// It goes no further for now.
    Stops(JobOutcome),
}

/// What holds for one try at a run.
struct Driver<'a> {
    ctx: &'a Rc<VaultCtx>,
    shown: &'a Progress<'a>,
    shared_cache: SharedAccessCache,
    /// The frozen apps: what was read a moment ago counts for the first call.
    frozen: Option<Vec<AppId>>,
    /// The apps whose doubtful refusals were tried once more.
    tried: BTreeSet<AppId>,
}

async fn drive_slice(ctx: &Rc<VaultCtx>, id: &RunId, shown: &Progress<'_>) -> Result<JobOutcome, VaultError> {
    let (shared_cache, tried) = (SharedAccessCache::default(), BTreeSet::new());
    let mut driver = Driver { ctx, shown, shared_cache, frozen: None, tried };
    let began = ctx.now();
    let mut known = None;
    while ctx.now() < began + SLICE {
        let read = known.take().map_or_else(|| ctx.run(id), |known| Ok(Some(known)))?;
        let Some((mut run, version)) = read else { return Ok(JobOutcome::Done) };
        match driver.step(&mut run, version).await? {
            // What somebody else did meanwhile counts, and is read.
            StepResult::Changed => known = ctx.save_run(&run, version)?.then_some((run, version + 1)),
            StepResult::Unsaved => known = Some((run, version)),
            StepResult::Saved => {}
            StepResult::Stops(finish) => return Ok(finish),
        }
    }
    Ok(JobOutcome::Reschedule(Duration::ZERO))
}

impl Driver<'_> {
    /// Does what a run needs next.
    async fn step(&mut self, run: &mut Run, version: i64) -> Result<StepResult, VaultError> {
        let (ctx, catalog) = (self.ctx, catalog_in(run.language));
        let needed = if run.has_expired(ctx.now()) { Vec::new() } else { run.needs_shared(catalog) };
        if let Err(by) = self.shared_cache.fetch(ctx, needed, &run.correlation).await {
            return Ok(StepResult::Stops(postpone(ctx, &run.id, &by, self.shown)?));
        }
        let records = ctx.records(&run.apps(catalog))?;
        let connected = |app: &AppId| matches!(records.get(app), Some(Record::Connected(_)));
        match next(run, catalog, &connected, &|app| self.shared_cache.usable(app), ctx.now()) {
            Next::Wait => return Ok(StepResult::Stops(JobOutcome::Done)),
            Next::ReadMembership => return self.read_membership(run).await,
            Next::ReadSettings => return self.read_settings(run).await,
            Next::AskInput => return Ok(after_prompt(ask_input(ctx, run, version).await?)),
            Next::AskLogin { missing } => {
                if retry_doubtful(ctx, run, &missing, &mut self.tried).await? {
                    return Ok(StepResult::Saved);
                }
                return Ok(after_prompt(ask_login(ctx, run, version, missing).await?));
            }
            Next::AskConfirmation => return self.ask_confirmation(run).await,
            Next::GoOn => {
                if let Some(card) = run.state.posted_card() {
                    let account = |app: &AppId| Some(records.get(app)?.account().label.clone());
                    let message = run_message::logins_done(run, &account, catalog);
                    update_card(ctx, run, card, message).await?;
                }
                run.resume_after_login();
            }
            Next::End => run.close(RunEnd::Succeeded { reply: String::new() }),
            Next::Skip { step } => run.set(step, StepRecord::Skipped),
            Next::Call(action) => return self.call(run, version, action).await,
            Next::Finish(end) => {
                if let Some(card) = run.state.posted_card() {
                    update_card(ctx, run, card, run_message::ended(run, catalog)).await?;
                }
                run.fail(end);
            }
            Next::Send(ending) => return self.send(run, ending).await,
        }
        Ok(StepResult::Changed)
    }

    async fn read_membership(&self, run: &mut Run) -> Result<StepResult, VaultError> {
        let (lookup, contact, after) = self.ctx.membership(&run.conversation).await?;
        let read = run.with_membership(lookup, contact);
        Ok(if read { StepResult::Unsaved } else { StepResult::Stops(JobOutcome::RetryAfter(after)) })
    }

    async fn read_settings(&mut self, run: &mut Run) -> Result<StepResult, VaultError> {
        let subject = self.ctx.subject()?;
        let Ok(told) = workspace::run_policy(self.ctx, &subject.tenant, &run.recipe).await else {
            return Ok(StepResult::Stops(JobOutcome::Retry));
        };
        run.with_settings(&told.set, &told.frozen, catalog_in(run.language));
        self.frozen = Some(told.frozen);
        Ok(StepResult::Changed)
    }

    async fn ask_confirmation(&self, run: &mut Run) -> Result<StepResult, VaultError> {
        let card = run_message::confirmation(run, catalog_in(run.language));
        if let Delivery::Retry(after) =
            send_private(self.ctx, &PrivateMessage::for_open_run(run, &card)).await?
        {
            return Ok(StepResult::Stops(JobOutcome::RetryAfter(after)));
        }
        self.ctx.enqueue(&Job::ExpireRun { run: run.id.clone() }, run.created_at + WAIT_TIMEOUT)?;
        run.state = RunState::WaitingConfirmation;
        Ok(StepResult::Changed)
    }

    /// Calls an app, unless it is frozen by now.
    async fn call(
        &mut self,
        run: &mut Run,
        version: i64,
        action: ActionCall,
    ) -> Result<StepResult, VaultError> {
        let ctx = self.ctx;
        let frozen = match self.frozen.take() {
            Some(frozen) => frozen,
            None => match workspace::frozen(ctx, &ctx.subject()?.tenant).await {
                Ok(frozen) => frozen,
                Err(_) => return Ok(StepResult::Stops(JobOutcome::Retry)),
            },
        };
        if frozen.contains(&action.app) {
            run.fail(RunEnd::Frozen { app: action.app });
            return Ok(StepResult::Changed);
        }
        match call(ctx, run, version, action, &mut self.shared_cache).await? {
            CallResult::Noted => {
                self.shown.update().await?;
                Ok(StepResult::Saved)
            }
            CallResult::PutOff(by) => Ok(StepResult::Stops(postpone(ctx, &run.id, &by, self.shown)?)),
        }
    }

    /// Tells how a run ends.
    async fn send(&self, run: &mut Run, ending: Ending) -> Result<StepResult, VaultError> {
        let (ctx, catalog) = (self.ctx, catalog_in(run.language));
        let message = text_message(&final_text(run, &ending, catalog));
        let name = run.name(catalog);
        let private_message = PrivateMessage::for_ended_run(run, &message, &name, ending.end.is_success());
        let progress = ctx.progress_of(&run.id)?;
        let place = run.reply_place(catalog, progress);
        let told = match &place {
            ReplyTarget::Here => {
                send(ctx, &private_message, ctx.attempt_number(&Job::DriveRun { run: run.id.clone() })?)
                    .await?
            }
            ReplyTarget::InPlaceOf(card) => update_or_resend(ctx, card, &private_message).await?,
            ReplyTarget::Private => send_private(ctx, &private_message).await?,
        };
        // From here to the save nothing is waited for: it is one commit.
        match told {
            Delivery::Retry(after) => return Ok(StepResult::Stops(JobOutcome::RetryAfter(after))),
            Delivery::NoChat if run.has_written(catalog) => {
                ctx.enqueue(&owed_reply_job(run, message), ctx.now() + NO_CHAT_AGAIN)?;
            }
            _ => {}
        }
        if matches!(place, ReplyTarget::InPlaceOf(_)) {
            ctx.set_progress(&run.id, None)?;
        }
        let (outcome, reason, ms) =
            (ending.end.outcome(), ending.end.as_word(), ctx.millis_since(run.created_at));
        run.close(ending.end);
        ctx.log_of(&run.correlation, &Event::Run { recipe: run.recipe.clone(), outcome, reason, ms });
        Ok(StepResult::Changed)
    }
}

/// After a person was asked for something.
fn after_prompt(asked: PromptResult) -> StepResult {
    match asked {
        PromptResult::Done => StepResult::Saved,
        PromptResult::NotNow(after) => StepResult::Stops(JobOutcome::RetryAfter(after)),
    }
}

/// Replaces a card of a run. It is tried once: where it cannot be now, due work does it, and the run goes on.
async fn update_card(ctx: &VaultCtx, run: &Run, card: &str, message: Value) -> Result<(), VaultError> {
    let after = match update_once(ctx, run.words(), &run.conversation, (card, &message)).await? {
        Some(Delivery::Retry(after)) => after.max(SOONEST),
        Some(_) => return Ok(()),
        // It is gone, and is posted anew.
        None => Duration::ZERO,
    };
    let (activity, near) = (card.to_owned(), run.conversation.clone());
    ctx.enqueue(&Job::UpdateMessage { activity, near, message }, ctx.now() + after)?;
    Ok(())
}

/// The reply of a run that wrote, as due work: once per run.
fn owed_reply_job(run: &Run, message: Value) -> Job {
    Job::SendMessage {
        id: run.id.to_string(),
        conversation: run.conversation.clone(),
        person: run.person.clone(),
        language: run.language,
        message,
        here: false,
        owed: true,
    }
}
