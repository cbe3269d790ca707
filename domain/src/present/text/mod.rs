//! The bot's texts in every language, in Markdown where they go into a message or a card.
//!
//! Each text is a method of [`Texts`] with the languages side by side, so a missing translation does not
//! compile.

mod agent;
mod connect_command;
mod connections;
mod delivery_hints;
mod form;
mod help;
mod http_api;
mod open_run;
mod question;
mod run_end;
mod turn_refusals;

pub use delivery_hints::{RunReply, shortened};
pub use http_api::settings_changed;

use workbot_shared::Language;

use crate::activity::Turn;
use crate::bot_name::bot;
use crate::run::Run;
use crate::template::escape_markdown;

/// Inserts the bot's name into a text.
fn with_bot(text: &str) -> String {
    text.replace("{bot}", bot())
}

/// The texts in one language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Texts(pub Language);

/// Formats a name in italics.
fn named(name: &str) -> String {
    format!("*{}*", escape_markdown(name))
}

impl Turn {
    /// Returns the texts in the language of the person's client.
    #[must_use]
    pub fn words(&self) -> Texts {
        Texts(self.locale.unwrap_or_default())
    }
}

impl Run {
    /// Returns the texts in the run's language.
    #[must_use]
    pub fn words(&self) -> Texts {
        Texts(self.language)
    }
}
