//! All grants of an app: creation, refresh, revocation and eviction.

use super::app::{Life, Revokes};
use super::grant::{Issued, TokenState};
use super::token_request_failure::OAuthError;
use crate::store::accounts::User;
use crate::store::grant_rules::{Rotation, Rules};
use crate::store::grants::{Grant, Grants};

impl Grants {
    /// A new grant or, if logins share one, the current one. Beyond the maximum, the oldest grant ends
    /// silently.
    pub fn create(
        &mut self,
        life: &Life,
        user: &User,
        client_id: &str,
        scopes: &[String],
        now: u64,
    ) -> Issued {
        let rules = self.knobs.in_force(life.rules, Some(&user.username));
        let is_same = |grant: &Grant| grant.username == user.username && grant.client_id == client_id;
        let shared = self
            .all
            .iter()
            .position(|grant| life.shares && is_same(grant) && grant.is_live(rules, now))
            .map(|index| self.all.remove(index));
        let mut grant = shared.unwrap_or_else(|| Grant::new(user, client_id, now));
        grant.approve(life, scopes, now);
        let access = grant.access_token(life, rules, user, now);
        let issued = grant.issued(access, true, now);
        self.all.push(grant);
        if let Some(most) = rules.max_approvals {
            let is_lasting = |grant: &&mut Grant| {
                is_same(grant) && grant.refresh_token.is_some() && grant.is_live(rules, now)
            };
            let mut live: Vec<&mut Grant> = self.all.iter_mut().filter(is_lasting).collect();
            let surplus = live.len().saturating_sub(most);
            for grant in live.iter_mut().take(surplus) {
                grant.end("pushed out by a later approval", now);
            }
        }
        issued
    }

    /// Whether the user has approved these scopes for this client.
    pub fn approved(&self, username: &str, client_id: &str, scopes: &[String]) -> bool {
        self.all.iter().any(|grant| {
            grant.revoked.is_none()
                && grant.username == username
                && grant.client_id == client_id
                && scopes.iter().all(|scope| grant.scopes.contains(scope))
        })
    }

    /// The user of a current or former token.
    pub fn username_behind(&self, token: &str) -> Option<&str> {
        self.all.iter().find(|grant| grant.knows(token)).map(|grant| grant.username.as_str())
    }

    /// Counts a received refresh token, valid or not.
    pub fn count(&mut self, life: &Life, token: &str, now: u64) {
        self.find(life, token, now);
    }

    /// A refresh. `user` finds active users; only then is a token consumed.
    pub fn refresh<'a>(
        &mut self,
        life: &Life,
        token: &str,
        client_id: &str,
        user: impl Fn(&str) -> Option<&'a User>,
        now: u64,
    ) -> Result<(&'a User, Issued), OAuthError> {
        let (grant, standing, rules) = self.find(life, token, now).ok_or(OAuthError::UnknownToken)?;
        if grant.client_id != client_id {
            return Err(OAuthError::UnknownToken);
        }
        let owner = || user(&grant.username).ok_or(OAuthError::InactiveUser);
        match standing {
            TokenState::Good => {
                let owner = owner()?;
                Ok((owner, grant.refresh(life, rules, owner, now)))
            }
            TokenState::Repeatable => Ok((owner()?, grant.repeat(now).ok_or(OAuthError::ExpiredToken)?)),
            TokenState::Replaced => {
                if rules.rotation == Rotation::ReuseKills && grant.revoked.is_none() {
                    grant.end("a replaced refresh token was used again", now);
                }
                Err(OAuthError::ExpiredToken)
            }
            TokenState::Dead => Err(OAuthError::ExpiredToken),
        }
    }

    /// The grant of a received refresh token, counted.
    fn find(&mut self, life: &Life, token: &str, now: u64) -> Option<(&mut Grant, TokenState, Rules)> {
        let knobs = &self.knobs;
        let found = self.all.iter_mut().find_map(|grant| {
            let rules = knobs.in_force(life.rules, Some(&grant.username));
            let standing = grant.standing(token, life, rules, now)?;
            Some((grant, standing, rules))
        });
        let (grant, standing, rules) = found?;
        grant.sent += 1;
        match standing {
            TokenState::Repeatable => grant.repeated += 1,
            TokenState::Replaced => grant.reused += 1,
            TokenState::Good | TokenState::Dead => {}
        }
        Some((grant, standing, rules))
    }

    /// Revokes a token. `false` if it is unknown.
    pub fn revoke(&mut self, life: &Life, token: &str, now: u64) -> bool {
        for grant in &mut self.all {
            if grant.revoked.is_none() && grant.refresh_token.as_deref() == Some(token) {
                let rest = std::mem::take(&mut grant.access_tokens);
                grant.end("revoked", now);
                if life.revokes == Revokes::Token {
                    grant.access_tokens = rest;
                }
                return true;
            }
            let before = grant.access_tokens.len();
            grant.access_tokens.retain(|access| access.token != token);
            if grant.access_tokens.len() < before {
                // A grant without a refresh token ends with its access token.
                let is_empty = grant.refresh_token.is_none() && grant.access_tokens.is_empty();
                if life.revokes == Revokes::Grant || is_empty {
                    grant.end("revoked", now);
                }
                return true;
            }
        }
        false
    }

    /// The grant of a valid access token.
    pub fn use_access_token(&mut self, life: &Life, token: &str, now: u64) -> Option<&Grant> {
        let knobs = &self.knobs;
        self.all.iter_mut().find_map(|grant| {
            let access = grant
                .access_tokens
                .iter_mut()
                .find(|access| access.token == token && access.good_until > now)?;
            if life.slides {
                let rules = knobs.in_force(life.rules, Some(&grant.username));
                access.good_until = now + rules.access_token_seconds * 1000;
            }
            Some(&*grant)
        })
    }

    /// Ends all access tokens of a user, as a session time-out does.
    pub fn expire_access_tokens(&mut self, username: &str) -> usize {
        self.of_user(username).map(|grant| std::mem::take(&mut grant.access_tokens).len()).sum()
    }

    /// Ends all grants of a user, as an administrator can.
    pub fn revoke_all(&mut self, username: &str, now: u64) -> usize {
        let mut count = 0;
        for grant in self.of_user(username) {
            if grant.revoked.is_none() {
                grant.end("revoked by an administrator", now);
                count += 1;
            }
            // The token that survived an earlier revocation.
            grant.access_tokens.clear();
        }
        count
    }

    /// Whether a refresh token is the current one of a grant that can still issue access tokens.
    pub fn gives_access(&self, life: &Life, refresh_token: &str, now: u64) -> bool {
        self.all.iter().any(|grant| {
            let rules = self.knobs.in_force(life.rules, Some(&grant.username));
            grant.standing(refresh_token, life, rules, now) == Some(TokenState::Good)
        })
    }

    /// All grants, ended ones included.
    pub fn all(&self) -> &[Grant] {
        &self.all
    }

    fn of_user(&mut self, username: &str) -> impl Iterator<Item = &mut Grant> {
        self.all.iter_mut().filter(move |grant| grant.username.eq_ignore_ascii_case(username))
    }
}
