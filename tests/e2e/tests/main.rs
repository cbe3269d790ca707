//! The running worker, seen over HTTP: `cargo xtask test http`. One program, so that all tests wait at the
//! same time.
//!
//! A test that needs the worker to itself is `#[ignore]`d; those run afterwards, one by one.

mod admin;
mod app_permissions;
mod attacks;
mod bot_endpoint;
mod connection_faults;
mod connections;
mod conversation;
mod crash;
mod deployment;
mod faults;
mod forms;
mod guests_and_outsiders;
mod limits;
mod login;
mod logs;
mod offboarding;
mod reply_delivery;
mod run_history;
mod runs;
mod shared_connections;
mod teams_clients;
mod written_fields;
