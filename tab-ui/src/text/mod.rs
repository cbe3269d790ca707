//! What the tab says, in one place and in every language that it speaks: a text is a method of [`Words`], with the
//! languages side by side, as in the worker. What both say stands in `shared`.

mod activity;
mod admin;
mod connections;
mod recipes;
mod states;

use std::cell::Cell;
use workbot_shared::Language;

/// Speaks a language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words(pub Language);

thread_local! {
    // Teams says it once, before anything else is shown; it stays so as long as the page lives.
    static LANGUAGE: Cell<Language> = const { Cell::new(Language::En) };
}

/// From now on the tab speaks as Teams does.
pub fn speak(locale: &str) {
    LANGUAGE.set(Language::of_locale(locale));
}

/// Speaks as Teams does.
pub fn words() -> Words {
    Words(LANGUAGE.get())
}
