//! Which tokens are read. While they are, their owner may leave, or log in anew: then others count.

use super::access::{Access, AccessError, TokenReadError};
use super::step::{Moment, Write, store};
use crate::connection::lifecycle::{Lifecycle, Status};
use crate::connection::record::Reason;

/// A connection that changes this often while it is read is left for later.
const READS: u32 = 3;

/// Which tokens of a connection count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    /// Those of a connection that can be used.
    Usable,
    /// Also those of one that needs a login only because its app's refusals were doubtful.
    Tryable,
}

impl Of {
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
pub(super) struct Reading {
    of: Of,
    revision: String,
    reads: u32,
}

/// What came of reading.
pub(super) enum Found {
    /// The tokens that count.
    Tokens(Access),
    /// Others count meanwhile: they are read.
    Again(Reading),
    /// There is no access.
    Nothing(AccessError, Vec<Write>),
}

impl Reading {
    /// Begins to read. `None`: there is nothing to read.
    pub(super) fn begin(of: Of, lifecycle: &Lifecycle) -> Option<Self> {
        Some(Self { of, revision: of.revision(lifecycle)?.to_owned(), reads: 1 })
    }

    /// The revision that is read.
    pub(super) fn revision(&self) -> String {
        self.revision.clone()
    }

    /// The tokens were read, or not.
    pub(super) fn found(self, read: Result<Access, TokenReadError>, at: &Moment) -> Found {
        let access = match read {
            Ok(access) => access,
            Err(TokenReadError::NotNow) => return Found::Nothing(AccessError::NotNow, Vec::new()),
            Err(TokenReadError::Lost) => {
                let mut lifecycle = at.lifecycle.clone();
                lifecycle.invalidate(&self.revision, Reason::StorageLost);
                return Found::Nothing(AccessError::NeedsLogin, store(&at.lifecycle, lifecycle));
            }
        };
        match self.of.revision(&at.lifecycle) {
            Some(revision) if revision == self.revision => Found::Tokens(access),
            Some(_) if self.reads >= READS => Found::Nothing(AccessError::NotNow, Vec::new()),
            Some(revision) => {
                Found::Again(Self { of: self.of, revision: revision.to_owned(), reads: self.reads + 1 })
            }
            None => Found::Nothing(AccessError::NeedsLogin, Vec::new()),
        }
    }
}
