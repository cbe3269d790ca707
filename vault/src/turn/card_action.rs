//! Pressing: a card's button. What it names is looked up in the presser's own vault, so nobody presses for somebody else.

use serde_json::Value;
use std::rc::Rc;
use workbot_domain::activity::Turn;
use workbot_domain::card;
use workbot_domain::run::{RunState, given_in};
use workbot_domain::text::Words;
use workbot_shared::{AppId, RecipeId, RunId};

use crate::catalogue::catalogue_in;
use crate::clients::connector::card_message;
use crate::connection::disconnect::{Leaver, leave};
use crate::context::{VaultCtx, VaultError};
use crate::run::prompt::{cancelled, login_card};
use crate::turn::message::{begin, connect};
use crate::turn::reply::{Effect, Reply, Shown};

/// A person pressed a button.
pub async fn pressed(ctx: &Rc<VaultCtx>, turn: &Turn, verb: &str, data: &Value) -> Result<Reply, VaultError> {
    let words = turn.words();
    let named = data.get("connection").and_then(Value::as_str).and_then(|app| AppId::parse(app).ok());
    if verb.starts_with("connection.") {
        return Ok(Reply::card(
            connections(ctx, words, verb, data, named).await?,
            words.0.your_connections(),
        ));
    }
    match (verb, data.get("run"), named) {
        ("", ..) => Ok(Reply::text(words.nothing_to_do())),
        ("recipe.submit", None, _) => asked_by_form(ctx, turn, data),
        ("login.refresh", None, Some(app)) if catalogue_in(words.0).apps.contains_key(&app) => {
            let reply = connect(ctx, turn, &app)?;
            let toast = || Shown::Toast(words.connect_app(catalogue_in(words.0).app_name(&app)));
            Ok(Reply { shown: reply.shown.or_else(|| Some(toast())), ..reply })
        }
        _ => of_a_run(ctx, turn, verb, data),
    }
}

/// A button of the list: asks once, then does it.
async fn connections(
    ctx: &Rc<VaultCtx>,
    words: Words,
    verb: &str,
    data: &Value,
    chosen: Option<AppId>,
) -> Result<Value, VaultError> {
    let confirmed = data.get("confirmed") == Some(&Value::Bool(true));
    let delete = verb == "connection.delete";
    let found = match chosen {
        Some(app) if verb != "connection.refresh" => ctx.overview_of(&app)?,
        _ => None,
    };
    Ok(match found {
        Some(connection) if !confirmed => card::confirm(words, &connection, catalogue_in(words.0), delete),
        Some(connection) => {
            let receipt = leave(ctx, words, &connection.app, delete, Leaver::Owner).await?;
            ctx.list_card(words, Some(&receipt))?
        }
        None => ctx.list_card(words, None)?,
    })
}

/// A button of a run's card.
fn of_a_run(ctx: &VaultCtx, turn: &Turn, verb: &str, data: &Value) -> Result<Reply, VaultError> {
    let words = turn.words();
    let id = data.get("run").and_then(Value::as_str).and_then(|run| RunId::parse(run).ok());
    let found = match &id {
        Some(id) => ctx.run(id)?,
        None => None,
    };
    let Some((mut run, version)) = found else { return Ok(Reply::text(words.not_yours())) };
    let catalogue = catalogue_in(words.0);
    let name = run.name(catalogue).into_owned();
    let instead_of = ctx.card_of(&run)?;
    let card = match (verb, catalogue.recipes.get(&run.recipe)) {
        ("recipe.submit", Some(recipe)) if matches!(run.state, RunState::WaitingInput { .. }) => {
            run.filled(recipe, given_in(recipe, data), ctx.now());
            match &run.form {
                Some(form) => card::form(words, &run.id, (&run.recipe, recipe), form),
                None => card::filled(words, recipe, &run.inputs),
            }
        }
        ("run.cancel", _) if run.cancel() => cancelled(&run),
        ("run.resume", _) if run.resume(ctx.now()) => card::closed(&words.going_on(&name)),
        ("login.refresh", _) if let RunState::WaitingLogin { apps, .. } = &run.state => {
            let card = login_card(ctx, &run, apps)?;
            let shown = Shown::Card { card, summary: words.needs_your_login(&name), instead_of };
            return Ok(Reply { effects: Vec::new(), shown: Some(shown) });
        }
        // Clients ask for a card by themselves, and take nothing but a card.
        ("login.refresh", _) => return Ok(Reply::card(card::closed(words.nothing_to_do()), name)),
        _ => return Ok(Reply::text(words.nothing_to_do())),
    };
    let drive = run.state == RunState::Running;
    let mut effects = vec![Effect::Change { run: Box::new(run), version, drive }];
    // It may have been cancelled elsewhere than on the card that asks for something.
    if let ("run.cancel", true, Some(activity)) = (verb, turn.invoke, instead_of.clone()) {
        effects.push(Effect::Replace { activity, message: card_message(&card, &name) });
    }
    Ok(Reply { effects, shown: Some(Shown::Card { card, summary: name, instead_of }) })
}

/// A form without a run behind it: its recipe begins with what it holds.
fn asked_by_form(ctx: &VaultCtx, turn: &Turn, data: &Value) -> Result<Reply, VaultError> {
    let words = turn.words();
    let id = data.get("recipe").and_then(Value::as_str).and_then(|id| RecipeId::parse(id).ok());
    let found = id.and_then(|id| catalogue_in(words.0).recipes.get_key_value(&id));
    let Some((id, recipe)) = found else { return Ok(Reply::text(words.command_changed())) };
    let reply = begin(ctx, turn, id, recipe, given_in(recipe, data))?;
    let toast = || Shown::Toast(words.going_on(&recipe.name));
    Ok(Reply { shown: reply.shown.or_else(|| Some(toast())), ..reply })
}
