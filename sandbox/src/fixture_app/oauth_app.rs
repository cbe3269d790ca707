//! The OAuth of an app with a fixture.

use serde_json::Value;

use crate::fixture::{self, Fixture, Rotation as Documented};
use crate::oauth::{App, Flow, Iss, Lasts, Life, Pkce, Revokes, Rotation, Rules, Switch, Texts};
use crate::random_name::random;

/// The lifetime of access tokens without `expires_in`: ten years.
const ENDLESS: u64 = 10 * 365 * 24 * 3600;

/// The OAuth of an app. Its texts are kept as long as the process runs.
pub(super) fn of(id: &'static str, fixture: &'static Fixture) -> App {
    let login = fixture.login.as_ref();
    let scopes = login.map(|login| login.scopes.as_slice()).unwrap_or_default();
    let callback = login.into_iter().flat_map(|login| &login.callback);
    let offline = login.and_then(|login| login.offline.as_deref());
    let lasts = match (&fixture.refresh, offline) {
        (None, _) => Lasts::Never,
        (Some(_), None) => Lasts::Always,
        (Some(_), Some(scope)) => Lasts::WithScope(Vec::leak(vec![scope])),
    };
    let rotation = fixture.refresh.as_ref().map(|refresh| refresh.rotation);
    App {
        name: id,
        title: id,
        companies: [("Contoso", "contoso"), ("Fabrikam", "fabrikam")],
        user_id: |serial| serial.to_string(),
        client: |name, settings| settings.fixture_apps.get(name),
        accounts: |name, saved| saved.fixture_apps.accounts(name),
        accounts_mut: |name, saved| saved.fixture_apps.accounts_mut(name),
        flow: Flow {
            authorize: String::leak(format!("/apps/{id}/authorize")),
            home: String::leak(format!("/apps/{id}")),
            scopes: Vec::leak(scopes.iter().map(|scope| (scope.as_str(), scope.as_str())).collect()),
            unknown_scope: "The scope does not exist.",
            // The vendor's address has checked the request.
            refusal: |_, _, _| None,
            switch: Switch::Prompt,
            remembers: false,
            words: Texts { heading: "Allow access?", allow: "Allow", deny: "Deny", denied: "Denied" },
            code: || random(32),
            code_seconds: 60,
            pkce: match login.map(|login| login.pkce) {
                Some(fixture::Pkce::Required) => Pkce::Required,
                Some(fixture::Pkce::Optional) => Pkce::IfChallenged,
                Some(fixture::Pkce::Refused) | None => Pkce::Ignored,
            },
            callback: Vec::leak(callback.map(|(name, value)| (name.as_str(), value.as_str())).collect()),
            repeats_redirect: true,
        },
        life: Life {
            rules: Rules {
                rotation: match rotation {
                    Some(Documented::SingleUse) => Rotation::SingleUse,
                    Some(Documented::None) | None => Rotation::None,
                },
                iss: Iss::None,
                access_token_seconds: lifetime(fixture),
                refresh_token_seconds: None,
                max_approvals: None,
            },
            access_token: |_| random(40),
            refresh_token: || random(60),
            lasts,
            slides: false,
            renews: true,
            repeats: false,
            shares: false,
            revokes: Revokes::Grant,
        },
    }
}

/// The `expires_in` of the token response, wherever it stands.
fn lifetime(fixture: &Fixture) -> u64 {
    let response = fixture.token.as_ref().and_then(|token| serde_json::from_str(&token.response).ok());
    response.and_then(|response| expires_in(&response)).unwrap_or(ENDLESS)
}

fn expires_in(value: &Value) -> Option<u64> {
    let Value::Object(fields) = value else { return None };
    let own = fields.get("expires_in").and_then(|value| fixture::shown(value).parse().ok());
    own.or_else(|| fields.values().find_map(expires_in))
}
