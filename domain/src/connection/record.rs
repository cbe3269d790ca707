//! The record of a connection: what is stored of it, except its tokens.

use workbot_shared::ConnectionStatus;

use super::account::AccountIdentity;
use crate::seal::WrappedKey;
use crate::time::Timestamp;

/// Why a connection needs a login. Shown to people in their own words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The app says that the grant is gone: expired, revoked there, or the account is switched off. Its token endpoint says
    /// so; of a key, the account call.
    GrantGone,
    /// The app gave no refresh token and the access token has ended.
    NotRenewable,
    /// The app no longer takes the refresh token, after an answer that may have replaced it was lost.
    AnswerLost,
    /// The app refused three times in a row in words that need not be about the grant, which may live on there.
    Doubtful,
    /// The stored tokens could not be read for ten minutes.
    StorageLost,
}

impl Reason {
    /// The stored word.
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

    /// Reads the stored word; `None` when it is of a version that this one does not know.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        let all = [Self::GrantGone, Self::NotRenewable, Self::AnswerLost, Self::Doubtful, Self::StorageLost];
        all.into_iter().find(|reason| reason.word() == word)
    }
}

/// The record of a connection. Only a connected one names tokens.
#[derive(Debug, Clone, PartialEq)]
pub enum Record {
    /// It can be used.
    Connected(Connected),
    /// Its owner has to log in again.
    NeedsLogin {
        /// Who was connected.
        account: AccountIdentity,
        /// Why.
        reason: Reason,
    },
    /// Its owner disconnected it.
    Disconnected {
        /// Who was connected.
        account: AccountIdentity,
    },
}

/// A connection that can be used.
#[derive(Debug, Clone, PartialEq)]
pub struct Connected {
    /// Who is connected.
    pub account: AccountIdentity,
    /// The revision of its tokens that is valid now.
    pub revision: String,
    /// The key of its tokens, wrapped.
    pub key: WrappedKey,
    /// When the access token ends.
    pub expires_at: Timestamp,
}

impl Record {
    /// The status that people see.
    #[must_use]
    pub fn status(&self) -> ConnectionStatus {
        match self {
            Self::Connected(_) => ConnectionStatus::Connected,
            Self::NeedsLogin { .. } => ConnectionStatus::NeedsLogin,
            Self::Disconnected { .. } => ConnectionStatus::Disconnected,
        }
    }

    /// Who is or was connected.
    #[must_use]
    pub fn account(&self) -> &AccountIdentity {
        match self {
            Self::Connected(connected) => &connected.account,
            Self::NeedsLogin { account, .. } | Self::Disconnected { account } => account,
        }
    }

    /// Of a connection that has ended: the account's label, and why a login is needed, unless it was disconnected here.
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
        assert_eq!(Reason::from_word("of a later version"), None, "what is not known is never guessed");
    }
}
