//! One app: `catalog/apps/<id>.toml`.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use workbot_shared::Auth;

use super::{Account, Action, OAuth2, Registration};
use crate::template::{Target, Template};

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
    /// How the account is identified.
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
    /// The values that every good response contains besides its status, by JSON pointer (RFC 6901), for apps
    /// that report errors with status 200.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub success: BTreeMap<String, Value>,
    /// JSON pointers to what no good response contains. `null`, `""` and `[]` count as absent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub absent: Vec<String>,
    /// The places of error messages and error codes in responses.
    #[serde(default)]
    pub errors: RestErrors,
    /// The actions for recipes, by name.
    pub actions: BTreeMap<String, Action>,
    /// The registration, for the app's page in docs/apps. It is not part of the compiled catalog.
    #[serde(default, skip_serializing)]
    pub registration: Option<Registration>,
}

impl App {
    /// Renders a template with the variables' default values, for documentation. A variable without a default
    /// is shown by its name, e.g. `<SITE_URL>`; a template that cannot be rendered so is shown as it is.
    #[must_use]
    pub fn with_defaults(&self, template: &Template) -> String {
        let shown = |(name, var): (&String, &Var)| {
            (name.clone(), var.default.clone().unwrap_or_else(|| format!("<{name}>")).into())
        };
        let vars: serde_json::Map<String, Value> = self.vars.iter().map(shown).collect();
        let rendered = template.render(Target::Plain, &serde_json::json!({ "vars": vars }));
        rendered.unwrap_or_else(|_| template.0.clone())
    }
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

/// The places of error messages and error codes in responses.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RestErrors {
    /// JSON pointers to the message for people; the first that resolves counts.
    #[serde(default)]
    pub message: Vec<String>,
    /// JSON pointers to error codes; all that resolve count.
    #[serde(default)]
    pub code: Vec<String>,
    /// Codes that mean "not now", whatever the status: nothing was done, and the call may be repeated.
    #[serde(default)]
    pub busy: Vec<String>,
    /// Codes that mean a dead access token, whatever the status: nothing was done, and the call may be
    /// repeated with a new token. They stand at `code`, or in a plain text response.
    #[serde(default)]
    pub token: Vec<String>,
}
