//! Which tokens are read. While they are, their owner may leave, or log in anew: then others count.

use super::access::{Access, AccessError, TokenReadError};
use super::step::{StepInput, Write, store};
use crate::connection::lifecycle::{Lifecycle, Status};
use crate::connection::record::Reason;

/// A connection that changes this often while it is read is left for later.
const READS: u32 = 3;

/// Which tokens of a connection count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ReadScope {
    /// Those of a connection that can be used.
    Usable,
    /// Also those of one that needs a login only because its app's refusals were doubtful.
    Tryable,
}

impl ReadScope {
    /// The revision of these tokens, if there are any.
    pub(super) fn revision(self, lifecycle: &Lifecycle) -> Option<&str> {
        match &lifecycle.status {
            Status::Connected { revision } => Some(revision),
            Status::NeedsLogin { revision, reason: Reason::Doubtful } if self == Self::Tryable => {
                Some(revision)
            }
            _ => None,
        }
    }
}

/// Tokens that are being read.
#[derive(Debug)]
pub(super) struct TokenRead {
    of: ReadScope,
    revision: String,
    reads: u32,
}

/// What came of reading.
pub(super) enum TokenReadOutcome {
    /// The tokens that count.
    Tokens(Access),
    /// Others count meanwhile: they are read.
    Again(TokenRead),
    /// There is no access.
    Nothing(AccessError, Vec<Write>),
}

impl TokenRead {
    /// Begins to read. `None`: there is nothing to read.
    pub(super) fn begin(of: ReadScope, lifecycle: &Lifecycle) -> Option<Self> {
        Some(Self { of, revision: of.revision(lifecycle)?.to_owned(), reads: 1 })
    }

    /// The revision that is read.
    pub(super) fn revision(&self) -> String {
        self.revision.clone()
    }

    /// The tokens were read, or not.
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
            Some(revision) if revision == self.revision => TokenReadOutcome::Tokens(access),
            Some(_) if self.reads >= READS => TokenReadOutcome::Nothing(AccessError::NotNow, Vec::new()),
            Some(revision) => TokenReadOutcome::Again(Self {
                of: self.of,
                revision: revision.to_owned(),
                reads: self.reads + 1,
            }),
            None => TokenReadOutcome::Nothing(AccessError::NeedsLogin, Vec::new()),
        }
    }
}
