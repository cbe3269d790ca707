//! Rules about one order of events, each in a directed world.

mod audit_retention;
mod commits_per_turn;
mod connection_expiry;
mod crashes;
mod faults;
mod freeze_and_disconnect;
mod guardrails;
mod kv_failures;
mod language_model;
mod master_key_rotation;
mod outages;
mod release_rollback;
mod reply_delivery;
mod run_semaphore;
mod shared_access;
mod targeted_messages;
mod token_shapes;
mod vendor_variations;
