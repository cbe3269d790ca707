//! What is said at a run's end: what was done, with links, and as whom; if it ended early, also what was not done.

use serde_json::Value;
use workbot_shared::AppId;

use super::{Run, StepRecord};
use crate::catalogue::{Action, Catalogue, Recipe, ReplyIn, Step};
use crate::roster::Standing;
use crate::template::{Target, TemplateError, markdown_link};

impl Run {
    /// Whether the result goes to the place of the command, without the account.
    #[must_use]
    pub fn replies_here(&self, recipe: &Recipe) -> bool {
        recipe.reply_in == ReplyIn::Here && !self.conversation.is_private()
    }

    /// Whether an outsider gave the command. They read the refusal there: the bot has no chat with people of another
    /// tenant, and the refusal holds nothing private.
    #[must_use]
    pub fn is_by_an_outsider(&self) -> bool {
        self.standing == Some(Standing::Outsider)
    }

    /// The reply of a run that went through.
    pub(super) fn reply(&self, recipe: &Recipe) -> Result<String, TemplateError> {
        let said =
            recipe.reply.render(Target::Markdown(self.language), &self.values(recipe))?.trim().to_owned();
        Ok(self.signed(recipe, said, None))
    }

    /// The reply of a run that ends early. `refused`: the app that would not do it, and the account that asked.
    pub(super) fn ended(
        &self,
        why: String,
        refused: Option<(&AppId, &str)>,
        catalogue: &Catalogue,
    ) -> String {
        let Some(recipe) = catalogue.recipes.get(&self.recipe) else { return why };
        let why = self.with_doubt(why, recipe, catalogue);
        let said = match self.so_far(recipe, catalogue) {
            Some(so_far) if so_far.contains('\n') => format!("{why}\n\n{so_far}"),
            Some(so_far) => format!("{why} {so_far}"),
            None => why,
        };
        self.signed(recipe, said, refused)
    }

    /// With what is not known, unless that is why it ends.
    fn with_doubt(&self, why: String, recipe: &Recipe, catalogue: &Catalogue) -> String {
        let mut steps = recipe.steps.iter().zip(&self.steps);
        let unsure = steps.find(|(step, record)| **record == StepRecord::Intended && catalogue.writes(step));
        match unsure.map(|(step, _)| self.words().outcome_unknown(catalogue.app_name(&step.app))) {
            Some(unknown) if !why.contains(&unknown) => format!("{why} {unknown}"),
            _ => why,
        }
    }

    /// The app of a write that may have been done and must not be repeated.
    pub(super) fn doubtful<'a>(&self, recipe: &'a Recipe, catalogue: &Catalogue) -> Option<&'a AppId> {
        let mut steps = recipe.steps.iter().zip(&self.steps);
        let is_doubtful = |(step, record): &(&Step, &StepRecord)| {
            let once = |action: &Action| action.writes && !action.idempotent;
            **record == StepRecord::Intended && catalogue.action(step).is_some_and(once)
        };
        steps.find(is_doubtful).map(|(step, _)| &step.app)
    }

    /// That it was cancelled, and what it did before that.
    #[must_use]
    pub fn cancelled(&self, catalogue: &Catalogue) -> String {
        self.ended(self.words().cancelled(&self.name(catalogue)), None, catalogue)
    }

    /// Ends it, because what it needs did not answer for long.
    pub fn give_up(&mut self, catalogue: &Catalogue) {
        let recipe = catalogue.recipes.get(&self.recipe);
        let mut steps = recipe.map_or(&[][..], |recipe| &recipe.steps).iter().zip(&self.steps);
        let unsure = steps.find(|(_, record)| **record == StepRecord::Intended);
        let why = match unsure {
            Some((step, _)) => self.words().outcome_unknown(catalogue.app_name(&step.app)),
            None => self.words().unavailable(),
        };
        self.stop(self.to_report(why), catalogue);
    }

    /// With what finds the log lines, for whoever reports what went wrong.
    pub(super) fn to_report(&self, why: String) -> String {
        if self.correlation.is_empty() {
            return why;
        }
        format!("{why} {}", self.words().if_you_report(&self.correlation))
    }

    /// What it did and what not, as far as that is known.
    fn so_far(&self, recipe: &Recipe, catalogue: &Catalogue) -> Option<String> {
        let (mut done, mut undone) = (Vec::new(), Vec::new());
        for (step, record) in recipe.steps.iter().zip(&self.steps).filter(|(step, _)| catalogue.writes(step))
        {
            let what = step.label.as_deref().unwrap_or_else(|| catalogue.app_name(&step.app));
            match record {
                StepRecord::Done { output, .. } => {
                    let link = output.get("link").and_then(Value::as_str).and_then(markdown_link);
                    done.push((what, link));
                }
                StepRecord::Pending => undone.push(what),
                StepRecord::Intended | StepRecord::Skipped => {}
            }
        }
        undone.dedup();
        if done.is_empty() {
            // Of what is under way nothing is known.
            let certain = !self.steps.contains(&StepRecord::Intended);
            return certain.then(|| self.words().nothing_changed().to_owned());
        }
        let done: Vec<_> = done.iter().map(|(what, link)| (*what, link.as_deref())).collect();
        let done = self.words().done_before(&done);
        Some(if undone.is_empty() {
            format!("- {done}")
        } else {
            format!("- {done}\n- {}", self.words().not_done(&undone))
        })
    }

    /// What is said, with as whom the apps were asked; not where others read it.
    fn signed(&self, recipe: &Recipe, said: String, refused: Option<(&AppId, &str)>) -> String {
        if self.replies_here(recipe) {
            return said;
        }
        let mut by_person = Vec::<&str>::new();
        let mut by_tenant = Vec::<&str>::new();
        let done = recipe.steps.iter().zip(&self.steps).filter_map(|(step, record)| match record {
            StepRecord::Done { account, .. } => Some((&step.app, account.as_str())),
            _ => None,
        });
        for (app, account) in done.chain(refused) {
            let list = if self.is_as_person(app) { &mut by_person } else { &mut by_tenant };
            if !list.contains(&account) {
                list.push(account);
            }
        }
        let as_whom = self.words().as_whom(&by_person, &by_tenant);
        match () {
            () if as_whom.is_empty() => said,
            // Below a list, the last line would read as if it alone were meant.
            () if said.contains('\n') => format!("{said}\n\n{}", self.words().done_as_whom(&as_whom)),
            () => format!("{said} · {as_whom}"),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::call::Outcome;
    use crate::catalogue::tests::catalogue_of_four_steps;
    use crate::command::recognise;
    use crate::event::CorrelationId;
    use crate::run::next::tests::run;
    use crate::run::{Next, Purpose, RunSettings, RunState, SetByAdmin, next};
    use serde_json::json;
    use workbot_shared::Language;

    /// A run over three apps, whose first two steps went through.
    pub(crate) fn halfway(catalogue: &Catalogue) -> Run {
        let command = recognise(catalogue, "win deal opportunity: Acme").unwrap();
        let like = run();
        let asked_by = (like.conversation, like.person);
        let mut run = Run::new(
            like.id,
            command.id,
            command.recipe,
            command.given(Language::En),
            asked_by,
            like.created_at,
        );
        run.standing = Some(Standing::Member);
        run.settings = Some(RunSettings::of(command.recipe, catalogue, &SetByAdmin::default()));
        let found = json!({"total": 1, "first_id": "006", "first_name": "Acme", "records": []});
        let closed = json!({"link": "https://acme.my.salesforce.com/006(1)"});
        for (step, output) in [(0, found), (1, closed)] {
            run.note(&Purpose::Step(step), Outcome::Done(output), "ada@contoso.com", catalogue);
        }
        run
    }

    fn said(run: &Run) -> &str {
        let RunState::Replying { text, ok: false } = &run.state else { panic!("{:?}", run.state) };
        text
    }

    #[test]
    fn a_run_that_ends_early_says_what_it_did_and_what_not() {
        let mut catalogue = catalogue_of_four_steps();
        let labels = [Some("Close it".to_owned()), Some("Make the *folder*".to_owned()), None];
        let win = catalogue.recipes.values_mut().find(|recipe| recipe.command == "win deal").unwrap();
        for (step, label) in win.steps.iter_mut().skip(1).zip(labels) {
            step.label = label;
        }
        let mut run = halfway(&catalogue);
        let refused = Outcome::Refused { message: "Access denied.".into() };
        run.note(&Purpose::Step(2), refused, "ada@box.example", &catalogue);
        assert_eq!(
            said(&run),
            "Box says: *Access denied*. Your Box admin can help if you should be allowed to do this.\n\n\
             - Done before: [Close it](https://acme.my.salesforce.com/006%281%29)\n\
             - Not done: Make the \\*folder\\*, ServiceNow\n\n\
             Done as you (ada@contoso.com, ada@box.example)"
        );
    }

    #[test]
    fn of_a_step_with_an_unknown_outcome_nothing_is_promised() {
        let catalogue = catalogue_of_four_steps();
        let mut run = halfway(&catalogue);
        run.note(&Purpose::Step(3), Outcome::Unknown, "ada@contoso.com", &catalogue);
        assert!(
            said(&run).contains("may or may not")
                && said(&run).contains("- Not done: Make the folder in Box\n"),
            "{}",
            said(&run)
        );
        let mut first = halfway(&catalogue);
        first.steps = vec![StepRecord::Pending; 4];
        first.note(&Purpose::Step(1), Outcome::Unknown, "ada@contoso.com", &catalogue);
        assert!(!said(&first).contains("Nothing was changed"), "{}", said(&first));
    }

    #[test]
    fn a_refusal_after_an_unknown_outcome_takes_no_doubt_away() {
        let catalogue = catalogue_of_four_steps();
        for outcome in [Outcome::Refused { message: "gone".into() }, Outcome::NotSent] {
            let mut run = halfway(&catalogue);
            // The folder was asked for before, and no answer came.
            run.set(2, StepRecord::Intended);
            run.note(&Purpose::Step(2), outcome, "ada@box.example", &catalogue);
            assert_eq!(run.steps[2], StepRecord::Intended);
            assert!(said(&run).contains("may or may not have been done: check in Box"), "{}", said(&run));
        }
        let mut cancelled = halfway(&catalogue);
        cancelled.set(2, StepRecord::Intended);
        assert!(cancelled.cancelled(&catalogue).contains("check in Box"));
    }

    #[test]
    fn of_a_write_that_may_have_been_done_the_person_hears_before_anything_else_is_asked_for() {
        let catalogue = catalogue_of_four_steps();
        let mut run = halfway(&catalogue);
        run.set(3, StepRecord::Intended);
        let at = run.created_at;
        let asked = next(&run, &catalogue, &|_| false, &|_| Err("ask your admin".into()), at);
        let Next::Reply { text, ok: false } = asked else { panic!("{asked:?}") };
        assert!(text.starts_with("ServiceNow did not answer in time"), "{text}");
    }

    #[test]
    fn a_run_that_is_given_up_says_so_and_doubts_what_was_under_way() {
        let catalogue = catalogue_of_four_steps();
        let mut run = halfway(&catalogue);
        run.give_up(&catalogue);
        assert!(said(&run).starts_with("Temporarily unavailable"), "{}", said(&run));
        let mut doubtful = halfway(&catalogue);
        doubtful.set(3, StepRecord::Intended);
        doubtful.correlation = CorrelationId::of_request(None, [0x8f, 0x3a, 0x21, 0xc9]);
        doubtful.give_up(&catalogue);
        assert!(said(&doubtful).starts_with("ServiceNow did not answer in time"), "{}", said(&doubtful));
        assert!(said(&doubtful).contains("If you report it, mention `8f3a-21c9`."), "{}", said(&doubtful));
    }

    #[test]
    fn who_cancels_halfway_reads_what_stays() {
        let catalogue = catalogue_of_four_steps();
        let cancelled = halfway(&catalogue).cancelled(&catalogue);
        assert!(
            cancelled.starts_with(
                "*Win deal* was cancelled.\n\n- Done before: [Close the opportunity in Salesforce]("
            ),
            "{cancelled}"
        );
        assert_eq!(run().cancelled(&catalogue), "*Create opportunity* was cancelled. Nothing was changed.");
    }
}
