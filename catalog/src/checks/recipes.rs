//! Checks a recipe's file.

use std::collections::BTreeSet;
use workbot_shared::{AppId, Auth};

use super::action_refs::{Known, given, known_action};
use super::constant_conditions::{comparisons, constant};
use super::inputs::Place;
use super::name_syntax::is_name;
use super::questions;
use super::templates::{Kind, Scope, asked, below};
use crate::diagnostics::Checker;
use workbot_domain::catalog::{Call, Catalog, Recipe, StepKind};
use workbot_domain::conversation::intent::BUILT_IN;
use workbot_domain::recipe_command::strip_command;

/// `unread`: the apps whose files could not be parsed.
pub(crate) fn check(checker: &mut Checker<'_>, recipe: &Recipe, catalog: &Catalog, unread: &BTreeSet<AppId>) {
    command(checker, recipe);
    if recipe.steps.is_empty() {
        checker.mistake(&[], "", "a recipe needs at least one [[steps]]");
    } else if recipe.apps().is_empty() {
        checker.mistake(&["steps"], "", "a recipe needs at least one step that calls an app");
    }
    let known = Known { catalog, unread };
    let inputs = asked(Scope::default().known("inputs", recipe.inputs.iter().map(|input| &input.id)));
    let mut outputs = Vec::new();
    for (at, step) in recipe.steps.iter().enumerate() {
        let index = at.to_string();
        let path = ["steps", &index];
        if !is_name(&step.id) || recipe.steps.iter().filter(|other| other.id == step.id).count() > 1 {
            let message =
                format!("the step id `{}` must be unique, in lower-case letters, digits and `_`", step.id);
            checker.mistake(&below(&path, &["id"]), "", message);
        }
        let scope = inputs.clone().below("steps", outputs.iter().cloned());
        if let Some(when) = &step.when {
            let path = below(&path, &["when"]);
            checker.template(&path, &when.0, Kind::Condition, &scope);
            comparisons(checker, &path, &when.0, Kind::Condition, recipe);
            constant(checker, &path, when, recipe);
        }
        let names = match &step.kind {
            StepKind::Call(step) => call(checker, &path, step, &scope, known),
            StepKind::Ask(question) => {
                questions::check(checker, at, recipe, (&scope, &outputs), known);
                Some(questions::outputs(question))
            }
        };
        outputs.push((step.id.clone(), names));
    }
    let scope = inputs.below("steps", outputs.iter().cloned());
    super::reply::check(checker, recipe, &scope, known);
    let outputs: Option<Vec<_>> =
        outputs.into_iter().map(|(id, names)| names.map(|names| (id, names))).collect();
    if let Some(outputs) = outputs {
        super::conditional_steps::check(checker, recipe, &outputs);
    }
    identity(checker, recipe, known);
    for (index, input) in recipe.inputs.iter().enumerate() {
        let place = Place::Command(recipe);
        super::inputs::check(checker, &["inputs", &index.to_string()], input, place, known);
    }
    super::translations::check(checker, recipe, known);
    let used = super::braces_and_empty_texts::check_recipe(checker, recipe);
    super::unused::check_recipe(checker, recipe, &used);
}

/// Checks a call. Returns the names of its outputs; `None` for an unknown action, whose outputs may be any,
/// so that one error causes one message.
fn call(
    checker: &mut Checker<'_>,
    path: &[&str],
    call: &Call,
    scope: &Scope,
    known: Known<'_>,
) -> Option<BTreeSet<String>> {
    for (name, tree) in &call.with {
        checker.tree(&below(path, &["with", name]), tree, scope);
    }
    let action = known_action(checker, path, &call.app, &call.action, known)?;
    given(checker, path, &call.with, &call.action, action);
    let mut names: BTreeSet<String> = action.output_names().cloned().collect();
    names.extend(action.link.as_ref().map(|_| "link".to_owned()));
    names.extend(action.paging.as_ref().map(|_| "more".to_owned()));
    Some(names)
}

fn command(checker: &mut Checker<'_>, recipe: &Recipe) {
    if recipe.command.trim().is_empty() || recipe.command.contains([':', '\n']) {
        let message = "`command` must be a few words without a colon, e.g. `create opportunity`";
        checker.mistake(&["command"], "", message);
    }
    if let Some(own) = BUILT_IN.iter().find(|own| strip_command(&recipe.command, own).is_some()) {
        let message = format!("`{own}` is a command of the bot: begin with another word");
        checker.mistake(&["command"], "", message);
    }
}

fn identity(checker: &mut Checker<'_>, recipe: &Recipe, known: Known<'_>) {
    for app in &recipe.verify_user_access {
        let supported = known.unread.contains(app)
            || known.catalog.apps.get(app).is_some_and(|app| app.auth == Auth::Oauth2);
        if recipe.verify_user_access.iter().filter(|other| *other == app).count() > 1 {
            checker.further_mistake(&["verify_user_access"], format!("`{app}` occurs twice: remove one"));
        }
        if !supported || !recipe.apps().contains(&app) {
            let message = format!(
                "`verify_user_access` names `{app}`, which is not an OAuth2 app of this recipe: remove it"
            );
            checker.mistake(&["verify_user_access"], app.as_str(), message);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::tests::{only, recipe_mistakes, twin_mistakes};

    #[test]
    fn an_input_that_does_not_exist_is_named_with_those_that_do() {
        let mistake = only(recipe_mistakes(
            "text = \"{{ inputs.text }}\"",
            "text = \"{{ inputs.text }}{{ inputs.txt }}\"",
        ));
        assert_eq!(mistake, "recipe.toml:30: `inputs.txt` does not exist: known here: loud, text");
    }

    #[test]
    fn an_input_is_used_somewhere() {
        let mistake = only(recipe_mistakes("when = \"inputs.loud\"", "when = \"inputs.text\""));
        assert!(mistake.contains("`inputs.loud` is never used"), "{mistake}");
    }

    #[test]
    fn a_step_uses_outputs_of_earlier_steps_only() {
        let later = only(recipe_mistakes(
            "text = \"{{ inputs.text }}\"",
            "text = \"{{ inputs.text }}{{ steps.second.id }}\"",
        ));
        assert_eq!(later, "recipe.toml:30: `steps.second` does not exist: nothing is known here");
        let unknown = only(recipe_mistakes("{{ steps.first.id }}", "{{ steps.first.key }}"));
        assert_eq!(unknown, "recipe.toml:39: `steps.first` has no `key`: known here: id, link");
    }

    #[test]
    fn the_reply_uses_outputs_that_there_are() {
        let mistake = only(recipe_mistakes("{{ steps.first.link | link }}", "{{ steps.first.url | link }}"));
        assert_eq!(mistake, "recipe.toml:7: `steps.first` has no `url`: known here: id, link");
    }

    #[test]
    fn a_recipe_knows_who_asks_when_and_in_which_run_but_not_the_account() {
        let text = |more: &str| {
            recipe_mistakes(
                "text = \"{{ inputs.text }}\"",
                &format!("text = \"{{{{ inputs.text }}}}{more}\""),
            )
        };
        for right in [
            "{{ person.email }}",
            "{{ person.name }} {{ person.id }}",
            "{{ now | days(7) | day }}",
            "{{ run.id }}",
        ] {
            assert!(text(right).is_empty(), "{right}: {:?}", text(right));
        }
        for (wrong, expected) in [
            (
                "{{ account.id }}",
                "`account.id` is unknown: known here: inputs, now, person, run, steps; it is known in an app's actions",
            ),
            ("{{ run.step }}", "`run.step` does not exist: known here: id"),
            ("{{ person }}", "`person` alone is not a value"),
            ("{{ now.year }}", "`now` has no fields"),
            ("{{ now | htlm }}", "no such filter `htlm`"),
            ("{{ inputs.text.strip() }}", "no such function"),
        ] {
            let mistake = only(text(wrong));
            assert!(
                mistake.starts_with("recipe.toml:30: ") && mistake.contains(expected),
                "{wrong}: {mistake}"
            );
        }
        let reply = recipe_mistakes("Noted [it]", "{{ person.name }} noted on {{ now | date }} [it]");
        assert!(reply.is_empty(), "{reply:?}");
    }

    #[test]
    fn an_address_in_a_reply_is_https() {
        let mistake = only(recipe_mistakes("Noted [it](", "[Help](http://wiki.example/x) Noted [it]("));
        assert!(mistake.starts_with("recipe.toml:7: an address in a reply must begin with"), "{mistake}");
    }

    #[test]
    fn a_condition_has_no_braces() {
        let mistake = only(recipe_mistakes("when = \"inputs.loud\"", "when = \"{{ inputs.loud }}\""));
        assert!(mistake.starts_with("recipe.toml:35: a condition has no braces"), "{mistake}");
    }

    #[test]
    fn unknown_apps_and_actions_are_named_with_known_ones() {
        let app = recipe_mistakes("app = \"app\"", "app = \"ap\"");
        assert_eq!(app[0], "recipe.toml:26: no such app `ap`: the catalog has app");
        let action = recipe_mistakes("action = \"add_note\"", "action = \"add\"");
        assert_eq!(action[0], "recipe.toml:27: Example has no action `add`: it has add_note, list_notes");
    }

    #[test]
    fn a_step_gives_the_parameters_that_its_action_uses_and_no_others() {
        let missing = only(recipe_mistakes("text = \"{{ steps.first.id }}\"\n", ""));
        assert_eq!(
            missing,
            "recipe.toml:37: `add_note` needs the parameter `text`: its parameters are color (\"red\" if omitted), text"
        );
        let unknown = only(recipe_mistakes("color = \"blue\"", "colour = \"blue\""));
        assert!(unknown.starts_with("recipe.toml:38: `add_note` has no parameter `colour`"), "{unknown}");
    }

    #[test]
    fn two_recipes_cannot_have_one_command() {
        let mistake = only(twin_mistakes("command = \"Note  it\""));
        assert_eq!(mistake, "twin.toml:2: recipe.toml already has the command `Note  it`: choose another");
        assert!(twin_mistakes("command = \"note it twice\"").is_empty(), "the longest wins");
    }

    #[test]
    fn a_command_does_not_begin_like_one_of_the_bots_own() {
        for command in ["help", "Status page", "connect app", "personal  connections", "runs"] {
            let mistake = only(recipe_mistakes("command = \"note it\"", &format!("command = \"{command}\"")));
            assert!(mistake.contains("is a command of the bot"), "{mistake}");
        }
        assert!(
            only(recipe_mistakes("command = \"note it\"", "command = \"note: it\""))
                .contains("without a colon")
        );
    }

    #[test]
    fn only_apps_with_logins_are_used_as_the_person() {
        let mistake =
            only(recipe_mistakes("verify_user_access = [\"app\"]", "verify_user_access = [\"other\"]"));
        assert!(mistake.starts_with("recipe.toml:5: `verify_user_access` names `other`"), "{mistake}");
    }
}
