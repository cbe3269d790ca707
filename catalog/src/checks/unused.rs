//! Checks that a file uses what it declares: variables, kept values of the token response, inputs, answers.

use std::collections::BTreeSet;

use crate::diagnostics::Checker;
use workbot_domain::catalog::{App, PRESSED, Recipe};

/// `used`: the variables that the app's templates use.
pub(crate) fn check_app(checker: &mut Checker<'_>, app: &App, used: &BTreeSet<String>) {
    for name in app.vars.keys().filter(|name| !used.contains(&format!("vars.{name}"))) {
        let message = format!("`vars.{name}` is never used: use it, or remove the variable");
        checker.further_mistake(&["vars", name], message);
    }
    let kept = app.oauth2.iter().flat_map(|oauth2| oauth2.keep.iter().map(|name| (["oauth2", "keep"], name)));
    let from_callback = app.oauth2.iter().flat_map(|oauth2| {
        oauth2.keep_from_callback.iter().map(|name| (["oauth2", "keep_from_callback"], name))
    });
    for (path, name) in kept.chain(from_callback) {
        let token = format!("token.{name}");
        if !is_used(&token, used) {
            let message = format!("`{token}` is never used: use it, or remove it from `{}`", path[1]);
            checker.further_mistake(&path, message);
        }
    }
    let organization = app.account.organization.iter().flat_map(|organization| organization.keep.keys());
    for name in organization.filter(|name| !is_used(&format!("token.{name}"), used)) {
        let message = format!("`token.{name}` is never used: use it, or remove it from `keep`");
        checker.further_mistake(&["account", "organization", "keep", name], message);
    }
}

/// `used`: the variables that the recipe's templates use.
pub(crate) fn check_recipe(checker: &mut Checker<'_>, recipe: &Recipe, used: &BTreeSet<String>) {
    for (index, input) in recipe.inputs.iter().enumerate() {
        let name = format!("inputs.{}", input.id);
        if !is_used(&name, used) {
            let message = format!("`{name}` is never used: use it, or remove the input");
            checker.mistake(&["inputs", &index.to_string(), "id"], &input.id, message);
        }
    }
    for (index, step) in recipe.steps.iter().enumerate() {
        let Some(question) = step.question() else { continue };
        let index = index.to_string();
        let path = ["steps", &index, "ask"];
        for (number, input) in question.inputs.iter().enumerate() {
            let name = format!("steps.{}.{}", step.id, input.id);
            if !is_used(&name, used) {
                let message = format!("`{name}` is never used: use it, or remove the input");
                checker.mistake(
                    &[path.as_slice(), &["inputs", &number.to_string(), "id"]].concat(),
                    &input.id,
                    message,
                );
            }
        }
        let name = format!("steps.{}.{PRESSED}", step.id);
        // A single button only confirms.
        if question.buttons.len() > 1 && !is_used(&name, used) {
            let message = format!("`{name}` is never used: use it, or remove buttons");
            checker.mistake(&[path.as_slice(), &["buttons"]].concat(), "", message);
        }
    }
}

/// Whether a variable or one of its fields is used.
fn is_used(name: &str, used: &BTreeSet<String>) -> bool {
    used.contains(name) || used.iter().any(|one| one.starts_with(&format!("{name}.")))
}

#[cfg(test)]
mod tests {
    use crate::tests::{app_mistakes, only, recipe_mistakes};

    #[test]
    fn what_a_file_declares_it_uses() {
        let unused = "[vars.LOGIN_URL]\nabout = \"Where people log in\"\ndefault = \"https://login.example.com\"\n[oauth2]";
        let mistake = only(app_mistakes("[oauth2]", unused));
        assert_eq!(mistake, "app.toml:11: `vars.LOGIN_URL` is never used: use it, or remove the variable");
        let mistake = only(app_mistakes("keep = [\"team\"]", "keep = [\"team\", \"id_token\"]"));
        assert!(mistake.starts_with("app.toml:16: `token.id_token` is never used"), "{mistake}");
    }

    #[test]
    fn a_word_in_a_text_is_no_use_of_an_input() {
        let mistake =
            only(recipe_mistakes("when = \"inputs.loud\"", "when = \"inputs.text == 'inputs.loud'\""));
        assert!(mistake.contains("`inputs.loud` is never used"), "{mistake}");
    }
}
