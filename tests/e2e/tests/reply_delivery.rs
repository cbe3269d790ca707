//! Every run ends with a reply, and a person gets a first message in time, whatever the connector, the token
//! endpoint and the roster do.

use serde_json::{Value, json};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use workbot_e2e::{Chat, Company, Sandbox, all_faults, eventually, text_of, unique};

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

/// Runs the cases in parallel and names those that failed.
fn each<T: Sync>(cases: &[(&str, T)], body: impl Fn(&T) + Sync) {
    std::thread::scope(|scope| {
        let body = &body;
        let threads: Vec<_> =
            cases.iter().map(|(name, case)| (*name, scope.spawn(move || body(case)))).collect();
        let failed: Vec<_> =
            threads.into_iter().filter_map(|(name, thread)| thread.join().is_err().then_some(name)).collect();
        assert!(failed.is_empty(), "failed: {failed:?}");
    });
}

/// All messages of the bot to this person: in their own conversations and in those that the bot created for
/// them.
fn sent_to(chat: &Chat) -> Vec<Value> {
    let all = Sandbox.sent_to(&chat.oid, &chat.conversation);
    let is_theirs = |sent: &&Value| {
        sent["path"] != json!("/v3/conversations")
            && (sent["activity"]["recipient"]["id"] == json!(format!("29:{}", chat.oid))
                || sent["conversation"] == json!(chat.conversation))
    };
    all.iter().filter(is_theirs).cloned().collect()
}

/// Waits for a message to this person, in any conversation. Fails after `limit`.
fn told_within(chat: &Chat, words: &str, limit: Duration) -> Value {
    let began = Instant::now();
    let sent = eventually(&format!("{words:?} to {}", chat.oid), || {
        sent_to(chat).into_iter().find(|sent| text_of(sent).contains(words))
    });
    assert!(began.elapsed() < limit, "{words:?} to {} took {:?}", chat.oid, began.elapsed());
    sent
}

/// The limit for a first message: five seconds (`connector::announce_after` in `domain`), and more for a busy
/// machine.
const AT_ONCE: Duration = Duration::from_secs(20);

const DAY: u64 = 24 * 3600 * 1000;

/// The current time, in milliseconds since 1970.
fn now() -> u64 {
    u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap() % DAY
}

/// The time from `began` until the connector accepted the message. The test's polling does not count.
fn taken_after(sent: &Value, began: u64) -> Duration {
    let time = sent["time"].as_str().unwrap();
    let part = |from: usize, to: usize| time[from..to].parse::<u64>().unwrap();
    let at = ((part(11, 13) * 60 + part(14, 16)) * 60 + part(17, 19)) * 1000 + part(20, 23);
    Duration::from_millis((at + DAY - began) % DAY)
}

/// Waits for a message that is due at once.
fn told_at_once(chat: &Chat, words: &str, began: u64) -> Value {
    let sent = told_within(chat, words, SOON);
    let after = taken_after(&sent, began);
    assert!(after < AT_ONCE, "{words:?} to {} took {after:?}", chat.oid);
    sent
}
/// The limit for a message that is retried.
const SOON: Duration = Duration::from_secs(90);

/// A person of a company with a shared connection to Salesforce: their commands need no login.
fn at_work() -> (Company, Chat) {
    let company = Company::new();
    company.connect_salesforce();
    company.verify("create-opportunity", "salesforce", false);
    company.verify("find-account", "salesforce", false);
    let chat = company.person();
    (company, chat)
}

fn create(name: &str) -> String {
    format!("create opportunity name: {name} amount: 5 close_date: 2026-12-31")
}

fn creations(chat: &Chat) -> usize {
    let sent = Sandbox.sent_to(&chat.oid, &chat.conversation);
    let is_meant = |sent: &&Value| {
        sent["path"] == json!("/v3/conversations")
            && sent["activity"]["members"][0]["id"] == json!(format!("29:{}", chat.oid))
    };
    sent.iter().filter(is_meant).count()
}

#[test]
fn the_reply_of_a_finished_write_survives_any_connector_response() {
    let (company, _) = at_work();
    let page = "<html><h1>Sign in to the network</h1></html>";
    let cases = [
        ("404 the conversation is gone", json!({"status": 404, "body": code("ConversationNotFound")})),
        ("404 without words", json!({"status": 404})),
        ("404 in words that nobody knows", json!({"status": 404, "body": code("SomethingNew")})),
        ("404 of a gateway", json!({"status": 404, "body": page})),
        ("403 of a gateway", json!({"status": 403, "body": page})),
        ("403 blocked", json!({"status": 403, "body": code("ConversationBlockedByUser")})),
        ("403 not in the roster", json!({"status": 403, "body": code("BotNotInConversationRoster")})),
        ("400 of a gateway", json!({"status": 400, "body": page})),
        ("408", json!({"status": 408})),
        ("409", json!({"status": 409, "body": code("Conflict")})),
        ("410", json!({"status": 410})),
        ("412", json!({"status": 412, "body": code("PreconditionFailed")})),
        ("425", json!({"status": 425})),
        ("429", json!({"status": 429, "body": code("Throttled")})),
        ("500", json!({"status": 500, "body": code("ServiceError")})),
        ("503", json!({"status": 503})),
        ("307", json!({"status": 307, "headers": {"location": "http://localhost:9/"}})),
        (
            "401",
            json!({"status": 401, "body": {"message": "Authorization has been denied for this request."}}),
        ),
        ("200 of a gateway", json!({"status": 200, "body": page})),
        ("200 of a gateway, taken", json!({"status": 200, "body": page, "after": true})),
        ("200 in other words, taken", json!({"status": 200, "body": "{\"id\": \"00", "after": true})),
        ("403 for an id", json!({"status": 403, "body": code("BadArgument")})),
        ("403 for an id, for long", json!({"status": 403, "body": code("BadArgument"), "times": 6})),
    ];
    each(&cases, |fault| {
        let chat = company.person();
        let name = unique("Told ");
        let times = fault["times"].as_u64().unwrap_or(1);
        at_connector(fault, &json!({"match": name, "times": times}));
        chat.say(&create(&name));
        let done = format!("Created [{name}]");
        told_within(&chat, &done, SOON);
        if fault["after"] == json!(true) && fault["body"] == json!(page) {
            // Whether the connector posted it is unknown, so it is sent exactly once more.
            eventually("the second", || (told(&chat, &done) == 2).then_some(()));
        }
        assert_eq!(Sandbox.creators("salesforce", &name).len(), 1, "done once");
    });
}

/// The number of messages with this text that the connector accepted.
fn told(chat: &Chat, words: &str) -> usize {
    sent_to(chat).iter().filter(|sent| text_of(sent).contains(words)).count()
}

#[test]
fn a_finished_write_is_reported_once_a_chat_can_be_created() {
    let (company, _) = at_work();
    let cases = [
        ("not installed", json!({"status": 403, "body": code("ForbiddenOperationException")})),
        ("not found", json!({"status": 404, "body": code("ConversationNotFound")})),
    ];
    each(&cases, |fault| {
        let chat = company.person();
        let more = json!({"method": "POST", "path": "/v3/conversations", "match": chat.oid, "times": 2});
        at_connector(fault, &more);
        let channel = chat.in_channel();
        let name = unique("Owed ");
        channel.say(&create(&name));
        told_within(&channel, "*Create opportunity* is done", SOON);
        told_within(&chat, &format!("Created [{name}]"), Duration::from_secs(90));
        assert_eq!(told(&chat, "is done"), 1, "the channel reads it once: {:?}", channel.sent());
    });
}

#[test]
fn a_conversation_that_refuses_even_a_short_text_is_replaced() {
    let (company, _) = at_work();
    let chat = company.person();
    chat.say("status");
    chat.expect("Nothing is waiting");
    Sandbox.post("rosters/forget", &json!({"conversation": chat.conversation}));
    let path = format!("{}/activities", chat.conversation);
    at_connector(&json!({"status": 400, "body": code("BadArgument")}), &json!({"path": path}));
    let name = unique("Moved ");
    chat.in_group().say(&create(&name));
    let told = told_within(&chat, &format!("Created [{name}]"), SOON);
    assert_ne!(told["conversation"], json!(chat.conversation), "{told}");
}

#[test]
fn an_oversized_message_is_replaced_by_a_short_text() {
    let (company, _) = at_work();
    let cases = [
        ("413", json!({"status": 413, "body": code("MessageSizeTooBig")})),
        ("413 of a gateway", json!({"status": 413, "body": "<html>Request Entity Too Large</html>"})),
        ("400", json!({"status": 400, "body": code("MessageSizeTooBig")})),
        ("400 for its form", json!({"status": 400, "body": code("BadSyntax")})),
    ];
    each(&cases, |fault| {
        let chat = company.person();
        let name = unique("Long ");
        // Every message that contains the name is refused.
        at_connector(fault, &json!({"match": format!("Created [{name}]")}));
        chat.say(&create(&name));
        let short = told_within(&chat, "too long to show here", SOON);
        assert!(text_of(&short).contains("/salesforce-org/"), "the link is kept: {short}");
        assert!(text_of(&short).contains("Create opportunity"), "what was done is named: {short}");
    });
}

#[test]
fn a_lost_chat_is_created_again_for_every_kind_of_message() {
    let (company, _) = at_work();
    let known = || {
        let chat = company.person();
        chat.say("status");
        chat.expect("Nothing is waiting");
        Sandbox.post("rosters/forget", &json!({"conversation": chat.conversation}));
        chat
    };
    type Act = fn(&Chat, &Company);
    let cases: [(&str, Act); 4] = [
        ("a list", |chat, _| {
            chat.in_group().say("personal_connections");
            told_within(chat, "Your connections", SOON);
        }),
        ("the result of a command", |chat, _| {
            let name = unique("Anew ");
            chat.in_group().say(&create(&name));
            told_within(chat, &format!("Created [{name}]"), SOON);
        }),
        ("a card that asks for a login", |chat, _| {
            chat.in_group().say("connect box");
            told_within(chat, "Box: login needed", SOON);
        }),
        ("a notice", |chat, company| {
            chat.connect_to("box");
            let user = &chat.oid;
            company.call("POST", &format!("users/{user}/connections/box/disconnect"), "");
            told_within(chat, "disconnected", SOON);
        }),
    ];
    each(&cases, |act| {
        let chat = known();
        act(&chat, &company);
        // Two messages at once: a run shows its progress and ends.
        assert!((1..=2).contains(&creations(&chat)), "made once: {}", creations(&chat));
        let told = sent_to(&chat);
        let last = told.last().unwrap();
        assert_ne!(last["conversation"], json!(chat.conversation), "{last}");
    });
}

#[test]
fn a_lost_chat_does_not_lose_the_updated_card() {
    let chat = Chat::new();
    chat.say("connect box");
    let card = chat.expect("Box: login needed");
    let link = workbot_e2e::login_link(&card).unwrap();
    Sandbox.post("rosters/forget", &json!({"conversation": chat.conversation}));
    workbot_e2e::Browser::new().log_in(&link, &chat.oid, &chat.upn, "allow").expect("Successfully connected");
    told_within(&chat, &format!("Box connected as {}", chat.upn), SOON);
}

#[test]
fn without_a_private_chat_the_channel_says_at_once_what_to_do() {
    let (company, _) = at_work();
    let cases = [
        ("not in the roster", json!({"status": 403, "body": code("BotNotInConversationRoster")})),
        ("not installed", json!({"status": 403, "body": code("ForbiddenOperationException")})),
        ("blocked", json!({"status": 403, "body": code("ConversationBlockedByUser")})),
        ("disabled", json!({"status": 403, "body": code("BotDisabledByAdmin")})),
        ("no such person", json!({"status": 400, "body": code("Bad Argument")})),
        ("not found", json!({"status": 404})),
    ];
    each(&cases, |fault| {
        for (command, words) in [
            ("find account Acme", "choose *Add*"),
            ("status", "choose *Add*"),
            ("connect box", "choose *Add*"),
        ] {
            let chat = company.person();
            at_connector(fault, &json!({"method": "POST", "path": "/v3/conversations", "match": chat.oid}));
            let channel = chat.in_channel();
            let began = now();
            channel.say(command);
            let told = told_at_once(&channel, words, began);
            assert_eq!(told["conversation"], json!(channel.conversation));
        }
        // After a finished write the channel says that it is done.
        let chat = company.person();
        at_connector(fault, &json!({"method": "POST", "path": "/v3/conversations", "match": chat.oid}));
        let channel = chat.in_channel();
        let name = unique("Hidden ");
        let began = now();
        channel.say(&create(&name));
        let told = text_of(&told_at_once(&channel, "choose *Add*", began));
        assert!(told.contains("*Create opportunity* is done") && !told.contains(&name), "{told}");
    });
}

#[test]
fn during_an_outage_of_the_private_chat_the_conversation_of_the_command_says_so() {
    let (company, _) = at_work();
    let cases = [
        ("slow to be made", json!({"path": "/v3/conversations", "delay_ms": 18_000, "times": 1})),
        ("503 when it is made", json!({"path": "/v3/conversations", "status": 503, "times": 5})),
        (
            "a page when it is made",
            json!({"path": "/v3/conversations", "status": 403, "body": "<html>", "times": 1}),
        ),
        (
            "to be made later",
            json!({"path": "/v3/conversations", "status": 429, "headers": {"retry-after": "18"}, "times": 1}),
        ),
    ];
    each(&cases, |fault| {
        for (command, answer) in
            [("status", "Nothing is waiting"), ("find account Nobody-at-all", "no account")]
        {
            let chat = company.person();
            at_connector(fault, &json!({"method": "POST", "match": chat.oid}));
            let group = chat.in_group();
            let began = now();
            group.say(command);
            told_at_once(&group, "in private", began);
            told_within(&chat, answer, Duration::from_secs(90));
            let words = group.sent().iter().filter(|sent| text_of(sent).contains("in private")).count();
            assert_eq!(words, 1, "said once: {:?}", group.sent());
        }
    });
}

#[test]
fn a_command_gets_a_first_message_within_five_seconds_whichever_party_is_slow() {
    let (company, _) = at_work();
    let cases = [
        ("the roster", json!({"where": "connector", "method": "GET", "delay_ms": 18_000, "times": 1})),
        ("the roster, busy", json!({"where": "connector", "method": "GET", "status": 503, "times": 9})),
        ("typing", json!({"where": "connector", "match": "\"typing\"", "delay_ms": 18_000, "times": 1})),
        ("the app", json!({"where": "salesforce.rest", "delay_ms": 18_000, "times": 1})),
        (
            "the app, busy",
            json!({"where": "salesforce.rest", "status": 429, "headers": {"retry-after": "18"}, "times": 1}),
        ),
    ];
    each(&cases, |fault| {
        let chat = company.person();
        let name = unique("Slow-");
        let by = if fault["where"] == json!("salesforce.rest") { &name } else { &chat.oid };
        let mut fault = fault.clone();
        if fault["match"].is_null() {
            fault["match"] = json!(by);
        } else {
            fault["path"] = json!(format!("{}/activities", chat.conversation));
        }
        Sandbox.fault(&fault);
        let began = now();
        chat.say(&format!("find account {name}"));
        let word = eventually("a word", || {
            sent_to(&chat).into_iter().find(|sent| sent["activity"]["type"] != json!("typing"))
        });
        let after = taken_after(&word, began);
        assert!(after < AT_ONCE, "{fault}: {after:?}");
        told_within(&chat, "There is no account named like", Duration::from_secs(120));
    });
}

#[test]
fn a_slow_card_action_gets_a_first_message() {
    let chat = Chat::new();
    chat.connect_to("salesforce");
    Sandbox.fault(&json!({"where": "salesforce.revoke", "match": chat.upn, "delay_ms": 18_000, "times": 1}));
    let pressed = json!({"verb": "connection.disconnect", "connection": "salesforce", "confirmed": true});
    chat.deliver(&chat.activity(&json!({"value": pressed})));
    let told = chat.sent();
    assert!(told.iter().any(|sent| text_of(sent).contains("Working on it")), "{told:?}");
    told_within(&chat, "could not be reached: retrying", SOON);
}

#[test]
fn a_revocation_honours_retry_after() {
    let chat = Chat::new();
    chat.connect_to("salesforce");
    Sandbox.fault(&json!({"where": "salesforce.revoke", "match": chat.upn, "status": 503,
        "headers": {"retry-after": "18"}, "times": 1}));
    let began = Instant::now();
    chat.call("POST", "connections/salesforce/disconnect", "");
    eventually("the revocation", || {
        Sandbox.grants(&chat.upn).iter().all(|grant| !grant["revoked"].is_null()).then_some(())
    });
    assert!(began.elapsed() >= Duration::from_secs(17), "{:?}", began.elapsed());
}

#[test]
fn connector_requests_honour_retry_after() {
    let date = {
        let mut date = std::process::Command::new("date");
        date.args(["-u", "-d", "+16 seconds", "+%a, %d %b %Y %H:%M:%S GMT"]).env("LC_ALL", "C");
        String::from_utf8(date.output().unwrap().stdout).unwrap().trim().to_owned()
    };
    let cases = [
        ("in seconds", json!({"status": 429, "headers": {"retry-after": "16"}})),
        ("with a space", json!({"status": 503, "headers": {"retry-after": " 16 "}})),
        ("as a date", json!({"status": 429, "headers": {"retry-after": date}})),
    ];
    let times = |chat: &Chat| {
        let seen =
            Sandbox.get("requests?where=connector")["requests"].as_array().cloned().unwrap_or_default();
        let path = format!("{}/activities", chat.conversation.replace(':', "%3A"));
        let ours = seen.into_iter().filter(move |one| {
            let at = one["path"].as_str().unwrap();
            at.ends_with(&path) || at.contains(&chat.conversation)
        });
        ours.filter(|one| one["method"] == json!("POST"))
            .map(|one| one["time"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    each(&cases, |fault| {
        let chat = Chat::new();
        at_connector(fault, &json!({"match": chat.conversation, "times": 1}));
        let began = Instant::now();
        chat.say("status");
        chat.expect("Nothing is waiting");
        let seen = times(&chat);
        assert!(began.elapsed() >= Duration::from_secs(14), "{:?}: {seen:?}", began.elapsed());
        assert_eq!(seen.len(), 2, "asked once before that: {seen:?}");
    });
}

#[test]
fn the_bots_token_response_is_read_leniently() {
    /// Restores the normal responses, whatever happens.
    struct Usual;
    impl Drop for Usual {
        fn drop(&mut self) {
            Sandbox.post("entra/bot-token-answer", &json!({}));
        }
    }
    let _usual = Usual;
    // One after the other: all cases share the token.
    for shape in [
        json!({"fields": {"expires_in": "3599"}}),
        json!({"fields": {"expires_in": null}}),
        json!({"fields": {"expires_in": 3599.5, "token_type": null}}),
        json!({"fields": {"expires_in": {}, "ext_expires_in": []}}),
        json!({"fields": {"expires_in": -1}}),
        json!({"bom": true}),
        json!({"status": 201}),
        json!({"form": true}),
    ] {
        Sandbox.post("entra/bot-token-answer", &shape);
        let chat = Chat::new();
        // The cached token is refused once, so that a new one is requested.
        at_connector(&json!({"status": 401}), &json!({"match": chat.conversation, "times": 1}));
        chat.say("status");
        told_within(&chat, "Nothing is waiting", SOON);
    }
}

#[test]
fn a_targeted_message_gets_a_targeted_reply() {
    let (company, _) = at_work();
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
        let told = group.expect(words);
        assert_eq!(told["activity"]["recipient"]["id"], json!(format!("29:{}", chat.oid)), "{told}");
        assert_eq!(told["activity"]["entities"][0]["messageId"], id, "{told}");
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
        told_within(&chat, words, SOON);
        assert!(group.sent().is_empty(), "nothing is announced: {:?}", group.sent());
    }
}

#[test]
fn a_reply_arrives_despite_any_single_failure() {
    // With each failure of an external party, the reply of a write arrives.
    let (company, _) = at_work();
    let cases: Vec<_> = all_faults().map(|kind| (kind.name, kind)).collect();
    each(&cases, |kind| {
        let chat = company.person();
        let name = unique("Sum ");
        kind.at("connector", &name);
        chat.say(&create(&name));
        told_within(&chat, &format!("Created [{name}]"), Duration::from_secs(120));
        assert_eq!(Sandbox.creators("salesforce", &name).len(), 1, "{}", kind.name);
    });
}
