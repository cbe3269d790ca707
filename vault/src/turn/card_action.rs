//! Card actions. Reads what a button needs; `domain::conversation::card_action` decides. Ids are looked up in
//! the caller's own vault, so a person cannot act on another person's run.

use serde_json::Value;
use workbot_domain::activity::Turn;
use workbot_domain::conversation::card_action::{
    CardAction, RunActionReply, RunVerb, disconnect, on_run_action, show_logins,
};
use workbot_domain::conversation::reply::Reply;
use workbot_domain::run::inputs_from_data;
use workbot_shared::{RecipeId, RunId};

use crate::context::VaultCtx;
use crate::error::VaultError;
use crate::installed_catalog::catalog_in;
use crate::run::prompt::login_card;
use crate::turn::message::{begin, connect, connections};

/// Handles a card action (`adaptiveCard/action`, or an `Action.Submit` with the same data).
pub async fn on_card_action(
    ctx: &VaultCtx,
    turn: &Turn,
    verb: &str,
    data: &Value,
) -> Result<Reply, VaultError> {
    let words = turn.words();
    let catalog = catalog_in(words.0);
    match CardAction::read(verb, data, catalog) {
        CardAction::Nothing => Ok(Reply::text(words.nothing_to_do())),
        CardAction::ShowConnections => connections(ctx, words).await,
        CardAction::Disconnect { app, removal, confirmed } => {
            let listed = ctx.overview_of(&app)?;
            let asked = disconnect(words, (&app, removal, confirmed), listed.as_ref(), catalog);
            match asked {
                Some(asked) => Ok(asked),
                None => connections(ctx, words).await,
            }
        }
        CardAction::Begin { recipe } => begin_by_form(ctx, turn, recipe.as_ref(), data),
        CardAction::Connect(app) => {
            Ok(connect(ctx, turn, &app)?.or_toast(|| words.connect_app(catalog.app_name(&app))))
        }
        CardAction::OnRun { run, verb } => run_action(ctx, turn, run.as_ref(), verb, data),
    }
}

/// Handles a button on the card of a run.
fn run_action(
    ctx: &VaultCtx,
    turn: &Turn,
    id: Option<&RunId>,
    verb: RunVerb,
    data: &Value,
) -> Result<Reply, VaultError> {
    let words = turn.words();
    let found = id.map(|id| ctx.run(id)).transpose()?.flatten();
    let Some((run, version)) = found else { return Ok(Reply::text(words.not_yours())) };
    let (catalog, instead_of) = (catalog_in(words.0), ctx.card_of(&run)?);
    let at = (catalog, ctx.now());
    Ok(match on_run_action(turn, verb, data, (&run, version), instead_of.clone(), at) {
        RunActionReply::Reply(reply) => reply,
        RunActionReply::ShowLogins { missing } => {
            show_logins(words, &run, login_card(ctx, &run, &missing)?, instead_of, catalog)
        }
    })
}

/// Starts a recipe from a form that belongs to no run.
fn begin_by_form(
    ctx: &VaultCtx,
    turn: &Turn,
    id: Option<&RecipeId>,
    data: &Value,
) -> Result<Reply, VaultError> {
    let words = turn.words();
    let found = id.and_then(|id| catalog_in(words.0).recipes.get_key_value(id));
    let Some((id, recipe)) = found else { return Ok(Reply::text(words.command_changed())) };
    Ok(begin(ctx, turn, id, recipe, inputs_from_data(&recipe.inputs, data))?
        .or_toast(|| words.going_on(&recipe.name)))
}
