//! Turns: what a person said or pressed, and what is said to them.

use serde_json::{Value, json};
use std::rc::Rc;
use workbot_domain::activity::{Act, Conversation, Turn};
use workbot_domain::card;
use workbot_domain::catalogue::Recipe;
use workbot_domain::command::{Given, asks_for_connections, recognise};
use workbot_domain::run::{Run, RunState, given_in};
use workbot_domain::text::Words;
use workbot_shared::{AppId, Language, RecipeId, RunId};

use super::due::{Finish, Job};
use super::leaving::leave;
use super::protocol::VaultAnswer;
use super::runs::login_card;
use super::{Core, Trouble};
use crate::catalogue::{catalogue_in, recipe_name};
use crate::clock::{fresh_id, now};
use crate::connector::{Connector, NotSent, card_message, text_message};
use crate::sql::SqlError;
use crate::values;

/// What a turn comes to.
enum Effect {
    /// A run begins.
    Start(Box<Run>),
    /// A run is cancelled, changed or resumed: saved, and driven on if `drive`.
    Change { run: Box<Run>, version: i64, drive: bool },
    /// Something is said to the person.
    Say(Value),
    /// A card in the personal chat is replaced.
    Replace { activity: String, message: Value },
}

/// Takes a turn: once, however often Teams delivers it. What it comes to is noted in one transaction and done after.
pub async fn take(core: &Rc<Core>, mut turn: Turn) -> Result<VaultAnswer, Trouble> {
    let known = core.sql.row(
        "SELECT answer FROM delivered WHERE conversation = ? AND activity = ?",
        values![turn.conversation.id.as_str(), turn.activity.as_str()],
    )?;
    if let Some(row) = known {
        let invoke = row.json(0);
        return Ok(VaultAnswer::Taken { invoke });
    }
    if turn.locale.is_none() {
        turn.locale = core.last_language()?;
    }
    let (effects, answer) = match &turn.act {
        Act::Said(said) => (heard(core, &turn, said)?, None),
        Act::Pressed { verb, data } if verb.starts_with("connection.") => {
            let card = connections(core, turn.words(), verb, data).await?;
            let message = card_message(&card, turn.words().your_connections());
            (if turn.invoke { Vec::new() } else { vec![Effect::Say(message)] }, Some(invoke_card(&card)))
        }
        Act::Pressed { verb, data } => pressed(core, &turn, verb, data)?,
    };
    let (effects, answer) = in_private(&turn, effects, answer);
    let invoke = turn.invoke.then(|| answer.unwrap_or_else(|| invoke_message(turn.words().nothing_to_do())));
    core.sql.transaction(|| {
        core.sql.run(
            "INSERT INTO delivered (conversation, activity, answer, at) VALUES (?, ?, ?, ?)",
            values![
                turn.conversation.id.as_str(),
                turn.activity.as_str(),
                invoke.as_ref().map(Value::to_string),
                now().millis()
            ],
        )?;
        if turn.conversation.personal {
            core.remember_chat(&turn.conversation)?;
        }
        core.remember_language(turn.locale)?;
        for effect in effects {
            core.note(&turn, effect)?;
        }
        core.enqueue(&Job::Sweep, now() + std::time::Duration::from_secs(24 * 3600))
    })?;
    Ok(VaultAnswer::Taken { invoke })
}

fn heard(core: &Core, turn: &Turn, said: &str) -> Result<Vec<Effect>, Trouble> {
    if asks_for_connections(said) {
        let card = card::list(turn.words(), &core.overview()?, catalogue_in(turn.words().0), None);
        return Ok(vec![Effect::Say(card_message(&card, turn.words().your_connections()))]);
    }
    let Some(command) = recognise(catalogue_in(turn.words().0), said) else {
        return Ok(vec![Effect::Say(text_message(&turn.words().help(catalogue_in(turn.words().0))))]);
    };
    Ok(begin(turn, command.id, command.recipe, command.given(turn.words().0)))
}

fn begin(turn: &Turn, id: &RecipeId, recipe: &Recipe, given: Given) -> Vec<Effect> {
    let Ok(run) = RunId::parse(&fresh_id()) else { return Vec::new() };
    let asked_by = (turn.conversation.clone(), turn.name.clone());
    let run = Run::new(run, id, recipe, given, asked_by, now());
    vec![Effect::Start(Box::new(Run { language: turn.words().0, ..run }))]
}

/// A button of the list: asks once, then does it. The app is looked up in the presser's own vault.
async fn connections(core: &Rc<Core>, words: Words, verb: &str, data: &Value) -> Result<Value, Trouble> {
    let chosen = data.get("connection").and_then(Value::as_str).and_then(|app| AppId::parse(app).ok());
    let confirmed = data.get("confirmed") == Some(&Value::Bool(true));
    let delete = verb == "connection.delete";
    let overview = core.overview()?;
    let found = chosen.and_then(|app| overview.iter().find(|connection| connection.app == app));
    Ok(match found {
        Some(connection) if verb != "connection.refresh" && !confirmed => {
            card::confirm(words, connection, catalogue_in(words.0), delete)
        }
        Some(connection) if verb != "connection.refresh" => {
            let receipt = leave(core, words, &connection.app, delete, None).await?;
            card::list(words, &core.overview()?, catalogue_in(words.0), Some(&receipt))
        }
        _ => card::list(words, &overview, catalogue_in(words.0), None),
    })
}

/// A button. What it names is looked up in the presser's own vault, so nobody presses for somebody else.
fn pressed(
    core: &Core,
    turn: &Turn,
    verb: &str,
    data: &Value,
) -> Result<(Vec<Effect>, Option<Value>), Trouble> {
    if verb == "recipe.submit" && data.get("run").is_none() {
        return Ok(asked_by_form(turn, data));
    }
    let id = data.get("run").and_then(Value::as_str).and_then(|run| RunId::parse(run).ok());
    let found = match &id {
        Some(id) => core.run(id)?,
        None => None,
    };
    let Some((mut run, version)) = found else {
        return Ok((
            say_unless_invoke(turn, turn.words().not_yours()),
            Some(invoke_message(turn.words().not_yours())),
        ));
    };
    let name = recipe_name(&run.recipe, turn.words());
    let posted = run.state.posted().map(str::to_owned);
    let recipe = catalogue_in(turn.words().0).recipes.get(&run.recipe);
    let card = match (verb, recipe) {
        ("recipe.submit", Some(recipe)) if matches!(run.state, RunState::WaitingInput { .. }) => {
            run.filled(recipe, given_in(recipe, data), now());
            match &run.form {
                Some(form) => card::form(turn.words(), &run.id, (&run.recipe, recipe), form),
                None => card::filled(turn.words(), recipe, &run.inputs),
            }
        }
        ("run.cancel", _) if run.waits() => {
            run.state = RunState::Cancelled;
            card::closed(&run.cancelled(catalogue_in(run.language)))
        }
        ("run.resume", _) if run.resume(now()) => card::closed(&turn.words().going_on(name)),
        ("login.refresh", _) if matches!(run.state, RunState::WaitingLogin { .. }) => {
            let missing =
                if let RunState::WaitingLogin { apps, .. } = &run.state { apps.clone() } else { Vec::new() };
            let card = login_card(core, &run, &missing)?;
            return Ok((Vec::new(), Some(invoke_card(&card))));
        }
        _ => {
            return Ok((
                say_unless_invoke(turn, turn.words().nothing_to_do()),
                Some(invoke_message(turn.words().nothing_to_do())),
            ));
        }
    };
    let drive = run.state == RunState::Running;
    let mut effects = vec![Effect::Change { run: Box::new(run), version, drive }];
    if !turn.invoke {
        let message = card_message(&card, name);
        effects.push(match posted {
            Some(activity) => Effect::Replace { activity, message },
            None => Effect::Say(message),
        });
    }
    Ok((effects, Some(invoke_card(&card))))
}

/// A form without a run behind it: its recipe begins with what it holds.
fn asked_by_form(turn: &Turn, data: &Value) -> (Vec<Effect>, Option<Value>) {
    let id = data.get("recipe").and_then(Value::as_str).and_then(|id| RecipeId::parse(id).ok());
    let found = id.and_then(|id| catalogue_in(turn.words().0).recipes.get_key_value(&id));
    let Some((id, recipe)) = found else {
        let text = turn.words().command_changed();
        return (say_unless_invoke(turn, &text), Some(invoke_message(&text)));
    };
    (
        begin(turn, id, recipe, given_in(recipe, data)),
        Some(invoke_message(&turn.words().going_on(&recipe.name))),
    )
}

/// In a channel or group chat nothing private is shown, also not to whoever presses a button there: a card that would
/// be the answer goes to the person alone.
fn in_private(turn: &Turn, mut effects: Vec<Effect>, answer: Option<Value>) -> (Vec<Effect>, Option<Value>) {
    match answer.as_ref().and_then(|answer| answer.get("value")).filter(|value| value.is_object()) {
        Some(card) if turn.invoke && !turn.conversation.personal => {
            effects.push(Effect::Say(card_message(card, "Workbot")));
            (effects, Some(invoke_message(&turn.words().wrote_in_private(&turn.name))))
        }
        _ => (effects, answer),
    }
}

fn say_unless_invoke(turn: &Turn, text: &str) -> Vec<Effect> {
    if turn.invoke { Vec::new() } else { vec![Effect::Say(text_message(text))] }
}

/// The answer to an `adaptiveCard/action` that replaces the card ("Universal Action Model", Adaptive Cards).
fn invoke_card(card: &Value) -> Value {
    json!({ "statusCode": 200, "type": "application/vnd.microsoft.card.adaptive", "value": card })
}

/// The answer to an `adaptiveCard/action` that shows a message.
fn invoke_message(text: &str) -> Value {
    json!({ "statusCode": 200, "type": "application/vnd.microsoft.activity.message", "value": text })
}

impl Core {
    fn note(&self, turn: &Turn, effect: Effect) -> Result<(), SqlError> {
        let say = |message: Value, here: bool| Job::Say {
            id: fresh_id(),
            conversation: turn.conversation.clone(),
            person: turn.name.clone(),
            language: turn.words().0,
            message,
            here,
        };
        match effect {
            Effect::Start(run) => {
                self.insert_run(&run)?;
                self.enqueue(&Job::Run { run: run.id.clone() }, now())
            }
            Effect::Change { run, version, drive } => {
                let saved = self.save_run(&run, version)?;
                if saved && drive {
                    self.enqueue(&Job::Run { run: run.id.clone() }, now())?;
                }
                Ok(())
            }
            Effect::Say(message) => self.enqueue(&say(message, turn.conversation.personal), now()),
            Effect::Replace { activity, message } => {
                self.enqueue(&Job::Replace { activity, near: turn.conversation.clone(), message }, now())
            }
        }
    }

    fn remember_chat(&self, chat: &Conversation) -> Result<(), SqlError> {
        let text = serde_json::to_string(chat).unwrap_or_default();
        self.sql.run(
            "INSERT INTO personal_chat (only, conversation) VALUES (1, ?)
             ON CONFLICT (only) DO UPDATE SET conversation = excluded.conversation",
            values![text],
        )
    }

    /// Remembers in which language a person's client spoke last.
    fn remember_language(&self, language: Option<Language>) -> Result<(), SqlError> {
        let Some(language) = language else { return Ok(()) };
        self.sql.run("UPDATE personal_chat SET language = ?", values![language.tag()])
    }

    /// For a client that does not say its language.
    fn last_language(&self) -> Result<Option<Language>, SqlError> {
        let row = self.sql.row("SELECT language FROM personal_chat", values![])?;
        Ok(row.and_then(|row| row.optional_text(0)).map(|tag| Language::of_locale(&tag)))
    }

    /// The person's own chat with the bot; created, and kept, when it is not known.
    pub(super) async fn personal_chat(
        &self,
        near: &Conversation,
    ) -> Result<Result<Conversation, NotSent>, Trouble> {
        if near.personal {
            return Ok(Ok(near.clone()));
        }
        let row = self.sql.row("SELECT conversation FROM personal_chat", values![])?;
        if let Some(chat) = row.and_then(|row| row.json(0)) {
            return Ok(Ok(chat));
        }
        let config = self.config()?;
        let chat = Connector { config: &config }.personal_chat(near, &self.subject()?).await;
        if let Ok(chat) = &chat {
            self.remember_chat(chat)?;
        }
        Ok(chat)
    }
}

/// Whether a person could be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// Yes, by this activity.
    As(String),
    /// Not now.
    NotNow,
    /// The bot may not write to them.
    Never,
}

/// Tells a person alone. In a channel or group chat nothing private is shown: there it is only said, if `announce`,
/// that the person was written to.
pub async fn tell(
    core: &Core,
    words: Words,
    near: &Conversation,
    person: &str,
    message: &Value,
    announce: bool,
) -> Result<Told, Trouble> {
    let config = core.config()?;
    let connector = Connector { config: &config };
    let posted = match core.personal_chat(near).await? {
        Ok(chat) => connector.post(&chat, message).await,
        Err(problem) => Err(problem),
    };
    let told = match posted {
        Ok(activity) => Told::As(activity),
        Err(NotSent::Later(_)) => return Ok(Told::NotNow),
        Err(problem) => {
            worker::console_error!("{{\"event\":\"not_sent\",\"error\":{:?}}}", problem.to_string());
            Told::Never
        }
    };
    if !near.personal && announce {
        let text =
            if told == Told::Never { words.cannot_write(person) } else { words.wrote_in_private(person) };
        // A courtesy: what matters is in the personal chat.
        let _ = connector.post(near, &text_message(&text)).await;
    }
    Ok(told)
}

/// Says something: here, or to the person alone.
pub async fn say(
    core: &Core,
    words: Words,
    to: &Conversation,
    person: &str,
    message: &Value,
    here: bool,
) -> Result<Finish, Trouble> {
    if !here {
        let told = tell(core, words, to, person, message, true).await?;
        return Ok(if told == Told::NotNow { Finish::Failed } else { Finish::Done });
    }
    let config = core.config()?;
    Ok(match (Connector { config: &config }).post(to, message).await {
        Err(NotSent::Later(_)) => Finish::Failed,
        Ok(_) => Finish::Done,
        Err(problem) => {
            worker::console_error!("{{\"event\":\"not_sent\",\"error\":{:?}}}", problem.to_string());
            Finish::Done
        }
    })
}

/// Replaces a message in the personal chat. One that is gone stays gone.
pub async fn replace(
    core: &Core,
    near: &Conversation,
    activity: &str,
    message: &Value,
) -> Result<Finish, Trouble> {
    let config = core.config()?;
    let Ok(chat) = core.personal_chat(near).await? else { return Ok(Finish::Failed) };
    Ok(match (Connector { config: &config }).replace(&chat, activity, message).await {
        Err(NotSent::Later(_)) => Finish::Failed,
        Ok(()) | Err(_) => Finish::Done,
    })
}
