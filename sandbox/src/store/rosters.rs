//! The rosters of conversations, from relayed activities or set by tests.

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
    /// The conversations from which the bot was removed, or in which it is blocked.
    without_bot: BTreeSet<String>,
    /// The conversations that Teams has forgotten.
    forgotten: BTreeSet<String>,
    /// How many times a person's chat was forgotten: each new chat has a new id.
    chats_before: BTreeMap<String, u32>,
    /// The conversations and tenants that take no targeted messages.
    without_targeted: BTreeSet<String>,
}

/// One conversation.
#[derive(Clone, Default, Deserialize, PartialEq, Serialize)]
#[serde(default)]
pub struct Roster {
    /// The tenant.
    pub tenant: Option<String>,
    /// The members, by their Teams ids.
    pub members: BTreeMap<String, Member>,
    /// The removed members, whom an activity does not restore.
    removed: BTreeSet<String>,
}

/// A member of a conversation. Absent fields come from the directory.
#[derive(Clone, Default, Deserialize, PartialEq, Serialize)]
#[serde(default)]
pub struct Member {
    /// The object id.
    pub oid: Option<String>,
    /// The tenant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tid: Option<String>,
    /// `user`, `guest`, `anonymous`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
}

/// The changes of rosters by an activity.
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
        // A person and the bot have one chat, whichever side began it.
        if text("/conversation/conversationType") == Some("personal") {
            places.push(personal_chat(member));
        }
        let is_removal = text("/type") == Some("installationUpdate") && text("/action") == Some("remove");
        let (tenant, oid) = (text("/conversation/tenantId"), text("/from/aadObjectId"));
        Some(Self { places, tenant, member, oid, is_removal })
    }
}

impl Rosters {
    /// Whether an activity changes nothing.
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

    /// Records that the sender and the bot are in the activity's conversation, unless the activity removes
    /// the bot.
    pub fn see(&mut self, activity: &Value) {
        let Some(seen) = ObservedMember::of(activity) else { return };
        // An activity from a forgotten conversation restores it.
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

    /// Adds or changes a member of a conversation.
    pub fn put(&mut self, conversation: &str, id: &str, member: Member) {
        let roster = self.rosters.entry(conversation.to_owned()).or_default();
        roster.removed.remove(id);
        roster.members.insert(id.to_owned(), member);
    }

    /// Removes a member or the bot from a conversation.
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

    /// Forgets a conversation: it returns 404. Its members get a new personal chat.
    pub fn forget(&mut self, conversation: &str) {
        let members = self.rosters.remove(conversation).unwrap_or_default().members;
        for member in members.into_keys() {
            // The chat that the person began, and the one that the bot created.
            self.forgotten.insert(self.personal(&member));
            *self.chats_before.entry(member).or_default() += 1;
        }
        self.forgotten.insert(conversation.to_owned());
    }

    /// The id of a created chat.
    fn personal(&self, member: &str) -> String {
        match self.chats_before.get(member) {
            None => personal_chat(member),
            Some(before) => personal_chat(&format!("{member} {before}")),
        }
    }

    /// Creates the personal chat of the bot and a person, unless the bot was removed.
    pub fn open_personal(&mut self, id: &str, tenant: Option<&str>) -> Result<String, (StatusCode, Value)> {
        let chat = self.personal(id);
        self.bot_in(&chat)?;
        let roster = self.rosters.entry(chat.clone()).or_default();
        roster.tenant = roster.tenant.take().or_else(|| tenant.map(str::to_owned));
        let oid = id.strip_prefix("29:").map(str::to_owned);
        roster.members.entry(id.to_owned()).or_insert(Member { oid, ..Member::default() });
        Ok(chat)
    }

    /// Checks that the bot is in a conversation; otherwise returns Teams' error.
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

    /// Lets a conversation or a tenant take targeted messages, or no longer.
    pub fn allow_targeted(&mut self, conversation_or_tenant: &str, allowed: bool) {
        if allowed {
            self.without_targeted.remove(conversation_or_tenant);
        } else {
            self.without_targeted.insert(conversation_or_tenant.to_owned());
        }
    }

    /// Checks that a conversation takes a targeted message to this member; otherwise returns Teams' error
    /// ("Send and receive targeted messages", msteams-docs).
    pub fn can_target(&self, conversation: &str, recipient: Option<&str>) -> Result<(), (StatusCode, Value)> {
        let refusal = |text| Err((StatusCode::BAD_REQUEST, error("Bad argument", text)));
        let place = conversation.split(";messageid=").next().unwrap_or(conversation);
        let roster = self.rosters.get(place);
        let tenant = roster.and_then(|roster| roster.tenant.as_deref()).unwrap_or_default();
        if conversation.starts_with("a:") || self.without_targeted.contains(place) {
            return refusal("The conversation takes no targeted messages.");
        }
        if self.without_targeted.contains(tenant) {
            return refusal("The tenant takes no targeted messages.");
        }
        let Some(recipient) = recipient else { return refusal("A targeted message needs a recipient.") };
        if roster.is_none_or(|roster| !roster.members.contains_key(recipient)) {
            return refusal("The recipient is no member of the conversation.");
        }
        Ok(())
    }

    /// A member as Teams returns them to the bot ("Get a single member", msteams-docs).
    pub fn to_json(&self, conversation: &str, id: &str, directory: &Directory) -> (StatusCode, Value) {
        if let Err(refusal) = self.bot_in(conversation) {
            return refusal;
        }
        // A channel has a roster; its threads share it.
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
            // For these, Teams returns the organizer's tenant and little else.
            return json!({ "id": id, "name": name, "tenantId": roster.tenant, "userRole": "anonymous" });
        }
        let tenant = self.tid.as_ref().or(person.map(|person| &person.tid)).or(roster.tenant.as_ref());
        let upn = person.map(|person| &person.upn);
        let role = match &self.role {
            Some(role) => role,
            // A guest's user principal name contains the home domain.
            None if upn.is_some_and(|upn| upn.contains("#EXT#")) => "guest",
            None => "user",
        };
        json!({
            "id": id, "name": name, "objectId": self.oid, "aadObjectId": self.oid, "email": upn,
            "userPrincipalName": upn, "tenantId": tenant, "userRole": role
        })
    }
}

/// The id of the personal chat of the bot and a person. In Teams it never changes; the Playground uses a new
/// id at each start, so the sandbox replaces it by this one.
pub fn personal_chat(member: &str) -> String {
    let digest = Sha256::digest(member.as_bytes());
    let digits: String = digest.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    format!("a:{digits}")
}

/// The body of an error of the Bot Connector.
pub fn error(code: &str, message: &str) -> Value {
    json!({ "error": { "code": code, "message": message } })
}
