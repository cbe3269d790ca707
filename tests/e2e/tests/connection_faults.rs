//! The vault under faults: refreshes, disconnects, freezes.

use serde_json::{Value, json};
use workbot_e2e::{Browser, Chat, Company, Sandbox, amount, eventually, login_link, unique};
use workbot_shared::{AuditAction, Receipt, RevocationOutcome};

fn live_grants(chat: &Chat) -> usize {
    Sandbox.grants(&chat.upn).iter().filter(|grant| grant["revoked"].is_null()).count()
}

fn refreshes(chat: &Chat) -> Vec<Value> {
    Sandbox.grants(&chat.upn).iter().map(|grant| grant["refreshes"].clone()).collect()
}

/// A connected person whose access token the app no longer accepts.
fn expired() -> Chat {
    let chat = Chat::new();
    chat.connect();
    Sandbox.post("salesforce/expire-access-tokens", &json!({"username": chat.upn}));
    chat
}

/// Injects a fault into the token endpoint for this person only.
fn token_fault(chat: &Chat, fault: &Value) {
    let mut whole = json!({"where": "salesforce.token", "match": chat.upn, "times": 1});
    whole.as_object_mut().unwrap().extend(fault.as_object().unwrap().clone());
    Sandbox.fault(&whole);
}

fn disconnect(chat: &Chat) -> Receipt {
    let answer = chat.call("POST", "connections/salesforce/disconnect", "");
    assert_eq!(answer.status, 200, "{}", answer.body);
    serde_json::from_str(&answer.body).expect("a receipt")
}

/// An app of each rotation class, with a command that writes there.
const APPS: [(&str, &str, &str); 4] = [
    ("salesforce", "none", "create opportunity amount: 1 close_date: 2026-12-31 name: "),
    ("salesforce", "reuse_kills", "create opportunity amount: 1 close_date: 2026-12-31 name: "),
    ("servicenow", "none", "create incident description: "),
    ("box", "single_use", "create folder name: "),
];

fn expire(app: &str, chat: &Chat) {
    Sandbox.post(&format!("{app}/expire-access-tokens"), &json!({"username": chat.upn}));
}

#[test]
fn parallel_commands_on_an_expired_token_refresh_once_in_each_rotation_class() {
    let (speakers, each) = (10, amount(3, 20));
    let all = speakers * each;
    for (app, rotation, command) in APPS {
        let chat = Chat::connected_to(app, rotation, command);
        expire(app, &chat);
        std::thread::scope(|scope| {
            for part in 0..speakers {
                let chat = &chat;
                scope.spawn(move || {
                    for number in 0..each {
                        let turn = chat.say(&format!("{command}{} {part}-{number}", chat.oid));
                        assert_eq!(turn.status, 200);
                    }
                });
            }
        });
        eventually("all replies", || (chat.successes() == all + 1).then_some(()));
        let grants = Sandbox.grants_at(app, &chat.upn);
        assert_eq!(grants.len(), 1, "{app}");
        assert_eq!(grants[0]["refreshes"], json!(1), "{app} {rotation}: {}", grants[0]);
        // The next refresh sends the refresh token of the last one.
        expire(app, &chat);
        chat.say(&format!("{command}{}", unique("Last ")));
        eventually("one more reply", || (chat.successes() == all + 2).then_some(()));
        let grant = Sandbox.grants_at(app, &chat.upn).remove(0);
        assert_eq!((&grant["refreshes"], &grant["reused"]), (&json!(2), &json!(0)), "{app} {rotation}");
    }
}

#[test]
fn only_repeated_doubtful_refusals_end_a_connection() {
    let (app, rotation, command) = APPS[2];
    let hiccup = |chat: &Chat, times: u32| {
        Sandbox.fault(&json!({"preset": "servicenow.token_hiccup", "match": chat.upn, "times": times}));
    };
    let chat = Chat::connected_to(app, rotation, command);
    expire(app, &chat);
    hiccup(&chat, 2);
    chat.say(&format!("{command}{}", unique("Second ")));
    eventually("the reply", || (chat.successes() == 2).then_some(()));
    expire(app, &chat);
    hiccup(&chat, 3);
    let before = chat.sent().len();
    chat.say(&format!("{command}{}", unique("Third ")));
    eventually("a login card", || chat.sent().iter().skip(before).find_map(login_link));
    assert_eq!(chat.status(app), "needs_login");
}

#[test]
fn a_busy_or_broken_app_destroys_nothing_and_the_command_succeeds_later() {
    for fault in [
        json!({"status": 503, "headers": {"retry-after": "1"}}),
        json!({"status": 429, "headers": {"retry-after": "1"}}),
        json!({"status": 400, "body": "<html>Sorry</html>"}),
    ] {
        let chat = expired();
        token_fault(&chat, &fault);
        let name = chat.create_opportunity();
        chat.expect(&format!("Created [{name}]"));
        assert_eq!(refreshes(&chat), [json!(1)], "{fault}");
    }
}

#[test]
fn a_policy_refusal_keeps_the_connection_and_says_whom_to_ask() {
    let chat = expired();
    let refusal = json!({"error": "invalid_grant", "error_description": "ip restricted"}).to_string();
    token_fault(&chat, &json!({"status": 400, "body": refusal}));
    chat.create_opportunity();
    chat.expect("ask your Salesforce admin");
    assert_eq!(chat.status("salesforce"), "connected");
    let name = chat.create_opportunity();
    chat.expect(&format!("Created [{name}]"));
}

#[test]
fn tokens_that_arrive_after_a_disconnect_are_revoked() {
    let chat = expired();
    token_fault(&chat, &json!({"delay_ms": 3000, "after": true}));
    chat.create_opportunity();
    eventually("the refresh", || (refreshes(&chat) == [json!(1)]).then_some(()));
    disconnect(&chat);
    eventually("the revocation of what arrived late", || (live_grants(&chat) == 0).then_some(()));
    assert_eq!(Sandbox.created_by(&chat.upn).len(), 1, "nothing more was done");
    assert_eq!(chat.status("salesforce"), "disconnected");
}

#[test]
fn a_disconnect_ends_a_waiting_run_with_a_message() {
    let chat = Chat::new();
    chat.connect();
    Sandbox.post("salesforce/revoke-grants", &json!({"username": chat.upn}));
    let before = chat.sent().len();
    chat.create_opportunity();
    let link = eventually("a login card", || chat.sent().iter().skip(before).find_map(login_link));
    disconnect(&chat);
    chat.expect("was cancelled, because you disconnected Salesforce");
    Browser::new().go(&link).expect("This link has expired");
    assert_eq!(Sandbox.created_by(&chat.upn).len(), 1);
}

#[test]
fn a_frozen_app_is_unusable_until_it_is_unfrozen() {
    let company = Company::new();
    company.connect_salesforce();
    let ada = company.person();
    ada.connect();
    let freeze = |frozen: bool| {
        let answer = company.call("PUT", "apps/salesforce", &json!({"frozen": frozen}).to_string());
        assert_eq!(answer.json(), json!({"frozen": frozen}));
    };
    let bob = company.person();
    bob.create_opportunity();
    let link = bob.expect_link();
    freeze(true);
    // As the person, as the company, and at the login.
    ada.create_opportunity();
    ada.expect("An admin has temporarily blocked Salesforce");
    bob.say("find account Acme");
    bob.expect("An admin has temporarily blocked Salesforce");
    let page = Browser::new().log_in(&link, &bob.oid, &bob.upn, "allow");
    assert_eq!(page.expect("Salesforce is temporarily blocked here").status, 503);
    assert!(Sandbox.grants(&bob.upn).is_empty() || live_grants(&bob) == 0);
    assert_eq!(Sandbox.created_by(&ada.upn).len(), 1);

    freeze(false);
    let name = ada.create_opportunity();
    ada.expect(&format!("Created [{name}]"));
    let acts: Vec<_> = company.audit(3).into_iter().map(|entry| entry.act).collect();
    assert_eq!(acts, [AuditAction::AppUnfrozen, AuditAction::AppFrozen, AuditAction::SharedConnected]);
    for (path, body, status) in [
        ("apps/nothing", r#"{"frozen":true}"#, 404),
        ("apps/salesforce", "{}", 400),
        ("apps/salesforce", "", 400),
    ] {
        assert_eq!(company.admin.call_as_admin("PUT", &format!("admin/{path}"), body).status, status);
    }
    assert_eq!(ada.call("PUT", "admin/apps/salesforce", r#"{"frozen":true}"#).status, 403);
}

#[test]
fn a_waiting_run_ends_if_its_app_was_frozen_meanwhile() {
    let company = Company::new();
    let ada = company.person();
    ada.connect();
    // Settings are not cached between commands: the next one sees the change.
    company.call("PUT", "apps/salesforce", r#"{"frozen":true}"#);
    ada.create_opportunity();
    ada.expect("An admin has temporarily blocked Salesforce");
    assert_eq!(Sandbox.created_by(&ada.upn).len(), 1);
}

#[test]
fn a_grant_wide_revocation_is_not_sent_while_another_connection_uses_the_account() {
    let company = Company::new();
    let ada = company.person();
    company.connect("servicenow", &ada.upn);
    ada.say("create incident It hums");
    Browser::new().log_in(&ada.expect_link(), &ada.oid, &ada.upn, "allow").expect("Successfully connected");
    ada.expect("as you (");
    let leave =
        |answer: workbot_e2e::Answer| -> Receipt { serde_json::from_str(&answer.body).expect("a receipt") };
    let own = leave(ada.call("POST", "connections/servicenow/disconnect", ""));
    assert_eq!(own.outcome, RevocationOutcome::KeptForOther, "{own:?}");
    assert!(own.message.contains("Another connection uses the same"), "{own:?}");
    // The company's connection still works, and its disconnect ends the account's grants.
    company.call("PUT", "recipes/create-incident/settings", r#"{"verify_user_access":{"servicenow":false}}"#);
    ada.say("create incident It still hums");
    ada.expect("as the shared connection (");
    let shared = leave(company.call("POST", "shared/servicenow/disconnect", ""));
    assert_eq!(shared.outcome, RevocationOutcome::Revoked, "{shared:?}");
}

#[test]
fn a_one_minute_access_token_is_refreshed_once_and_not_before_every_call() {
    let (app, rotation, command) = APPS[3];
    let chat = Chat::connected_to(app, rotation, command);
    Sandbox.post("box/oauth", &json!({"username": chat.upn, "access_token_seconds": 60}));
    expire(app, &chat);
    for replies in [2, 3, 4] {
        chat.say(&format!("{command}{}", unique("Folder ")));
        eventually("the reply", || (chat.successes() == replies).then_some(()));
    }
    assert_eq!(Sandbox.grants_at(app, &chat.upn)[0]["refreshes"], json!(1));
}
