//! Token endpoints and APIs that deviate as real apps do: tokens and refusals in every shape, and dead tokens
//! without a 401.

use serde_json::{Value, json};
use std::time::{Duration, Instant};
use workbot_e2e::{Browser, Chat, Company, Page, Sandbox, eventually, login_link, unique};

const COMMAND: &str = "create opportunity amount: 1 close_date: 2026-12-31 name: ";

/// Runs `body` with each value, in parallel.
fn with_each(values: &[Value], body: impl Fn(&Value) + Sync) {
    std::thread::scope(|scope| {
        let body = &body;
        let threads: Vec<_> = values.iter().map(|value| (value, scope.spawn(move || body(value)))).collect();
        let failed: Vec<_> = threads
            .into_iter()
            .filter_map(|(value, thread)| thread.join().is_err().then_some(value))
            .collect();
        assert!(failed.is_empty(), "failed: {failed:#?}");
    });
}

/// Injects a fault into an endpoint of Salesforce, for matching requests and this many times.
fn fault(place: &str, matching: &str, times: u32, fault: &Value) {
    let mut whole = json!({"where": format!("salesforce.{place}"), "match": matching, "times": times});
    whole.as_object_mut().unwrap().extend(fault.as_object().unwrap().clone());
    Sandbox.fault(&whole);
}

/// The login of a new person whose code exchange gets a response in this shape.
fn log_in(chat: &Chat, answer: &Value) -> (String, Page) {
    Sandbox.post("salesforce/oauth", &json!({"username": chat.upn, "rotation": "reuse_kills"}));
    chat.create_opportunity();
    let link = chat.expect_link();
    let callback = format!("{}/oauth/callback/salesforce", workbot_e2e::worker());
    let mut browser = Browser::new();
    let stopped = browser.log_in_until(&link, &chat.oid, &chat.upn, "allow", &callback);
    let code = stopped.url.split("code=").nth(1).unwrap().split('&').next().unwrap();
    fault("token", code, 1, answer);
    (link, browser.go(&stopped.url))
}

fn expire(chat: &Chat) {
    Sandbox.post("salesforce/expire-access-tokens", &json!({"username": chat.upn}));
}

/// A connected person whose access token the app no longer accepts.
fn expired() -> Chat {
    let chat = Chat::connected_to("salesforce", "none", COMMAND);
    expire(&chat);
    chat
}

fn reason(chat: &Chat) -> Value {
    let rows = chat.call("GET", "connections", "").json()["connections"].as_array().cloned().unwrap();
    rows.iter().find(|row| row["app"] == json!("salesforce")).unwrap()["reason"].clone()
}

fn grant(chat: &Chat) -> Value {
    Sandbox.grants(&chat.upn).remove(0)
}

#[test]
fn a_token_response_of_any_shape_connects_and_refreshes() {
    let shapes = [
        json!({"set": {"expires_in": "7200"}}),
        json!({"set": {"expires_in": ""}}),
        json!({"set": {"expires_in": 7200.0}}),
        json!({"set": {"expires_in": null}}),
        json!({"set": {"expires_in": -1}}),
        json!({"set": {"expires_in": 0}}),
        json!({"set": {"expires_in": 1e300}}),
        json!({"remove": ["token_type"]}),
        json!({"set": {"token_type": null}}),
        json!({"set": {"token_type": "BearerToken"}}),
        json!({"set": {"scope": ["api", "refresh_token"]}}),
        json!({"set": {"scope": null}}),
        json!({"set": {"scope": ""}}),
        json!({"set": {"scope": "api,refresh_token"}}),
        json!({"bom": true}),
        json!({"status": 201}),
        json!({"content_type": "text/html; charset=utf-8"}),
        json!({"written": "form", "remove": ["expires_in"]}),
        json!({"written": "form", "content_type": "text/plain", "bom": true}),
        json!({"written": "text"}),
        json!({"set": {"error": null, "ok": true}}),
    ];
    with_each(&shapes, |shape| {
        let chat = Chat::new();
        log_in(&chat, &json!({ "reshape": shape })).1.expect("Successfully connected");
        chat.expect("as you (");
        chat.ended();
        expire(&chat);
        fault("token", &chat.upn, 1, &json!({ "reshape": shape }));
        let before = chat.sent().len();
        chat.say(&format!("{COMMAND}{}", unique("Second ")));
        eventually("the reply", || (chat.successes() == 2).then_some(()));
        // The next refresh sends the refresh token of the last one.
        expire(&chat);
        chat.say(&format!("{COMMAND}{}", unique("Third ")));
        eventually("the reply", || (chat.successes() == 3).then_some(()));
        assert!(chat.sent().iter().skip(before).all(|sent| login_link(sent).is_none()), "{shape}");
        let grant = grant(&chat);
        assert_eq!((&grant["refreshes"], &grant["reused"]), (&json!(2), &json!(0)), "{shape}: {grant}");
    });
}

#[test]
fn an_unusable_token_response_is_reported_and_its_tokens_are_revoked() {
    let shapes = [
        json!({"reshape": {"remove": ["access_token"]}}),
        json!({"reshape": {"set": {"access_token": null}}}),
        json!({"reshape": {"set": {"access_token": 12345}}}),
        json!({"reshape": {"set": {"token_type": "mac"}}}),
        json!({"reshape": {"set": {"token_type": "DPoP"}}}),
        json!({"reshape": {"below": "data"}}),
        json!({"reshape": {"remove": ["id"]}}),
        json!({"reshape": {"set": {"id": "https://elsewhere.example/id"}}}),
    ];
    with_each(&shapes, |shape| {
        let chat = Chat::new();
        let (link, page) = log_in(&chat, shape);
        assert_eq!(page.expect("Salesforce gave an unexpected answer").status, 502, "{shape}");
        eventually(&format!("the revocation after {shape}"), || {
            let grants = Sandbox.grants(&chat.upn);
            (grants.len() == 1 && !grants[0]["revoked"].is_null()).then_some(())
        });
        Browser::new().log_in(&link, &chat.oid, &chat.upn, "allow").expect("Successfully connected");
        chat.expect("as you (");
    });
}

#[test]
fn a_refused_login_is_not_reported_as_an_outage() {
    let answers = [
        (json!({"status": 400, "body": "error=invalid_grant"}), "Salesforce did not accept the login"),
        (json!({"status": 200, "body": {"error": "bad_code"}}), "Salesforce did not accept the login"),
        (json!({"status": 403, "body": "<html>Blocked</html>"}), "Salesforce did not accept the login"),
        (json!({"status": 200, "body": {}}), "Salesforce gave an unexpected answer"),
        (json!({"status": 200, "body": "<html>Welcome</html>"}), "Salesforce gave an unexpected answer"),
        (json!({"preset": "salesforce.token_busy"}), "Salesforce could not be reached"),
        (json!({"status": 503}), "Salesforce could not be reached"),
    ];
    let answers: Vec<_> = answers.iter().map(|(answer, words)| json!([answer, words])).collect();
    with_each(&answers, |told| {
        let page = log_in(&Chat::new(), &told[0]).1;
        page.expect(told[1].as_str().unwrap());
    });
}

#[test]
fn a_definite_refusal_of_any_shape_asks_for_a_login_at_once() {
    let refusals = [
        json!({"status": 400, "body": {"error": {"code": "invalid_grant", "message": "x"}}}),
        json!({"status": 400, "body": "\u{feff}{\"error\":\"invalid_grant\"}"}),
        json!({"status": 400, "body": "error=invalid_grant"}),
        json!({"status": 400, "body": {"errors": [{"code": "invalid_grant"}]}}),
        json!({"status": 401, "body": [{"errorCode": "invalid_grant", "message": "x"}]}),
        json!({"status": 403, "body": "invalid_grant: expired access/refresh token"}),
        json!({"status": 400, "body": "<html><h1>invalid_grant</h1></html>"}),
        json!({"status": 200, "body": {"error": "invalid_grant"}}),
        json!({"status": 200, "body": {"ok": false, "error": "invalid_grant"}}),
        json!({"status": 400, "body": {"error": "inactive_user", "error_description": "user is inactive"}}),
    ];
    with_each(&refusals, |refusal| {
        let chat = expired();
        fault("token", &chat.upn, 1, refusal);
        let (before, began) = (chat.sent().len(), Instant::now());
        chat.say(&format!("{COMMAND}{}", unique("Second ")));
        let card = eventually("a login card", || chat.sent().iter().skip(before).find_map(login_link));
        assert!(began.elapsed() < Duration::from_secs(60), "{refusal}: {:?}", began.elapsed());
        assert_eq!(reason(&chat), json!("grant_gone"), "{refusal}");
        Browser::new().log_in(&card, &chat.oid, &chat.upn, "allow").expect("Successfully connected");
        eventually("the reply", || (chat.successes() == 2).then_some(()));
    });
}

/// The number of a person's requests that a fault will still hit.
fn left(matching: &str) -> u64 {
    let faults = Sandbox.get("faults")["faults"].as_array().cloned().unwrap();
    faults
        .iter()
        .filter(|fault| fault["match"] == json!(matching))
        .filter_map(|fault| fault["times"].as_u64())
        .sum()
}

/// Refusals that cannot be read, or name an unknown error.
fn doubtful() -> Vec<Value> {
    vec![
        json!({"status": 400, "body": {"status": "BAD_REFRESH_TOKEN", "message": "missing or invalid refresh token"}}),
        json!({"status": 400, "body": {"error": "something_new"}}),
        json!({"status": 401, "body": ""}),
        json!({"status": 404, "body": "Not Found"}),
        json!({"status": 302, "headers": {"location": "https://gateway.example/"}}),
        json!({"status": 200, "body": {"ok": false}}),
        json!({"preset": "salesforce.token_gateway"}),
        json!({"reshape": {"set": {"token_type": "DPoP"}}}),
    ]
}

#[test]
fn two_unreadable_refusals_need_no_login() {
    with_each(&doubtful(), |refusal| {
        let chat = expired();
        fault("token", &chat.upn, 2, refusal);
        let before = chat.sent().len();
        chat.say(&format!("{COMMAND}{}", unique("Second ")));
        eventually("the reply", || (chat.successes() == 2).then_some(()));
        assert!(chat.sent().iter().skip(before).all(|sent| login_link(sent).is_none()), "{refusal}");
        assert_eq!(chat.status("salesforce"), "connected");
    });
}

#[test]
fn repeated_unreadable_refusals_ask_for_a_login_and_a_later_success_ends_that() {
    with_each(&doubtful(), |refusal| {
        let chat = expired();
        fault("token", &chat.upn, 4, refusal);
        let (before, began) = (chat.sent().len(), Instant::now());
        chat.say(&format!("{COMMAND}{}", unique("Second ")));
        eventually("a login card", || chat.sent().iter().skip(before).find_map(login_link));
        assert!(began.elapsed() < Duration::from_secs(60), "{refusal}: {:?}", began.elapsed());
        assert_eq!((chat.status("salesforce").as_str(), reason(&chat)), ("needs_login", json!("doubtful")));
        assert_eq!(left(&chat.upn), 1, "{refusal}: no job goes on asking");
        // The next command tries once, in vain. The one after that succeeds, and all three runs end without a
        // login.
        let before = chat.sent().len();
        chat.say(&format!("{COMMAND}{}", unique("Third ")));
        eventually("another login card", || chat.sent().iter().skip(before).find_map(login_link));
        chat.say(&format!("{COMMAND}{}", unique("Fourth ")));
        eventually("three replies", || (chat.successes() == 4).then_some(()));
        assert_eq!((chat.status("salesforce").as_str(), reason(&chat)), ("connected", Value::Null));
        assert!(grant(&chat)["revoked"].is_null(), "{refusal}");
    });
}

#[test]
fn the_next_refresh_sends_the_refresh_token_of_an_unusable_response() {
    let mut shapes = Vec::new();
    for rotation in ["single_use", "reuse_kills"] {
        shapes.push(json!([rotation, {"set": {"access_token": ""}}]));
        shapes.push(json!([rotation, {"remove": ["access_token"], "written": "form"}]));
        shapes.push(json!([rotation, {"set": {"token_type": "DPoP"}}]));
    }
    with_each(&shapes, |shape| {
        let chat = Chat::connected_to("salesforce", shape[0].as_str().unwrap(), COMMAND);
        expire(&chat);
        fault("token", &chat.upn, 2, &json!({ "reshape": shape[1] }));
        let before = chat.sent().len();
        chat.say(&format!("{COMMAND}{}", unique("Second ")));
        eventually("the reply", || (chat.successes() == 2).then_some(()));
        assert!(chat.sent().iter().skip(before).all(|sent| login_link(sent).is_none()), "{shape}");
        let grant = grant(&chat);
        assert_eq!((&grant["refreshes"], &grant["reused"]), (&json!(3), &json!(0)), "{shape}: {grant}");
    });
}

#[test]
fn a_shared_connection_that_ended_by_doubt_recovers_by_itself() {
    let company = Company::new();
    let account = company.connect_salesforce();
    let ada = company.person();
    Sandbox.post("salesforce/expire-access-tokens", &json!({"username": account}));
    fault("token", &account, 3, &json!({"status": 400, "body": "<html>Sorry</html>"}));
    ada.say("find account Acme");
    eventually("the end of the company's connection", || {
        (company.shared("salesforce").reason.as_deref() == Some("doubtful")).then_some(())
    });
    ada.say("find account Acme");
    ada.expect(&format!("as the shared connection ({account})"));
    assert_eq!(company.shared("salesforce").reason, None);
}

#[test]
fn an_app_busy_with_the_same_refresh_is_retried_without_a_login() {
    let chat = expired();
    Sandbox.fault(&json!({"preset": "salesforce.token_busy", "match": chat.upn, "times": 4}));
    let before = chat.sent().len();
    chat.say(&format!("{COMMAND}{}", unique("Second ")));
    eventually("the reply", || (chat.successes() == 2).then_some(()));
    assert!(chat.sent().iter().skip(before).all(|sent| login_link(sent).is_none()));
    assert!(grant(&chat)["revoked"].is_null());
}

#[test]
fn an_apps_own_expiry_error_refreshes_once_and_the_call_runs_once() {
    let presets = [json!("salesforce.session_expired"), json!("salesforce.bad_oauth_token")];
    with_each(&presets, |preset| {
        let chat = Chat::connected_to("salesforce", "none", COMMAND);
        let name = unique("Second ");
        Sandbox.fault(&json!({"preset": preset, "match": name, "times": 1}));
        chat.say(&format!("{COMMAND}{name}"));
        eventually("the reply", || (chat.successes() == 2).then_some(()));
        assert_eq!(Sandbox.creators("salesforce", &name).len(), 1, "{preset}");
        assert_eq!(grant(&chat)["refreshes"], json!(1), "{preset}");
        // Refused again with a new token, it counts as a refusal of this call.
        let name = unique("Third ");
        Sandbox.fault(&json!({"preset": preset, "match": name, "times": 2}));
        let before = chat.sent().len();
        chat.say(&format!("{COMMAND}{name}"));
        chat.expect("Salesforce says");
        assert!(Sandbox.creators("salesforce", &name).is_empty(), "{preset}");
        assert!(chat.sent().iter().skip(before).all(|sent| login_link(sent).is_none()), "{preset}");
        assert_eq!(chat.status("salesforce"), "connected");
    });
}

#[test]
fn a_shared_read_is_repeated_after_the_apps_own_expiry_error() {
    let company = Company::new();
    let account = company.connect_salesforce();
    for preset in ["salesforce.session_expired", "salesforce.bad_oauth_token"] {
        let (ada, name) = (company.person(), unique("Nobody "));
        Sandbox.fault(&json!({"preset": preset, "match": name, "times": 1}));
        ada.say(&format!("find account {name}"));
        ada.expect("There is no account named like");
    }
    assert_eq!(Sandbox.grants(&account)[0]["refreshes"], json!(2));
}
