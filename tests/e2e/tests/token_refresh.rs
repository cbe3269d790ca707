//! The refresh of access tokens, under load and under faults.

use serde_json::{Value, json};
use workbot_e2e::{Chat, Sandbox, amount, eventually, login_link, unique};
use workbot_shared::Receipt;

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
    let response = chat.call("POST", "connections/salesforce/disconnect", "");
    assert_eq!(response.status, 200, "{}", response.body);
    serde_json::from_str(&response.body).expect("a receipt")
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
    token_fault(&chat, &json!({"hold": true, "after": true}));
    chat.create_opportunity();
    eventually("the refresh", || (refreshes(&chat) == [json!(1)]).then_some(()));
    disconnect(&chat);
    Sandbox.remove_faults(&chat.upn);
    eventually("the revocation of what arrived late", || (live_grants(&chat) == 0).then_some(()));
    assert_eq!(Sandbox.created_by(&chat.upn).len(), 1, "nothing more was done");
    assert_eq!(chat.status("salesforce"), "disconnected");
}

#[test]
fn a_two_minute_access_token_is_refreshed_once_and_not_before_every_call() {
    let (app, rotation, command) = APPS[3];
    let chat = Chat::connected_to(app, rotation, command);
    // Just below the time before its end at which a longer token is refreshed; this one is fresh for two
    // thirds of its life.
    Sandbox.post("box/oauth", &json!({"username": chat.upn, "access_token_seconds": 119}));
    expire(app, &chat);
    for replies in [2, 3, 4] {
        chat.say(&format!("{command}{}", unique("Folder ")));
        eventually("the reply", || (chat.successes() == replies).then_some(()));
    }
    assert_eq!(Sandbox.grants_at(app, &chat.upn)[0]["refreshes"], json!(1));
}
