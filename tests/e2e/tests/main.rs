//! The running worker, seen over HTTP: `cargo xtask test http`. One program, so that all tests wait at the
//! same time.
//!
//! A test that needs the worker to itself is `#[ignore]`d; those run afterwards, one by one.

mod admin;
mod agents;
mod app_permissions;
mod bot_endpoint;
mod built_in_commands;
mod client_metadata_documents;
mod connections;
mod crash;
mod faults;
mod forms;
mod freeze_and_disconnect;
mod grant_wide_revocation;
mod guests_and_outsiders;
mod http_api;
mod injection;
mod issuer_keys;
mod language_model;
mod limits;
mod login;
mod logs;
mod reply_delivery;
mod run_history;
mod runs;
mod shared_connections;
mod teams_clients;
mod token_refresh;
mod written_fields;
