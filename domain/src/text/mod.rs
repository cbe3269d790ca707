//! What Workbot says, in one place and in every language that it speaks. Markdown where it goes into a message or a card.
//!
//! A text is a method of [`Words`], with the languages side by side: one that lacks a text does not compile.

mod admin;
mod connections;
mod conversation;
mod form;
mod help;
mod pages;
mod runs;

pub use admin::settings_changed;
pub use conversation::shortened;

use std::sync::OnceLock;
use workbot_shared::Language;

use crate::template::escape_markdown;

/// What this deployment calls its bot. One program serves one deployment, so nobody hands it on from text to text.
static BOT: OnceLock<String> = OnceLock::new();

/// From now on the bot is called so (`BOT_NAME`). The first call counts.
pub fn name_bot(name: &str) {
    BOT.get_or_init(|| name.to_owned());
}

/// What the bot is called.
pub(crate) fn bot() -> &'static str {
    BOT.get().map_or("Workbot", String::as_str)
}

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
