//! The data of Entra: people, sessions and planned variations.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::jwt_signer::Variation;

/// The person of the Agents Playground.
const ALEX: &str = "00000000-0000-0000-0000-0000000000020";

/// The authority for people of any organization.
pub const ANY_ORGANIZATION: &str = "organizations";
/// A second company's tenant.
pub const OTHER_TENANT: &str = "fab12345-0000-4000-8000-000000000002";

/// A person who can sign in.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Person {
    /// The tenant.
    pub tid: String,
    /// The person's id in it.
    pub oid: String,
    /// The display name.
    pub name: String,
    /// The user principal name.
    pub upn: String,
    /// App roles.
    #[serde(default)]
    pub roles: Vec<String>,
}

/// All people and browser sessions.
#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Directory {
    pub(crate) people: Vec<Person>,
    pub(crate) sessions: BTreeMap<String, (String, String)>,
}

/// Open codes and planned variations.
#[derive(Default)]
pub struct Pending {
    pub(crate) codes: HashMap<String, Code>,
    /// Planned variations, in order.
    pub plans: Vec<Plan>,
    /// The shape of responses with the bot's own token.
    pub bot_token: TokenShape,
}

/// The content of a code.
pub struct Code {
    pub(crate) person: Person,
    pub(crate) redirect_uri: String,
    pub(crate) challenge: String,
    pub(crate) nonce: Option<String>,
    pub(crate) scope: String,
    pub(crate) issued: u64,
}

/// The variation of a token response. The default changes nothing.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct TokenShape {
    /// Fields to set; `null` removes one.
    pub fields: serde_json::Map<String, Value>,
    /// Its status.
    pub status: Option<u16>,
    /// Whether a byte order mark comes first.
    pub bom: bool,
    /// Whether it is form-encoded.
    pub form: bool,
}

/// A planned variation of the next sign-in, used once.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Plan {
    /// Only for this person; absent: for anyone.
    pub oid: Option<String>,
    /// Answer the next authorization request with this error.
    pub authorize_error: Option<String>,
    /// The variation of the next id token.
    #[serde(flatten)]
    pub id_token: Variation,
}

impl Directory {
    /// The fixed people.
    pub fn seed(&mut self, bot_tenant: &str) {
        let person = |tid: &str, oid: &str, name: &str, upn: &str, roles: &[&str]| Person {
            tid: tid.to_owned(),
            oid: oid.to_owned(),
            name: name.to_owned(),
            upn: upn.to_owned(),
            roles: roles.iter().map(|role| (*role).to_owned()).collect(),
        };
        let admin = ["Workbot.Admin"];
        for seeded in [
            person(bot_tenant, ALEX, "Alex Wilber", "alexw@contoso.com", &[]),
            person(
                bot_tenant,
                "ada00000-0000-4000-8000-000000000021",
                "Ada Lovelace",
                "ada@contoso.com",
                &[],
            ),
            person(bot_tenant, "b0b00000-0000-4000-8000-000000000022", "Bob Baker", "bob@contoso.com", &[]),
            person(
                bot_tenant,
                "3e9a0000-0000-4000-8000-000000000023",
                "Megan Bowen",
                "meganb@contoso.com",
                &admin,
            ),
            person(
                OTHER_TENANT,
                "e7e00000-0000-4000-8000-000000000024",
                "Eve Fisher",
                "eve@fabrikam.com",
                &[],
            ),
        ] {
            if self.find(&seeded.tid, &seeded.oid).is_none() {
                self.people.push(seeded);
            }
        }
    }

    /// Adds a person or replaces the one with the same ids.
    pub fn put(&mut self, person: Person) {
        self.people.retain(|known| !known.is(&person.tid, &person.oid));
        self.people.push(person);
    }

    /// The person with these ids.
    pub fn find(&self, tid: &str, oid: &str) -> Option<&Person> {
        self.people.iter().find(|person| person.is(tid, oid))
    }

    /// The person with this id who may sign in at an authority: a tenant, or [`ANY_ORGANIZATION`].
    pub fn find_at(&self, authority: &str, oid: &str) -> Option<&Person> {
        self.people.iter().find(|person| person.belongs_to(authority) && person.oid.eq_ignore_ascii_case(oid))
    }

    /// The person with this id, of whichever tenant.
    pub fn of_oid(&self, oid: &str) -> Option<&Person> {
        self.people.iter().find(|person| person.oid.eq_ignore_ascii_case(oid))
    }

    /// Everyone, or everyone who may sign in at an authority.
    pub fn people(&self, authority: Option<&str>) -> Vec<Person> {
        let is_there = |person: &&Person| authority.is_none_or(|authority| person.belongs_to(authority));
        self.people.iter().filter(is_there).cloned().collect()
    }

    pub(crate) fn signed_in(&self, session: Option<&str>) -> Option<&Person> {
        let (tid, oid) = self.sessions.get(session?)?;
        self.find(tid, oid)
    }
}

impl Person {
    /// Whether the person may sign in at an authority.
    pub(crate) fn belongs_to(&self, authority: &str) -> bool {
        authority == ANY_ORGANIZATION || self.tid.eq_ignore_ascii_case(authority)
    }

    pub(crate) fn is(&self, tid: &str, oid: &str) -> bool {
        self.tid.eq_ignore_ascii_case(tid) && self.oid.eq_ignore_ascii_case(oid)
    }
}
