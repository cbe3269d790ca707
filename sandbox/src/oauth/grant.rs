//! One grant and its tokens.

use super::app::Life;
use crate::store::accounts::User;
use crate::store::grant_rules::{Rotation, Rules};
use crate::store::grants::{AccessToken, Grant};

/// The tokens of a response.
pub struct Issued {
    /// The access token.
    pub access_token: String,
    /// Its remaining lifetime, in seconds.
    pub expires_in: u64,
    /// The refresh token, if the grant has one.
    pub refresh_token: Option<String>,
    /// Whether the refresh token is new.
    pub is_new: bool,
    /// The scopes.
    pub scopes: Vec<String>,
}

/// The status of a refresh token in its grant.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum TokenState {
    /// The present one.
    Good,
    /// The previous one, whose refresh may be repeated.
    Repeatable,
    /// An earlier one.
    Replaced,
    /// The last one of an ended grant, or an expired one.
    Dead,
}

impl Grant {
    /// A grant without tokens.
    pub(super) fn new(user: &User, client_id: &str, now: u64) -> Self {
        Self {
            username: user.username.clone(),
            client_id: client_id.to_owned(),
            scopes: Vec::new(),
            created: now,
            revoked: None,
            refreshes: 0,
            sent: 0,
            repeated: 0,
            reused: 0,
            refresh_token: None,
            refresh_since: now,
            replaced_tokens: Vec::new(),
            latest_access_token: None,
            access_tokens: Vec::new(),
        }
    }

    /// The user approved: starts or restarts the lifetime of the refresh token.
    pub(super) fn approve(&mut self, life: &Life, scopes: &[String], now: u64) {
        self.scopes = scopes.to_vec();
        self.refresh_since = now;
        if self.refresh_token.is_none() && life.lasts.covers(scopes) {
            self.refresh_token = Some((life.refresh_token)());
        }
    }

    /// Whether it can still issue access tokens.
    pub(super) fn is_live(&self, rules: Rules, now: u64) -> bool {
        let since = self.refresh_since.max(self.created);
        let is_young = rules.refresh_token_seconds.is_none_or(|life| now < since + life * 1000);
        self.revoked.is_none() && is_young
    }

    /// The status of a refresh token; `None` if it is not of this grant.
    pub(super) fn standing(&self, token: &str, life: &Life, rules: Rules, now: u64) -> Option<TokenState> {
        if self.refresh_token.as_deref() == Some(token) {
            return Some(if self.is_live(rules, now) { TokenState::Good } else { TokenState::Dead });
        }
        let place = self.replaced_tokens.iter().rposition(|old| old == token)?;
        let is_latest = place + 1 == self.replaced_tokens.len();
        let may_repeat = life.repeats && rules.rotation == Rotation::SingleUse && self.is_live(rules, now);
        Some(if is_latest && may_repeat { TokenState::Repeatable } else { TokenState::Replaced })
    }

    /// Whether this is or was one of its tokens.
    pub(super) fn knows(&self, token: &str) -> bool {
        self.refresh_token.as_deref() == Some(token)
            || self.replaced_tokens.iter().any(|old| old == token)
            || self.access_tokens.iter().any(|access| access.token == token)
    }

    /// A new pair, by the rotation class.
    pub(super) fn refresh(&mut self, life: &Life, rules: Rules, user: &User, now: u64) -> Issued {
        self.refreshes += 1;
        let access = self.access_token(life, rules, user, now);
        let is_new = rules.rotation != Rotation::None;
        if is_new {
            let old = self.refresh_token.replace((life.refresh_token)());
            self.replaced_tokens.extend(old);
        }
        if life.renews {
            self.refresh_since = now;
        }
        self.latest_access_token = Some(access.clone());
        self.issued(access, is_new, now)
    }

    /// The result of the latest refresh.
    pub(super) fn repeat(&self, now: u64) -> Option<Issued> {
        Some(self.issued(self.latest_access_token.clone()?, true, now))
    }

    /// A new access token or, if it is shared, the current one with a longer lifetime.
    pub(super) fn access_token(&mut self, life: &Life, rules: Rules, user: &User, now: u64) -> AccessToken {
        let good_until = now + rules.access_token_seconds * 1000;
        self.access_tokens.retain(|access| access.good_until > now);
        if let Some(access) = self.access_tokens.last_mut().filter(|_| life.shares) {
            access.good_until = good_until;
            return access.clone();
        }
        let access = AccessToken { token: (life.access_token)(user), good_until };
        self.access_tokens.push(access.clone());
        access
    }

    /// The response for this access token.
    pub(super) fn issued(&self, access: AccessToken, is_new: bool, now: u64) -> Issued {
        Issued {
            access_token: access.token,
            expires_in: access.good_until.saturating_sub(now) / 1000,
            refresh_token: self.refresh_token.clone(),
            is_new,
            scopes: self.scopes.clone(),
        }
    }

    /// Ends it with all its tokens.
    pub(super) fn end(&mut self, why: &str, now: u64) {
        self.revoked = Some((why.to_owned(), now));
        self.access_tokens.clear();
    }
}
