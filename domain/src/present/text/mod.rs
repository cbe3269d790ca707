//! What Workbot says, in one place and in every language that it speaks. Markdown where it goes into a message or a card.
//!
//! A text is a method of [`Words`], with the languages side by side: one that lacks a text does not compile.

mod admin;
mod connections;
mod conversation;
mod form;
mod help;
mod runs;

pub use admin::settings_changed;
pub use conversation::shortened;

use workbot_shared::Language;

use crate::bot_name::bot;
use crate::template::escape_markdown;

/// A text of ours with the bot's name in its place.
fn with_bot(text: &str) -> String {
    text.replace("{bot}", bot())
}

/// Speaks a language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words(pub Language);

/// What something is called, in italics.
fn named(name: &str) -> String {
    format!("*{}*", escape_markdown(name))
}
