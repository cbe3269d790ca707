//! What a turn writes: a commit costs more than all else in it.

use serde_json::json;
use std::rc::Rc;
use std::time::Duration;

use crate::database::Cost;
use crate::directed_world::{A_MINUTE, Directed};
use crate::faults::Fault;
use crate::person::{App, Person, Room};

/// What the person's vault does for an act, up to half a minute after it.
fn cost(world: &Directed, person: &Rc<Person>, act: impl FnOnce()) -> Cost {
    let object = world.object(person);
    let before = object.database.cost.get();
    act();
    world.passes(Duration::from_secs(30));
    let after = object.database.cost.get();
    Cost {
        statements: after.statements - before.statements,
        rows: after.rows - before.rows,
        commits: after.commits - before.commits,
        alarms: after.alarms - before.alarms,
    }
}

/// A person whose vault is awake, with nothing under way.
fn awake(apps: &[App]) -> (Directed, Rc<Person>) {
    let world = Directed::new();
    let ada = world.connected(1, apps);
    world.passes(A_MINUTE * 20);
    world.says(&ada, "help");
    world.passes(A_MINUTE);
    (world, ada)
}

#[test]
fn what_only_shows_something_commits_nothing_and_sets_no_alarm() {
    let (world, ada) = awake(&[App::Box]);
    for (text, words, most) in [
        // The third reads the consents to agents, which stay in memory.
        ("personal_connections", "Your connections", 3),
        ("personal_connections", "Your connections", 2),
        ("status", "nothing", 2),
        ("help", "What I can do", 2),
        ("help create folder", "Create folder", 2),
    ] {
        let told = world.heard(&ada, "").len();
        let Cost { statements, rows, commits, alarms } = cost(&world, &ada, || world.says(&ada, text));
        assert_eq!((rows, commits, alarms), (0, 0, 0), "{text}");
        assert!(statements <= most, "{text}: {statements} statements");
        assert_eq!(world.heard(&ada, "").len(), told + 1, "{text}: {words}");
    }
}

/// Delivers the same message twice, at the same time or one after the other.
fn twice(world: &Directed, person: &Rc<Person>, text: &str, at_once: bool) {
    let (person, text) = (Rc::clone(person), text.to_owned());
    let delivered = move |person: Rc<Person>| {
        let message = json!({"id": "said once", "text": text});
        async move { person.deliver(Room::Chat, message).await }
    };
    let (first, second) = (delivered(Rc::clone(&person)), delivered(person));
    let both = world.done(async move {
        if at_once { futures_util::future::join(first, second).await } else { (first.await, second.await) }
    });
    assert!(both.0.is_ok() && both.1.is_ok());
    world.passes(A_MINUTE);
}

#[test]
fn a_list_that_is_asked_for_once_is_shown_once_however_often_it_is_delivered() {
    for at_once in [true, false] {
        let (world, ada) = awake(&[App::Box]);
        twice(&world, &ada, "personal_connections", at_once);
        assert_eq!(world.heard(&ada, "Your connections").len(), 1, "at once: {at_once}");
    }
}

#[test]
fn a_list_that_the_connector_does_not_take_in_time_is_sent_later_and_once() {
    for (fault, least) in [
        (Fault::Slow(9_000), 0),
        (Fault::Instead { status: 429, retry_after: Some(20), carried_out: false }, 20),
    ] {
        let (world, ada) = awake(&[App::Box]);
        world.goes_wrong_with("connector", "Your connections", 1, fault);
        let began = world.world().now();
        world.says(&ada, "personal_connections");
        assert!(world.world().now() - began < 3_000, "acknowledged late: {fault:?}");
        world.passes(Duration::from_secs(least / 2));
        world.dies(&ada);
        world.passes(A_MINUTE * 10);
        let shown = world.heard(&ada, "Your connections").len();
        // A slow response may be lost with the object; then the list is sent again.
        assert!(if least > 0 { shown == 1 } else { (1..=2).contains(&shown) }, "{fault:?}: {shown}");
    }
}

#[test]
fn a_delivery_during_another_that_fails_is_not_acknowledged() {
    let (world, ada) = awake(&[App::Box]);
    world.goes_wrong_with("connector", "Your connections", 1, Fault::Slow(2_000));
    let asks = Rc::clone(&ada);
    let asked = Rc::new(std::cell::Cell::new(0));
    for _ in 0..2 {
        let (asks, asked) = (Rc::clone(&asks), Rc::clone(&asked));
        world.world().spawn(async move {
            let message = json!({"id": "said once", "text": "personal_connections"});
            asks.deliver(Room::Chat, message).await.unwrap();
            asked.set(asked.get() + 1);
        });
    }
    world.passes(Duration::from_secs(1));
    assert_eq!(asked.get(), 0, "neither delivery is acknowledged before the list is sent");
    world.dies(&ada);
    world.until("both are acknowledged", || asked.get() == 2);
    world.passes(A_MINUTE);
    assert!(!world.heard(&ada, "Your connections").is_empty());
}

/// A person whose command `find account` reads with their own connection.
fn reader() -> (Directed, Rc<Person>) {
    let world = Directed::new();
    let admin = world.person(0);
    world.sets(&admin, "find-account", json!({"verify_user_access": {"salesforce": true}}));
    let ada = world.connected(1, &[App::Salesforce]);
    world.passes(A_MINUTE * 20);
    world.says(&ada, "find account name: Acme");
    world.passes(A_MINUTE * 20);
    (world, ada)
}

#[test]
fn a_run_that_only_reads_commits_once_and_sets_no_alarm() {
    let (world, ada) = reader();
    let before = world.heard(&ada, "Accounts named like").len();
    let Cost { statements, rows, commits, alarms } =
        cost(&world, &ada, || world.says(&ada, "find account name: Acme"));
    assert_eq!(world.heard(&ada, "Accounts named like").len(), before + 1);
    assert_eq!((commits, alarms), (1, 0));
    assert!(rows <= 2, "{rows} rows");
    assert!(statements <= 8, "{statements} statements");
}

#[test]
fn a_slow_run_that_only_reads_is_acknowledged_in_time_and_survives_from_then_on() {
    let (world, ada) = reader();
    let before = world.heard(&ada, "Accounts named like").len();
    world.goes_wrong("salesforce.rest", 1, Fault::Slow(9_000));
    let began = world.world().now();
    world.says(&ada, "find account name: Acme");
    assert!(world.world().now() - began < 3_000);
    world.dies(&ada);
    world.until("the reply", || world.heard(&ada, "Accounts named like").len() > before);
    world.passes(A_MINUTE * 10);
    assert_eq!(world.heard(&ada, "Accounts named like").len(), before + 1);
}

#[test]
fn a_run_that_dies_before_its_acknowledgement_is_begun_again_by_the_next_delivery() {
    let (world, ada) = reader();
    let before = world.heard(&ada, "Accounts named like").len();
    let asks = Rc::clone(&ada);
    world.world().spawn(async move { _ = asks.say(Room::Chat, "find account name: Acme").await });
    world.passes(Duration::from_millis(20));
    world.dies(&ada);
    world.until("the reply", || world.heard(&ada, "Accounts named like").len() > before);
}

#[test]
fn a_command_that_writes_commits_its_intent_its_outcome_and_its_end() {
    let (world, ada) = awake(&[App::Box]);
    world.commands(&ada, App::Box);
    world.passes(A_MINUTE * 20);
    let Cost { statements, rows, commits, alarms } =
        cost(&world, &ada, || _ = world.commands(&ada, App::Box));
    assert_eq!((commits, alarms), (3, 1));
    // Five, and the connection's last use.
    assert!(rows <= 6, "{rows} rows");
    // Nine, and the membership, which the command before has stored.
    assert!(statements <= 10, "{statements} statements");
}

#[test]
fn a_command_that_is_delivered_twice_writes_once_also_after_a_crash_between() {
    for dies in [false, true] {
        let (world, ada) = awake(&[App::Box]);
        let delivers = |person: &Rc<Person>| {
            let person = Rc::clone(person);
            let message = json!({"id": "said once", "text": "create folder name: Thing once"});
            async move { person.deliver(Room::Chat, message).await.unwrap() }
        };
        world.done(delivers(&ada));
        if dies {
            world.dies(&ada);
        }
        world.done(delivers(&ada));
        world.passes(A_MINUTE * 10);
        assert_eq!(world.made(App::Box, &ada).len(), 1, "dies: {dies}");
        assert_eq!(world.successes(&ada), 1, "dies: {dies}");
    }
}
