//! How the account of a token or key is identified: the table `[account]` in an app's file.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

use super::Method;
use crate::template::Template;

/// How the account of a token or key is identified: by a call, or by the token response.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// The URL that returns the account of the access token. Without it the account stands in the token
    /// response; the claims of an `id_token` (OpenID Connect Core 1.0 section 2) are at `/id_token`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<Template>,
    /// The method of the call: GET or POST.
    #[serde(default = "get")]
    pub method: Method,
    /// The JSON body of the call: a tree of templates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// JSON pointers (RFC 6901) to the name for people; the first that resolves counts.
    pub label: Vec<String>,
    /// JSON pointer to the account's id.
    pub id: String,
    /// JSON pointer to the id of the account's organization: organisation, enterprise, site.
    pub instance: Option<String>,
    /// The account's organization, where it is chosen from a list or needs a call of its own. It replaces
    /// `instance`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<Organization>,
}

impl Account {
    /// Whether accounts have the id of an organization.
    #[must_use]
    pub fn has_instance(&self) -> bool {
        self.instance.is_some() || self.organization.is_some()
    }
}

/// The organization of an account. Without the described one, the login fails.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Organization {
    /// The URL that returns the organizations of the access token, by GET. Without it they stand in the
    /// account's own response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<Template>,
    /// JSON pointer to the list; the empty one means the whole response. Without it the response itself is
    /// the only item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<String>,
    /// The values of the wanted item by JSON pointer: literals, or templates with `vars` and `token`. The
    /// first item that has all of them counts.
    #[serde(default, rename = "where", skip_serializing_if = "BTreeMap::is_empty")]
    pub wanted: BTreeMap<String, Value>,
    /// JSON pointer to the organization's id in the item.
    pub id: String,
    /// Values of the item that are stored, sealed: JSON pointers by name. Templates use them as
    /// `token.<name>`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub keep: BTreeMap<String, String>,
}

fn get() -> Method {
    Method::Get
}
