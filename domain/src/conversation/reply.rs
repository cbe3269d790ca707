//! Replies: the effects of a turn, and how its response reaches the person.

use crate::ids::{ActivityId, GrantId, RunVersion};
use serde_json::Value;
use workbot_shared::AppId;

use crate::activity::Turn;
use crate::connection::disconnect::Removal;
use crate::login::TicketRow;
use crate::present::outgoing_activity::{card_message, invoke_card, invoke_text, text_message};
use crate::run::Run;

/// An effect of a turn. All effects of a turn are stored in one transaction.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Start a run.
    StartRun(Box<Run>),
    /// Save a cancelled, changed or resumed run, unless it was changed since it was read.
    SaveRun {
        /// The changed run.
        run: Box<Run>,
        /// The version that was read.
        version: RunVersion,
        /// Whether the run is driven afterwards.
        drive: bool,
    },
    /// Record the person's answer to what an agent wanted.
    AnswerAgent {
        /// The agent's grant.
        grant: GrantId,
        /// Whether the person approved it.
        approved: bool,
    },
    /// Store a ticket. Its link, which the reply shows, works from then on.
    StoreTicket(TicketRow),
    /// Disconnect or delete a connection.
    Disconnect {
        /// The app.
        app: AppId,
        /// Whether the record is kept.
        removal: Removal,
    },
    /// Disconnect all connections.
    DisconnectAll,
    /// Send a message.
    SendMessage {
        /// The Bot Framework activity.
        message: Value,
        /// Whether it goes to the conversation of the turn (`true`) or to the personal chat (`false`).
        here: bool,
    },
    /// Update a card that the person reads alone.
    UpdateMessage {
        /// The id of the activity that posted the card.
        activity: ActivityId,
        /// The new activity.
        message: Value,
    },
}

/// The immediate response to the person.
#[derive(Debug, Clone, PartialEq)]
pub enum ReplyContent {
    /// A card.
    Card {
        /// The Adaptive Card.
        card: Value,
        /// The text for the notification.
        summary: String,
        /// The id of the activity that posted the card to replace, if the button was pressed there.
        instead_of: Option<ActivityId>,
    },
    /// A text.
    Text(String),
    /// A text for the response to an invoke only. It is dropped where it would become a message of its own.
    Toast(String),
}

/// The result of a turn.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reply {
    /// The effects.
    pub effects: Vec<Effect>,
    /// The immediate response.
    pub shown: Option<ReplyContent>,
}

impl Reply {
    /// A reply with a card.
    #[must_use]
    pub fn card(card: Value, summary: impl Into<String>) -> Self {
        let shown = ReplyContent::Card { card, summary: summary.into(), instead_of: None };
        Self { effects: Vec::new(), shown: Some(shown) }
    }

    /// A reply with a text.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self { effects: Vec::new(), shown: Some(ReplyContent::Text(text.into())) }
    }

    /// A reply with an effect and no response.
    #[must_use]
    pub fn effect(effect: Effect) -> Self {
        Self { effects: vec![effect], shown: None }
    }

    /// Whether the reply starts a run.
    #[must_use]
    pub fn starts_run(&self) -> bool {
        self.effects.iter().any(|effect| matches!(effect, Effect::StartRun(_)))
    }

    /// Whether the reply only shows something.
    #[must_use]
    pub fn only_shows(&self) -> bool {
        self.effects.iter().all(|effect| matches!(effect, Effect::SendMessage { .. }))
    }

    /// Adds a text for the invoke's response, if the reply has no response yet.
    #[must_use]
    pub fn or_toast(self, text: impl FnOnce() -> String) -> Self {
        Self { shown: self.shown.or_else(|| Some(ReplyContent::Toast(text()))), ..self }
    }

    /// Turns the immediate response into effects and an invoke response.
    ///
    /// In a channel or group chat nothing private is shown, not even to the person who presses a button
    /// there: a card goes to the person alone, and the invoke's response says so. A card that the person
    /// alone sees is updated where it is.
    #[must_use]
    pub fn render(self, turn: &Turn) -> RenderedReply {
        let mut effects = self.effects;
        let here = turn.conversation.is_private();
        let mut say = |message: Value| effects.push(Effect::SendMessage { message, here });
        let response = match (self.shown, turn.invoke) {
            (Some(ReplyContent::Card { card, .. }), true) if here => Some(invoke_card(card)),
            (Some(ReplyContent::Card { card, summary, instead_of }), true) => {
                let message = card_message(card, &summary);
                match instead_of {
                    Some(activity) => effects.push(Effect::UpdateMessage { activity, message }),
                    None => say(message),
                }
                Some(invoke_text(&turn.words().wrote_in_private(&turn.name)))
            }
            (Some(ReplyContent::Text(text) | ReplyContent::Toast(text)), true) => Some(invoke_text(&text)),
            // A client that gets no response to its invoke shows an error.
            (None, true) => Some(invoke_text(turn.words().nothing_to_do())),
            (Some(ReplyContent::Card { card, summary, instead_of: Some(activity) }), false) => {
                effects.push(Effect::UpdateMessage { activity, message: card_message(card, &summary) });
                None
            }
            (Some(ReplyContent::Card { card, summary, instead_of: None }), false) => {
                say(card_message(card, &summary));
                None
            }
            (Some(ReplyContent::Text(text)), false) => {
                say(text_message(&text));
                None
            }
            (Some(ReplyContent::Toast(_)) | None, false) => None,
        };
        RenderedReply { effects, response }
    }
}

/// A reply, ready to be stored and sent.
#[derive(Debug, Clone, PartialEq)]
pub struct RenderedReply {
    /// All effects, messages included.
    pub effects: Vec<Effect>,
    /// The body of the response to an invoke; `None` for any other activity.
    pub response: Option<Value>,
}

impl RenderedReply {
    /// Returns the message among the effects, if there is one.
    #[must_use]
    pub fn message(&self) -> Option<&Value> {
        self.effects.iter().find_map(|effect| match effect {
            Effect::SendMessage { message, .. } => Some(message),
            _ => None,
        })
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::activity::{Conversation, TurnEvent};
    use crate::owner::Subject;
    use crate::run::next::tests::run;
    use serde_json::json;
    use workbot_shared::{TenantId, UserId};

    /// A turn in the person's own chat.
    pub(crate) fn turn(act: TurnEvent) -> Turn {
        Turn {
            subject: Subject { tenant: TenantId::parse("t1").unwrap(), user: UserId::parse("ada").unwrap() },
            name: "Ada Lovelace".into(),
            conversation: run().conversation,
            activity: "a1".into(),
            locale: None,
            invoke: matches!(act, TurnEvent::CardAction { .. }),
            act,
        }
    }

    fn pressed(invoke: bool, personal: bool, targeted: bool) -> Turn {
        let turn = turn(TurnEvent::CardAction { verb: "v".into(), data: Value::Null });
        let targeted = targeted.then(|| "a1".into());
        let conversation = Conversation { personal, targeted, ..turn.conversation };
        Turn { invoke, conversation, ..turn }
    }

    fn card(instead_of: Option<&str>) -> Reply {
        let (card, summary) = (json!({"type": "AdaptiveCard"}), "Your connections".to_owned());
        let shown = ReplyContent::Card { card, summary, instead_of: instead_of.map(ActivityId::from) };
        Reply { effects: vec![Effect::DisconnectAll], shown: Some(shown) }
    }

    fn sent(here: bool) -> Vec<Effect> {
        let message = card_message(json!({"type": "AdaptiveCard"}), "Your connections");
        vec![Effect::DisconnectAll, Effect::SendMessage { message, here }]
    }

    #[test]
    fn a_card_replaces_the_pressed_one_where_only_its_person_reads_it() {
        for private in [pressed(true, true, false), pressed(true, false, true)] {
            for reply in [card(None), card(Some("a7"))] {
                let delivered = reply.render(&private);
                assert_eq!(delivered.response, Some(invoke_card(json!({"type": "AdaptiveCard"}))));
                assert_eq!(delivered.effects, [Effect::DisconnectAll], "no message is sent besides");
            }
        }
    }

    #[test]
    fn in_a_group_a_card_goes_to_the_person_alone_and_the_button_says_so() {
        let among_others = pressed(true, false, false);
        let message = card_message(json!({"type": "AdaptiveCard"}), "Your connections");
        let updated = vec![Effect::DisconnectAll, Effect::UpdateMessage { activity: "a7".into(), message }];
        for (instead_of, effects) in [(None, sent(false)), (Some("a7"), updated)] {
            let delivered = card(instead_of).render(&among_others);
            assert_eq!(delivered.effects, effects);
            let response = delivered.response.unwrap().to_string();
            assert!(response.contains("I've written to you in private, Ada."), "{response}");
            assert!(!response.contains("AdaptiveCard") && !response.contains("connections"), "{response}");
        }
    }

    #[test]
    fn without_an_invoke_a_card_is_a_message_or_replaces_the_pressed_card() {
        for (turn, here) in [
            (pressed(false, true, false), true),
            (pressed(false, false, true), true),
            (pressed(false, false, false), false),
        ] {
            let delivered = card(None).render(&turn);
            assert_eq!((delivered.effects, delivered.response), (sent(here), None));
            let message = card_message(json!({"type": "AdaptiveCard"}), "Your connections");
            let replaced = card(Some("a7")).render(&turn);
            let effects = [Effect::DisconnectAll, Effect::UpdateMessage { activity: "a7".into(), message }];
            assert_eq!((replaced.effects.as_slice(), replaced.response), (&effects[..], None));
        }
    }

    #[test]
    fn a_text_is_sent_and_a_toast_is_not() {
        let shown =
            |shown: ReplyContent, turn: &Turn| Reply { effects: Vec::new(), shown: Some(shown) }.render(turn);
        let (text, toast) = (ReplyContent::Text("Hello".into()), ReplyContent::Toast("Hello".into()));
        let message = pressed(false, true, false);
        assert_eq!(shown(text.clone(), &message).message(), Some(&text_message("Hello")));
        assert_eq!(shown(toast.clone(), &message), RenderedReply { effects: Vec::new(), response: None });
        let invoke = pressed(true, false, false);
        for shown in [shown(text, &invoke), shown(toast, &invoke)] {
            assert_eq!((shown.response, shown.effects), (Some(invoke_text("Hello")), Vec::new()));
        }
    }

    #[test]
    fn an_invoke_always_gets_a_response() {
        let delivered = Reply::default().render(&pressed(true, true, false));
        let response = delivered.response.unwrap().to_string();
        assert!(response.contains("already finished"), "{response}");
        assert_eq!(Reply::default().render(&pressed(false, true, false)).response, None);
    }

    #[test]
    fn a_toast_yields_to_another_response() {
        let toast = || "Going on".to_owned();
        assert_eq!(Reply::text("Stop").or_toast(toast).shown, Some(ReplyContent::Text("Stop".into())));
        let begun = Reply::effect(Effect::DisconnectAll).or_toast(toast);
        assert_eq!(begun.shown, Some(ReplyContent::Toast("Going on".into())));
    }
}
