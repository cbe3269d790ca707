//! Runs: one execution of a recipe for one person.
//!
//! The vault calls [`next`](next()), performs the effect, records the result in the [`Run`], and calls
//! [`next`](next()) again. All state that a decision depends on is in the run, so a run survives a crash, a
//! redeployment and a login that comes hours later.

mod action_call;
mod attempt;
mod beginning;
mod context;
mod delivery;
pub(crate) mod end;
mod filling;
mod form;
mod kept;
pub(crate) mod next;
mod outcome;
mod pacing;
mod settings;
mod state;
mod wish;

pub use action_call::{ActionCall, Purpose};
pub use attempt::{AccessDenied, AttemptStep, CallAttempt, Responded};
pub use delivery::{Announced, Hint, ReplyPlace, hint, is_announced};
pub use end::{Ending, RunEnd};
pub use form::{Form, given_in};
pub(crate) use kept::LONGEST_LINK;
pub use kept::{MOST_KEPT, is_web, size};
pub use next::{Next, STILL_WANTED_AFTER, next};
pub use pacing::{Lapse, Obstacle, Parked, SLICE, SOONEST};
pub use settings::{CannotSet, RunSettings, SetByAdmin};
pub use state::{CONNECT, HeldUp, Run, RunState, StepRecord, WAITS_FOR};
pub use wish::Again;
