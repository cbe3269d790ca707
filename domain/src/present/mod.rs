//! What people read: cards, messages, replies, login pages, tables. It knows what there is to present; nothing below knows
//! how it is presented.

pub mod card;
pub mod csv;
mod history;
pub mod login_page;
pub mod message;
mod naming;
pub mod run_message;
pub mod run_reply;
mod settings;
pub mod text;
