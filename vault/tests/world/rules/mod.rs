//! Rules about one order of events, each in a directed world.

mod agents;
mod ambiguous_message_delivery;
mod audit_retention;
mod commits_per_turn;
mod company_connection_access;
mod connection_expiry;
mod crashes;
mod deviating_token_responses;
mod disconnect_redelivery;
mod faults;
mod freeze_and_disconnect;
mod guardrails;
mod kv_failures;
mod language_model;
mod login_links;
mod master_key_rotation;
mod misconfiguration;
mod offered_commands;
mod outages;
mod questions;
mod reply_delivery;
mod rows_of_a_later_version;
mod run_semaphore;
mod targeted_messages;
mod vendor_specific_account_and_revocation;
