//! Bot Framework activities: what comes in, as far as we read it. Unknown fields are tolerated.
//!
//! Source: "Bot Framework Activity schema" (botframework-sdk); field names as on the wire.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use workbot_shared::{Language, TenantId, UserId};

use crate::characters::normalised;
use crate::message::Message;
use crate::owner::Subject;
use crate::{card_payload, json};

/// An activity. Of a message and an invoke, what decides whose act it is and where it is answered is there; an event is
/// taken whatever it lacks.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Activity {
    /// `message`, `invoke`, `conversationUpdate`, …
    #[serde(skip)]
    pub kind: String,
    /// Unique in its conversation.
    #[serde(deserialize_with = "json::strict")]
    id: Option<String>,
    /// `msteams` for Teams.
    #[serde(deserialize_with = "json::strict")]
    pub channel_id: Option<String>,
    /// Where answers are sent.
    #[serde(deserialize_with = "json::strict")]
    pub service_url: Option<String>,
    #[serde(deserialize_with = "json::strict_object")]
    from: Option<Account>,
    #[serde(deserialize_with = "json::strict_object")]
    recipient: Option<Account>,
    #[serde(deserialize_with = "json::strict_object")]
    conversation: Option<ConversationAccount>,
    #[serde(deserialize_with = "json::strict_object")]
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
    /// What an `installationUpdate` is about.
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
    /// Of the recipient: whether the message is seen by its sender alone ("Send and receive targeted messages",
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
    #[serde(deserialize_with = "json::strict_object")]
    tenant: Option<TenantInfo>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct TenantInfo {
    #[serde(deserialize_with = "json::strict")]
    id: Option<String>,
}

/// Where to answer: what "conversation reference" means in Microsoft's SDKs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversation {
    /// The channel's connector.
    pub service_url: String,
    /// The conversation's id.
    pub id: String,
    /// Whether only the person and the bot are in it.
    pub personal: bool,
    /// The bot's account id in this channel, e.g. `28:…`.
    pub bot: String,
    /// The person's account id in this channel, e.g. `29:…`.
    pub member: String,
    /// The command's activity id, if the bot alone saw it among others in the conversation: then what comes of it is for the
    /// person alone there too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub targeted: Option<String>,
}

impl Conversation {
    /// Whether the person alone reads what is posted there.
    #[must_use]
    pub fn is_private(&self) -> bool {
        self.personal || self.targeted.is_some()
    }
}

/// Something that a person said or pressed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// Who.
    pub subject: Subject,
    /// What they are called.
    pub name: String,
    /// Where.
    pub conversation: Conversation,
    /// The activity's id, by which a second delivery is known.
    pub activity: String,
    /// The language of their client, if it says so.
    #[serde(default)]
    pub locale: Option<Language>,
    /// What they did.
    pub act: TurnEvent,
    /// Whether the HTTP answer is the result that the client shows.
    pub invoke: bool,
}

/// What a person did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TurnEvent {
    /// Wrote this text, mentions of the bot removed.
    Message(String),
    /// Installed the bot, for themselves or for a team or group chat.
    Installed,
    /// Removed it.
    Uninstalled,
    /// Pressed a card's button.
    CardAction {
        /// The button's verb.
        verb: String,
        /// The button's data and the card's inputs.
        data: Value,
    },
}

/// Why a body is not an activity: 400.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the body is not an activity: {0}")]
pub struct ActivityError(String);

impl Activity {
    /// Reads a request body.
    ///
    /// # Errors
    /// When it is not JSON or names no type; of a message or an invoke also when what it needs is missing or odd.
    pub fn parse(body: &[u8]) -> Result<Self, ActivityError> {
        let lacks = |field: &str| ActivityError(format!("missing field `{field}`"));
        let body = json::value(body).map_err(|error| ActivityError(error.to_string()))?;
        let kind = body.get("type").and_then(Value::as_str).filter(|kind| !kind.is_empty());
        let kind = kind.ok_or_else(|| lacks("type"))?.to_owned();
        let read = serde_json::from_value::<Self>(body);
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

    /// Whether a person does something with it that we act on. All else is acknowledged and changes nothing.
    #[must_use]
    pub fn is_by_a_person(&self) -> bool {
        matches!(self.kind.as_str(), "message" | "invoke")
    }

    /// The tenant. `None` when none is named, or `channelData` and `conversation` name different ones.
    #[must_use]
    pub fn tenant(&self) -> Option<TenantId> {
        let channel = self.channel_data.as_ref().and_then(|data| data.tenant.as_ref()?.id.as_ref());
        let conversation =
            self.conversation.as_ref().and_then(|conversation| conversation.tenant_id.as_ref());
        let named = TenantId::parse(channel.or(conversation)?).ok()?;
        let agrees = |other: &String| TenantId::parse(other).is_ok_and(|other| other == named);
        conversation.is_none_or(agrees).then_some(named)
    }

    /// The person who acts, by the directory's id.
    #[must_use]
    pub fn user(&self) -> Option<UserId> {
        UserId::parse(self.from.as_ref()?.aad_object_id.as_ref()?).ok()
    }

    /// What a person did, if anything.
    #[must_use]
    pub fn turn(self) -> Option<Turn> {
        let subject = Subject { tenant: self.tenant()?, user: self.user()? };
        let act = match self.kind.as_str() {
            "message" => self.message(),
            "invoke" if self.name.as_deref() == Some("adaptiveCard/action") => {
                let (verb, data) = card_payload::from_execute(self.value.as_ref());
                TurnEvent::CardAction { verb, data }
            }
            "installationUpdate" => match self.action.as_deref()? {
                "add" => TurnEvent::Installed,
                "remove" => TurnEvent::Uninstalled,
                // An upgrade: nothing that a person would want to read about.
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
        let activity = self.id?;
        Some(Turn {
            subject,
            name: from.name.unwrap_or_default(),
            conversation: Conversation {
                service_url: self.service_url?,
                id: conversation.id?,
                personal,
                bot: recipient.id?,
                member: from.id?,
                targeted: (seen_alone && !personal).then(|| activity.clone()),
            },
            activity,
            locale,
            act,
            invoke: self.kind == "invoke",
        })
    }

    /// The language of the client: the activity's, or that of its entity `clientInfo`.
    fn language(&self) -> Option<Language> {
        let info = self.entities.iter().filter(|entity| entity.get("type") == Some(&"clientInfo".into()));
        let mut told = info.filter_map(|entity| entity.get("locale")?.as_str());
        let locale = self.locale.as_deref().filter(|locale| !locale.is_empty()).or_else(|| told.next());
        locale.map(Language::of_locale)
    }

    /// A message is text, or the data of a pressed `Action.Submit`.
    fn message(&self) -> TurnEvent {
        if let Some((verb, data)) = self.value.as_ref().and_then(card_payload::from_submit) {
            return TurnEvent::CardAction { verb, data };
        }
        // A button that says something.
        if let Some(said) = self.value.as_ref().and_then(card_payload::im_back_text) {
            return TurnEvent::Message(normalised(&said).trim().to_owned());
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
        TurnEvent::Message(message.said())
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
    fn what_the_bot_alone_sees_among_others_is_private() {
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
            let expected = (private && kind != "personal").then(|| "a1".to_owned());
            assert_eq!(conversation.targeted, expected, "{flag} {kind}");
        }
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
    fn both_kinds_of_button_say_the_same() {
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
    fn the_client_says_its_language_in_one_of_two_places_or_not_at_all() {
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
    fn a_button_may_say_something() {
        let turn = turn(|a| {
            a["text"] = Value::Null;
            a["value"] = json!({"said": "create opportunity name: Acme"});
        });
        assert_eq!(turn.unwrap().act, TurnEvent::Message("create opportunity name: Acme".into()));
    }

    #[test]
    fn the_bot_is_installed_and_removed_by_someone() {
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
    fn what_nobody_did_is_no_turn() {
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
