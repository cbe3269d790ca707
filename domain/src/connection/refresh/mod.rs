//! Access to an app, and one refresh at a time.
//!
//! [`AccessRequest`] serves one caller; [`Refresher`] renews the tokens for all callers. Both are synchronous
//! state machines: an event goes in, and a [`Step`] comes out, with the rows to write and one effect. The
//! vault performs the effects; the property test plays the machines in every order of events.
//!
//! An event comes with the stored lifecycle of that moment. The vault writes the rows of a step in the
//! transaction in which it read that lifecycle, before the effect starts. A crash between any two steps
//! therefore leaves a state from which the same rules continue.

mod access_result;
mod access_state_machine;
mod refresh_job_outcome;
mod refresh_state_machine;
mod step_input_and_writes;
mod stored_token_read;
#[cfg(test)]
mod tests;

pub use access_result::{Access, AccessError};
pub use access_state_machine::{AccessEffect, AccessEvent, AccessRequest, PATIENCE};
pub use refresh_job_outcome::after_refresh_job;
pub use refresh_state_machine::{RefreshEffect, RefreshEvent, Refresher};
pub use step_input_and_writes::{Step, StepInput, Write};
pub use stored_token_read::TokenReadError;
