//! Checks the inputs of a recipe's command and of its questions.

use serde_json::Value;
use std::collections::BTreeSet;

use super::action_refs::{Known, given, known_action};
use super::name_syntax::is_name;
use super::templates::{below, has_template};
use crate::diagnostics::Checker;
use workbot_domain::catalog::{Call, ChoiceSource, ChoicesFrom, Input, InputType, PRESSED, Question, Recipe};
use workbot_domain::command_inputs::are_one_name;
use workbot_domain::input_parsing::InputError;

/// Fields that the button of a form or question sends in addition to the inputs.
const RESERVED: [&str; 5] = ["verb", "run", "recipe", "step", PRESSED];

/// A step's id with the names of its outputs; `None` if they are unknown.
pub(crate) type StepOutputs = (String, Option<BTreeSet<String>>);

/// Where an input stands.
#[derive(Clone, Copy)]
pub(crate) enum Place<'a> {
    /// In the command of a recipe.
    Command(&'a Recipe),
    /// In a question, after steps with these outputs.
    Question(&'a Question, &'a [StepOutputs]),
}

impl<'a> Place<'a> {
    fn inputs(self) -> &'a [Input] {
        match self {
            Self::Command(recipe) => &recipe.inputs,
            Self::Question(question, _) => &question.inputs,
        }
    }
}

pub(crate) fn check(
    checker: &mut Checker<'_>,
    path: &[&str],
    input: &Input,
    place: Place<'_>,
    known: Known<'_>,
) {
    let at = |name: &'static str| below(path, &[name]);
    if RESERVED.contains(&input.id.as_str()) {
        let message = format!("`{}` is reserved in cards: choose another id", input.id);
        checker.mistake(&at("id"), "", message);
    }
    if !is_name(&input.id) || place.inputs().iter().filter(|other| other.id == input.id).count() > 1 {
        let message =
            format!("the input id `{}` must be unique, in lower-case letters, digits and `_`", input.id);
        checker.mistake(&at("id"), "", message);
    }
    if let Place::Command(recipe) = place {
        label(checker, &at("label"), input, recipe);
    }
    match (input.kind, input.choices.as_slice(), &input.choices_from) {
        (InputType::Choice, [], None) => {
            let message =
                "a choice needs `choices = [{ title = \"High\", value = \"1\" }]` or `choices_from`";
            checker.mistake(&at("type"), "", message);
            return;
        }
        (InputType::Choice, [], Some(_)) => {}
        (InputType::Choice, _, _) => {
            let names = input.choices.iter().flat_map(|choice| {
                BTreeSet::from([choice.title.to_lowercase(), choice.value.to_lowercase()])
            });
            let mut seen = BTreeSet::new();
            if let Some(twice) = names.into_iter().find(|name| name.is_empty() || !seen.insert(name.clone()))
            {
                let message =
                    format!("`{twice}` must name one choice: titles and values must be unique and not empty");
                checker.mistake(&at("choices"), "", message);
            }
        }
        (_, [], None) => {}
        _ => checker.mistake(&at("type"), "", "only `type = \"choice\"` can have choices"),
    }
    if let (InputType::Choice, Some(from)) = (input.kind, &input.choices_from) {
        let path = at("choices_from");
        checker.pointer(&below(&path, &["title"]), &from.title);
        checker.pointer(&below(&path, &["value"]), &from.value);
        match (&from.source, place) {
            (ChoiceSource::Call(call), Place::Command(recipe)) => {
                from_app(checker, &path, (from, call), recipe, known);
            }
            (ChoiceSource::Step(step), Place::Question(_, earlier)) => {
                from_step(checker, &path, input, (from, step), earlier);
                return;
            }
            (ChoiceSource::Call(_), Place::Question(..)) => {
                let message = "let an earlier step read the list, and write `step` in place of `app`";
                checker.mistake(&path, "", message);
            }
            (ChoiceSource::Step(_), Place::Command(_)) => {
                let message = "only a question can offer the output of a step: write `app` and `action`";
                checker.mistake(&path, "", message);
                return;
            }
        }
    }
    if input.example.trim().is_empty() {
        if matches!(place, Place::Command(_)) {
            checker.mistake(&at("example"), "", "`example` is empty: add what a person might type");
        }
    } else if let Err(wrong) = input.parse(&input.example, &[]) {
        let message = format!("the example `{}` {}", input.example, remedy(&wrong));
        checker.mistake(&at("example"), "", message);
    }
    if let Some(default) = &input.default {
        let fits = match (input.kind, default) {
            (InputType::Number, Value::Number(_)) | (InputType::YesNo, Value::Bool(_)) => true,
            (InputType::Number | InputType::YesNo, _) => false,
            // The default must already be in its parsed form: the app would receive a choice's title
            // literally.
            (_, Value::String(text)) => input.parse(text, &[]).as_ref() == Ok(default),
            _ => false,
        };
        if !fits {
            let message = match input.kind {
                InputType::Number => "the default must be a number without quotes, e.g. `default = 100`",
                InputType::YesNo => "the default must be `true` or `false`, without quotes",
                InputType::Choice => "the default must be the `value` of a choice, in quotes",
                InputType::Date => "the default must be a date in quotes, e.g. `default = \"2026-12-31\"`",
                InputType::Text | InputType::Multiline => "the default must be a text in quotes",
            };
            checker.mistake(&at("default"), "", message);
        }
    }
}

fn remedy(wrong: &InputError) -> &'static str {
    match wrong {
        InputError::NotANumber => "is not a number: write e.g. `5000`",
        InputError::NotADate => "is not a date: write e.g. `2026-12-31`",
        InputError::NotAChoice => "is not one of the choices: write the title of one",
        InputError::NotYesOrNo => "is neither `yes` nor `no`",
        InputError::TooLong | InputError::TooLongToApprove => "is too long",
        InputError::Missing => "is missing",
    }
}

/// Reports a label that also names another input in a command.
fn label(checker: &mut Checker<'_>, path: &[&str], input: &Input, recipe: &Recipe) {
    let mut others = recipe.inputs.iter().filter(|other| other.id != input.id);
    let names =
        |other| [other].into_iter().flat_map(|other: &Input| recipe.labels(other).chain([other.id.as_str()]));
    if let Some(other) = others.find(|other| names(other).any(|name| are_one_name(&input.label, name))) {
        let message = format!(
            "the label `{}` also names the input `{}` in a command: choose another",
            input.label, other.id
        );
        checker.mistake(path, "", message);
    }
}

/// Checks choices from the output of an earlier step.
fn from_step(
    checker: &mut Checker<'_>,
    path: &[&str],
    input: &Input,
    (from, step): (&ChoicesFrom, &str),
    earlier: &[StepOutputs],
) {
    let Some((_, outputs)) = earlier.iter().find(|(id, _)| id == step) else {
        let ids: Vec<_> = earlier.iter().map(|(id, _)| id.as_str()).collect();
        let message = format!("no earlier step `{step}`: there are {}", ids.join(", "));
        checker.mistake(&below(path, &["step"]), "", message);
        return;
    };
    if let Some(outputs) = outputs.as_ref().filter(|outputs| !outputs.contains(&from.items)) {
        let names: Vec<_> = outputs.iter().map(String::as_str).collect();
        let message = format!("`{step}` has no output `{}`: it has {}", from.items, names.join(", "));
        checker.mistake(&below(path, &["items"]), "", message);
    }
    if !input.choices.is_empty() || input.default.is_some() {
        let message = "an input with the choices of a step has no default and no own choices: remove `choices` \
                       and `default`";
        checker.mistake(path, "", message);
    }
}

/// Checks choices from an app.
fn from_app(
    checker: &mut Checker<'_>,
    path: &[&str],
    (from, call): (&ChoicesFrom, &Call),
    recipe: &Recipe,
    known: Known<'_>,
) {
    if has_template(&Value::Object(call.with.clone())) {
        checker.mistake(
            &below(path, &["with"]),
            "{",
            "these parameters must not contain templates: the form has no values yet",
        );
    }
    let Some(action) = known_action(checker, path, &call.app, &call.action, known) else { return };
    given(checker, path, &call.with, &call.action, action);
    if action.writes {
        checker.mistake(&below(path, &["action"]), "", "choices must come from a read");
    }
    if !action.output.contains_key(&from.items) {
        let outputs: Vec<_> = action.output.keys().map(String::as_str).collect();
        let message =
            format!("`{}` has no output `{}`: it has {}", call.action, from.items, outputs.join(", "));
        checker.mistake(&below(path, &["items"]), "", message);
    }
    if !recipe.apps().contains(&&call.app) {
        let message = format!("no step uses `{}`: choices must come from an app of the recipe", call.app);
        checker.mistake(&below(path, &["app"]), "", message);
    }
}

#[cfg(test)]
mod tests {
    use crate::tests::{only, recipe_mistakes};

    fn text_input(lines: &str) -> Vec<String> {
        recipe_mistakes("type = \"text\"\nexample = \"Milk\"", lines)
    }

    #[test]
    fn an_example_is_a_value_that_would_be_taken() {
        let mistake = only(text_input("type = \"number\"\nexample = \"many\""));
        assert_eq!(mistake, "recipe.toml:15: the example `many` is not a number: write e.g. `5000`");
    }

    #[test]
    fn an_input_is_not_called_like_what_a_form_sends_anyway() {
        let mistakes = recipe_mistakes("id = \"loud\"", "id = \"run\"");
        assert!(mistakes.iter().any(|mistake| mistake.contains("choose another id")), "{mistakes:?}");
    }

    #[test]
    fn a_label_means_no_other_input_in_any_language() {
        let both = recipe_mistakes("label = \"Text\"", "label = \"LOUD\"");
        assert!(both.iter().all(|mistake| mistake.contains("in a command: choose another")), "{both:?}");
        assert_eq!(both.len(), 2);
        let german = "[de.inputs.loud]\nlabel = \"text\"\n\n[[inputs]]";
        let mistake = only(recipe_mistakes("[[inputs]]", german));
        assert!(mistake.contains("the label `Text` also names the input `loud`"), "{mistake}");
    }

    #[test]
    fn a_default_is_of_the_inputs_kind() {
        assert!(text_input("type = \"number\"\ndefault = 5\nexample = \"5\"").is_empty());
        assert!(
            only(text_input("type = \"number\"\ndefault = \"5\"\nexample = \"5\""))
                .contains("without quotes")
        );
        assert!(
            only(text_input("type = \"date\"\ndefault = 2026-12-31\nexample = \"2026-12-31\""))
                .contains("date in quotes")
        );
        assert!(
            only(text_input("type = \"yes_no\"\ndefault = \"yes\"\nexample = \"yes\""))
                .contains("`true` or `false`")
        );
    }

    #[test]
    fn a_choice_has_choices_that_can_be_told_apart() {
        let choice = |rest: &str| text_input(&format!("type = \"choice\"\nexample = \"High\"\n{rest}"));
        assert!(choice("choices = [{ title = \"High\", value = \"1\" }, { title = \"Low\", value = \"3\" }]\ndefault = \"3\"").is_empty());
        assert!(only(choice("")).contains("a choice needs `choices"));
        assert!(
            only(choice(
                "choices = [{ title = \"High\", value = \"1\" }, { title = \"high\", value = \"2\" }]"
            ))
            .contains("`high` must name one choice")
        );
        assert!(
            only(choice("choices = [{ title = \"High\", value = \"1\" }]\ndefault = \"High\""))
                .contains("the `value` of a choice")
        );
        assert!(
            only(choice("choices = [{ title = \"Low\", value = \"1\" }]")).contains("not one of the choices")
        );
        assert!(
            only(text_input(
                "type = \"text\"\nexample = \"x\"\nchoices = [{ title = \"x\", value = \"x\" }]"
            ))
            .contains("only `type = \"choice\"`")
        );
    }

    #[test]
    fn choices_of_the_recipe_stand_beside_those_of_the_app() {
        let both = |choices: &str, example: &str| {
            text_input(&format!(
                "type = \"choice\"\nexample = \"{example}\"\nchoices = [{choices}]\nchoices_from = {{ app = \"app\", action = \"list_notes\", items = \"notes\", title = \"/text\", value = \"/id\" }}"
            ))
        };
        let choice = "{ title = \"High\", value = \"1\" }";
        assert!(both(choice, "High").is_empty(), "{:?}", both(choice, "High"));
        assert!(only(both(choice, "Low")).contains("not one of the choices"));
        assert!(only(both(&format!("{choice}, {choice}"), "High")).contains("must name one choice"));
    }

    #[test]
    fn choices_from_an_app_come_from_a_list_that_it_reads() {
        let from = |app: &str, action: &str, items: &str| {
            text_input(&format!(
                "type = \"choice\"\nexample = \"Milk\"\nchoices_from = {{ app = \"{app}\", action = \"{action}\", items = \"{items}\", title = \"/text\", value = \"/id\" }}"
            ))
        };
        assert!(from("app", "list_notes", "notes").is_empty());
        assert!(only(from("nobody", "list_notes", "notes")).contains("no such app `nobody`"));
        assert!(
            from("app", "add_note", "id").iter().any(|mistake| mistake.contains("must come from a read"))
        );
        assert!(only(from("app", "list_notes", "list")).contains("no output `list`: it has notes"));
    }
}
