//! The rules of Workbot, pure: no runtime, no clock, no network.
//!
//! A rule takes values, `now` and randomness among them, and returns what is to be done; the worker does it.

pub mod activity;
pub mod bot_token;
pub mod catalogue;
pub mod config;
pub mod entra_token;
pub mod jwt;
pub mod owner;
pub mod seal;
pub mod template;
pub mod time;
