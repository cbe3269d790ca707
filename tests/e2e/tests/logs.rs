//! The worker's log: one line per event, with the values to count and find it, and nothing that a person
//! wrote or owns.

use serde_json::{Value, json};
use workbot_e2e::{Chat, Company, Response, Sandbox, agent, eventually, worker, worker_log};

/// The events of a tenant in the log.
fn events_of(tenant: &str) -> Vec<Value> {
    let log = worker_log();
    let lines =
        log.lines().filter_map(|line| serde_json::from_str::<Value>(line.get(line.find('{')?..)?).ok());
    lines.filter(|line| line["tenant"] == json!(tenant)).collect()
}

fn named<'a>(events: &'a [Value], name: &str) -> Vec<&'a Value> {
    events.iter().filter(|event| event["event"] == json!(name)).collect()
}

/// Waits until this number of runs is over. Returns the events.
fn after_runs(company: &Company, runs: usize) -> Vec<Value> {
    eventually("the lines of the log", || {
        let events = events_of(&company.tenant);
        (named(&events, "run").len() == runs).then_some(events)
    })
}

#[test]
fn each_event_is_one_log_line_with_the_correlation_id_and_without_private_data() {
    let company = Company::new();
    let ada = company.person();
    let first = ada.create_opportunity();
    let link = ada.expect_link();
    workbot_e2e::Browser::new().log_in(&link, &ada.oid, &ada.upn, "allow").expect("Successfully connected");
    ada.expect(&format!("Created [{first}]"));
    Sandbox.post("salesforce/expire-access-tokens", &json!({"username": ada.upn}));
    let second = ada.create_opportunity();
    ada.expect(&format!("Created [{second}]"));

    let events = after_runs(&company, 2);
    for (name, count) in
        [("turn", 2), ("login", 1), ("connected", 1), ("refresh", 1), ("step", 2), ("run", 2)]
    {
        assert_eq!(named(&events, name).len(), count, "{name}: {events:#?}");
    }
    let without_time = |event: &Value| {
        let mut event = event.clone();
        let fields = event.as_object_mut().unwrap();
        assert!(fields.remove("ms").is_some_and(|ms| ms.is_u64()), "{fields:?}");
        assert!(
            fields.remove("correlation_id").is_some_and(|id| id.as_str().unwrap().len() == 9),
            "{fields:?}"
        );
        fields.remove("tenant");
        event
    };
    assert_eq!(
        without_time(named(&events, "turn")[0]),
        json!({"event": "turn", "kind": "message", "outcome": "done", "recipe": "create-opportunity"})
    );
    assert_eq!(
        without_time(named(&events, "login")[0]),
        json!({"event": "login", "app": "salesforce", "shared": false, "outcome": "connected"})
    );
    assert_eq!(
        without_time(named(&events, "refresh")[0]),
        json!({"event": "refresh", "app": "salesforce", "shared": false, "outcome": "done"})
    );
    assert_eq!(
        without_time(named(&events, "step")[1]),
        json!({
            "event": "step", "recipe": "create-opportunity", "app": "salesforce", "action": "create_record",
            "shared": false, "outcome": "done"
        })
    );
    // All events of a command have its id; those of another command have another.
    let ids = |name: &str| -> Vec<Value> {
        named(&events, name).into_iter().map(|event| event["correlation_id"].clone()).collect()
    };
    let turns = ids("turn");
    assert_ne!(turns[0], turns[1]);
    assert_eq!(
        (ids("step"), ids("run"), ids("refresh")),
        (turns.clone(), turns.clone(), vec![turns[1].clone()])
    );
    // No person and no text is named.
    let all = json!(events).to_string();
    for private in [&first, &second, &ada.oid, &ada.upn, &ada.conversation] {
        assert!(!all.contains(private.as_str()), "a line holds {private}");
    }
}

#[test]
fn events_of_a_shared_connection_have_the_commands_correlation_id() {
    let company = Company::new();
    let account = company.connect_salesforce();
    Sandbox.post("salesforce/expire-access-tokens", &json!({"username": account}));
    let ada = company.person();
    ada.say("find account Acme");
    ada.expect("as the shared connection (");
    let events = after_runs(&company, 1);
    let id = &named(&events, "turn")[0]["correlation_id"];
    for name in ["refresh", "step", "run"] {
        let found = named(&events, name);
        assert!(found.len() == 1 && found[0]["correlation_id"] == *id, "{name}: {events:#?}");
    }
    assert_eq!(named(&events, "login")[0]["shared"], json!(true));
    assert_eq!(named(&events, "step")[0]["shared"], json!(true));
}

#[test]
fn a_second_delivery_is_logged_and_has_no_effect() {
    let company = Company::new();
    let ada = company.person();
    let activity = ada.activity(&json!({"text": "find account Acme"}));
    ada.deliver(&activity);
    ada.deliver(&activity);
    let events = eventually("two turns", || {
        Some(events_of(&company.tenant)).filter(|events| named(events, "turn").len() == 2)
    });
    let outcomes: Vec<_> = named(&events, "turn").into_iter().map(|turn| turn["outcome"].clone()).collect();
    assert_eq!(outcomes, [json!("done"), json!("repeated")]);
    assert_eq!(named(&after_runs(&company, 1), "run").len(), 1);
}

#[test]
fn the_correlation_id_of_an_error_finds_its_log_line() {
    let response = Response::read(
        agent()
            .get(format!("{}/api/nothing", worker()))
            .header("cf-ray", "230B030023AE2822-SJC")
            .call()
            .unwrap(),
    );
    let shown = response.json()["error"]["correlation_id"].as_str().unwrap().to_owned();
    let line = eventually("the line", || {
        worker_log()
            .lines()
            .find(|line| line.contains("\"refused\"") && line.contains(&shown))
            .map(str::to_owned)
    });
    assert!(line.contains("\"status\":404") && line.contains("\"path\":\"no route\""), "{line}");
}

#[test]
fn a_refused_request_is_logged_by_route_without_its_path() {
    let secret = workbot_e2e::unique("secret-");
    for (number, (path, route)) in [
        (format!("//connect/{secret}"), "/connect/{ticket}"),
        (format!("/connect/{secret}/x"), "no route"),
        (format!("/api/admin/users/{secret}/disconnect"), "/api/admin/users/{user}/disconnect"),
        (format!("/oauth/callback/{secret}?code={secret}"), "/oauth/callback/{app}"),
        (format!("/{secret}"), "no route"),
    ]
    .into_iter()
    .enumerate()
    {
        let run = std::process::id() & 0xffff;
        let ray = format!("230B0300{run:04x}{number:04x}-SJC");
        let url = format!("{}{path}", worker());
        let response = agent().put(url).header("cf-ray", &ray).send_empty().expect("the worker");
        assert!(response.status().as_u16() >= 300, "{path}");
        let id = format!("{run:04x}-{number:04x}");
        let line = eventually("the line", || {
            let log = worker_log();
            let mut lines = log.lines().rev().filter(|line| line.contains("\"refused\""));
            lines.find(|line| line.contains(&id)).map(str::to_owned)
        });
        assert!(line.contains(&format!("\"path\":\"{route}\"")), "{path}: {line}");
    }
    assert!(!worker_log().lines().any(|line| line.contains("\"event\"") && line.contains(&secret)));
}

#[test]
fn a_reply_with_an_unknown_outcome_shows_the_correlation_id() {
    let company = Company::new();
    let ada: Chat = company.person();
    ada.connect();
    let name = workbot_e2e::unique("Doubtful ");
    Sandbox
        .fault(&json!({"where": "salesforce.rest", "match": name, "times": 1, "drop": true, "after": true}));
    ada.say(&format!("create opportunity name: {name} amount: 1 close_date: 2026-12-31"));
    let reply = workbot_e2e::text_of(&ada.expect("may or may not"));
    let events = after_runs(&company, 2);
    let id = named(&events, "turn")[1]["correlation_id"].as_str().unwrap();
    assert!(reply.contains(&format!("mention `{id}`")), "{reply}");
    assert_eq!(named(&events, "step")[1]["outcome"], json!("unknown"));
}

#[test]
fn no_log_line_holds_a_secret() {
    let chat = Chat::new();
    let mut browser = chat.connect();
    Sandbox.post("salesforce/expire-access-tokens", &json!({"username": chat.upn}));
    let name = chat.create_opportunity();
    chat.expect(&format!("Created [{name}]"));
    browser.go(&format!("{}/connect/00", worker()));
    // The development server's access log is not part of the deployment.
    let log: String = worker_log().lines().filter(|line| !line.starts_with("[wrangler:")).collect();
    for url in &browser.visited {
        for part in url.split(['?', '&', '=', '/']).filter(|part| part.len() > 40) {
            assert!(!log.contains(part), "the log holds a part of {url}");
        }
    }
    for words in ["access_token", "refresh_token", "Bearer ", "__Host-login-", &name, "code_verifier"] {
        assert!(!log.contains(words), "the log holds {words:?}");
    }
}

#[test]
fn invocation_logs_are_off() {
    let file = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../wrangler.toml")).unwrap();
    let section = file.split("[observability.logs]").nth(1).expect("the section");
    assert!(section.lines().any(|line| line.trim() == "invocation_logs = false"));
}
