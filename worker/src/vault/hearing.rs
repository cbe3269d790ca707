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
use workbot_shared::{AppId, RecipeId, RunId};

use super::leaving::{Leaver, leave_all};
use super::turns::{Effect, Reply};
use super::{Core, Trouble};
use crate::app_client::AppClient;
use crate::catalogue::catalogue_in;
use crate::clock::{fresh_id, now, within};
use crate::connector::text_message;
use crate::{values, workspace};

/// A list of commands does not wait longer for what admins set.
const PATIENCE: Duration = Duration::from_secs(2);

/// A person wrote something.
pub async fn heard(core: &Rc<Core>, turn: &Turn, text: &str) -> Result<Reply, Trouble> {
    let words = turn.words();
    let catalogue = catalogue_in(words.0);
    Ok(match understand(catalogue, text) {
        Said::Recipe(command) => begin(core, turn, command.id, command.recipe, command.given(words.0))?,
        Said::Connections => Reply::card(core.list_card(words, None)?, words.0.your_connections()),
        Said::Connect(Some(app)) => connect(core, turn, app)?,
        Said::Connect(None) => {
            let apps = core.to_connect()?;
            let named: Vec<_> = apps.into_iter().map(|app| (app, catalogue.app_name(app))).collect();
            Reply::card(card::which_app(words, &named), words.which_app())
        }
        Said::Disconnect(app) => {
            let connected =
                core.overview("WHERE app = ? AND status <> 'disconnected'", values![app.as_str()])?;
            match connected.first() {
                Some(connection) => {
                    Reply::card(card::confirm(words, connection, catalogue, false), words.0.leave(false))
                }
                None => Reply::text(words.not_connected(catalogue.app_name(app))),
            }
        }
        Said::Runs => {
            Reply::card(card::runs(words, &core.open_runs()?, catalogue), words.waiting_or_running())
        }
        Said::Unknown(guesses) if !guesses.is_empty() => {
            Reply::card(card::did_you_mean(words, &guesses), words.did_you_mean())
        }
        Said::Help | Said::Unknown(_) => {
            Reply::card(card::help(words, &offered(core, turn).await), words.what_i_can_do())
        }
        Said::HelpWith(id, recipe) => Reply::card(card::explain(words, id, recipe), recipe.name.as_str()),
    })
}

/// A recipe begins.
pub fn begin(
    core: &Core,
    turn: &Turn,
    id: &RecipeId,
    recipe: &Recipe,
    given: Given,
) -> Result<Reply, Trouble> {
    let Ok(run) = RunId::parse(&fresh_id()) else { return Ok(Reply::default()) };
    let asked_by = (turn.conversation.clone(), turn.name.clone());
    let run = Run::new(run, id, recipe, given, asked_by, now());
    start(core, Run { language: turn.words().0, ..run })
}

/// A run begins, unless the same was asked for before and still waits.
fn start(core: &Core, run: Run) -> Result<Reply, Trouble> {
    let begins = || Reply { effects: vec![Effect::Start(Box::new(run.clone()))], shown: None };
    Ok(core.said_again(&run)?.unwrap_or_else(begins))
}

/// Connects an app: by a run that does nothing else.
pub fn connect(core: &Core, turn: &Turn, app: &AppId) -> Result<Reply, Trouble> {
    let (config, words) = (core.config()?, turn.words());
    let catalogue = catalogue_in(words.0);
    let name = catalogue.app_name(app);
    if !catalogue.has_logins(app) {
        return Ok(Reply::text(words.no_logins(name)));
    }
    if AppClient::of(&config, app).is_none() {
        return Ok(Reply::text(words.not_set_up(name)));
    }
    if let Some(Record::Connected(connected)) = core.record(app)? {
        let subject = core.subject()?;
        let owner = Owner::User(subject.user.clone());
        let (account, ends) = (&connected.account.label, core.ends_soon(app)?);
        // Who has to log in again soon does so with the same account; anybody else may want another.
        let (url, _) = core.mint(&config, &subject, app, owner, None, ends.is_none())?;
        let card = match ends {
            Some(ends) => card::ends_soon(words, (app, name), account, ends, Some(&url)),
            None => card::connected(words, (app, name), account, &url),
        };
        return Ok(Reply::card(card, words.connected_already(name, &connected.account.label)));
    }
    let asked_by = (turn.conversation.clone(), turn.name.clone());
    let run = RunId::parse(&fresh_id()).ok();
    let run = run.and_then(|run| Run::connecting(run, app.clone(), asked_by, words.0, now()));
    run.map_or_else(|| Ok(Reply::default()), |run| start(core, run))
}

/// The recipes that are switched on here; all, when that cannot be known now.
async fn offered(core: &Core, turn: &Turn) -> Vec<(&'static RecipeId, &'static Recipe)> {
    let catalogue = catalogue_in(turn.words().0);
    let asked = workspace::all_recipe_settings(&core.env, &turn.subject.tenant);
    let set = within(PATIENCE, asked).await.and_then(Result::ok).unwrap_or_default();
    let is_on = |(id, recipe): &(&RecipeId, &Recipe)| {
        set.get(*id).is_none_or(|set| set.in_force(recipe, catalogue).enabled)
    };
    catalogue.recipes.iter().filter(is_on).collect()
}

/// The bot was installed: it says what it is for.
pub async fn installed(core: &Core, turn: &Turn) -> Result<Reply, Trouble> {
    let words = turn.words();
    if turn.conversation.personal {
        return Ok(Reply::card(card::welcome(words, &offered(core, turn).await), words.welcome()));
    }
    let message = text_message(words.welcome_all());
    Ok(Reply { effects: vec![Effect::Say { message, here: true }], shown: None })
}

/// The bot was removed. Connections stay, as they belong to the person and not to the chat, unless the company wants
/// them to end then.
pub async fn removed(core: &Rc<Core>, turn: &Turn) -> Result<Reply, Trouble> {
    if turn.conversation.personal && core.config()?.revoke_on_uninstall {
        leave_all(core, turn.words(), Leaver::Uninstall).await?;
    }
    Ok(Reply::default())
}

impl Core {
    /// The apps that the person could connect, and has not: those that a recipe can use as them.
    fn to_connect(&self) -> Result<Vec<&'static AppId>, Trouble> {
        let (config, catalogue) = (self.config()?, crate::catalogue::catalogue());
        let records = self.records(&catalogue.apps.keys().collect::<Vec<_>>())?;
        let could = |app: &&AppId| {
            catalogue.has_logins(app)
                && !catalogue.recipes_with(app).is_empty()
                && AppClient::of(&config, app).is_some()
                && !matches!(records.get(*app), Some(Record::Connected(_)))
        };
        Ok(catalogue.apps.keys().filter(could).collect())
    }
}
