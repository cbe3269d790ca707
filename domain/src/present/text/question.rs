//! Texts of the card with a recipe's question.

use workbot_shared::Language;

use super::Texts;

impl Texts {
    /// The card's title.
    #[must_use]
    pub fn needs_your_answer(self, name: &str) -> String {
        match self.0 {
            Language::En => format!("{name} needs your answer"),
            Language::De => format!("{name} wartet auf Ihre Antwort"),
        }
    }

    /// The button of a question without buttons of its own.
    #[must_use]
    pub fn go_on(self) -> &'static str {
        match self.0 {
            Language::En => "Continue",
            Language::De => "Weiter",
        }
    }

    /// The name of a step that asks, without a label of its own.
    #[must_use]
    pub fn your_answer(self) -> &'static str {
        match self.0 {
            Language::En => "Your answer",
            Language::De => "Ihre Antwort",
        }
    }
}
