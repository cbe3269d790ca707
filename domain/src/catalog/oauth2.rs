//! OAuth 2.0 of an app: the table `[oauth2]` in its file.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

use super::Method;
use crate::template::Template;

/// The app's OAuth 2.0 settings (RFC 6749).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OAuth2 {
    /// The authorization endpoint.
    pub authorize_url: Template,
    /// The token endpoint.
    pub token_url: Template,
    /// The endpoint for refresh requests, if it is not the token endpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_url: Option<Template>,
    /// The revocation endpoint, if there is one. It may use `client.id`.
    pub revoke_url: Option<Template>,
    /// The revocation request. The default is that of RFC 7009.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoke: Option<Revoke>,
    /// The issuer that the app's authorization responses state in `iss` (RFC 9207), if they do. An empty
    /// value is not compared.
    pub issuer: Option<Template>,
    /// The encoding of token requests.
    #[serde(default)]
    pub token_request: TokenRequest,
    /// The requested scopes. An empty one is omitted.
    #[serde(default)]
    pub scopes: Vec<Template>,
    /// Proof Key for Code Exchange (RFC 7636).
    #[serde(default)]
    pub pkce: Pkce,
    /// Client authentication at the token endpoint (RFC 6749 section 2.3.1).
    #[serde(default)]
    pub client_auth: ClientAuth,
    /// Additional parameters of the authorization request. An empty one is omitted.
    #[serde(default)]
    pub authorize_params: BTreeMap<String, Template>,
    /// Additional parameters for "Switch account", which make the app ask for the account. They replace those
    /// of `authorize_params` with the same name. Empty if the app has none.
    #[serde(default)]
    pub select_account: BTreeMap<String, Template>,
    /// Additional parameters of token requests, with a code and with a refresh token. An empty one is
    /// omitted.
    #[serde(default)]
    pub token_params: BTreeMap<String, Template>,
    /// Whether a refresh request also contains `redirect_uri`.
    #[serde(default, skip_serializing_if = "is_false")]
    pub redirect_uri_in_refresh: bool,
    /// JSON pointer to the object of the token response that holds the tokens. A response without it is read
    /// at its top level.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_response: Option<String>,
    /// The authentication scheme of the access token (RFC 9110 section 11.1).
    #[serde(default = "bearer")]
    pub auth_scheme: String,
    /// Fields of the token response that are stored, sealed. URLs may use them as `token.<field>`.
    #[serde(default)]
    pub keep: Vec<String>,
    /// Parameters of the authorization response that are stored, sealed, and used like those of `keep`. They
    /// come through the person's browser, so they never identify the account.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keep_from_callback: Vec<String>,
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
    pub fn authorization_parameters(&self, switch_account: bool) -> BTreeMap<&str, &Template> {
        let selecting = if switch_account { Some(&self.select_account) } else { None };
        let all = self.authorize_params.iter().chain(selecting.into_iter().flatten());
        all.map(|(name, value)| (name.as_str(), value)).collect()
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

/// The request that revokes a token.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Revoke {
    /// The HTTP method.
    #[serde(default = "post")]
    pub method: Method,
    /// How the request is authenticated.
    #[serde(default)]
    pub auth: RevokeAuth,
    /// The JSON body: a tree of templates with `token` (the token to revoke), `client.id` and
    /// `client.secret`. The default is the form of RFC 7009 section 2.1, or nothing for
    /// [`RevokeAuth::Bearer`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// The only kind of token that the app revokes. Without it, both are: the refresh token first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<RevokedToken>,
}

/// The authentication of a revocation request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RevokeAuth {
    /// That of token requests: `client_auth`.
    #[default]
    Client,
    /// The client's id and secret by HTTP Basic.
    Basic,
    /// The token itself is the bearer token.
    Bearer,
    /// None.
    None,
}

/// A kind of token, by its name in RFC 7009 section 2.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RevokedToken {
    /// The access token.
    AccessToken,
    /// The refresh token.
    RefreshToken,
}

impl Default for Revoke {
    fn default() -> Self {
        Self { method: Method::Post, auth: RevokeAuth::Client, body: None, token: None }
    }
}

fn post() -> Method {
    Method::Post
}

fn bearer() -> String {
    "Bearer".to_owned()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde calls")]
fn is_false(value: &bool) -> bool {
    !value
}
