//! The dispatcher of due jobs: one table, one alarm.
//!
//! A job is leased and the alarm is set *before* the job runs. If the object is evicted while it works, the
//! lease expires, the alarm fires, and the job runs again. So every job must be safe to repeat. Jobs normally
//! run right after the request that enqueued them; the alarm is the fallback. A new start of the object
//! releases the leases of the one before.
//!
//! Sources: "Alarms" (Durable Objects documentation): one alarm per object, at-least-once execution.

use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use futures_util::stream::FuturesUnordered;
use std::rc::Rc;
use std::time::Duration;
use workbot_domain::event::{Cause, Event};
use workbot_domain::jobs::{JobOutcome, TIME_LIMIT};
use workbot_domain::present::text::Words;
use workbot_domain::time::Timestamp;

use crate::connection::{access, expiry, revocation};
use crate::context::{VaultCtx, VaultError};
use crate::job::{ClaimedJob, Job};
use crate::outbox::Saying;
use crate::run::{driver, prompt};
use crate::sql::SqlError;
use crate::{outbox, waiting, workspace};

impl VaultCtx {
    /// Hands jobs that were inserted with a lease to the next dispatcher loop, which starts right after the
    /// request. Call it after the transaction has committed.
    pub fn take_up(&self, begun: Vec<ClaimedJob>) {
        self.begun.borrow_mut().extend(begun);
    }

    /// Leases the due jobs. Also returns the time of the next due job. It includes the jobs just leased, at
    /// the end of their leases, in case the object is evicted.
    fn claim(&self) -> Result<(Vec<ClaimedJob>, Option<Timestamp>), SqlError> {
        let (now, mut next) = (self.now(), self.next_due()?);
        let mut claimed = self.begun.take();
        if next.is_some_and(|next| next <= now) {
            claimed.extend(self.take_due(now)?);
            next = self.next_due()?;
        }
        Ok((claimed, next))
    }

    /// Ensures that an alarm fires no later than `at`. An earlier alarm is left in place: one spurious
    /// wake-up costs less than two alarm writes per turn.
    async fn arm(&self, at: Timestamp) {
        let (at, now) = (at.millis(), self.now().millis());
        if self.alarm_at.get().is_some_and(|set| (now..=at).contains(&set)) {
            return;
        }
        let wait = Duration::from_millis(u64::try_from(at - now).unwrap_or(0));
        self.alarm_at.set(Some(at));
        if !self.object.set_alarm(wait).await {
            self.alarm_at.set(None);
            self.log(&Event::AlarmNotSet);
        }
    }
}

/// Handles the alarm. The object has no alarm after that.
pub async fn wake(ctx: Rc<VaultCtx>) {
    ctx.alarm_at.set(None);
    work(ctx).await;
}

/// Runs all due jobs in parallel, each with a timeout, and sets the alarm for the rest. Looks for newly due
/// jobs whenever one has ended, without waiting for the others. Never fails.
pub fn work(ctx: Rc<VaultCtx>) -> LocalBoxFuture<'static, ()> {
    // Boxed, so that its two callers share one copy of the code.
    Box::pin(work_off(ctx))
}

/// The dispatcher loop: lease what is due, set the alarm, wait until one job ends, repeat until none is left.
async fn work_off(ctx: Rc<VaultCtx>) {
    let mut working = FuturesUnordered::new();
    loop {
        match ctx.claim() {
            Ok((claimed, next)) => {
                working.extend(claimed.into_iter().map(|claimed| work_on(&ctx, claimed)));
                if let Some(next) = next {
                    ctx.arm(next).await;
                }
            }
            // The due jobs are unknown then, and this alarm may have been the only one.
            Err(error) => {
                ctx.log(&Event::DueWorkFailed { cause: Cause::of(&error) });
                ctx.arm(ctx.now() + TIME_LIMIT).await;
            }
        }
        if working.next().await.is_none() {
            return;
        }
    }
}

/// Runs one leased job within [`TIME_LIMIT`] and records its outcome.
async fn work_on(ctx: &Rc<VaultCtx>, claimed: ClaimedJob) {
    let ClaimedJob { job, attempts, .. } = &claimed;
    let finish = ctx.within(TIME_LIMIT, perform(ctx, job, *attempts)).await.unwrap_or(JobOutcome::Retry);
    match ctx.finish(&claimed, finish) {
        Ok(true) => gave_up(ctx, job),
        Ok(false) => {}
        Err(error) => ctx.log(&Event::DueWorkFailed { cause: Cause::of(&error) }),
    }
}

/// Dispatches a job to its handler. An unreadable stored value parks the job; any other error is retried.
async fn perform(ctx: &Rc<VaultCtx>, job: &Job, attempts: i64) -> JobOutcome {
    let done = match job {
        Job::Run { run } => driver::drive(ctx, run).await,
        Job::Lapse { run } => prompt::lapse(ctx, run),
        Job::Say { conversation, person, language, message, here, owed, .. } => {
            let words = Words(*language);
            let saying = Saying { words, to: conversation, person, message, here: *here, owed: *owed };
            outbox::say(ctx, &saying, attempts).await
        }
        Job::Replace { activity, near, message } => {
            outbox::replace_later(ctx, near, (activity, message), attempts).await
        }
        Job::Settle { app, revision } => ctx.settle(app, revision).await,
        Job::Remove { app, revision } => ctx.remove(app, revision).await,
        Job::Refresh { app } => access::refresh_again(ctx, app).await,
        Job::Revoke { id } => revocation::work(ctx, id).await,
        Job::Report { id, entry } => {
            ctx.brought(|tenant| workspace::note(ctx, tenant, (id.clone(), entry.clone()))).await
        }
        Job::Direct { app } => ctx.direct(app).await,
        Job::Sweep => {
            let swept = ctx.sweep().map_err(VaultError::from);
            match expiry::look(ctx).await {
                Ok(()) => swept,
                failed => failed.map(|()| JobOutcome::Retry),
            }
        }
    };
    done.unwrap_or_else(|trouble| {
        ctx.log(&Event::JobFailed { job: job.key(), cause: Cause::of(&trouble) });
        if matches!(&trouble, VaultError::Sql(error) if error.is_unreadable()) {
            JobOutcome::Unknown
        } else {
            JobOutcome::Retry
        }
    })
}

/// Logs a parked job and ends the run that it belongs to, so that the person is notified.
fn gave_up(ctx: &VaultCtx, job: &Job) {
    ctx.log(&Event::JobParked { job: job.key() });
    if let Job::Run { run } = job
        && let Err(trouble) = waiting::give_up(ctx, run)
    {
        ctx.log(&Event::JobFailed { job: job.key(), cause: Cause::of(&trouble) });
    }
}
