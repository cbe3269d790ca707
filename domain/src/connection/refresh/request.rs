//! One caller's way to access: the tokens that are there, or what a refresh brings.

use std::time::Duration;

use super::access::{Access, AccessError, TokenReadError};
use super::step::{Step, StepInput, Write};
use super::token_read::{ReadScope, TokenRead, TokenReadOutcome};
use crate::connection::lifecycle::Status;
use crate::connection::record::Reason;
use crate::connection::tokens::Freshness;

/// A caller whose access token may still work waits so long for a refresh.
pub const PATIENCE: Duration = Duration::from_secs(2);

/// A caller that needs access to an app.
#[derive(Debug)]
pub struct AccessRequest(State);

#[derive(Debug)]
enum State {
    Joining,
    Reading(TokenRead),
    /// A refresh is awaited; the tokens still work, if there are any.
    Renewing(Option<Access>),
    Over,
}

/// What happened.
#[derive(Debug)]
pub enum AccessEvent {
    /// Somebody needs access, and waited for the refresh under way no longer than [`PATIENCE`]: what it brought. `None`:
    /// there is none, or it takes its time. This is the first event.
    Joined(Option<Result<Access, AccessError>>),
    /// The tokens were read.
    Read(Result<Access, TokenReadError>),
    /// What the refresh brought. `None`: it takes its time.
    Renewed(Option<Result<Access, AccessError>>),
}

/// What is done next.
#[derive(Debug)]
pub enum AccessEffect {
    /// Read the tokens of this revision.
    Read(String),
    /// Join the refresh under way, or begin one.
    Renew {
        /// The revision that is to be renewed.
        revision: String,
        /// Whether its access token still works.
        usable: bool,
        /// How long it is waited for. `None`: to its end.
        within: Option<Duration>,
    },
    /// It is over.
    End(Result<Access, AccessError>),
}

type Next = Step<AccessEffect>;

fn end(result: Result<Access, AccessError>, writes: Vec<Write>) -> Next {
    Step { writes, effect: AccessEffect::End(result) }
}

impl Default for AccessRequest {
    fn default() -> Self {
        Self(State::Joining)
    }
}

impl AccessRequest {
    /// What is done after an event.
    pub fn step(&mut self, event: AccessEvent, at: &StepInput) -> Next {
        match (std::mem::replace(&mut self.0, State::Over), event) {
            // The present token may still work: the refresh is not waited for to its end.
            (State::Joining, AccessEvent::Joined(Some(Err(error)))) if !error.is_passing() => {
                end(Err(error), Vec::new())
            }
            (State::Joining, AccessEvent::Joined(Some(Ok(access)))) => self.hand_out(access, at),
            (State::Joining, AccessEvent::Joined(_)) => self.begin(at),
            (State::Reading(reading), AccessEvent::Read(read)) => match reading.found(read, at) {
                TokenReadOutcome::Tokens(access) => self.use_or_renew(access, at),
                TokenReadOutcome::Again(reading) => self.read(reading),
                TokenReadOutcome::Nothing(error, writes) => end(Err(error), writes),
            },
            (State::Renewing(access), AccessEvent::Renewed(renewed)) => {
                // A token that still works is used when a new one does not come at once. The refresh goes on.
                let present = access.filter(|access| access.works(at.now) && access.is_valid(&at.lifecycle));
                let late = || Err(AccessError::Unavailable { retry_at: at.now + PATIENCE });
                match (renewed.unwrap_or_else(late), present) {
                    (Ok(access), _) => self.hand_out(access, at),
                    (Err(error), Some(access)) if error.is_passing() => end(Ok(access), Vec::new()),
                    (Err(error), _) => end(Err(error), Vec::new()),
                }
            }
            // An event that was not asked for.
            _ => end(Err(AccessError::NotNow), Vec::new()),
        }
    }

    fn begin(&mut self, at: &StepInput) -> Next {
        // If its app says yes now, nobody has to log in.
        if let Status::NeedsLogin { reason: Reason::Doubtful, revision } = &at.lifecycle.status {
            return self.renew(revision.clone(), None);
        }
        match TokenRead::begin(ReadScope::Usable, &at.lifecycle) {
            Some(reading) => self.read(reading),
            None => end(Err(AccessError::NeedsLogin), Vec::new()),
        }
    }

    /// What a refresh brought. Its owner may have left, or logged in anew, since.
    fn hand_out(&mut self, access: Access, at: &StepInput) -> Next {
        if access.is_valid(&at.lifecycle) { end(Ok(access), Vec::new()) } else { self.begin(at) }
    }

    fn read(&mut self, reading: TokenRead) -> Next {
        let revision = reading.revision();
        self.0 = State::Reading(reading);
        Step::only(AccessEffect::Read(revision))
    }

    fn use_or_renew(&mut self, access: Access, at: &StepInput) -> Next {
        match access.tokens.freshness(at.now) {
            Freshness::Fresh => end(Ok(access), Vec::new()),
            Freshness::Ending => self.renew(access.revision.clone(), Some(access)),
            Freshness::Ended => self.renew(access.revision, None),
        }
    }

    fn renew(&mut self, revision: String, present: Option<Access>) -> Next {
        let usable = present.is_some();
        self.0 = State::Renewing(present);
        let within = usable.then_some(PATIENCE);
        Step::only(AccessEffect::Renew { revision, usable, within })
    }
}
