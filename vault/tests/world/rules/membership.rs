//! What the roster of a channel says about a person counts for each of their commands.

use serde_json::{Value, json};
use std::rc::Rc;

use crate::directed_world::{A_MINUTE, Directed};
use crate::person::{App, CHANNEL, Person, Room, THREAD};

const COMMANDS: [&str; 9] = [
    "help",
    "help box",
    "help create folder",
    "status",
    "personal_connections",
    "disconnect box",
    "connect",
    "connect box",
    "creat foldr",
];

/// What the channel's roster shows of a person.
fn is_shown(world: &Directed, person: &Person, shown: Value) {
    let mut entry =
        json!({"conversation": CHANNEL, "member": format!("29:{}", person.oid), "oid": person.oid});
    entry.as_object_mut().unwrap().extend(shown.as_object().unwrap().clone());
    world.world().control("rosters", &entry);
}

/// The bot's messages in the channel since the `from`th, typing indicators aside.
fn in_channel(world: &Directed, from: usize) -> Vec<Value> {
    let all = world.world().sandbox.memory().sent.list(Some(THREAD), 0);
    let sent = all.into_iter().map(|sent| sent.activity).filter(|sent| sent["type"] != json!("typing"));
    sent.skip(from).collect()
}

fn lookups(world: &Directed) -> usize {
    let seen = world.world().look("requests?where=connector")["requests"].clone();
    let is_one = |one: &&Value| one["path"].as_str().unwrap().contains("/members/");
    seen.as_array().into_iter().flatten().filter(is_one).count()
}

#[test]
fn an_outsider_is_shown_nothing_in_a_channel() {
    let world = Directed::new();
    let ada = world.connected(1, &[App::Box]);
    is_shown(&world, &ada, json!({"tid": "fabrikam"}));
    for (count, command) in COMMANDS.iter().enumerate() {
        let told = ada.chat().len();
        world.says_in(&ada, Room::Channel, command);
        world.passes(A_MINUTE);
        let said = in_channel(&world, count);
        assert_eq!((said.len(), ada.chat().len()), (1, told + 1), "{command}: {said:?}");
        let text = said[0]["text"].as_str().unwrap_or_else(|| panic!("{command}: {said:?}"));
        assert_eq!(text, "Workbot is only for people of the organization that Workbot belongs to here.");
    }
    assert_eq!(world.number(&ada, "SELECT count(*) FROM delivered_activity"), Some(0), "nothing is written");
    assert_eq!(lookups(&world), 1, "a verdict is kept");
}

#[test]
fn a_person_who_is_not_on_the_roster_or_whose_roster_is_unreadable_is_shown_nothing_and_looked_up_again() {
    let world = Directed::new();
    let ada = world.connected(1, &[App::Box]);
    let out = json!({"error": {"code": "MemberNotFoundInConversation", "message": "…"}});
    for (fault, words) in [
        (json!({"status": 404, "body": out}), "does not list you together with Workbot"),
        (json!({"status": 403}), "Temporarily unavailable"),
    ] {
        let mut whole = json!({"where": "connector", "method": "GET"});
        whole.as_object_mut().unwrap().extend(fault.as_object().unwrap().clone());
        world.fault(&whole);
        let before = in_channel(&world, 0).len();
        world.says_in(&ada, Room::Channel, "help");
        world.passes(A_MINUTE);
        let said = in_channel(&world, before);
        assert!(said.len() == 1 && said[0].to_string().contains(words), "{said:?}");
        world.clears_up();
    }
    world.says_in(&ada, Room::Channel, "help");
    world.hears(&ada, "What I can do");
}

#[test]
fn a_member_is_looked_up_once_and_nothing_is_written() {
    let world = Directed::new();
    let ada = world.connected(1, &[App::Box]);
    world.passes(A_MINUTE * 20);
    let object = world.object(&ada);
    let costs = || (object.database.cost.get().rows, object.database.cost.get().commits);
    let before = costs();
    for command in ["help", "status", "personal_connections"] {
        world.says_in(&ada, Room::Channel, command);
    }
    world.passes(A_MINUTE);
    assert_eq!((costs(), lookups(&world)), (before, 1));
    // A run stores its verdict, and after a death nothing is read again.
    let runs = Rc::clone(&ada);
    world.done(async move { runs.command(App::Box, Room::Channel).await });
    world.until("the folder", || world.made(App::Box, &ada).len() == 1);
    let read = lookups(&world);
    world.dies(&ada);
    world.says_in(&ada, Room::Channel, "help");
    assert_eq!(lookups(&world), read);
}
