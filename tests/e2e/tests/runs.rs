//! Runs of commands.

use serde_json::{Value, json};
use workbot_e2e::{Browser, Chat, Sandbox, eventually, text_of};

fn run_of(card: &Value) -> String {
    card["activity"].to_string().split("\"run\":\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

#[test]
fn in_a_group_nothing_private_is_shown() {
    let chat = Chat::new();
    chat.connect();
    let targeting = chat.in_group();
    let name = targeting.create_opportunity();
    let reply = targeting.expect(&format!("Created [{name}]"));
    assert_eq!(reply["reader"], json!(format!("29:{}", chat.oid)), "{reply}");
    let is_public = |sent: &Value| sent["targeted"] != json!(true);
    assert!(!targeting.replies().iter().any(is_public), "nothing is announced: {:?}", targeting.sent());
    let group = chat.in_group().without_targeted();
    let name = group.create_opportunity();
    chat.expect(&format!("Created [{name}]"));
    let shown = text_of(&group.expect("written to you in private"));
    assert!(shown.contains("Test"), "{shown}");
    for sent in group.sent() {
        let text = text_of(&sent);
        assert!(!text.contains(&chat.upn) && !text.contains(&name) && !text.contains("/connect/"), "{text}");
    }
}

#[test]
fn a_login_card_for_a_group_command_goes_to_the_personal_chat() {
    let chat = Chat::new();
    chat.say("help");
    chat.expect("create opportunity");
    let group = chat.in_group().without_targeted();
    group.create_opportunity();
    chat.expect("login needed");
    group.expect("written to you in private");
    assert!(group.sent().iter().all(|sent| !text_of(sent).contains("login needed")));
}

#[test]
fn a_cancelled_run_never_runs() {
    let chat = Chat::new();
    let name = chat.create_opportunity();
    let card = chat.expect("login needed");
    let run = run_of(&card);
    let turn = chat.press("run.cancel", &json!({"verb": "run.cancel", "run": run}));
    assert_eq!(turn.status, 200);
    assert_eq!(turn.body["type"], "application/vnd.microsoft.card.adaptive");
    // Another run's login does not wake it.
    let before = chat.sent().len();
    let other = chat.create_opportunity();
    let link =
        eventually("a new login card", || chat.sent().iter().skip(before).find_map(workbot_e2e::login_link));
    Browser::new().log_in(&link, &chat.oid, &chat.upn, "allow").expect("Successfully connected");
    chat.expect(&format!("Created [{other}]"));
    assert!(chat.sent().iter().all(|sent| !text_of(sent).contains(&format!("Created [{name}]"))));
    let again = chat.press("run.cancel", &json!({"verb": "run.cancel", "run": run}));
    assert!(again.body.to_string().contains("already finished"), "{}", again.body);
}

#[test]
fn another_persons_button_is_not_yours() {
    let (ada, bob) = (Chat::new(), Chat::new());
    ada.create_opportunity();
    let run = run_of(&ada.expect("login needed"));
    let turn = bob.press("run.cancel", &json!({"verb": "run.cancel", "run": run}));
    assert!(turn.body.to_string().contains("This is not yours"), "{}", turn.body);
    Browser::new().log_in(&ada.expect_link(), &ada.oid, &ada.upn, "allow").expect("Successfully connected");
    ada.expect("as you (");
}

#[test]
fn an_access_token_that_expired_early_is_refreshed_once_and_the_command_succeeds() {
    let chat = Chat::new();
    chat.connect();
    Sandbox.post("salesforce/expire-access-tokens", &json!({"username": chat.upn}));
    let name = chat.create_opportunity();
    chat.expect(&format!("Created [{name}]"));
    assert_eq!(Sandbox.grants(&chat.upn)[0]["refreshes"], json!(1));
    // The new token is stored.
    let name = chat.create_opportunity();
    chat.expect(&format!("Created [{name}]"));
    assert_eq!(Sandbox.grants(&chat.upn)[0]["refreshes"], json!(1));
}

#[test]
fn a_revoked_grant_leads_to_a_login_and_the_run_continues() {
    let chat = Chat::new();
    chat.connect();
    Sandbox.post("salesforce/revoke-grants", &json!({"username": chat.upn}));
    let before = chat.sent().len();
    let name = chat.create_opportunity();
    let link =
        eventually("a new login card", || chat.sent().iter().skip(before).find_map(workbot_e2e::login_link));
    Browser::new().log_in(&link, &chat.oid, &chat.upn, "allow").expect("Successfully connected");
    chat.expect(&format!("Created [{name}]"));
}

#[test]
fn a_refusal_is_reported_in_the_apps_words_and_nothing_is_created() {
    let chat = Chat::new();
    chat.connect();
    let name = workbot_e2e::unique("Refused ");
    Sandbox.fault(&json!({"where": "salesforce.rest", "match": name, "status": 400, "times": 1,
        "headers": {"content-type": "application/json"},
        "body": json!([{"message": "insufficient access rights on object id", "errorCode": "X"}]).to_string()}));
    chat.say(&format!("create opportunity name: {name} amount: 1 close_date: 2026-12-31"));
    chat.expect("Salesforce says: *insufficient access rights on object id*");
    assert_eq!(Sandbox.created_by(&chat.upn).len(), 1);
}

#[test]
fn a_write_with_a_lost_response_is_reported_and_not_repeated() {
    let chat = Chat::new();
    chat.connect();
    let name = workbot_e2e::unique("Lost ");
    Sandbox
        .fault(&json!({"where": "salesforce.rest", "match": name, "drop": true, "after": true, "times": 1}));
    chat.say(&format!("create opportunity name: {name} amount: 1 close_date: 2026-12-31"));
    chat.expect("may or may not");
    assert_eq!(Sandbox.created_by(&chat.upn).len(), 2, "it was done once, and not again");
}

#[test]
fn a_write_that_a_proxy_refused_afterwards_is_not_repeated() {
    let chat = Chat::new();
    chat.connect();
    let name = workbot_e2e::unique("Lost ");
    Sandbox
        .fault(&json!({"where": "salesforce.rest", "match": name, "status": 503, "after": true, "times": 1,
        "body": "upstream connect error or disconnect/reset before headers"}));
    chat.say(&format!("create opportunity name: {name} amount: 1 close_date: 2026-12-31"));
    chat.expect("may or may not");
    chat.ended();
    assert_eq!(Sandbox.creators("salesforce", &name).len(), 1, "it was done once, and not again");
    // The app's own statement counts.
    let name = workbot_e2e::unique("Busy ");
    Sandbox.fault(&json!({"where": "salesforce.rest", "match": name, "status": 503, "times": 1,
        "body": json!([{"message": "unavailable", "errorCode": "SERVER_UNAVAILABLE"}]).to_string()}));
    chat.say(&format!("create opportunity name: {name} amount: 1 close_date: 2026-12-31"));
    chat.expect(&format!("Created [{name}]"));
}

#[test]
fn a_busy_app_is_retried_after_its_retry_after_and_the_command_succeeds() {
    let chat = Chat::new();
    chat.connect();
    let name = workbot_e2e::unique("Busy ");
    Sandbox.fault(&json!({"where": "salesforce.rest", "match": name, "status": 429, "times": 1,
        "headers": {"retry-after": "2"}}));
    chat.say(&format!("create opportunity name: {name} amount: 1 close_date: 2026-12-31"));
    chat.expect(&format!("Created [{name}]"));
    assert_eq!(Sandbox.created_by(&chat.upn).len(), 2);
}

#[test]
fn a_failed_read_is_repeated() {
    let company = workbot_e2e::Company::new();
    company.connect_salesforce();
    let ada = company.person();
    let name = workbot_e2e::unique("Nobody ");
    Sandbox.fault(&json!({"where": "salesforce.rest", "match": name, "status": 500, "times": 1}));
    ada.say(&format!("find account {name}"));
    ada.expect("There is no account named like");
}

#[test]
fn one_command_acts_in_three_apps_as_the_person_after_three_logins() {
    let chat = Chat::new();
    let name = chat.create_opportunity();
    Browser::new()
        .log_in(&chat.expect_link(), &chat.oid, &chat.upn, "allow")
        .expect("Successfully connected");
    chat.expect(&format!("Created [{name}]"));
    chat.say(&format!("win deal opportunity: {name}"));
    let card = chat.expect("1 of 3 connected");
    for link in workbot_e2e::login_links(&card) {
        Browser::new().log_in(&link, &chat.oid, &chat.upn, "allow").expect("Successfully connected");
    }
    eventually("the reply", || {
        chat.sent().into_iter().map(|sent| text_of(&sent)).find(|text| {
            text.contains("as you (")
                && text.contains("/box-account/folder/")
                && text.contains("/servicenow/")
        })
    });
}

#[test]
fn a_person_with_a_german_client_gets_german_texts() {
    let chat = Chat::new();
    let say = |text: &str, locale: Value| {
        chat.deliver(&chat.activity(&json!({"text": text, "locale": locale})));
    };
    let name = workbot_e2e::unique("Deal ");
    say(&format!("create opportunity name: {name} amount: 1.234,5 close_date: 31.12.2026"), json!("de-DE"));
    let card = chat.expect("Salesforce: Anmeldung erforderlich");
    assert!(text_of(&card).contains("Um in Ihrem Namen diese Opportunity anzulegen"), "{card}");
    let link = workbot_e2e::login_link(&card).expect("a button");
    Browser::new().log_in(&link, &chat.oid, &chat.upn, "allow").expect("Successfully connected");
    chat.expect("Salesforce verbunden als");
    let reply = text_of(&chat.expect(&format!("in Ihrem Namen ({})", chat.upn)));
    assert!(reply.contains("Betrag 1.234,50, Abschluss am 31. Dez. 2026"), "{reply}");
    // This client sends no locale.
    say("personal_connections", Value::Null);
    let list = text_of(&chat.expect("Ihre Verbindungen"));
    assert!(list.contains("zuletzt verwendet {{DATE(") && list.contains("Trennen"), "{list}");
    // This client sends another locale.
    say("help", json!("en-GB"));
    chat.expect("What I can do for you");
}

#[test]
fn a_slow_run_shows_progress_and_its_reply_replaces_the_card() {
    let chat = Chat::new();
    chat.connect();
    Sandbox.fault(&json!({"where": "salesforce.rest", "match": chat.upn, "times": 1, "hold": true}));
    let name = chat.create_opportunity();
    let working = chat.expect("Working on *Create opportunity*");
    Sandbox.remove_faults(&chat.upn);
    let reply = chat.expect(&format!("Created [{name}]"));
    assert_eq!((&reply["method"], &reply["activity_id"]), (&json!("PUT"), &working["activity_id"]));
    let typing = |sent: &Value| sent["activity"]["type"] == json!("typing");
    assert!(chat.sent().iter().any(typing), "at once it is shown that the bot is at it");
}
