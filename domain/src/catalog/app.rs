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
    /// The name for people.
    pub name: String,
    /// The file name in `catalog/icons`. Without it the app shows its first letter.
    pub icon: Option<String>,
    /// The kind of authentication.
    pub auth: Auth,
    /// Variables of the deployment (`APP_<ID>_<VAR>`), by name.
    #[serde(default)]
    pub vars: BTreeMap<String, Var>,
    /// The OAuth settings, for `auth = "oauth2"`.
    pub oauth2: Option<OAuth2>,
    /// How a key is sent, for `auth = "api_key"`. A user and password are always sent by RFC 7617.
    pub api_key: Option<ApiKey>,
    /// The account call.
    pub account: Account,
    /// The page where a person removes Workbot's access, for an app without revocation.
    pub manage_url: Option<Template>,
    /// The base URL of all actions.
    pub base_url: Template,
    /// The hosts that may be called with a token, with the port unless it is the default; `*.` stands for any
    /// subdomain.
    pub allowed_hosts: Vec<Template>,
    /// Headers of every call.
    #[serde(default)]
    pub headers: BTreeMap<String, Template>,
    /// The places of error messages and error codes in responses.
    #[serde(default)]
    pub errors: RestErrors,
    /// The actions for recipes, by name.
    pub actions: BTreeMap<String, Action>,
}

/// A variable of the deployment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Var {
    /// Its meaning, for the person who deploys.
    pub about: String,
    /// The default value. Without it the variable is required.
    pub default: Option<String>,
}

/// The app's OAuth 2.0 settings (RFC 6749).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OAuth2 {
    /// The authorization endpoint.
    pub authorize_url: Template,
    /// The token endpoint.
    pub token_url: Template,
    /// The revocation endpoint (RFC 7009), if there is one.
    pub revoke_url: Option<Template>,
    /// The issuer that the app's authorization responses state in `iss` (RFC 9207), if they do. An empty
    /// value is not compared.
    pub issuer: Option<Template>,
    /// The encoding of token requests.
    #[serde(default)]
    pub token_request: TokenRequest,
    /// The requested scopes.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// Proof Key for Code Exchange (RFC 7636).
    #[serde(default)]
    pub pkce: Pkce,
    /// Client authentication at the token endpoint (RFC 6749 section 2.3.1).
    #[serde(default)]
    pub client_auth: ClientAuth,
    /// Additional parameters of the authorization request.
    #[serde(default)]
    pub authorize_params: BTreeMap<String, String>,
    /// Additional parameters for "Switch account", which make the app ask for the account. They replace those
    /// of `authorize_params` with the same name. Empty if the app has none.
    #[serde(default)]
    pub select_account: BTreeMap<String, String>,
    /// Additional parameters of token requests, with a code and with a refresh token.
    #[serde(default)]
    pub token_params: BTreeMap<String, String>,
    /// Fields of the token response that are stored, sealed. URLs may use them as `token.<field>`.
    #[serde(default)]
    pub keep: Vec<String>,
    /// The effect of a refresh on the refresh token.
    pub rotation: Rotation,
    /// The effect of revoking a token.
    pub revokes: Revokes,
    /// Lifetime of an access token in seconds, for a token response without `expires_in`. Without a refresh
    /// token the access token is then used until the app refuses it.
    pub access_token_seconds: Option<u64>,
    /// Lifetime of a refresh token in days, if the app limits it; a new refresh token starts a new lifetime.
    /// The person is asked to log in again a week before its end.
    pub refresh_token_days: Option<u32>,
    /// The app's error words, by class.
    #[serde(default)]
    pub errors: GrantErrors,
}

impl OAuth2 {
    /// Returns the additional parameters of an authorization request. With `switch_account`, those that make
    /// the app ask for the account replace others of the same name.
    #[must_use]
    pub fn authorization_parameters(&self, switch_account: bool) -> BTreeMap<&str, &str> {
        let selecting = if switch_account { Some(&self.select_account) } else { None };
        let all = self.authorize_params.iter().chain(selecting.into_iter().flatten());
        all.map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }

    /// Returns the lifetime of a refresh token, if it is known.
    #[must_use]
    pub fn refresh_token_lifetime(&self) -> Option<Duration> {
        self.refresh_token_days.map(|days| Duration::from_secs(24 * 3600) * days)
    }

    /// Returns the lifetime of an access token whose response states none: that of the file, or one hour.
    #[must_use]
    pub fn assumed_lifetime(&self) -> Duration {
        Duration::from_secs(self.access_token_seconds.unwrap_or(3600))
    }
}

/// Whether the app supports PKCE.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Pkce {
    /// The method `S256` (RFC 7636 section 4.2).
    #[default]
    S256,
    /// The app refuses the parameters.
    #[serde(rename = "none")]
    None,
}

/// Client authentication at the token endpoint.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuth {
    /// `client_id` and `client_secret` in the body.
    #[default]
    Body,
    /// HTTP Basic.
    Basic,
}

/// The encoding of token requests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenRequest {
    /// A form (RFC 6749 section 4.1.3).
    #[default]
    Form,
    /// A JSON object with the same fields.
    Json,
}

/// The effect of a refresh on the refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rotation {
    /// The refresh token stays the same.
    None,
    /// Each refresh returns a new refresh token, and the old one fails.
    SingleUse,
    /// If the app rotates, using an old refresh token also revokes the current one.
    ReuseKills,
}

/// The effect of revoking a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Revokes {
    /// It ends this grant only.
    Token,
    /// It ends every grant of the account and client.
    Grant,
}

/// The app's words in token errors, by class. `invalid_grant` and `invalid_client` are always known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrantErrors {
    /// The app did not take the request; it is repeated later.
    #[serde(default)]
    pub busy: Vec<String>,
    /// The grant is gone; the person has to log in again.
    #[serde(default)]
    pub login: Vec<String>,
    /// The grant may be gone; counts at the third in a row. Unlisted words belong to this class too.
    #[serde(default)]
    pub doubtful: Vec<String>,
    /// A policy refuses now; the grant may work later.
    #[serde(default)]
    pub policy: Vec<String>,
    /// Workbot's registration is wrong; an admin has to act.
    #[serde(default)]
    pub setup: Vec<String>,
}

/// The header that carries an API key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiKey {
    /// The header's name.
    #[serde(default = "authorization")]
    pub header: String,
    /// The header's value with the variable `key`, e.g. `Bearer {{ key }}`.
    pub value: Template,
}

fn authorization() -> String {
    "authorization".to_owned()
}

/// The account call: how the account of a token or key is identified.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// The URL that returns the account of the access token.
    pub url: Template,
    /// JSON pointers (RFC 6901) to the name for people; the first that resolves counts.
    pub label: Vec<String>,
    /// JSON pointer to the account's id.
    pub id: String,
    /// JSON pointer to the id of the account's organization: organisation, enterprise, site.
    pub instance: Option<String>,
}

/// The places of error messages and error codes in responses.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RestErrors {
    /// JSON pointers to the message for people; the first that resolves counts.
    #[serde(default)]
    pub message: Vec<String>,
    /// JSON pointer to the error code.
    pub code: Option<String>,
    /// Codes that mean "not now", whatever the status: nothing was done, and the call may be repeated.
    #[serde(default)]
    pub busy: Vec<String>,
    /// Codes that mean a dead access token, whatever the status: nothing was done, and the call may be
    /// repeated with a new token. They stand at `code`, or in a plain text response.
    #[serde(default)]
    pub token: Vec<String>,
}
