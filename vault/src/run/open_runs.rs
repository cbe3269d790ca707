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

/// Cancels a waiting run and updates its card. Idempotent.
///
/// # Errors
/// When the run cannot be read or saved.
pub fn cancel(ctx: &VaultCtx, id: &RunId, language: Language) -> Result<VaultResponse, VaultError> {
    let Some((mut run, version)) = ctx.run(id)? else { return Ok(VaultResponse::Cancelled(None)) };
    let posted = ctx.card_of(&run)?;
    if run.cancel() {
        ctx.sql.transaction(|_| {
            let saved = ctx.save_run(&run, version)?;
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
