//! The table of runs.
//!
//! A run is one row of JSON with a version. A save names the version that was read and fails if another
//! writer was faster (optimistic locking). The columns `state`, `created_at` and `has_effects` exist for
//! queries only.

use workbot_domain::audit::shared_writes;
use workbot_domain::ids::{ActivityId, RunVersion};
use workbot_domain::job_policy::lease_end;
use workbot_domain::run::{Announced, Run, RunPhase, RunState};
use workbot_shared::{RecipeId, RunId};

use super::run_phases::{OPEN, phase_words};
use crate::context::VaultCtx;
use crate::in_memory_state::UnstoredRun;
use crate::installed_catalog::catalog;
use crate::job::{ClaimedJob, Job};
use crate::sql::{Row, SqlError, Tx, values};

/// A run as JSON without its inputs, its step results and its form: enough for lists, cards and logins. At
/// most `OPEN_RUNS` runs are open, about 2 KB each in this form, where whole runs may have `MOST_KEPT` each.
const OUTLINE: &str = "json_remove(json_set(body, '$.steps', json('[]'), '$.inputs', json('{}')), '$.form')";

/// A run that acted: it called an app, or saved the intent to do so.
pub struct RunWithEffects {
    /// Its id.
    pub id: RunId,
    /// When it was created, in milliseconds since 1970.
    pub created_at: i64,
    /// The whole run if it is over. An open run is read separately, so that only one such run is in memory at
    /// a time.
    pub run: Result<Option<Run>, SqlError>,
}

impl VaultCtx {
    /// A page of the runs that acted and were created before a time and id, newest first.
    ///
    /// # Errors
    /// When the database fails; so in all functions here.
    pub fn runs_with_effects(
        &self,
        (at, id): (i64, &str),
        limit: i64,
    ) -> Result<Vec<RunWithEffects>, SqlError> {
        let rows = self.sql.rows(
            &format!(
                "SELECT id, created_at, CASE WHEN state IN ({}) THEN body END FROM run
                 WHERE has_effects = 1 AND (created_at, id) < (?, ?) ORDER BY created_at DESC, id DESC LIMIT ?",
                phase_words(&RunPhase::DECIDED)
            ),
            values![at, id, limit],
        )?;
        let acted = |mut row: Row| {
            Ok(RunWithEffects {
                id: row.parsed(RunId::parse)?,
                created_at: row.int()?,
                run: row.optional_json(),
            })
        };
        rows.into_iter().map(acted).collect()
    }

    /// The recipes of the person's latest runs that acted, newest first; a recipe as often as it ran.
    pub fn recipes_of_latest_runs(&self) -> Result<Vec<RecipeId>, SqlError> {
        let rows = self.sql.rows(
            "SELECT json_extract(body, '$.recipe') FROM
             (SELECT body FROM run WHERE has_effects = 1 ORDER BY created_at DESC, id DESC LIMIT 50)",
            values![],
        )?;
        rows.into_iter().map(|mut row| row.parsed(RecipeId::parse)).collect()
    }

    /// A run, with the version that a save must name.
    pub fn run(&self, id: &RunId) -> Result<Option<(Run, RunVersion)>, SqlError> {
        if let Some(unstored) = self.unstored_runs.borrow().get(id) {
            return Ok(Some((unstored.run.clone(), unstored.version)));
        }
        let row = self.sql.row("SELECT body, version FROM run WHERE id = ?", values![id.as_str()])?;
        row.map(|mut row| Ok((row.json()?, RunVersion(row.int()?)))).transpose()
    }

    /// A run, if it exists and can be read. An unreadable one is logged.
    pub fn known_run(&self, id: &RunId) -> Option<(Run, RunVersion)> {
        self.if_readable(self.run(id)).flatten()
    }

    /// The runs that can be read. Unreadable ones are logged.
    fn readable(&self, rows: Vec<Row>) -> Vec<Run> {
        rows.into_iter().filter_map(|mut row| self.if_readable(row.json())).collect()
    }

    /// The runs in a state, oldest first, as [`OUTLINE`]s.
    pub fn runs_in(&self, phase: RunPhase) -> Result<Vec<Run>, SqlError> {
        let rows = self.sql.rows(
            &format!("SELECT {OUTLINE} FROM run WHERE state = ? AND {OPEN} ORDER BY created_at"),
            values![phase.as_word()],
        )?;
        Ok(self.readable(rows))
    }

    /// The runs that are not over, oldest first, as [`OUTLINE`]s.
    pub fn open_runs(&self) -> Result<Vec<Run>, SqlError> {
        let rows = self.sql.rows(
            &format!(
                "SELECT {OUTLINE} FROM run WHERE state NOT IN ({}) AND {OPEN} ORDER BY created_at",
                phase_words(&RunPhase::DECIDED)
            ),
            values![],
        )?;
        let mut open = self.readable(rows);
        let unstored = self.unstored_runs.borrow();
        let running = unstored.values().map(|unstored| &unstored.run);
        open.extend(running.filter(|run| run.state == RunState::Running).cloned());
        Ok(open)
    }

    /// The ids of a recipe's runs that wait for their person, or that wait for a retry (then `true`), oldest
    /// first.
    pub fn stalled_runs(&self, recipe: &RecipeId) -> Result<Vec<(RunId, bool)>, SqlError> {
        let rows = self.sql.rows(
            &format!(
                "SELECT run.id, run.state = ?1 FROM run LEFT JOIN job ON job.id = 'drive_run:' || run.id
                 WHERE (run.state IN ({})
                    OR (run.state = ?1 AND (json_extract(run.body, '$.stalled') IS NOT NULL
                        OR (job.attempts > 0 AND job.lease_until = 0 AND job.parked = 0))))
                 AND {OPEN} AND json_extract(run.body, '$.recipe') = ?2 ORDER BY run.created_at",
                phase_words(&RunPhase::WAITING)
            ),
            values![RunPhase::Running.as_word(), recipe.as_str()],
        )?;
        rows.into_iter().map(|mut row| Ok((row.parsed(RunId::parse)?, row.int()? == 1))).collect()
    }

    /// The number of runs that are not over.
    pub fn open_count(&self) -> Result<i64, SqlError> {
        let unstored = i64::try_from(self.unstored_runs.borrow().len()).unwrap_or(i64::MAX);
        let row = self.sql.cached_row(&format!("SELECT count(*) FROM run WHERE {OPEN}"), values![])?;
        Ok(unstored + row.map(|mut row| row.int()).transpose()?.unwrap_or(0))
    }

    /// The activity id of the progress card.
    pub fn progress_of(&self, id: &RunId) -> Result<Option<ActivityId>, SqlError> {
        if let Some(unstored) = self.unstored_runs.borrow().get(id) {
            return Ok(unstored.progress.clone());
        }
        let row = self.sql.row("SELECT progress FROM run WHERE id = ?", values![id.as_str()])?;
        Ok(row.map(|mut row| row.optional_text()).transpose()?.flatten().map(ActivityId::from))
    }

    /// Stores the activity id of the progress card. It has a column of its own, so that the display does not
    /// change the run's version.
    pub fn set_progress(&self, id: &RunId, card: Option<&ActivityId>) -> Result<(), SqlError> {
        if let Some(unstored) = self.unstored_runs.borrow_mut().get_mut(id) {
            unstored.progress = card.cloned();
            return Ok(());
        }
        self.sql.run(
            "UPDATE run SET progress = ? WHERE id = ?",
            values![card.map(ActivityId::to_string), id.as_str()],
        )
    }

    /// The activity id of the card that waits for the person, or else of the progress card.
    pub fn card_of(&self, run: &Run) -> Result<Option<ActivityId>, SqlError> {
        run.state.posted_card().map_or_else(|| self.progress_of(&run.id), |card| Ok(Some(card.clone())))
    }

    /// Inserts a new run.
    pub fn insert_run(&self, _: &Tx, run: &Run) -> Result<(), SqlError> {
        self.insert(&UnstoredRun::new(run.clone()))
    }

    fn insert(&self, unstored: &UnstoredRun) -> Result<(), SqlError> {
        let UnstoredRun { run, version, progress, announced } = unstored;
        self.enqueue_clean_up()?;
        self.store_uses()?;
        self.sql.run(
            "INSERT INTO run (id, state, body, version, created_at, has_effects, progress, announced)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            values![
                run.id.as_str(),
                run.state.phase().as_word(),
                run.stored()?,
                version.0,
                run.created_at.millis(),
                run.has_effects(),
                progress.as_ref().map(ActivityId::to_string),
                *announced as i64
            ],
        )
    }

    /// Stores a run that is driven in the request of its command. Unless it is over, its job is stored with
    /// it, leased to this start of the object, and an alarm takes it up if the object is lost.
    pub fn store_run(&self, id: &RunId) -> Result<(), SqlError> {
        let Some(unstored) = self.unstored_runs.borrow_mut().remove(id) else { return Ok(()) };
        let ended = matches!(unstored.run.state, RunState::Over { .. } | RunState::Cancelled);
        let claimed = ClaimedJob::new(Job::DriveRun { run: id.clone() });
        let stored = self.sql.transaction(|_| {
            self.insert(&unstored)?;
            if ended { Ok(()) } else { self.insert_claimed(&claimed) }
        });
        if stored.is_err() {
            self.unstored_runs.borrow_mut().insert(id.clone(), unstored);
        } else if !ended {
            self.early_rows.borrow_mut().insert(claimed.key);
            self.schedule_alarm(lease_end(self.now()));
        }
        stored
    }

    /// Saves a run in memory if it is not stored. `None` if it is.
    fn update_unstored(&self, run: &Run, version: RunVersion) -> Option<bool> {
        let mut unstored_runs = self.unstored_runs.borrow_mut();
        let unstored = unstored_runs.get_mut(&run.id)?;
        let saved = unstored.version == version;
        if saved {
            unstored.run.clone_from(run);
            unstored.version = version.next();
        }
        Some(saved)
    }

    /// Saves a run if its version is still `version`. Returns whether it did. A run that is driven in the
    /// request of its command is stored with the first save without which something would be lost. Writes by
    /// a shared connection since the last save are enqueued for the audit in the same transaction.
    pub fn save_run(&self, run: &Run, version: RunVersion) -> Result<bool, SqlError> {
        if run.wrote_as_shared(catalog()).is_empty() {
            return self.update_run(run, version);
        }
        self.sql.transaction(|_| {
            let before = self.run(&run.id)?.map(|(before, _)| before);
            let saved = self.update_run(run, version)?;
            if saved {
                let by = self.subject()?.user;
                for (id, entry) in shared_writes(before.as_ref(), run, catalog(), &by, self.now()) {
                    self.enqueue(&Job::WriteAudit { id, entry }, self.now())?;
                }
            }
            Ok(saved)
        })
    }

    fn update_run(&self, run: &Run, version: RunVersion) -> Result<bool, SqlError> {
        if let Some(saved) = self.update_unstored(run, version) {
            if saved && run.has_to_be_stored(catalog()) {
                self.store_run(&run.id)?;
            }
            return Ok(saved);
        }
        self.store_uses()?;
        let (state, body, has_effects) = (run.state.phase().as_word(), run.stored()?, run.has_effects());
        // Mostly `has_effects` stays as it is. Naming it would rewrite its index.
        let saved = self.sql.changed(
            "UPDATE run SET state = ?, body = ?, version = version + 1
             WHERE id = ? AND version = ? AND has_effects = ? RETURNING 1",
            values![state, body.as_str(), run.id.as_str(), version.0, has_effects],
        )?;
        Ok(saved
            || self.sql.changed(
                "UPDATE run SET state = ?, body = ?, has_effects = ?, version = version + 1
                 WHERE id = ? AND version = ? RETURNING 1",
                values![state, body, has_effects, run.id.as_str(), version.0],
            )?)
    }

    /// What the conversation of the command was told about where the reply is. It has a column of its own, so
    /// that a delivery does not change the run's version.
    pub fn announced(&self, run: Option<&Run>) -> Result<Announced, SqlError> {
        let Some(run) = run else { return Ok(Announced::Nothing) };
        if let Some(unstored) = self.unstored_runs.borrow().get(&run.id) {
            return Ok(unstored.announced);
        }
        let row = self.sql.row("SELECT announced FROM run WHERE id = ?", values![run.id.as_str()])?;
        match row.map(|mut row| row.int()).transpose()?.unwrap_or(0) {
            0 => Ok(Announced::Nothing),
            1 => Ok(Announced::Private),
            2 => Ok(Announced::Cannot),
            _ => Err(SqlError::unreadable("announcement of a run")),
        }
    }

    /// Stores what the conversation of the command is told. Call it right before a request or a save, so that
    /// it shares their commit.
    pub fn note_announced(&self, run: Option<&Run>, announced: Announced) -> Result<(), SqlError> {
        let Some(run) = run else { return Ok(()) };
        if let Some(unstored) = self.unstored_runs.borrow_mut().get_mut(&run.id) {
            unstored.announced = announced;
            return Ok(());
        }
        self.sql.run("UPDATE run SET announced = ? WHERE id = ?", values![announced as i64, run.id.as_str()])
    }
}
