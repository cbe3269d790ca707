//! Every run ends with a reply, and a person gets a first message in time, whatever the connector, the roster
//! and the app do.

use serde_json::{Value, json};
use std::rc::Rc;
use std::time::Duration;
use workbot_domain::time::Timestamp;
use workbot_sandbox::connector::SentActivity;

use crate::directed_world::{A_MINUTE, Directed};
use crate::faults::Fault;
use crate::person::{App, Person, Room};

/// The limit for a first message: `announce_after` in `domain/src/run/reply_destination.rs`, and the time of
/// a request.
const AT_ONCE: Duration = Duration::from_secs(6);
/// The limit for a message that is retried.
const SOON: Duration = Duration::from_secs(90);

/// An error response of the connector.
fn code(code: &str) -> Value {
    json!({"error": {"code": code, "message": "…"}})
}

/// The page of a gateway between the bot and the connector.
const PAGE: &str = "<html><h1>Sign in to the network</h1></html>";

/// Injects a fault into the connector.
fn at_connector(world: &Directed, fault: &Value, more: &Value) {
    let mut whole = json!({"where": "connector"});
    for part in [fault, more] {
        whole.as_object_mut().unwrap().extend(part.as_object().unwrap().clone());
    }
    world.fault(&whole);
}

/// Injects a fault into a world.
type Inject = fn(&Directed);

/// A person whose commands at Salesforce run with the company's connection. The bot has no chat with them,
/// and their group takes no targeted messages.
fn at_work() -> (Directed, Rc<Person>) {
    let world = Directed::new();
    let (admin, ada) = (world.person(0), Person::of(&world.deployment, 1));
    world.world().control("targeted", &json!({"conversation": ada.group, "allowed": false}));
    world.shares(&admin, App::Salesforce);
    for recipe in ["create-opportunity", "find-account"] {
        world.sets(&admin, recipe, json!({"verify_user_access": {"salesforce": false}}));
    }
    (world, ada)
}

/// The same; the bot has a chat with the person, and Teams has forgotten it.
fn with_a_lost_chat() -> (Directed, Rc<Person>) {
    let (world, ada) = at_work();
    world.says(&ada, "status");
    world.hears(&ada, "Nothing is waiting");
    world.world().control("rosters/forget", &json!({"conversation": ada.conversation}));
    (world, ada)
}

fn says_in_group(world: &Directed, ada: &Rc<Person>, text: &str) {
    let (says, text) = (Rc::clone(ada), text.to_owned());
    assert!(world.done(async move { says.say(Room::Group, &text).await }), "the vault refused the message");
}

fn create(name: &str) -> String {
    App::Salesforce.command(name)
}

/// The messages to a person with these words, in the group or elsewhere.
fn heard(ada: &Person, in_group: bool, words: &str) -> Vec<SentActivity> {
    let is_meant = |sent: &SentActivity| {
        (sent.conversation == ada.group) == in_group && sent.activity.to_string().contains(words)
    };
    ada.chat().into_iter().filter(is_meant).collect()
}

/// Waits for a message with these words, in the group or elsewhere. Fails after `limit`.
fn hears_within(
    world: &Directed,
    ada: &Person,
    in_group: bool,
    words: &str,
    limit: Duration,
) -> SentActivity {
    let is_heard = world.world().run(limit, || !heard(ada, in_group, words).is_empty());
    assert!(is_heard, "not within {limit:?}: {words:?}\n{}", world.world().story().join("\n"));
    heard(ada, in_group, words).pop().unwrap()
}

/// The number of opportunities with this name.
fn made(world: &Directed, name: &str) -> usize {
    let records = world.world().look("salesforce/records")["records"].clone();
    records.as_array().into_iter().flatten().filter(|record| record.to_string().contains(name)).count()
}

#[test]
fn the_reply_of_a_finished_write_survives_any_connector_response() {
    let cases = [
        ("404 the conversation is gone", json!({"status": 404, "body": code("ConversationNotFound")})),
        ("404 without words", json!({"status": 404})),
        ("404 in words that nobody knows", json!({"status": 404, "body": code("SomethingNew")})),
        ("404 of a gateway", json!({"status": 404, "body": PAGE})),
        ("403 of a gateway", json!({"status": 403, "body": PAGE})),
        ("403 blocked", json!({"status": 403, "body": code("ConversationBlockedByUser")})),
        ("403 not in the roster", json!({"status": 403, "body": code("BotNotInConversationRoster")})),
        ("400 of a gateway", json!({"status": 400, "body": PAGE})),
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
        ("200 of a gateway", json!({"status": 200, "body": PAGE})),
        ("200 of a gateway, taken", json!({"status": 200, "body": PAGE, "after": true})),
        ("200 in other words, taken", json!({"status": 200, "body": "{\"id\": \"00", "after": true})),
        ("403 for an id", json!({"status": 403, "body": code("BadArgument")})),
        ("403 for an id, for long", json!({"status": 403, "body": code("BadArgument"), "times": 6})),
    ];
    for (case, fault) in cases {
        println!("{case}");
        let (world, ada) = at_work();
        let times = fault["times"].as_u64().unwrap_or(1);
        at_connector(&world, &fault, &json!({"match": "Told", "times": times}));
        world.says(&ada, &create("Told"));
        hears_within(&world, &ada, false, "Created [Told]", SOON);
        if fault["after"] == json!(true) && fault["body"] == json!(PAGE) {
            // Whether the connector posted it is unknown, so it is sent exactly once more.
            world.until("the second", || heard(&ada, false, "Created [Told]").len() == 2);
        }
        world.passes(A_MINUTE);
        assert!(heard(&ada, false, "Created [Told]").len() <= 2, "{case}");
        assert_eq!(made(&world, "Told"), 1, "{case}");
    }
}

#[test]
fn a_finished_write_is_reported_once_a_chat_can_be_created() {
    for fault in [
        json!({"status": 403, "body": code("ForbiddenOperationException")}),
        json!({"status": 404, "body": code("ConversationNotFound")}),
    ] {
        println!("{fault}");
        let (world, ada) = at_work();
        let more = json!({"method": "POST", "path": "/v3/conversations", "match": ada.oid, "times": 2});
        at_connector(&world, &fault, &more);
        says_in_group(&world, &ada, &create("Owed"));
        hears_within(&world, &ada, true, "*Create opportunity* is done", SOON);
        hears_within(&world, &ada, false, "Created [Owed]", SOON);
        assert_eq!(heard(&ada, true, "is done").len(), 1, "the group reads it once");
    }
}

#[test]
fn a_conversation_that_refuses_even_a_short_text_is_replaced() {
    let (world, ada) = with_a_lost_chat();
    let path = format!("{}/activities", ada.conversation);
    at_connector(&world, &json!({"status": 400, "body": code("BadArgument")}), &json!({"path": path}));
    says_in_group(&world, &ada, &create("Moved"));
    let message = hears_within(&world, &ada, false, "Created [Moved]", SOON);
    assert_ne!(message.conversation, ada.conversation);
}

#[test]
fn an_oversized_message_is_replaced_by_a_short_text() {
    for fault in [
        json!({"status": 413, "body": code("MessageSizeTooBig")}),
        json!({"status": 413, "body": "<html>Request Entity Too Large</html>"}),
        json!({"status": 400, "body": code("MessageSizeTooBig")}),
        json!({"status": 400, "body": code("BadSyntax")}),
    ] {
        println!("{fault}");
        let (world, ada) = at_work();
        // Every message that contains the name is refused.
        at_connector(&world, &fault, &json!({"match": "Created [Long]"}));
        world.says(&ada, &create("Long"));
        let short = hears_within(&world, &ada, false, "too long to show here", SOON).activity.to_string();
        assert!(short.contains("/salesforce-org/"), "the link is kept: {short}");
        assert!(short.contains("Create opportunity"), "what was done is named: {short}");
    }
}

#[test]
fn a_lost_chat_is_created_again_for_every_kind_of_message() {
    type Act = fn(&Directed, &Rc<Person>);
    let cases: [(&str, Act); 4] = [
        ("a list", |world, ada| {
            says_in_group(world, ada, "personal_connections");
            hears_within(world, ada, false, "Your connections", SOON);
        }),
        ("the result of a command", |world, ada| {
            says_in_group(world, ada, &create("Anew"));
            hears_within(world, ada, false, "Created [Anew]", SOON);
        }),
        ("a card that asks for a login", |world, ada| {
            says_in_group(world, ada, "connect box");
            hears_within(world, ada, false, "Box: login needed", SOON);
        }),
        ("a notice", |world, ada| {
            world.connect(ada, App::Box);
            world.off_boards(&world.person(0), ada);
            hears_within(world, ada, false, "disconnected", SOON);
        }),
    ];
    for (case, act) in cases {
        println!("{case}");
        let (world, ada) = with_a_lost_chat();
        act(&world, &ada);
        // Two messages at once: a run shows its progress and ends.
        let creations = ada.chat().iter().filter(|sent| sent.path == "/v3/conversations").count();
        assert!((1..=2).contains(&creations), "made once: {creations}");
        let message = heard(&ada, false, "").pop().unwrap();
        assert_ne!(message.conversation, ada.conversation);
    }
}

#[test]
fn a_lost_chat_does_not_lose_the_updated_card() {
    let world = Directed::new();
    let ada = world.person(1);
    world.says(&ada, "connect box");
    world.hears(&ada, "Box: login needed");
    let link = world.links(&ada).pop().unwrap();
    world.world().control("rosters/forget", &json!({"conversation": ada.conversation}));
    world.logs_in(&ada, &link);
    hears_within(&world, &ada, false, &format!("Box connected as {}", ada.upn), SOON);
}

#[test]
fn without_a_private_chat_the_group_is_told_at_once_what_to_do() {
    for fault in [
        json!({"status": 403, "body": code("BotNotInConversationRoster")}),
        json!({"status": 403, "body": code("ForbiddenOperationException")}),
        json!({"status": 403, "body": code("ConversationBlockedByUser")}),
        json!({"status": 403, "body": code("BotDisabledByAdmin")}),
        json!({"status": 400, "body": code("Bad Argument")}),
        json!({"status": 404}),
    ] {
        for command in ["find account Acme", "status", "connect box", &create("Hidden")] {
            println!("{command} {fault}");
            let (world, ada) = at_work();
            let more = json!({"method": "POST", "path": "/v3/conversations", "match": ada.oid});
            at_connector(&world, &fault, &more);
            says_in_group(&world, &ada, command);
            let message = hears_within(&world, &ada, true, "choose *Add*", AT_ONCE).activity.to_string();
            // After a finished write the group reads that it is done.
            let is_done = message.contains("*Create opportunity* is done");
            assert_eq!(
                (is_done, message.contains("Hidden")),
                (command.starts_with("create"), false),
                "{message}"
            );
        }
    }
}

#[test]
fn during_an_outage_of_the_private_chat_the_conversation_of_the_command_says_so() {
    let slow: Inject = |world| {
        world.goes_wrong_with("connector", "isGroup", 1, Fault::Slow(18_000));
    };
    let busy: Inject = |world| {
        let chat = json!({"method": "POST", "path": "/v3/conversations"});
        at_connector(world, &json!({"status": 503, "times": 5}), &chat);
    };
    let page: Inject = |world| {
        let chat = json!({"method": "POST", "path": "/v3/conversations"});
        at_connector(world, &json!({"status": 403, "body": "<html>", "times": 1}), &chat);
    };
    let later: Inject = |world| {
        let chat = json!({"method": "POST", "path": "/v3/conversations"});
        let fault = json!({"status": 429, "headers": {"retry-after": "18"}, "times": 1});
        at_connector(world, &fault, &chat);
    };
    for (case, fault) in [
        ("slow to be made", slow),
        ("503 when it is made", busy),
        ("a page when it is made", page),
        ("to be made later", later),
    ] {
        for (command, words) in
            [("status", "Nothing is waiting"), ("find account Nobody-at-all", "no account")]
        {
            println!("{command}: {case}");
            let (world, ada) = at_work();
            fault(&world);
            says_in_group(&world, &ada, command);
            hears_within(&world, &ada, true, "in private", AT_ONCE);
            hears_within(&world, &ada, false, words, SOON);
            assert_eq!(heard(&ada, true, "in private").len(), 1, "said once");
        }
    }
}

#[test]
fn a_command_gets_a_first_message_within_five_seconds_whichever_party_is_slow() {
    let cases: [(&str, Inject); 5] = [
        ("the roster", |world| {
            world.goes_wrong_with("connector", "/members/", 1, Fault::Slow(18_000));
        }),
        ("the roster, busy", |world| {
            at_connector(world, &json!({"method": "GET"}), &json!({"status": 503, "times": 9}));
        }),
        ("typing", |world| world.goes_wrong_with("connector", "\"typing\"", 1, Fault::Slow(18_000))),
        ("the app", |world| world.goes_wrong_with("salesforce.rest", "Slow-", 1, Fault::Slow(18_000))),
        ("the app, busy", |world| {
            world.fault(&json!({"where": "salesforce.rest", "status": 429,
                "headers": {"retry-after": "18"}, "times": 1}));
        }),
    ];
    for (case, fault) in cases {
        println!("{case}");
        let (world, ada) = at_work();
        fault(&world);
        world.says(&ada, "find account Slow-1");
        let is_word = |sent: &SentActivity| sent.activity["type"] != json!("typing");
        assert!(world.world().run(AT_ONCE, || ada.chat().iter().any(is_word)), "no word within {AT_ONCE:?}");
        hears_within(&world, &ada, false, "There is no account named like", A_MINUTE * 2);
    }
}

#[test]
fn an_unreadable_roster_is_retried_and_the_person_is_told() {
    let (world, ada) = at_work();
    at_connector(
        &world,
        &json!({"method": "GET", "match": "/members/"}),
        &json!({"status": 500, "times": 1}),
    );
    world.says(&ada, &create("Later"));
    let words = "Working on *Create opportunity*";
    let card = hears_within(&world, &ada, false, words, AT_ONCE).activity_id;
    assert_eq!(made(&world, "Later"), 0);
    let reply = hears_within(&world, &ada, false, "as the shared connection (", SOON);
    assert_eq!((reply.method.as_str(), reply.activity_id), ("PUT", card));
    assert_eq!(made(&world, "Later"), 1);
}

#[test]
fn a_revocation_honours_retry_after() {
    let world = Directed::new();
    let ada = world.connected(1, &[App::Salesforce]);
    // The jobs of the login end first.
    world.passes(A_MINUTE);
    world.fault(&json!({"where": "salesforce.revoke", "status": 503,
        "headers": {"retry-after": "18"}, "times": 1}));
    world.leaves(&ada, App::Salesforce);
    world.passes(Duration::from_secs(16));
    assert_eq!(world.live(App::Salesforce, &ada), 1, "not before the stated pause");
    let is_revoked = world.world().run(SOON, || world.live(App::Salesforce, &ada) == 0);
    assert!(is_revoked, "retried after it");
}

#[test]
fn connector_requests_honour_retry_after() {
    let in_seconds: fn(&Directed) -> Value = |_| json!({"status": 429, "headers": {"retry-after": "16"}});
    let spaced: fn(&Directed) -> Value = |_| json!({"status": 503, "headers": {"retry-after": " 16 "}});
    // The world begins on this day.
    let as_date: fn(&Directed) -> Value = |world| {
        let at = (Timestamp(world.world().now()) + Duration::from_secs(16)).rfc3339();
        let (day, time) = at.split_once('T').unwrap();
        assert_eq!(day, "2026-11-26");
        let date = format!("Thu, 26 Nov 2026 {} GMT", &time[..8]);
        json!({"status": 429, "headers": {"retry-after": date}})
    };
    for fault in [in_seconds, spaced, as_date] {
        let world = Directed::new();
        let ada = world.person(1);
        let fault = fault(&world);
        println!("{fault}");
        at_connector(&world, &fault, &json!({"match": "Nothing is waiting", "times": 1}));
        let requests = || {
            let seen = world.world().look("requests?where=connector")["requests"].clone();
            let posts = |one: &&Value| one["method"] == json!("POST");
            seen.as_array().into_iter().flatten().filter(posts).count()
        };
        let before = requests();
        world.says(&ada, "status");
        world.passes(Duration::from_secs(14));
        assert_eq!(requests(), before + 1, "asked once before the pause ends");
        hears_within(&world, &ada, false, "Nothing is waiting", SOON);
        assert_eq!(requests(), before + 2);
    }
}

#[test]
fn the_bots_token_response_is_read_leniently() {
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
        println!("{shape}");
        let world = Directed::new();
        world.world().control("entra/bot-token-answer", &shape);
        let ada = world.person(1);
        // The cached token is refused once, so that a new one is requested.
        at_connector(&world, &json!({"status": 401}), &json!({"match": "Nothing is waiting", "times": 1}));
        world.says(&ada, "status");
        hears_within(&world, &ada, false, "Nothing is waiting", SOON);
    }
}

#[test]
fn help_puts_the_commands_first_that_the_person_used_most() {
    let world = Directed::new();
    let ada = world.connected(0, &[App::Salesforce, App::Box]);
    for _ in 0..2 {
        world.says(&ada, "create folder name: Acme");
        world.passes(A_MINUTE);
    }
    world.says(&ada, "help");
    let help: Value = serde_json::from_str(&world.hears(&ada, "What I can do for you")).unwrap();
    let first = help.pointer("/attachments/0/content/body/2/actions/0/title");
    assert_eq!(first, Some(&json!("Create folder")), "{help}");
}

#[test]
fn a_button_of_a_reply_starts_the_next_command_with_its_inputs_as_the_person_who_presses() {
    let world = Directed::new();
    let (ada, bob) = (world.connected(0, &[App::Salesforce]), world.connected(1, &[App::Salesforce]));
    world.sets(&ada, "find-account", json!({"verify_user_access": {"salesforce": true}}));
    world.says(&ada, "find account name: Acme");
    let found: Value = serde_json::from_str(&world.hears(&ada, "Accounts named like")).unwrap();
    let button = "/attachments/0/content/body/0/columns/1/items/0/actions/0";
    let data = found.pointer(button).unwrap_or_else(|| panic!("{found}"))["data"].clone();
    assert_eq!(data["recipe"], "create-opportunity");
    let name = data["name"].as_str().unwrap();
    for person in [&ada, &bob] {
        let (presses, data) = (Rc::clone(person), data.clone());
        world.done(async move { presses.press("recipe.start", data).await });
        let form = world.hears(person, "needs a little more");
        assert!(form.contains(name), "{form}");
    }
}
