//! Texts of the form for a command's inputs.

use workbot_shared::Language;

use super::Texts;
use crate::catalog::Input;
use crate::input_parsing::{InputError, LONGEST_INPUT};
use crate::template::escape_markdown;

impl Texts {
    /// The form's title.
    #[must_use]
    pub fn needs_more(self, name: &str) -> String {
        match self.0 {
            Language::En => format!("{name} needs a little more"),
            Language::De => format!("{name}: Es fehlen noch Angaben"),
        }
    }

    /// The title of a form whose values are a guess from the person's own words.
    #[must_use]
    pub fn understood_so(self) -> &'static str {
        match self.0 {
            Language::En => "Is this what you mean?",
            Language::De => "Ist es das, was Sie meinen?",
        }
    }

    /// The note below that title.
    #[must_use]
    pub fn check_before(self) -> &'static str {
        match self.0 {
            Language::En => {
                "Filled in from your words. Check it: nothing happens before you press the button."
            }
            Language::De => {
                "Aus Ihren Worten ausgefüllt. Bitte prüfen: Nichts geschieht, bevor Sie auf die Schaltfläche tippen."
            }
        }
    }

    /// The end of a text that was cut: how much is left out.
    #[must_use]
    pub fn more_characters(self, count: usize) -> String {
        match (self.0, count) {
            (Language::En, 1) => " … 1 more character".to_owned(),
            (Language::En, _) => format!(" … {count} more characters"),
            (Language::De, _) => format!(" … {count} weitere Zeichen"),
        }
    }

    /// The mistake in an input.
    #[must_use]
    pub fn bad_input(self, input: &Input, given: &str, mistake: &InputError) -> String {
        let label = escape_markdown(&input.label);
        let shown: String = given.chars().take(40).collect();
        let shown = escape_markdown(shown.trim());
        match (self.0, mistake) {
            (Language::En, InputError::Missing) => format!("**{label}** is missing."),
            (Language::De, InputError::Missing) => format!("**{label}** fehlt."),
            (Language::En, InputError::NotANumber) => {
                format!("**{label}** must be a number: *{shown}* is none.")
            }
            (Language::De, InputError::NotANumber) => {
                format!("**{label}** muss eine Zahl sein: *{shown}* ist keine.")
            }
            (Language::En, InputError::NotADate) => {
                format!("**{label}** must be a date like 2026-12-31: *{shown}* is none.")
            }
            (Language::De, InputError::NotADate) => {
                format!("**{label}** muss ein Datum wie 31.12.2026 sein: *{shown}* ist keines.")
            }
            (Language::En, InputError::NotAChoice) => {
                format!("**{label}** must be one of the choices: *{shown}* is none.")
            }
            (Language::De, InputError::NotAChoice) => {
                format!("**{label}** muss aus der Liste stammen: *{shown}* steht nicht darin.")
            }
            (Language::En, InputError::NotYesOrNo) => {
                format!("**{label}** must be yes or no: *{shown}* is neither.")
            }
            (Language::De, InputError::NotYesOrNo) => {
                format!("**{label}** muss Ja oder Nein sein: *{shown}* ist keines von beiden.")
            }
            (Language::En, InputError::TooLongToApprove) => {
                format!("**{label}** is too long: you approve all values on one card. Shorten it.")
            }
            (Language::De, InputError::TooLongToApprove) => {
                format!(
                    "**{label}** ist zu lang: Sie stimmen allen Angaben auf einer Karte zu. Kürzen Sie den Text."
                )
            }
            (Language::En, InputError::TooLong) => {
                format!("**{label}** is too long: {LONGEST_INPUT} characters at most.")
            }
            (Language::De, InputError::TooLong) => {
                format!("**{label}** ist zu lang: höchstens {LONGEST_INPUT} Zeichen.")
            }
        }
    }

    /// The client's own message for an empty required input.
    #[must_use]
    pub fn left_empty(self, label: &str) -> String {
        match self.0 {
            Language::En => format!("{label} is missing."),
            Language::De => format!("{label} fehlt."),
        }
    }

    /// The example in an empty field.
    #[must_use]
    pub fn for_example(self, example: &str) -> String {
        match self.0 {
            Language::En => format!("For example: {example}"),
            Language::De => format!("Zum Beispiel: {example}"),
        }
    }

    /// The app returned no choices.
    #[must_use]
    pub fn nothing_offered(self) -> &'static str {
        match self.0 {
            Language::En => "Nothing was found to choose from. Type it if you know it.",
            Language::De => "Es wurde nichts zur Auswahl gefunden. Geben Sie es ein, wenn Sie es kennen.",
        }
    }

    /// The choice of no value, for an optional input.
    #[must_use]
    pub fn no_choice(self) -> &'static str {
        match self.0 {
            Language::En => "None",
            Language::De => "Ohne",
        }
    }

    /// "Yes" or "No".
    #[must_use]
    pub fn yes_or_no(self, yes: bool) -> &'static str {
        match (self.0, yes) {
            (Language::En, true) => "Yes",
            (Language::En, false) => "No",
            (Language::De, true) => "Ja",
            (Language::De, false) => "Nein",
        }
    }
}
