//! Replies: what a turn comes to, and how that reaches its person.

use serde_json::{Value, json};
use workbot_domain::activity::Turn;
use workbot_domain::run::Run;

use crate::clients::connector::{card_message, text_message};

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

/// How a reply reaches the person: as the answer to an invoke, or as a message. In a channel or group chat nothing
/// private is shown, also not to whoever presses a button there: a card goes to the person alone.
pub fn presented(turn: &Turn, reply: Reply) -> (Vec<Effect>, Option<Value>) {
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
pub fn invoke_message(text: &str) -> Value {
    json!({ "statusCode": 200, "type": "application/vnd.microsoft.activity.message", "value": text })
}
