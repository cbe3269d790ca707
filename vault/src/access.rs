//! Access on its way: to whoever waits for a refresh, and to another vault. What none means for a run.

use futures_util::future::{LocalBoxFuture, Shared};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::rc::Rc;
use workbot_domain::connection::refresh::{Access, AccessError};
use workbot_domain::connection::{AccountIdentity, TokenSet};
use workbot_shared::AppId;

/// A refresh under way. Everyone who awaits it gets the same result.
pub type PendingRefresh = Shared<LocalBoxFuture<'static, Result<Access, AccessError>>>;

/// Access on its way from the vault that owns it. Without a refresh token; never stored.
#[derive(Serialize, Deserialize)]
pub struct DelegatedAccess {
    tokens: String,
    account: AccountIdentity,
    revision: String,
}

impl DelegatedAccess {
    pub fn of(access: &Access) -> Result<Self, AccessError> {
        let tokens = access.tokens.without_refresh_token().to_bytes().map_err(|_| AccessError::NotNow)?;
        Ok(Self {
            tokens: String::from_utf8(tokens).map_err(|_| AccessError::NotNow)?,
            account: access.account.clone(),
            revision: access.revision.clone(),
        })
    }

    pub fn access(self) -> Result<Access, AccessError> {
        let tokens = TokenSet::from_bytes(self.tokens.as_bytes()).ok_or(AccessError::NotNow)?;
        Ok(Access { tokens: Rc::new(tokens), account: self.account, revision: self.revision })
    }
}

/// What came of asking for access, by app.
pub type DelegatedAccesses = BTreeMap<AppId, Result<DelegatedAccess, AccessError>>;
