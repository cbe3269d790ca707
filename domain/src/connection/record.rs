//! The record of a connection: the stored values except its tokens.

use crate::ids::Revision;
use workbot_shared::ConnectionStatus;

use super::account::AccountIdentity;
use crate::seal::WrappedKey;
use crate::time::Timestamp;

/// Why a connection needs a login. `present` has a text for each reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The app reports that the grant is gone: expired, revoked there, or the account is disabled. The token
    /// endpoint reports it; for an API key, the account call does.
    GrantGone,
    /// The app issued no refresh token, and the access token has expired.
    NotRenewable,
    /// The app refuses the refresh token after a response was lost that may have replaced it.
    AnswerLost,
    /// The app refused three times in a row without a known error code. The grant may still live there.
    Doubtful,
    /// The stored tokens could not be read for ten minutes.
    StorageLost,
}

impl Reason {
    /// Returns the stored word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::GrantGone => "grant_gone",
            Self::NotRenewable => "not_renewable",
            Self::AnswerLost => "answer_lost",
            Self::Doubtful => "doubtful",
            Self::StorageLost => "storage_lost",
        }
    }

    /// Reads the stored word. Returns `None` for a word that this version does not know.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        let all = [Self::GrantGone, Self::NotRenewable, Self::AnswerLost, Self::Doubtful, Self::StorageLost];
        all.into_iter().find(|reason| reason.word() == word)
    }
}

/// The record of a connection. Only a connected one names tokens.
#[derive(Debug, Clone, PartialEq)]
pub enum Record {
    /// The connection is usable.
    Connected(Connected),
    /// The owner has to log in again.
    NeedsLogin {
        /// The account that was connected.
        account: AccountIdentity,
        /// Why a login is needed.
        reason: Reason,
    },
    /// The owner disconnected the connection.
    Disconnected {
        /// The account that was connected.
        account: AccountIdentity,
    },
}

/// A usable connection.
#[derive(Debug, Clone, PartialEq)]
pub struct Connected {
    /// The account.
    pub account: AccountIdentity,
    /// The current revision of its tokens.
    pub revision: Revision,
    /// The data key of that revision, wrapped by the master key.
    pub key: WrappedKey,
    /// When the access token expires.
    pub expires_at: Timestamp,
}

impl Record {
    /// Returns the status for people.
    #[must_use]
    pub fn status(&self) -> ConnectionStatus {
        match self {
            Self::Connected(_) => ConnectionStatus::Connected,
            Self::NeedsLogin { .. } => ConnectionStatus::NeedsLogin,
            Self::Disconnected { .. } => ConnectionStatus::Disconnected,
        }
    }

    /// Returns the account that is or was connected.
    #[must_use]
    pub fn account(&self) -> &AccountIdentity {
        match self {
            Self::Connected(connected) => &connected.account,
            Self::NeedsLogin { account, .. } | Self::Disconnected { account } => account,
        }
    }

    /// Returns, for a connection that has ended, the account's label and why a login is needed. A
    /// disconnected one has no reason.
    #[must_use]
    pub fn ended(&self) -> Option<(String, Option<Reason>)> {
        let reason = match self {
            Self::Connected(_) => return None,
            Self::NeedsLogin { reason, .. } => Some(*reason),
            Self::Disconnected { .. } => None,
        };
        Some((self.account().label.clone(), reason))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_survives_as_its_word() {
        use Reason::{AnswerLost, Doubtful, GrantGone, NotRenewable, StorageLost};
        for reason in [GrantGone, NotRenewable, AnswerLost, Doubtful, StorageLost] {
            assert_eq!(Reason::from_word(reason.word()), Some(reason));
        }
        assert_eq!(Reason::from_word("of a later version"), None, "an unknown word is never guessed");
    }
}
