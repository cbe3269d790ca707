//! The history of a person's runs, the open ones, and cancelling them: the API of the tab.

use serde_json::json;
use workbot_e2e::{Chat, Company, Response, Sandbox, agent, eventually, text_of, worker};
use workbot_shared::{Activity, ActivityEntry, OwnerKind, RunOutcome, RunRow, RunStatus, Runs, StepOutcome};

fn page(chat: &Chat, query: &str) -> Activity {
    let response = chat.call("GET", &format!("activity{query}"), "");
    assert_eq!(response.status, 200, "{}", response.body);
    serde_json::from_str(&response.body).expect("an activity")
}

/// Waits until the newest run is over. Returns its entry.
fn over(chat: &Chat) -> ActivityEntry {
    eventually("an entry of a run that is over", || {
        page(chat, "").entries.into_iter().next().filter(|entry| entry.outcome != RunOutcome::UnderWay)
    })
}

fn runs(chat: &Chat) -> Vec<RunRow> {
    let response = chat.call("GET", "runs", "");
    assert_eq!(response.status, 200, "{}", response.body);
    serde_json::from_str::<Runs>(&response.body).expect("runs").runs
}

fn waiting(chat: &Chat) -> RunRow {
    eventually("a run that waits", || {
        runs(chat).into_iter().find(|run| run.status == RunStatus::WaitingLogin)
    })
}

fn cancel(chat: &Chat, run: &RunRow) -> Response {
    chat.call("POST", &format!("runs/{}/cancel", run.run), "")
}

fn code(response: &Response) -> String {
    let error = response.json()["error"].clone();
    assert!(error["message"].as_str().is_some_and(|text| text.len() > 10), "{error}");
    error["code"].as_str().unwrap().to_owned()
}

#[test]
fn a_history_entry_has_steps_times_identity_and_link() {
    let chat = Chat::new();
    assert!(page(&chat, "").entries.is_empty());
    chat.connect();
    let entry = over(&chat);
    assert_eq!((entry.name.as_str(), entry.outcome), ("Create opportunity", RunOutcome::Done));
    assert!(entry.at.ends_with('Z'), "{entry:?}");
    let [step] = entry.steps.as_slice() else { panic!("{entry:?}") };
    assert_eq!(
        (step.app_name.as_str(), step.action.as_str(), step.writes, step.outcome, step.acts_as),
        ("Salesforce", "create_record", true, StepOutcome::Done, OwnerKind::Person)
    );
    assert_eq!(step.account.as_deref(), Some(chat.upn.as_str()));
    let link = step.link.as_deref().expect("a link");
    assert_eq!(Response::read(agent().get(link).call().expect("the record")).status, 200);
}

#[test]
fn history_includes_runs_with_the_shared_connection() {
    let company = Company::new();
    let account = company.connect_salesforce();
    let ada = company.person();
    ada.say("find account Acme");
    ada.expect("as the shared connection (");
    let step = over(&ada).steps.remove(0);
    assert_eq!((step.acts_as, step.account), (OwnerKind::Shared, Some(account)));
}

#[test]
fn history_omits_runs_without_effect_and_marks_unknown_outcomes() {
    let chat = Chat::new();
    chat.connect();
    Sandbox.rights("salesforce", &chat.upn, "read_only");
    let before = chat.sent().len();
    chat.create_opportunity();
    eventually("the refusal", || {
        chat.sent().into_iter().skip(before).find(|sent| text_of(sent).contains("says"))
    });
    assert_eq!(page(&chat, "").entries.len(), 1, "the app did nothing");
}

#[test]
fn history_is_paged_newest_first() {
    let chat = Chat::new();
    chat.connect();
    let second = chat.create_opportunity();
    chat.expect(&format!("Created [{second}]"));
    let third = chat.create_opportunity();
    chat.expect(&format!("Created [{third}]"));
    let all = page(&chat, "").entries;
    assert_eq!(all.len(), 3);
    assert!(all.windows(2).all(|pair| pair[0].at >= pair[1].at));
    let mut cursor = String::new();
    for expected in &all {
        let page = page(&chat, &format!("?limit=1{cursor}"));
        assert_eq!(page.entries.as_slice(), std::slice::from_ref(expected));
        cursor = page.next_cursor.map(|next| format!("&cursor={}", encoded(&next))).unwrap_or_default();
    }
    let end = page(&chat, &format!("?limit=1{cursor}"));
    assert_eq!((end.entries.len(), end.next_cursor), (0, None));
}

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[test]
fn a_waiting_run_is_listed_and_cancelled_and_its_card_says_so() {
    let chat = Chat::new();
    chat.create_opportunity();
    let run = waiting(&chat);
    assert_eq!(run.name, "Create opportunity");
    let link = chat.expect_link();
    let cancelled = cancel(&chat, &run);
    assert_eq!(cancelled.status, 200, "{}", cancelled.body);
    let row: RunRow = serde_json::from_str(&cancelled.body).expect("a row");
    assert_eq!((row.run.clone(), row.status), (run.run.clone(), RunStatus::Cancelled));
    chat.expect("was cancelled");
    assert!(runs(&chat).is_empty());
    assert_eq!(cancel(&chat, &run).status, 200, "safe to repeat");
    // The cancelled run's login link is no longer valid.
    workbot_e2e::Browser::new().go(&link).expect("Nothing was connected");
    assert!(Sandbox.created_by(&chat.upn).is_empty() && page(&chat, "").entries.is_empty());
}

#[test]
fn a_person_cannot_see_or_cancel_another_persons_runs() {
    let (ada, bob) = (Chat::new(), Chat::new());
    ada.create_opportunity();
    let run = waiting(&ada);
    let refused = cancel(&bob, &run);
    assert_eq!((refused.status, code(&refused).as_str()), (404, "not_found"));
    assert!(refused.body.contains("This is not yours"), "{}", refused.body);
    assert!(runs(&bob).is_empty());
    assert_eq!(waiting(&ada).run, run.run);
}

#[test]
fn a_finished_run_cannot_be_cancelled() {
    let chat = Chat::new();
    chat.connect();
    let over = over(&chat);
    let refused = chat.call("POST", &format!("runs/{}/cancel", over.run), "");
    assert_eq!((refused.status, code(&refused).as_str()), (409, "conflict"));
}

#[test]
fn history_is_in_the_readers_language() {
    let chat = Chat::new();
    chat.connect();
    over(&chat);
    let bearer = format!("Bearer {}", Sandbox.sso_token(&json!({"oid": chat.oid, "tid": chat.tenant})));
    let url = format!("{}/api/activity", worker());
    let response = agent().get(url).header("authorization", bearer).header("accept-language", "de").call();
    let activity: Activity =
        serde_json::from_str(&Response::read(response.expect("the worker")).body).unwrap();
    assert_eq!(activity.entries[0].name, "Opportunity anlegen");
}

#[test]
fn the_activity_routes_require_a_token_and_a_known_path() {
    let chat = Chat::new();
    for (method, path) in [("GET", "activity"), ("GET", "runs"), ("POST", "runs/0123456789abcdef/cancel")] {
        let url = format!("{}/api/{path}", worker());
        for bearer in ["", "Bearer nonsense"] {
            let response = if method == "GET" {
                agent().get(&url).header("authorization", bearer).call()
            } else {
                agent().post(&url).header("authorization", bearer).send("")
            };
            assert_eq!(Response::read(response.expect("the worker")).status, 401, "{method} {path}");
        }
        assert_eq!(chat.call("DELETE", path, "").status, 405, "{path}");
    }
    for query in ["?cursor=nonsense", "?cursor=%7B%7D", "?limit=many"] {
        assert_eq!(chat.call("GET", &format!("activity{query}"), "").status, 400, "{query}");
    }
    for run in ["0123456789abcdef", "nonsense"] {
        assert_eq!(chat.call("POST", &format!("runs/{run}/cancel"), "").status, 404, "{run}");
    }
}
