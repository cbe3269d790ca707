//! The run driver: asks `domain::run::next` for the next step, performs it, saves the run, and repeats.
//!
//! A run is driven in slices of 15 seconds ([`SLICE`]). After a slice the job reschedules itself at once, so
//! that a long run reaches neither the job's timeout nor the end of its lease. Each save names the version of
//! the run that was read. It fails if another writer was faster, and then the run is read again.

use futures_util::future::{Either, join_all, select};
use futures_util::pin_mut;
use serde_json::Value;
use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Duration;
use workbot_domain::agent::result::RunResult;
use workbot_domain::connection::Record;
use workbot_domain::ids::{ActivityId, RunVersion};
use workbot_domain::job_policy::JobOutcome;
use workbot_domain::log_event::Event;
use workbot_domain::present::final_reply::final_message;
use workbot_domain::present::run_message;
use workbot_domain::run::{
    ActionCall, Approval, Ending, Next, Obstacle, ReplyTarget, Run, RunEnd, RunState, SLICE, SOONEST,
    StepRecord, next,
};
use workbot_shared::{AppId, RunId};

use crate::connection::access_token;
use crate::connection::company_connection_access::SharedAccessCache;
use crate::context::VaultCtx;
use crate::error::VaultError;
use crate::installed_catalog::catalog_in;
use crate::job::Job;
use crate::outbox::{
    Delivery, NO_CHAT_AGAIN, PrivateMessage, send, send_private, update_once, update_or_resend,
};
use crate::run::action::{CallResult, call};
use crate::run::progress::{PATIENCE, Progress};
use crate::run::prompt::{PromptResult, ask_approval, ask_input, ask_login, ask_question, enqueue_expiry};
use crate::sql::SqlError;
use crate::workspace;

/// The job that drives a run as far as possible. Shows its progress meanwhile.
///
/// # Errors
/// When the vault is not configured or its database fails.
pub async fn drive(ctx: &Rc<VaultCtx>, id: &RunId) -> Result<JobOutcome, VaultError> {
    let shown = Progress::of(ctx, id);
    let (working, showing) = (drive_slice(ctx, id, &shown), shown.show());
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
    shown.close().await?;
    // The person sees a card until the next attempt, unless that comes in a moment.
    match finish {
        Ok(JobOutcome::Done) => {}
        Ok(JobOutcome::Reschedule(after)) if after < PATIENCE => shown.report_delay(false).await?,
        _ => shown.report_delay(true).await?,
    }
    finish
}

/// Tries connections again that ended after doubtful refusals only, once per slice. Returns whether it tried
/// any. Skipped for a run that only connects an app: its person wants to log in.
async fn retry_doubtful(
    ctx: &Rc<VaultCtx>,
    run: &Run,
    missing: &[AppId],
    tried: &mut BTreeSet<AppId>,
) -> Result<bool, SqlError> {
    let mut again = Vec::new();
    for app in missing.iter().filter(|_| run.connects.is_none()) {
        if ctx.lifecycle(app)?.should_retry_for(run.created_at) && tried.insert(app.clone()) {
            again.push(access_token::access(ctx, app, &run.correlation));
        }
    }
    Ok(!join_all(again).await.is_empty())
}

/// Records the obstacle and schedules the next attempt.
fn postpone(ctx: &VaultCtx, id: &RunId, by: &Obstacle, shown: &Progress<'_>) -> Result<JobOutcome, SqlError> {
    // Read again: a call may have saved the run meanwhile.
    let Some((mut run, version)) = ctx.run(id)? else { return Ok(JobOutcome::Done) };
    let before = run.stalled.clone();
    let again = run.put_off(by, ctx.now(), ctx.random());
    if run.stalled != before {
        ctx.save_run(&run, version)?;
        shown.mark_stale();
    }
    Ok(again.map_or(JobOutcome::Retry, JobOutcome::Reschedule))
}

/// The result of one step.
enum StepResult {
    /// The run has changed: save it and continue.
    Changed,
    /// The run has changed in memory: save it with the next change.
    Unsaved,
    /// The step has saved the run, as this version.
    SavedAs(RunVersion),
    /// The step may have saved the run: read it again.
    Saved,
    /// The run stops for now, with this outcome of its job.
    Stops(JobOutcome),
}

/// The state of one slice.
struct Driver<'a> {
    ctx: &'a Rc<VaultCtx>,
    shown: &'a Progress<'a>,
    shared_cache: SharedAccessCache,
    /// The frozen apps. A list that was just read is used for the first call only.
    frozen: Option<Vec<AppId>>,
    /// The apps whose connections were tried again.
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
            // If another writer was faster, read the run again.
            StepResult::Changed => known = ctx.save_run(&run, version)?.then_some((run, version.next())),
            StepResult::Unsaved => known = Some((run, version)),
            StepResult::SavedAs(version) => known = Some((run, version)),
            StepResult::Saved => {}
            StepResult::Stops(finish) => return Ok(finish),
        }
    }
    Ok(JobOutcome::Reschedule(Duration::ZERO))
}

impl Driver<'_> {
    /// Performs the next step of a run.
    async fn step(&mut self, run: &mut Run, version: RunVersion) -> Result<StepResult, VaultError> {
        let (ctx, catalog) = (self.ctx, catalog_in(run.language));
        let needed = if run.has_expired(ctx.now()) { Vec::new() } else { run.needs_shared(catalog) };
        if let Err(by) = self.shared_cache.fetch(ctx, needed, &run.correlation).await {
            return Ok(StepResult::Stops(postpone(ctx, &run.id, &by, self.shown)?));
        }
        // Read only by a step that asks.
        let read = OnceCell::new();
        let record_of = |run: &Run, app: &AppId| {
            let records = read.get_or_init(|| ctx.records(&run.apps(catalog)));
            records.as_ref().ok().and_then(|records| records.get(app).cloned())
        };
        let connected = |app: &AppId| matches!(record_of(run, app), Some(Record::Connected(_)));
        let unread = OnceCell::new();
        let guardrails = |app: &AppId, writes: u32| {
            ctx.check_guardrails(app, writes, None).unwrap_or_else(|error| {
                let _ = unread.set(error);
                Ok(())
            })
        };
        let shared = |app: &AppId| self.shared_cache.usable(app);
        let next = next(run, catalog, &connected, &shared, &guardrails, ctx.now());
        if let Some(error) = read.get().and_then(|read| read.as_ref().err()).or_else(|| unread.get()) {
            return Err(error.clone().into());
        }
        match next {
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
            Next::AskApproval => return Ok(after_prompt(ask_approval(ctx, run, version).await?)),
            Next::AskQuestion { step } => {
                return Ok(after_prompt(ask_question(ctx, run, version, step).await?));
            }
            Next::GoOn => {
                if let Some(card) = run.state.posted_card() {
                    let account = |app: &AppId| Some(record_of(run, app)?.account().label.clone());
                    let message = run_message::logins_done(run, &account, catalog);
                    update_card(ctx, run, card, message).await?;
                }
                run.resume_after_login();
            }
            Next::End => run.close(RunEnd::Succeeded { reply: String::new(), card: None }),
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
        match send_private(self.ctx, &PrivateMessage::asks(run, &card)).await? {
            Delivery::Sent(_) => {
                enqueue_expiry(self.ctx, run)?;
                run.state = RunState::WaitingConfirmation;
            }
            // Nobody reads the question.
            Delivery::NoChat | Delivery::Blocked => run.close(RunEnd::Unreachable),
            Delivery::Retry(after) => return Ok(StepResult::Stops(JobOutcome::RetryAfter(after))),
        }
        Ok(StepResult::Changed)
    }

    /// Calls an action, unless its app is frozen.
    async fn call(
        &mut self,
        run: &mut Run,
        version: RunVersion,
        action: ActionCall,
    ) -> Result<StepResult, VaultError> {
        let ctx = self.ctx;
        if let Some(agent) = &mut run.agent {
            let Some((grant, policy)) = ctx.live_grant(&agent.grant).await? else {
                run.fail(RunEnd::AgentEnded);
                return Ok(StepResult::Changed);
            };
            // The person or an admin may have withdrawn it while the run waited.
            if agent.approval == Approval::NotNeeded && !policy.lets_without_asking(&grant, &run.recipe) {
                agent.approval = Approval::Needed;
                return Ok(StepResult::Changed);
            }
        }
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
            CallResult::Noted(saved) => {
                // The run may have changed while its card was updated.
                let is_current = !self.shown.update().await?;
                Ok(saved.filter(|_| is_current).map_or(StepResult::Saved, StepResult::SavedAs))
            }
            CallResult::PutOff(by) => Ok(StepResult::Stops(postpone(ctx, &run.id, &by, self.shown)?)),
        }
    }

    /// Sends the reply of a run and closes it.
    async fn send(&self, run: &mut Run, ending: Ending) -> Result<StepResult, VaultError> {
        let (ctx, catalog) = (self.ctx, catalog_in(run.language));
        let message = final_message(run, &ending, catalog);
        let name = run.name(catalog);
        let private_message = PrivateMessage::for_ended_run(run, &message, &name, ending.end.is_success());
        let progress = self.shown.card()?;
        let place = run.reply_place(catalog, progress);
        let told = match &place {
            _ if !run.tells_person(catalog) => Delivery::Sent(ActivityId::default()),
            ReplyTarget::Here => {
                send(ctx, &private_message, ctx.attempt_number(&Job::DriveRun { run: run.id.clone() }.key())?)
                    .await?
            }
            ReplyTarget::InPlaceOf(card) => update_or_resend(ctx, card, &private_message).await?,
            ReplyTarget::Private => send_private(ctx, &private_message).await?,
        };
        // No await from here to the save: all of it is one commit.
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
        if run.agent.is_some() {
            ctx.note_agent_result(&run.id, &RunResult::of_end(run, &ending, catalog))?;
        }
        let (outcome, reason, ms) =
            (ending.end.outcome(), ending.end.as_word(), ctx.millis_since(run.created_at));
        run.close(ending.end);
        ctx.log_of(&run.correlation, &Event::Run { recipe: run.recipe.clone(), outcome, reason, ms });
        Ok(StepResult::Changed)
    }
}

/// Maps the result of a prompt.
fn after_prompt(asked: PromptResult) -> StepResult {
    match asked {
        PromptResult::Done => StepResult::Saved,
        PromptResult::NotNow(after) => StepResult::Stops(JobOutcome::RetryAfter(after)),
    }
}

/// Updates a card of a run with one request. If that fails, a job updates it, and the run continues.
async fn update_card(ctx: &VaultCtx, run: &Run, card: &ActivityId, message: Value) -> Result<(), VaultError> {
    let after = match update_once(ctx, run.words(), &run.conversation, (card, &message)).await? {
        Some(Delivery::Retry(after)) => after.max(SOONEST),
        Some(_) => return Ok(()),
        // The card is gone: a job posts a new one.
        None => Duration::ZERO,
    };
    let (activity, near) = (card.clone(), run.conversation.clone());
    ctx.enqueue(&Job::UpdateMessage { activity, near, message }, ctx.now() + after)?;
    Ok(())
}

/// The job that reports finished work to a person without a chat. Its id is the run's, so it exists once.
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
