//! Hearing: what a person wrote, and that they installed or removed the bot.

use std::rc::Rc;
use std::time::Duration;
use workbot_domain::activity::Turn;
use workbot_domain::card;
use workbot_domain::catalogue::Recipe;
use workbot_domain::command::Given;
use workbot_domain::connection::Record;
use workbot_domain::owner::Owner;
use workbot_domain::run::Run;
use workbot_domain::said::{Said, understand};
use workbot_shared::{AppId, ConnectionStatus, RecipeId, RunId};

use crate::catalogue::catalogue_in;
use crate::clients::app::AppClient;
use crate::clients::connector::text_message;
use crate::connection::disconnect::{Leaver, leave_all};
use crate::context::{VaultCtx, VaultError};
use crate::turn::reply::{Effect, Reply};
use crate::workspace;

/// A list of commands does not wait longer for what admins set.
const PATIENCE: Duration = Duration::from_secs(2);

/// A person wrote something.
pub async fn heard(ctx: &Rc<VaultCtx>, turn: &Turn, text: &str) -> Result<Reply, VaultError> {
    let words = turn.words();
    let catalogue = catalogue_in(words.0);
    Ok(match understand(catalogue, text) {
        Said::Recipe(command) => begin(ctx, turn, command.id, command.recipe, command.given(words.0))?,
        Said::Connections => Reply::card(ctx.list_card(words, None)?, words.0.your_connections()),
        Said::Connect(Some(app)) => connect(ctx, turn, app)?,
        Said::Connect(None) => {
            let apps = ctx.to_connect()?;
            let named: Vec<_> = apps.into_iter().map(|app| (app, catalogue.app_name(app))).collect();
            Reply::card(card::which_app(words, &named), words.which_app())
        }
        Said::Disconnect(app) => {
            let listed = ctx.overview_of(app)?;
            let left = ConnectionStatus::Disconnected;
            match listed.as_ref().filter(|listed| listed.status != left) {
                Some(connection) => {
                    Reply::card(card::confirm(words, connection, catalogue, false), words.0.leave(false))
                }
                None => Reply::text(words.not_connected(catalogue.app_name(app))),
            }
        }
        Said::Runs => {
            Reply::card(card::runs(words, &ctx.open_runs()?, catalogue), words.waiting_or_running())
        }
        Said::Unknown(guesses) if !guesses.is_empty() => {
            Reply::card(card::did_you_mean(words, &guesses), words.did_you_mean())
        }
        Said::Help | Said::Unknown(_) => {
            Reply::card(card::help(words, &offered(ctx, turn).await), words.what_i_can_do())
        }
        Said::HelpWith(id, recipe) => Reply::card(card::explain(words, id, recipe), recipe.name.as_str()),
    })
}

/// A recipe begins.
pub fn begin(
    ctx: &VaultCtx,
    turn: &Turn,
    id: &RecipeId,
    recipe: &Recipe,
    given: Given,
) -> Result<Reply, VaultError> {
    let Ok(run) = RunId::parse(&ctx.fresh_id()) else { return Ok(Reply::default()) };
    let asked_by = (turn.conversation.clone(), turn.name.clone());
    let run = Run::new(run, id, recipe, given, asked_by, ctx.now());
    start(ctx, Run { language: turn.words().0, ..run })
}

/// A run begins, unless the same was asked for before and still waits.
fn start(ctx: &VaultCtx, run: Run) -> Result<Reply, VaultError> {
    let begins = || Reply { effects: vec![Effect::Start(Box::new(run.clone()))], shown: None };
    Ok(ctx.said_again(&run)?.unwrap_or_else(begins))
}

/// Connects an app: by a run that does nothing else.
pub fn connect(ctx: &VaultCtx, turn: &Turn, app: &AppId) -> Result<Reply, VaultError> {
    let (config, words) = (ctx.config()?, turn.words());
    let catalogue = catalogue_in(words.0);
    let name = catalogue.app_name(app);
    if !catalogue.has_logins(app) {
        return Ok(Reply::text(words.no_logins(name)));
    }
    if AppClient::of(ctx, &config, app).is_none() {
        return Ok(Reply::text(words.not_set_up(name)));
    }
    if let Some(Record::Connected(connected)) = ctx.record(app)? {
        let subject = ctx.subject()?;
        let owner = Owner::User(subject.user.clone());
        let (account, ends) = (&connected.account.label, ctx.ends_soon(app)?);
        // Who has to log in again soon does so with the same account; anybody else may want another.
        let (url, _) = ctx.mint(&config, &subject, app, owner, None, ends.is_none())?;
        let card = match ends {
            Some(ends) => card::ends_soon(words, (app, name), account, ends, Some(&url)),
            None => card::connected(words, (app, name), account, &url),
        };
        return Ok(Reply::card(card, words.connected_already(name, &connected.account.label)));
    }
    let asked_by = (turn.conversation.clone(), turn.name.clone());
    let run = RunId::parse(&ctx.fresh_id()).ok();
    let run = run.and_then(|run| Run::connecting(run, app.clone(), asked_by, words.0, ctx.now()));
    run.map_or_else(|| Ok(Reply::default()), |run| start(ctx, run))
}

/// The recipes that are switched on here; all, when that cannot be known now.
async fn offered(ctx: &VaultCtx, turn: &Turn) -> Vec<(&'static RecipeId, &'static Recipe)> {
    let catalogue = catalogue_in(turn.words().0);
    let asked = workspace::all_recipe_settings(ctx, &turn.subject.tenant);
    let set = ctx.within(PATIENCE, asked).await.and_then(Result::ok).unwrap_or_default();
    let is_on = |(id, recipe): &(&RecipeId, &Recipe)| {
        set.get(*id).is_none_or(|set| set.in_force(recipe, catalogue).enabled)
    };
    catalogue.recipes.iter().filter(is_on).collect()
}

/// The bot was installed: it says what it is for.
pub async fn installed(ctx: &VaultCtx, turn: &Turn) -> Result<Reply, VaultError> {
    let words = turn.words();
    if turn.conversation.personal {
        return Ok(Reply::card(card::welcome(words, &offered(ctx, turn).await), words.welcome()));
    }
    let message = text_message(words.welcome_all());
    Ok(Reply { effects: vec![Effect::Say { message, here: true }], shown: None })
}

/// The bot was removed. Connections stay, as they belong to the person and not to the chat, unless the company wants
/// them to end then.
pub async fn removed(ctx: &Rc<VaultCtx>, turn: &Turn) -> Result<Reply, VaultError> {
    if turn.conversation.personal && ctx.config()?.revoke_on_uninstall {
        leave_all(ctx, turn.words(), Leaver::Uninstall).await?;
    }
    Ok(Reply::default())
}

impl VaultCtx {
    /// The apps that the person could connect, and has not: those that a recipe can use as them.
    fn to_connect(&self) -> Result<Vec<&'static AppId>, VaultError> {
        let (config, catalogue) = (self.config()?, crate::catalogue::catalogue());
        let records = self.records(&catalogue.apps.keys().collect::<Vec<_>>())?;
        let could = |app: &&AppId| {
            catalogue.has_logins(app)
                && !catalogue.recipes_with(app).is_empty()
                && AppClient::of(self, &config, app).is_some()
                && !matches!(records.get(*app), Some(Record::Connected(_)))
        };
        Ok(catalogue.apps.keys().filter(could).collect())
    }
}
