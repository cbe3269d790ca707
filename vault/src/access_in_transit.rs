//! Access to an app in transit: to the callers that await one refresh, and from the company's vault to a
//! person's vault.

use futures_util::future::{LocalBoxFuture, Shared};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::rc::Rc;
use workbot_domain::connection::refresh::{Access, AccessError};
use workbot_domain::connection::{AccountIdentity, TokenSet};
use workbot_domain::ids::Revision;
use workbot_shared::AppId;

/// A refresh under way. All callers that await it get the same result.
pub type PendingRefresh = Shared<LocalBoxFuture<'static, Result<Access, AccessError>>>;

/// Access in a response from the vault that owns the connection. It holds no refresh token and is never
/// stored.
#[derive(Serialize, Deserialize)]
pub struct DelegatedAccess {
    tokens: String,
    account: AccountIdentity,
    revision: Revision,
}

impl DelegatedAccess {
    /// Serializes access without its refresh token.
    ///
    /// # Errors
    /// [`AccessError::NotNow`] when the tokens cannot be serialized.
    pub fn of(access: &Access) -> Result<Self, AccessError> {
        let tokens = access.tokens.without_refresh_token().to_bytes().map_err(|_| AccessError::NotNow)?;
        Ok(Self {
            tokens: String::from_utf8(tokens).map_err(|_| AccessError::NotNow)?,
            account: access.account.clone(),
            revision: access.revision.clone(),
        })
    }

    /// Reads the access back.
    ///
    /// # Errors
    /// [`AccessError::NotNow`] when the tokens have an unknown version.
    pub fn access(self) -> Result<Access, AccessError> {
        let tokens = TokenSet::from_bytes(self.tokens.as_bytes()).ok_or(AccessError::NotNow)?;
        Ok(Access { tokens: Rc::new(tokens), account: self.account, revision: self.revision })
    }
}

/// The result of a request for shared access, by app.
pub type DelegatedAccesses = BTreeMap<AppId, Result<DelegatedAccess, AccessError>>;
