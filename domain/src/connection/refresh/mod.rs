//! Access to an app, and one refresh at a time: two machines that are synchronous inside. Each is told what happened and
//! says what to write and what to do next; the vault does that, and the tests of this crate play it in every order.
//!
//! An event comes with the lifecycle as it is stored at that moment. What a step writes is written in the transaction in
//! which that was read, before its effect begins: a crash between any two steps leaves a state from which the same rules
//! go on.

mod access;
mod machine;
mod request;
mod step;
#[cfg(test)]
mod tests;
mod token_read;

pub use access::{Access, AccessError, TokenReadError, after_refresh_job};
pub use machine::{RefreshEffect, RefreshEvent, Refresher};
pub use request::{AccessEffect, AccessEvent, AccessRequest, PATIENCE};
pub use step::{Step, StepInput, Write};
