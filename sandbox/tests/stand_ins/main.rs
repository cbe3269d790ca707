//! The sandbox's own tricky rules, asked over its routes.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail; clippy knows only functions marked #[test] as tests"
)]

mod box_com;
mod connector;
mod entra_sign_in;
mod faults;
mod fixture;
mod fixture_apps;
mod freshdesk;
mod grant_rules;
mod logins;
mod oauth_app_client;
mod read_only_users;
mod salesforce;
mod servicenow;
mod simulated_world;
