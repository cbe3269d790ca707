//! Runs that wait: for a login, for their person, or for something that fails for long.

use std::time::Duration;
use workbot_domain::card;
use workbot_domain::run::{Run, RunState, WAITS_FOR};
use workbot_shared::{AppId, RunId};

use crate::catalogue::catalogue_in;
use crate::clients::connector::card_message;
use crate::context::{VaultCtx, VaultError};
use crate::job::Job;
use crate::sql::{SqlError, Tx};

/// What a run has to say, or to ask, is tried this often when nobody can be told for long.
const TELL_EVERY: Duration = Duration::from_secs(300);

impl VaultCtx {
    /// One login wakes every run that waits for that app.
    pub fn wake(&self, _tx: &Tx, app: &AppId) -> Result<(), SqlError> {
        for run in self.runs_in("waiting_login")? {
            if run.waits_for(app) {
                self.enqueue(&Job::Run { run: run.id.clone() }, self.now())?;
            }
        }
        Ok(())
    }

    /// Cancels the runs that wait and would use a connection that its owner just left.
    /// `by_admin`: it was not the owner who left it.
    pub fn cancel_waiting(&self, _tx: &Tx, app: &AppId, by_admin: bool) -> Result<(), SqlError> {
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
                    self.enqueue(&Job::Replace { activity, near, message }, self.now())?;
                }
                let app = catalogue_in(run.language).app_name(app);
                let text = if by_admin {
                    run.words().cancelled_by_admin(name, app)
                } else {
                    run.words().cancelled_by_leaving(name, app)
                };
                run.stop(text, catalogue_in(run.language));
                self.save_run(&run, version)?;
                self.enqueue(&Job::Run { run: run.id.clone() }, self.now())?;
            }
        }
        Ok(())
    }

    /// Whether a run that is about to ask for a login is one too many.
    pub fn is_one_too_many(&self, run: &Run) -> Result<bool, SqlError> {
        for (id, _) in self.held_runs(&run.recipe)? {
            let other = self.known_run(&id);
            if other.is_some_and(|(other, _)| run.is_one_too_many(&other, catalogue_in(run.language))) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// A run could not go on for long: it ends, and says so. One that cannot say something goes on trying, for a day after that
/// in which it could wait.
pub fn give_up(ctx: &VaultCtx, id: &RunId) -> Result<(), VaultError> {
    let Some((mut run, version)) = ctx.run(id)? else { return Ok(()) };
    let untold = match &run.state {
        RunState::Running => {
            run.give_up(catalogue_in(run.language));
            if ctx.save_run(&run, version)? {
                ctx.enqueue(&Job::Run { run: id.clone() }, ctx.now())?;
            }
            false
        }
        RunState::Replying { .. } => true,
        RunState::WaitingInput { card } | RunState::WaitingLogin { card, .. } => card.is_none(),
        RunState::WaitingConsent | RunState::Over { .. } | RunState::Cancelled => false,
    };
    if untold && ctx.now() < run.created_at + WAITS_FOR * 2 {
        ctx.once_more(&Job::Run { run: id.clone() }, ctx.now() + TELL_EVERY)?;
    }
    Ok(())
}
