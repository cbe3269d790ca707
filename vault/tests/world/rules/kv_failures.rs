//! KV fails, or loses values.

use std::time::Duration;

use crate::directed_world::{A_MINUTE, Directed};
use crate::fault_rates::Weather;
use crate::person::{App, Person};

/// Waits until a person's tokens are in KV only.
fn only_in_kv(world: &Directed, person: &Person) {
    world.passes(A_MINUTE * 6);
    assert_eq!(world.number(person, "SELECT count(*) FROM token_journal"), Some(0));
    // The vault's cache in memory is lost too.
    world.dies(person);
}

#[test]
fn during_a_kv_outage_commands_wait_and_logins_work() {
    let world = Directed::new();
    let ada = world.connected(1, &[App::Salesforce]);
    only_in_kv(&world, &ada);
    world.world().weather.set(Weather { kv: 1000, ..Weather::CALM });
    world.commands(&ada, App::Salesforce);
    let bob = world.connected(2, &[App::Salesforce]);
    world.commands(&bob, App::Salesforce);
    world.until("Bob's reply", || world.successes(&bob) == 1);
    world.passes(A_MINUTE);
    assert_eq!((world.links(&ada).len(), world.successes(&ada)), (0, 0));
    assert_eq!(world.status(&ada, App::Salesforce), "connected");
    world.clears_up();
    world.until("Ada's reply", || world.successes(&ada) == 1);
    // The revisions that could not be written to KV during the failure are written now.
    world.passes(Duration::from_secs(1_300));
    only_in_kv(&world, &bob);
    world.commands(&bob, App::Salesforce);
    world.until("Bob's second reply", || world.successes(&bob) == 2);
}

#[test]
fn a_command_is_given_up_while_kv_fails_for_long_and_the_connection_is_not() {
    let world = Directed::new();
    let ada = world.connected(1, &[App::Salesforce]);
    only_in_kv(&world, &ada);
    world.world().weather.set(Weather { kv: 1000, ..Weather::CALM });
    world.commands(&ada, App::Salesforce);
    world.passes(A_MINUTE * 20);
    assert_eq!((world.links(&ada).len(), world.successes(&ada)), (0, 0));
    assert_eq!(world.heard(&ada, "Temporarily unavailable").len(), 1);
    world.clears_up();
    world.commands(&ada, App::Salesforce);
    world.until("the reply", || world.successes(&ada) == 1);
}

#[test]
fn tokens_lost_in_kv_require_a_login_after_ten_minutes() {
    let world = Directed::new();
    let ada = world.connected(1, &[App::Salesforce]);
    only_in_kv(&world, &ada);
    world.world().kv.clear();
    world.commands(&ada, App::Salesforce);
    world.passes(A_MINUTE * 9);
    assert_eq!((world.links(&ada).len(), world.status(&ada, App::Salesforce)), (0, "connected"));
    world.passes(A_MINUTE * 2);
    world.commands(&ada, App::Salesforce);
    world.until("a login card", || !world.links(&ada).is_empty());
    world.logs_in(&ada, &world.links(&ada)[0]);
    world.until("the reply", || world.successes(&ada) == 1);
}
