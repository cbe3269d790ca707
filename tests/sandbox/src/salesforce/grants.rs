//! Grants and their tokens: five per user and client, rotation that kills on reuse, revocation.

use serde::{Deserialize, Serialize};

use super::User;
use crate::session::random;

/// More grants than this per user and client push out the oldest.
const MOST_GRANTS: usize = 5;
/// An unused access token lives this long.
const ACCESS_LIFETIME_MS: u64 = 2 * 3600 * 1000;

/// One approval of one user for one client, with its tokens.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Grant {
    /// The user's login name.
    pub username: String,
    /// The client.
    pub client_id: String,
    /// What was allowed.
    pub scopes: Vec<String>,
    /// When, in ms.
    pub created: u64,
    /// Why and when it ended.
    pub revoked: Option<(String, u64)>,
    /// How often it was refreshed.
    pub refreshes: u32,
    refresh_token: Option<String>,
    replaced_tokens: Vec<String>,
    access_tokens: Vec<AccessToken>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
struct AccessToken {
    token: String,
    good_until: u64,
}

/// All grants.
#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Grants {
    /// Does a refresh replace the refresh token?
    pub rotation: bool,
    all: Vec<Grant>,
}

/// The tokens that an answer hands out.
pub struct Issued {
    /// The new access token.
    pub access_token: String,
    /// The refresh token, if there is a new one.
    pub refresh_token: Option<String>,
    /// What they allow.
    pub scopes: Vec<String>,
    /// Whose they are.
    pub username: String,
}

impl Grants {
    /// A new grant. Beyond five that can refresh, the oldest ends, silently.
    pub fn create(&mut self, user: &User, client_id: &str, scopes: &[String], now: u64) -> Issued {
        let lasting = scopes.iter().any(|scope| scope == "refresh_token" || scope == "offline_access");
        let mut grant = Grant {
            username: user.username.clone(),
            client_id: client_id.to_owned(),
            scopes: scopes.to_vec(),
            created: now,
            revoked: None,
            refreshes: 0,
            refresh_token: lasting.then(new_refresh_token),
            replaced_tokens: Vec::new(),
            access_tokens: Vec::new(),
        };
        let access_token = grant.new_access_token(user, now);
        let issued = grant.issued(access_token, grant.refresh_token.clone());
        self.all.push(grant);
        let is_same = |grant: &&mut Grant| {
            grant.username == user.username && grant.client_id == client_id && grant.refresh_token.is_some()
        };
        let mut live: Vec<&mut Grant> =
            self.all.iter_mut().filter(Grant::is_live_mut).filter(is_same).collect();
        let surplus = live.len().saturating_sub(MOST_GRANTS);
        for grant in live.iter_mut().take(surplus) {
            grant.end("a sixth grant", now);
        }
        issued
    }

    /// Has the user approved these scopes for this client, and not taken it back?
    pub fn approved(&self, username: &str, client_id: &str, scopes: &[String]) -> bool {
        self.all.iter().any(|grant| {
            grant.revoked.is_none()
                && grant.username == username
                && grant.client_id == client_id
                && scopes.iter().all(|scope| grant.scopes.contains(scope))
        })
    }

    /// Whose refresh token this is, if it is still good.
    pub fn owner_of_refresh_token(&self, token: &str) -> Option<&str> {
        self.all
            .iter()
            .find(|grant| grant.revoked.is_none() && grant.refresh_token.as_deref() == Some(token))
            .map(|grant| grant.username.as_str())
    }

    /// Whose token this is or was, of any kind.
    pub fn username_behind(&self, token: &str) -> Option<&str> {
        let is_its = |grant: &&Grant| {
            grant.refresh_token.as_deref() == Some(token)
                || grant.replaced_tokens.iter().any(|old| old == token)
                || grant.access_tokens.iter().any(|access| access.token == token)
        };
        self.all.iter().find(is_its).map(|grant| grant.username.as_str())
    }

    /// A refresh. With rotation a used refresh token is dead, and using it again ends the grant.
    pub fn refresh(&mut self, token: &str, client_id: &str, user: &User, now: u64) -> Option<Issued> {
        let rotation = self.rotation;
        let grant = self
            .all
            .iter_mut()
            .find(|grant| grant.revoked.is_none() && grant.refresh_token.as_deref() == Some(token))?;
        if grant.client_id != client_id {
            return None;
        }
        grant.refreshes += 1;
        let access_token = grant.new_access_token(user, now);
        if !rotation {
            return Some(grant.issued(access_token, None));
        }
        let fresh = new_refresh_token();
        grant.replaced_tokens.extend(grant.refresh_token.replace(fresh.clone()));
        Some(grant.issued(access_token, Some(fresh)))
    }

    /// Someone presented a refresh token that was replaced: the whole grant ends.
    pub fn punish_reuse(&mut self, token: &str, now: u64) {
        for grant in self.all.iter_mut().filter(Grant::is_live_mut) {
            if grant.replaced_tokens.iter().any(|old| old == token) {
                grant.end("a replaced refresh token was used again", now);
            }
        }
    }

    /// Ends what the token stands for: the grant, or that one access token. False if it stands for nothing.
    pub fn revoke(&mut self, token: &str, now: u64) -> bool {
        for grant in self.all.iter_mut().filter(Grant::is_live_mut) {
            if grant.refresh_token.as_deref() == Some(token) {
                grant.end("revoked", now);
                return true;
            }
            let before = grant.access_tokens.len();
            grant.access_tokens.retain(|access| access.token != token);
            if grant.access_tokens.len() < before {
                // Without a refresh token there is nothing left of the grant.
                if grant.refresh_token.is_none() && grant.access_tokens.is_empty() {
                    grant.end("revoked", now);
                }
                return true;
            }
        }
        false
    }

    /// The live grant behind an access token. Use prolongs the token's life.
    pub fn use_access_token(&mut self, token: &str, now: u64) -> Option<&Grant> {
        self.all.iter_mut().find_map(|grant| {
            if grant.revoked.is_some() {
                return None;
            }
            let access = grant
                .access_tokens
                .iter_mut()
                .find(|access| access.token == token && access.good_until > now)?;
            access.good_until = now + ACCESS_LIFETIME_MS;
            Some(&*grant)
        })
    }

    /// Ends all access tokens of a user, as a session time-out does.
    pub fn expire_access_tokens(&mut self, username: &str) -> usize {
        self.of_user(username).map(|grant| std::mem::take(&mut grant.access_tokens).len()).sum()
    }

    /// Ends all grants of a user, as an administrator can.
    pub fn revoke_all(&mut self, username: &str, now: u64) -> usize {
        self.of_user(username).map(|grant| grant.end("revoked by an administrator", now)).count()
    }

    /// All grants, ended ones included.
    pub fn all(&self) -> &[Grant] {
        &self.all
    }

    fn of_user(&mut self, username: &str) -> impl Iterator<Item = &mut Grant> {
        self.all
            .iter_mut()
            .filter(move |grant| grant.revoked.is_none() && grant.username.eq_ignore_ascii_case(username))
    }
}

impl Grant {
    fn is_live_mut(grant: &&mut Self) -> bool {
        grant.revoked.is_none()
    }

    fn end(&mut self, why: &str, now: u64) {
        self.revoked = Some((why.to_owned(), now));
        self.access_tokens.clear();
    }

    fn new_access_token(&mut self, user: &User, now: u64) -> String {
        let org15: String = user.org.chars().take(15).collect();
        let token = format!("{org15}!AQ{}", random(80));
        self.access_tokens.retain(|access| access.good_until > now);
        self.access_tokens.push(AccessToken { token: token.clone(), good_until: now + ACCESS_LIFETIME_MS });
        token
    }

    fn issued(&self, access_token: String, refresh_token: Option<String>) -> Issued {
        Issued { access_token, refresh_token, scopes: self.scopes.clone(), username: self.username.clone() }
    }
}

fn new_refresh_token() -> String {
    format!("5Aep861{}", random(70))
}
