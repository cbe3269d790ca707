//! Turns: what a person said or pressed, taken once, and what it comes to.

use serde_json::{Value, json};
use std::rc::Rc;
use workbot_domain::activity::{Act, Turn};
use workbot_domain::event::{CorrelationId, Ended, Event, Kind};
use workbot_domain::pace::{Admitted, OPEN_RUNS};
use workbot_domain::run::{Run, RunState};
use workbot_shared::RecipeId;

use super::due::{Claimed, Job};
use super::hearing::{heard, installed, removed};
use super::pressing::pressed;
use super::protocol::VaultAnswer;
use super::{Core, Trouble};
use crate::clock::{fresh_id, millis_since, now};
use crate::connector::{card_message, text_message};
use crate::sql::SqlError;
use crate::values;

/// Something to be done.
pub enum Effect {
    /// A run begins.
    Start(Box<Run>),
    /// A run is cancelled, changed or resumed: saved, and driven on if `drive`.
    Change { run: Box<Run>, version: i64, drive: bool },
    /// Something is said: to the person alone, unless `here`.
    Say { message: Value, here: bool },
    /// A card in the personal chat is replaced.
    Replace { activity: String, message: Value },
}

/// What whoever said or pressed something gets to see at once.
pub enum Shown {
    /// A card; instead of the one that was posted as this activity, if it was pressed there.
    Card { card: Value, summary: String, instead_of: Option<String> },
    /// A text.
    Text(String),
    /// A text that is worth nothing where it would be one more message.
    Toast(String),
}

/// What a turn comes to.
#[derive(Default)]
pub struct Reply {
    pub effects: Vec<Effect>,
    pub shown: Option<Shown>,
}

impl Reply {
    /// A card.
    pub fn card(card: Value, summary: impl Into<String>) -> Self {
        let shown = Shown::Card { card, summary: summary.into(), instead_of: None };
        Self { effects: Vec::new(), shown: Some(shown) }
    }

    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Self { effects: Vec::new(), shown: Some(Shown::Text(text.into())) }
    }
}

/// What became of a turn, for the log: how it ended, and the recipe that it began.
type Became = (Ended, Option<RecipeId>);

/// Takes a turn.
pub async fn take(core: &Rc<Core>, turn: Turn, id: &CorrelationId) -> Result<VaultAnswer, Trouble> {
    let began = now();
    let kind = match turn.act {
        Act::Said(_) => Kind::Said,
        Act::Pressed { .. } => Kind::Pressed,
        Act::Installed => Kind::Installed,
        Act::Removed => Kind::Removed,
    };
    let taken = take_once(core, turn, id).await;
    let (outcome, recipe) = taken.as_ref().map_or((Ended::Failed, None), |(_, became)| became.clone());
    core.log_of(id, &Event::Turn { kind, outcome, recipe, ms: millis_since(began) });
    taken.map(|(answer, _)| answer)
}

/// Once, however often Teams delivers it. What it comes to is noted in one transaction and done after.
async fn take_once(
    core: &Rc<Core>,
    mut turn: Turn,
    id: &CorrelationId,
) -> Result<(VaultAnswer, Became), Trouble> {
    let known = core.sql.row(
        "SELECT answer FROM delivered WHERE conversation = ? AND activity = ?",
        values![turn.conversation.id.as_str(), turn.activity.as_str()],
    )?;
    if let Some(row) = known {
        let invoke = row.optional_json(0)?;
        return Ok((VaultAnswer::Taken { invoke }, (Ended::Repeated, None)));
    }
    if turn.locale.is_none() {
        turn.locale = core.last_language()?;
    }
    // Whoever removes the bot is heard in any case.
    let counts = matches!(turn.act, Act::Said(_) | Act::Pressed { .. });
    let admitted = if counts { core.pace.borrow_mut().turn(now()) } else { Admitted::Yes };
    if admitted != Admitted::Yes {
        return Ok((slow_down(core, &turn, admitted)?, (Ended::TooMany, None)));
    }
    let mut reply = match &turn.act {
        Act::Said(said) => heard(core, &turn, said).await?,
        Act::Pressed { verb, data } => pressed(core, &turn, verb, data).await?,
        Act::Installed => installed(core, &turn).await?,
        Act::Removed => removed(core, &turn).await?,
    };
    let mut recipe = reply.effects.iter().find_map(|effect| match effect {
        Effect::Start(run) => Some(run.recipe.clone()),
        _ => None,
    });
    let mut ended = Ended::Done;
    if recipe.is_some() && core.open_count()? >= OPEN_RUNS {
        reply = Reply::text(turn.words().too_many_wait());
        (ended, recipe) = (Ended::TooMany, None);
    }
    let (effects, invoke) = presented(&turn, reply);
    let begun = core.sql.transaction(|| {
        core.sql.run(
            "INSERT INTO delivered (conversation, activity, answer, at) VALUES (?, ?, ?, ?)",
            values![
                turn.conversation.id.as_str(),
                turn.activity.as_str(),
                invoke.as_ref().map(Value::to_string),
                now().millis()
            ],
        )?;
        core.remember(&turn)?;
        let begun = effects.into_iter().filter_map(|effect| core.note(&turn, effect, id).transpose());
        begun.collect()
    })?;
    core.take_up(begun);
    Ok((VaultAnswer::Taken { invoke }, (ended, recipe)))
}

/// The answer to who asks too much at once. Said once a minute; nothing is kept of such a turn.
fn slow_down(core: &Core, turn: &Turn, admitted: Admitted) -> Result<VaultAnswer, Trouble> {
    let text = turn.words().too_fast();
    if turn.invoke {
        return Ok(VaultAnswer::Taken { invoke: Some(invoke_message(text)) });
    }
    if admitted == Admitted::TooMany {
        core.enqueue(&core.saying(turn, text_message(text), turn.conversation.is_private()), now())?;
    }
    Ok(VaultAnswer::Taken { invoke: None })
}

/// How a reply reaches the person: as the answer to an invoke, or as a message. In a channel or group chat nothing
/// private is shown, also not to whoever presses a button there: a card goes to the person alone.
fn presented(turn: &Turn, reply: Reply) -> (Vec<Effect>, Option<Value>) {
    let mut effects = reply.effects;
    let mut say =
        |message: Value| effects.push(Effect::Say { message, here: turn.conversation.is_private() });
    let answer = match reply.shown {
        Some(Shown::Card { card, .. }) if turn.invoke && turn.conversation.is_private() => {
            Some(invoke_card(&card))
        }
        Some(Shown::Card { card, summary, .. }) if turn.invoke => {
            say(card_message(&card, &summary));
            Some(invoke_message(&turn.words().wrote_in_private(&turn.name)))
        }
        Some(Shown::Text(text) | Shown::Toast(text)) if turn.invoke => Some(invoke_message(&text)),
        Some(Shown::Card { card, summary, instead_of: Some(activity) }) => {
            effects.push(Effect::Replace { activity, message: card_message(&card, &summary) });
            None
        }
        Some(Shown::Card { card, summary, .. }) => {
            say(card_message(&card, &summary));
            None
        }
        Some(Shown::Text(text)) => {
            say(text_message(&text));
            None
        }
        Some(Shown::Toast(_)) | None => None,
    };
    let invoke = turn.invoke.then(|| answer.unwrap_or_else(|| invoke_message(turn.words().nothing_to_do())));
    (effects, invoke)
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
    fn saying(&self, turn: &Turn, message: Value, here: bool) -> Job {
        Job::Say {
            id: fresh_id(),
            conversation: turn.conversation.clone(),
            person: turn.name.clone(),
            language: turn.words().0,
            message,
            here,
            owed: false,
        }
    }

    /// Notes an effect; returns the job that brings it about, if it is a new one.
    fn note(&self, turn: &Turn, effect: Effect, id: &CorrelationId) -> Result<Option<Claimed>, SqlError> {
        let job = match effect {
            Effect::Start(run) => {
                let run = Run { correlation: id.clone(), ..*run };
                self.insert_run(&run)?;
                Job::Run { run: run.id }
            }
            Effect::Change { run, version, drive } => {
                let saved = self.save_run(&run, version)?;
                if saved && drive {
                    self.enqueue(&Job::Run { run: run.id.clone() }, now())?;
                }
                // The card says that it was cancelled, and stays.
                if saved && run.state == RunState::Cancelled {
                    self.set_progress(&run.id, None)?;
                }
                return Ok(None);
            }
            Effect::Say { message, here } => self.saying(turn, message, here),
            Effect::Replace { activity, message } => {
                self.enqueue(&Job::Replace { activity, near: turn.conversation.clone(), message }, now())?;
                return Ok(None);
            }
        };
        self.begin(job).map(Some)
    }
}
