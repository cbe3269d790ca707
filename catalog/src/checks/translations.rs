//! Checks the translations in a recipe's file.

use std::collections::BTreeMap;
use workbot_shared::Language;

use super::action_refs::Known;
use super::inputs::Place;
use super::templates::below;
use crate::diagnostics::Checker;
use workbot_domain::catalog::{Input, InputTranslation, Recipe, Step};

/// Checks that the translated inputs, choices, steps and questions exist, and that the inputs are valid in
/// each language.
pub(crate) fn check(checker: &mut Checker<'_>, recipe: &Recipe, known: Known<'_>) {
    // An error in English would be reported again in each language.
    let in_english = checker.has_mistakes();
    for language in Language::ALL {
        let Some(translation) = recipe.translation(language) else { continue };
        let path = [language.tag(), "inputs"];
        inputs(checker, &path, &translation.inputs, (&recipe.inputs, "recipe"));
        for (id, translation) in &translation.ask {
            let path = [language.tag(), "ask", id];
            let step = recipe.steps.iter().find(|step| step.id == *id);
            let Some(question) = step.and_then(Step::question) else {
                let asks = recipe.steps.iter().filter(|step| step.question().is_some());
                let ids: Vec<_> = asks.map(|step| step.id.as_str()).collect();
                let message = format!("no question `{id}`: the recipe asks {}", ids.join(", "));
                checker.mistake(&path, "", message);
                continue;
            };
            inputs(checker, &below(&path, &["inputs"]), &translation.inputs, (&question.inputs, "question"));
            let known: Vec<_> = question.buttons.iter().map(|button| button.value.as_str()).collect();
            for value in translation.buttons.keys().filter(|value| !known.contains(&value.as_str())) {
                let message = format!("the question has no button `{value}`: it has {}", known.join(", "));
                checker.mistake(&below(&path, &["buttons", value]), "", message);
            }
        }
        for id in translation.steps.keys() {
            if !recipe.steps.iter().any(|step| step.id == *id) {
                let ids: Vec<_> = recipe.steps.iter().map(|step| step.id.as_str()).collect();
                let message = format!("no such step `{id}`: the recipe has {}", ids.join(", "));
                checker.mistake(&[language.tag(), "steps", id], "", message);
            }
        }
        if !in_english {
            let read = recipe.in_language(language);
            for input in &read.inputs {
                let place = Place::Command(&read);
                super::inputs::check(checker, &below(&path, &[&input.id]), input, place, known);
            }
        }
    }
}

/// Checks that the translated inputs and their choices exist in `inputs` of a `part` of the file.
fn inputs(
    checker: &mut Checker<'_>,
    path: &[&str],
    translations: &BTreeMap<String, InputTranslation>,
    (inputs, part): (&[Input], &str),
) {
    for (id, translation) in translations {
        let Some(input) = inputs.iter().find(|input| input.id == *id) else {
            let ids: Vec<_> = inputs.iter().map(|input| input.id.as_str()).collect();
            let message = format!("no such input `{id}`: the {part} has {}", ids.join(", "));
            checker.mistake(&below(path, &[id]), "", message);
            continue;
        };
        for value in translation.choices.keys() {
            if !input.choices.iter().any(|choice| choice.value == *value) {
                let values: Vec<_> = input.choices.iter().map(|choice| choice.value.as_str()).collect();
                let message = match values.as_slice() {
                    [] => format!("`{id}` has no `choices` of its own: remove the translation"),
                    values => format!("`{id}` has no choice `{value}`: it has {}", values.join(", ")),
                };
                checker.mistake(&below(path, &[id, "choices", value]), "", message);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::tests::{only, recipe_mistakes};

    const INPUT: &str = "type = \"text\"\nexample = \"Milk\"";
    const CHOICE: &str = "type = \"choice\"\nexample = \"High\"\nchoices = [{ title = \"High\", value = \"1\" }, { title = \"Low\", value = \"3\" }]";

    /// The mistakes of the recipe with its first input a choice, and with these lines at its end.
    fn mistakes_of(lines: &str) -> Vec<String> {
        recipe_mistakes(INPUT, &format!("{CHOICE}\n[de]\n{lines}\n"))
    }

    #[test]
    fn what_is_said_in_another_language_may_be_all_or_nothing() {
        assert!(recipe_mistakes("[[inputs]]", "[de]\n\n[[inputs]]").is_empty());
        let all = "name = \"Notiz\"\nhint = \"h\"\npurpose = \"p\"\nreply = \"{{ steps.first.id }}\"\n[de.inputs.text]\nlabel = \"Text\"\nhint = \"h\"\nexample = \"Hoch\"\nchoices = { \"1\" = \"Hoch\" }\n[de.steps]\nfirst = \"Notieren\"";
        assert!(mistakes_of(all).is_empty(), "{:?}", mistakes_of(all));
    }

    #[test]
    fn an_unknown_field_input_choice_or_step_is_a_mistake_at_its_line() {
        assert!(only(mistakes_of("command = \"notiz\"")).contains("unknown field `command`"));
        let mistake = only(mistakes_of("[de.inputs.txt]\nlabel = \"Text\""));
        assert_eq!(mistake, "recipe.toml:18: no such input `txt`: the recipe has text, loud");
        let mistake = only(mistakes_of("[de.inputs.text.choices]\n\"2\" = \"Mittel\""));
        assert_eq!(mistake, "recipe.toml:19: `text` has no choice `2`: it has 1, 3");
        let mistake = only(mistakes_of("[de.inputs.loud.choices]\n\"true\" = \"Ja\""));
        assert!(mistake.contains("remove the translation"), "{mistake}");
        let mistake = only(mistakes_of("[de.steps]\nthird = \"Notieren\""));
        assert_eq!(mistake, "recipe.toml:19: no such step `third`: the recipe has first, second");
    }

    #[test]
    fn a_reply_is_checked_in_every_language() {
        let mistake = mistakes_of("reply = \"{{ steps.first.nothing }}\"").remove(0);
        assert!(mistake.starts_with("recipe.toml:18: `steps.first` has no `nothing`"), "{mistake}");
        let mistake = only(mistakes_of("reply = \"Und {{ steps.second.id }}\""));
        assert!(mistake.starts_with("recipe.toml:18: the step `second` may be skipped"), "{mistake}");
    }

    #[test]
    fn titles_can_be_told_apart_and_the_example_names_one_in_every_language() {
        let mistake = only(mistakes_of(
            "[de.inputs.text]\nexample = \"Hoch\"\nchoices = { \"1\" = \"Hoch\", \"3\" = \"hoch\" }",
        ));
        assert!(mistake.contains("`hoch` must name one choice"), "{mistake}");
        let mistake = only(mistakes_of("[de.inputs.text.choices]\n\"1\" = \"Hoch\""));
        assert!(mistake.contains("the example `High` is not one of the choices"), "{mistake}");
    }
}
