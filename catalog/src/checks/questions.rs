//! Checks the question of a step.

use std::collections::BTreeSet;
use workbot_shared::Language;

use super::action_refs::Known;
use super::constant_conditions::comparisons;
use super::inputs::{Place, StepOutputs};
use super::templates::{Kind, Scope, below};
use crate::diagnostics::Checker;
use workbot_domain::catalog::{PRESSED, Question, Recipe, Step};
use workbot_domain::template::Template;

/// The buttons that fit beside *Cancel*.
const MOST_BUTTONS: usize = 2;

/// The outputs of a question: its inputs, and the button if there are buttons.
pub(crate) fn outputs(question: &Question) -> BTreeSet<String> {
    let pressed = (!question.buttons.is_empty()).then(|| PRESSED.to_owned());
    question.inputs.iter().map(|input| input.id.clone()).chain(pressed).collect()
}

/// The texts of a recipe's question in all languages, with their paths.
pub(crate) fn texts<'a>(
    recipe: &'a Recipe,
    index: usize,
    step: &'a Step,
) -> Vec<(Vec<String>, &'a Template)> {
    let Some(question) = step.question() else { return Vec::new() };
    let path = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    let others = Language::ALL.into_iter().filter_map(|language| {
        let text = recipe.translation(language)?.ask.get(&step.id)?.text.as_ref()?;
        Some((path(&[language.tag(), "ask", &step.id, "text"]), text))
    });
    let own = path(&["steps", &index.to_string(), "ask", "text"]);
    std::iter::once((own, &question.text)).chain(others).collect()
}

/// Checks the question of the step at `index`, in all languages. `scope` holds the inputs of the recipe and
/// the outputs `earlier` of the steps before.
pub(crate) fn check(
    checker: &mut Checker<'_>,
    index: usize,
    recipe: &Recipe,
    (scope, earlier): (&Scope, &[StepOutputs]),
    known: Known<'_>,
) {
    let Some(step) = recipe.steps.get(index) else { return };
    let Some(question) = step.question() else { return };
    for (path, text) in texts(recipe, index, step) {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        checker.template(&path, &text.0, Kind::Text, scope);
        comparisons(checker, &path, &text.0, Kind::Text, recipe);
    }
    let index_name = index.to_string();
    let path = ["steps", &index_name, "ask"];
    let at = below(&path, &["buttons"]);
    if question.buttons.len() > MOST_BUTTONS {
        let message = format!(
            "at most {MOST_BUTTONS} buttons fit beside *Cancel*: let the person choose with an input instead"
        );
        checker.mistake(&at, "", message);
    }
    let mut seen = BTreeSet::new();
    if question.buttons.iter().any(|button| button.value.is_empty() || !seen.insert(&button.value)) {
        checker.mistake(&at, "", "the values of buttons must be unique and not empty");
    }
    let in_english = checker.has_mistakes();
    inputs(checker, &below(&path, &["inputs"]), question, earlier, known);
    for language in Language::ALL {
        let translated = recipe.translation(language).is_some_and(|it| it.ask.contains_key(&step.id));
        let read = recipe.in_language(language);
        let Some(question) = read.steps.get(index).and_then(Step::question) else { continue };
        if translated && !in_english {
            let path = [language.tag(), "ask", step.id.as_str(), "inputs"];
            inputs(checker, &path, question, earlier, known);
        }
    }
}

/// Checks the inputs. In the table of a translation their keys are their ids.
fn inputs(
    checker: &mut Checker<'_>,
    path: &[&str],
    question: &Question,
    earlier: &[StepOutputs],
    known: Known<'_>,
) {
    let place = Place::Question(question, earlier);
    for (index, input) in question.inputs.iter().enumerate() {
        let key = if path.first() == Some(&"steps") { index.to_string() } else { input.id.clone() };
        super::inputs::check(checker, &below(path, &[&key]), input, place, known);
    }
}

#[cfg(test)]
mod tests {
    use crate::tests::{only, recipe_mistakes};

    /// The mistakes of the recipe with a question between its steps, whose answer the last step uses. `ask`
    /// holds its lines, `more` those at the end of the file.
    fn mistakes(ask: &str, more: &str) -> Vec<String> {
        let list = "[[steps]]\nid = \"list\"\napp = \"app\"\naction = \"list_notes\"\n\n";
        let question = format!("{list}[[steps]]\nid = \"which\"\n\n[steps.ask]\n{ask}\n\n");
        let second = "[[steps]]\nid = \"second\"";
        let (before, after) = ("text = \"{{ steps.first.id }}\"\n", "text = \"{{ steps.which.note.id }}\"\n");
        let recipe = crate::tests::RECIPE
            .replace(second, &format!("{question}{second}"))
            .replace(before, &format!("{after}{more}"));
        crate::tests::mistakes_of_recipe(recipe)
    }

    const NOTE: &str = "text = \"Which of {{ steps.list.notes | length }}?\"\n[[steps.ask.inputs]]\nid = \"note\"\n\
                        label = \"Note\"\ntype = \"choice\"\n";
    const FROM: &str =
        "choices_from = { step = \"list\", items = \"notes\", title = \"/text\", value = \"/id\" }\n";

    #[test]
    fn a_question_offers_what_an_earlier_step_found() {
        assert_eq!(mistakes(&format!("{NOTE}{FROM}"), ""), [""; 0]);
        for (from, problem) in [
            (FROM.replace("\"list\"", "\"second\""), "no earlier step `second`"),
            (FROM.replace("\"notes\"", "\"items\""), "`list` has no output `items`: it has notes"),
            (FROM.replace("/text", "text"), "is not a JSON pointer"),
            (
                FROM.replace("step = \"list\"", "app = \"app\", action = \"list_notes\""),
                "let an earlier step",
            ),
            (FROM.replace("step = \"list\"", "app = \"app\", step = \"list\""), "or `step`"),
            (format!("{FROM}default = \"7\"\n"), "has no default"),
            (format!("{FROM}choices = [{{ title = \"A\", value = \"a\" }}]\n"), "remove `choices`"),
        ] {
            let found = mistakes(&format!("{NOTE}{from}"), "");
            assert!(found.iter().any(|mistake| mistake.contains(problem)), "{problem}: {found:?}");
        }
        let of_command = recipe_mistakes("type = \"text\"\n", &format!("type = \"choice\"\n{FROM}"));
        assert!(only(of_command).contains("only a question can offer the output of a step"));
    }

    #[test]
    fn a_step_calls_an_app_or_asks() {
        for step in ["app = \"app\"", "ask = { text = \"?\" }\napp = \"app\"\naction = \"add_note\"", ""] {
            let found = recipe_mistakes("app = \"app\"\naction = \"add_note\"", step);
            let problem = "a step has either `app` and `action`, or `ask`";
            assert!(found.iter().any(|mistake| mistake.contains(problem)), "{step}: {found:?}");
        }
    }

    #[test]
    fn the_text_knows_earlier_steps_and_asks_first_whether_they_were_done() {
        let with_text = |text: &str| {
            let ask = format!("{NOTE}{FROM}");
            mistakes(&ask.replace("{{ steps.list.notes | length }}", text), "")
        };
        assert!(only(with_text("{{ steps.second.id }}")).contains("`steps.second` does not exist"));
        assert!(only(with_text("{{ steps.list.link }}")).contains("`steps.list` has no `link`"));
        let ask = format!("{NOTE}{FROM}");
        let conditional = crate::tests::RECIPE.replace(
            "[[steps]]\nid = \"second\"",
            &format!(
                "[[steps]]\nid = \"list\"\napp = \"app\"\naction = \"list_notes\"\nwhen = \"inputs.loud\"\n\n\
                 [[steps]]\nid = \"which\"\n[steps.ask]\n{ask}\n[[steps]]\nid = \"second\""
            ),
        );
        let recipe = conditional.replace("{{ steps.first.id }}\"\n", "{{ steps.which.note.id }}\"\n");
        let found = crate::tests::mistakes_of_recipe(recipe.clone());
        assert!(found.iter().any(|mistake| mistake.contains("the step `list` may be skipped")), "{found:?}");
        let asked = recipe.replace("id = \"which\"\n", "id = \"which\"\nwhen = \"steps.list\"\n");
        let found = crate::tests::mistakes_of_recipe(asked);
        assert!(only(found).contains("the step `which` may be skipped"));
    }

    #[test]
    fn an_answer_is_used_and_buttons_can_be_told_apart() {
        let buttons = |buttons: &str, used: &str| {
            let ask = format!("text = \"Sure?\"\nbuttons = [{buttons}]\n");
            let recipe = crate::tests::RECIPE
                .replace(
                    "[[steps]]\nid = \"second\"",
                    &format!("[[steps]]\nid = \"sure\"\n[steps.ask]\n{ask}\n[[steps]]\nid = \"second\""),
                )
                .replace("when = \"inputs.loud\"", &format!("when = \"inputs.loud{used}\""));
            crate::tests::mistakes_of_recipe(recipe)
        };
        let (yes, no) = ("{ title = \"Yes\", value = \"yes\" }", "{ title = \"No\", value = \"no\" }");
        let two = format!("{yes}, {no}");
        let used = " and steps.sure.button == 'yes'";
        assert_eq!(buttons(&two, used), [""; 0]);
        assert_eq!(buttons(yes, ""), [""; 0], "one button only confirms");
        assert!(only(buttons(&two, "")).contains("`steps.sure.button` is never used"));
        assert!(only(buttons(&format!("{yes}, {yes}"), used)).contains("must be unique"));
        assert!(
            only(buttons(&format!("{two}, {{ title = \"Later\", value = \"later\" }}"), used))
                .contains("at most 2")
        );
        assert!(only(buttons("{ title = \"\", value = \"yes\" }", used)).contains("`title` is empty"));
        let unused = mistakes(
            &format!("{NOTE}{FROM}[[steps.ask.inputs]]\nid = \"why\"\nlabel = \"Why\"\ntype = \"text\""),
            "",
        );
        assert!(only(unused).contains("`steps.which.why` is never used"));
        let reserved = mistakes(&format!("{NOTE}{FROM}").replace("id = \"note\"", "id = \"button\""), "");
        assert!(reserved.iter().any(|mistake| mistake.contains("is reserved in cards")), "{reserved:?}");
    }

    #[test]
    fn a_question_is_checked_in_every_language() {
        let ask = format!("{NOTE}{FROM}");
        let german = |lines: &str| mistakes(&ask, &format!("\n[de.ask.which]\n{lines}\n"));
        assert_eq!(german("text = \"Welche?\"\n[de.ask.which.inputs.note]\nlabel = \"Notiz\""), [""; 0]);
        assert!(only(german("text = \"{{ steps.list.x }}\"")).contains("`steps.list` has no `x`"));
        assert!(only(german("[de.ask.which.inputs.no]\nlabel = \"Notiz\"")).contains("no such input `no`"));
        assert!(only(german("buttons = { yes = \"Ja\" }")).contains("has no button `yes`"));
        let unknown = mistakes(&ask, "\n[de.ask.first]\ntext = \"Welche?\"\n");
        assert!(only(unknown).contains("no question `first`"));
    }
}
