//! Everything that people read: cards, messages, replies, login pages, tables.
//!
//! This folder knows runs, connections and logins; no module below depends on it.

mod admin_recipe_row;
pub mod audit_csv;
pub mod card;
pub mod final_reply;
pub mod login_page;
pub mod outgoing_activity;
mod run_history;
pub mod run_message;
mod run_name;
pub mod text;
