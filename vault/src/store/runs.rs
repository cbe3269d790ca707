//! The runs of a person: how they are kept, and how they end when they cannot go on.

use workbot_domain::audit::shared_writes;
use workbot_domain::run::{Announced, Run, RunState};
use workbot_shared::{RecipeId, RunId};

use crate::catalog::catalog;
use crate::context::VaultCtx;
use crate::job::Job;
use crate::sql::{Row, SqlError, Tx, values};

/// A run without what it was told and what came of its steps, as JSON: what lists, cards and logins look for. There are
/// `OPEN_RUNS` of them at most, each of some 2 KB, where whole runs could have `MOST_KEPT` each.
const OUTLINE: &str = "json_remove(json_set(body, '$.steps', json('[]'), '$.inputs', json('{}')), '$.form')";

fn state_word(state: &RunState) -> &'static str {
    match state {
        RunState::Running => "running",
        RunState::WaitingInput { .. } => "waiting_input",
        RunState::WaitingLogin { .. } => "waiting_login",
        RunState::WaitingConfirmation => "waiting_confirmation",
        RunState::Replying(_) => "replying",
        RunState::Over { .. } => "over",
        RunState::Cancelled => "cancelled",
    }
}

/// A run that acted.
pub struct RunWithEffects {
    pub id: RunId,
    pub created_at: i64,
    /// The run, if it is over. One that goes on is read by itself, so that one such is held at a time.
    pub run: Result<Option<Run>, SqlError>,
}

impl VaultCtx {
    /// The runs that acted and began before a time and id, newest first.
    pub fn runs_with_effects(
        &self,
        (at, id): (i64, &str),
        limit: i64,
    ) -> Result<Vec<RunWithEffects>, SqlError> {
        let rows = self.sql.rows(
            "SELECT id, created_at, CASE WHEN state IN ('over', 'cancelled', 'replying') THEN body END FROM run
             WHERE has_effects = 1 AND (created_at, id) < (?, ?) ORDER BY created_at DESC, id DESC LIMIT ?",
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

    /// A run, with the version that a save must name.
    pub fn run(&self, id: &RunId) -> Result<Option<(Run, i64)>, SqlError> {
        let row = self.sql.row("SELECT body, version FROM run WHERE id = ?", values![id.as_str()])?;
        row.map(|mut row| Ok((row.json()?, row.int()?))).transpose()
    }

    /// A run, if it is there and can be read.
    pub fn known_run(&self, id: &RunId) -> Option<(Run, i64)> {
        self.if_readable(self.run(id)).flatten()
    }

    /// The runs that can be read.
    fn readable(&self, rows: Vec<Row>) -> Vec<Run> {
        rows.into_iter().filter_map(|mut row| self.if_readable(row.json())).collect()
    }

    /// The runs in a state, oldest first, as [`OUTLINE`]s.
    pub fn runs_in(&self, state: &str) -> Result<Vec<Run>, SqlError> {
        let rows = self.sql.rows(
            &format!("SELECT {OUTLINE} FROM run WHERE state = ? ORDER BY created_at"),
            values![state],
        )?;
        Ok(self.readable(rows))
    }

    /// The runs that are not over, oldest first, as [`OUTLINE`]s.
    pub fn open_runs(&self) -> Result<Vec<Run>, SqlError> {
        let rows = self.sql.rows(
            &format!(
                "SELECT {OUTLINE} FROM run WHERE state NOT IN ('over', 'cancelled', 'replying') ORDER BY created_at"
            ),
            values![],
        )?;
        Ok(self.readable(rows))
    }

    /// The ids of a recipe's runs that wait, or are to be tried again later (then `true`), oldest first.
    pub fn stalled_runs(&self, recipe: &RecipeId) -> Result<Vec<(RunId, bool)>, SqlError> {
        let rows = self.sql.rows(
            "SELECT run.id, run.state = 'running' FROM run LEFT JOIN job ON job.id = 'drive_run:' || run.id
             WHERE (run.state IN ('waiting_input', 'waiting_login', 'waiting_confirmation')
                OR (run.state = 'running' AND (json_extract(run.body, '$.stalled') IS NOT NULL
                    OR (job.attempts > 0 AND job.lease_until = 0 AND job.parked = 0))))
             AND json_extract(run.body, '$.recipe') = ? ORDER BY run.created_at",
            values![recipe.as_str()],
        )?;
        rows.into_iter().map(|mut row| Ok((row.parsed(RunId::parse)?, row.int()? == 1))).collect()
    }

    /// How many runs are not over.
    pub fn open_count(&self) -> Result<i64, SqlError> {
        let row = self.sql.row(
            "SELECT count(*) FROM run
             WHERE state IN ('running', 'waiting_input', 'waiting_login', 'waiting_confirmation', 'replying')",
            values![],
        )?;
        Ok(row.map(|mut row| row.int()).transpose()?.unwrap_or(0))
    }

    /// The activity id of the card that shows how far a run is.
    pub fn progress_of(&self, id: &RunId) -> Result<Option<String>, SqlError> {
        let row = self.sql.row("SELECT progress FROM run WHERE id = ?", values![id.as_str()])?;
        Ok(row.map(|mut row| row.optional_text()).transpose()?.flatten())
    }

    /// Kept beside the run: whoever shows it does not change the run.
    pub fn set_progress(&self, id: &RunId, card: Option<&str>) -> Result<(), SqlError> {
        self.sql
            .run("UPDATE run SET progress = ? WHERE id = ?", values![card.map(str::to_owned), id.as_str()])
    }

    /// The activity id of the card that asks for something, or that shows how far the run is.
    pub fn card_of(&self, run: &Run) -> Result<Option<String>, SqlError> {
        run.state.posted_card().map_or_else(|| self.progress_of(&run.id), |card| Ok(Some(card.to_owned())))
    }

    pub fn insert_run(&self, _: &Tx, run: &Run) -> Result<(), SqlError> {
        self.sql.run(
            "INSERT INTO run (id, state, body, version, created_at) VALUES (?, ?, ?, 1, ?)",
            values![run.id.as_str(), state_word(&run.state), run.stored()?, run.created_at.millis()],
        )
    }

    /// Saves a run if nobody else did meanwhile; tells whether it did. What it wrote by a shared connection since then is
    /// noted for the audit in the same transaction.
    pub fn save_run(&self, run: &Run, version: i64) -> Result<bool, SqlError> {
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

    fn update_run(&self, run: &Run, version: i64) -> Result<bool, SqlError> {
        self.sql.changed(
            "UPDATE run SET state = ?, body = ?, has_effects = ?, version = version + 1
             WHERE id = ? AND version = ? RETURNING 1",
            values![state_word(&run.state), run.stored()?, run.has_effects(), run.id.as_str(), version],
        )
    }

    /// What the conversation of a run's command was told about where its person finds what comes of it. Kept beside the run:
    /// whoever tells something does not change the run.
    pub fn announced(&self, run: Option<&Run>) -> Result<Announced, SqlError> {
        let Some(run) = run else { return Ok(Announced::Nothing) };
        let row = self.sql.row("SELECT announced FROM run WHERE id = ?", values![run.id.as_str()])?;
        Ok(match row.map(|mut row| row.int()).transpose()?.unwrap_or(0) {
            0 => Announced::Nothing,
            2 => Announced::Cannot,
            _ => Announced::Private,
        })
    }

    /// Right before something is posted, or saved: where that comes after a save, or before one, it is the same commit.
    pub fn note_announced(&self, run: Option<&Run>, announced: Announced) -> Result<(), SqlError> {
        let Some(run) = run else { return Ok(()) };
        self.sql.run("UPDATE run SET announced = ? WHERE id = ?", values![announced as i64, run.id.as_str()])
    }
}
