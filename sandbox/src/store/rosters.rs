//! Who is in which conversation: people by what was relayed from there, or by what a test says.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::entra::{Directory, Person};

/// All conversations.
#[derive(Clone, Default, Deserialize, PartialEq, Serialize)]
#[serde(default)]
pub struct Rosters {
    rosters: BTreeMap<String, Roster>,
    /// Where the bot was removed or blocked.
    without_bot: BTreeSet<String>,
    /// Conversations that Teams knows no more.
    forgotten: BTreeSet<String>,
    /// How often the personal chat of someone was forgotten: each new one has an id of its own.
    chats_before: BTreeMap<String, u32>,
}

/// One conversation.
#[derive(Clone, Default, Deserialize, PartialEq, Serialize)]
#[serde(default)]
pub struct Roster {
    /// The tenant that it belongs to.
    pub tenant: Option<String>,
    /// Who is in it, by their ids in Teams' chats.
    pub members: BTreeMap<String, Member>,
    /// Who was taken out: an activity of theirs does not bring them back.
    removed: BTreeSet<String>,
}

/// Someone in a conversation. What is absent is as the directory says.
#[derive(Clone, Default, Deserialize, PartialEq, Serialize)]
#[serde(default)]
pub struct Member {
    /// Their id in the directory.
    pub oid: Option<String>,
    /// Their tenant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tid: Option<String>,
    /// `user`, `guest`, `anonymous`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
}

/// What an activity shows: who is in which conversations now, or that the bot is not any more.
struct ObservedMember<'a> {
    places: Vec<String>,
    tenant: Option<&'a str>,
    member: &'a str,
    oid: Option<&'a str>,
    is_removal: bool,
}

impl<'a> ObservedMember<'a> {
    fn of(activity: &'a Value) -> Option<Self> {
        let text = |pointer: &str| activity.pointer(pointer).and_then(Value::as_str);
        let (conversation, member) = (text("/conversation/id")?, text("/from/id")?);
        let mut places = vec![conversation.split(";messageid=").next().unwrap_or(conversation).to_owned()];
        // The chat of a person and the bot is one, whoever began it.
        if text("/conversation/conversationType") == Some("personal") {
            places.push(personal_chat(member));
        }
        let is_removal = text("/type") == Some("installationUpdate") && text("/action") == Some("remove");
        let (tenant, oid) = (text("/conversation/tenantId"), text("/from/aadObjectId"));
        Some(Self { places, tenant, member, oid, is_removal })
    }
}

impl Rosters {
    /// Whether an activity shows nothing new.
    pub fn knows(&self, activity: &Value) -> bool {
        ObservedMember::of(activity).is_none_or(|seen| {
            seen.places.iter().all(|place| {
                let is_out = self.without_bot.contains(place);
                let knows = |roster: &Roster| {
                    roster.members.contains_key(seen.member) || roster.removed.contains(seen.member)
                };
                !self.forgotten.contains(place)
                    && is_out == seen.is_removal
                    && (is_out || self.rosters.get(place).is_some_and(knows))
            })
        })
    }

    /// An activity comes from a conversation: its person is in it, and so is the bot, unless that is what changed.
    pub fn see(&mut self, activity: &Value) {
        let Some(seen) = ObservedMember::of(activity) else { return };
        // Who writes from a forgotten conversation has it again.
        if let Some(place) = seen.places.first() {
            self.forgotten.remove(place);
        }
        for place in seen.places {
            if seen.is_removal {
                self.without_bot.insert(place);
                continue;
            }
            self.without_bot.remove(&place);
            let roster = self.rosters.entry(place).or_default();
            roster.tenant = roster.tenant.take().or_else(|| seen.tenant.map(str::to_owned));
            if !roster.removed.contains(seen.member) {
                let oid = seen.oid.map(str::to_owned);
                roster.members.entry(seen.member.to_owned()).or_insert(Member { oid, ..Member::default() });
            }
        }
    }

    /// Puts someone into a conversation, or changes how they are shown there.
    pub fn put(&mut self, conversation: &str, id: &str, member: Member) {
        let roster = self.rosters.entry(conversation.to_owned()).or_default();
        roster.removed.remove(id);
        roster.members.insert(id.to_owned(), member);
    }

    /// Takes someone out of a conversation, or the bot.
    pub fn remove(&mut self, conversation: &str, id: Option<&str>) {
        match id {
            Some(id) => {
                let roster = self.rosters.entry(conversation.to_owned()).or_default();
                roster.members.remove(id);
                roster.removed.insert(id.to_owned());
            }
            None => {
                self.without_bot.insert(conversation.to_owned());
            }
        }
    }

    /// A conversation is gone, as Teams forgets one: it is not found any more. Who was in it gets another personal chat
    /// when one is made.
    pub fn forget(&mut self, conversation: &str) {
        let members = self.rosters.remove(conversation).unwrap_or_default().members;
        for member in members.into_keys() {
            // Of a conversation that they began, and of one that was made for them.
            self.forgotten.insert(self.personal(&member));
            *self.chats_before.entry(member).or_default() += 1;
        }
        self.forgotten.insert(conversation.to_owned());
    }

    /// The id of the chat that is made for someone.
    fn personal(&self, member: &str) -> String {
        match self.chats_before.get(member) {
            None => personal_chat(member),
            Some(before) => personal_chat(&format!("{member} {before}")),
        }
    }

    /// Makes the personal chat of the bot and someone. The bot cannot where it was removed.
    pub fn open_personal(&mut self, id: &str, tenant: Option<&str>) -> Result<String, (StatusCode, Value)> {
        let chat = self.personal(id);
        self.bot_in(&chat)?;
        let roster = self.rosters.entry(chat.clone()).or_default();
        roster.tenant = roster.tenant.take().or_else(|| tenant.map(str::to_owned));
        let oid = id.strip_prefix("29:").map(str::to_owned);
        roster.members.entry(id.to_owned()).or_insert(Member { oid, ..Member::default() });
        Ok(chat)
    }

    /// Whether the bot is in a conversation; if not, how Teams refuses it there.
    pub fn bot_in(&self, conversation: &str) -> Result<(), (StatusCode, Value)> {
        if self.without_bot.contains(conversation) {
            let text = "The bot is not part of the conversation roster.";
            return Err((StatusCode::FORBIDDEN, error("BotNotInConversationRoster", text)));
        }
        if self.forgotten.contains(conversation) {
            return Err((StatusCode::NOT_FOUND, error("ConversationNotFound", "Conversation not found.")));
        }
        Ok(())
    }

    /// Someone as Teams shows them to a bot of the conversation ("Get a single member", msteams-docs).
    pub fn to_json(&self, conversation: &str, id: &str, directory: &Directory) -> (StatusCode, Value) {
        if let Err(refusal) = self.bot_in(conversation) {
            return refusal;
        }
        // A channel has a roster, its threads have none.
        let Some(roster) = self.rosters.get(conversation) else {
            return (StatusCode::NOT_FOUND, error("ConversationNotFound", "Conversation not found."));
        };
        let Some(member) = roster.members.get(id) else {
            let text = "The member is not part of the conversation.";
            return (StatusCode::NOT_FOUND, error("MemberNotFoundInConversation", text));
        };
        let person = member.oid.as_ref().and_then(|oid| directory.of_oid(oid));
        (StatusCode::OK, member.to_json(id, roster, person))
    }

    /// One conversation.
    pub fn of(&self, conversation: &str) -> Roster {
        self.rosters.get(conversation).cloned().unwrap_or_default()
    }
}

impl Member {
    fn to_json(&self, id: &str, roster: &Roster, person: Option<&Person>) -> Value {
        let name = person.map_or("Someone", |person| &person.name);
        if self.role.as_deref() == Some("anonymous") {
            // Of those Teams tells the organizer's tenant, and little else.
            return json!({ "id": id, "name": name, "tenantId": roster.tenant, "userRole": "anonymous" });
        }
        let tenant = self.tid.as_ref().or(person.map(|person| &person.tid)).or(roster.tenant.as_ref());
        let upn = person.map(|person| &person.upn);
        let role = match &self.role {
            Some(role) => role,
            // A guest's principal name tells where they come from.
            None if upn.is_some_and(|upn| upn.contains("#EXT#")) => "guest",
            None => "user",
        };
        json!({
            "id": id, "name": name, "objectId": self.oid, "aadObjectId": self.oid, "email": upn,
            "userPrincipalName": upn, "tenantId": tenant, "userRole": role
        })
    }
}

/// The id of the personal chat of the bot and a person. In Teams it never changes; the Playground takes a new one at
/// each start, so the bot is told this one instead.
pub fn personal_chat(member: &str) -> String {
    let digest = Sha256::digest(member.as_bytes());
    let digits: String = digest.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    format!("a:{digits}")
}

/// The body of a refusal, as the Bot Connector writes it.
pub fn error(code: &str, message: &str) -> Value {
    json!({ "error": { "code": code, "message": message } })
}
