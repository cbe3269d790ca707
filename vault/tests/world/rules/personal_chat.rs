//! People who use the bot in a channel only: what has to be told to them creates their personal chat.

use serde_json::json;
use std::rc::Rc;

use crate::directed_world::{A_DAY, A_MINUTE, Directed};
use crate::person::{App, Person, Room};

/// A person with a connection to Salesforce, whom the bot has met in the channel, if anywhere.
fn without_a_chat(world: &Directed, meets: bool) -> Rc<Person> {
    let ada = Person::of(&world.deployment, 1);
    if meets {
        world.says_in(&ada, Room::Channel, "help");
    }
    world.connect(&ada, App::Salesforce);
    assert_eq!(in_chat(&ada, ""), 0);
    ada
}

/// The number of messages with these words in the person's personal chat.
fn in_chat(person: &Person, words: &str) -> usize {
    let is_meant = |sent: &&workbot_sandbox::connector::SentActivity| {
        sent.conversation == person.conversation && sent.activity.to_string().contains(words)
    };
    person.chat().iter().filter(is_meant).count()
}

#[test]
fn a_disconnect_by_an_admin_is_told_in_a_new_chat() {
    let world = Directed::new();
    let admin = world.person(0);
    let ada = without_a_chat(&world, true);
    world.passes(A_DAY);
    world.off_boards(&admin, &ada);
    world.until("the notice", || in_chat(&ada, "disconnected by an admin") == 1);
    // The chat is stored.
    world.connect(&ada, App::Salesforce);
    world.off_boards(&admin, &ada);
    world.until("the second notice", || in_chat(&ada, "disconnected by an admin") == 2);
    let created = world.world().look("requests?where=connector")["requests"].clone();
    let creates = |one: &&serde_json::Value| one["path"].as_str().unwrap().ends_with("/v3/conversations");
    assert_eq!(created.as_array().unwrap().iter().filter(creates).count(), 1);
}

#[test]
fn a_notice_is_told_once_the_chat_can_be_created() {
    let world = Directed::new();
    let admin = world.person(0);
    let ada = without_a_chat(&world, true);
    let gone = json!({"error": {"code": "BotNotInConversationRoster", "message": "…"}});
    world.fault(&json!({
        "where": "connector", "method": "POST", "path": "/v3/conversations", "times": 3, "status": 403, "body": gone,
    }));
    world.off_boards(&admin, &ada);
    world.until("the notice", || in_chat(&ada, "disconnected by an admin") == 1);
}

#[test]
fn an_idle_connection_ends_with_both_notices_in_a_new_chat() {
    let world = Directed::new();
    let ada = without_a_chat(&world, true);
    world.passes(A_DAY * 84);
    assert_eq!(in_chat(&ada, "You have not used Salesforce"), 1);
    world.passes(A_DAY * 8);
    assert_eq!(in_chat(&ada, "so it was ended"), 1);
    assert_eq!(world.status(&ada, App::Salesforce), "disconnected");
}

#[test]
fn no_idle_connection_ends_before_its_person_can_be_told() {
    let world = Directed::new();
    let ada = without_a_chat(&world, false);
    world.passes(A_DAY * 120);
    assert_eq!(world.status(&ada, App::Salesforce), "connected");
    world.says_in(&ada, Room::Channel, "status");
    world.passes(A_DAY * 2);
    assert_eq!(in_chat(&ada, "You have not used Salesforce"), 1);
    world.passes(A_DAY * 4);
    assert_eq!(world.status(&ada, App::Salesforce), "connected", "the notice is a week");
    world.passes(A_DAY * 5);
    assert_eq!((in_chat(&ada, "so it was ended"), world.status(&ada, App::Salesforce)), (1, "disconnected"));
}

#[test]
fn an_agent_asks_its_person_in_a_new_chat() {
    let world = Directed::new();
    let admin = world.person(0);
    world.door(&admin, true, true, true);
    let ada = without_a_chat(&world, true);
    let agent = world.agent(&ada, "agent.example", false);
    world.calls(&agent, "list_connections", json!({}));
    assert_eq!(in_chat(&ada, ""), 0);
    let asked = world.calls(
        &agent,
        "create_opportunity",
        json!({"name": "Acme", "amount": 5000, "close_date": "2026-12-31"}),
    );
    assert_eq!(crate::agent::structured(&asked)["status"], "waiting_approval", "{asked:?}");
    assert_eq!(in_chat(&ada, "wants to create this opportunity as you"), 1);
    world.answers(&ada, &crate::agent::run(&asked), true);
    world.until("the opportunity", || world.made(App::Salesforce, &ada).len() == 1);
}

#[test]
fn a_turn_in_a_channel_never_replaces_a_chat() {
    let world = Directed::new();
    let ada = world.connected(1, &[App::Salesforce]);
    let stored = || world.object(&ada).database.look("SELECT conversation FROM personal_chat");
    let before = stored();
    world.says_in(&ada, Room::Channel, "help");
    assert_eq!(stored(), before);
    // Neither one that a later version wrote.
    world.changes(&ada, &["UPDATE personal_chat SET conversation = '{\"room\": 1}'"]);
    let before = stored();
    world.says_in(&ada, Room::Channel, "help");
    world.passes(A_MINUTE);
    assert_eq!(stored(), before);
    world.says(&ada, "help");
    assert_ne!(stored(), before);
}
