//! The types that both machines share.

use crate::ids::Revision;
use std::rc::Rc;

use crate::connection::account::AccountIdentity;
use crate::connection::lifecycle::Lifecycle;
use crate::connection::token_set::TokenSet;
use crate::log_event::Event;
use crate::seal::Random;
use crate::time::Timestamp;

/// The stored and random values that accompany an event.
#[derive(Debug, Clone)]
pub struct StepInput {
    /// The stored lifecycle.
    pub lifecycle: Lifecycle,
    /// The current time.
    pub now: Timestamp,
    /// One random byte for the jitter of a pause.
    pub random: Random<1>,
    /// An unused revision, for new tokens.
    pub fresh_revision: Revision,
}

/// A step: the writes, all or none, and the effect that follows them.
#[derive(Debug)]
pub struct Step<E> {
    /// The writes, in this order and in one transaction.
    pub writes: Vec<Write>,
    /// The next effect.
    pub effect: E,
}

impl<E> Step<E> {
    pub(super) fn only(effect: E) -> Self {
        Self { writes: Vec::new(), effect }
    }
}

/// A write about a connection.
#[derive(Debug)]
pub enum Write {
    /// The lifecycle.
    Lifecycle(Lifecycle),
    /// Tokens for the journal, under the revision that is current from now on.
    Journal {
        /// Their revision.
        revision: Revision,
        /// The tokens.
        tokens: Rc<TokenSet>,
        /// The revision that they replace.
        replaces: Revision,
    },
    /// When the login expires at the app, if that is known.
    LoginEnds(Option<Timestamp>),
    /// A job that updates the workspace's directory.
    SyncDirectory,
    /// The jobs of the runs that wait for a login to the app.
    WakeRuns,
    /// A job that refreshes at this time, unless a caller did before.
    RefreshAt(Timestamp),
    /// A revocation of tokens that are not stored.
    Revoke {
        /// The tokens.
        tokens: TokenSet,
        /// The account that they belong to.
        account: AccountIdentity,
    },
    /// A log event.
    Log(Event),
}

/// Returns the writes for a changed lifecycle. A new status also goes to the workspace's directory.
pub(super) fn store(before: &Lifecycle, after: Lifecycle) -> Vec<Write> {
    if *before == after {
        return Vec::new();
    }
    let is_news = before.status != after.status;
    let mut writes = vec![Write::Lifecycle(after)];
    if is_news {
        writes.push(Write::SyncDirectory);
    }
    writes
}
