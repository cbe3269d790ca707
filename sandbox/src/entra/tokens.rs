//! The claims of Entra's tokens.

use serde_json::{Value, json};

use crate::jwt_signer::{self, Variation};
use crate::signing_keys::KeyName;
use crate::store::entra::Person;
use crate::{Sandbox, clock};

/// The audience of the bot's own token.
pub const BOT_AUDIENCE: &str = "https://api.botframework.com";

/// Teams in the browser, one of the clients that may request single sign-on tokens.
const TEAMS_WEB_CLIENT: &str = "5e3ce6c0-2b1f-4285-8d4b-75ee78787346";

/// The token that `getAuthToken()` returns in a tab.
pub fn sso_token(sandbox: &Sandbox, person: &Person, variation: &Variation) -> String {
    let mut claims = claims_of(sandbox, person);
    if let Some(object) = claims.as_object_mut() {
        object.insert("azp".into(), TEAMS_WEB_CLIENT.into());
        object.insert("azpacr".into(), "0".into());
        object.insert("scp".into(), "access_as_user".into());
    }
    jwt_signer::mint(&sandbox.keys, KeyName::Entra, claims, variation)
}

/// The claims of every v2 token about a person.
pub(super) fn claims_of(sandbox: &Sandbox, person: &Person) -> Value {
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
        // Entra's subject differs per client; the sandbox has one client only.
        "sub": format!("sub-{}", person.oid),
        "tid": person.tid,
        "uti": crate::random_name::random(22),
        "ver": "2.0",
    });
    if let (false, Some(object)) = (person.roles.is_empty(), claims.as_object_mut()) {
        object.insert("roles".into(), json!(person.roles));
    }
    claims
}
