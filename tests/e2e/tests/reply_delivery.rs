//! What the connector's responses do to replies, as far as only the running worker shows it. The rules are in
//! `vault/tests/world/rules/reply_delivery.rs`.

use serde_json::{Value, json};
use workbot_e2e::{Chat, Company, Sandbox, eventually, text_of};

/// An error response of the connector.
fn code(code: &str) -> Value {
    json!({"error": {"code": code, "message": "…"}})
}

/// Injects a fault into the connector.
fn at_connector(fault: &Value, more: &Value) {
    let mut whole = json!({"where": "connector"});
    for part in [fault, more] {
        whole.as_object_mut().unwrap().extend(part.as_object().unwrap().clone());
    }
    Sandbox.fault(&whole);
}

/// Waits for a message to this person, in their own conversation or in one that the bot created for them.
fn hears(chat: &Chat, words: &str) {
    eventually(&format!("{words:?} to {}", chat.oid), || {
        let all = Sandbox.sent_to(&chat.oid, &chat.conversation);
        all.into_iter().find(|sent| text_of(sent).contains(words))
    });
}

#[test]
fn a_slow_card_action_gets_a_first_message() {
    let chat = Chat::new();
    chat.connect_to("salesforce");
    Sandbox.fault(&json!({"where": "salesforce.revoke", "match": chat.upn, "delay_ms": 18_000, "times": 1}));
    let pressed = json!({"verb": "connection.disconnect", "connection": "salesforce", "confirmed": true});
    chat.deliver(&chat.activity(&json!({"value": pressed})));
    chat.expect("Working on it");
    hears(&chat, "could not be reached: retrying");
}

#[test]
fn connector_requests_honour_the_retry_after_header() {
    let chat = Chat::new();
    let fault = json!({"status": 429, "headers": {"retry-after": "2"}});
    let words = "Nothing is waiting";
    at_connector(
        &fault,
        &json!({"match": words, "path": format!("{}/activities", chat.conversation), "times": 1}),
    );
    chat.say("status");
    chat.expect(words);
    assert_eq!(chat.replies().len(), 1, "sent once in the end");
    let seen = Sandbox.get("requests?where=connector")["requests"].as_array().cloned().unwrap_or_default();
    let encoded = chat.conversation.replace(':', "%3A");
    let is_ours = |one: &&Value| {
        let path = one["path"].as_str().unwrap();
        one["method"] == json!("POST") && (path.contains(&encoded) || path.contains(&chat.conversation))
    };
    let ours: Vec<_> = seen.iter().filter(is_ours).collect();
    let time = |one: &Value| second(one["time"].as_str().unwrap());
    let refused = ours.iter().find(|one| one["status"] == json!(429)).map(|one| time(one)).unwrap();
    let accepted = ours.last().map(|one| time(one)).unwrap();
    assert!((accepted - refused + 3600.0) % 3600.0 >= 2.0, "{ours:?}");
}

/// The second of the hour of a time in RFC 3339.
fn second(time: &str) -> f64 {
    time[14..16].parse::<f64>().unwrap() * 60.0 + time[17..23].parse::<f64>().unwrap()
}

#[test]
fn a_targeted_message_gets_a_targeted_reply() {
    let company = Company::new();
    company.connect_salesforce();
    let targeted = |group: &Chat, text: &str| {
        let recipient = json!({"id": "28:bot", "name": "Workbot", "isTargeted": true});
        let activity = group.activity(&json!({"text": text, "recipient": recipient}));
        group.deliver(&activity);
        activity["id"].clone()
    };
    let is_targeted = |sent: &Value| {
        sent["targeted"] == json!(true) && sent["path"].as_str().unwrap().contains("isTargetedActivity=true")
    };
    let cases = [
        ("a list", "personal_connections".to_owned(), "Your connections"),
        ("a read", "find account Nobody-at-all".to_owned(), "as the shared connection ("),
        ("a login card", "connect box".to_owned(), "Box: login needed"),
        ("a form", "create opportunity".to_owned(), "needs a little more"),
    ];
    for (_, command, words) in cases {
        let chat = company.person();
        let group = chat.in_group();
        let id = targeted(&group, &command);
        let sent = group.expect(words);
        assert_eq!(sent["activity"]["recipient"]["id"], json!(format!("29:{}", chat.oid)), "{sent}");
        assert_eq!(sent["activity"]["entities"][0]["messageId"], id, "{sent}");
        for sent in group.sent() {
            assert!(is_targeted(&sent), "seen by all: {sent}");
        }
        // If Teams refuses the targeted message, the personal chat gets the reply.
        let chat = company.person();
        let group = chat.in_group();
        at_connector(
            &json!({"status": 403, "body": code("NotEnoughPermissions")}),
            &json!({"match": "isTargetedActivity", "path": format!("{}/activities", group.conversation)}),
        );
        targeted(&group, &command);
        hears(&chat, words);
        assert!(group.sent().is_empty(), "nothing is announced: {:?}", group.sent());
    }
}

#[test]
fn the_bots_own_token_is_fetched_once_and_reused() {
    let fetched =
        || Sandbox.get("requests?where=entra.token").to_string().matches("client_credentials").count();
    let chat = Chat::new();
    chat.say("help");
    eventually("an answer", || (chat.replies().len() == 1).then_some(()));
    let before = fetched();
    for _ in 0..5 {
        chat.say("help");
    }
    eventually("five more answers", || (chat.replies().len() == 6).then_some(()));
    let more = fetched() - before;
    assert!(more <= 1, "{more} tokens for five answers");
}
