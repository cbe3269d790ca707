//! The reply of a run: what was done, with links, and with which accounts. After an early end also the
//! reason, and what was not done.

use serde_json::Value;
use workbot_shared::AppId;

use super::card;
use super::outgoing_activity::text_message;
use super::text::Texts;
use crate::catalog::{Catalog, Recipe};
use crate::run::{Ending, Run, RunEnd, StepRecord};
use crate::template::markdown_link;

/// Returns the message at the end of a run: the reply, with the recipe's card below it.
#[must_use]
pub fn final_message(run: &Run, ending: &Ending, catalog: &Catalog) -> Value {
    let mut message = text_message(&final_text(run, ending, catalog));
    if let RunEnd::Succeeded { card: Some(card), .. } = &ending.end
        && let Some(message) = message.as_object_mut()
    {
        let card = card::attachment(card::reply(run.words(), card));
        message.insert("attachments".to_owned(), Value::Array(vec![card]));
    }
    message
}

/// Returns the reply at the end of a run, in Markdown.
#[must_use]
pub fn final_text(run: &Run, ending: &Ending, catalog: &Catalog) -> String {
    let recipe = catalog.recipes.get(&run.recipe);
    if let (RunEnd::Succeeded { reply, .. }, Some(recipe)) = (&ending.end, recipe) {
        return with_identities(run, recipe, reply.clone(), None);
    }
    let why = reason(run, &ending.end, catalog);
    let Some(recipe) = recipe else { return why };
    let why = with_doubt(run, &ending.end, why, (recipe, catalog));
    let reply_text = match effects_summary(run, recipe, catalog) {
        Some(effects) if effects.contains('\n') => format!("{why}\n\n{effects}"),
        Some(effects) => format!("{why} {effects}"),
        None => why,
    };
    let asked = ending.end.app().zip(ending.account.as_deref());
    with_identities(run, recipe, reply_text, asked)
}

/// Returns the reply of a cancelled run, with the steps that were done before.
#[must_use]
pub fn cancelled(run: &Run, catalog: &Catalog) -> String {
    final_text(run, &RunEnd::Cancelled.into(), catalog)
}

/// Returns why a run ends. An internal failure and an unknown outcome include the correlation id, for a
/// report to the admin.
fn reason(run: &Run, end: &RunEnd, catalog: &Catalog) -> String {
    let (words, name) = (run.words(), run.name(catalog));
    let app = end.app().map_or("", |app| catalog.app_name(app));
    let to_report = |why: String| match &run.correlation {
        id if id.is_empty() => why,
        id => format!("{why} {}", words.if_you_report(id)),
    };
    match end {
        RunEnd::Succeeded { reply, .. } => reply.clone(),
        RunEnd::Cancelled => words.cancelled(&name),
        RunEnd::AgentEnded => words.agent_ended(&name),
        RunEnd::Expired => words.lapsed(&name),
        RunEnd::Disconnected { .. } => words.cancelled_by_leaving(&name, app),
        RunEnd::DisconnectedByAdmin { .. } => words.cancelled_by_admin(&name, app),
        RunEnd::OffBoarded => words.cancelled_by_off_boarding(&name),
        RunEnd::CommandChanged => words.command_changed(),
        RunEnd::SwitchedOff => words.switched_off(&name),
        RunEnd::NotForGuests => words.not_for_guests(&name),
        RunEnd::NotForOutsiders => words.not_for_outsiders(&name),
        RunEnd::NotOnRoster => words.not_on_roster(&name),
        RunEnd::Unreachable => words.cannot_write(&run.person),
        RunEnd::AlreadyUnderWay => words.still_under_way(&name),
        RunEnd::RecipeMistake => words.recipe_mistake(&name),
        RunEnd::EmailUnknown => words.email_unknown(&name),
        RunEnd::Frozen { .. } => words.frozen(app),
        RunEnd::NotSetUp { .. } => words.not_set_up(app),
        RunEnd::NoSharedConnection { .. } => words.no_shared_connection(app),
        RunEnd::RefusedByPolicy { .. } => words.app_policy(app),
        RunEnd::RefusedByGuardrail { guardrail, .. } => words.guardrail(app, *guardrail),
        RunEnd::Refused { message, .. } => words.app_refused(app, message),
        RunEnd::InvalidRequest { .. } => words.cannot_ask(app),
        RunEnd::TooMuch { .. } => words.too_much(app),
        RunEnd::AppUnavailable { .. } => words.app_busy(app),
        RunEnd::OutcomeUnknown { .. } => to_report(words.outcome_unknown(app)),
        RunEnd::Unavailable => to_report(words.unavailable()),
    }
}

/// Adds the write with an unknown outcome, unless it is the reason of the end.
fn with_doubt(run: &Run, end: &RunEnd, why: String, (recipe, catalog): (&Recipe, &Catalog)) -> String {
    let mut steps = recipe.steps.iter().zip(&run.steps);
    let in_doubt = steps.find(|(step, record)| **record == StepRecord::Intended && catalog.writes(step));
    match in_doubt.and_then(|(step, _)| step.app()) {
        Some(app) if !matches!(end, RunEnd::OutcomeUnknown { app: known } if known == app) => {
            format!("{why} {}", run.words().outcome_unknown(catalog.app_name(app)))
        }
        _ => why,
    }
}

/// Returns what the run did and did not do, as far as it is known.
fn effects_summary(run: &Run, recipe: &Recipe, catalog: &Catalog) -> Option<String> {
    let (mut done, mut undone) = (Vec::new(), Vec::new());
    for (step, record) in recipe.steps.iter().zip(&run.steps).filter(|(step, _)| catalog.writes(step)) {
        let what = run.words().step_name(step, catalog);
        match record {
            StepRecord::Done { output, .. } => {
                let link = output.get("link").and_then(Value::as_str).and_then(markdown_link);
                done.push((what, link));
            }
            StepRecord::Pending => undone.push(what),
            StepRecord::Intended | StepRecord::Skipped | StepRecord::Answered { .. } => {}
        }
    }
    undone.dedup();
    if done.is_empty() {
        // A step in progress may have changed something.
        let certain = !run.steps.contains(&StepRecord::Intended);
        return certain.then(|| run.words().nothing_changed().to_owned());
    }
    let done: Vec<_> = done.iter().map(|(what, link)| (*what, link.as_deref())).collect();
    let done = run.words().done_before(&done);
    Some(if undone.is_empty() {
        format!("- {done}")
    } else {
        format!("- {done}\n- {}", run.words().not_done(&undone))
    })
}

/// Adds the accounts with which the apps were called, unless others read the reply too. `asked` is the app
/// that ended the run, and the account of that call.
fn with_identities(run: &Run, recipe: &Recipe, reply_text: String, asked: Option<(&AppId, &str)>) -> String {
    if run.replies_here(recipe) {
        return reply_text;
    }
    let mut by_person = Vec::<&str>::new();
    let mut by_tenant = Vec::<&str>::new();
    let done = recipe.steps.iter().zip(&run.steps).filter_map(|(step, record)| match record {
        StepRecord::Done { account, .. } => Some((step.app()?, account.as_str())),
        _ => None,
    });
    for (app, account) in done.chain(asked) {
        let list = if run.is_as_person(app) { &mut by_person } else { &mut by_tenant };
        if !list.contains(&account) {
            list.push(account);
        }
    }
    let words: Texts = run.words();
    let as_whom = words.as_whom(&by_person, &by_tenant);
    if as_whom.is_empty() {
        reply_text
    } else if reply_text.contains('\n') {
        // Below a list the accounts get a line of their own, or they would seem to belong to the last item
        // only.
        format!("{reply_text}\n\n{}", words.done_as_whom(&as_whom))
    } else {
        format!("{reply_text} · {as_whom}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::Outcome;
    use crate::catalog::ReplyIn;
    use crate::catalog::tests::{catalog_of_four_steps, real_catalog};
    use crate::correlation_id::CorrelationId;
    use crate::membership::Membership;
    use crate::run::end::tests::every_end;
    use crate::run::next::tests::{halfway, run};
    use crate::run::{Next, Purpose, RunSettings, RunState, WAIT_TIMEOUT, next};
    use crate::template::Template;
    use crate::time::Timestamp;
    use serde_json::json;
    use workbot_shared::{Language, RecipeId};

    /// The reply of a run that ends now.
    fn ended(run: &Run, catalog: &Catalog) -> String {
        ended_at(run, catalog, run.created_at)
    }

    fn ended_at(run: &Run, catalog: &Catalog, now: Timestamp) -> String {
        match next(run, catalog, &|_| true, &|_| Ok(()), &|_, _| Ok(()), now) {
            Next::Finish(end) => final_text(run, &end.into(), catalog),
            Next::Send(ending) => final_text(run, &ending, catalog),
            other => panic!("{other:?}"),
        }
    }

    /// The reply of a run that has failed.
    fn reply_text(run: &Run, catalog: &Catalog) -> String {
        let RunState::Replying(ending) = &run.state else { panic!("{:?}", run.state) };
        assert!(!ending.end.is_success());
        final_text(run, ending, catalog)
    }

    fn salesforce() -> AppId {
        AppId::parse("salesforce").unwrap()
    }

    fn waiting() -> Run {
        let state = RunState::WaitingLogin { card: Some("card".into()), apps: vec![salesforce()] };
        Run { state, ..run() }
    }

    #[test]
    fn every_end_has_a_text_in_every_language_and_names_its_app() {
        let catalog = real_catalog();
        for end in every_end() {
            let reply_text = |language| final_text(&Run { language, ..run() }, &end.clone().into(), &catalog);
            let (english, german) = (reply_text(Language::En), reply_text(Language::De));
            assert!(!english.is_empty() && (english != german || end.is_success()), "{english}");
            assert!(end.app().is_none() || (english.contains("Box") && german.contains("Box")), "{english}");
        }
    }

    #[test]
    fn a_reply_names_the_accounts_with_which_the_apps_were_called() {
        let catalog = real_catalog();
        let output = json!({"id": "006", "link": "https://acme.my.salesforce.com/006"});
        let mut mine = run();
        mine.record_outcome(&Purpose::Step(0), Outcome::Done(output.clone()), "ada@contoso.com", &catalog);
        assert_eq!(
            ended(&mine, &catalog),
            "Created [Acme](https://acme.my.salesforce.com/006) · amount 5,000, close date 31 Dec 2026 · as you (ada@contoso.com)"
        );
        let off = RunSettings { enabled: true, guests: false, as_person: vec![] };
        let mut shared = Run { settings: Some(off), ..run() };
        shared.record_outcome(&Purpose::Step(0), Outcome::Done(output), "integration@contoso.com", &catalog);
        let text = ended(&shared, &catalog);
        assert!(text.ends_with("as the shared connection (integration@contoso.com)"), "{text}");
    }

    #[test]
    fn a_refusal_to_start_names_the_command() {
        let catalog = real_catalog();
        let connects = Run { connects: Some(salesforce()), settings: None, ..run() };
        for (run, named) in [(run(), "*Create opportunity*"), (connects, "*Connect Salesforce*")] {
            let text = final_text(&run, &RunEnd::NotForOutsiders.into(), &catalog);
            assert!(
                text.starts_with(named) && text.contains("only for people of the organization"),
                "{text}"
            );
        }
        let connects = Run { connects: Some(salesforce()), ..run() };
        let connects = Run { recipe: RecipeId::parse("connect").unwrap(), ..connects };
        assert_eq!(cancelled(&connects, &catalog), "*Connect Salesforce* was cancelled.");
    }

    #[test]
    fn every_message_about_a_run_is_in_the_language_of_its_command() {
        let german = |run: Run| Run { language: Language::De, ..run };
        let mut done = german(run());
        let output = json!({"id": "006", "link": "https://acme.my.salesforce.com/006"});
        done.record_outcome(&Purpose::Step(0), Outcome::Done(output), "ada@contoso.com", &real_catalog());
        let mut refused = german(run());
        refused.record_outcome(
            &Purpose::Step(0),
            Outcome::Refused { message: "no".into() },
            "ada@contoso.com",
            &real_catalog(),
        );
        let mut unknown = german(run());
        unknown.steps[0] = StepRecord::Intended;
        let at = run().created_at;
        let lapsed = at + WAIT_TIMEOUT;
        for (run, now, words) in [
            (done, at, "in Ihrem Namen (ada@contoso.com)"),
            (refused, at, "Salesforce meldet: *no*. Wenn Sie das dürfen"),
            (unknown, at, "Ob Ihr Auftrag ausgeführt wurde, ist nicht bekannt"),
            (german(waiting()), lapsed, "hat einen Tag gewartet und wurde abgebrochen"),
        ] {
            let text = ended_at(&run, &real_catalog(), now);
            assert!(text.contains(words), "{words}: {text}");
        }
    }

    #[test]
    fn a_search_shows_its_results_in_a_card_with_a_button_for_the_next_command() {
        let mut catalog = real_catalog();
        let found = |catalog: &Catalog, records: Value| {
            let id = RecipeId::parse("find-account").unwrap();
            let given = [("name".to_owned(), "Ac*me".to_owned())].into();
            let asked_by = (run().conversation, "Ada".to_owned());
            let mut run = Run::new(run().id, &id, &catalog.recipes[&id], given, asked_by, run().created_at);
            run.membership = Some(Membership::Member);
            run.settings = Some(RunSettings { enabled: true, guests: false, as_person: vec![salesforce()] });
            let output = json!({"records": records, "link": "https://acme.my.salesforce.com"});
            run.record_outcome(&Purpose::Step(0), Outcome::Done(output), "ada@contoso.com", catalog);
            let Next::Finish(end) =
                next(&run, catalog, &|_| true, &|_| Ok(()), &|_, _| Ok(()), run.created_at)
            else {
                panic!()
            };
            final_message(&run, &end.into(), catalog)
        };
        let acme = json!({"Id": "001", "Name": "Ac*me", "Industry": null, "BillingCity": "Seattle"});
        let message = found(&catalog, json!(vec![acme.clone(); 12]));
        assert_eq!(message["text"], "Accounts named like *Ac\\*me* · as you (ada@contoso.com)");
        let card = &message["attachments"][0]["content"];
        let rows = card["body"].as_array().unwrap();
        assert_eq!((rows.len(), &rows[10]["text"]), (11, &json!("and 2 more")));
        let lines = &rows[0]["columns"][0]["items"];
        assert_eq!(lines[0]["text"], "[Ac\\*me](https://acme.my.salesforce.com/001)");
        assert_eq!(lines[1]["text"], "Seattle");
        let button = &rows[0]["columns"][1]["items"][0]["actions"][0];
        let data = json!({"verb": "recipe.start", "recipe": "create-opportunity", "name": "Ac*me"});
        assert_eq!((&button["title"], &button["data"]), (&json!("New opportunity"), &data));
        let message = found(&catalog, json!([]));
        assert_eq!(
            message,
            json!({
                "text": "There is no account named like *Ac\\*me* in Salesforce · as you (ada@contoso.com)",
                "textFormat": "markdown"
            })
        );
        let id = RecipeId::parse("find-account").unwrap();
        let several = "Accounts:\n\n- {{ steps.found.records[0].Name }}";
        catalog.recipes.get_mut(&id).unwrap().reply = Template(several.to_owned()).into();
        assert_eq!(
            found(&catalog, json!([acme]))["text"],
            "Accounts:\n\n- Ac\\*me\n\nDone as you (ada@contoso.com)",
            "the accounts stand below a list"
        );
    }

    #[test]
    fn a_result_posted_in_a_channel_names_no_account() {
        let mut catalog = real_catalog();
        let id = RecipeId::parse("create-opportunity").unwrap();
        if let Some(recipe) = catalog.recipes.get_mut(&id) {
            recipe.reply_in = ReplyIn::Here;
        }
        let mut run = run();
        run.conversation.personal = false;
        run.steps[0] = StepRecord::Done {
            output: json!({"link": "https://x.example/1"}),
            account: "ada@contoso.com".into(),
        };
        let text = ended(&run, &catalog);
        assert!(!text.contains("ada@contoso.com"), "{text}");
    }

    #[test]
    fn a_run_that_ends_early_says_what_it_did_and_did_not_do() {
        let mut catalog = catalog_of_four_steps();
        let labels = [Some("Close it".to_owned()), Some("Make the *folder*".to_owned()), None];
        let win = catalog.recipes.values_mut().find(|recipe| recipe.command == "win deal").unwrap();
        for (step, label) in win.steps.iter_mut().skip(1).zip(labels) {
            step.label = label;
        }
        let mut run = halfway(&catalog);
        let refused = Outcome::Refused { message: "Access denied.".into() };
        run.record_outcome(&Purpose::Step(2), refused, "ada@box.example", &catalog);
        assert_eq!(
            reply_text(&run, &catalog),
            "Box says: *Access denied*. Your Box admin can help if you should be allowed to do this.\n\n\
             - Done before: [Close it](https://acme.my.salesforce.com/006%281%29)\n\
             - Not done: Make the \\*folder\\*, ServiceNow\n\n\
             Done as you (ada@contoso.com, ada@box.example)"
        );
    }

    #[test]
    fn nothing_is_promised_about_a_step_with_an_unknown_outcome() {
        let catalog = catalog_of_four_steps();
        let mut run = halfway(&catalog);
        run.record_outcome(&Purpose::Step(3), Outcome::Unknown, "ada@contoso.com", &catalog);
        assert!(
            reply_text(&run, &catalog).contains("may or may not")
                && reply_text(&run, &catalog).contains("- Not done: Make the folder in Box\n"),
            "{}",
            reply_text(&run, &catalog)
        );
        let mut first = halfway(&catalog);
        first.steps = vec![StepRecord::Pending; 4];
        first.record_outcome(&Purpose::Step(1), Outcome::Unknown, "ada@contoso.com", &catalog);
        assert!(
            !reply_text(&first, &catalog).contains("Nothing was changed"),
            "{}",
            reply_text(&first, &catalog)
        );
    }

    #[test]
    fn a_refusal_after_an_unknown_outcome_keeps_the_doubt() {
        let catalog = catalog_of_four_steps();
        for outcome in [Outcome::Refused { message: "gone".into() }, Outcome::NotSent] {
            let mut run = halfway(&catalog);
            // The folder was requested before, and no response came.
            run.set(2, StepRecord::Intended);
            run.record_outcome(&Purpose::Step(2), outcome, "ada@box.example", &catalog);
            assert_eq!(run.steps[2], StepRecord::Intended);
            assert!(
                reply_text(&run, &catalog).contains("may or may not have been done: check in Box"),
                "{}",
                reply_text(&run, &catalog)
            );
        }
        let mut gone = halfway(&catalog);
        gone.set(2, StepRecord::Intended);
        assert!(cancelled(&gone, &catalog).contains("check in Box"));
    }

    #[test]
    fn a_run_that_is_given_up_says_so_and_reports_a_write_in_doubt() {
        let catalog = catalog_of_four_steps();
        let mut run = halfway(&catalog);
        run.fail_unavailable(&catalog);
        assert!(
            reply_text(&run, &catalog).starts_with("Temporarily unavailable"),
            "{}",
            reply_text(&run, &catalog)
        );
        let mut doubtful = halfway(&catalog);
        doubtful.set(3, StepRecord::Intended);
        doubtful.correlation = CorrelationId::of_request(None, [0x8f, 0x3a, 0x21, 0xc9]);
        doubtful.fail_unavailable(&catalog);
        assert!(
            reply_text(&doubtful, &catalog).starts_with("ServiceNow did not answer in time"),
            "{}",
            reply_text(&doubtful, &catalog)
        );
        assert!(
            reply_text(&doubtful, &catalog).contains("If you report it, mention `8f3a-21c9`."),
            "{}",
            reply_text(&doubtful, &catalog)
        );
    }

    #[test]
    fn a_run_cancelled_halfway_says_what_remains_done() {
        let catalog = catalog_of_four_steps();
        let reply_text = cancelled(&halfway(&catalog), &catalog);
        assert!(
            reply_text.starts_with(
                "*Win deal* was cancelled.\n\n- Done before: [Close the opportunity in Salesforce]("
            ),
            "{reply_text}"
        );
        assert_eq!(cancelled(&run(), &catalog), "*Create opportunity* was cancelled. Nothing was changed.");
    }
}
