//! Runs that wait: for a login, for their person, or for an obstacle to pass.

use workbot_domain::ids::RunVersion;
use workbot_domain::present::run_message;
use workbot_domain::run::{Parked, Run, RunEnd, RunPhase};
use workbot_shared::{AppId, RunId};

use crate::context::VaultCtx;
use crate::error::VaultError;
use crate::installed_catalog::catalog_in;
use crate::job::Job;
use crate::sql::{SqlError, Tx};

impl VaultCtx {
    /// Enqueues every run that waits for a login to this app.
    pub fn wake_runs(&self, _tx: &Tx, app: &AppId) -> Result<(), SqlError> {
        for run in self.runs_in(RunPhase::WaitingLogin)? {
            if run.waits_for(app) {
                self.enqueue(&Job::DriveRun { run: run.id.clone() }, self.now())?;
            }
        }
        Ok(())
    }

    /// Ends the waiting runs that would use a connection that was just disconnected. `by_admin` says whether
    /// an admin disconnected it.
    pub fn cancel_waiting(&self, tx: &Tx, app: &AppId, by_admin: bool) -> Result<(), SqlError> {
        let phases = [
            RunPhase::WaitingLogin,
            RunPhase::WaitingConfirmation,
            RunPhase::WaitingAnswer,
            RunPhase::WaitingApproval,
            RunPhase::Running,
        ];
        for phase in phases {
            for waiting in self.runs_in(phase)? {
                let Some((run, version)) =
                    self.known_run(&waiting.id).filter(|(run, _)| run.waits() && run.is_as_person(app))
                else {
                    continue;
                };
                let app = app.clone();
                let end =
                    if by_admin { RunEnd::DisconnectedByAdmin { app } } else { RunEnd::Disconnected { app } };
                self.end_run(tx, run, version, end)?;
            }
        }
        Ok(())
    }

    /// Ends every run whose end is not decided, one that is being driven too: its driver finds that out when
    /// it saves, which it does before each write.
    pub fn end_open_runs(&self, tx: &Tx, end: &RunEnd) -> Result<(), SqlError> {
        for open in self.open_runs()? {
            if let Some((run, version)) = self.known_run(&open.id) {
                self.end_run(tx, run, version, end.clone())?;
            }
        }
        Ok(())
    }

    /// Ends a run: its card says so, and its person is told why.
    pub fn end_run(&self, _: &Tx, mut run: Run, version: RunVersion, end: RunEnd) -> Result<(), SqlError> {
        if let Some(activity) = run.state.posted_card() {
            let message = run_message::ended(&run, catalog_in(run.language));
            let (activity, near) = (activity.clone(), run.conversation.clone());
            self.enqueue(&Job::UpdateMessage { activity, near, message }, self.now())?;
        }
        run.fail(end);
        // A run that is not stored is being driven, in the request of its command.
        if self.save_run(&run, version)? && !self.unstored_runs.borrow().contains_key(&run.id) {
            self.enqueue(&Job::DriveRun { run: run.id.clone() }, self.now())?;
        }
        Ok(())
    }

    /// Whether a run that is about to ask for a login repeats one that already waits.
    pub fn is_duplicate(&self, run: &Run) -> Result<bool, SqlError> {
        for (id, _) in self.stalled_runs(&run.recipe)? {
            let other = self.known_run(&id);
            if other.is_some_and(|(other, _)| run.is_duplicate_of(&other, catalog_in(run.language))) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Ends a run whose job was parked, so that its person is notified, or lets the job retry only the
/// notification.
///
/// # Errors
/// When the run cannot be read or saved.
pub fn on_run_parked(ctx: &VaultCtx, id: &RunId) -> Result<(), VaultError> {
    let Some((mut run, version)) = ctx.run(id)? else { return Ok(()) };
    let job = Job::DriveRun { run: id.clone() };
    match run.on_parked(catalog_in(run.language), ctx.now()) {
        Parked::Ended if ctx.save_run(&run, version)? => ctx.enqueue(&job, ctx.now())?,
        Parked::TellAgain(at) => ctx.retry_once(&job, at)?,
        Parked::Ended | Parked::Stays => {}
    }
    Ok(())
}
