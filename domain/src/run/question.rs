//! The question of a step: what the person is asked, and their answer.
//!
//! The rules:
//!
//! - The run waits with its card, as it waits for a form. The answer renews the day for which it may wait,
//!   and the hour after which "Still do it?" is asked: the person has just pressed a button.
//! - An answer counts once, and only for the question that the run waits for: a button of an earlier question
//!   changes nothing.
//! - Of choices from an earlier step, the answer is the whole item.
//! - A question that offers nothing to choose from is never shown. The recipe's file gives such a step a
//!   condition.

use serde_json::{Map, Value};

use super::end::RunEnd;
use super::form::inputs_from_data;
use super::state::{Run, RunState, StepRecord};
use crate::catalog::{Catalog, PRESSED, Question, Recipe, Step};
use crate::input_parsing::{ChoiceOptions, InputError, InputErrors, RawInputs, parse_inputs};
use crate::template::{Target, TemplateError};
use crate::time::Timestamp;

/// The maximal length of a question's text, in characters.
const LONGEST_TEXT: usize = 4000;

/// A question with the values of its run.
#[derive(Debug, Clone, PartialEq)]
pub struct AskedQuestion<'a> {
    /// The question.
    pub question: &'a Question,
    /// Its text, in Markdown, cut after a line if it is too long.
    pub text: String,
    /// The number of the characters that are left out: the person may be asked to confirm them.
    pub left_out: usize,
    /// The choices that earlier steps offer, by input id.
    pub offers: ChoiceOptions,
}

/// What a button of a question's card does.
#[derive(Debug, Clone, PartialEq)]
pub enum AnswerResult {
    /// The run continues.
    Taken {
        /// The answer.
        answer: Map<String, Value>,
    },
    /// The question is asked again, with these values and mistakes.
    Wrong(RawInputs, InputErrors),
    /// The run does not wait for this answer.
    NotAsked,
}

impl Run {
    /// Returns the question that the run waits for, with its step; `None` if it waits for none.
    #[must_use]
    pub fn awaited_question<'a>(&self, recipe: &'a Recipe) -> Option<(&'a Step, &'a Question)> {
        let RunState::WaitingAnswer { step, .. } = &self.state else { return None };
        let step = recipe.steps.get(*step)?;
        Some((step, step.question()?))
    }

    /// Returns the step whose question the run waits for.
    #[must_use]
    pub fn waiting_step<'a>(&self, catalog: &'a Catalog) -> Option<&'a Step> {
        Some(self.awaited_question(catalog.recipes.get(&self.recipe)?)?.0)
    }

    /// Returns a question with the values of this run.
    ///
    /// # Errors
    /// How the run ends because the question cannot be asked.
    pub fn asked_question<'a>(
        &self,
        recipe: &Recipe,
        question: &'a Question,
    ) -> Result<AskedQuestion<'a>, RunEnd> {
        let values = self.values(recipe);
        let offers = question.offers(&values);
        let (text, left_out) =
            self.question_text(question, &values).map_err(|error| self.template_failure(&error))?;
        let lacks_choices = question.inputs.iter().any(|input| {
            let from = input.choices_from.as_ref();
            input.required && from.is_some() && offers.get(&input.id).is_none_or(Vec::is_empty)
        });
        if lacks_choices {
            return Err(RunEnd::RecipeMistake);
        }
        Ok(AskedQuestion { question, text, left_out, offers })
    }

    /// Returns the text, cut after a line if it is too long, and the number of the characters left out.
    fn question_text(&self, question: &Question, values: &Value) -> Result<(String, usize), TemplateError> {
        let text = question.text.render(Target::Markdown(self.language), values)?;
        let (mut shown, mut room, mut more) = (Vec::new(), LONGEST_TEXT, 0);
        for line in text.trim().lines() {
            let length = line.chars().count() + 1;
            match room.checked_sub(length) {
                Some(left) if more == 0 => {
                    room = left;
                    shown.push(line);
                }
                _ => more += length,
            }
        }
        Ok((shown.join("\n"), more))
    }

    /// Takes the answer from the data of a button, which names the step. The run continues if the answer is
    /// complete.
    pub fn answer(&mut self, recipe: &Recipe, data: &Value, now: Timestamp) -> AnswerResult {
        let text = |name: &str| data.get(name).and_then(Value::as_str);
        let (RunState::WaitingAnswer { step: index, .. }, Some((step, question))) =
            (self.state.clone(), self.awaited_question(recipe))
        else {
            return AnswerResult::NotAsked;
        };
        let pressed = question.buttons.iter().find(|button| Some(button.value.as_str()) == text(PRESSED));
        if text("step") != Some(step.id.as_str()) || (pressed.is_none() && !question.buttons.is_empty()) {
            return AnswerResult::NotAsked;
        }
        let given = inputs_from_data(&question.inputs, data);
        let values = self.values(recipe);
        let mut answer = match parse_inputs(&question.inputs, &given, &question.offers(&values)) {
            Ok(answer) => answer,
            Err(mistakes) => return AnswerResult::Wrong(given, mistakes),
        };
        if let Err(mistakes) = choose_items(question, &values, &mut answer) {
            return AnswerResult::Wrong(given, mistakes);
        }
        answer.extend(pressed.map(|button| (PRESSED.to_owned(), button.value.as_str().into())));
        self.set(index, StepRecord::Answered { answer: answer.clone() });
        self.state = RunState::Running;
        self.created_at = now;
        AnswerResult::Taken { answer }
    }
}

/// Replaces the values of choices from earlier steps by their items.
fn choose_items(
    question: &Question,
    values: &Value,
    answer: &mut Map<String, Value>,
) -> Result<(), InputErrors> {
    for input in &question.inputs {
        let Some(from) = &input.choices_from else { continue };
        let Some(Value::String(value)) = answer.get(&input.id) else { continue };
        let output = from.step().and_then(|step| values.get("steps")?.get(step));
        let Some(item) = output.and_then(|output| from.item(output, value)) else {
            return Err([(input.id.clone(), InputError::NotAChoice)].into());
        };
        answer.insert(input.id.clone(), item.clone());
    }
    Ok(())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::call::Outcome;
    use crate::catalog::tests::real_catalog;
    use crate::recipe_command::find_command;
    use crate::run::next::tests::run;
    use crate::run::{Next, Purpose, RECONFIRM_AFTER, RecipeOverrides, RunSettings, next};
    use serde_json::json;
    use workbot_shared::Language;

    /// A run of *Win deal* whose search found two opportunities.
    pub(crate) fn found(catalog: &Catalog) -> Run {
        let command = find_command(catalog, "win deal opportunity: Acme").unwrap();
        let like = run();
        let asked_by = (like.conversation, like.person);
        let inputs = command.raw_inputs(Language::En);
        let mut run = Run::new(like.id, command.id, command.recipe, inputs, asked_by, like.created_at);
        run.membership = like.membership;
        run.settings = Some(RunSettings::of(command.recipe, catalog, &RecipeOverrides::default()));
        let records = json!([{"Id": "006A", "Name": "Acme *A*"}, {"Id": "006B", "Name": "Acme B"}]);
        let output = json!({"total": 2, "first_id": "006A", "first_name": "Acme *A*", "records": records});
        run.record_outcome(&Purpose::Step(0), Outcome::Done(output), "ada@contoso.com", catalog);
        run
    }

    fn asking(catalog: &Catalog) -> Run {
        Run { state: RunState::WaitingAnswer { card: Some("card".into()), step: 1 }, ..found(catalog) }
    }

    fn ask(run: &Run, catalog: &Catalog) -> Next {
        next(run, catalog, &|_| true, &|_| Ok(()), &|_, _| Ok(()), run.created_at)
    }

    fn recipe<'a>(run: &Run, catalog: &'a Catalog) -> &'a Recipe {
        &catalog.recipes[&run.recipe]
    }

    #[test]
    fn a_run_asks_and_waits_and_goes_on_with_the_item_that_was_chosen() {
        let catalog = real_catalog();
        let run = found(&catalog);
        assert_eq!(ask(&run, &catalog), Next::AskQuestion { step: 1 });
        let crashed = Run { state: RunState::WaitingAnswer { card: None, step: 1 }, ..run.clone() };
        assert_eq!(ask(&crashed, &catalog), Next::AskQuestion { step: 1 }, "its card was not posted");
        let mut asking = asking(&catalog);
        assert_eq!(ask(&asking, &catalog), Next::Wait);
        assert!(asking.waits() && asking.has_to_be_stored(&catalog) && !asking.has_written(&catalog));
        let later = asking.created_at + RECONFIRM_AFTER * 2;
        let data = json!({"step": "which", "opportunity": "006B", "run": "x"});
        let AnswerResult::Taken { answer } = asking.answer(recipe(&run, &catalog), &data, later) else {
            panic!("{:?}", asking.state)
        };
        assert_eq!(answer["opportunity"]["Name"], "Acme B");
        let Next::Call(call) = ask(&asking, &catalog) else { panic!("{:?}", ask(&asking, &catalog)) };
        assert_eq!((&call.with["id"], call.writes), (&json!("006B"), true), "confirmed by the answer");
        let again = asking.answer(recipe(&run, &catalog), &data, later);
        assert_eq!(again, AnswerResult::NotAsked, "a button counts once");
    }

    #[test]
    fn a_single_result_is_not_asked_about() {
        let catalog = real_catalog();
        let mut run = found(&catalog);
        let output = json!({"total": 1, "first_id": "006A", "first_name": "Acme", "records": [{}]});
        run.record_outcome(&Purpose::Step(0), Outcome::Done(output), "ada@contoso.com", &catalog);
        assert_eq!(ask(&run, &catalog), Next::Skip { step: 1 });
        run.set(1, StepRecord::Skipped);
        assert!(matches!(ask(&run, &catalog), Next::Call(call) if call.with["id"] == "006A"));
    }

    #[test]
    fn a_wrong_answer_is_asked_for_again_and_changes_nothing() {
        let catalog = real_catalog();
        let mut asking = asking(&catalog);
        let before = asking.clone();
        for (chosen, mistake) in
            [("006C", InputError::NotAChoice), ("", InputError::Missing), ("Acme", InputError::NotAChoice)]
        {
            let data = json!({"step": "which", "opportunity": chosen});
            let AnswerResult::Wrong(given, mistakes) =
                asking.answer(recipe(&before, &catalog), &data, before.created_at)
            else {
                panic!("{chosen}")
            };
            assert_eq!((given["opportunity"].as_str(), &mistakes["opportunity"]), (chosen, &mistake));
        }
        for data in [json!({}), json!({"step": "closed", "opportunity": "006A"}), json!({"step": 1})] {
            let result = asking.answer(recipe(&before, &catalog), &data, before.created_at);
            assert_eq!(result, AnswerResult::NotAsked, "{data}");
        }
        assert_eq!(asking, before);
    }

    #[test]
    fn a_button_answers_too_and_only_one_of_its_own() {
        let mut catalog = real_catalog();
        let run = asking(&catalog);
        let step = &mut catalog.recipes.get_mut(&run.recipe).unwrap().steps[1];
        let question: Question = serde_json::from_value(json!({
            "text": "{{ steps.found.total }} found",
            "inputs": [{"id": "why", "label": "Why", "type": "text", "required": false}],
            "buttons": [{"title": "Take it", "value": "yes"}, {"title": "Leave it", "value": "no"}]
        }))
        .unwrap();
        step.kind = crate::catalog::StepKind::Ask(question);
        let pressed = |button: &str| {
            let data = json!({"step": "which", "button": button, "why": "Because"});
            run.clone().answer(recipe(&run, &catalog), &data, run.created_at)
        };
        let AnswerResult::Taken { answer } = pressed("no") else { panic!() };
        assert_eq!(Value::Object(answer), json!({"why": "Because", "button": "no"}));
        assert_eq!(pressed("maybe"), AnswerResult::NotAsked);
    }

    #[test]
    fn a_question_without_choices_is_never_shown_and_a_long_text_is_cut() {
        let mut catalog = real_catalog();
        let run = found(&catalog);
        let step = &mut catalog.recipes.get_mut(&run.recipe).unwrap().steps[1];
        let crate::catalog::StepKind::Ask(question) = &mut step.kind else { panic!() };
        question.text = crate::template::Template(
            "{% for one in steps.found.records %}- {{ one.Name }}\n{% endfor %}".into(),
        );
        let shown = |run: &Run, catalog: &Catalog| {
            let question = recipe(run, catalog).steps[1].question().unwrap();
            run.asked_question(recipe(run, catalog), question).map(|asked| (asked.text, asked.left_out))
        };
        assert_eq!(shown(&run, &catalog).unwrap(), ("- Acme \\*A\\*\n- Acme B".to_owned(), 0));
        let mut many = run.clone();
        let records = vec![json!({"Id": "1", "Name": "n".repeat(300)}); 40];
        many.set(
            0,
            StepRecord::Done { output: json!({"records": records, "total": 40}), account: String::new() },
        );
        let (text, left_out) = shown(&many, &catalog).unwrap();
        assert!(text.len() > 3000 && text.len() <= LONGEST_TEXT && text.ends_with('n'), "{}", text.len());
        assert_eq!(left_out, 8181);
        many.set(0, StepRecord::Done { output: json!({"records": [], "total": 40}), account: String::new() });
        assert_eq!(ask(&many, &catalog), Next::Finish(RunEnd::RecipeMistake));
    }

    #[test]
    fn an_answer_is_dropped_with_the_inputs_and_is_no_effect() {
        let catalog = real_catalog();
        let mut run = Run { steps: vec![StepRecord::Pending; 6], ..asking(&catalog) };
        run.set(
            1,
            StepRecord::Answered { answer: json!({"opportunity": "secret"}).as_object().unwrap().clone() },
        );
        assert!(!run.has_effects() && run.stored().unwrap().contains("secret"));
        run.state = RunState::Cancelled;
        assert!(!run.stored().unwrap().contains("secret"));
    }
}
