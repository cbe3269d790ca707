//! Many runs at once in one process: a run that has begun goes on before another begins.

use std::rc::Rc;
use std::time::Duration;

use crate::directed_world::{A_MINUTE, Directed};
use crate::faults::Fault;
use crate::person::{App, Person, Room};

const AS_SHARED: &str = "as the shared connection (";

/// More people than runs that may begin at once.
const PEOPLE: usize = 80;

/// People who need the company's connection.
fn people() -> (Directed, Vec<Rc<Person>>) {
    let world = Directed::new();
    let admin = world.person(0);
    world.shares(&admin, App::Salesforce);
    let people: Vec<_> = (1..=PEOPLE).map(|number| world.person(number)).collect();
    // Each is known to be a member.
    for person in &people {
        world.says(person, "find account Acme");
    }
    world.passes(A_MINUTE * 20);
    (world, people)
}

/// All of them give the command at the same time.
fn all_say(world: &Directed, people: &[Rc<Person>]) {
    for person in people {
        let says = Rc::clone(person);
        world.world().spawn(async move { _ = says.say(Room::Chat, "find account Acme").await });
    }
}

/// The number of people with this number of replies, or more.
fn served(world: &Directed, people: &[Rc<Person>], replies: usize) -> usize {
    people.iter().filter(|person| world.heard(person, AS_SHARED).len() >= replies).count()
}

/// The number of runs that have begun: each reads the settings first.
fn begun(world: &Directed) -> usize {
    let workspace = world.workspace();
    let requests = workspace.requests.borrow();
    requests.iter().filter(|request| request.contains("get_run_policy")).count()
}

#[test]
fn at_most_64_runs_begin_at_once_and_all_are_served() {
    let (world, people) = people();
    let before = begun(&world);
    all_say(&world, &people);
    world.passes(Duration::from_millis(80));
    assert!((60..=64).contains(&(begun(&world) - before)), "{}", begun(&world) - before);
    world.passes(Duration::from_secs(3));
    assert_eq!(served(&world, &people, 2), PEOPLE);
}

#[test]
fn runs_that_wait_for_an_app_keep_no_other_run_from_beginning() {
    let (world, people) = people();
    world.goes_wrong("salesforce.rest", 1000, Fault::Slow(9_000));
    let before = begun(&world);
    all_say(&world, &people);
    world.passes(Duration::from_secs(1));
    assert!(begun(&world) - before >= PEOPLE);
    world.passes(A_MINUTE);
    assert_eq!(served(&world, &people, 2), PEOPLE);
}

#[test]
fn a_run_that_waits_for_its_permit_is_begun_although_the_objects_before_it_die() {
    let (world, people) = people();
    all_say(&world, &people);
    world.passes(Duration::from_millis(20));
    let (dead, rest) = people.split_at(PEOPLE / 2);
    dead.iter().for_each(|person| world.dies(person));
    world.passes(Duration::from_secs(3));
    assert_eq!(served(&world, rest, 2), rest.len());
    // Their deliveries failed, so Teams repeats them.
    world.passes(A_MINUTE);
    assert_eq!(served(&world, dead, 2), dead.len());
}
