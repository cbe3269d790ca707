//! The tables, and all SQL. Nothing is decided here. docs/storage.md says what each column is for and how long it lives.
//!
//! From below to above: schema, object_name, jobs, tokens, connections, logins, person, runs, turns.

pub mod connections;
pub mod delivered_activities;
pub mod jobs;
pub mod logins;
pub mod object_name;
pub mod person;
pub mod runs;
pub mod schema;
pub mod tokens;
