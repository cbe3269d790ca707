//! Access to an app, and one refresh at a time.
//!
//! [`AccessRequest`] serves one caller; [`Refresher`] renews the tokens for all callers. Both are synchronous
//! state machines: an event goes in, and a [`Step`] comes out, with the rows to write and one effect. The
//! vault performs the effects; the property test plays the machines in every order of events.
//!
//! An event comes with the stored lifecycle of that moment. The vault writes the rows of a step in the
//! transaction in which it read that lifecycle, before the effect starts. A crash between any two steps
//! therefore leaves a state from which the same rules continue.

mod access_request;
mod access_result;
mod refresh_job;
mod refresher;
mod step;
mod stored_token_read;
#[cfg(test)]
mod tests;

pub use access_request::{AccessEffect, AccessEvent, AccessRequest, PATIENCE};
pub use access_result::{Access, AccessError};
pub use refresh_job::after_refresh_job;
pub use refresher::{RefreshEffect, RefreshEvent, Refresher};
pub use step::{Step, StepInput, Write};
pub use stored_token_read::TokenReadError;
