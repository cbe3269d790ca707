//! Due work: what must happen although nobody asks any more. One table, one alarm.
//!
//! A job is claimed, and the alarm set for the case that we die, *before* it is worked on.

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
use crate::outbox::OutgoingMessage;
use crate::run::{driver, prompt};
use crate::sql::SqlError;
use crate::{outbox, waiting, workspace};

impl VaultCtx {
    /// What was begun is worked on by whoever works next, and that is at once.
    pub fn hand_off(&self, handed_off: Vec<ClaimedJob>) {
        self.handed_off.borrow_mut().extend(handed_off);
    }

    /// Takes what is due. Also says when the next job is, those just taken included: we may die over them.
    fn claim_due(&self) -> Result<(Vec<ClaimedJob>, Option<Timestamp>), SqlError> {
        let (now, mut next) = (self.now(), self.next_due()?);
        let mut claimed = self.handed_off.take();
        if next.is_some_and(|next| next <= now) {
            claimed.extend(self.claim_due_rows(now)?);
            next = self.next_due()?;
        }
        Ok((claimed, next))
    }

    /// Sees to it that the alarm comes by a time. One that comes earlier is left alone: it finds nothing and is set anew,
    /// and that is once, where moving it would be twice in every turn.
    async fn schedule_alarm(&self, at: Timestamp) {
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

/// The alarm came: there is none any more.
pub async fn on_alarm(ctx: Rc<VaultCtx>) {
    ctx.alarm_at.set(None);
    run_due(ctx).await;
}

/// Does all that is due, side by side, each with a limit, and sets the alarm for the rest. What a job makes due does not
/// wait for its neighbours. Never fails.
pub fn run_due(ctx: Rc<VaultCtx>) -> LocalBoxFuture<'static, ()> {
    // Boxed: its two callers share one copy of the code.
    Box::pin(run_all_due(ctx))
}

async fn run_all_due(ctx: Rc<VaultCtx>) {
    let mut working = FuturesUnordered::new();
    loop {
        match ctx.claim_due() {
            Ok((claimed, next)) => {
                working.extend(claimed.into_iter().map(|claimed| run_job(&ctx, claimed)));
                if let Some(next) = next {
                    ctx.schedule_alarm(next).await;
                }
            }
            // What is due is not known now, and the alarm may have been the last.
            Err(error) => {
                ctx.log(&Event::JobsFailed { cause: Cause::of(&error) });
                ctx.schedule_alarm(ctx.now() + TIME_LIMIT).await;
            }
        }
        if working.next().await.is_none() {
            return;
        }
    }
}

async fn run_job(ctx: &Rc<VaultCtx>, claimed: ClaimedJob) {
    let ClaimedJob { job, attempts, .. } = &claimed;
    let finish = ctx.within(TIME_LIMIT, perform(ctx, job, *attempts)).await.unwrap_or(JobOutcome::Retry);
    match ctx.finish(&claimed, finish) {
        Ok(true) => on_parked(ctx, job),
        Ok(false) => {}
        Err(error) => ctx.log(&Event::JobsFailed { cause: Cause::of(&error) }),
    }
}

async fn perform(ctx: &Rc<VaultCtx>, job: &Job, attempts: i64) -> JobOutcome {
    let done = match job {
        Job::DriveRun { run } => driver::drive(ctx, run).await,
        Job::ExpireRun { run } => prompt::expire(ctx, run),
        Job::SendMessage { conversation, person, language, message, here, owed, .. } => {
            let words = Words(*language);
            let outgoing =
                OutgoingMessage { words, to: conversation, person, message, here: *here, owed: *owed };
            outbox::run_send_job(ctx, &outgoing, attempts).await
        }
        Job::UpdateMessage { activity, near, message } => {
            outbox::run_update_job(ctx, near, (activity, message), attempts).await
        }
        Job::FlushToKv { app, revision } => ctx.flush_to_kv(app, revision).await,
        Job::DeleteFromKv { app, revision } => ctx.delete_from_kv(app, revision).await,
        Job::RetryRefresh { app } => access::run_refresh_job(ctx, app).await,
        Job::Revoke { id } => revocation::run_revoke_job(ctx, id).await,
        Job::WriteAudit { id, entry } => {
            ctx.call_workspace(|tenant| workspace::note(ctx, tenant, (id.clone(), entry.clone()))).await
        }
        Job::SyncDirectory { app } => ctx.sync_directory(app).await,
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

/// A job was parked. A person who waits for it is told.
fn on_parked(ctx: &VaultCtx, job: &Job) {
    ctx.log(&Event::JobParked { job: job.key() });
    if let Job::DriveRun { run } = job
        && let Err(error) = waiting::on_run_parked(ctx, run)
    {
        ctx.log(&Event::JobFailed { job: job.key(), cause: Cause::of(&error) });
    }
}
