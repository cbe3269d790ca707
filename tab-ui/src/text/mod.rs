//! What the tab says, in one place and in every language that it speaks: a text is a method of [`Words`], with the
//! languages side by side, as in the worker. What both say stands in `shared`.

mod activity;
mod admin;
mod connections;
mod recipes;
mod status;

use std::cell::{Cell, RefCell};
use workbot_shared::Language;

/// Speaks a language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words(pub Language);

thread_local! {
    // Teams says it once, before anything else is shown; it stays so as long as the page lives.
    static LANGUAGE: Cell<Language> = const { Cell::new(Language::En) };
    // The title of the page, which the worker writes.
    static BOT: RefCell<String> = const { RefCell::new(String::new()) };
}

/// From now on the tab speaks as Teams does.
pub fn speak(locale: &str) {
    LANGUAGE.set(Language::of_locale(locale));
}

/// From now on the tab calls the bot so (`BOT_NAME`).
pub fn name_bot(name: &str) {
    BOT.with_borrow_mut(|bot| name.clone_into(bot));
}

/// A text with the bot's name in place of `{bot}`.
fn with_bot(text: &str) -> String {
    BOT.with_borrow(|bot| text.replace("{bot}", if bot.is_empty() { "Workbot" } else { bot }))
}

/// Speaks as Teams does.
pub fn words() -> Words {
    Words(LANGUAGE.get())
}
