//! Access to an app, for now; and why there is none.

use futures_util::future::{LocalBoxFuture, Shared};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::rc::Rc;
use workbot_domain::connection::{AccountIdentity, TokenSet};
use workbot_domain::event::Ended;
use workbot_domain::run::{AccessDenied, Obstacle, RunEnd};
use workbot_domain::time::Timestamp;
use workbot_shared::AppId;

/// Access to an app, for now.
#[derive(Clone)]
pub struct Access {
    pub tokens: Rc<TokenSet>,
    pub account: AccountIdentity,
    pub revision: String,
}

/// Why there is no access.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoAccess {
    /// The person has to log in.
    NeedsLogin,
    /// Something of ours does not answer; nothing was done, and nothing is lost.
    NotNow,
    /// The app does not answer. It is asked again at this time; nothing is lost.
    Unavailable { retry_at: Timestamp },
    /// A policy of the app refuses now; the connection is kept.
    Policy,
    /// Our registration at the app is wrong; the connection is kept.
    Setup,
    /// An admin stopped all use of the app.
    Frozen,
}

impl NoAccess {
    /// For the log.
    pub fn outcome(&self) -> Ended {
        match self {
            Self::NeedsLogin => Ended::NeedsLogin,
            Self::NotNow | Self::Unavailable { .. } => Ended::NotNow,
            Self::Policy | Self::Setup => Ended::Refused,
            Self::Frozen => Ended::Frozen,
        }
    }
}

/// A refresh under way. Everyone who awaits it gets the same result.
pub type Flight = Shared<LocalBoxFuture<'static, Result<Access, NoAccess>>>;

/// Access on its way from the vault that owns it. Without a refresh token; never stored.
#[derive(Serialize, Deserialize)]
pub struct Lent {
    tokens: String,
    account: AccountIdentity,
    revision: String,
}

impl Lent {
    pub fn of(access: &Access) -> Result<Self, NoAccess> {
        let tokens = access.tokens.without_refresh_token().to_bytes().map_err(|_| NoAccess::NotNow)?;
        Ok(Self {
            tokens: String::from_utf8(tokens).map_err(|_| NoAccess::NotNow)?,
            account: access.account.clone(),
            revision: access.revision.clone(),
        })
    }

    pub fn access(self) -> Result<Access, NoAccess> {
        let tokens = TokenSet::from_bytes(self.tokens.as_bytes()).ok_or(NoAccess::NotNow)?;
        Ok(Access { tokens: Rc::new(tokens), account: self.account, revision: self.revision })
    }
}

/// What came of asking for access, by app.
pub type Lendings = BTreeMap<AppId, Result<Lent, NoAccess>>;

/// What no access means for a run.
pub fn denied(problem: &NoAccess, app: &AppId) -> AccessDenied {
    let app = app.clone();
    match problem {
        NoAccess::NotNow => AccessDenied::Later(Obstacle::Ours),
        NoAccess::Unavailable { retry_at } => {
            AccessDenied::Later(Obstacle::NoAccess { app, retry_at: *retry_at })
        }
        NoAccess::NeedsLogin => AccessDenied::NeedsLogin,
        NoAccess::Policy => AccessDenied::Never(RunEnd::RefusedByPolicy { app }),
        NoAccess::Setup => AccessDenied::Never(RunEnd::NotSetUp { app }),
        NoAccess::Frozen => AccessDenied::Never(RunEnd::Frozen { app }),
    }
}
