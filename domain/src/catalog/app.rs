//! One app: `catalog/apps/<id>.toml`.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;
use workbot_shared::Auth;

use super::Action;
use crate::template::Template;

/// A business system with an API.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct App {
    /// What people call it.
    pub name: String,
    /// The name of its file in `catalog/icons`. Without one the app shows its first letter.
    pub icon: Option<String>,
    /// How one logs in to it.
    pub auth: Auth,
    /// Variables of the deployment (`APP_<ID>_<VAR>`).
    #[serde(default)]
    pub vars: BTreeMap<String, Var>,
    /// Where and how one logs in, for `auth = "oauth2"`.
    pub oauth2: Option<OAuth2>,
    /// How a key is sent, for `auth = "api_key"`. A user and password always go as RFC 7617 says.
    pub api_key: Option<ApiKey>,
    /// Who is connected.
    pub account: Account,
    /// Where a person takes away Workbot's access themselves, if the app has no revocation.
    pub manage_url: Option<Template>,
    /// What every action's path is below.
    pub base_url: Template,
    /// Hosts, with port where not the default, that may be called with a token; `*.` stands for any subdomain.
    pub allowed_hosts: Vec<Template>,
    /// Sent with every call.
    #[serde(default)]
    pub headers: BTreeMap<String, Template>,
    /// Where an answer that is not a success says why.
    #[serde(default)]
    pub errors: RestErrors,
    /// What recipes can do.
    pub actions: BTreeMap<String, Action>,
}

/// A variable that a deployment sets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Var {
    /// What it is, for whoever deploys.
    pub about: String,
    /// Used when the deployment says nothing. Without a default the variable must be set.
    pub default: Option<String>,
}

/// OAuth 2.0 (RFC 6749) as this app has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OAuth2 {
    /// Authorization endpoint.
    pub authorize_url: Template,
    /// Token endpoint.
    pub token_url: Template,
    /// Revocation endpoint (RFC 7009), if there is one.
    pub revoke_url: Option<Template>,
    /// The issuer that its answers to authorization requests name in `iss` (RFC 9207), where they do. One that comes out
    /// empty is not compared.
    pub issuer: Option<Template>,
    /// How token requests are written.
    #[serde(default)]
    pub token_request: TokenRequest,
    /// What is asked for.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// Proof key for code exchange (RFC 7636).
    #[serde(default)]
    pub pkce: Pkce,
    /// How the client authenticates at the token endpoint (RFC 6749 section 2.3.1).
    #[serde(default)]
    pub client_auth: ClientAuth,
    /// Extra parameters of the authorization request.
    #[serde(default)]
    pub authorize_params: BTreeMap<String, String>,
    /// Extra parameters that make the app ask which account, for "Switch account"; they stand in place of
    /// `authorize_params` of the same name. Empty: it cannot be asked.
    #[serde(default)]
    pub select_account: BTreeMap<String, String>,
    /// Extra parameters of the token request, with a code and with a refresh token.
    #[serde(default)]
    pub token_params: BTreeMap<String, String>,
    /// Fields of the token answer that are kept, sealed, and that URLs may use as `token.<field>`.
    #[serde(default)]
    pub keep: Vec<String>,
    /// What a refresh does to the refresh token.
    pub rotation: Rotation,
    /// What revoking a token ends.
    pub revokes: Revokes,
    /// Seconds that an access token lives when the token answer has no `expires_in`. Without a refresh token it then lives
    /// until the app no longer takes it.
    pub access_token_seconds: Option<u64>,
    /// Days that a refresh token lives, where the app limits that; another refresh token lives as long anew. A week before
    /// its end the person is asked to log in again.
    pub refresh_token_days: Option<u32>,
    /// The app's words for what went wrong.
    #[serde(default)]
    pub errors: GrantErrors,
}

impl OAuth2 {
    /// The extra parameters of an authorization request. To switch the account, those that make the app ask for it stand in
    /// place of others of the same name.
    #[must_use]
    pub fn authorization_parameters(&self, switch_account: bool) -> BTreeMap<&str, &str> {
        let selecting = if switch_account { Some(&self.select_account) } else { None };
        let all = self.authorize_params.iter().chain(selecting.into_iter().flatten());
        all.map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }

    /// How long a refresh token lives, if that is known.
    #[must_use]
    pub fn refresh_token_lifetime(&self) -> Option<Duration> {
        self.refresh_token_days.map(|days| Duration::from_secs(24 * 3600) * days)
    }

    /// How long an access token lives when its answer does not say so; an hour when the file does not either.
    #[must_use]
    pub fn assumed_lifetime(&self) -> Duration {
        Duration::from_secs(self.access_token_seconds.unwrap_or(3600))
    }
}

/// Whether the app takes a code challenge.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Pkce {
    /// RFC 7636 section 4.2.
    #[default]
    S256,
    /// The app refuses the parameters.
    #[serde(rename = "none")]
    None,
}

/// How the client authenticates.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuth {
    /// `client_id` and `client_secret` in the form.
    #[default]
    Body,
    /// HTTP Basic.
    Basic,
}

/// How token requests are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenRequest {
    /// As a form (RFC 6749 section 4.1.3).
    #[default]
    Form,
    /// The same fields as a JSON object.
    Json,
}

/// What a refresh does to the refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rotation {
    /// It stays the same.
    None,
    /// Each refresh returns a new one; the old one fails.
    SingleUse,
    /// Using an old one also revokes the live one.
    ReuseKills,
}

/// What revoking a token ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Revokes {
    /// This grant only.
    Token,
    /// Every grant of the account and client.
    Grant,
}

/// The app's words in a token error, by what they mean for the person. `invalid_grant` and `invalid_client` are known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrantErrors {
    /// The app did not take the request: try again later.
    #[serde(default)]
    pub busy: Vec<String>,
    /// The grant is gone: log in again.
    #[serde(default)]
    pub login: Vec<String>,
    /// May mean that the grant is gone, or nothing: it counts when it comes three times in a row. So does what is not listed.
    #[serde(default)]
    pub doubtful: Vec<String>,
    /// A policy refuses now; the grant may be good later.
    #[serde(default)]
    pub policy: Vec<String>,
    /// Our registration at the app is wrong; an admin must act.
    #[serde(default)]
    pub setup: Vec<String>,
}

/// How an app takes its key: one header.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiKey {
    /// The header's name.
    #[serde(default = "authorization")]
    pub header: String,
    /// The header's value; the key is `key`, e.g. `Bearer {{ key }}`.
    pub value: Template,
}

fn authorization() -> String {
    "authorization".to_owned()
}

/// Who is connected.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// Answers who holds the access token.
    pub url: Template,
    /// JSON pointers (RFC 6901) to what a person recognises; the first that is there.
    pub label: Vec<String>,
    /// JSON pointer to the account's id.
    pub id: String,
    /// JSON pointer to the account's company: organisation, enterprise, site.
    pub instance: Option<String>,
}

/// Where an answer that is not a success says why.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RestErrors {
    /// JSON pointers to the message for a person; the first that is there.
    #[serde(default)]
    pub message: Vec<String>,
    /// JSON pointer to the app's word for the error.
    pub code: Option<String>,
    /// Words that mean "not now", whatever the status: nothing was done, and it may be tried again.
    #[serde(default)]
    pub busy: Vec<String>,
    /// Words that mean, whatever the status, that the access token is dead: nothing was done, and it may be done with
    /// another. They stand at `code`, or in an answer that is a plain text.
    #[serde(default)]
    pub token: Vec<String>,
}
