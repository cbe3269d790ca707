//! Words of the form that asks for a command's inputs.

use crate::catalogue::Input;
use crate::command::{BadInput, LONGEST_INPUT};
use crate::template::escape_markdown;

/// The form's title.
#[must_use]
pub fn needs_more(name: &str) -> String {
    format!("{name} needs a little more")
}

/// What is wrong with an input.
#[must_use]
pub fn bad_input(input: &Input, given: &str, mistake: &BadInput) -> String {
    let label = escape_markdown(&input.label);
    let shown: String = given.chars().take(40).collect();
    let shown = escape_markdown(shown.trim());
    match mistake {
        BadInput::Missing => format!("**{label}** is missing."),
        BadInput::NotANumber => format!("**{label}** must be a number: *{shown}* is none."),
        BadInput::NotADate => format!("**{label}** must be a date like 2026-12-31: *{shown}* is none."),
        BadInput::NotAChoice => format!("**{label}** must be one of the choices: *{shown}* is none."),
        BadInput::NotYesOrNo => format!("**{label}** must be yes or no: *{shown}* is neither."),
        BadInput::TooLong => format!("**{label}** is too long: {LONGEST_INPUT} characters at most."),
    }
}

/// What a client says of an input that was left empty.
#[must_use]
pub fn left_empty(label: &str) -> String {
    format!("{label} is missing.")
}

/// An example in an empty field.
#[must_use]
pub fn for_example(example: &str) -> String {
    format!("For example: {example}")
}

/// Nothing could be found to choose from.
pub const NOTHING_OFFERED: &str = "Nothing was found to choose from. Type it if you know it.";

/// The text of "no choice", for an input that may be left out.
pub const NO_CHOICE: &str = "None";

/// Yes, or no.
#[must_use]
pub fn yes_or_no(yes: bool) -> &'static str {
    if yes { "Yes" } else { "No" }
}
