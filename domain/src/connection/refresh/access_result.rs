//! What a request for access results in: the access, or why there is none.

use crate::ids::Revision;
use serde::{Deserialize, Serialize};
use std::rc::Rc;

use crate::connection::account::AccountIdentity;
use crate::connection::lifecycle::{Lifecycle, Status};
use crate::connection::token_set::{Freshness, TokenSet};
use crate::log_event::OutcomeLabel;
use crate::time::Timestamp;

/// Access to an app: the tokens of one revision.
#[derive(Debug, Clone)]
pub struct Access {
    /// The tokens.
    pub tokens: Rc<TokenSet>,
    /// The account.
    pub account: AccountIdentity,
    /// The revision of the tokens.
    pub revision: Revision,
}

impl Access {
    /// Whether the access token has not expired.
    #[must_use]
    pub fn works(&self, now: Timestamp) -> bool {
        self.tokens.freshness(now) != Freshness::Ended
    }

    /// Whether the access token is far from its expiry.
    #[must_use]
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        self.tokens.freshness(now) == Freshness::Fresh
    }

    /// Whether these tokens belong to the current revision of a usable connection.
    pub(super) fn is_valid(&self, lifecycle: &Lifecycle) -> bool {
        matches!(&lifecycle.status, Status::Connected { revision } if *revision == self.revision)
    }
}

/// Why there is no access.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum AccessError {
    /// The person has to log in.
    #[error("a login is needed")]
    NeedsLogin,
    /// A part of Workbot does not respond. Nothing was done, and nothing is lost.
    #[error("access cannot be determined now")]
    NotNow,
    /// The app does not respond. Nothing is lost.
    #[error("the app is unavailable")]
    Unavailable {
        /// When the app is asked again.
        retry_at: Timestamp,
    },
    /// The app's policy refuses access now. The connection is kept.
    #[error("the app's policy refuses access")]
    Policy,
    /// Workbot's registration at the app is wrong. The connection is kept.
    #[error("the app is not set up")]
    Setup,
    /// An admin froze the app.
    #[error("the app is frozen")]
    Frozen,
}

impl AccessError {
    /// Returns the outcome label for the log.
    #[must_use]
    pub fn outcome(&self) -> OutcomeLabel {
        match self {
            Self::NeedsLogin => OutcomeLabel::NeedsLogin,
            Self::NotNow | Self::Unavailable { .. } => OutcomeLabel::NotNow,
            Self::Policy | Self::Setup => OutcomeLabel::Refused,
            Self::Frozen => OutcomeLabel::Frozen,
        }
    }

    /// Whether the error is temporary. A caller then uses a token that still works.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::NotNow | Self::Unavailable { .. })
    }
}
