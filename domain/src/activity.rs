//! Bot Framework activities, as far as Workbot reads them. Unknown fields are ignored.
//!
//! Source: "Bot Framework Activity schema" (botframework-sdk). Field names are those of the wire format.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use workbot_shared::{Language, RunId, TenantId, UserId};

use crate::character_normalization::normalised;
use crate::ids::ActivityId;
use crate::owner::Subject;
use crate::received_text::Message;
use crate::{json, received_button_value};

/// An incoming activity. A message or an invoke has all fields that identify its person and its conversation.
/// An event is accepted whatever it lacks.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Activity {
    /// The activity's `type`: `message`, `invoke`, `conversationUpdate`, …
    #[serde(skip)]
    pub kind: String,
    /// The activity's id, unique in its conversation.
    #[serde(deserialize_with = "json::strict")]
    id: Option<String>,
    /// The channel; `msteams` for Teams.
    #[serde(deserialize_with = "json::strict")]
    pub channel_id: Option<String>,
    /// The URL of the connector that takes the responses.
    #[serde(deserialize_with = "json::strict")]
    pub service_url: Option<String>,
    #[serde(deserialize_with = "json::strict")]
    from: Option<Account>,
    #[serde(deserialize_with = "json::strict")]
    recipient: Option<Account>,
    #[serde(deserialize_with = "json::strict")]
    conversation: Option<ConversationAccount>,
    #[serde(deserialize_with = "json::strict")]
    channel_data: Option<ChannelData>,
    #[serde(deserialize_with = "json::text")]
    text: Option<String>,
    #[serde(deserialize_with = "json::text")]
    text_format: Option<String>,
    #[serde(deserialize_with = "json::text")]
    locale: Option<String>,
    /// The name of an invoke, e.g. `adaptiveCard/action`.
    #[serde(deserialize_with = "json::text")]
    name: Option<String>,
    /// The action of an `installationUpdate`: `add`, `remove`, …
    #[serde(deserialize_with = "json::text")]
    action: Option<String>,
    #[serde(deserialize_with = "json::lenient")]
    value: Option<Value>,
    #[serde(deserialize_with = "json::list")]
    entities: Vec<Value>,
    #[serde(deserialize_with = "json::list")]
    attachments: Vec<Value>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Account {
    #[serde(deserialize_with = "json::strict")]
    id: Option<String>,
    #[serde(deserialize_with = "json::text")]
    name: Option<String>,
    #[serde(deserialize_with = "json::strict")]
    aad_object_id: Option<String>,
    /// Of the recipient: whether only the sender sees the message ("Send and receive targeted messages",
    /// msteams-docs).
    #[serde(default)]
    is_targeted: Option<Value>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ConversationAccount {
    #[serde(deserialize_with = "json::strict")]
    id: Option<String>,
    #[serde(deserialize_with = "json::lenient")]
    conversation_type: Option<String>,
    #[serde(deserialize_with = "json::strict")]
    tenant_id: Option<String>,
    #[serde(deserialize_with = "json::lenient")]
    is_group: Option<bool>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct ChannelData {
    #[serde(deserialize_with = "json::strict")]
    tenant: Option<TenantInfo>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct TenantInfo {
    #[serde(deserialize_with = "json::strict")]
    id: Option<String>,
}

/// The place of a conversation; Microsoft's SDKs call it a *conversation reference*.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversation {
    /// The URL of the channel's connector.
    pub service_url: String,
    /// The conversation's id.
    pub id: String,
    /// Whether it is the personal chat of the person and the bot.
    pub personal: bool,
    /// The bot's account id in this channel, e.g. `28:…`.
    pub bot: String,
    /// The person's account id in this channel, e.g. `29:…`.
    pub member: String,
    /// Whether messages there are targeted: the person alone sees them in a group conversation. Holds the
    /// activity id of the command if that was a targeted message, for its preview above the reply; otherwise
    /// empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub targeted: Option<ActivityId>,
}

impl Conversation {
    /// Whether only the person reads what the bot posts there.
    #[must_use]
    pub fn is_private(&self) -> bool {
        self.personal || self.targeted.is_some()
    }

    /// The same conversation, with messages that the person alone sees. `None` for a personal chat.
    #[must_use]
    pub fn targeted(&self) -> Option<Self> {
        let targeted = Some(self.targeted.clone().unwrap_or_default());
        (!self.personal).then(|| Self { targeted, ..self.clone() })
    }

    /// The personal chat of the same person, before it is created: it has no id. Its other fields are those
    /// that creating it needs.
    #[must_use]
    pub fn personal_chat_to_create(&self) -> Self {
        Self { id: String::new(), personal: true, targeted: None, ..self.clone() }
    }

    /// Whether the conversation exists. Only a personal chat may not ([`Self::personal_chat_to_create`]).
    #[must_use]
    pub fn is_created(&self) -> bool {
        !self.id.is_empty()
    }
}

/// A turn: an activity with which a person did something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// The person.
    pub subject: Subject,
    /// The person's display name.
    pub name: String,
    /// The conversation.
    pub conversation: Conversation,
    /// The activity's id. It identifies a second delivery.
    pub activity: ActivityId,
    /// The language of the person's client, if the activity states it.
    #[serde(default)]
    pub locale: Option<Language>,
    /// What the person did.
    pub act: TurnEvent,
    /// Whether the activity is an invoke, whose HTTP response the client shows.
    pub invoke: bool,
}

impl Turn {
    /// The id of the run that this turn starts: a hash of what identifies the turn, so that a second delivery
    /// finds the run of the first. `None` only if a hash were no valid id.
    #[must_use]
    pub fn run_id(&self) -> Option<RunId> {
        let hash = Sha256::digest(format!("{}\n{}", self.conversation.id, self.activity));
        RunId::parse(&hex::encode(hash.get(..16)?)).ok()
    }
}

/// What a person did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TurnEvent {
    /// Sent this text; mentions of the bot are removed.
    Message(String),
    /// Installed the bot, in the personal chat, a team or a group chat.
    Installed,
    /// Uninstalled the bot.
    Uninstalled,
    /// Pressed a button of a card.
    CardAction {
        /// The button's verb.
        verb: String,
        /// The button's data, with the card's inputs.
        data: Value,
    },
}

/// Why a body is not an activity. The HTTP response is 400.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the body is not an activity: {0}")]
pub struct ActivityError(String);

impl Activity {
    /// Reads the body of a request.
    ///
    /// # Errors
    /// [`ActivityError`] for a body that is not JSON or has no type, and for a message or an invoke with a
    /// missing or malformed field.
    pub fn parse(body: &[u8]) -> Result<Self, ActivityError> {
        let lacks = |field: &str| ActivityError(format!("missing field `{field}`"));
        let body = json::value(body).map_err(|error| ActivityError(error.to_string()))?;
        let kind = body.get("type").and_then(Value::as_str).filter(|kind| !kind.is_empty());
        let kind = kind.ok_or_else(|| lacks("type"))?.to_owned();
        let read = json::from_value::<Self>(&body);
        let event = Self { kind, ..Self::default() };
        if !event.is_by_a_person() {
            return Ok(Self { kind: event.kind, ..read.unwrap_or_default() });
        }
        let activity = Self { kind: event.kind, ..read.map_err(|error| ActivityError(error.to_string()))? };
        for (field, there) in [
            ("id", &activity.id),
            ("channelId", &activity.channel_id),
            ("serviceUrl", &activity.service_url),
            ("from.id", &activity.from.as_ref().and_then(|from| from.id.clone())),
            ("recipient.id", &activity.recipient.as_ref().and_then(|recipient| recipient.id.clone())),
            (
                "conversation.id",
                &activity.conversation.as_ref().and_then(|conversation| conversation.id.clone()),
            ),
        ] {
            there
                .as_ref()
                .filter(|text| field == "channelId" || !text.is_empty())
                .ok_or_else(|| lacks(field))?;
        }
        Ok(activity)
    }

    /// Whether the activity is a message or an invoke. Any other activity is an event: it is acknowledged
    /// even if it cannot be used.
    #[must_use]
    pub fn is_by_a_person(&self) -> bool {
        matches!(self.kind.as_str(), "message" | "invoke")
    }

    /// Returns the tenant, or `None` if the activity names none, or different ones in `channelData` and
    /// `conversation`.
    #[must_use]
    pub fn tenant(&self) -> Option<TenantId> {
        let channel = self.channel_data.as_ref().and_then(|data| data.tenant.as_ref()?.id.as_ref());
        let conversation =
            self.conversation.as_ref().and_then(|conversation| conversation.tenant_id.as_ref());
        let named = TenantId::parse(channel.or(conversation)?).ok()?;
        let agrees = |other: &String| TenantId::parse(other).is_ok_and(|other| other == named);
        conversation.is_none_or(agrees).then_some(named)
    }

    /// Returns the person, by their Entra object id.
    #[must_use]
    pub fn user(&self) -> Option<UserId> {
        UserId::parse(self.from.as_ref()?.aad_object_id.as_ref()?).ok()
    }

    /// Returns the person's turn, or `None` for an activity that starts nothing.
    #[must_use]
    pub fn turn(self) -> Option<Turn> {
        let subject = Subject { tenant: self.tenant()?, user: self.user()? };
        let act = match self.kind.as_str() {
            "message" => self.message(),
            "invoke" if self.name.as_deref() == Some("adaptiveCard/action") => {
                let (verb, data) = received_button_value::from_execute(self.value.as_ref());
                TurnEvent::CardAction { verb, data }
            }
            "installationUpdate" => match self.action.as_deref()? {
                "add" => TurnEvent::Installed,
                "remove" => TurnEvent::Uninstalled,
                // An upgrade of the app needs no message.
                _ => return None,
            },
            _ => return None,
        };
        let locale = self.language();
        let (from, conversation) = (self.from?, self.conversation?);
        let personal = match conversation.conversation_type.as_deref() {
            Some(kind) => kind == "personal",
            None => conversation.is_group == Some(false),
        };
        let recipient = self.recipient?;
        let seen_alone = recipient.is_targeted.as_ref().and_then(json::text_of).as_deref() == Some("true");
        let activity = ActivityId::from(self.id?);
        // The id of a pressed button is none of a message, so it has no preview.
        let command =
            if matches!(act, TurnEvent::Message(_)) { activity.clone() } else { ActivityId::default() };
        Some(Turn {
            subject,
            name: from.name.unwrap_or_default(),
            conversation: Conversation {
                service_url: self.service_url?,
                id: conversation.id?,
                personal,
                bot: recipient.id?,
                member: from.id?,
                targeted: (seen_alone && !personal).then_some(command),
            },
            activity,
            locale,
            act,
            invoke: self.kind == "invoke",
        })
    }

    /// Returns the client's language: the activity's `locale`, or that of its entity `clientInfo`.
    fn language(&self) -> Option<Language> {
        let info = self.entities.iter().filter(|entity| entity.get("type") == Some(&"clientInfo".into()));
        let mut locales = info.filter_map(|entity| entity.get("locale")?.as_str());
        let locale = self.locale.as_deref().filter(|locale| !locale.is_empty()).or_else(|| locales.next());
        locale.map(Language::of_locale)
    }

    /// Reads a message: its text, or the data of a pressed `Action.Submit`.
    fn message(&self) -> TurnEvent {
        if let Some((verb, data)) = self.value.as_ref().and_then(received_button_value::from_submit) {
            return TurnEvent::CardAction { verb, data };
        }
        // A button whose data holds a text to send.
        if let Some(plain_text) = self.value.as_ref().and_then(received_button_value::im_back_text) {
            return TurnEvent::Message(normalised(&plain_text).trim().to_owned());
        }
        let bot = self.recipient.as_ref();
        let id = bot.and_then(|bot| bot.id.as_deref()).unwrap_or_default();
        let name = bot.and_then(|bot| bot.name.as_deref()).unwrap_or_default();
        let message = Message {
            text: self.text.as_deref().unwrap_or_default(),
            format: self.text_format.as_deref().unwrap_or_default(),
            attachments: &self.attachments,
            entities: &self.entities,
            recipient: (id, name),
            in_group: self.conversation.as_ref().is_some_and(|conversation| {
                conversation.is_group == Some(true)
                    || matches!(conversation.conversation_type.as_deref(), Some("channel" | "groupChat"))
            }),
        };
        TurnEvent::Message(message.plain_text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn activity(change: impl FnOnce(&mut Value)) -> Value {
        let mut activity = json!({
            "type": "message", "id": "a1", "channelId": "msteams", "serviceUrl": "https://smba.example/",
            "from": {"id": "29:ada", "name": "Ada", "aadObjectId": "ADA", "more": 1},
            "recipient": {"id": "28:bot", "name": "Workbot"},
            "conversation": {"id": "c1", "conversationType": "personal", "tenantId": "t1"},
            "text": "help", "unknown": {"field": true}
        });
        change(&mut activity);
        activity
    }

    fn turn(change: impl FnOnce(&mut Value)) -> Option<Turn> {
        Activity::parse(activity(change).to_string().as_bytes()).unwrap().turn()
    }

    #[test]
    fn a_message_is_a_turn_of_a_person() {
        let turn = turn(|_| {}).unwrap();
        assert_eq!(turn.subject.user.as_str(), "ada");
        assert_eq!(turn.act, TurnEvent::Message("help".into()));
        assert!(turn.conversation.personal && !turn.invoke);
    }

    #[test]
    fn the_bots_own_mention_is_not_part_of_a_command() {
        let turn = turn(|a| {
            a["text"] = json!("<at>Workbot</at>\u{a0}create opportunity\nfor <at>Bob</at>");
            a["entities"] = json!([
                {"type": "mention", "text": "<at>Workbot</at>", "mentioned": {"id": "28:bot"}},
                {"type": "mention", "text": "<at>Bob</at>", "mentioned": {"id": "29:bob"}}
            ]);
            a["conversation"] =
                json!({"id": "c2", "conversationType": "channel", "isGroup": true, "tenantId": "t1"});
        });
        let turn = turn.unwrap();
        assert_eq!(turn.act, TurnEvent::Message("create opportunity\nfor Bob".into()));
        assert!(!turn.conversation.personal);
    }

    #[test]
    fn a_targeted_message_in_a_group_is_private() {
        let targeted = |flag: Value, kind: &str| {
            let turn = turn(|a| {
                a["recipient"]["isTargeted"] = flag;
                a["conversation"]["conversationType"] = json!(kind);
            });
            turn.unwrap().conversation
        };
        for (flag, kind, private) in [
            (json!(true), "groupChat", true),
            (json!("true"), "channel", true),
            (json!(true), "personal", true),
            (json!(false), "groupChat", false),
            (json!(null), "groupChat", false),
            (json!({}), "groupChat", false),
        ] {
            let conversation = targeted(flag.clone(), kind);
            assert_eq!(conversation.is_private(), private, "{flag} {kind}");
            let expected = (private && kind != "personal").then(|| "a1".into());
            assert_eq!(conversation.targeted, expected, "{flag} {kind}");
        }
        let pressed = turn(|a| {
            a["recipient"]["isTargeted"] = json!(true);
            a["conversation"]["conversationType"] = json!("channel");
            a["value"] = json!({"verb": "run.cancel"});
        });
        assert_eq!(
            pressed.unwrap().conversation.targeted,
            Some(ActivityId::default()),
            "no preview of a button"
        );
        let stored = json!({"service_url": "s", "id": "c", "personal": false, "bot": "b", "member": "m"});
        let before: Conversation = serde_json::from_value(stored.clone()).unwrap();
        assert_eq!((before.targeted.as_ref(), serde_json::to_value(&before).unwrap()), (None, stored));
    }

    #[test]
    fn a_conversation_of_unknown_kind_is_not_private() {
        assert!(
            !turn(|a| a["conversation"] = json!({"id": "c", "tenantId": "t1"}))
                .unwrap()
                .conversation
                .personal
        );
    }

    #[test]
    fn both_kinds_of_button_carry_the_same_data() {
        let pressed = TurnEvent::CardAction {
            verb: "run.cancel".into(),
            data: json!({"verb": "run.cancel", "run": "r"}),
        };
        assert_eq!(turn(|a| a["value"] = json!({"verb": "run.cancel", "run": "r"})).unwrap().act, pressed);
        let invoke = turn(|a| {
            a["type"] = json!("invoke");
            a["name"] = json!("adaptiveCard/action");
            a["value"] =
                json!({"action": {"verb": "run.cancel", "data": {"verb": "run.cancel", "run": "r"}}});
        });
        assert_eq!(invoke.as_ref().map(|turn| &turn.act), Some(&pressed));
        assert!(invoke.unwrap().invoke);
    }

    #[test]
    fn the_clients_language_is_read_from_one_of_two_places_or_not_at_all() {
        let spoken = |locale: Value, info: Value| {
            turn(|a| {
                a["locale"] = locale;
                a["entities"] = json!([{"type": "mention"}, {"type": "clientInfo", "locale": info}]);
            })
            .unwrap()
            .locale
        };
        assert_eq!(spoken(json!("de-AT"), json!("en-US")), Some(Language::De));
        assert_eq!(spoken(json!(""), json!("de-DE")), Some(Language::De));
        assert_eq!(spoken(json!("fr-FR"), json!("de-DE")), Some(Language::En));
        assert_eq!(spoken(json!(null), json!(null)), None);
    }

    #[test]
    fn a_button_may_send_a_text() {
        let turn = turn(|a| {
            a["text"] = Value::Null;
            a["value"] = json!({"said": "create opportunity name: Acme"});
        });
        assert_eq!(turn.unwrap().act, TurnEvent::Message("create opportunity name: Acme".into()));
        let search = turn_of_search("find account");
        assert_eq!(search, TurnEvent::Message("help find account".into()));
        assert_eq!(turn_of_search(""), TurnEvent::Message("help".into()));
    }

    fn turn_of_search(text: &str) -> TurnEvent {
        let turn = turn(|a| {
            a["text"] = Value::Null;
            a["value"] = json!({"said": "help", "search": text});
        });
        turn.unwrap().act
    }

    #[test]
    fn installing_and_uninstalling_are_turns_of_a_person() {
        let act = |action: &str, by: Value| {
            let turn = turn(|a| {
                a["type"] = json!("installationUpdate");
                a["action"] = json!(action);
                a["from"]["aadObjectId"] = by;
            });
            turn.map(|turn| turn.act)
        };
        assert_eq!(act("add", json!("ada")), Some(TurnEvent::Installed));
        assert_eq!(act("remove", json!("ada")), Some(TurnEvent::Uninstalled));
        assert_eq!(act("add-upgrade", json!("ada")), None);
        assert_eq!(act("add", Value::Null), None);
    }

    #[test]
    fn an_activity_without_a_person_is_no_turn() {
        assert_eq!(turn(|a| a["type"] = json!("conversationUpdate")), None);
        assert_eq!(turn(|a| a["type"] = json!("messageUpdate")), None);
        assert_eq!(turn(|a| a["type"] = json!("somethingNew")), None);
        assert_eq!(turn(|a| a["from"]["aadObjectId"] = Value::Null), None);
    }

    #[test]
    fn a_body_that_is_no_activity_is_refused() {
        let parse = |body: &str| Activity::parse(body.as_bytes()).err().map(|error| error.to_string());
        assert!(parse("{").is_some());
        assert!(parse("{}").unwrap().contains("type"));
        for id in [Value::Null, json!("")] {
            assert!(parse(&activity(|a| a["id"] = id).to_string()).unwrap().contains("id"));
        }
        assert!(parse(&activity(|a| a["conversation"] = json!({})).to_string()).is_some());
    }
}
