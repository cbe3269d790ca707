//! The table of jobs.

use workbot_domain::audit::HISTORY;
use workbot_domain::event::{Cause, Event};
use workbot_domain::jobs::{
    Attempt, CLEANUP_EVERY, DELIVERIES_KEPT, Disposition, JobOutcome, LEASE, RUN_ATTEMPTS, UNKNOWN_AGAIN,
};
use workbot_domain::time::Timestamp;
use workbot_shared::ConnectionStatus;

use crate::context::VaultCtx;
use crate::job::{ClaimedJob, Job};
use crate::sql::{SqlError, Tx, values};

/// The value of `parked` for what this version does not know: it is tried again from time to time, and by each new life,
/// as that may be of a version that knows it. 1 is what failed too often, and is tried again only when it is wanted anew.
const UNKNOWN: i64 = 2;

impl VaultCtx {
    /// Notes a job, due at a time. One that is noted already is wanted once more, and due at the earlier time unless it is
    /// parked.
    pub fn enqueue(&self, job: &Job, due_at: Timestamp) -> Result<(), SqlError> {
        let text = serde_json::to_string(job)?;
        self.sql.run(
            "INSERT INTO job (id, body, due_at, lease_until, generation, attempts, parked) VALUES (?, ?, ?, 0, 1, 0, 0)
             ON CONFLICT (id) DO UPDATE SET body = excluded.body, generation = generation + 1, parked = 0, attempts = 0,
             due_at = CASE WHEN parked = 1 THEN excluded.due_at WHEN lease_until > ? THEN due_at
             ELSE min(due_at, excluded.due_at) END",
            values![job.key(), text, due_at.millis(), self.now().millis()],
        )
    }

    /// What was just parked is tried once more at a time, and parked again if that fails.
    pub fn retry_once(&self, job: &Job, due_at: Timestamp) -> Result<(), SqlError> {
        self.sql.run(
            "UPDATE job SET parked = 0, attempts = ?, due_at = ? WHERE id = ? AND parked = 1",
            values![RUN_ATTEMPTS - 1, due_at.millis(), job.key()],
        )
    }

    /// Notes a new job as one that is worked on already, and returns it for [`Self::hand_off`] once the transaction has
    /// come to its end. It is written once where noting and claiming it would be twice.
    pub fn enqueue_claimed(&self, _: &Tx, job: Job) -> Result<ClaimedJob, SqlError> {
        let until = (self.now() + LEASE).millis();
        let text = serde_json::to_string(&job)?;
        self.sql.run(
            "INSERT INTO job (id, body, due_at, lease_until, generation, attempts, parked) VALUES (?, ?, ?, ?, 1, 1, 0)",
            values![job.key(), text, until, until],
        )?;
        Ok(ClaimedJob { key: job.key(), job, generation: 1, attempts: 1 })
    }

    /// What is to be done by a job that was begun has changed, before it is taken up.
    pub fn update_claimed(&self, _: &Tx, claimed: &ClaimedJob) -> Result<(), SqlError> {
        let text = serde_json::to_string(&claimed.job)?;
        self.sql.run("UPDATE job SET body = ? WHERE id = ?", values![text, claimed.key.as_str()])
    }

    /// A new life of the object: what an earlier one had begun, nobody works on any more; and what an earlier version did
    /// not know, this one may.
    pub fn release_orphaned_claims(&self) {
        let freed = self.sql.run(
            "UPDATE job SET lease_until = 0, due_at = ? WHERE lease_until > 0 OR parked = ?",
            values![self.now().millis(), UNKNOWN],
        );
        if let Err(error) = freed {
            self.log(&Event::JobsFailed { cause: Cause::of(&error) });
        }
    }

    pub fn claim_due_rows(&self, now: Timestamp) -> Result<Vec<ClaimedJob>, SqlError> {
        let rows = self.sql.rows(
            "UPDATE job SET lease_until = ?, due_at = ?, attempts = attempts + 1
             WHERE parked <> 1 AND due_at <= ? AND lease_until <= ? RETURNING id, body, generation, attempts",
            values![(now + LEASE).millis(), (now + LEASE).millis(), now.millis(), now.millis()],
        )?;
        let mut jobs = Vec::new();
        for mut row in rows {
            let id = row.text()?;
            match row.json() {
                Ok(job) => {
                    jobs.push(ClaimedJob { key: id, job, generation: row.int()?, attempts: row.int()? })
                }
                // Of a version that we do not know: left for one that does.
                Err(_) => {
                    self.park_unknown(&id, now + UNKNOWN_AGAIN)?;
                }
            }
        }
        Ok(jobs)
    }

    /// Notes how a try at a job ended; tells whether it was given up.
    pub fn finish(&self, claimed: &ClaimedJob, outcome: JobOutcome) -> Result<bool, SqlError> {
        let ClaimedJob { key, job, generation, attempts } = claimed;
        let attempt =
            Attempt { attempts: *attempts, generation: *generation, gives_up_after: job.gives_up_after() };
        let row = self.sql.row("SELECT generation FROM job WHERE id = ?", values![key.as_str()])?;
        let generation = row.map(|mut row| row.int()).transpose()?.unwrap_or(*generation);
        match attempt.disposition(outcome, generation, self.now(), self.random()) {
            Disposition::Delete => self.sql.run("DELETE FROM job WHERE id = ?", values![key.as_str()])?,
            Disposition::Due { at, attempts } => self.sql.run(
                "UPDATE job SET lease_until = 0, due_at = ?, attempts = ?, parked = 0 WHERE id = ?",
                values![at.millis(), attempts, key.as_str()],
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

    /// A job that this version does not know, or that needs what it does not know, waits.
    fn park_unknown(&self, id: &str, until: Timestamp) -> Result<(), SqlError> {
        self.log(&Event::JobParked { job: id.to_owned() });
        self.sql.run(
            "UPDATE job SET parked = ?, lease_until = 0, attempts = 0, due_at = ? WHERE id = ?",
            values![UNKNOWN, until.millis(), id],
        )
    }

    /// Which try at a job it is.
    pub fn attempt_number(&self, job: &Job) -> Result<i64, SqlError> {
        let row = self.sql.row("SELECT attempts FROM job WHERE id = ?", values![job.key()])?;
        Ok(row.map(|mut row| row.int()).transpose()?.unwrap_or(1))
    }

    /// When the next job is due, if there is one.
    pub fn next_due(&self) -> Result<Option<Timestamp>, SqlError> {
        let row = self.sql.row("SELECT min(due_at) FROM job WHERE parked <> 1", values![])?;
        Ok(row.map(|mut row| row.optional_int()).transpose()?.flatten().map(Timestamp))
    }

    /// A job is not due before a time.
    pub fn postpone(&self, job: &Job, due_at: Timestamp) -> Result<(), SqlError> {
        self.sql
            .run("UPDATE job SET due_at = max(due_at, ?) WHERE id = ?", values![due_at.millis(), job.key()])
    }

    /// Throws away what has served its time; comes again as long as something is left to throw away.
    pub fn clean_up(&self) -> Result<JobOutcome, SqlError> {
        let now = self.now();
        let left = self.sql.transaction(|_| {
            self.sql.run("DELETE FROM login_attempt WHERE expires_at < ?", values![now.millis()])?;
            self.sql.run("DELETE FROM delivered_activity WHERE at < ?", values![(now - DELIVERIES_KEPT).millis()])?;
            self.sql.run(
                "DELETE FROM run WHERE state IN ('over', 'cancelled') AND created_at < ?",
                values![(now - HISTORY).millis()],
            )?;
            self.sql.run(
                "DELETE FROM login_ticket WHERE expires_at < ?
                 AND (run IS NULL OR run NOT IN (SELECT id FROM run WHERE state = 'waiting_login'))",
                values![(now - DELIVERIES_KEPT).millis()],
            )?;
            self.sql.row(
                "SELECT 1 FROM login_attempt UNION ALL SELECT 1 FROM delivered_activity UNION ALL SELECT 1 FROM run
                 UNION ALL SELECT 1 FROM login_ticket
                 UNION ALL SELECT 1 FROM connection WHERE status <> ? LIMIT 1",
                values![ConnectionStatus::Disconnected.as_word()],
            )
        })?;
        Ok(if left.is_some() { JobOutcome::Reschedule(CLEANUP_EVERY) } else { JobOutcome::Done })
    }
}
