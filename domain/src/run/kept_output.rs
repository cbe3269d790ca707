//! What a run keeps of what apps answer: what later steps and the reply name, and that within bounds; once it is over,
//! what its person's history shows.

use serde_json::{Map, Value};

use super::state::{Run, RunState, StepRecord};
use crate::catalog::Catalog;

/// So much is kept of all outputs of a run, in bytes of JSON: its row is written and read as one.
pub const MOST_KEPT: usize = 256 * 1024;
/// A longer address is no link that somebody could open.
pub(crate) const LONGEST_LINK: usize = 2048;

/// How long a value is as JSON, in bytes.
#[must_use]
pub fn size(value: &Value) -> usize {
    serde_json::to_vec(value).map_or(usize::MAX, |text| text.len())
}

/// What an app answers is opened by nobody unless it is an address of the web.
#[must_use]
pub fn is_web(link: &str) -> bool {
    link.starts_with("https://") || link.starts_with("http://")
}

impl Run {
    /// What is kept of a step's output; `None` when that is too much. Of a write, which was done, all is kept that fits.
    pub(super) fn kept_output(
        &self,
        step: usize,
        output: Value,
        writes: bool,
        catalog: &Catalog,
    ) -> Option<Value> {
        let named = catalog.kept(&self.recipe, step);
        let Value::Object(mut output) = output else { return Some(output) };
        output.retain(|name, value| match value.as_str() {
            Some(link) if name == "link" => link.len() <= LONGEST_LINK,
            _ => name == "link" || named.is_none_or(|named| named.contains(name)),
        });
        let others = self.steps.iter().enumerate().filter(|(index, _)| *index != step);
        let others: usize = others
            .map(|(_, record)| if let StepRecord::Done { output, .. } = record { size(output) } else { 0 })
            .sum();
        let room = MOST_KEPT.saturating_sub(others);
        if size_of(&output) > room {
            if !writes {
                return None;
            }
            truncate(&mut output, room);
        }
        Some(Value::Object(output))
    }

    /// As it is stored.
    ///
    /// # Errors
    /// None with what a run holds; an error would have to keep it from being stored over a good one.
    pub fn stored(&self) -> Result<String, serde_json::Error> {
        match self.state {
            RunState::Replying(_) | RunState::Over { .. } | RunState::Cancelled => {
                serde_json::to_string(&self.remembered())
            }
            RunState::Running
            | RunState::WaitingInput { .. }
            | RunState::WaitingLogin { .. }
            | RunState::WaitingConfirmation => serde_json::to_string(self),
        }
    }

    /// What is left of it once nothing more is done: of each step its account and link.
    fn remembered(&self) -> Self {
        let step = |record: &StepRecord| match record {
            StepRecord::Done { output, account } => {
                let link = output.get("link").map(|link| ("link".to_owned(), link.clone()));
                StepRecord::Done {
                    output: Value::Object(link.into_iter().collect()),
                    account: account.clone(),
                }
            }
            other => other.clone(),
        };
        let steps = self.steps.iter().map(step).collect();
        Self { inputs: Map::new(), form: None, contact: None, steps, ..self.clone() }
    }
}

fn size_of(output: &Map<String, Value>) -> usize {
    output.iter().map(|(name, value)| name.len() + size(value) + 4).sum()
}

/// Takes the largest values out until the rest fits; the link stays. A name that is named later stays one.
fn truncate(output: &mut Map<String, Value>, room: usize) {
    while size_of(output) > room {
        let largest = output.iter_mut().filter(|(name, value)| *name != "link" && !value.is_null());
        let Some((_, value)) = largest.max_by_key(|(_, value)| size(value)) else { return };
        *value = Value::Null;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::Outcome;
    use crate::catalog::tests::catalog_of_four_steps;
    use crate::run::next::tests::{halfway, run};
    use crate::run::{Ending, Next, Purpose, RunEnd, RunSettings, next};
    use crate::time::Timestamp;
    use serde_json::json;
    use workbot_shared::{AppId, RecipeId};

    /// A run that looks for accounts, and what Salesforce answers.
    fn found(records: Value) -> Run {
        let catalog = catalog_of_four_steps();
        let id = RecipeId::parse("find-account").unwrap();
        let given = [("name".to_owned(), "Acme".to_owned())].into();
        let asked_by = (run().conversation, "Ada".to_owned());
        let mut run = Run::new(run().id, &id, &catalog.recipes[&id], given, asked_by, Timestamp(1));
        let as_person = vec![AppId::parse("salesforce").unwrap()];
        run.membership = Some(crate::roster::Membership::Member);
        run.settings = Some(RunSettings { enabled: true, guests: false, as_person });
        let output = json!({"records": records, "total": 7, "secret": "x", "link": "https://acme.example"});
        run.record_outcome(&Purpose::Step(0), Outcome::Done(output), "ada@contoso.com", &catalog);
        run
    }

    fn output(run: &Run, step: usize) -> &Value {
        let StepRecord::Done { output, .. } = &run.steps[step] else { panic!("{:?}", run.steps[step]) };
        output
    }

    #[test]
    fn of_an_answer_a_run_keeps_what_is_named_later_and_the_link() {
        let records = json!([{"Id": "001", "Name": "Acme"}]);
        let run = found(records.clone());
        assert_eq!(output(&run, 0), &json!({"records": records, "link": "https://acme.example"}));
        let mut catalog = catalog_of_four_steps();
        catalog.kept.clear();
        let mut unknown = run.clone();
        unknown.record_outcome(&Purpose::Step(0), Outcome::Done(json!({"secret": "x"})), "a", &catalog);
        assert_eq!(output(&unknown, 0), &json!({"secret": "x"}), "where nothing is known, all is kept");
    }

    #[test]
    fn a_read_that_brings_more_than_can_be_kept_asks_for_a_narrower_search() {
        let run = found(json!(["x".repeat(MOST_KEPT)]));
        let RunState::Replying(Ending { end, .. }) = &run.state else { panic!("{:?}", run.state) };
        assert_eq!(*end, RunEnd::TooMuch { app: AppId::parse("salesforce").unwrap() });
        assert!(run.stored().unwrap().len() < 4096);
    }

    #[test]
    fn a_write_that_answers_with_more_than_can_be_kept_is_told_as_done_with_its_link() {
        let catalog = catalog_of_four_steps();
        let mut run = halfway(&catalog);
        let link = "https://acme.my.salesforce.com/006";
        let answer = json!({"id": "7", "link": link, "number": "x".repeat(MOST_KEPT)});
        run.record_outcome(&Purpose::Step(3), Outcome::Done(answer), "ada@contoso.com", &catalog);
        assert_eq!(output(&run, 3)["link"], json!(link));
        assert!(run.stored().unwrap().len() < MOST_KEPT, "{}", run.stored().unwrap().len());
        assert!(run.has_effects() && run.state == RunState::Running);
    }

    #[test]
    fn all_outputs_together_are_bounded() {
        let mut run = found(json!(["x".repeat(MOST_KEPT / 2)]));
        assert_eq!(run.state, RunState::Running);
        run.steps.push(StepRecord::Done {
            output: json!({"a": "x".repeat(MOST_KEPT / 2)}),
            account: String::new(),
        });
        let again = json!({"records": ["x".repeat(MOST_KEPT / 2)]});
        assert_eq!(run.kept_output(0, again, false, &catalog_of_four_steps()), None);
    }

    #[test]
    fn a_reply_says_the_same_of_what_is_kept_as_of_the_whole_answer() {
        let catalog = catalog_of_four_steps();
        let mut whole = catalog.clone();
        whole.kept.clear();
        let reply = |catalog: &Catalog| {
            let mut run = halfway(catalog);
            let output =
                json!({"id": "7", "number": "REQ1", "more": false, "x": 1, "link": "https://x.example/7"});
            for step in [2, 3] {
                run.record_outcome(&Purpose::Step(step), Outcome::Done(output.clone()), "ada", catalog);
            }
            let Next::Finish(RunEnd::Succeeded { reply }) =
                next(&run, catalog, &|_| true, &|_| Ok(()), run.created_at)
            else {
                panic!("{run:?}")
            };
            reply
        };
        assert_eq!(reply(&catalog), reply(&whole));
    }
}
