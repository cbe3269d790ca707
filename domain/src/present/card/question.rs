//! The card with the question of a step.

use serde_json::{Value, json};
use workbot_shared::{RecipeId, RunId};

use super::form::{cancel, fields, submit};
use super::{card, line, title};
use crate::catalog::{Input, PRESSED, Recipe, Step};
use crate::input_parsing::{InputErrors, RawInputs};
use crate::present::text::Texts;
use crate::run::AskedQuestion;

/// Asks the question of a step. The fields hold the given values, and each mistake is shown below its field.
#[must_use]
pub fn question(
    words: Texts,
    run: &RunId,
    (id, recipe, step): (&RecipeId, &Recipe, &Step),
    asked: &AskedQuestion<'_>,
    (given, mistakes): (&RawInputs, &InputErrors),
) -> Value {
    let AskedQuestion { question, text, left_out, offers } = asked;
    let mut body = vec![title(&words.needs_your_answer(&recipe.name)), line(text)];
    if *left_out > 0 {
        body.push(line(words.more_characters(*left_out).trim_start()));
    }
    // An optional input with nothing to choose from is left out.
    let is_shown = |input: &&Input| {
        input.choices_from.is_none() || offers.get(&input.id).is_some_and(|offers| !offers.is_empty())
    };
    let inputs: Vec<_> = question.inputs.iter().filter(is_shown).cloned().collect();
    body.extend(fields(words, &inputs, (given, offers, mistakes), true));
    let data = |pressed: Option<&str>| {
        let mut data = json!({ "verb": "recipe.submit", "recipe": id, "run": run, "step": step.id });
        if let (Some(data), Some(pressed)) = (data.as_object_mut(), pressed) {
            data.insert(PRESSED.to_owned(), pressed.into());
        }
        data
    };
    let buttons = question.buttons.iter().enumerate();
    let mut actions: Vec<_> = buttons
        .map(|(index, button)| submit(&button.title, &data(Some(&button.value)), index == 0))
        .collect();
    if actions.is_empty() {
        actions.push(submit(words.go_on(), &data(None), true));
    }
    actions.push(cancel(words, run));
    card(body, actions)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::catalog::tests::real_catalog;
    use crate::catalog::{Choice, Question};
    use crate::input_parsing::{ChoiceOptions, InputError};
    use crate::template::Template;
    use workbot_shared::Language;

    /// The question of *Win deal*, and one with buttons and all kinds of inputs.
    pub(in super::super) fn all(words: Texts) -> Vec<(&'static str, Value)> {
        let catalog = real_catalog().in_language(words.0);
        let id = RecipeId::parse("win-deal").unwrap();
        let (recipe, run) = (&catalog.recipes[&id], RunId::parse("0123456789abcdef").unwrap());
        let step = recipe.steps.iter().find(|step| step.id == "which").unwrap();
        let choices = [("Acme *A*", "006A"), ("Acme B", "006B")];
        let choices = choices.map(|(title, value)| Choice { title: title.into(), value: value.into() });
        let offers: ChoiceOptions = [("opportunity".to_owned(), choices.to_vec())].into();
        let asked =
            AskedQuestion { question: step.question().unwrap(), text: "?".into(), left_out: 0, offers };
        let given = [("opportunity".to_owned(), "006C".to_owned())].into();
        let mistakes = [("opportunity".to_owned(), InputError::NotAChoice)].into();
        let of = (&id, recipe, step);
        let shown = |asked, given, mistakes| question(words, &run, of, asked, (given, mistakes));
        let buttons = ["yes", "no"].map(|value| Choice { title: value.into(), value: value.into() });
        let inputs = recipe.inputs.clone();
        let with_buttons = Question { text: Template("?".into()), inputs, buttons: buttons.to_vec() };
        let offers = ChoiceOptions::new();
        let of_all_kinds = AskedQuestion { question: &with_buttons, text: "?".into(), left_out: 7, offers };
        vec![
            ("question", shown(&asked, &RawInputs::new(), &InputErrors::new())),
            ("question again", shown(&asked, &given, &mistakes)),
            ("question with buttons", shown(&of_all_kinds, &RawInputs::new(), &InputErrors::new())),
        ]
    }

    #[test]
    fn a_question_offers_its_choices_and_each_button_names_its_step() {
        let cards = all(Texts(Language::En));
        let body = cards[0].1["body"].as_array().unwrap();
        let field = body.iter().find(|field| field["id"] == "opportunity").unwrap();
        assert_eq!((&field["choices"][1]["value"], field.get("placeholder")), (&json!("006B"), None));
        let actions = cards[0].1["actions"].as_array().unwrap();
        let titles: Vec<_> = actions.iter().map(|action| action["title"].as_str().unwrap()).collect();
        assert_eq!((titles, &actions[0]["data"]["step"]), (vec!["Continue", "Cancel"], &json!("which")));
        assert!(cards[1].1.to_string().contains("must be one of the choices"));
        let actions = cards[2].1["actions"].as_array().unwrap();
        let pressed: Vec<_> = actions.iter().map(|action| action["data"][PRESSED].as_str()).collect();
        assert_eq!(pressed, [Some("yes"), Some("no"), None]);
        assert!(cards[2].1.to_string().contains("\"… 7 more characters\""), "{}", cards[2].1);
    }
}
