//! The running worker, seen over HTTP: `cargo xtask test http`. One program, so that all tests wait at the same time.
//!
//! A test that needs the worker to itself is `#[ignore]`d; those run afterwards, one by one.

mod abuse;
mod activity;
mod admin;
mod bot_endpoint;
mod catalog;
mod clients;
mod connections;
mod conversation;
mod crash;
mod faults;
mod final_word;
mod forms;
mod leaving;
mod limits;
mod login;
mod logs;
mod permissions;
mod platform;
mod runs;
mod shared;
mod standing;
mod token_shapes;
mod vault;
