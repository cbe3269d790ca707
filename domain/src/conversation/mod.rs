//! The conversation: what a person means by what they wrote or pressed, what they get to see, and how that reaches them.
//!
//! A turn is decided over what was read, then noted in one transaction, then done. So nothing here writes: what is to be
//! done is an [`reply::Effect`].

pub mod card_action;
pub mod intent;
pub mod message;
pub mod quota;
pub mod repeated_command;
pub mod reply;
