//! The runs of a person: how they are kept, and how they end when they cannot go on.

use std::time::Duration;
use workbot_domain::audit::shared_writes;
use workbot_domain::card;
use workbot_domain::owner::{Owner, Subject};
use workbot_domain::run::{Again, Run, RunEnd, RunState, WAITS_FOR};
use workbot_shared::{AppId, RecipeId, RunId};

use super::due::Job;
use super::turns::{Effect, Reply};
use super::{Core, Trouble};
use crate::catalogue::{catalogue, catalogue_in};
use crate::clock::now;
use crate::connector::card_message;
use crate::sql::{Row, SqlError};
use crate::values;

/// A run without what it was told and what came of its steps, as JSON: what lists, cards and logins look for. There are
/// `OPEN_RUNS` of them at most, each of some 2 KB, where whole runs could have `MOST_KEPT` each.
const OUTLINE: &str = "json_remove(json_set(run, '$.steps', json('[]'), '$.inputs', json('{}')), '$.form')";

fn label(state: &RunState) -> &'static str {
    match state {
        RunState::Running => "running",
        RunState::WaitingInput { .. } => "waiting_input",
        RunState::WaitingLogin { .. } => "waiting_login",
        RunState::WaitingConsent => "waiting_consent",
        RunState::Replying(_) => "replying",
        RunState::Over { .. } => "over",
        RunState::Cancelled => "cancelled",
    }
}

impl Core {
    /// A run, with the version that a save must name.
    pub(super) fn run(&self, id: &RunId) -> Result<Option<(Run, i64)>, SqlError> {
        let row = self.sql.row("SELECT run, version FROM run WHERE id = ?", values![id.as_str()])?;
        row.map(|row| Ok((row.json(0)?, row.int(1)?))).transpose()
    }

    /// A run, if it is there and can be read.
    fn known_run(&self, id: &RunId) -> Option<(Run, i64)> {
        self.if_readable(self.run(id)).flatten()
    }

    /// The runs that can be read.
    fn readable(&self, rows: &[Row]) -> Vec<Run> {
        rows.iter().filter_map(|row| self.if_readable(row.json(0))).collect()
    }

    /// The runs in a state, oldest first, as [`OUTLINE`]s.
    pub(super) fn runs_in(&self, state: &str) -> Result<Vec<Run>, SqlError> {
        let rows = self.sql.rows(
            &format!("SELECT {OUTLINE} FROM run WHERE state = ? ORDER BY created_at"),
            values![state],
        )?;
        Ok(self.readable(&rows))
    }

    /// The runs that are not over, oldest first, as [`OUTLINE`]s.
    pub(super) fn open_runs(&self) -> Result<Vec<Run>, SqlError> {
        let rows = self.sql.rows(
            &format!(
                "SELECT {OUTLINE} FROM run WHERE state NOT IN ('over', 'cancelled', 'replying') ORDER BY created_at"
            ),
            values![],
        )?;
        Ok(self.readable(&rows))
    }

    /// The ids of a recipe's runs that wait, or are to be tried again later (then `true`), oldest first.
    fn held_runs(&self, recipe: &RecipeId) -> Result<Vec<(RunId, bool)>, SqlError> {
        let rows = self.sql.rows(
            "SELECT run.id, run.state = 'running' FROM run LEFT JOIN due ON due.id = 'run:' || run.id
             WHERE (run.state IN ('waiting_input', 'waiting_login', 'waiting_consent')
                OR (run.state = 'running' AND (json_extract(run.run, '$.held_up') IS NOT NULL
                    OR (due.attempts > 0 AND due.claimed_until = 0 AND due.parked = 0))))
             AND json_extract(run.run, '$.recipe') = ? ORDER BY run.created_at",
            values![recipe.as_str()],
        )?;
        rows.iter().map(|row| Ok((row.parsed(0, RunId::parse)?, row.int(1)? == 1))).collect()
    }

    /// What a command comes to that would begin this run, if the same was asked for before and still waits.
    pub(super) fn said_again(&self, wish: &Run) -> Result<Option<Reply>, SqlError> {
        let catalogue = catalogue_in(wish.language);
        let name = &*wish.name(catalogue);
        for (id, held_up) in self.held_runs(&wish.recipe)? {
            let Some((mut run, version)) = self.known_run(&id) else { continue };
            let card = match run.asked_again(wish, held_up, catalogue, now()) {
                Again::Another => continue,
                Again::UnderWay => {
                    let effects = vec![Effect::Change { run: Box::new(run), version, drive: false }];
                    return Ok(Some(Reply { effects, ..Reply::text(wish.words().still_under_way(name)) }));
                }
                Again::TakenUp { card } => card,
            };
            let mut effects = vec![Effect::Change { run: Box::new(run), version, drive: true }];
            effects.extend(card.map(|activity| {
                let text = wish.words().asked_again(name);
                Effect::Replace { activity, message: card_message(&card::closed(&text), &text) }
            }));
            return Ok(Some(Reply { effects, shown: None }));
        }
        Ok(None)
    }

    /// Whether a run that is about to ask for a login is one too many.
    pub(super) fn is_one_too_many(&self, run: &Run) -> Result<bool, SqlError> {
        for (id, _) in self.held_runs(&run.recipe)? {
            let other = self.known_run(&id);
            if other.is_some_and(|(other, _)| run.is_one_too_many(&other, catalogue_in(run.language))) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// How many runs are not over.
    pub(super) fn open_count(&self) -> Result<i64, SqlError> {
        let row = self.sql.row(
            "SELECT count(*) FROM run
             WHERE state IN ('running', 'waiting_input', 'waiting_login', 'waiting_consent', 'replying')",
            values![],
        )?;
        Ok(row.map(|row| row.int(0)).transpose()?.unwrap_or(0))
    }

    /// The activity id of the card that shows how far a run is.
    pub(super) fn progress_of(&self, id: &RunId) -> Result<Option<String>, SqlError> {
        let row = self.sql.row("SELECT progress FROM run WHERE id = ?", values![id.as_str()])?;
        Ok(row.map(|row| row.optional_text(0)).transpose()?.flatten())
    }

    /// Kept beside the run: whoever shows it does not change the run.
    pub(super) fn set_progress(&self, id: &RunId, card: Option<&str>) -> Result<(), SqlError> {
        self.sql
            .run("UPDATE run SET progress = ? WHERE id = ?", values![card.map(str::to_owned), id.as_str()])
    }

    /// The activity id of the card that asks for something, or that shows how far the run is.
    pub(super) fn card_of(&self, run: &Run) -> Result<Option<String>, SqlError> {
        run.state.posted().map_or_else(|| self.progress_of(&run.id), |card| Ok(Some(card.to_owned())))
    }

    pub(super) fn insert_run(&self, run: &Run) -> Result<(), SqlError> {
        self.sql.run(
            "INSERT INTO run (id, state, run, version, created_at) VALUES (?, ?, ?, 1, ?)",
            values![run.id.as_str(), label(&run.state), run.stored()?, run.created_at.millis()],
        )
    }

    /// Saves a run if nobody else did meanwhile; tells whether it did. What it wrote by a shared connection since then is
    /// noted for the audit in the same transaction.
    pub(super) fn save_run(&self, run: &Run, version: i64) -> Result<bool, SqlError> {
        if run.wrote_as_shared(catalogue()).is_empty() {
            return self.update_run(run, version);
        }
        self.sql.transaction(|| {
            let before = self.run(&run.id)?.map(|(before, _)| before);
            let saved = self.update_run(run, version)?;
            if saved {
                let by = self.subject()?.user;
                for (id, entry) in shared_writes(before.as_ref(), run, catalogue(), &by, now()) {
                    self.enqueue(&Job::Report { id, entry }, now())?;
                }
            }
            Ok(saved)
        })
    }

    fn update_run(&self, run: &Run, version: i64) -> Result<bool, SqlError> {
        self.sql.changed(
            "UPDATE run SET state = ?, run = ?, acted = ?, version = version + 1
             WHERE id = ? AND version = ? RETURNING 1",
            values![label(&run.state), run.stored()?, run.acted(), run.id.as_str(), version],
        )
    }

    /// Cancels the runs that wait and would use a connection that its owner just left. To be called in a transaction.
    /// `by_admin`: it was not the owner who left it.
    pub(super) fn cancel_waiting(&self, app: &AppId, by_admin: bool) -> Result<(), SqlError> {
        for state in ["waiting_login", "waiting_consent", "running"] {
            for waiting in self.runs_in(state)? {
                let Some((mut run, version)) =
                    self.known_run(&waiting.id).filter(|(run, _)| run.waits() && run.is_as_person(app))
                else {
                    continue;
                };
                let name = &run.name(catalogue_in(run.language));
                if let Some(activity) = run.state.posted() {
                    let message =
                        card_message(&card::cancelled(run.words(), name), run.words().cancelled_in_short());
                    let (activity, near) = (activity.to_owned(), run.conversation.clone());
                    self.enqueue(&Job::Replace { activity, near, message }, now())?;
                }
                let app = app.clone();
                run.fail(if by_admin {
                    RunEnd::DisconnectedByAdmin { app }
                } else {
                    RunEnd::Disconnected { app }
                });
                self.save_run(&run, version)?;
                self.enqueue(&Job::Run { run: run.id.clone() }, now())?;
            }
        }
        Ok(())
    }

    pub(super) fn subject(&self) -> Result<Subject, Trouble> {
        match self.id()? {
            id if let Owner::User(user) = &id.owner => {
                Ok(Subject { tenant: id.tenant.clone(), user: user.clone() })
            }
            _ => Err(Trouble::NoOwner),
        }
    }
}

/// What a run has to say, or to ask, is tried this often when nobody can be told for long.
const TELL_EVERY: Duration = Duration::from_secs(300);

/// A run could not go on for long: it ends, and says so. One that cannot say something goes on trying, for a day after that
/// in which it could wait.
pub fn give_up(core: &Core, id: &RunId) -> Result<(), Trouble> {
    let Some((mut run, version)) = core.run(id)? else { return Ok(()) };
    let untold = match &run.state {
        RunState::Running => {
            run.give_up(catalogue_in(run.language));
            if core.save_run(&run, version)? {
                core.enqueue(&Job::Run { run: id.clone() }, now())?;
            }
            false
        }
        RunState::Replying(_) => true,
        RunState::WaitingInput { card } | RunState::WaitingLogin { card, .. } => card.is_none(),
        RunState::WaitingConsent | RunState::Over { .. } | RunState::Cancelled => false,
    };
    if untold && now() < run.created_at + WAITS_FOR * 2 {
        core.once_more(&Job::Run { run: id.clone() }, now() + TELL_EVERY)?;
    }
    Ok(())
}
