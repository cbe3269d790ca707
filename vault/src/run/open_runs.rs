//! A person's open runs, for their tab: their list, and the cancellation of one.

use workbot_domain::present::run_message;
use workbot_domain::run::RunState;
use workbot_shared::{Language, RunId};

use crate::context::VaultCtx;
use crate::error::VaultError;
use crate::installed_catalog::catalog_in;
use crate::job::Job;
use crate::protocol::VaultResponse;

/// The open runs, oldest first.
///
/// # Errors
/// When the database fails.
pub fn list(ctx: &VaultCtx, language: Language) -> Result<VaultResponse, VaultError> {
    let catalog = catalog_in(language);
    Ok(VaultResponse::Runs(ctx.open_runs()?.iter().map(|run| run.row(catalog)).collect()))
}

/// Who cancels a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Canceller {
    /// The person.
    Person,
    /// The agent that asked for the run.
    Agent,
}

/// Cancels a waiting run and updates its card. Idempotent. A person who cancels what an agent wants approved
/// has refused it.
///
/// # Errors
/// When the run cannot be read or saved.
pub fn cancel(
    ctx: &VaultCtx,
    id: &RunId,
    by: Canceller,
    language: Language,
) -> Result<VaultResponse, VaultError> {
    let Some((mut run, version)) = ctx.run(id)? else { return Ok(VaultResponse::Cancelled(None)) };
    let posted = ctx.card_of(&run)?;
    let was_asked = matches!(run.state, RunState::WaitingApproval { .. });
    let refused = run.agent.as_ref().filter(|_| was_asked && by == Canceller::Person);
    let refused = refused.map(|agent| agent.grant.clone());
    if run.cancel() {
        ctx.sql.transaction(|tx| {
            let saved = ctx.save_run(&run, version)?;
            if let Some(grant) = refused.filter(|_| saved) {
                ctx.answer_agent(tx, &grant, false)?;
            }
            let Some(activity) = posted.filter(|_| saved) else { return Ok(()) };
            ctx.set_progress(id, None)?;
            let message = run_message::cancelled(&run, catalog_in(run.language));
            ctx.enqueue(&Job::UpdateMessage { activity, near: run.conversation.clone(), message }, ctx.now())
        })?;
    }
    if run.state != RunState::Cancelled {
        return Ok(VaultResponse::NotWaiting);
    }
    Ok(VaultResponse::Cancelled(Some(run.row(catalog_in(language)))))
}
