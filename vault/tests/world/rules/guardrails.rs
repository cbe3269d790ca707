//! What a person allows with their own connection is kept before anything leaves.

use serde_json::json;
use std::rc::Rc;
use std::time::Duration;
use workbot_domain::connection::Guardrails;
use workbot_domain::time::Timestamp;

use crate::directed_world::{A_DAY, A_MINUTE, Directed};
use crate::faults::Fault;
use crate::person::{App, Person};

/// Where each refusal says that it can be changed.
const THE_WAY: &str = "open the tab: *Connections > Salesforce*";

const AN_HOUR: Duration = Duration::from_secs(3600);

fn read_only() -> Guardrails {
    Guardrails { read_only: true, ..Guardrails::default() }
}

fn a_day(limit: u32) -> Guardrails {
    Guardrails { writes_a_day: Some(limit), ..Guardrails::default() }
}

/// A person with a connection to Salesforce, with which *find account* reads.
fn connected() -> (Directed, Rc<Person>) {
    let world = Directed::new();
    let admin = world.person(0);
    world.sets(&admin, "find-account", json!({"verify_user_access": {"salesforce": true}}));
    let ada = world.connected(1, &[App::Salesforce]);
    world.passes(A_MINUTE);
    (world, ada)
}

/// The number of requests that an app has received.
fn requests(world: &Directed, place: &'static str) -> usize {
    world.world().truth.borrow().sent_to(place)
}

/// Gives a command that writes, and waits for its end.
fn writes(world: &Directed, person: &Rc<Person>, app: App) {
    world.commands(person, app);
    world.passes(A_MINUTE);
}

#[test]
fn read_only_refuses_a_write_before_anything_leaves_and_lets_reads_pass() {
    let (world, ada) = connected();
    assert!(world.allows(&ada, App::Salesforce, read_only()));
    assert!(world.row(&ada, App::Salesforce).guardrails.read_only);
    let before = requests(&world, "salesforce");
    writes(&world, &ada, App::Salesforce);
    let told = world.hears(&ada, "You allow Workbot only to read in Salesforce");
    assert!(told.contains(THE_WAY) && told.contains("Nothing was changed"), "{told}");
    assert_eq!(requests(&world, "salesforce"), before, "nothing left");
    world.says(&ada, "create opportunity");
    world.passes(A_MINUTE);
    assert_eq!(world.heard(&ada, THE_WAY).len(), 2, "before the form");
    world.says(&ada, "find account name: Acme");
    world.hears(&ada, "named like");
    assert!(world.allows(&ada, App::Salesforce, Guardrails::default()));
    writes(&world, &ada, App::Salesforce);
    assert_eq!(world.made(App::Salesforce, &ada).len(), 1);
}

#[test]
fn after_its_end_a_permission_covers_neither_writes_nor_reads() {
    let (world, ada) = connected();
    let ends_at = Some(Timestamp(world.world().now()) + AN_HOUR * 8);
    assert!(world.allows(&ada, App::Salesforce, Guardrails { ends_at, ..Guardrails::default() }));
    writes(&world, &ada, App::Salesforce);
    assert_eq!(world.made(App::Salesforce, &ada).len(), 1);
    world.passes(AN_HOUR * 8);
    let before = requests(&world, "salesforce");
    writes(&world, &ada, App::Salesforce);
    world.says(&ada, "find account name: Acme");
    world.passes(A_MINUTE);
    assert_eq!(world.heard(&ada, "You allowed Workbot to use Salesforce until 2026-11-26").len(), 2);
    assert_eq!(requests(&world, "salesforce"), before);
}

#[test]
fn a_write_above_the_limit_is_refused_and_allowed_the_next_day() {
    let (world, ada) = connected();
    assert!(world.allows(&ada, App::Salesforce, a_day(2)));
    for _ in 0..4 {
        writes(&world, &ada, App::Salesforce);
        world.dies(&ada);
    }
    assert_eq!(world.made(App::Salesforce, &ada).len(), 2);
    let told = world.heard(&ada, "at most 2 changes a day in Salesforce");
    assert!(told.len() == 2 && told[0].contains(THE_WAY), "{told:?}");
    world.passes(A_DAY);
    writes(&world, &ada, App::Salesforce);
    assert_eq!(world.made(App::Salesforce, &ada).len(), 3);
    assert_eq!(world.number(&ada, "SELECT count(*) FROM counted_write"), Some(1), "of the day only");
}

#[test]
fn a_command_with_more_writes_than_are_left_does_none() {
    let world = Directed::new();
    let ada = world.connected(1, &[App::ServiceNow, App::Box]);
    assert!(world.allows(&ada, App::Box, a_day(1)));
    world.says(&ada, "report problem folder: yes problem: Printer");
    world.hears(&ada, "at most 1 change a day in Box");
    assert!(world.made(App::ServiceNow, &ada).is_empty() && world.made(App::Box, &ada).is_empty());
    assert!(world.allows(&ada, App::Box, a_day(2)));
    world.says(&ada, "report problem folder: yes problem: Printer");
    world.until("the folder", || world.made(App::Box, &ada).len() == 1);
}

#[test]
fn two_commands_at_once_do_not_write_more_than_the_limit() {
    let (world, ada) = connected();
    assert!(world.allows(&ada, App::Salesforce, a_day(1)));
    world.goes_wrong("salesforce.rest", 2, Fault::Slow(2_000));
    for _ in 0..2 {
        let gives = Rc::clone(&ada);
        world.world().spawn(async move { gives.command(App::Salesforce, crate::person::Room::Chat).await });
    }
    world.passes(A_MINUTE * 5);
    assert_eq!(world.made(App::Salesforce, &ada).len(), 1);
    assert_eq!(world.heard(&ada, "at most 1 change a day in Salesforce").len(), 1);
}

#[test]
fn a_write_that_was_certainly_not_done_does_not_count() {
    for fault in [
        Fault::Instead { status: 429, retry_after: Some(1), carried_out: false },
        Fault::Instead { status: 401, retry_after: None, carried_out: false },
        Fault::Instead { status: 400, retry_after: None, carried_out: false },
    ] {
        let (world, ada) = connected();
        assert!(world.allows(&ada, App::Salesforce, a_day(1)));
        world.goes_wrong("salesforce.rest", 1, fault);
        writes(&world, &ada, App::Salesforce);
        writes(&world, &ada, App::Salesforce);
        assert_eq!(world.made(App::Salesforce, &ada).len(), 1, "{fault:?}");
    }
}

#[test]
fn a_write_of_unknown_outcome_counts() {
    let (world, ada) = connected();
    assert!(world.allows(&ada, App::Salesforce, a_day(1)));
    world.goes_wrong("salesforce.rest", 1, Fault::Silence { carried_out: false });
    writes(&world, &ada, App::Salesforce);
    world.hears(&ada, "may or may not have been done");
    writes(&world, &ada, App::Salesforce);
    world.hears(&ada, "at most 1 change a day in Salesforce");
    assert!(world.made(App::Salesforce, &ada).is_empty());
}

#[test]
fn a_crash_at_any_step_never_allows_one_write_more() {
    for before in [true, false] {
        for commit in 0.. {
            let (world, ada) = connected();
            assert!(world.allows(&ada, App::Salesforce, a_day(1)));
            world.passes(A_MINUTE);
            world.world().dies_at.set(Some((commit, before)));
            for _ in 0..2 {
                world.commands(&ada, App::Salesforce);
                world.passes(A_MINUTE * 20);
            }
            let died = world.world().dies_at.take().is_none();
            let about = format!("commit {commit}, before: {before}");
            assert!(world.made(App::Salesforce, &ada).len() <= 1, "{about}");
            assert!(!world.heard(&ada, "at most 1 change a day in Salesforce").is_empty(), "{about}");
            if !died {
                assert!(commit > 3, "only {commit} commits");
                break;
            }
        }
    }
}

#[test]
fn a_guardrail_that_is_set_while_a_run_waits_counts_before_its_first_step() {
    let world = Directed::new();
    let ada = world.connected(1, &[App::ServiceNow]);
    world.says(&ada, "report problem problem: Thing folder: yes");
    world.until("a login card", || !world.links(&ada).is_empty());
    assert!(world.allows(&ada, App::ServiceNow, read_only()));
    let before = requests(&world, "servicenow");
    world.logs_in(&ada, &world.links(&ada)[0]);
    world.hears(&ada, "You allow Workbot only to read in ServiceNow");
    assert_eq!(requests(&world, "servicenow"), before);
    assert!(world.made(App::Box, &ada).is_empty());
}

#[test]
fn a_guardrail_that_is_set_during_a_step_counts_for_the_next_one() {
    let world = Directed::new();
    let ada = world.connected(1, &[App::ServiceNow, App::Box]);
    world.goes_wrong("servicenow.rest", 1, Fault::Slow(5_000));
    world.says(&ada, "report problem problem: Thing folder: yes");
    assert!(world.allows(&ada, App::Box, read_only()));
    let told = world.hears(&ada, "You allow Workbot only to read in Box");
    assert!(told.contains("Done before"), "{told}");
    assert_eq!(world.made(App::ServiceNow, &ada).len(), 1);
    assert!(world.made(App::Box, &ada).is_empty());
}

#[test]
fn a_persons_guardrail_does_not_apply_to_the_companys_connection() {
    let world = Directed::new();
    let admin = world.person(0);
    world.shares(&admin, App::Salesforce);
    world.sets(&admin, "create-opportunity", json!({"verify_user_access": {"salesforce": false}}));
    let ada = world.connected(1, &[App::Salesforce]);
    assert!(world.allows(&ada, App::Salesforce, read_only()));
    world.commands(&ada, App::Salesforce);
    world.hears(&ada, "as the shared connection");
}

#[test]
fn disconnect_keeps_the_guardrails_and_delete_and_off_boarding_remove_them() {
    let world = Directed::new();
    let (admin, ada) = (world.person(0), world.connected(1, &[App::Salesforce]));
    let kept = |world: &Directed| world.row(&ada, App::Salesforce).guardrails.read_only;
    assert!(world.allows(&ada, App::Salesforce, Guardrails { read_only: true, ..a_day(1) }));
    world.leaves(&ada, App::Salesforce).unwrap();
    assert!(kept(&world));
    world.connect(&ada, App::Salesforce);
    assert!(kept(&world), "after the next login");
    assert!(world.allows(&ada, App::Salesforce, a_day(1)));
    writes(&world, &ada, App::Salesforce);
    let deletes = Rc::clone(&ada);
    world.done(async move { deletes.leave(App::Salesforce, true).await });
    assert!(!world.allows(&ada, App::Salesforce, read_only()), "there is no connection");
    world.connect(&ada, App::Salesforce);
    assert!(world.row(&ada, App::Salesforce).guardrails.is_none());
    assert_eq!(world.number(&ada, "SELECT count(*) FROM counted_write"), Some(0));
    assert!(world.allows(&ada, App::Salesforce, read_only()));
    world.off_boards(&admin, &ada);
    assert!(world.row(&ada, App::Salesforce).guardrails.is_none());
}

#[test]
fn a_guardrail_of_a_later_version_is_not_ignored() {
    let (world, ada) = connected();
    world.changes(&ada, &["UPDATE connection SET guardrails = '{\"weekdays_only\":true}'"]);
    writes(&world, &ada, App::Salesforce);
    assert!(world.made(App::Salesforce, &ada).is_empty());
    world.changes(&ada, &["UPDATE connection SET guardrails = NULL"]);
    world.until("the command that waited", || world.made(App::Salesforce, &ada).len() == 1);
}
