//! The tables, and all SQL. No decision is made here. docs/storage.md documents each column and its lifetime.
//!
//! Each module may use those before it: schema, object_name, run_phases, jobs, tokens, connections, logins,
//! person, runs, guardrails, delivered_activities, agents.

pub mod agents;
pub mod connections;
pub mod delivered_activities;
pub mod guardrails;
pub mod jobs;
pub mod logins;
pub mod object_name;
pub mod person;
mod run_phases;
pub mod runs;
pub mod schema;
pub mod token_journal_and_revocations;
