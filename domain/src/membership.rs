//! A person's standing in the tenant, read from the roster of the conversation in which they gave a command.
//!
//! Sources (all msteams-docs): "Get Teams specific context for your bot", "Teams bot API changes to fetch
//! team or chat members" (fields of an entry), "Test guest and anonymous user access" and "Messages in bot
//! conversations" (status codes).

use serde::{Deserialize, Serialize};
use workbot_shared::{TenantId, UserId};

use crate::connector_response::codes;
use crate::json;
use crate::owner::Subject;

/// A person's standing in the tenant whose Workbot they use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Membership {
    /// A member of the tenant.
    Member,
    /// A guest in the tenant's directory.
    Guest,
    /// A person of another tenant, or of none: in a shared channel, a meeting or a federated chat.
    Outsider,
}

/// Why a person may not run a recipe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MembershipError {
    /// The recipe is not open to guests.
    NoGuests,
    /// Outsiders may run nothing.
    NoOutsiders,
}

impl Membership {
    /// Returns the stored word.
    #[must_use]
    pub fn as_word(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Guest => "guest",
            Self::Outsider => "outsider",
        }
    }

    /// Reads the stored word. Returns `None` for a word that this version does not know.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Member, Self::Guest, Self::Outsider]
            .into_iter()
            .find(|membership| membership.as_word() == word)
    }

    /// Checks whether the person may run a recipe. `guests` says whether it is open to guests.
    ///
    /// # Errors
    /// The [`MembershipError`].
    pub fn may_run(self, guests: bool) -> Result<(), MembershipError> {
        match self {
            Self::Member => Ok(()),
            Self::Guest if guests => Ok(()),
            Self::Guest => Err(MembershipError::NoGuests),
            Self::Outsider => Err(MembershipError::NoOutsiders),
        }
    }
}

/// The result of a roster look-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RosterLookup {
    /// The person is on the roster.
    Found(Membership),
    /// The person, or the bot, is not in the conversation. This says nothing about the person's standing.
    NotOnRoster,
    /// The roster is unreadable now. A later look-up may succeed.
    Unreadable,
}

/// Returns the part of a conversation id that has a roster. In a channel the id also names the thread.
///
/// ```
/// use workbot_domain::membership::roster_of;
///
/// assert_eq!(roster_of("19:abc@thread.tacv2;messageid=17"), "19:abc@thread.tacv2");
/// ```
#[must_use]
pub fn roster_of(conversation: &str) -> &str {
    conversation.split(";messageid=").next().unwrap_or(conversation)
}

/// A roster entry ("Get a single member", msteams-docs).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    #[serde(default, deserialize_with = "json::strict")]
    tenant_id: Option<String>,
    #[serde(default, deserialize_with = "json::strict")]
    aad_object_id: Option<String>,
    #[serde(default, deserialize_with = "json::strict")]
    object_id: Option<String>,
    #[serde(default, deserialize_with = "json::strict")]
    user_principal_name: Option<String>,
    #[serde(default, deserialize_with = "json::strict")]
    user_role: Option<String>,
}

/// The connector's codes for a person, or a bot, that is not in the conversation ("Messages in bot
/// conversations", "Get a single member", msteams-docs; `ThreadNotFound`: botframework-sdk issue 2759). Other
/// codes with the same status may be temporary: look-ups were refused with 403 `BadArgument` for a while
/// (botframework-sdk issue 6651).
const NOT_THERE: [&str; 9] = [
    "MemberNotFoundInConversation",
    "MemberNotFound",
    "BotNotInConversationRoster",
    "ConversationBlockedByUser",
    "ForbiddenOperationException",
    "NotEnoughPermissions",
    "BotDisabledByAdmin",
    "ConversationNotFound",
    "ThreadNotFound",
];

impl RosterLookup {
    /// Reads the connector's response about a person.
    #[must_use]
    pub fn read(status: u16, body: &[u8], subject: &Subject) -> Self {
        let is_known = |code: &&str| NOT_THERE.iter().any(|known| known.eq_ignore_ascii_case(code));
        let is_not_there = || json::value(body).is_ok_and(|error| codes(&error).iter().any(is_known));
        match status {
            200..300 => json::read(body)
                .ok()
                .and_then(|entry: Entry| entry.membership(subject))
                .map_or(Self::Unreadable, Self::Found),
            400 | 403 | 404 if is_not_there() => Self::NotOnRoster,
            _ => Self::Unreadable,
        }
    }
}

impl Entry {
    /// Returns the standing that the entry states, or `None` if it states none or is about another person.
    fn membership(&self, subject: &Subject) -> Option<Membership> {
        let present = |text: &'_ Option<String>| text.clone().filter(|text| !text.is_empty());
        let role = present(&self.user_role).map(|role| role.to_lowercase());
        // An anonymous participant. The tenant in the entry is the organizer's.
        if role.as_deref() == Some("anonymous") {
            return Some(Membership::Outsider);
        }
        for id in [&self.aad_object_id, &self.object_id].into_iter().filter_map(present) {
            if UserId::parse(&id).ok()? != subject.user {
                return None;
            }
        }
        // The tenant is never guessed, because it decides whom the company's connections serve.
        if TenantId::parse(&present(&self.tenant_id)?).ok()? != subject.tenant {
            return Some(Membership::Outsider);
        }
        let name = present(&self.user_principal_name).map(|name| name.to_uppercase());
        let is_external = name.as_ref().is_some_and(|name| name.contains("#EXT#"));
        Some(match role.as_deref() {
            _ if is_external => Membership::Guest,
            Some("user" | "owner") => Membership::Member,
            None if name.is_some() => Membership::Member,
            // A guest, an unknown role, or an entry that does not distinguish guests from members.
            _ => Membership::Guest,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const TENANT: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";
    const ADA: &str = "76b0b09f-d410-48fd-993e-84da521a597b";

    fn subject() -> Subject {
        Subject { tenant: TenantId::parse(TENANT).unwrap(), user: UserId::parse(ADA).unwrap() }
    }

    /// A member's entry with changed fields; `null` removes a field.
    fn looked_up(change: Value) -> RosterLookup {
        let mut entry = json!({
            "id": "29:ada", "objectId": ADA, "name": "Ada", "givenName": "Ada", "email": "ada@contoso.com",
            "userPrincipalName": "ada@contoso.com", "tenantId": TENANT, "userRole": "user", "later": {}
        });
        entry.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        RosterLookup::read(200, entry.to_string().as_bytes(), &subject())
    }

    fn refused(status: u16, body: &str) -> RosterLookup {
        RosterLookup::read(status, body.as_bytes(), &subject())
    }

    #[test]
    fn a_person_of_the_tenant_is_a_member_however_their_entry_is_spelled() {
        let upper =
            json!({"tenantId": TENANT.to_uppercase(), "objectId": null, "aadObjectId": ADA.to_uppercase()});
        for change in [
            json!({}),
            upper,
            json!({"userRole": "owner"}),
            json!({"userRole": "User"}),
            json!({"userRole": null}),
            json!({"userRole": ""}),
            json!({"userPrincipalName": null}),
            json!({"objectId": null}),
        ] {
            assert_eq!(looked_up(change.clone()), RosterLookup::Found(Membership::Member), "{change}");
        }
    }

    #[test]
    fn a_guest_is_recognised_by_the_role_or_by_the_directorys_sign_in_name() {
        for change in [
            json!({"userPrincipalName": "bob_fabrikam.com#EXT#@contoso.onmicrosoft.com", "userRole": "guest"}),
            json!({"userPrincipalName": "bob_fabrikam.com#ext#@contoso.onmicrosoft.com"}),
            json!({"userRole": "guest"}),
            json!({"userRole": "Guest", "userPrincipalName": null}),
        ] {
            assert_eq!(looked_up(change.clone()), RosterLookup::Found(Membership::Guest), "{change}");
        }
    }

    #[test]
    fn a_person_who_is_not_shown_to_be_a_member_is_treated_as_a_guest() {
        let silent = json!({"userRole": null, "userPrincipalName": null});
        for change in [silent, json!({"userRole": "newcomer"})] {
            assert_eq!(looked_up(change.clone()), RosterLookup::Found(Membership::Guest), "{change}");
        }
    }

    #[test]
    fn a_person_of_another_tenant_is_an_outsider_whatever_else_their_entry_says() {
        const OTHER: &str = "99999999-0000-4000-8000-000000000000";
        for change in [
            // In a shared channel, or federated in a meeting or a chat.
            json!({"tenantId": OTHER, "userPrincipalName": "x@fabrikam.example"}),
            json!({"tenantId": OTHER, "userRole": "owner"}),
            json!({"tenantId": OTHER, "userRole": null, "userPrincipalName": null}),
            json!({"tenantId": OTHER, "userPrincipalName": "x_contoso.com#EXT#@fabrikam.example", "userRole": "guest"}),
        ] {
            assert_eq!(looked_up(change.clone()), RosterLookup::Found(Membership::Outsider), "{change}");
        }
    }

    #[test]
    fn an_anonymous_participant_is_an_outsider_despite_the_organizers_tenant_in_the_entry() {
        let anonymous =
            json!({"id": "29:anon", "name": "Anon1 (Guest)", "tenantId": TENANT, "userRole": "anonymous"});
        let read = |entry: &Value| RosterLookup::read(200, entry.to_string().as_bytes(), &subject());
        assert_eq!(read(&anonymous), RosterLookup::Found(Membership::Outsider));
        assert_eq!(looked_up(json!({"userRole": "Anonymous"})), RosterLookup::Found(Membership::Outsider));
        assert_eq!(read(&json!({"userRole": "anonymous"})), RosterLookup::Found(Membership::Outsider));
    }

    #[test]
    fn an_entry_without_a_tenant_or_about_another_person_is_no_verdict() {
        for change in [
            json!({"tenantId": null}),
            json!({"tenantId": ""}),
            json!({"tenantId": "a b"}),
            json!({"tenantId": 7}),
            json!({"tenantId": null, "userRole": "guest"}),
            json!({"objectId": "somebody-else"}),
            json!({"aadObjectId": "somebody-else"}),
            json!({"objectId": null, "aadObjectId": "somebody-else", "tenantId": "another"}),
            json!({"userRole": 1}),
        ] {
            assert_eq!(looked_up(change.clone()), RosterLookup::Unreadable, "{change}");
        }
    }

    #[test]
    fn not_on_the_roster_requires_one_of_the_connectors_codes() {
        let code = |code: &str| json!({"error": {"code": code, "message": "…"}}).to_string();
        for (status, body) in [
            (404, code("MemberNotFoundInConversation")),
            (404, code("ConversationNotFound")),
            (404, code("ThreadNotFound")),
            (404, code("BotNotInConversationRoster")),
            (
                404,
                json!({"error": {"code": "Later", "innererror": {"code": "MemberNotFoundInConversation"}}})
                    .to_string(),
            ),
            (404, json!({"code": "conversationnotfound", "message": "…"}).to_string()),
            (403, code("BotNotInConversationRoster")),
            (403, code("BotDisabledByAdmin")),
            (403, code("ForbiddenOperationException")),
            (403, code("ConversationBlockedByUser")),
            (403, code("NotEnoughPermissions")),
            (400, code("MemberNotFoundInConversation")),
        ] {
            assert_eq!(refused(status, &body), RosterLookup::NotOnRoster, "{status} {body}");
        }
    }

    #[test]
    fn a_temporarily_unreadable_roster_is_never_a_verdict() {
        let busy = json!({"error": {"code": "ServiceError", "message": "…"}}).to_string();
        for status in [0, 302, 400, 401, 408, 409, 412, 429, 500, 502, 503, 504] {
            assert_eq!(refused(status, &busy), RosterLookup::Unreadable, "{status}");
        }
        // Temporary (botframework-sdk issue 6651), a gateway's, or unknown.
        for code in ["BadArgument", "Bad Argument", "ServiceError", "Unknown", "SomethingNew", ""] {
            let body = json!({"error": {"code": code, "message": "…"}}).to_string();
            for status in [400, 403, 404, 410] {
                assert_eq!(refused(status, &body), RosterLookup::Unreadable, "{status} {code}");
            }
        }
        for body in
            ["", "<html>Not Found</html>", "null", "{}", "{\"error\": null}", "{\"message\": \"Not found\"}"]
        {
            for status in [400, 403, 404] {
                assert_eq!(refused(status, body), RosterLookup::Unreadable, "{status} {body}");
            }
        }
        // A code counts only with the statuses that it belongs to.
        let gone = json!({"error": {"code": "MemberNotFoundInConversation"}}).to_string();
        for status in [401, 408, 429, 500, 503] {
            assert_eq!(refused(status, &gone), RosterLookup::Unreadable, "{status}");
        }
        for body in ["", "null", "[]", "{}", "<html>ok</html>", "{\"id\": \"29:ada\""] {
            assert_eq!(refused(200, body), RosterLookup::Unreadable, "{body}");
        }
    }

    #[test]
    fn guests_run_recipes_open_to_them_and_outsiders_nothing() {
        for (membership, verdicts) in [
            (Membership::Member, [Ok(()), Ok(())]),
            (Membership::Guest, [Err(MembershipError::NoGuests), Ok(())]),
            (Membership::Outsider, [Err(MembershipError::NoOutsiders); 2]),
        ] {
            assert_eq!([false, true].map(|guests| membership.may_run(guests)), verdicts, "{membership:?}");
        }
    }

    #[test]
    fn an_unknown_stored_word_is_no_standing() {
        for membership in [Membership::Member, Membership::Guest, Membership::Outsider] {
            assert_eq!(Membership::from_word(membership.as_word()), Some(membership));
            assert_eq!(serde_json::to_value(membership).unwrap(), membership.as_word());
        }
        assert_eq!(Membership::from_word(""), None);
        assert!(serde_json::from_str::<Membership>("\"contractor\"").is_err());
    }

    #[test]
    fn a_channels_roster_is_that_of_the_channel_and_not_of_a_thread() {
        assert_eq!(roster_of("19:x@thread.tacv2;messageid=1700000000000"), "19:x@thread.tacv2");
        for id in ["19:x@thread.tacv2", "a:1", "19:meeting_x@thread.v2", ""] {
            assert_eq!(roster_of(id), id);
        }
    }
}
