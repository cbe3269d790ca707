//! The decision function of a run: [`next`] returns the next effect.
//!
//! The order of the checks is the rule:
//!
//! 1. a run that has waited for a day ends, and a recorded end is sent
//! 2. the person's standing in the tenant
//! 3. a write with an unknown outcome
//! 4. the settings, with the rule for guests and outsiders
//! 5. the shared connections, and the guardrails of the person's own
//! 6. the form, or first the logins if an app has to return the choices for it
//! 7. the logins
//! 8. the steps in the recipe's order, and the reply after them
//!
//! The function reads a run and changes nothing, so it can be called again after a crash at any point.

use serde_json::Value;
use std::time::Duration;
use workbot_shared::AppId;

use super::action_call::{ActionCall, Purpose};
use super::end::{Ending, RunEnd};
use super::state::{Run, RunState, StepRecord};
use crate::catalog::{Action, Catalog, Recipe, Step, StepKind};
use crate::connection::GuardrailError;
use crate::template::evaluate_tree;
use crate::time::Timestamp;

/// A run that is older than this asks "Still do it?" before its first write.
pub const RECONFIRM_AFTER: Duration = Duration::from_secs(3600);

/// The next effect for a run.
#[derive(Debug, Clone, PartialEq)]
pub enum Next {
    /// Nothing: the run waits for a person, or is over.
    Wait,
    /// Read the person's standing in the tenant from the roster.
    ReadMembership,
    /// Read the recipe's settings and fix them for the run.
    ReadSettings,
    /// Post the form for the missing inputs.
    AskInput,
    /// Post the login card, or update it to the logins that are still missing.
    AskLogin {
        /// The apps without a usable private connection.
        missing: Vec<AppId>,
    },
    /// Ask "Still do it?".
    AskConfirmation,
    /// Ask the person to approve what an agent wants to write.
    AskApproval,
    /// Ask the question of a step.
    AskQuestion {
        /// The index of the step.
        step: usize,
    },
    /// Continue after the logins, and tell the person.
    GoOn,
    /// Record that the condition of a step does not hold.
    Skip {
        /// The index of the step.
        step: usize,
    },
    /// Call an app.
    Call(ActionCall),
    /// End without a message: everything was sent before.
    End,
    /// Record this end. The next call returns [`Next::Send`].
    Finish(RunEnd),
    /// Send the recorded end.
    Send(Ending),
}

/// Returns the next effect for `run`.
///
/// `connected` returns whether the person's private connection to an app is usable. `shared` returns, for an
/// app of [`Run::needs_shared`], the end of the run if the shared connection is unusable. `guardrails` checks
/// calls with the person's private connection to an app, of which this number write.
///
/// A write is done at most once: an action that is not idempotent and whose step is still
/// [`StepRecord::Intended`] ends the run with [`RunEnd::OutcomeUnknown`] before anything else is asked for.
#[must_use]
pub fn next(
    run: &Run,
    catalog: &Catalog,
    connected: &dyn Fn(&AppId) -> bool,
    shared: &dyn Fn(&AppId) -> Result<(), RunEnd>,
    guardrails: &dyn Fn(&AppId, u32) -> Result<(), GuardrailError>,
    now: Timestamp,
) -> Next {
    if run.has_expired(now) {
        return Next::Finish(RunEnd::Expired);
    }
    match &run.state {
        RunState::Over { .. }
        | RunState::Cancelled
        | RunState::WaitingConfirmation
        | RunState::WaitingApproval { card: Some(_) }
        | RunState::WaitingAnswer { card: Some(_), .. } => return Next::Wait,
        RunState::Replying(ending) => return Next::Send(ending.clone()),
        RunState::Running
        | RunState::WaitingInput { .. }
        | RunState::WaitingLogin { .. }
        | RunState::WaitingAnswer { card: None, .. }
        | RunState::WaitingApproval { card: None } => {}
    }
    let Some(membership) = run.membership else { return Next::ReadMembership };
    if let Some(app) = &run.connects {
        // A run that only connects an app is open to guests. The setting `guests` of the tenant's recipes
        // does not apply.
        if let Err(refusal) = membership.may_run(true) {
            return Next::Finish(refusal.into());
        }
        return match (connected(app), &run.state) {
            (true, RunState::WaitingLogin { .. }) => Next::GoOn,
            (true, _) => Next::End,
            (false, RunState::WaitingLogin { card: Some(_), .. }) => Next::Wait,
            (false, _) => Next::AskLogin { missing: vec![app.clone()] },
        };
    }
    let Some(recipe) =
        catalog.recipes.get(&run.recipe).filter(|recipe| recipe.steps.len() == run.steps.len())
    else {
        return Next::Finish(RunEnd::CommandChanged);
    };
    // Tell the person at once about a write that may have been done, before asking for anything else.
    if let Some(app) = run.in_doubt(recipe, catalog) {
        return Next::Finish(RunEnd::OutcomeUnknown { app: app.clone() });
    }
    let Some(settings) = &run.settings else { return Next::ReadSettings };
    if !settings.enabled {
        return Next::Finish(RunEnd::SwitchedOff);
    }
    if let Err(refusal) = membership.may_run(settings.guests) {
        return Next::Finish(refusal.into());
    }
    // Fail early: the person cannot fix a missing shared connection.
    if let Some(end) = run.needs_shared(catalog).iter().find_map(|app| shared(app).err()) {
        return Next::Finish(end);
    }
    // A step that is known to be forbidden prevents the first one, so that nothing is half done.
    if let Some(end) = run.forbidden_end((recipe, catalog), guardrails, false) {
        return Next::Finish(end);
    }
    // The form comes before the logins, unless an app has to return the choices for it first.
    if run.form.is_some() && run.options_to_fetch(recipe).is_none() {
        return match &run.state {
            RunState::WaitingInput { card: Some(_) } => Next::Wait,
            _ => Next::AskInput,
        };
    }
    let ahead: Vec<_> = run.ahead(recipe).collect();
    let missing: Vec<AppId> = recipe
        .apps()
        .into_iter()
        .filter(|app| ahead.contains(app) && run.is_as_person(app) && !connected(app))
        .cloned()
        .collect();
    if !missing.is_empty() {
        return match &run.state {
            RunState::WaitingLogin { card, apps }
                if *apps == missing && (card.is_some() || run.has_logins_at_agent()) =>
            {
                Next::Wait
            }
            _ => Next::AskLogin { missing },
        };
    }
    if matches!(run.state, RunState::WaitingLogin { .. }) {
        return Next::GoOn;
    }
    if let Some((input, from)) = run.options_to_fetch(recipe) {
        return Next::Call(ActionCall {
            purpose: Purpose::Choices(input.to_owned()),
            app: from.app.clone(),
            action: from.action.clone(),
            with: Value::Object(from.with.clone()),
            writes: false,
            as_person: run.is_as_person(&from.app),
        });
    }
    for (index, (step, record)) in recipe.steps.iter().zip(&run.steps).enumerate() {
        if matches!(record, StepRecord::Done { .. } | StepRecord::Answered { .. } | StepRecord::Skipped) {
            continue;
        }
        let values = run.values(recipe);
        if let Some(when) = &step.when {
            match when.holds(&values) {
                Ok(true) => {}
                Ok(false) => return Next::Skip { step: index },
                Err(_) => return Next::Finish(RunEnd::RecipeMistake),
            }
        }
        let call = match &step.kind {
            StepKind::Call(call) => call,
            StepKind::Ask(question) => {
                return match run.asked_question(recipe, question) {
                    Ok(_) => Next::AskQuestion { step: index },
                    Err(end) => Next::Finish(end),
                };
            }
        };
        let Some(action) = catalog.action(step) else {
            return Next::Finish(RunEnd::CommandChanged);
        };
        let is_first_write = action.writes && !run.wrote(recipe, catalog);
        if is_first_write && !run.needs_approval() && now > run.created_at + RECONFIRM_AFTER {
            return Next::AskConfirmation;
        }
        // A later step that is known to fail prevents the first write.
        if is_first_write
            && let Some(end) = run
                .blocking_end(index + 1, recipe, catalog)
                .or_else(|| run.forbidden_end((recipe, catalog), guardrails, true))
        {
            return Next::Finish(end);
        }
        if action.writes && run.needs_approval() {
            return Next::AskApproval;
        }
        return match evaluate_tree(&Value::Object(call.with.clone()), &values) {
            Ok(with) if run.lacks_email_for(action, &with) => Next::Finish(RunEnd::EmailUnknown),
            Ok(with) => Next::Call(ActionCall {
                purpose: Purpose::Step(index),
                app: call.app.clone(),
                action: call.action.clone(),
                with,
                writes: action.writes,
                as_person: run.is_as_person(&call.app),
            }),
            Err(error) => Next::Finish(run.template_failure(&error)),
        };
    }
    Next::Finish(run.end_after_all_steps(recipe))
}

impl Run {
    /// Records the end of a run whose last step was just done, so that its result and its end are one save.
    pub(super) fn end_if_done(&mut self, catalog: &Catalog) {
        let Some(recipe) = catalog.recipes.get(&self.recipe) else { return };
        let is_done = |record: &StepRecord| matches!(record, StepRecord::Done { .. } | StepRecord::Skipped);
        if self.state == RunState::Running && self.form.is_none() && self.steps.iter().all(is_done) {
            self.fail(self.end_after_all_steps(recipe));
        }
    }

    fn end_after_all_steps(&self, recipe: &Recipe) -> RunEnd {
        match recipe.reply.render(self.language, &self.values(recipe)) {
            Ok((reply, card)) => RunEnd::Succeeded { reply, card: card.map(Box::new) },
            Err(error) => self.template_failure(&error),
        }
    }

    /// Returns the app of a write that may have been done and must not be repeated.
    fn in_doubt<'a>(&self, recipe: &'a Recipe, catalog: &Catalog) -> Option<&'a AppId> {
        let mut steps = recipe.steps.iter().zip(&self.steps);
        let is_in_doubt = |(step, record): &(&Step, &StepRecord)| {
            let once = |action: &Action| !action.may_repeat();
            **record == StepRecord::Intended && catalog.action(step).is_some_and(once)
        };
        steps.find(is_in_doubt).and_then(|(step, _)| step.app())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::activity::Conversation;
    use crate::call::Outcome;
    use crate::catalog::tests::{catalog_of_four_steps, real_catalog};
    use crate::membership::Membership;
    use crate::recipe_command::find_command;
    use crate::run::{AgentCall, Approval, RecipeOverrides, RunSettings, Stall, WAIT_TIMEOUT};
    use serde_json::json;
    use workbot_shared::{Language, RecipeId, RunId};

    const NOW: Timestamp = Timestamp(1_000_000);

    /// An agent that shows no login itself.
    pub(crate) fn agent(approval: Approval) -> AgentCall {
        let (grant, client) = ("g1".into(), "Agent (agent.example)".into());
        AgentCall { grant, client, opens_urls: false, approval }
    }

    /// A new run of the recipe `create-opportunity` in the real catalog.
    pub(crate) fn run() -> Run {
        let catalog = real_catalog();
        let id = RecipeId::parse("create-opportunity").unwrap();
        let inputs = [("name", "Acme"), ("amount", "5000"), ("close_date", "2026-12-31")];
        let conversation = Conversation {
            service_url: "https://smba.example".into(),
            id: "c".into(),
            personal: true,
            bot: "28:bot".into(),
            member: "29:ada".into(),
            targeted: None,
        };
        let recipe = &catalog.recipes[&id];
        let run = Run::new(
            RunId::parse("0123456789abcdef").unwrap(),
            &id,
            recipe,
            inputs.map(|(id, text)| (id.to_owned(), text.to_owned())).into(),
            (conversation, "Ada".into()),
            NOW,
        );
        let settings = Some(RunSettings::of(recipe, &catalog, &RecipeOverrides::default()));
        Run { membership: Some(Membership::Member), settings, ..run }
    }

    /// A run over three apps after its first two steps.
    pub(crate) fn halfway(catalog: &Catalog) -> Run {
        let command = find_command(catalog, "win deal opportunity: Acme").unwrap();
        let like = run();
        let asked_by = (like.conversation, like.person);
        let mut run = Run::new(
            like.id,
            command.id,
            command.recipe,
            command.raw_inputs(Language::En),
            asked_by,
            like.created_at,
        );
        run.membership = Some(Membership::Member);
        run.settings = Some(RunSettings::of(command.recipe, catalog, &RecipeOverrides::default()));
        let found = json!({"total": 1, "first_id": "006", "first_name": "Acme", "records": []});
        let closed = json!({"link": "https://acme.my.salesforce.com/006(1)"});
        for (step, output) in [(0, found), (1, closed)] {
            run.record_outcome(&Purpose::Step(step), Outcome::Done(output), "ada@contoso.com", catalog);
        }
        run
    }

    fn salesforce() -> AppId {
        AppId::parse("salesforce").unwrap()
    }

    fn ask(run: &Run, connected: bool, now: Timestamp) -> Next {
        next(
            run,
            &real_catalog(),
            &|_| connected,
            &|app| Err(RunEnd::NoSharedConnection { app: app.clone() }),
            &|_, _| Ok(()),
            now,
        )
    }

    fn waiting() -> Run {
        let state = RunState::WaitingLogin { card: Some("card".into()), apps: vec![salesforce()] };
        Run { state, ..run() }
    }

    #[test]
    fn a_run_that_only_connects_waits_for_the_login_and_ends() {
        let like = run();
        let asked_by = (like.conversation, like.person);
        let mut run = Run::connecting(like.id, salesforce(), asked_by, Language::En, NOW).unwrap();
        run.membership = Some(Membership::Guest);
        assert_eq!(ask(&run, false, NOW), Next::AskLogin { missing: vec![salesforce()] });
        run.state = waiting().state;
        assert_eq!((ask(&run, false, NOW), ask(&run, true, NOW)), (Next::Wait, Next::GoOn));
        assert!(run.waits_for(&salesforce()) && run.is_as_person(&salesforce()));
        run.state = RunState::Running;
        assert_eq!(ask(&run, true, NOW), Next::End);
    }

    #[test]
    fn a_run_asks_for_a_missing_login_and_waits() {
        assert_eq!(ask(&run(), false, NOW), Next::AskLogin { missing: vec![salesforce()] });
        assert_eq!(ask(&waiting(), false, NOW), Next::Wait);
        assert_eq!(ask(&waiting(), true, NOW), Next::GoOn);
        // After a crash before the card was posted, the card is posted.
        let state = RunState::WaitingLogin { card: None, apps: vec![salesforce()] };
        assert!(matches!(ask(&Run { state, ..run() }, false, NOW), Next::AskLogin { .. }));
    }

    #[test]
    fn a_write_that_an_agent_wants_waits_for_the_persons_approval() {
        let agent = |opens_urls, approval| AgentCall { opens_urls, ..agent(approval) };
        let mut asked = run().asked_by_agent(agent(false, Approval::Needed));
        let late = NOW + RECONFIRM_AFTER + RECONFIRM_AFTER;
        assert_eq!(
            ask(&asked, false, NOW),
            Next::AskLogin { missing: vec![salesforce()] },
            "first the login"
        );
        assert_eq!((ask(&asked, true, NOW), ask(&asked, true, late)), (Next::AskApproval, Next::AskApproval));
        asked.wait_for_approval(None);
        assert_eq!(ask(&asked, true, NOW), Next::AskApproval, "the card was not posted");
        asked.wait_for_approval(Some("card".into()));
        assert_eq!(ask(&asked, true, NOW), Next::Wait);
        let expired = ask(&asked, true, NOW + WAIT_TIMEOUT);
        assert_eq!(expired, Next::Finish(RunEnd::Expired));
        assert!(asked.clone().cancel(), "the person does not want it");
        assert!(asked.resume(late) && !asked.resume(late));
        assert!(matches!(ask(&asked, true, late), Next::Call(_)), "approved a moment ago");
        let without_asking = run().asked_by_agent(agent(false, Approval::NotNeeded));
        assert!(matches!(ask(&without_asking, true, NOW), Next::Call(_)));
        let state = RunState::WaitingLogin { card: None, apps: vec![salesforce()] };
        let opens = Run { state, ..run().asked_by_agent(agent(true, Approval::Needed)) };
        assert_eq!(ask(&opens, false, NOW), Next::Wait, "the agent shows the link");
    }

    #[test]
    fn a_step_is_called_with_the_inputs_and_the_recipes_reply_ends_the_run() {
        let mut run = run();
        let Next::Call(ActionCall { purpose, with, writes, as_person, .. }) = ask(&run, true, NOW) else {
            panic!()
        };
        assert_eq!(
            with,
            json!({
                "object": "Opportunity",
                "fields": {"Name": "Acme", "Amount": 5000, "CloseDate": "2026-12-31", "StageName": "Prospecting"}
            })
        );
        assert!(writes && as_person);
        let output = json!({"id": "006", "link": "https://acme.my.salesforce.com/006"});
        run.record_outcome(&purpose, Outcome::Done(output), "ada@contoso.com", &real_catalog());
        assert_eq!(
            ask(&run, true, NOW),
            Next::Finish(RunEnd::Succeeded {
                reply: "Created [Acme](https://acme.my.salesforce.com/006) · amount 5,000, close date 31 Dec 2026"
                    .into(),
                card: None,
            })
        );
    }

    #[test]
    fn a_write_with_an_unknown_outcome_is_not_repeated() {
        let mut run = run();
        run.steps[0] = StepRecord::Intended;
        assert_eq!(ask(&run, true, NOW), Next::Finish(RunEnd::OutcomeUnknown { app: salesforce() }));
    }

    #[test]
    fn an_unknown_outcome_of_a_write_is_reported_before_anything_else_is_asked_for() {
        let catalog = catalog_of_four_steps();
        let mut run = halfway(&catalog);
        run.set(3, StepRecord::Intended);
        let not_shared = |app: &AppId| Err(RunEnd::NoSharedConnection { app: app.clone() });
        let asked = next(&run, &catalog, &|_| false, &not_shared, &|_, _| Ok(()), run.created_at);
        assert_eq!(asked, Next::Finish(RunEnd::OutcomeUnknown { app: AppId::parse("servicenow").unwrap() }));
    }

    #[test]
    fn a_run_that_is_given_up_reports_a_write_in_progress_as_unknown() {
        let catalog = catalog_of_four_steps();
        let mut run = halfway(&catalog);
        run.fail_unavailable(&catalog);
        assert_eq!(run.state, RunState::Replying(RunEnd::Unavailable.into()));
        let mut in_doubt = halfway(&catalog);
        in_doubt.set(3, StepRecord::Intended);
        in_doubt.fail_unavailable(&catalog);
        let app = AppId::parse("servicenow").unwrap();
        assert_eq!(in_doubt.state, RunState::Replying(RunEnd::OutcomeUnknown { app }.into()));
    }

    #[test]
    fn a_refused_call_ends_the_run_with_the_apps_message_and_the_account() {
        let mut run = run();
        let message = "insufficient access rights on object id".to_owned();
        let refused = Outcome::Refused { message: message.clone() };
        run.record_outcome(&Purpose::Step(0), refused, "ada@contoso.com", &real_catalog());
        let end = RunEnd::Refused { app: salesforce(), message };
        let account = Some("ada@contoso.com".to_owned());
        assert_eq!(ask(&run, true, NOW), Next::Send(Ending { end, account }));
    }

    #[test]
    fn after_an_hour_a_write_is_confirmed_once_more() {
        let late = NOW + RECONFIRM_AFTER + Duration::from_secs(1);
        let mut run = run();
        assert_eq!(ask(&run, true, late), Next::AskConfirmation);
        run.state = RunState::WaitingConfirmation;
        assert_eq!(ask(&run, true, late), Next::Wait);
        assert!(run.waits() && run.resume(late));
        assert!(matches!(ask(&run, true, late), Next::Call(_)));
        assert!(!run.resume(late));
    }

    #[test]
    fn with_the_toggle_off_the_shared_connection_is_used_or_the_run_ends() {
        let off = RunSettings { enabled: true, guests: false, as_person: vec![] };
        let mut run = Run { settings: Some(off), ..run() };
        assert_eq!(run.needs_shared(&real_catalog()), [salesforce()]);
        assert_eq!(ask(&run, true, NOW), Next::Finish(RunEnd::NoSharedConnection { app: salesforce() }));
        let catalog = real_catalog();
        let with_shared = |run: &Run| next(run, &catalog, &|_| false, &|_| Ok(()), &|_, _| Ok(()), NOW);
        let Next::Call(ActionCall { purpose, as_person: false, .. }) = with_shared(&run) else { panic!() };
        let output = json!({"id": "006", "link": "https://acme.my.salesforce.com/006"});
        run.record_outcome(&purpose, Outcome::Done(output), "integration@contoso.com", &catalog);
        assert!(matches!(with_shared(&run), Next::Finish(RunEnd::Succeeded { .. })));
        assert!(run.needs_shared(&catalog).is_empty());
    }

    #[test]
    fn a_run_waits_for_a_day_and_then_ends() {
        for state in [waiting().state, RunState::WaitingConfirmation] {
            let run = Run { state, ..run() };
            assert_eq!(ask(&run, false, NOW + WAIT_TIMEOUT - Duration::from_secs(1)), Next::Wait);
            assert_eq!(ask(&run, true, NOW + WAIT_TIMEOUT), Next::Finish(RunEnd::Expired));
        }
    }

    #[test]
    fn settings_are_read_once_and_a_recipe_can_be_switched_off() {
        assert_eq!(ask(&Run { settings: None, ..run() }, true, NOW), Next::ReadSettings);
        let off = RunSettings { enabled: false, guests: false, as_person: vec![] };
        let switched_off = Run { settings: Some(off), ..run() };
        assert_eq!(ask(&switched_off, true, NOW), Next::Finish(RunEnd::SwitchedOff));
    }

    #[test]
    fn a_guest_runs_only_recipes_that_are_open_to_guests() {
        let guest = Run { membership: Some(Membership::Guest), ..run() };
        assert_eq!(ask(&guest, true, NOW), Next::Finish(RunEnd::NotForGuests));
        let open = guest.settings.clone().map(|settings| RunSettings { guests: true, ..settings });
        assert!(matches!(ask(&Run { settings: open, ..guest }, true, NOW), Next::Call(_)));
    }

    #[test]
    fn an_outsider_runs_nothing_and_connects_nothing_whatever_the_settings() {
        let open = run().settings.map(|settings| RunSettings { guests: true, ..settings });
        let connects = Run { connects: Some(salesforce()), settings: None, ..run() };
        for run in [Run { settings: open, ..run() }, connects] {
            let outsider = Run { membership: Some(Membership::Outsider), ..run };
            assert_eq!(ask(&outsider, false, NOW), Next::Finish(RunEnd::NotForOutsiders));
        }
    }

    #[test]
    fn standing_is_read_first_also_for_a_run_that_only_connects() {
        let connects = Run { connects: Some(salesforce()), settings: None, ..run() };
        for run in [run(), Run { settings: None, ..run() }, connects, waiting()] {
            assert_eq!(ask(&Run { membership: None, ..run }, true, NOW), Next::ReadMembership);
        }
        // A recorded end is sent without reading the standing.
        let replying = RunState::Replying(RunEnd::Expired.into());
        let expected = Next::Send(RunEnd::Expired.into());
        assert_eq!(ask(&Run { membership: None, state: replying, ..run() }, true, NOW), expected);
    }

    #[test]
    fn a_run_that_is_over_stays_over() {
        for state in [RunState::Cancelled, RunState::Over { end: RunEnd::Expired }] {
            assert_eq!(ask(&Run { state, ..run() }, true, NOW), Next::Wait);
        }
    }

    #[test]
    fn a_missing_recipe_ends_its_runs() {
        let empty = Catalog::default();
        let next = next(&run(), &empty, &|_| true, &|_| Ok(()), &|_, _| Ok(()), NOW);
        assert_eq!(next, Next::Finish(RunEnd::CommandChanged));
    }

    #[test]
    fn a_run_held_up_by_an_app_waits_a_day_and_cannot_be_cancelled_during_a_write() {
        let stalled = Some(Stall { app: salesforce(), since: NOW });
        let mut run = Run { stalled, ..run() };
        assert!(run.waits() && !run.has_expired(NOW + WAIT_TIMEOUT - Duration::from_secs(1)));
        assert_eq!(ask(&run, true, NOW + WAIT_TIMEOUT), Next::Finish(RunEnd::Expired));
        run.steps[0] = StepRecord::Intended;
        assert!(!run.waits() && !run.clone().cancel() && run.has_expired(NOW + WAIT_TIMEOUT));
    }

    #[test]
    fn a_run_of_another_version_is_not_read() {
        let stored = serde_json::to_value(waiting()).unwrap();
        assert_eq!(stored["v"], json!(3));
        for other in [json!(2), json!(4), json!(null)] {
            let mut stored = stored.clone();
            stored["v"] = other;
            assert!(serde_json::from_value::<Run>(stored).is_err());
        }
        let mut without = stored;
        without.as_object_mut().unwrap().remove("v");
        assert!(serde_json::from_value::<Run>(without).is_err());
    }

    #[test]
    fn the_stored_end_is_pinned_and_an_unknown_one_is_an_error() {
        let message = "no".to_owned();
        let end = RunEnd::Refused { app: salesforce(), message };
        let ending = Ending { end, account: Some("ada".into()) };
        let mut stored = serde_json::to_value(Run { state: RunState::Replying(ending), ..run() }).unwrap();
        let end = json!({"refused": {"app": "salesforce", "message": "no"}});
        assert_eq!(stored["state"], json!({"replying": {"end": end, "account": "ada"}}));
        stored["state"] = json!({"over": {"end": "expired"}});
        let over: Run = serde_json::from_value(stored.clone()).unwrap();
        assert_eq!(over.state, RunState::Over { end: RunEnd::Expired });
        for unknown in [
            json!({"over": {"end": "rained_off"}}),
            json!({"over": {"ok": true}}),
            json!({"replying": {"text": "Done", "ok": true}}),
        ] {
            stored["state"] = unknown;
            assert!(serde_json::from_value::<Run>(stored.clone()).is_err());
        }
    }

    #[test]
    fn the_stored_form_is_pinned() {
        let stored = serde_json::to_value(waiting()).unwrap();
        assert_eq!(stored["state"], json!({"waiting_login": {"card": "card", "apps": ["salesforce"]}}));
        assert_eq!(stored["steps"], json!(["pending"]));
        assert_eq!(serde_json::from_value::<Run>(stored.clone()).unwrap(), waiting());
        // Older runs have no field `language`.
        let mut stored = stored;
        assert_eq!(stored.as_object_mut().unwrap().remove("language"), Some(json!("en")));
        assert_eq!(serde_json::from_value::<Run>(stored).unwrap(), waiting());
    }

    #[test]
    fn the_stored_standing_is_pinned_and_an_unknown_word_is_an_error() {
        let mut stored = serde_json::to_value(waiting()).unwrap();
        assert_eq!(stored["membership"], "member");
        stored["membership"] = json!("contractor");
        assert!(serde_json::from_value::<Run>(stored.clone()).is_err());
        // Older runs have the flag `guest` instead, set by a rule that took too many people for members.
        stored.as_object_mut().unwrap().remove("membership");
        for guest in [true, false] {
            stored["guest"] = json!(guest);
            let run: Run = serde_json::from_value(stored.clone()).unwrap();
            assert_eq!(run, Run { membership: None, ..waiting() });
            assert_eq!(ask(&run, true, NOW), Next::ReadMembership);
        }
    }
}
