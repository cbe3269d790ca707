//! The rules of a grant's life, from the answer that carries its code on, and the knobs that change them: for an app, or
//! for one user of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};

/// What a refresh does to the refresh token.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rotation {
    /// It stays.
    None,
    /// It is replaced, and fails from then on.
    SingleUse,
    /// It is replaced, and who uses it again ends the grant.
    ReuseKills,
}

/// What the answer to an authorization request says of its issuer (RFC 9207).
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Iss {
    /// Nothing.
    None,
    /// The app's own.
    Right,
    /// Another's, as if another server had answered.
    Wrong,
}

/// The rules in force.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Rules {
    /// What a refresh does to the refresh token.
    pub rotation: Rotation,
    /// What answers to authorization requests say of their issuer.
    pub iss: Iss,
    /// Access tokens issued from now on live so long.
    pub access_token_seconds: u64,
    /// Refresh tokens, present ones too, live so long; `None`: until they are revoked.
    pub refresh_token_seconds: Option<u64>,
    /// More grants than this per user and client push out the oldest.
    pub max_approvals: Option<usize>,
}

/// Changes of rules. An absent field changes nothing, `null` takes a limit away.
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

/// `null` is a value, not an absence.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(from).map(Some)
}

impl RuleChange {
    /// Turns the one for rotation.
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

/// All knobs of an app.
#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
pub struct RuleOverrides {
    everyone: RuleChange,
    /// By login name in small letters. A user's own knob counts more than the app's.
    users: BTreeMap<String, RuleChange>,
}

impl RuleOverrides {
    /// Turns knobs, for one user or for the app.
    pub fn turn(&mut self, username: Option<&str>, knobs: RuleChange) {
        match username {
            None => self.everyone.turn(knobs),
            Some(username) => self.users.entry(username.to_lowercase()).or_default().turn(knobs),
        }
    }

    /// Turns one user's knobs back, or all.
    pub fn turn_back(&mut self, username: Option<&str>) {
        match username {
            None => *self = Self::default(),
            Some(username) => {
                self.users.remove(&username.to_lowercase());
            }
        }
    }

    /// What counts for this user, or for everyone without knobs of their own.
    pub fn in_force(&self, without: Rules, username: Option<&str>) -> Rules {
        let rules = self.everyone.change(without);
        let own = username.and_then(|username| self.users.get(&username.to_lowercase()));
        own.map_or(rules, |own| own.change(rules))
    }

    /// Who has knobs of their own.
    pub fn usernames(&self) -> impl Iterator<Item = &str> {
        self.users.keys().map(String::as_str)
    }
}
