//! Access to an app, and why there is none.

use serde::{Deserialize, Serialize};
use std::rc::Rc;

use crate::connection::account::AccountIdentity;
use crate::connection::lifecycle::{Lifecycle, Status};
use crate::connection::tokens::{Freshness, TokenSet};
use crate::event::OutcomeLabel;
use crate::jobs::JobOutcome;
use crate::time::Timestamp;

/// Access to an app, for now.
#[derive(Debug, Clone)]
pub struct Access {
    /// The tokens.
    pub tokens: Rc<TokenSet>,
    /// Who is connected.
    pub account: AccountIdentity,
    /// The revision of the tokens.
    pub revision: String,
}

impl Access {
    /// Whether the access token has not ended.
    #[must_use]
    pub fn works(&self, now: Timestamp) -> bool {
        self.tokens.freshness(now) != Freshness::Ended
    }

    /// Whether these are the tokens of a connection that can be used.
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
    /// Something of ours does not respond; nothing was done, and nothing is lost.
    #[error("nothing can be said now")]
    NotNow,
    /// The app does not respond. It is asked again at this time; nothing is lost.
    #[error("the app is unavailable")]
    Unavailable {
        /// When it is asked again.
        retry_at: Timestamp,
    },
    /// A policy of the app refuses now; the connection is kept.
    #[error("a policy of the app refuses")]
    Policy,
    /// Our registration at the app is wrong; the connection is kept.
    #[error("the app is not set up")]
    Setup,
    /// An admin stopped all use of the app.
    #[error("the app is frozen")]
    Frozen,
}

impl AccessError {
    /// For the log.
    #[must_use]
    pub fn outcome(&self) -> OutcomeLabel {
        match self {
            Self::NeedsLogin => OutcomeLabel::NeedsLogin,
            Self::NotNow | Self::Unavailable { .. } => OutcomeLabel::NotNow,
            Self::Policy | Self::Setup => OutcomeLabel::Refused,
            Self::Frozen => OutcomeLabel::Frozen,
        }
    }

    /// Whether it passes by itself: what is there meanwhile is used.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::NotNow | Self::Unavailable { .. })
    }
}

/// Why tokens could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenReadError {
    /// KV misses them or fails; they may be there in a moment. Or they are of a version that this one does not know.
    #[error("the tokens cannot be read now")]
    NotNow,
    /// They cannot be opened, or have been missing for too long.
    #[error("the tokens are lost")]
    Lost,
}

/// What becomes of the job that sends a refresh again which its app did not answer.
#[must_use]
pub fn after_refresh_job(renewed: &Result<Access, AccessError>, now: Timestamp) -> JobOutcome {
    match renewed {
        Err(AccessError::Unavailable { retry_at }) => JobOutcome::Reschedule(retry_at.since(now)),
        Err(AccessError::NotNow) => JobOutcome::Retry,
        // A frozen app is sent nothing; what needs it after that sends it again.
        Ok(_)
        | Err(AccessError::NeedsLogin | AccessError::Policy | AccessError::Setup | AccessError::Frozen) => {
            JobOutcome::Done
        }
    }
}
