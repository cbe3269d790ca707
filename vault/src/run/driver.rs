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
use crate::outbox::{Delivery, NO_CHAT_AGAIN, PrivateMessage, replace_once, retell, say_here, tell};
use crate::run::action::{CallResult, call};
use crate::run::progress::{PATIENCE, Progress};
use crate::run::prompt::{PromptResult, ask_input, ask_login};
use crate::sql::SqlError;
use crate::workspace;

/// Brings a run as far as it goes. Meanwhile its person sees that something is going on.
pub async fn drive(ctx: &Rc<VaultCtx>, id: &RunId) -> Result<JobOutcome, VaultError> {
    let shown = Progress::of(ctx, id);
    let (working, showing) = (go_on(ctx, id, &shown), shown.show());
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
    shown.settle().await?;
    // Nobody is left without a word until the next try, unless that comes in a moment.
    match finish {
        Ok(JobOutcome::Done) => {}
        Ok(JobOutcome::Reschedule(after)) if after < PATIENCE => shown.keep_posted(false).await?,
        _ => shown.keep_posted(true).await?,
    }
    finish
}

/// What was ended by doubt, a later command tries once more; tells whether it did. Who wants to log in, logs in.
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

/// What becomes of a run that cannot go on now.
fn put_off(ctx: &VaultCtx, id: &RunId, by: &Obstacle, shown: &Progress<'_>) -> Result<JobOutcome, SqlError> {
    // What a call has saved meanwhile counts.
    let Some((mut run, version)) = ctx.run(id)? else { return Ok(JobOutcome::Done) };
    let before = run.held_up.clone();
    let again = run.put_off(by, ctx.now(), ctx.random());
    if run.held_up != before {
        ctx.save_run(&run, version)?;
        shown.outdate();
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
    borrowed: SharedAccessCache,
    /// The frozen apps: what was read a moment ago counts for the first call.
    frozen: Option<Vec<AppId>>,
    /// The apps whose doubtful refusals were tried once more.
    tried: BTreeSet<AppId>,
}

async fn go_on(ctx: &Rc<VaultCtx>, id: &RunId, shown: &Progress<'_>) -> Result<JobOutcome, VaultError> {
    let (borrowed, tried) = (SharedAccessCache::default(), BTreeSet::new());
    let mut driver = Driver { ctx, shown, borrowed, frozen: None, tried };
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
        let needed = if run.has_lapsed(ctx.now()) { Vec::new() } else { run.needs_shared(catalog) };
        if let Err(by) = self.borrowed.fetch(ctx, needed, &run.correlation).await {
            return Ok(StepResult::Stops(put_off(ctx, &run.id, &by, self.shown)?));
        }
        let records = ctx.records(&run.apps(catalog))?;
        let connected = |app: &AppId| matches!(records.get(app), Some(Record::Connected(_)));
        match next(run, catalog, &connected, &|app| self.borrowed.usable(app), ctx.now()) {
            Next::Wait => return Ok(StepResult::Stops(JobOutcome::Done)),
            Next::ReadStanding => return self.read_standing(run).await,
            Next::ReadSettings => return self.read_settings(run).await,
            Next::AskInput => return Ok(asked(ask_input(ctx, run, version).await?)),
            Next::AskLogin { missing } => {
                if try_again(ctx, run, &missing, &mut self.tried).await? {
                    return Ok(StepResult::Saved);
                }
                return Ok(asked(ask_login(ctx, run, version, missing).await?));
            }
            Next::AskConfirmation => return self.ask_still_wanted(run).await,
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
        Ok(StepResult::Changed)
    }

    async fn read_standing(&self, run: &mut Run) -> Result<StepResult, VaultError> {
        let (lookup, contact, after) = self.ctx.standing(&run.conversation).await?;
        let read = run.with_standing(lookup, contact);
        Ok(if read { StepResult::Unsaved } else { StepResult::Stops(JobOutcome::RetryAfter(after)) })
    }

    async fn read_settings(&mut self, run: &mut Run) -> Result<StepResult, VaultError> {
        let subject = self.ctx.subject()?;
        let Ok(told) = workspace::for_run(self.ctx, &subject.tenant, &run.recipe).await else {
            return Ok(StepResult::Stops(JobOutcome::Retry));
        };
        run.with_settings(&told.set, &told.frozen, catalog_in(run.language));
        self.frozen = Some(told.frozen);
        Ok(StepResult::Changed)
    }

    async fn ask_still_wanted(&self, run: &mut Run) -> Result<StepResult, VaultError> {
        let card = run_message::still_wanted(run, catalog_in(run.language));
        if let Delivery::Retry(after) = tell(self.ctx, &PrivateMessage::asks(run, &card)).await? {
            return Ok(StepResult::Stops(JobOutcome::RetryAfter(after)));
        }
        self.ctx.enqueue(&Job::Lapse { run: run.id.clone() }, run.created_at + WAIT_TIMEOUT)?;
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
        match call(ctx, run, version, action, &mut self.borrowed).await? {
            CallResult::Noted => {
                self.shown.renew().await?;
                Ok(StepResult::Saved)
            }
            CallResult::PutOff(by) => Ok(StepResult::Stops(put_off(ctx, &run.id, &by, self.shown)?)),
        }
    }

    /// Tells how a run ends.
    async fn send(&self, run: &mut Run, ending: Ending) -> Result<StepResult, VaultError> {
        let (ctx, catalog) = (self.ctx, catalog_in(run.language));
        let message = text_message(&final_text(run, &ending, catalog));
        let name = run.name(catalog);
        let telling = PrivateMessage::ends(run, &message, &name, ending.end.is_success());
        let progress = ctx.progress_of(&run.id)?;
        let place = run.reply_place(catalog, progress);
        let told = match &place {
            ReplyTarget::Here => {
                say_here(ctx, &telling, ctx.tries(&Job::Run { run: run.id.clone() })?).await?
            }
            ReplyTarget::InPlaceOf(card) => retell(ctx, card, &telling).await?,
            ReplyTarget::Private => tell(ctx, &telling).await?,
        };
        // From here to the save nothing is waited for: it is one commit.
        match told {
            Delivery::Retry(after) => return Ok(StepResult::Stops(JobOutcome::RetryAfter(after))),
            Delivery::NoChat if run.has_written(catalog) => {
                ctx.enqueue(&owed(run, message), ctx.now() + NO_CHAT_AGAIN)?;
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
fn asked(asked: PromptResult) -> StepResult {
    match asked {
        PromptResult::Done => StepResult::Saved,
        PromptResult::NotNow(after) => StepResult::Stops(JobOutcome::RetryAfter(after)),
    }
}

/// Replaces a card of a run. It is tried once: where it cannot be now, due work does it, and the run goes on.
async fn replace_in_time(ctx: &VaultCtx, run: &Run, card: &str, message: Value) -> Result<(), VaultError> {
    let after = match replace_once(ctx, run.words(), &run.conversation, (card, &message)).await? {
        Some(Delivery::Retry(after)) => after.max(SOONEST),
        Some(_) => return Ok(()),
        // It is gone, and is posted anew.
        None => Duration::ZERO,
    };
    let (activity, near) = (card.to_owned(), run.conversation.clone());
    ctx.enqueue(&Job::Replace { activity, near, message }, ctx.now() + after)?;
    Ok(())
}

/// The reply of a run that wrote, as due work: once per run.
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
