//! The table of jobs.
//!
//! A row holds the job as JSON, the time when it is due, and five numbers:
//!
//! - the end of its lease; 0 if it is not leased
//! - the generation: each enqueue raises it, so that a job that was enqueued again while it ran is not
//!   deleted when it ends
//! - the attempts since the last enqueue or success
//! - whether it is parked: 1 after too many failures, 2 if this version cannot read it
//! - the web pages in response to its message
//!
//! A leased row is due at the end of its lease. The earliest time of all rows is therefore also the time of
//! the next alarm.

use std::rc::Rc;
use std::time::Duration;
use workbot_domain::audit::HISTORY;
use workbot_domain::job_policy::{
    Attempt, CLEANUP_EVERY, DELIVERIES_KEPT, Disposition, JobOutcome, RUN_ATTEMPTS, UNKNOWN_AGAIN, lease_end,
};
use workbot_domain::log_event::Event;
use workbot_domain::run::RunPhase;
use workbot_domain::time::Timestamp;
use workbot_shared::ConnectionStatus;

use super::run_phases::phase_words;
use crate::context::VaultCtx;
use crate::job::{ClaimedJob, Job};
use crate::sql::{SqlError, Tx, values};

/// The value of `parked` for a job that this version cannot read. It is retried every six hours and at each
/// start of the object, which may run a version that can. A job with 1 waits until it is enqueued again.
const UNKNOWN: i64 = 2;

/// What most turns and each start of the object need to know of the table.
#[derive(Default)]
struct JobSummary {
    /// The earliest time at which a job is due.
    next_due: Option<Timestamp>,
    /// Whether the cleanup is enqueued.
    has_clean_up: bool,
    /// Whether a job is leased, or this version or an earlier one could not read it.
    has_lease_or_unknown: bool,
}

impl VaultCtx {
    /// Enqueues a job for a time. If its row exists, raises its generation and keeps the earlier time; a
    /// parked row gets the new time.
    ///
    /// # Errors
    /// When the database fails; so in all functions here.
    pub fn enqueue(&self, job: &Job, due_at: Timestamp) -> Result<(), SqlError> {
        let text = serde_json::to_string(job)?;
        self.sql.run(
            "INSERT INTO job (id, body, due_at, lease_until, generation, attempts, parked) VALUES (?, ?, ?, 0, 1, 0, 0)
             ON CONFLICT (id) DO UPDATE SET body = excluded.body, generation = generation + 1, parked = 0, attempts = 0,
             doubts = 0, due_at = CASE WHEN parked = 1 THEN excluded.due_at WHEN lease_until > ? THEN due_at
             ELSE min(due_at, excluded.due_at) END",
            values![job.key(), text, due_at.millis(), self.now().millis()],
        )
    }

    /// Gives a parked job one more attempt at a time. It is parked again if that fails.
    pub fn retry_once(&self, job: &Job, due_at: Timestamp) -> Result<(), SqlError> {
        self.sql.run(
            "UPDATE job SET parked = 0, attempts = ?, doubts = 0, due_at = ? WHERE id = ? AND parked = 1",
            values![RUN_ATTEMPTS - 1, due_at.millis(), job.key()],
        )
    }

    /// Inserts a new job that is already leased to this start of the object, which saves the second write of
    /// enqueuing and leasing it. Pass it to [`Self::hand_off`] after the commit.
    pub fn insert_claimed(&self, claimed: &ClaimedJob) -> Result<(), SqlError> {
        let until = lease_end(self.now()).millis();
        let ClaimedJob { key, job, generation, attempts, .. } = claimed;
        let doubts = self.early_doubts.borrow_mut().remove(key).unwrap_or(0);
        self.sql.run(
            "INSERT INTO job (id, body, due_at, lease_until, generation, attempts, doubts, parked)
             VALUES (?, ?, ?, ?, ?, ?, ?, 0)",
            values![
                key.as_str(),
                serde_json::to_string(&**job)?,
                until,
                until,
                *generation,
                *attempts,
                doubts
            ],
        )
    }

    /// Whether a job has a row.
    pub fn has_job(&self, key: &str) -> Result<bool, SqlError> {
        Ok(self.sql.row("SELECT 1 FROM job WHERE id = ?", values![key])?.is_some())
    }

    /// Ensures that an alarm fires no later than `at`. An earlier alarm is left in place: one spurious
    /// wake-up costs less than two alarm writes per turn. The alarm shares the commit of the writes before
    /// it.
    pub fn schedule_alarm(&self, at: Timestamp) {
        let (at, now) = (at.millis(), self.now().millis());
        if self.alarm_at.get().is_some_and(|set| (now..=at).contains(&set)) {
            return;
        }
        let wait = Duration::from_millis(u64::try_from(at - now).unwrap_or(0));
        self.alarm_at.set(Some(at));
        let (setting, log) = (self.object.set_alarm(wait), self.isolate());
        let alarm_at = Rc::clone(&self.alarm_at);
        self.object.wait_until(Box::pin(async move {
            if !setting.await {
                alarm_at.set(None);
                log.report_alone(&Event::AlarmNotSet);
            }
        }));
    }

    /// Replaces the work of a job that was inserted with a lease and has not started.
    pub fn update_claimed(&self, _: &Tx, claimed: &ClaimedJob) -> Result<(), SqlError> {
        let text = serde_json::to_string(&*claimed.job)?;
        self.sql.run("UPDATE job SET body = ? WHERE id = ?", values![text, claimed.key.as_str()])
    }

    /// Releases the leases of earlier starts of the object, and retries what an earlier version could not
    /// read. Writes nothing if there is no such job, which is the usual case.
    pub fn release_orphaned_claims(&self) -> Result<(), SqlError> {
        if !self.job_summary()?.has_lease_or_unknown {
            return Ok(());
        }
        self.sql.run(
            "UPDATE job SET lease_until = 0, due_at = ? WHERE lease_until > 0 OR parked = ?",
            values![self.now().millis(), UNKNOWN],
        )
    }

    /// Leases the jobs that are due at `now` and not leased. A row that cannot be read is parked.
    pub fn claim_due_rows(&self, now: Timestamp) -> Result<Vec<ClaimedJob>, SqlError> {
        let rows = self.sql.rows(
            "UPDATE job SET lease_until = ?, due_at = ?, attempts = attempts + 1
             WHERE parked <> 1 AND due_at <= ? AND lease_until <= ? RETURNING id, body, generation, attempts",
            values![lease_end(now).millis(), lease_end(now).millis(), now.millis(), now.millis()],
        )?;
        let mut jobs = Vec::new();
        for mut row in rows {
            let id = row.text()?;
            match row.json() {
                Ok(job) => {
                    let (generation, attempts) = (row.int()?, row.int()?);
                    jobs.push(ClaimedJob { key: id, generation, attempts, ..ClaimedJob::new(job) })
                }
                // Probably written by a later version: left for it.
                Err(_) => {
                    self.park_unknown(&id, now + UNKNOWN_AGAIN)?;
                }
            }
        }
        Ok(jobs)
    }

    /// Records the outcome of an attempt. Returns whether the job was parked after too many failures.
    pub fn finish(&self, claimed: &ClaimedJob, outcome: JobOutcome) -> Result<bool, SqlError> {
        let ClaimedJob { key, job, generation, attempts, .. } = claimed;
        // The usual end, in one statement: nothing enqueued the job again during the attempt.
        if outcome == JobOutcome::Done
            && self.sql.changed(
                "DELETE FROM job WHERE id = ? AND generation = ? RETURNING 1",
                values![key.as_str(), *generation],
            )?
        {
            return Ok(false);
        }
        let attempt =
            Attempt { attempts: *attempts, generation: *generation, gives_up_after: job.gives_up_after() };
        let row = self.sql.row("SELECT generation FROM job WHERE id = ?", values![key.as_str()])?;
        let generation = row.map(|mut row| row.int()).transpose()?.unwrap_or(*generation);
        match attempt.disposition(outcome, generation, self.now(), self.random()) {
            Disposition::Delete => self.sql.run("DELETE FROM job WHERE id = ?", values![key.as_str()])?,
            Disposition::Due { at, attempts } => self.sql.run(
                "UPDATE job SET lease_until = 0, due_at = ?, attempts = ?, parked = 0,
                 doubts = CASE WHEN ? = 0 THEN 0 ELSE doubts END WHERE id = ?",
                values![at.millis(), attempts, attempts, key.as_str()],
            )?,
            Disposition::Park => {
                self.sql
                    .run("UPDATE job SET parked = 1, lease_until = 0 WHERE id = ?", values![key.as_str()])?;
                return Ok(true);
            }
            Disposition::ParkUnknown { until } => self.park_unknown(key, until)?,
        }
        Ok(false)
    }

    /// Parks a job that this version cannot read, or that needs such a value.
    fn park_unknown(&self, id: &str, until: Timestamp) -> Result<(), SqlError> {
        self.log(&Event::JobParked { job: id.to_owned() });
        self.sql.run(
            "UPDATE job SET parked = ?, lease_until = 0, attempts = 0, due_at = ? WHERE id = ?",
            values![UNKNOWN, until.millis(), id],
        )
    }

    /// The number of the current attempt at a job, from 1.
    pub fn attempt_number(&self, job: &str) -> Result<i64, SqlError> {
        let row = self.sql.row("SELECT attempts FROM job WHERE id = ?", values![job])?;
        Ok(row.map(|mut row| row.int()).transpose()?.unwrap_or(1))
    }

    /// Counts a web page as the response to a job's message, which may have been processed. Returns the
    /// count.
    pub fn doubted(&self, job: &str) -> Result<i64, SqlError> {
        let row =
            self.sql.row("UPDATE job SET doubts = doubts + 1 WHERE id = ? RETURNING doubts", values![job])?;
        if let Some(mut row) = row {
            return row.int();
        }
        let mut early = self.early_doubts.borrow_mut();
        let doubts = early.entry(job.to_owned()).or_default();
        *doubts += 1;
        Ok(*doubts)
    }

    /// A summary of the table. It is read once per start of the object and after each write to the table.
    fn job_summary(&self) -> Result<JobSummary, SqlError> {
        let row = self.sql.cached_row(
            "SELECT min(CASE WHEN parked <> 1 THEN due_at END), max(id = ?), max(lease_until > 0 OR parked = ?)
             FROM job",
            values![Job::CleanUp.key(), UNKNOWN],
        )?;
        let Some(mut row) = row else { return Ok(JobSummary::default()) };
        Ok(JobSummary {
            next_due: row.optional_int()?.map(Timestamp),
            has_clean_up: row.optional_int()? == Some(1),
            has_lease_or_unknown: row.optional_int()? == Some(1),
        })
    }

    /// The earliest time at which a job is due. `None` if there is no job.
    pub fn next_due(&self) -> Result<Option<Timestamp>, SqlError> {
        Ok(self.job_summary()?.next_due)
    }

    /// Moves a job's time to `due_at`, if it is due earlier.
    pub fn postpone(&self, job: &Job, due_at: Timestamp) -> Result<(), SqlError> {
        self.sql
            .run("UPDATE job SET due_at = max(due_at, ?) WHERE id = ?", values![due_at.millis(), job.key()])
    }

    /// Enqueues the cleanup, with the first row that it deletes one day.
    pub fn enqueue_clean_up(&self) -> Result<(), SqlError> {
        if !self.job_summary()?.has_clean_up {
            self.enqueue(&Job::CleanUp, self.now() + CLEANUP_EVERY)?;
        }
        Ok(())
    }

    /// Deletes expired rows: attempts, delivered activities, old runs and tickets. Comes back after
    /// [`CLEANUP_EVERY`] as long as any such row or a connection exists.
    pub fn clean_up(&self) -> Result<JobOutcome, SqlError> {
        let now = self.now();
        let left = self.sql.transaction(|tx| {
            if self.clean_up_agents(tx, now)? {
                self.enqueue(&Job::SyncAgents, now)?;
            }
            self.sql.run("DELETE FROM login_attempt WHERE expires_at < ?", values![now.millis()])?;
            self.sql.run(
                "DELETE FROM targeted_refusal WHERE refused_at < ?",
                values![(now - CLEANUP_EVERY).millis()],
            )?;
            self.sql.run("DELETE FROM delivered_activity WHERE at < ?", values![(now - DELIVERIES_KEPT).millis()])?;
            self.sql.run(
                &format!(
                    "DELETE FROM run WHERE state IN ({}) AND created_at < ?",
                    phase_words(&RunPhase::ENDED)
                ),
                values![(now - HISTORY).millis()],
            )?;
            self.sql.run(
                "DELETE FROM login_ticket WHERE expires_at < ?
                 AND (run IS NULL OR run NOT IN (SELECT id FROM run WHERE state = ?))",
                values![(now - DELIVERIES_KEPT).millis(), RunPhase::WaitingLogin.as_word()],
            )?;
            self.sql.row(
                "SELECT 1 FROM login_attempt UNION ALL SELECT 1 FROM targeted_refusal UNION ALL SELECT 1 FROM delivered_activity UNION ALL SELECT 1 FROM run
                 UNION ALL SELECT 1 FROM login_ticket UNION ALL SELECT 1 FROM agent_call
                 UNION ALL SELECT 1 FROM agent_grant
                 UNION ALL SELECT 1 FROM connection WHERE status <> ? LIMIT 1",
                values![ConnectionStatus::Disconnected.as_word()],
            )
        })?;
        Ok(if left.is_some() { JobOutcome::Reschedule(CLEANUP_EVERY) } else { JobOutcome::Done })
    }
}
