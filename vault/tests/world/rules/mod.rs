//! Rules about one order of events, each in a directed world.

mod commits;
mod connection_expiry;
mod crashes;
mod faults;
mod kv;
mod later_versions;
mod master_keys;
mod offboarding;
mod outages;
mod run_gate;
mod shared_access;
mod workspace_storage;
