//! Messages. Reads what an intent needs; `domain::conversation::message` decides.

use futures_util::future::join3;
use std::collections::BTreeMap;
use std::time::Duration;
use workbot_domain::activity::Turn;
use workbot_domain::catalog::Recipe;
use workbot_domain::config::Config;
use workbot_domain::connection::Record;
use workbot_domain::conversation::intent::{Intent, recognize};
use workbot_domain::conversation::message_replies::{self, ConnectReply};
use workbot_domain::conversation::reply::Reply;
use workbot_domain::input_parsing::RawInputs;
use workbot_domain::membership::RosterLookup;
use workbot_domain::owner::Owner;
use workbot_domain::present::text::Texts;
use workbot_domain::run::{RecipeOverrides, Run};
use workbot_shared::{AppId, RecipeId, RecipeSettings};

use crate::clients::app::AppClient;
use crate::clients::language_model;
use crate::context::VaultCtx;
use crate::error::VaultError;
use crate::installed_catalog::{catalog, catalog_in};
use crate::workspace;

/// How long a reply waits for the admins' settings, and for the roster.
const PATIENCE: Duration = Duration::from_secs(2);

/// Handles a message. In a channel or group chat an outsider is shown nothing. A run reads the roster itself,
/// and waits for it. In a personal chat there are people of its tenant only.
pub async fn on_message(ctx: &VaultCtx, turn: &Turn, text: &str) -> Result<Reply, VaultError> {
    let reply = reply_to(ctx, turn, text).await?;
    if turn.conversation.personal || reply.starts_run() {
        return Ok(reply);
    }
    let lookup = ctx.membership_unstored(&turn.conversation, PATIENCE).await?;
    Ok(message_replies::refusal(turn.words(), lookup).unwrap_or(reply))
}

/// The reply to a message of a member or guest.
async fn reply_to(ctx: &VaultCtx, turn: &Turn, text: &str) -> Result<Reply, VaultError> {
    let words = turn.words();
    let (catalog, config) = (catalog_in(words.0), ctx.config()?);
    let is_offered = |recipe: &Recipe| config.not_set_up(recipe).is_none();
    Ok(match recognize(catalog, &is_offered, text) {
        Intent::Recipe(command) => begin(ctx, turn, command.id, command.recipe, command.raw_inputs(words.0))?,
        Intent::Connections => connections(ctx, words).await?,
        Intent::Connect(Some(app)) => connect(ctx, turn, app)?,
        Intent::Connect(None) => message_replies::which_app(words, &connectable(ctx)?, catalog),
        Intent::Disconnect(app) => {
            message_replies::confirm_disconnect(words, app, ctx.overview_of(app)?.as_ref(), catalog)
        }
        Intent::Runs => message_replies::open_runs(words, &ctx.open_runs()?, catalog),
        Intent::Unknown(suggestions) => match begin_from_sentence(ctx, turn, text).await? {
            Some(reply) => reply,
            None if suggestions.is_empty() => help(ctx, turn, "").await?,
            None => message_replies::did_you_mean(words, &suggestions),
        },
        Intent::Help => help(ctx, turn, "").await?,
        Intent::HelpAbout(search) => help(ctx, turn, &search).await?,
        Intent::HelpWith(id, recipe) => message_replies::explain(words, id, recipe),
    })
}

/// Handles the installation of the bot.
pub async fn on_installed(ctx: &VaultCtx, turn: &Turn) -> Reply {
    let offered = if turn.conversation.personal { offered(ctx, turn).await.ok() } else { None };
    message_replies::installed(turn, &offered.unwrap_or_default())
}

/// Handles the uninstallation of the bot.
pub fn on_uninstalled(ctx: &VaultCtx, turn: &Turn) -> Result<Reply, VaultError> {
    Ok(message_replies::removed(turn, ctx.config()?.revoke_on_uninstall))
}

/// The card with the person's connections and agents.
pub async fn connections(ctx: &VaultCtx, words: Texts) -> Result<Reply, VaultError> {
    let agents = ctx.acting_agents().await?;
    let (some, all) = ctx.first_connections()?;
    Ok(message_replies::connections(words, (&some, all), &agents, catalog_in(words.0)))
}

/// Starts a run of a recipe. If one of its apps is not set up, says which.
pub fn begin(
    ctx: &VaultCtx,
    turn: &Turn,
    id: &RecipeId,
    recipe: &Recipe,
    given: RawInputs,
) -> Result<Reply, VaultError> {
    let words = turn.words();
    if let Some(app) = ctx.config()?.not_set_up(recipe) {
        return Ok(Reply::text(words.not_set_up(catalog_in(words.0).app_name(app))));
    }
    let Some(run) = new_run(ctx, turn, id, recipe, given) else { return Ok(Reply::default()) };
    Ok(ctx.start(run)?)
}

fn new_run(ctx: &VaultCtx, turn: &Turn, id: &RecipeId, recipe: &Recipe, given: RawInputs) -> Option<Run> {
    let asked_by = (turn.conversation.clone(), turn.name.clone());
    let run = Run::new(turn.run_id()?, id, recipe, given, asked_by, ctx.now());
    Some(Run { language: turn.words().0, ..run })
}

/// Opens the form of the command that the language model finds in a sentence, among those that the person may
/// run. `None` if there is no model, if no admin allowed its host, if the person may run nothing or is
/// unknown, or if it finds nothing.
async fn begin_from_sentence(ctx: &VaultCtx, turn: &Turn, text: &str) -> Result<Option<Reply>, VaultError> {
    let config = ctx.config()?;
    let Some(model) = &config.language_model else { return Ok(None) };
    let tenant = &turn.subject.tenant;
    let allowed = workspace::allowed_language_model(ctx, tenant);
    let settings = workspace::all_recipe_settings(ctx, tenant);
    let membership = ctx.membership_unstored(&turn.conversation, PATIENCE);
    let asked = ctx.within(PATIENCE, join3(allowed, settings, membership)).await;
    let Some((Ok(Some(host)), Ok(settings), Ok(RosterLookup::Found(membership)))) = asked else {
        return Ok(None);
    };
    if host != model.host() {
        return Ok(None);
    }
    let may = |settings: &RecipeSettings| membership.may_run(settings.guests).is_ok();
    let offered = enabled(turn, &config, &settings, &may);
    if offered.is_empty() {
        return Ok(None);
    }
    let found = language_model::find_command(ctx, model, text, &offered).await;
    let run = found
        .and_then(|(id, recipe, given)| Some(new_run(ctx, turn, id, recipe, given.clone())?.guessed(given)));
    Ok(run.map(|run| ctx.start(run)).transpose()?)
}

/// Starts a run that connects an app, or offers to switch the account of an existing connection.
pub fn connect(ctx: &VaultCtx, turn: &Turn, app: &AppId) -> Result<Reply, VaultError> {
    let (config, words) = (ctx.config()?, turn.words());
    let catalog = catalog_in(words.0);
    let record = ctx.record(app)?;
    let connected = match &record {
        Some(Record::Connected(connected)) => Some((connected.account.label.as_str(), ctx.ends_soon(app)?)),
        _ => None,
    };
    let is_set_up = AppClient::of(ctx, &config, app).is_some();
    match message_replies::connect(words, app, is_set_up, connected, catalog) {
        ConnectReply::Cannot(reply) => Ok(reply),
        ConnectReply::Connected { account, ends, switch_account } => {
            let subject = ctx.subject()?;
            let owner = Owner::User(subject.user.clone());
            let (url, ticket) = ctx.new_ticket(&config, &subject, app, owner, None, switch_account)?;
            Ok(message_replies::connected(words, app, (account, ends), (&url, ticket), catalog))
        }
        ConnectReply::Begins => {
            let asked_by = (turn.conversation.clone(), turn.name.clone());
            let run =
                turn.run_id().and_then(|run| Run::connecting(run, app.clone(), asked_by, words.0, ctx.now()));
            run.map_or_else(|| Ok(Reply::default()), |run| Ok(ctx.start(run)?))
        }
    }
}

/// The commands that match a text.
async fn help(ctx: &VaultCtx, turn: &Turn, search: &str) -> Result<Reply, VaultError> {
    let (words, used) = (turn.words(), ctx.recipes_of_latest_runs()?);
    let (offered, config) = (offered(ctx, turn).await?, ctx.config()?);
    let is_set_up = |app: &AppId| config.apps.contains_key(app);
    Ok(message_replies::help(words, &offered, &used, search, &is_set_up, catalog_in(words.0)))
}

/// The recipes whose apps are set up and that admins have enabled; enabled ones and others if the settings
/// cannot be read in time.
async fn offered(
    ctx: &VaultCtx,
    turn: &Turn,
) -> Result<Vec<(&'static RecipeId, &'static Recipe)>, VaultError> {
    let asked = workspace::all_recipe_settings(ctx, &turn.subject.tenant);
    let set = ctx.within(PATIENCE, asked).await.and_then(Result::ok).unwrap_or_default();
    let config = ctx.config()?;
    Ok(enabled(turn, &config, &set, &|_| true))
}

/// The recipes whose apps are set up, that are enabled by these settings, and permitted by `may`.
fn enabled(
    turn: &Turn,
    config: &Config,
    set: &BTreeMap<RecipeId, RecipeOverrides>,
    may: &dyn Fn(&RecipeSettings) -> bool,
) -> Vec<(&'static RecipeId, &'static Recipe)> {
    let catalog = catalog_in(turn.words().0);
    let is_offered = |(id, recipe): &(&RecipeId, &Recipe)| {
        let settings = set.get(*id).cloned().unwrap_or_default().effective(recipe, catalog);
        settings.enabled && may(&settings) && config.not_set_up(recipe).is_none()
    };
    catalog.recipes.iter().filter(is_offered).collect()
}

/// The apps that the person can connect and has not connected.
fn connectable(ctx: &VaultCtx) -> Result<Vec<&'static AppId>, VaultError> {
    let (config, catalog) = (ctx.config()?, catalog());
    let records = ctx.records(&catalog.apps.keys().collect::<Vec<_>>())?;
    let is_set_up = |app: &AppId| AppClient::of(ctx, &config, app).is_some();
    let is_connected = |app: &AppId| matches!(records.get(app), Some(Record::Connected(_)));
    Ok(message_replies::connectable(catalog, &is_set_up, &is_connected))
}
