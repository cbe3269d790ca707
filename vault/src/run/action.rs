//! One action call of a run, as the person or as the company. `domain::run::CallAttempt` decides.

use std::rc::Rc;
use workbot_domain::ids::{Revision, RunVersion};
use workbot_domain::log_event::Event;
use workbot_domain::run::{
    AccessDenied, ActionCall, AfterCall, AttemptStep, CallAttempt, Obstacle, Purpose, Run, RunEnd,
};
use workbot_shared::OwnerKind;

use crate::clients::app::AppClient;
use crate::connection::company_connection_access::{self, SharedAccessCache};
use crate::context::VaultCtx;
use crate::error::VaultError;
use crate::installed_catalog::catalog_in;
use crate::sql::SqlError;

/// How a call ended for the run.
pub enum CallResult {
    /// Its result is saved in the run. Holds the version that was saved, or `None` if the run must be read
    /// again: another writer was faster, or nothing was saved.
    Noted(Option<RunVersion>),
    /// The run must retry it later.
    PutOff(Obstacle),
}

/// Calls an action. Saves the run as often as the attempt demands, and stops once another writer has saved
/// the run.
///
/// # Errors
/// When the vault is not configured or its database fails.
pub async fn call(
    ctx: &Rc<VaultCtx>,
    run: &mut Run,
    mut version: RunVersion,
    call: ActionCall,
    shared_cache: &mut SharedAccessCache,
) -> Result<CallResult, VaultError> {
    let (config, catalog) = (ctx.config()?, catalog_in(run.language));
    let owner = if call.as_person { OwnerKind::Person } else { OwnerKind::Shared };
    let mut attempt = CallAttempt::new(run, call);
    let ActionCall { app, action, with, .. } = &attempt.call().clone();
    let client = AppClient::of(ctx, &config, app);
    let definition = client.and_then(|client| client.app.actions.get(action));
    let (Some(client), Some(definition)) = (client, definition) else {
        attempt.on_not_set_up(run);
        let saved = ctx.save_run(run, version)?;
        return Ok(CallResult::Noted(saved.then(|| version.next())));
    };
    let mut refused: Option<Revision> = None;
    loop {
        let access = match &refused {
            None => shared_cache.access(ctx, owner, app, &run.correlation).await,
            Some(revision) => {
                company_connection_access::renew(ctx, owner, app, revision, &run.correlation).await
            }
        };
        let mut step = match &access {
            // No await from here to the request: what the person allows now is what counts.
            Ok(_) => match forbidden(ctx, run, attempt.call())? {
                Some(end) => attempt.on_denied(run, AccessDenied::Never(end)),
                None => attempt.on_access(run),
            },
            Err(problem) => attempt.on_denied(run, AccessDenied::of(problem, app)),
        };
        if let (AttemptStep::Send { intended }, Ok(access)) = (&step, &access) {
            if *intended {
                if !ctx.save_run_and_count(run, version, attempt.call())? {
                    return Ok(CallResult::Noted(None));
                }
                version = version.next();
            }
            let began = ctx.now();
            let context = run.context(&attempt.call().purpose, &access.account, catalog);
            let (outcome, stated) = client.call(definition, with, &access.tokens, context).await;
            let by = (access.account.label.as_str(), catalog);
            let AfterCall { step: next, ended } = attempt.on_outcome(run, outcome, definition, stated, by);
            if let Some(outcome) = ended {
                let (recipe, ms) = (run.recipe.clone(), ctx.millis_since(began));
                let (app, action, shared) = (app.clone(), action.clone(), owner == OwnerKind::Shared);
                ctx.log_of(&run.correlation, &Event::Step { recipe, app, action, shared, outcome, ms });
            }
            if next == AttemptStep::Noted {
                company_connection_access::record_use(ctx, owner, app, &run.recipe)?;
            }
            step = next;
        }
        match step {
            // The connection's record says so now: the next step asks for the login.
            AttemptStep::NeedsLogin => {
                shared_cache.mark_missing(app);
                return Ok(CallResult::Noted(None));
            }
            AttemptStep::PutOff { by, changed } => {
                if changed {
                    ctx.save_run_and_count(run, version, attempt.call())?;
                }
                return Ok(CallResult::PutOff(by));
            }
            AttemptStep::Renew => {
                if !ctx.save_run_and_count(run, version, attempt.call())? {
                    return Ok(CallResult::Noted(None));
                }
                version = version.next();
                shared_cache.forget(app);
                refused = access.ok().map(|access| access.revision);
            }
            AttemptStep::Noted | AttemptStep::Send { .. } => {
                let saved = ctx.save_run_and_count(run, version, attempt.call())?;
                return Ok(CallResult::Noted(saved.then(|| version.next())));
            }
        }
    }
}

/// The end of a run whose person does not allow this call.
fn forbidden(ctx: &VaultCtx, run: &Run, call: &ActionCall) -> Result<Option<RunEnd>, SqlError> {
    if !call.as_person {
        return Ok(None);
    }
    let counted = if let Purpose::Step(step) = call.purpose { Some((&run.id, step)) } else { None };
    let checked = ctx.check_guardrails(&call.app, u32::from(call.writes), counted)?;
    let end = |guardrail| RunEnd::RefusedByGuardrail { app: call.app.clone(), guardrail };
    Ok(checked.err().map(end))
}
