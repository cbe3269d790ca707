//! The runs of a person: how they are kept, and how they end when they cannot go on.

use workbot_domain::audit::shared_writes;
use workbot_domain::card;
use workbot_domain::owner::{Owner, Subject};
use workbot_domain::run::{Run, RunState};
use workbot_shared::{AppId, RunId};

use super::due::Job;
use super::{Core, Trouble};
use crate::catalogue::{catalogue, catalogue_in};
use crate::clock::now;
use crate::connector::card_message;
use crate::sql::SqlError;
use crate::values;

fn label(state: &RunState) -> &'static str {
    match state {
        RunState::Running => "running",
        RunState::WaitingInput { .. } => "waiting_input",
        RunState::WaitingLogin { .. } => "waiting_login",
        RunState::WaitingConsent => "waiting_consent",
        RunState::Replying { .. } => "replying",
        RunState::Over { .. } => "over",
        RunState::Cancelled => "cancelled",
    }
}

impl Core {
    /// A run, with the version that a save must name.
    pub(super) fn run(&self, id: &RunId) -> Result<Option<(Run, i64)>, SqlError> {
        let row = self.sql.row("SELECT run, version FROM run WHERE id = ?", values![id.as_str()])?;
        Ok(row.and_then(|row| Some((row.json(0)?, row.int(1)))))
    }

    /// The runs in a state, oldest first.
    pub(super) fn runs_in(&self, state: &str) -> Result<Vec<Run>, SqlError> {
        let rows =
            self.sql.rows("SELECT run FROM run WHERE state = ? ORDER BY created_at", values![state])?;
        Ok(rows.iter().filter_map(|row| row.json(0)).collect())
    }

    /// The runs that are not over, oldest first.
    pub(super) fn open_runs(&self) -> Result<Vec<Run>, SqlError> {
        let rows = self.sql.rows(
            "SELECT run FROM run WHERE state NOT IN ('over', 'cancelled', 'replying') ORDER BY created_at",
            values![],
        )?;
        Ok(rows.iter().filter_map(|row| row.json(0)).collect())
    }

    /// How many runs are not over.
    pub(super) fn open_count(&self) -> Result<i64, SqlError> {
        let row = self.sql.row(
            "SELECT count(*) FROM run
             WHERE state IN ('running', 'waiting_input', 'waiting_login', 'waiting_consent', 'replying')",
            values![],
        )?;
        Ok(row.map_or(0, |row| row.int(0)))
    }

    /// The activity id of the card that shows how far a run is.
    pub(super) fn progress_of(&self, id: &RunId) -> Result<Option<String>, SqlError> {
        let row = self.sql.row("SELECT progress FROM run WHERE id = ?", values![id.as_str()])?;
        Ok(row.and_then(|row| row.optional_text(0)))
    }

    /// Kept beside the run: whoever shows it does not change the run.
    pub(super) fn set_progress(&self, id: &RunId, card: Option<&str>) -> Result<(), SqlError> {
        self.sql
            .run("UPDATE run SET progress = ? WHERE id = ?", values![card.map(str::to_owned), id.as_str()])
    }

    pub(super) fn insert_run(&self, run: &Run) -> Result<(), SqlError> {
        self.sql.run(
            "INSERT INTO run (id, state, run, version, created_at) VALUES (?, ?, ?, 1, ?)",
            values![
                run.id.as_str(),
                label(&run.state),
                serde_json::to_string(run).unwrap_or_default(),
                run.created_at.millis()
            ],
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
            values![
                label(&run.state),
                serde_json::to_string(run).unwrap_or_default(),
                run.acted(),
                run.id.as_str(),
                version
            ],
        )
    }

    /// Cancels the runs that wait and would use a connection that its owner just left. To be called in a transaction.
    /// `by_admin`: it was not the owner who left it.
    pub(super) fn cancel_waiting(&self, app: &AppId, by_admin: bool) -> Result<(), SqlError> {
        for state in ["waiting_login", "waiting_consent"] {
            for waiting in self.runs_in(state)? {
                let Some((mut run, version)) =
                    self.run(&waiting.id)?.filter(|(run, _)| run.is_as_person(app))
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
                let app = catalogue_in(run.language).app_name(app);
                let text = if by_admin {
                    run.words().cancelled_by_admin(name, app)
                } else {
                    run.words().cancelled_by_leaving(name, app)
                };
                run.stop(text, catalogue_in(run.language));
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

/// A run could not go on for long: it ends, and says so.
pub fn give_up(core: &Core, id: &RunId) -> Result<(), Trouble> {
    if let Some((mut run, version)) = core.run(id)?.filter(|(run, _)| run.state == RunState::Running) {
        run.give_up(catalogue_in(run.language));
        if core.save_run(&run, version)? {
            core.enqueue(&Job::Run { run: id.clone() }, now())?;
        }
    }
    Ok(())
}
