//! The decision: what a run needs next.

use serde_json::Value;
use std::time::Duration;
use workbot_shared::AppId;

use super::{Run, RunState, StepRecord};
use crate::catalogue::Catalogue;
use crate::template::evaluate_tree;
use crate::time::Timestamp;

/// A run that waited longer than this asks "Still do it?" before its first write.
pub const STILL_WANTED_AFTER: Duration = Duration::from_secs(3600);

/// A run waits for a person this long.
pub const WAITS_FOR: Duration = Duration::from_secs(24 * 3600);

/// What is to be done next.
#[derive(Debug, Clone, PartialEq)]
pub enum Next {
    /// Nothing: it waits for a person, or is over.
    Wait,
    /// Read who the person is to the tenant.
    ReadStanding,
    /// Read the recipe's settings and keep to them.
    ReadSettings,
    /// Show the form for what it still has to be told.
    AskInput,
    /// Ask the person, or tell them how far their logins are.
    AskLogin {
        /// The apps that lack a login.
        missing: Vec<AppId>,
    },
    /// Ask "Still do it?".
    AskStillWanted,
    /// Go on after the logins: tell the person so.
    GoOn,
    /// Note that a step is left out.
    Skip {
        /// The step.
        step: usize,
    },
    /// Call an app.
    Call {
        /// What for.
        purpose: Purpose,
        /// The app.
        app: AppId,
        /// Its action.
        action: String,
        /// The parameters.
        with: Value,
        /// Whether its intent is to be noted first.
        writes: bool,
        /// Whether the private connection is used, or the shared one.
        as_person: bool,
    },
    /// End without a word: all was said.
    End,
    /// Say this and end.
    Reply {
        /// In Markdown.
        text: String,
        /// Whether it worked.
        ok: bool,
    },
    /// Send the reply that is noted.
    Send {
        /// In Markdown.
        text: String,
        /// Whether it worked.
        ok: bool,
    },
}

/// What an app is called for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purpose {
    /// For a step.
    Step(usize),
    /// For what can be chosen for an input.
    Choices(String),
}

/// Decides what is to be done next. `connected` tells which private connections can be used; `shared`, for an app of
/// [`Run::needs_shared`], what to tell the person if the shared one cannot.
#[must_use]
pub fn next(
    run: &Run,
    catalogue: &Catalogue,
    connected: &dyn Fn(&AppId) -> bool,
    shared: &dyn Fn(&AppId) -> Result<(), String>,
    now: Timestamp,
) -> Next {
    let failed = |why: String| Next::Reply { text: run.ended(why, None, catalogue), ok: false };
    if run.has_lapsed(now) {
        return failed(run.words().lapsed(&run.name(catalogue)));
    }
    match &run.state {
        RunState::Over { .. } | RunState::Cancelled | RunState::WaitingConsent => return Next::Wait,
        RunState::Replying { text, ok } => return Next::Send { text: text.clone(), ok: *ok },
        RunState::Running | RunState::WaitingInput { .. } | RunState::WaitingLogin { .. } => {}
    }
    let Some(standing) = run.standing else { return Next::ReadStanding };
    if let Some(app) = &run.connects {
        if let Err(refusal) = standing.may_run(None) {
            return failed(run.words().may_not_run(refusal, &run.name(catalogue)));
        }
        return match (connected(app), &run.state) {
            (true, RunState::WaitingLogin { .. }) => Next::GoOn,
            (true, _) => Next::End,
            (false, RunState::WaitingLogin { card: Some(_), .. }) => Next::Wait,
            (false, _) => Next::AskLogin { missing: vec![app.clone()] },
        };
    }
    let Some(recipe) =
        catalogue.recipes.get(&run.recipe).filter(|recipe| recipe.steps.len() == run.steps.len())
    else {
        return failed(run.words().command_changed());
    };
    // Before anything else is asked for: of a write that may have been done, the person hears at once.
    if let Some(app) = run.doubtful(recipe, catalogue) {
        return failed(run.to_report(run.words().outcome_unknown(catalogue.app_name(app))));
    }
    let Some(settings) = &run.settings else { return Next::ReadSettings };
    if !settings.enabled {
        return failed(run.words().switched_off(&recipe.name));
    }
    if let Err(refusal) = standing.may_run(Some(settings)) {
        return failed(run.words().may_not_run(refusal, &recipe.name));
    }
    // Before anything is asked or done: what is missing here, the person cannot mend.
    if let Some(why) = run.needs_shared(catalogue).iter().find_map(|app| shared(app).err()) {
        return failed(why);
    }
    // The form comes before the logins, unless an app has to say first what can be chosen.
    if run.form.is_some() && run.asks_app(recipe).is_none() {
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
            RunState::WaitingLogin { card: Some(_), apps } if *apps == missing => Next::Wait,
            _ => Next::AskLogin { missing },
        };
    }
    if matches!(run.state, RunState::WaitingLogin { .. }) {
        return Next::GoOn;
    }
    if let Some((input, from)) = run.asks_app(recipe) {
        return Next::Call {
            purpose: Purpose::Choices(input.to_owned()),
            app: from.app.clone(),
            action: from.action.clone(),
            with: Value::Object(from.with.clone()),
            writes: false,
            as_person: run.is_as_person(&from.app),
        };
    }
    for (index, (step, record)) in recipe.steps.iter().zip(&run.steps).enumerate() {
        if matches!(record, StepRecord::Done { .. } | StepRecord::Skipped) {
            continue;
        }
        let values = run.values(recipe);
        let Some(action) = catalogue.action(step) else {
            return failed(run.words().command_changed());
        };
        if let Some(when) = &step.when {
            match when.holds(&values) {
                Ok(true) => {}
                Ok(false) => return Next::Skip { step: index },
                Err(_) => return failed(run.words().recipe_mistake(&recipe.name)),
            }
        }
        if action.writes && now > run.created_at + STILL_WANTED_AFTER && !run.wrote(recipe, catalogue) {
            return Next::AskStillWanted;
        }
        // A later step that cannot be done keeps the first write from being one.
        if action.writes
            && !run.wrote(recipe, catalogue)
            && let Some(why) = run.hindrance(index + 1, recipe, catalogue)
        {
            return failed(why);
        }
        return match evaluate_tree(&Value::Object(step.with.clone()), &values) {
            Ok(with) if run.lacks_email_for(action, &with) => failed(run.words().email_unknown(&recipe.name)),
            Ok(with) => Next::Call {
                purpose: Purpose::Step(index),
                app: step.app.clone(),
                action: step.action.clone(),
                with,
                writes: action.writes,
                as_person: run.is_as_person(&step.app),
            },
            Err(error) => failed(run.mistake(&error, &recipe.name)),
        };
    }
    match run.reply(recipe) {
        Ok(text) => Next::Reply { text, ok: true },
        Err(error) => failed(run.mistake(&error, &recipe.name)),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::activity::Conversation;
    use crate::call::Outcome;
    use crate::catalogue::ReplyIn;
    use crate::catalogue::tests::real_catalogue;
    use crate::roster::Standing;
    use crate::run::{HeldUp, RunSettings, SetByAdmin};
    use serde_json::json;
    use workbot_shared::{Language, RecipeId, RunId};

    const NOW: Timestamp = Timestamp(1_000_000);

    /// A fresh run of the real recipe.
    pub(crate) fn run() -> Run {
        let catalogue = real_catalogue();
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
        let recipe = &catalogue.recipes[&id];
        let run = Run::new(
            RunId::parse("0123456789abcdef").unwrap(),
            &id,
            recipe,
            inputs.map(|(id, text)| (id.to_owned(), text.to_owned())).into(),
            (conversation, "Ada".into()),
            NOW,
        );
        let settings = Some(RunSettings::of(recipe, &catalogue, &SetByAdmin::default()));
        Run { standing: Some(Standing::Member), settings, ..run }
    }

    fn salesforce() -> AppId {
        AppId::parse("salesforce").unwrap()
    }

    fn ask(run: &Run, connected: bool, now: Timestamp) -> Next {
        next(run, &real_catalogue(), &|_| connected, &|_| Err("ask your admin".into()), now)
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
        run.standing = Some(Standing::Guest);
        assert_eq!(ask(&run, false, NOW), Next::AskLogin { missing: vec![salesforce()] });
        run.state = waiting().state;
        assert_eq!((ask(&run, false, NOW), ask(&run, true, NOW)), (Next::Wait, Next::GoOn));
        assert!(run.waits_for(&salesforce()) && run.is_as_person(&salesforce()));
        run.state = RunState::Running;
        assert_eq!(ask(&run, true, NOW), Next::End);
        assert_eq!(run.cancelled(&real_catalogue()), "*Connect Salesforce* was cancelled.");
    }

    #[test]
    fn a_run_asks_for_the_login_it_lacks_and_waits() {
        assert_eq!(ask(&run(), false, NOW), Next::AskLogin { missing: vec![salesforce()] });
        assert_eq!(ask(&waiting(), false, NOW), Next::Wait);
        assert_eq!(ask(&waiting(), true, NOW), Next::GoOn);
        // A crash before the card was posted: it is posted.
        let state = RunState::WaitingLogin { card: None, apps: vec![salesforce()] };
        assert!(matches!(ask(&Run { state, ..run() }, false, NOW), Next::AskLogin { .. }));
    }

    #[test]
    fn a_step_is_called_with_the_inputs_and_the_reply_says_as_whom() {
        let mut run = run();
        let Next::Call { purpose, with, writes, as_person, .. } = ask(&run, true, NOW) else { panic!() };
        assert_eq!(
            with,
            json!({
                "object": "Opportunity",
                "fields": {"Name": "Acme", "Amount": 5000, "CloseDate": "2026-12-31", "StageName": "Prospecting"}
            })
        );
        assert!(writes && as_person);
        let output = json!({"id": "006", "link": "https://acme.my.salesforce.com/006"});
        run.note(&purpose, Outcome::Done(output), "ada@contoso.com", &real_catalogue());
        assert_eq!(
            ask(&run, true, NOW),
            Next::Reply {
                text: "Created [Acme](https://acme.my.salesforce.com/006) · amount 5,000, close date 31 Dec 2026 · as you (ada@contoso.com)".into(),
                ok: true
            }
        );
    }

    #[test]
    fn all_that_is_said_about_a_run_is_in_the_language_of_its_command() {
        let german = |run: Run| Run { language: Language::De, ..run };
        let mut done = german(run());
        let output = json!({"id": "006", "link": "https://acme.my.salesforce.com/006"});
        done.note(&Purpose::Step(0), Outcome::Done(output), "ada@contoso.com", &real_catalogue());
        let mut refused = german(run());
        refused.note(
            &Purpose::Step(0),
            Outcome::Refused { message: "no".into() },
            "ada@contoso.com",
            &real_catalogue(),
        );
        let mut unknown = german(run());
        unknown.steps[0] = StepRecord::Intended;
        let lapsed = NOW + WAITS_FOR;
        for (run, now, words) in [
            (done, NOW, "in Ihrem Namen (ada@contoso.com)"),
            (refused, NOW, "Salesforce meldet: *no*. Wenn Sie das dürfen"),
            (unknown, NOW, "Ob Ihr Auftrag ausgeführt wurde, ist nicht bekannt"),
            (german(waiting()), lapsed, "hat einen Tag gewartet und wurde abgebrochen"),
        ] {
            let (Next::Reply { text, .. } | Next::Send { text, .. }) = ask(&run, true, now) else { panic!() };
            assert!(text.contains(words), "{words}: {text}");
        }
    }

    #[test]
    fn a_write_with_an_unknown_outcome_is_not_repeated() {
        let mut run = run();
        run.steps[0] = StepRecord::Intended;
        let Next::Reply { text, ok: false } = ask(&run, true, NOW) else { panic!() };
        assert!(text.contains("may or may not"), "{text}");
    }

    #[test]
    fn a_refusal_is_told_in_the_apps_words() {
        let mut run = run();
        let message = "insufficient access rights on object id".to_owned();
        run.note(&Purpose::Step(0), Outcome::Refused { message }, "ada@contoso.com", &real_catalogue());
        let Next::Send { text, ok: false } = ask(&run, true, NOW) else { panic!() };
        assert!(text.contains("Salesforce says: *insufficient access rights on object id*"), "{text}");
    }

    #[test]
    fn after_an_hour_a_write_is_asked_about_once_more() {
        let late = NOW + STILL_WANTED_AFTER + Duration::from_secs(1);
        let mut run = run();
        assert_eq!(ask(&run, true, late), Next::AskStillWanted);
        run.state = RunState::WaitingConsent;
        assert_eq!(ask(&run, true, late), Next::Wait);
        assert!(run.waits() && run.resume(late));
        assert!(matches!(ask(&run, true, late), Next::Call { .. }));
        assert!(!run.resume(late));
    }

    #[test]
    fn with_the_toggle_off_the_shared_connection_is_used_or_the_person_told_whom_to_ask() {
        let off = RunSettings { enabled: true, guests: false, as_person: vec![] };
        let mut run = Run { settings: Some(off), ..run() };
        assert_eq!(run.needs_shared(&real_catalogue()), [salesforce()]);
        assert_eq!(
            ask(&run, true, NOW),
            Next::Reply { text: "ask your admin Nothing was changed.".into(), ok: false }
        );
        let catalogue = real_catalogue();
        let with_shared = |run: &Run| next(run, &catalogue, &|_| false, &|_| Ok(()), NOW);
        let Next::Call { purpose, as_person: false, .. } = with_shared(&run) else { panic!() };
        let output = json!({"id": "006", "link": "https://acme.my.salesforce.com/006"});
        run.note(&purpose, Outcome::Done(output), "integration@contoso.com", &catalogue);
        let Next::Reply { text, ok: true } = with_shared(&run) else { panic!() };
        assert!(text.ends_with("as the shared connection (integration@contoso.com)"), "{text}");
        assert!(run.needs_shared(&catalogue).is_empty());
    }

    #[test]
    fn a_list_says_below_it_as_whom() {
        let catalogue = real_catalogue();
        let found = |records: serde_json::Value| {
            let id = RecipeId::parse("find-account").unwrap();
            let given = [("name".to_owned(), "Ac*me".to_owned())].into();
            let asked_by = (run().conversation, "Ada".to_owned());
            let mut run = Run::new(run().id, &id, &catalogue.recipes[&id], given, asked_by, NOW);
            run.standing = Some(Standing::Member);
            run.settings = Some(RunSettings { enabled: true, guests: false, as_person: vec![salesforce()] });
            let output = json!({"records": records, "link": "https://acme.my.salesforce.com"});
            run.note(&Purpose::Step(0), Outcome::Done(output), "ada@contoso.com", &catalogue);
            let Next::Reply { text, .. } = ask(&run, true, NOW) else { panic!() };
            text
        };
        let acme = json!({"Id": "001", "Name": "Acme", "Industry": null, "BillingCity": "Seattle"});
        assert_eq!(
            found(json!([acme])),
            "Accounts named like *Ac\\*me*:\n\n- [Acme](https://acme.my.salesforce.com/001) · Seattle\n\nDone as you (ada@contoso.com)"
        );
        assert_eq!(
            found(json!([])),
            "There is no account named like *Ac\\*me* in Salesforce · as you (ada@contoso.com)"
        );
    }

    #[test]
    fn a_run_waits_for_a_day_and_then_says_so() {
        for state in [waiting().state, RunState::WaitingConsent] {
            let run = Run { state, ..run() };
            assert_eq!(ask(&run, false, NOW + WAITS_FOR - Duration::from_secs(1)), Next::Wait);
            let Next::Reply { text, ok: false } = ask(&run, true, NOW + WAITS_FOR) else { panic!() };
            assert!(text.contains("waited for a day"), "{text}");
        }
    }

    #[test]
    fn settings_are_read_once_and_a_recipe_can_be_switched_off() {
        assert_eq!(ask(&Run { settings: None, ..run() }, true, NOW), Next::ReadSettings);
        let off = RunSettings { enabled: false, guests: false, as_person: vec![] };
        assert!(matches!(
            ask(&Run { settings: Some(off), ..run() }, true, NOW),
            Next::Reply { ok: false, .. }
        ));
    }

    #[test]
    fn a_guest_runs_only_what_is_open_to_guests() {
        let guest = Run { standing: Some(Standing::Guest), ..run() };
        let Next::Reply { text, ok: false } = ask(&guest, true, NOW) else { panic!() };
        assert!(text.contains("not open to guests"), "{text}");
        let open = guest.settings.clone().map(|settings| RunSettings { guests: true, ..settings });
        assert!(matches!(ask(&Run { settings: open, ..guest }, true, NOW), Next::Call { .. }));
    }

    #[test]
    fn an_outsider_runs_nothing_and_connects_nothing_whatever_the_settings() {
        let open = run().settings.map(|settings| RunSettings { guests: true, ..settings });
        let connects = Run { connects: Some(salesforce()), settings: None, ..run() };
        for (run, named) in
            [(Run { settings: open, ..run() }, "*Create opportunity*"), (connects, "*Connect Salesforce*")]
        {
            let outsider = Run { standing: Some(Standing::Outsider), ..run };
            let Next::Reply { text, ok: false } = ask(&outsider, false, NOW) else { panic!() };
            assert!(
                text.starts_with(named) && text.contains("only for people of the organization"),
                "{text}"
            );
        }
    }

    #[test]
    fn who_the_person_is_comes_before_all_else_also_for_a_run_that_only_connects() {
        let connects = Run { connects: Some(salesforce()), settings: None, ..run() };
        for run in [run(), Run { settings: None, ..run() }, connects, waiting()] {
            assert_eq!(ask(&Run { standing: None, ..run }, true, NOW), Next::ReadStanding);
        }
        // What is said already is said.
        let replying = RunState::Replying { text: "x".into(), ok: true };
        let said = Next::Send { text: "x".into(), ok: true };
        assert_eq!(ask(&Run { standing: None, state: replying, ..run() }, true, NOW), said);
    }

    #[test]
    fn what_is_over_stays_over() {
        for state in [RunState::Cancelled, RunState::Over { ok: true }] {
            assert_eq!(ask(&Run { state, ..run() }, true, NOW), Next::Wait);
        }
    }

    #[test]
    fn a_recipe_that_is_gone_ends_its_runs_with_a_word() {
        let empty = Catalogue::default();
        let next = next(&run(), &empty, &|_| true, &|_| Ok(()), NOW);
        assert!(matches!(next, Next::Reply { ok: false, .. }));
    }

    #[test]
    fn in_a_channel_a_result_that_stays_there_names_no_account() {
        let mut catalogue = real_catalogue();
        let id = RecipeId::parse("create-opportunity").unwrap();
        if let Some(recipe) = catalogue.recipes.get_mut(&id) {
            recipe.reply_in = ReplyIn::Here;
        }
        let mut run = run();
        run.conversation.personal = false;
        run.steps[0] = StepRecord::Done {
            output: json!({"link": "https://x.example/1"}),
            account: "ada@contoso.com".into(),
        };
        let Next::Reply { text, .. } = next(&run, &catalogue, &|_| true, &|_| Ok(()), NOW) else { panic!() };
        assert!(!text.contains("ada@contoso.com"), "{text}");
    }

    #[test]
    fn a_run_that_an_app_holds_up_waits_for_a_day_and_is_not_cancelled_while_it_writes() {
        let held_up = Some(HeldUp { app: salesforce(), since: NOW });
        let mut run = Run { held_up, ..run() };
        assert!(run.waits() && !run.has_lapsed(NOW + WAITS_FOR - Duration::from_secs(1)));
        let Next::Reply { text, ok: false } = ask(&run, true, NOW + WAITS_FOR) else { panic!() };
        assert!(text.contains("waited for a day"), "{text}");
        run.steps[0] = StepRecord::Intended;
        assert!(!run.waits() && !run.clone().cancel() && run.has_lapsed(NOW + WAITS_FOR));
    }

    #[test]
    fn a_run_of_a_later_version_is_not_read() {
        let mut stored = serde_json::to_value(waiting()).unwrap();
        assert_eq!(stored["v"], json!(1));
        stored["v"] = json!(2);
        assert!(serde_json::from_value::<Run>(stored.clone()).is_err());
        // Before there were versions.
        stored.as_object_mut().unwrap().remove("v");
        assert_eq!(serde_json::from_value::<Run>(stored).unwrap(), waiting());
    }

    #[test]
    fn the_stored_form_is_pinned() {
        let stored = serde_json::to_value(waiting()).unwrap();
        assert_eq!(stored["state"], json!({"waiting_login": {"card": "card", "apps": ["salesforce"]}}));
        assert_eq!(stored["steps"], json!(["pending"]));
        assert_eq!(serde_json::from_value::<Run>(stored.clone()).unwrap(), waiting());
        // Before there were languages.
        let mut stored = stored;
        assert_eq!(stored.as_object_mut().unwrap().remove("language"), Some(json!("en")));
        assert_eq!(serde_json::from_value::<Run>(stored).unwrap(), waiting());
    }

    #[test]
    fn the_stored_standing_is_pinned_and_an_unknown_word_is_an_error() {
        let mut stored = serde_json::to_value(waiting()).unwrap();
        assert_eq!(stored["standing"], "member");
        stored["standing"] = json!("contractor");
        assert!(serde_json::from_value::<Run>(stored.clone()).is_err());
        // Before there were standings: a flag, by a rule that took too many for members.
        stored.as_object_mut().unwrap().remove("standing");
        for guest in [true, false] {
            stored["guest"] = json!(guest);
            let run: Run = serde_json::from_value(stored.clone()).unwrap();
            assert_eq!(run, Run { standing: None, ..waiting() });
            assert_eq!(ask(&run, true, NOW), Next::ReadStanding);
        }
    }
}
