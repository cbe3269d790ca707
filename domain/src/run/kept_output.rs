//! What a run stores of the apps' responses.
//!
//! While it runs: the fields that later steps and the reply use, within [`MOST_KEPT`]. Once it is over: link
//! and account of each step, for the person's history.

use serde_json::{Map, Value};
use std::collections::BTreeMap;

use super::state::{Run, RunState, StepRecord};
use crate::catalog::Catalog;

/// Limit for all outputs of a run together, in bytes of JSON. A run's row is read and written as a whole.
pub const MOST_KEPT: usize = 256 * 1024;
/// Limit for a link, in bytes. Browsers and Teams do not open longer ones reliably.
pub(crate) const LONGEST_LINK: usize = 2048;

/// Returns the length of a value as JSON, in bytes.
#[must_use]
pub fn size(value: &Value) -> usize {
    serde_json::to_vec(value).map_or(usize::MAX, |text| text.len())
}

/// Whether a link has the scheme `http` or `https`. Links in apps' responses with any other scheme are never
/// shown.
///
/// ```
/// use workbot_domain::run::is_web;
///
/// assert!(is_web("https://acme.my.salesforce.com/006"));
/// assert!(!is_web("javascript:alert(1)"));
/// ```
#[must_use]
pub fn is_web(link: &str) -> bool {
    link.starts_with("https://") || link.starts_with("http://")
}

impl Run {
    /// Returns the address of the record of the last step that has one.
    #[must_use]
    pub fn link(&self) -> Option<&str> {
        self.steps.iter().rev().find_map(|record| {
            let StepRecord::Done { output, .. } = record else { return None };
            output.get("link").and_then(Value::as_str).filter(|link| is_web(link))
        })
    }

    /// Returns the part of a step's output that is stored, or `None` if a read exceeds the limit. The output
    /// of a write is shortened instead, because the write has happened.
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
            .map(|(_, record)| match record {
                StepRecord::Done { output, .. } => size(output),
                StepRecord::Answered { answer } => size_of(answer),
                StepRecord::Pending | StepRecord::Intended | StepRecord::Skipped => 0,
            })
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

    /// Serializes the run for storage. A run that is ending, over or cancelled is stored without inputs and
    /// outputs.
    ///
    /// # Errors
    /// Serialization does not fail for any value of a run. The error keeps a failure from replacing a stored
    /// run with an empty one.
    pub fn stored(&self) -> Result<String, serde_json::Error> {
        match self.state {
            RunState::Replying(_) | RunState::Over { .. } | RunState::Cancelled => {
                serde_json::to_string(&self.remembered())
            }
            RunState::Running
            | RunState::WaitingInput { .. }
            | RunState::WaitingLogin { .. }
            | RunState::WaitingConfirmation
            | RunState::WaitingAnswer { .. }
            | RunState::WaitingApproval { .. } => serde_json::to_string(self),
        }
    }

    /// Returns the run as it is stored after its last call: account and link of each step, no inputs, no
    /// answers, no form, no contact.
    fn remembered(&self) -> Self {
        let step = |record: &StepRecord| match record {
            StepRecord::Done { output, account } => {
                let link = output.get("link").map(|link| ("link".to_owned(), link.clone()));
                StepRecord::Done {
                    output: Value::Object(link.into_iter().collect()),
                    account: account.clone(),
                }
            }
            StepRecord::Answered { .. } => StepRecord::Answered { answer: Map::new() },
            StepRecord::Pending | StepRecord::Intended | StepRecord::Skipped => record.clone(),
        };
        let steps = self.steps.iter().map(step).collect();
        let titles = BTreeMap::new();
        Self { inputs: Map::new(), titles, form: None, contact: None, steps, ..self.clone() }
    }
}

fn size_of(output: &Map<String, Value>) -> usize {
    output.iter().map(|(name, value)| name.len() + size(value) + 4).sum()
}

/// Sets the largest values to `null` until the rest fits into `room` bytes. The link and all names stay, so
/// that templates still resolve.
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

    /// A run of `find account` with Salesforce's response recorded.
    fn found(records: Value) -> Run {
        let catalog = catalog_of_four_steps();
        let id = RecipeId::parse("find-account").unwrap();
        let given = [("name".to_owned(), "Acme".to_owned())].into();
        let asked_by = (run().conversation, "Ada".to_owned());
        let mut run = Run::new(run().id, &id, &catalog.recipes[&id], given, asked_by, Timestamp(1));
        let as_person = vec![AppId::parse("salesforce").unwrap()];
        run.membership = Some(crate::membership::Membership::Member);
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
    fn a_run_stores_the_fields_used_later_and_the_link() {
        let records = json!([{"Id": "001", "Name": "Acme"}]);
        let run = found(records.clone());
        assert_eq!(output(&run, 0), &json!({"records": records, "link": "https://acme.example"}));
        let mut catalog = catalog_of_four_steps();
        catalog.kept.clear();
        let mut unknown = run.clone();
        unknown.record_outcome(&Purpose::Step(0), Outcome::Done(json!({"secret": "x"})), "a", &catalog);
        assert_eq!(output(&unknown, 0), &json!({"secret": "x"}), "without known names everything is kept");
    }

    #[test]
    fn a_read_beyond_the_limit_asks_for_a_narrower_search() {
        let run = found(json!(["x".repeat(MOST_KEPT)]));
        let RunState::Replying(Ending { end, .. }) = &run.state else { panic!("{:?}", run.state) };
        assert_eq!(*end, RunEnd::TooMuch { app: AppId::parse("salesforce").unwrap() });
        assert!(run.stored().unwrap().len() < 4096);
    }

    #[test]
    fn a_write_beyond_the_limit_is_reported_as_done_with_its_link() {
        let catalog = catalog_of_four_steps();
        let mut run = halfway(&catalog);
        let link = "https://acme.my.salesforce.com/006";
        let response = json!({"id": "7", "link": link, "number": "x".repeat(MOST_KEPT)});
        run.record_outcome(&Purpose::Step(3), Outcome::Done(response), "ada@contoso.com", &catalog);
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
    fn a_reply_reads_the_same_from_the_stored_fields_as_from_the_whole_response() {
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
            let Next::Finish(RunEnd::Succeeded { reply, .. }) =
                next(&run, catalog, &|_| true, &|_| Ok(()), &|_, _| Ok(()), run.created_at)
            else {
                panic!("{run:?}")
            };
            reply
        };
        assert_eq!(reply(&catalog), reply(&whole));
    }
}
