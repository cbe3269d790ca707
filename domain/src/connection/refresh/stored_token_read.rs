//! Reading the tokens of the current revision. The owner may disconnect or log in again during a read; the
//! newer revision counts then.

use super::access_result::{Access, AccessError};
use super::step_input_and_writes::{StepInput, Write, store};
use crate::connection::lifecycle::{Lifecycle, Status};
use crate::connection::record::Reason;
use crate::ids::Revision;

/// Number of reads after which a connection that keeps changing is left for later.
const READS: u32 = 3;

/// Why tokens could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenReadError {
    /// KV misses the tokens or fails, so they may be readable in a moment; or a later version stored them.
    #[error("the tokens cannot be read now")]
    NotNow,
    /// The tokens cannot be decrypted, or have been missing for too long.
    #[error("the tokens are lost")]
    Lost,
}

/// The connections whose tokens a machine accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ReadScope {
    /// Usable connections only.
    Usable,
    /// Also connections that need a login only because of doubtful refusals.
    Tryable,
}

impl ReadScope {
    /// Returns the revision of the accepted tokens, if there is one.
    pub(super) fn revision(self, lifecycle: &Lifecycle) -> Option<&Revision> {
        match &lifecycle.status {
            Status::Connected { revision } => Some(revision),
            Status::NeedsLogin { revision, reason: Reason::Doubtful } if self == Self::Tryable => {
                Some(revision)
            }
            _ => None,
        }
    }
}

/// A read of tokens in progress.
#[derive(Debug)]
pub(super) struct TokenRead {
    of: ReadScope,
    revision: Revision,
    reads: u32,
}

/// The result of a read.
pub(super) enum TokenReadOutcome {
    /// The tokens of the current revision.
    Tokens(Access),
    /// The current revision has changed. Read that one.
    Again(TokenRead),
    /// There is no access, for this reason; the writes record it.
    Nothing(AccessError, Vec<Write>),
}

impl TokenRead {
    /// Starts a read. Returns `None` if there are no accepted tokens.
    pub(super) fn begin(of: ReadScope, lifecycle: &Lifecycle) -> Option<Self> {
        Some(Self { of, revision: of.revision(lifecycle)?.clone(), reads: 1 })
    }

    /// Returns the revision to read.
    pub(super) fn revision(&self) -> Revision {
        self.revision.clone()
    }

    /// Takes the result of the read.
    pub(super) fn found(self, read: Result<Access, TokenReadError>, at: &StepInput) -> TokenReadOutcome {
        let access = match read {
            Ok(access) => access,
            Err(TokenReadError::NotNow) => return TokenReadOutcome::Nothing(AccessError::NotNow, Vec::new()),
            Err(TokenReadError::Lost) => {
                let mut lifecycle = at.lifecycle.clone();
                lifecycle.invalidate(&self.revision, Reason::StorageLost);
                return TokenReadOutcome::Nothing(AccessError::NeedsLogin, store(&at.lifecycle, lifecycle));
            }
        };
        match self.of.revision(&at.lifecycle) {
            Some(revision) if *revision == self.revision => TokenReadOutcome::Tokens(access),
            Some(_) if self.reads >= READS => TokenReadOutcome::Nothing(AccessError::NotNow, Vec::new()),
            Some(revision) => TokenReadOutcome::Again(Self {
                of: self.of,
                revision: revision.clone(),
                reads: self.reads + 1,
            }),
            None => TokenReadOutcome::Nothing(AccessError::NeedsLogin, Vec::new()),
        }
    }
}
