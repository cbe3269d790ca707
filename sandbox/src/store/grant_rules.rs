//! The rules of grants, from the authorization response on, and their changes for an app or for one of its
//! users.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};

/// The rotation class: the effect of a refresh on the refresh token.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rotation {
    /// The refresh token stays.
    None,
    /// The refresh token is replaced and becomes invalid.
    SingleUse,
    /// The refresh token is replaced; a reuse of the old one ends the grant.
    ReuseKills,
}

/// The `iss` of authorization responses (RFC 9207).
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Iss {
    /// Nothing.
    None,
    /// The app's own.
    Right,
    /// Another issuer, as if another server had responded.
    Wrong,
}

/// The effective rules.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Rules {
    /// The rotation class: the effect of a refresh on the refresh token.
    pub rotation: Rotation,
    /// The `iss` of authorization responses.
    pub iss: Iss,
    /// The lifetime of newly issued access tokens, in seconds.
    pub access_token_seconds: u64,
    /// The lifetime of all refresh tokens, in seconds; `None`: until revoked.
    pub refresh_token_seconds: Option<u64>,
    /// The maximum number of grants per user and client; the oldest is evicted.
    pub max_approvals: Option<usize>,
}

/// Changes of rules. An absent field changes nothing, `null` removes a limit.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct RuleChange {
    #[serde(skip_serializing_if = "Option::is_none")]
    rotation: Option<Rotation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    iss: Option<Iss>,
    #[serde(skip_serializing_if = "Option::is_none")]
    access_token_seconds: Option<u64>,
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    refresh_token_seconds: Option<Option<u64>>,
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    max_approvals: Option<Option<usize>>,
}

/// Distinguishes `null` from an absent field.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(from).map(Some)
}

impl RuleChange {
    /// Sets the rotation class.
    pub fn rotation(rotation: Rotation) -> Self {
        Self { rotation: Some(rotation), ..Self::default() }
    }

    fn turn(&mut self, more: Self) {
        self.rotation = more.rotation.or(self.rotation);
        self.iss = more.iss.or(self.iss);
        self.access_token_seconds = more.access_token_seconds.or(self.access_token_seconds);
        self.refresh_token_seconds = more.refresh_token_seconds.or(self.refresh_token_seconds);
        self.max_approvals = more.max_approvals.or(self.max_approvals);
    }

    fn change(&self, rules: Rules) -> Rules {
        Rules {
            rotation: self.rotation.unwrap_or(rules.rotation),
            iss: self.iss.unwrap_or(rules.iss),
            access_token_seconds: self.access_token_seconds.unwrap_or(rules.access_token_seconds),
            refresh_token_seconds: self.refresh_token_seconds.unwrap_or(rules.refresh_token_seconds),
            max_approvals: self.max_approvals.unwrap_or(rules.max_approvals),
        }
    }
}

/// All changed rules of an app.
#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
pub struct RuleOverrides {
    everyone: RuleChange,
    /// By lower-case login name. A user's rules override the app's.
    users: BTreeMap<String, RuleChange>,
}

impl RuleOverrides {
    /// Changes rules, for one user or for the app.
    pub fn set_rules(&mut self, username: Option<&str>, knobs: RuleChange) {
        match username {
            None => self.everyone.turn(knobs),
            Some(username) => self.users.entry(username.to_lowercase()).or_default().turn(knobs),
        }
    }

    /// Resets the rules of one user, or all.
    pub fn reset_rules(&mut self, username: Option<&str>) {
        match username {
            None => *self = Self::default(),
            Some(username) => {
                self.users.remove(&username.to_lowercase());
            }
        }
    }

    /// The effective rules of this user, or the app's.
    pub fn in_force(&self, without: Rules, username: Option<&str>) -> Rules {
        let rules = self.everyone.change(without);
        let own = username.and_then(|username| self.users.get(&username.to_lowercase()));
        own.map_or(rules, |own| own.change(rules))
    }

    /// The users with rules of their own.
    pub fn usernames(&self) -> impl Iterator<Item = &str> {
        self.users.keys().map(String::as_str)
    }
}
