//! One caller's access: the stored tokens, or those of a refresh.
//!
//! A token close to its expiry is used if its refresh does not finish within [`PATIENCE`]; the refresh
//! continues.

use crate::ids::Revision;
use std::time::Duration;

use super::access_result::{Access, AccessError};
use super::step_input_and_writes::{Step, StepInput, Write};
use super::stored_token_read::{ReadScope, TokenRead, TokenReadError, TokenReadOutcome};
use crate::connection::lifecycle::Status;
use crate::connection::record::Reason;
use crate::connection::token_set::Freshness;

/// How long a caller with a possibly working access token waits for a refresh.
pub const PATIENCE: Duration = Duration::from_secs(2);

/// A caller that needs access to an app.
#[derive(Debug)]
pub struct AccessRequest(State);

#[derive(Debug)]
enum State {
    Joining,
    Reading(TokenRead),
    /// The caller waits for a refresh. The tokens, if any, still work.
    Renewing(Option<Access>),
    Over,
}

/// An event: the result of the last effect.
#[derive(Debug)]
pub enum AccessEvent {
    /// The first event: the result of the refresh in progress, for which the caller waited up to
    /// [`PATIENCE`]. `None` if there is none, or if it is not finished.
    Joined(Option<Result<Access, AccessError>>),
    /// The tokens were read, or could not be.
    Read(Result<Access, TokenReadError>),
    /// The result of the refresh; `None` if it is not finished within the time.
    Renewed(Option<Result<Access, AccessError>>),
}

/// The next effect.
#[derive(Debug)]
pub enum AccessEffect {
    /// Read the tokens of this revision.
    Read(Revision),
    /// Join the refresh in progress, or start one.
    Renew {
        /// The revision to renew.
        revision: Revision,
        /// Whether its access token still works.
        usable: bool,
        /// How long to wait for the result; `None` waits to the end.
        within: Option<Duration>,
    },
    /// The request has ended with this result.
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
    /// Takes an event and returns the writes and the next effect.
    pub fn step(&mut self, event: AccessEvent, at: &StepInput) -> Next {
        match (std::mem::replace(&mut self.0, State::Over), event) {
            // The current token may still work, so the caller does not wait for the end of the refresh.
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
                // A token that still works is used if the new one is not there in time. The refresh
                // continues.
                let present = access.filter(|access| access.works(at.now) && access.is_valid(&at.lifecycle));
                let late = || Err(AccessError::Unavailable { retry_at: at.now + PATIENCE });
                match (renewed.unwrap_or_else(late), present) {
                    (Ok(access), _) => self.hand_out(access, at),
                    (Err(error), Some(access)) if error.is_passing() => end(Ok(access), Vec::new()),
                    (Err(error), _) => end(Err(error), Vec::new()),
                }
            }
            // The event does not belong to the state.
            _ => end(Err(AccessError::NotNow), Vec::new()),
        }
    }

    fn begin(&mut self, at: &StepInput) -> Next {
        // The app may accept the tokens again; then nobody has to log in.
        if let Status::NeedsLogin { reason: Reason::Doubtful, revision } = &at.lifecycle.status {
            return self.renew(revision.clone(), None);
        }
        match TokenRead::begin(ReadScope::Usable, &at.lifecycle) {
            Some(reading) => self.read(reading),
            None => end(Err(AccessError::NeedsLogin), Vec::new()),
        }
    }

    /// Hands out the result of a refresh. If the owner disconnected or logged in again since, the request
    /// starts over.
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

    fn renew(&mut self, revision: Revision, present: Option<Access>) -> Next {
        let usable = present.is_some();
        self.0 = State::Renewing(present);
        let within = usable.then_some(PATIENCE);
        Step::only(AccessEffect::Renew { revision, usable, within })
    }
}
