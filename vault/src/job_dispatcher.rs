//! The dispatcher of due jobs: one table, one alarm.
//!
//! A job is leased and the alarm is set *before* the job runs. If the object is evicted while it works, the
//! lease expires, the alarm fires, and the job runs again. So every job must be safe to repeat. Jobs normally
//! run right after the request that enqueued them; the alarm is the fallback. A new start of the object
//! releases the leases of the one before.
//!
//! Sources: "Alarms" (Durable Objects documentation): one alarm per object, at-least-once execution.

use futures_util::StreamExt;
use futures_util::future::{Either, LocalBoxFuture, select};
use futures_util::stream::FuturesUnordered;
use std::rc::Rc;
use workbot_domain::job_policy::{JobOutcome, TIME_LIMIT};
use workbot_domain::log_event::{Cause, Event};
use workbot_domain::present::text::Texts;
use workbot_domain::time::Timestamp;

use crate::connection::{access_token, expiry, revocation};
use crate::context::VaultCtx;
use crate::error::VaultError;
use crate::job::{ClaimedJob, Job};
use crate::outbox::OutgoingMessage;
use crate::run::{driver, prompt};
use crate::sql::SqlError;
use crate::{outbox, waiting_runs, workspace};

impl VaultCtx {
    /// Hands jobs that were inserted with a lease to the next dispatcher loop, which starts right after the
    /// request. Call it after the transaction has committed.
    pub fn hand_off(&self, handed_off: Vec<ClaimedJob>) {
        self.handed_off.borrow_mut().extend(handed_off);
    }

    /// Whether a job drives a run that is not stored.
    fn is_unstored(&self, job: &Job) -> bool {
        matches!(job, Job::DriveRun { run } if self.unstored_runs.borrow().contains_key(run))
    }

    /// Writes the row of a job whose first attempt is under way, with its run if that is not stored.
    fn insert_early(&self, claimed: &ClaimedJob) -> Result<(), SqlError> {
        match &*claimed.job {
            Job::DriveRun { run } if self.is_unstored(&claimed.job) => {
                self.store_run(run)?;
                self.early_rows.borrow_mut().remove(&claimed.key);
                Ok(())
            }
            _ => self.insert_claimed(claimed),
        }
    }

    /// Leases the due jobs. Also returns the time of the next due job. It includes the jobs just leased, at
    /// the end of their leases, in case the object is evicted.
    fn claim_due(&self) -> Result<(Vec<ClaimedJob>, Option<Timestamp>), SqlError> {
        let (now, mut next) = (self.now(), self.next_due()?);
        let mut claimed = self.handed_off.take();
        if next.is_some_and(|next| next <= now) {
            claimed.extend(self.claim_due_rows(now)?);
            next = self.next_due()?;
        }
        Ok((claimed, next))
    }
}

/// Handles the alarm. The object has no alarm after that.
pub async fn on_alarm(ctx: Rc<VaultCtx>) {
    ctx.alarm_at.set(None);
    run_due(ctx).await;
}

/// Runs all due jobs in parallel, each with a timeout, and sets the alarm for the rest. Looks for newly due
/// jobs whenever one has ended, without waiting for the others. Never fails.
pub fn run_due(ctx: Rc<VaultCtx>) -> LocalBoxFuture<'static, ()> {
    // Boxed, so that its two callers share one copy of the code.
    Box::pin(run_all_due(ctx))
}

/// The dispatcher loop: lease what is due, set the alarm, wait until one job ends, repeat until none is left.
async fn run_all_due(ctx: Rc<VaultCtx>) {
    let mut working = FuturesUnordered::new();
    loop {
        match ctx.claim_due() {
            Ok((claimed, next)) => {
                working.extend(claimed.into_iter().map(|claimed| run_job(&ctx, claimed)));
                if let Some(next) = next {
                    ctx.schedule_alarm(next);
                }
            }
            // The due jobs are unknown then, and this alarm may have been the only one.
            Err(error) => {
                ctx.log(&Event::JobsFailed { cause: Cause::of(&error) });
                ctx.schedule_alarm(ctx.now() + TIME_LIMIT);
            }
        }
        if working.next().await.is_none() {
            return;
        }
    }
}

/// Begins an attempt at a job. Boxed, so that its callers share one copy of the code.
fn begin(ctx: &Rc<VaultCtx>, job: &Rc<Job>, attempts: i64) -> LocalBoxFuture<'static, JobOutcome> {
    let (ctx, job) = (Rc::clone(ctx), Rc::clone(job));
    Box::pin(async move { perform(&ctx, &job, attempts).await })
}

/// Performs a new job within the request, until a time at most. Its row, and that of its run, are written
/// only if it is not done by then, or has to be repeated: without them that would be lost with the object.
/// The request is acknowledged after that, so until then its repetition begins the job anew.
///
/// # Errors
/// When the database fails. The job is stopped then.
pub async fn perform_now(ctx: &Rc<VaultCtx>, job: Job, until: Timestamp) -> Result<(), VaultError> {
    let mut claimed = ClaimedJob::new(job);
    let attempt = begin(ctx, &claimed.job, claimed.attempts);
    let ended = select(attempt, ctx.sleep(until.since(ctx.now()))).await;
    let has_row = ctx.early_rows.borrow_mut().remove(&claimed.key);
    match ended {
        Either::Left((JobOutcome::Done, _)) if !has_row && !ctx.is_unstored(&claimed.job) => return Ok(()),
        // Rolled back, so the run has written nothing. The next delivery starts it again.
        Either::Left((outcome, _))
            if outcome != JobOutcome::Done && has_row && !ctx.has_job(&claimed.key)? =>
        {
            return Err(SqlError::RolledBack("a run was not stored".to_owned()).into());
        }
        _ if has_row => {}
        _ => ctx.insert_early(&claimed)?,
    }
    match ended {
        Either::Left((outcome, _)) => conclude(ctx, &claimed, outcome),
        Either::Right(((), attempt)) => {
            claimed.under_way = Some(attempt);
            ctx.hand_off(vec![claimed]);
        }
    }
    Ok(())
}

/// Runs one leased job within [`TIME_LIMIT`] and records its outcome.
async fn run_job(ctx: &Rc<VaultCtx>, mut claimed: ClaimedJob) {
    let attempt = claimed.under_way.take().unwrap_or_else(|| begin(ctx, &claimed.job, claimed.attempts));
    let outcome = ctx.within(TIME_LIMIT, attempt).await.unwrap_or(JobOutcome::Retry);
    conclude(ctx, &claimed, outcome);
}

/// Records the outcome of an attempt.
fn conclude(ctx: &VaultCtx, claimed: &ClaimedJob, outcome: JobOutcome) {
    match ctx.finish(claimed, outcome) {
        Ok(true) => on_parked(ctx, &claimed.job),
        Ok(false) => {}
        Err(error) => ctx.log(&Event::JobsFailed { cause: Cause::of(&error) }),
    }
}

/// Dispatches a job to its handler. An unreadable stored value parks the job; any other error is retried.
async fn perform(ctx: &Rc<VaultCtx>, job: &Job, attempts: i64) -> JobOutcome {
    let done = match job {
        // Parked until a configuration that serves the tenant.
        _ if !job.only_ends_access() && ctx.is_tenant_served().is_ok_and(|served| !served) => {
            Ok(JobOutcome::Unknown)
        }
        Job::DriveRun { run } => driver::drive(ctx, run).await,
        Job::ExpireRun { run } => prompt::expire(ctx, run),
        Job::SendMessage { conversation, person, language, message, here, owed, .. } => {
            let words = Texts(*language);
            let (here, owed) = (*here, *owed);
            let outgoing =
                OutgoingMessage { job: job.key(), words, to: conversation, person, message, here, owed };
            outbox::run_send_job(ctx, &outgoing, attempts).await
        }
        Job::UpdateMessage { activity, near, message } => {
            outbox::run_update_job(ctx, near, (activity, message), job).await
        }
        Job::FlushToKv { app, revision } => ctx.flush_to_kv(app, revision).await,
        Job::DeleteFromKv { app, revision } => ctx.delete_from_kv(app, revision).await,
        Job::RetryRefresh { app } => access_token::run_refresh_job(ctx, app).await,
        Job::Revoke { id } => revocation::run_revoke_job(ctx, id).await,
        Job::WriteAudit { id, entry } => {
            ctx.call_workspace(|tenant| workspace::note(ctx, tenant, (id.clone(), entry.clone()))).await
        }
        Job::SyncDirectory { app } => ctx.sync_directory(app).await,
        Job::SyncAgents => ctx.sync_agents().await,
        Job::CleanUp => {
            let swept = ctx.clean_up().map_err(VaultError::from);
            match expiry::check_all(ctx).await {
                Ok(()) => swept,
                failed => failed.map(|()| JobOutcome::Retry),
            }
        }
    };
    done.unwrap_or_else(|error| {
        ctx.log(&Event::JobFailed { job: job.key(), cause: Cause::of(&error) });
        if matches!(&error, VaultError::Sql(error) if error.is_unreadable()) {
            JobOutcome::Unknown
        } else {
            JobOutcome::Retry
        }
    })
}

/// Logs a parked job and ends the run that it belongs to, so that the person is notified.
fn on_parked(ctx: &VaultCtx, job: &Job) {
    ctx.log(&Event::JobParked { job: job.key() });
    if let Job::DriveRun { run } = job
        && let Err(error) = waiting_runs::on_run_parked(ctx, run)
    {
        ctx.log(&Event::JobFailed { job: job.key(), cause: Cause::of(&error) });
    }
}
