//! What a machine is told and what it says.

use std::rc::Rc;

use crate::connection::account::AccountIdentity;
use crate::connection::lifecycle::Lifecycle;
use crate::connection::tokens::TokenSet;
use crate::event::Event;
use crate::seal::Random;
use crate::time::Timestamp;

/// What is there at the moment of an event.
#[derive(Debug, Clone)]
pub struct StepInput {
    /// The lifecycle, as it is stored.
    pub lifecycle: Lifecycle,
    /// Now.
    pub now: Timestamp,
    /// For the jitter of a pause.
    pub random: Random<1>,
    /// A revision that nothing has yet.
    pub fresh_revision: String,
}

/// A step: what is written, all or nothing, and what is done after that.
#[derive(Debug)]
pub struct Step<E> {
    /// Written in this order, in one transaction.
    pub writes: Vec<Write>,
    /// Done next.
    pub effect: E,
}

impl<E> Step<E> {
    pub(super) fn only(effect: E) -> Self {
        Self { writes: Vec::new(), effect }
    }
}

/// Something to be written about a connection.
#[derive(Debug)]
pub enum Write {
    /// How it stands.
    Lifecycle(Lifecycle),
    /// Tokens, into the journal, under the revision that is valid from now on.
    Journal {
        /// Their revision.
        revision: String,
        /// The tokens.
        tokens: Rc<TokenSet>,
        /// The revision before.
        replaces: String,
    },
    /// When its login ends at the app, if that is known.
    LoginEnds(Option<Timestamp>),
    /// A job that brings the directory up to date.
    SyncDirectory,
    /// The jobs of the runs that wait for a login to the app.
    WakeRuns,
    /// A job that refreshes at this time, if nobody did before.
    RefreshAt(Timestamp),
    /// A revocation of tokens that are not kept.
    Revoke {
        /// The tokens.
        tokens: TokenSet,
        /// Whose they are.
        account: AccountIdentity,
    },
    /// A line of the log.
    Log(Event),
}

/// What stores a lifecycle, if it changed; the directory knows its status.
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
