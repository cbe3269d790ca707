//! The conversation: the meaning of messages and buttons, the replies, and their delivery.
//!
//! The vault decides a turn over the values it has read, stores all effects in one transaction, and then
//! performs them. So nothing in this folder writes: every change is an [`reply::Effect`].

pub mod card_action;
pub mod intent;
pub mod message_replies;
pub mod quota;
pub mod repeated_command_reply;
pub mod reply;
