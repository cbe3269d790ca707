//! Private messages in a channel: seen there by their person alone where it takes targeted messages, in the
//! personal chat otherwise, and never by others.

use serde_json::{Value, json};
use std::rc::Rc;
use workbot_sandbox::connector::SentActivity;

use crate::directed_world::{A_DAY, A_MINUTE, Directed};
use crate::faults::Fault;
use crate::invariants::private_to;
use crate::person::{App, CHANNEL, Person, Room, THREAD};

/// What the channel reads if the person has to look elsewhere.
const ELSEWHERE: &str = "written to you in private";

fn says(world: &Directed, person: &Rc<Person>, room: Room, text: &str) {
    world.says_in(person, room, text);
}

fn presses(world: &Directed, person: &Rc<Person>, room: Room, verb: &'static str, data: Value) -> Value {
    let presses = Rc::clone(person);
    world.done(async move { presses.press_in(room, verb, data).await }).unwrap()
}

fn allow(world: &Directed, allowed: bool) {
    world.world().control("targeted", &json!({"conversation": CHANNEL, "allowed": allowed}));
}

/// The bot's messages in the channel, typing indicators aside.
fn in_channel(world: &Directed) -> Vec<SentActivity> {
    let all = world.world().sandbox.memory().sent.list(Some(THREAD), 0);
    all.into_iter().filter(|sent| sent.activity["type"] != json!("typing")).collect()
}

/// The texts that everybody in the channel reads.
fn public(world: &Directed) -> Vec<String> {
    let sent = in_channel(world).into_iter().filter(|sent| !sent.targeted);
    sent.map(|sent| sent.activity["text"].as_str().unwrap_or("no text").to_owned()).collect()
}

/// A person's own messages with these words: in the channel, or in their chat.
fn heard(person: &Person, is_in_channel: bool, words: &str) -> Vec<SentActivity> {
    let is_meant = |sent: &SentActivity| {
        (sent.conversation == THREAD) == is_in_channel && sent.activity.to_string().contains(words)
    };
    person.chat().into_iter().filter(is_meant).collect()
}

fn hears(world: &Directed, person: &Person, is_in_channel: bool, words: &str) -> SentActivity {
    world.until(words, || !heard(person, is_in_channel, words).is_empty());
    heard(person, is_in_channel, words).pop().unwrap()
}

/// The number of requests for targeted messages that the channel refused.
fn refusals(world: &Directed) -> usize {
    let seen = world.world().look("requests?where=connector")["requests"].clone();
    let is_one =
        |one: &&Value| one["status"] == json!(400) && one["path"].as_str().unwrap().contains("everybody");
    seen.as_array().into_iter().flatten().filter(is_one).count()
}

/// A fault of the next targeted messages.
fn at_targeted(world: &Directed, fault: Value) {
    let mut whole = json!({"where": "connector", "method": "POST", "match": "isTargetedActivity"});
    whole.as_object_mut().unwrap().extend(fault.as_object().unwrap().clone());
    world.fault(&whole);
}

fn code(code: &str) -> Value {
    json!({"error": {"code": code, "message": "…"}})
}

#[test]
fn what_is_private_is_seen_in_the_channel_by_its_person_alone() {
    for (command, words) in [
        ("personal_connections", "Your connections"),
        ("status", "Nothing is waiting"),
        ("help", "What I can do"),
        ("connect salesforce", "Salesforce: login needed"),
        ("create folder", "needs a little more"),
        ("create folder name: Plans", "[Plans]("),
    ] {
        let world = Directed::new();
        let ada = world.connected(1, &[App::Box]);
        let before = heard(&ada, false, "").len();
        says(&world, &ada, Room::Channel, command);
        let sent = hears(&world, &ada, true, words);
        assert_eq!((sent.targeted, sent.reader.as_deref()), (true, Some("29:person1")), "{command}");
        assert_eq!(sent.activity["entities"], Value::Null, "a public command has no preview");
        world.passes(A_MINUTE);
        assert_eq!(public(&world), [""; 0], "{command}: nothing is announced");
        assert_eq!(heard(&ada, false, "").len(), before, "{command}: nothing is said twice");
    }
}

#[test]
fn three_people_in_one_channel_read_their_own_replies_only() {
    let world = Directed::new();
    let people: Vec<_> = (1..=3).map(|number| world.connected(number, &[App::Box])).collect();
    for person in &people {
        says(&world, person, Room::Channel, "personal_connections");
        says(&world, person, Room::Channel, "connect salesforce");
    }
    for person in &people {
        hears(&world, person, true, &person.upn);
        hears(&world, person, true, "Salesforce: login needed");
    }
    for sent in in_channel(&world) {
        let owners: Vec<_> =
            people.iter().filter(|person| private_to(&world.deployment, person, &sent)).collect();
        let readers = people.iter().filter(|person| person.reads(&sent)).count();
        assert!(owners.is_empty() || (readers == 1 && owners[0].reads(&sent)), "{:?}", sent.activity);
    }
}

#[test]
fn a_channel_that_refuses_is_told_where_to_look_and_is_asked_again_after_a_day() {
    let world = Directed::new();
    allow(&world, false);
    let ada = world.connected(1, &[App::Box]);
    for (count, command) in ["status", "connect salesforce", "create folder name: Plans"].iter().enumerate() {
        says(&world, &ada, Room::Channel, command);
        world.until("the announcement", || public(&world).len() == count + 1);
        assert!(public(&world)[count].contains(ELSEWHERE), "{:?}", public(&world));
        world.passes(A_MINUTE);
        // The message, and the short text in its place.
        assert_eq!(refusals(&world), 2, "the refusal is remembered: {command}");
    }
    hears(&world, &ada, false, "Nothing is waiting");
    hears(&world, &ada, false, "Salesforce: login needed");
    hears(&world, &ada, false, "[Plans](");
    assert!(heard(&ada, true, "Plans").is_empty() && heard(&ada, true, "login needed").is_empty());
    // A restart forgets nothing.
    world.dies(&ada);
    says(&world, &ada, Room::Channel, "status");
    world.passes(A_MINUTE);
    assert_eq!(refusals(&world), 2);
    allow(&world, true);
    world.passes(A_DAY);
    let before = public(&world).len();
    says(&world, &ada, Room::Channel, "help");
    assert!(hears(&world, &ada, true, "What I can do").targeted);
    world.passes(A_MINUTE);
    assert_eq!(public(&world).len(), before, "nothing is announced any more");
    assert_eq!(world.number(&ada, "SELECT count(*) FROM targeted_refusal"), Some(0));
}

#[test]
fn a_targeted_command_shows_that_the_channel_takes_targeted_messages_again() {
    let world = Directed::new();
    let ada = world.person(1);
    let group = json!({"conversation": ada.group, "allowed": false});
    world.world().control("targeted", &group);
    says(&world, &ada, Room::Group, "status");
    world.until("a refusal", || world.number(&ada, "SELECT count(*) FROM targeted_refusal") == Some(1));
    world.world().control("targeted", &json!({"conversation": ada.group, "allowed": true}));
    says(&world, &ada, Room::Aside, "help");
    world.until("no refusal", || world.number(&ada, "SELECT count(*) FROM targeted_refusal") == Some(0));
    says(&world, &ada, Room::Group, "personal_connections");
    world.hears(&ada, "You have no connections yet");
    let in_group = world.world().sandbox.memory().sent.list(Some(&ada.group), 0);
    let list = in_group.iter().find(|sent| sent.activity.to_string().contains("no connections yet")).unwrap();
    assert!(list.targeted, "{list:?}", list = list.activity);
}

#[test]
fn a_person_without_a_chat_gets_a_targeted_message_as_soon_as_the_channel_takes_them_again() {
    let world = Directed::new();
    allow(&world, false);
    let ada = world.connected(1, &[App::Box]);
    world.fault(&json!({
        "where": "connector", "status": 403, "body": code("ConversationBlockedByUser"), "match": ada.conversation,
    }));
    world.fault(&json!({
        "where": "connector", "method": "POST", "path": "/v3/conversations", "match": ada.oid, "status": 403,
    }));
    says(&world, &ada, Room::Channel, "create folder name: Plans");
    world.until("a hint", || public(&world).iter().any(|text| text.contains("*Create folder* is done")));
    allow(&world, true);
    assert!(hears(&world, &ada, true, "[Plans](").targeted);
    assert_eq!(public(&world).len(), 1, "{:?}", public(&world));
}

#[test]
fn a_channel_that_refuses_from_now_on_keeps_its_cards_up_to_date() {
    let world = Directed::new();
    let ada = world.person(1);
    says(&world, &ada, Room::Channel, "connect box");
    let card = hears(&world, &ada, true, "Box: login needed");
    allow(&world, false);
    says(&world, &ada, Room::Channel, "status");
    world.until("the announcement", || public(&world).len() == 1);
    let link = world.links(&ada).pop().unwrap();
    world.logs_in(&ada, &link);
    let updated = hears(&world, &ada, true, "Box connected as");
    assert_eq!((updated.method.as_str(), &updated.activity_id), ("PUT", &card.activity_id));
    assert!(updated.targeted && updated.activity.get("recipient").is_none(), "{}", updated.activity);
}

#[test]
fn whatever_the_connector_says_to_a_targeted_message_nobody_else_reads_it() {
    let page = "<html><h1>Sign in to the network</h1></html>";
    for fault in [
        json!({"status": 400, "body": code("Bad argument")}),
        json!({"status": 400}),
        json!({"status": 403, "body": code("BotNotInConversationRoster")}),
        json!({"status": 403, "body": code("NotEnoughPermissions")}),
        json!({"status": 403, "body": code("Bad argument")}),
        json!({"status": 404, "body": code("ConversationNotFound")}),
        json!({"status": 405}),
        json!({"status": 413, "body": code("MessageSizeTooBig")}),
        json!({"status": 429, "headers": {"retry-after": "30"}}),
        json!({"status": 500}),
        json!({"status": 502, "after": true}),
        json!({"status": 504, "after": true}),
        json!({"status": 200, "body": page}),
        json!({"status": 200, "body": page, "after": true}),
        json!({"status": 403, "body": page}),
    ] {
        for (command, words) in
            [("create folder name: Plans", "[Plans]("), ("connect salesforce", "login needed")]
        {
            println!("{command}: {fault}");
            let world = Directed::new();
            let ada = world.connected(1, &[App::Box]);
            let bob = world.person(2);
            at_targeted(&world, fault.clone());
            says(&world, &ada, Room::Channel, command);
            hears(&world, &ada, false, words);
            world.passes(A_MINUTE * 10);
            for text in public(&world) {
                assert!(text.contains("in private"), "{text}");
            }
            assert!(!heard(&bob, true, "").iter().any(|sent| private_to(&world.deployment, &ada, sent)));
            assert_eq!(world.made(App::Box, &ada).len(), usize::from(command.starts_with("create")));
        }
    }
}

#[test]
fn a_lost_response_leads_to_no_public_message_with_content() {
    for fault in [
        Fault::Lost,
        Fault::Refused,
        Fault::Cut,
        Fault::Silence { carried_out: true },
        Fault::Silence { carried_out: false },
        Fault::Slow(18_000),
    ] {
        for times in [1, 2, 9] {
            println!("{fault:?} {times}");
            let world = Directed::new();
            let ada = world.connected(1, &[App::Box]);
            world.goes_wrong_with("connector", "isTargetedActivity", times, fault);
            says(&world, &ada, Room::Channel, "create folder name: Plans");
            let is_heard = |is_in_channel: bool| !heard(&ada, is_in_channel, "[Plans](").is_empty();
            let told = |text: &String| text.contains("in private");
            world.until("a word", || is_heard(true) || public(&world).iter().any(told));
            world.until("the reply", || is_heard(true) || is_heard(false));
            world.passes(A_MINUTE * 10);
            assert!(public(&world).iter().all(told), "{:?}", public(&world));
            assert!(public(&world).iter().all(|text| !text.contains("Plans")));
            assert_eq!(world.number(&ada, "SELECT count(*) FROM targeted_refusal"), Some(0), "no refusal");
            // If it can only be in the chat, the channel says so.
            if !is_heard(true) {
                assert!(!public(&world).is_empty(), "{fault:?} {times}");
            }
        }
    }
}

#[test]
fn a_death_at_any_commit_shows_nothing_to_others_and_loses_nothing() {
    for allowed in [true, false] {
        for (command, words) in
            [("create folder name: Plans", "[Plans]("), ("connect salesforce", "login needed")]
        {
            for commit in 0..8 {
                for before in [true, false] {
                    let world = Directed::new();
                    allow(&world, allowed);
                    let ada = world.connected(1, &[App::Box]);
                    world.passes(A_MINUTE);
                    world.world().dies_at.set(Some((commit, before)));
                    says(&world, &ada, Room::Channel, command);
                    // An interrupted write is not repeated.
                    let is_heard = |is_in_channel| {
                        [words, "may or may not have been done"]
                            .iter()
                            .any(|words| !heard(&ada, is_in_channel, words).is_empty())
                    };
                    world.until(words, || is_heard(allowed) || is_heard(false));
                    world.world().dies_at.set(None);
                    world.passes(A_MINUTE * 5);
                    for text in public(&world) {
                        assert!(
                            text.contains("in private") && !allowed,
                            "{allowed} {command} {commit}: {text}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn a_button_of_a_targeted_card_changes_that_card_alone() {
    for room in [Room::Group, Room::Aside] {
        let world = Directed::new();
        let ada = world.person(1);
        says(&world, &ada, Room::Group, "connect box");
        world.hears(&ada, "Box: login needed");
        let sent = || world.world().sandbox.memory().sent.list(Some(&ada.group), 0);
        let card = sent().pop().unwrap();
        let run = card.activity.to_string().split("\"run\":\"").nth(1).unwrap()[..32].to_owned();
        // The invoke of a client may say that the message was targeted, or not.
        let response = presses(&world, &ada, room, "run.cancel", json!({"verb": "run.cancel", "run": run}));
        world.passes(A_MINUTE);
        assert!(sent().iter().all(|sent| sent.targeted), "{room:?}");
        if room == Room::Aside {
            assert_eq!(response["type"], "application/vnd.microsoft.card.adaptive");
        } else {
            assert!(response["value"].as_str().unwrap().contains(ELSEWHERE), "{response}");
            let updated = sent().pop().unwrap();
            assert_eq!((updated.method.as_str(), updated.activity_id), ("PUT", card.activity_id));
        }
        assert!(heard(&ada, false, "ancelled").iter().all(|sent| sent.conversation == ada.group));
    }
}

#[test]
fn a_reply_whose_command_is_gone_is_targeted_without_a_preview() {
    for (status, word) in [(400, "INVALID_TARGETED_MESSAGE_ID"), (404, "TARGETED_MESSAGE_EXPIRED_OR_DELETED")]
    {
        let world = Directed::new();
        let ada = world.person(1);
        world.fault(&json!({"where": "connector", "match": "targetedMessageInfo", "status": status, "body": code(word)}));
        says(&world, &ada, Room::Aside, "status");
        world.hears(&ada, "Nothing is waiting");
        let sent = world.world().sandbox.memory().sent.list(Some(&ada.group), 0);
        assert!(sent.len() == 1 && sent[0].targeted && sent[0].activity["entities"].is_null(), "{word}");
    }
}

#[test]
fn a_person_who_is_no_longer_in_the_channel_is_written_to_in_their_chat() {
    let world = Directed::new();
    let ada = world.person(1);
    says(&world, &ada, Room::Channel, "connect box");
    hears(&world, &ada, true, "Box: login needed");
    world.world().control("rosters/out", &json!({"conversation": CHANNEL, "member": "29:person1"}));
    says(&world, &ada, Room::Channel, "personal_connections");
    hears(&world, &ada, false, "You have no connections yet");
}

#[test]
fn a_cloud_that_may_not_know_targeted_messages_gets_none() {
    let world = Directed::new();
    let ada = world.connected(0, &[App::Box]);
    world.deployment.deploy(Some(("CLOUD", "gcc_high".to_owned())));
    says(&world, &ada, Room::Channel, "personal_connections");
    hears(&world, &ada, false, "Your connections");
    assert!(in_channel(&world).iter().all(|sent| !sent.targeted), "{:?}", public(&world));
    world.until("the hint", || public(&world).iter().any(|text| text.contains(ELSEWHERE)));
    assert_eq!((public(&world).len(), refusals(&world)), (1, 0));
}
