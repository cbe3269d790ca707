//! Entra: proof of who sits at the browser, the bot's own token, and the tokens of Teams' single sign-on.

mod authorize;
mod token_endpoint;

use std::collections::{BTreeMap, HashMap};

use axum::extract::{Path, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::keys::KeyName;
use crate::token::{self, Variation};
use crate::{Sandbox, Shared, clock};

/// Whom the bot's own token is for.
pub const BOT_AUDIENCE: &str = "https://api.botframework.com";

/// Teams in the browser, one of the clients that may ask for single sign-on tokens.
const TEAMS_WEB_CLIENT: &str = "5e3ce6c0-2b1f-4285-8d4b-75ee78787346";

/// The Agents Playground's one person.
const ALEX: &str = "00000000-0000-0000-0000-0000000000020";

/// A second company's tenant.
pub const OTHER_TENANT: &str = "fab12345-0000-4000-8000-000000000002";

/// Someone who can sign in.
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

/// All people, and who is signed in in which browser.
#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Directory {
    people: Vec<Person>,
    sessions: BTreeMap<String, (String, String)>,
}

/// Codes not yet redeemed and what is planned to go wrong.
#[derive(Default)]
pub struct Pending {
    codes: HashMap<String, authorize::Code>,
    /// Planned oddities, in order.
    pub plans: Vec<Plan>,
    /// How answers with the bot's own token look.
    pub bot_token: TokenShape,
}

/// How an answer with a token departs from the usual one; all is as always where nothing is said.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct TokenShape {
    /// Fields that it has; `null` removes one.
    pub fields: serde_json::Map<String, Value>,
    /// Its status.
    pub status: Option<u16>,
    /// Whether a byte order mark comes first.
    pub bom: bool,
    /// Whether it is form-encoded.
    pub form: bool,
}

/// A planned oddity of the next sign-in; used once.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Plan {
    /// Only for this person; absent: for anyone.
    pub oid: Option<String>,
    /// Answer the next authorization request with this error.
    pub authorize_error: Option<String>,
    /// How the next id token departs from the valid one.
    #[serde(flatten)]
    pub id_token: Variation,
}

impl Directory {
    /// The people that are always there.
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

    /// The person with this id, of whichever tenant.
    pub fn of_oid(&self, oid: &str) -> Option<&Person> {
        self.people.iter().find(|person| person.oid.eq_ignore_ascii_case(oid))
    }

    /// Everyone, or everyone in one tenant.
    pub fn people(&self, tid: Option<&str>) -> Vec<Person> {
        self.people
            .iter()
            .filter(|person| tid.is_none_or(|tid| person.tid.eq_ignore_ascii_case(tid)))
            .cloned()
            .collect()
    }

    fn signed_in(&self, session: Option<&str>) -> Option<&Person> {
        let (tid, oid) = self.sessions.get(session?)?;
        self.find(tid, oid)
    }
}

impl Person {
    fn is(&self, tid: &str, oid: &str) -> bool {
        self.tid.eq_ignore_ascii_case(tid) && self.oid.eq_ignore_ascii_case(oid)
    }
}

/// A tenant's routes; the tenant can have any id.
pub fn routes() -> Router<Shared> {
    Router::new()
        .route("/entra/{tid}/v2.0/.well-known/openid-configuration", get(metadata))
        .route("/entra/{tid}/discovery/v2.0/keys", get(keys))
        .route("/entra/{tid}/oauth2/v2.0/authorize", get(authorize::authorize))
        .route("/entra/{tid}/oauth2/v2.0/logout", get(authorize::logout))
        .route("/entra/{tid}/signin", post(authorize::sign_in))
        .route("/entra/{tid}/oauth2/v2.0/token", post(token_endpoint::token))
}

async fn metadata(State(sandbox): State<Shared>, Path(tid): Path<String>) -> Json<Value> {
    let base = format!("{}/entra/{tid}", sandbox.settings.origin);
    Json(json!({
        "issuer": sandbox.settings.entra_issuer(&tid),
        "authorization_endpoint": format!("{base}/oauth2/v2.0/authorize"),
        "token_endpoint": format!("{base}/oauth2/v2.0/token"),
        "end_session_endpoint": format!("{base}/oauth2/v2.0/logout"),
        "jwks_uri": format!("{base}/discovery/v2.0/keys"),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        "code_challenge_methods_supported": ["S256"],
    }))
}

async fn keys(State(sandbox): State<Shared>) -> Json<Value> {
    Json(json!({ "keys": [sandbox.keys.jwk(KeyName::Entra, None)] }))
}

/// The token that Teams gives to a tab: what `getAuthToken()` returns there.
pub fn sso_token(sandbox: &Sandbox, person: &Person, variation: &Variation) -> String {
    let mut claims = claims_of(sandbox, person);
    if let Some(object) = claims.as_object_mut() {
        object.insert("azp".into(), TEAMS_WEB_CLIENT.into());
        object.insert("azpacr".into(), "0".into());
        object.insert("scp".into(), "access_as_user".into());
    }
    token::mint(&sandbox.keys, KeyName::Entra, claims, variation)
}

/// What every v2 token about a person says.
fn claims_of(sandbox: &Sandbox, person: &Person) -> Value {
    let now = clock::now();
    let mut claims = json!({
        "aud": sandbox.settings.bot.id,
        "iss": sandbox.settings.entra_issuer(&person.tid),
        "iat": now,
        "nbf": now,
        "exp": now + 3600,
        "name": person.name,
        "oid": person.oid,
        "preferred_username": person.upn,
        // Entra's subject differs from client to client; one client is all there is here.
        "sub": format!("sub-{}", person.oid),
        "tid": person.tid,
        "uti": crate::session::random(22),
        "ver": "2.0",
    });
    if let (false, Some(object)) = (person.roles.is_empty(), claims.as_object_mut()) {
        object.insert("roles".into(), json!(person.roles));
    }
    claims
}
