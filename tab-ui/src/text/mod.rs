//! The texts of the tab. Each text is a method of [`Texts`] with all languages side by side, as in the
//! worker. `shared` contains the texts that both use.

mod activity;
mod admin;
mod agents;
mod connections;
mod guardrails;
mod recipes;
mod status;

pub use agents::DoorSwitch;

use std::cell::{Cell, RefCell};
use workbot_shared::Language;

/// The texts in one language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Texts(pub Language);

thread_local! {
    // Set once by Teams, before anything is rendered; constant for the life of the page.
    static LANGUAGE: Cell<Language> = const { Cell::new(Language::En) };
    // The title of the page, written by the worker.
    static BOT: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Sets the language of the tab to that of Teams.
pub fn speak(locale: &str) {
    LANGUAGE.set(Language::of_locale(locale));
}

/// Sets the bot's name (`BOT_NAME`).
pub fn name_bot(name: &str) {
    BOT.with_borrow_mut(|bot| name.clone_into(bot));
}

/// Replaces `{bot}` by the bot's name.
fn with_bot(text: &str) -> String {
    BOT.with_borrow(|bot| text.replace("{bot}", if bot.is_empty() { "Workbot" } else { bot }))
}

/// The texts in the language of Teams.
pub fn words() -> Texts {
    Texts(LANGUAGE.get())
}
