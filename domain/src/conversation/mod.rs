//! The conversation: what a person means by what they wrote.

pub mod intent;
