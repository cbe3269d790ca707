//! Calling: one call of an app for a run, as the person or as the company.

use serde_json::Value;
use std::rc::Rc;
use workbot_domain::call::Outcome;
use workbot_domain::event::{Ended, Event};
use workbot_domain::run::{Purpose, Run, StepRecord};
use workbot_domain::time::Timestamp;
use workbot_shared::AppId;

use crate::access::{NoAccess, refusal};
use crate::catalogue::catalogue_in;
use crate::clients::app::AppClient;
use crate::connection::shared_access::{Borrowed, Obstacle, Whose};
use crate::context::{VaultCtx, VaultError};

/// Marks the step for which an app is called.
fn mark(run: &mut Run, purpose: &Purpose, record: StepRecord) {
    if let Purpose::Step(step) = purpose {
        run.set(*step, record);
    }
}

/// How a call ended, for the run.
pub enum Called {
    /// What came of it is noted in the run.
    Noted,
    /// It is to be tried again later.
    PutOff(Obstacle),
}

/// Calls an app, as the person or as the company. A write's intent is saved before the call leaves; a read leaves nothing
/// behind.
pub async fn call(
    ctx: &Rc<VaultCtx>,
    run: &mut Run,
    mut version: i64,
    (purpose, app, action, with, writes): (&Purpose, &AppId, &str, &Value, bool),
    (whose, borrowed): (Whose, &mut Borrowed),
) -> Result<Called, VaultError> {
    let config = ctx.config()?;
    let name = catalogue_in(run.language).app_name(app);
    // What is known of the step; a call that did nothing leaves it as it was.
    let known = if let Purpose::Step(step) = purpose { run.record(*step) } else { StepRecord::Pending };
    let fail = |run: &mut Run, text: String| {
        mark(run, purpose, known.clone());
        run.stop(text, catalogue_in(run.language));
    };
    let client = AppClient::of(ctx, &config, app);
    let definition = client.and_then(|client| client.app.actions.get(action));
    let (Some(client), Some(definition)) = (client, definition) else {
        fail(run, run.words().not_set_up(name));
        ctx.save_run(run, version)?;
        return Ok(Called::Noted);
    };
    // A token that is not accepted is renewed once, and the call repeated once: nothing was done so far. Refused again, it
    // is this call that is refused: what an API says ends no connection.
    let mut dead: Option<String> = None;
    let log = |run: &Run, outcome: Ended, began: Timestamp| {
        let (recipe, app, action) = (run.recipe.clone(), app.clone(), action.to_owned());
        let (shared, ms) = (matches!(whose, Whose::Shared), ctx.millis_since(began));
        ctx.log_of(&run.correlation, &Event::Step { recipe, app, action, shared, outcome, ms });
    };
    for _ in 0..2 {
        let access = match &dead {
            None => whose.access(ctx, borrowed, app, &run.correlation).await,
            Some(revision) => whose.renew(ctx, app, revision, &run.correlation).await,
        };
        let access = match access {
            Ok(access) => access,
            Err(NoAccess::NotNow) => return Ok(Called::PutOff(Obstacle::Ours)),
            Err(NoAccess::Unavailable { retry_at }) => {
                return Ok(Called::PutOff(Obstacle::NoAccess { app: app.clone(), retry_at }));
            }
            // The record says so by now: the next round asks for the login.
            Err(NoAccess::NeedsLogin) => {
                borrowed.lacks(app);
                return Ok(Called::Noted);
            }
            Err(problem) => {
                fail(run, refusal(run.words(), &problem, name));
                ctx.save_run(run, version)?;
                return Ok(Called::Noted);
            }
        };
        if writes {
            mark(run, purpose, StepRecord::Intended);
            if !ctx.save_run(run, version)? {
                return Ok(Called::Noted);
            }
            version += 1;
        }
        let began = ctx.now();
        let context = run.context(purpose, &access.account, catalogue_in(run.language));
        let (outcome, retry_after) = client.call(definition, with, &access.tokens, context).await;
        if outcome.is_tried_again(definition) {
            log(run, outcome.ended(), began);
            // A write that may have been done stays doubtful, whatever a later try brings.
            if outcome != Outcome::Unknown {
                mark(run, purpose, known.clone());
            }
            ctx.save_run(run, version)?;
            return Ok(Called::PutOff(Obstacle::NoAnswer { app: app.clone(), stated: retry_after }));
        }
        let outcome = match outcome {
            Outcome::TokenDead { .. } if dead.is_none() => None,
            Outcome::TokenDead { message } => Some(Outcome::Refused { message }),
            other => Some(other),
        };
        if let Some(outcome) = outcome {
            log(run, outcome.ended(), began);
            whose.used(ctx, app, &run.recipe)?;
            mark(run, purpose, known.clone());
            run.held_up = None;
            run.note(purpose, outcome, &access.account.label, catalogue_in(run.language));
            ctx.save_run(run, version)?;
            return Ok(Called::Noted);
        }
        // Noted before anything else is asked: a crash from here on leaves no doubt about the write.
        mark(run, purpose, known.clone());
        if !ctx.save_run(run, version)? {
            return Ok(Called::Noted);
        }
        version += 1;
        borrowed.forget(app);
        dead = Some(access.revision.clone());
    }
    Ok(Called::Noted)
}
