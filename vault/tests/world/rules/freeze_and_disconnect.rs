//! What a freeze, a disconnect and an off-boarding end, including operations under way, and what they leave
//! unchanged.

use serde_json::json;
use std::rc::Rc;
use std::time::Duration;
use workbot_domain::login_page::LoginPage;
use workbot_domain::owner::Owner;
use workbot_shared::{ConnectionStatus, RevocationOutcome};

use crate::directed_world::{A_MINUTE, Directed};
use crate::faults::Fault;
use crate::person::{App, Person};

/// Nothing is stored, and the grant is revoked.
fn nothing_is_left(world: &Directed, person: &Person) {
    assert_eq!(world.status(person, App::Salesforce), "not_connected");
    world.until("the revocation", || world.live(App::Salesforce, person) == 0);
}

/// The final page of a login during which something happens between the code exchange and the commit.
fn interrupted(world: &Directed, person: &Rc<Person>, happens: impl FnOnce()) -> LoginPage {
    let link = world.new_link(person, App::Salesforce, Owner::User(person.subject().user));
    world.goes_wrong("salesforce.identity", 1, Fault::Slow(3_000));
    let page = Rc::new(std::cell::RefCell::new(None));
    let (opens, kept) = (Rc::clone(person), Rc::clone(&page));
    world.world().spawn(async move { *kept.borrow_mut() = Some(opens.open(&link, "allow").await) });
    world.until("the grant", || world.live(App::Salesforce, person) == 1);
    world.passes(Duration::from_millis(500));
    happens();
    world.until("the page", || page.borrow().is_some());
    page.take().unwrap()
}

#[test]
fn a_login_under_way_is_not_stored_after_a_freeze() {
    let world = Directed::new();
    let (admin, ada) = (world.person(0), world.person(1));
    let page = interrupted(&world, &ada, || world.freezes(&admin, App::Salesforce, true));
    assert!(matches!(page, LoginPage::Frozen { .. }), "{page:?}");
    nothing_is_left(&world, &ada);
}

/// The number of requests that an app has received.
fn requests(world: &Directed, place: &'static str) -> usize {
    world.world().truth.borrow().sent_to(place)
}

#[test]
fn an_app_that_is_frozen_while_a_run_waits_is_not_called() {
    let world = Directed::new();
    let (admin, ada) = (world.person(0), world.connected(1, &[App::ServiceNow]));
    world.says(&ada, "report problem problem: Thing folder: yes");
    world.until("a login card", || !world.links(&ada).is_empty());
    world.freezes(&admin, App::ServiceNow, true);
    let before = requests(&world, "servicenow");
    let page = world.logs_in(&ada, &world.links(&ada)[0]);
    assert!(matches!(page, LoginPage::Connected { .. }), "{page:?}");
    world.until("the reply", || !world.heard(&ada, "blocked").is_empty());
    assert_eq!(requests(&world, "servicenow"), before);
}

#[test]
fn a_refresh_of_unknown_outcome_is_not_repeated_at_a_frozen_app() {
    let world = Directed::new();
    let (admin, ada) = (world.person(0), world.connected(1, &[App::ServiceNow]));
    world.expire_access(App::ServiceNow, &ada);
    world.goes_wrong_with("servicenow.token", "grant_type=refresh_token", 1, Fault::Slow(25_000));
    world.commands(&ada, App::ServiceNow);
    world.until("the refresh", || requests(&world, "servicenow.token") > 1);
    let sent = requests(&world, "servicenow.token");
    world.freezes(&admin, App::ServiceNow, true);
    world.passes(A_MINUTE * 10);
    assert_eq!(requests(&world, "servicenow.token"), sent);
    world.freezes(&admin, App::ServiceNow, false);
    world.passes(A_MINUTE * 10);
    still_works(&world, &ada);
}

#[test]
fn an_exchange_under_way_during_a_disconnect_is_revoked_and_not_stored() {
    let world = Directed::new();
    let (admin, ada) = (world.person(0), world.person(1));
    let page = interrupted(&world, &ada, || drop(world.off_boards(&admin, &ada)));
    assert!(matches!(page, LoginPage::Expired), "{page:?}");
    nothing_is_left(&world, &ada);
}

#[test]
fn who_was_off_boarded_cannot_use_a_link_from_before() {
    let world = Directed::new();
    let (admin, ada) = (world.person(0), world.person(1));
    let link = world.new_link(&ada, App::Salesforce, Owner::User(ada.subject().user));
    assert!(world.off_boards(&admin, &ada).is_empty(), "there was no connection");
    let page = world.logs_in(&ada, &link);
    assert!(matches!(page, LoginPage::Expired), "{page:?}");
    nothing_is_left(&world, &ada);
}

#[test]
fn a_refused_revocation_is_reported_and_retried() {
    let world = Directed::new();
    let ada = world.connected(1, &[App::Salesforce]);
    let refusal = json!({"error": "invalid_client"});
    world.fault(&json!({"where": "salesforce.revoke", "times": 2, "status": 400, "body": refusal}));
    let receipt = world.leaves(&ada, App::Salesforce).unwrap();
    assert_eq!(receipt.outcome, RevocationOutcome::Retrying, "{receipt:?}");
    assert!(receipt.message.contains("Salesforce refused to revoke access: retrying"), "{receipt:?}");
    assert_eq!(world.live(App::Salesforce, &ada), 1);
    world.until("the revocation", || world.live(App::Salesforce, &ada) == 0);
}

/// Whether a command of this person still runs without a login.
fn still_works(world: &Directed, person: &Rc<Person>) {
    let before = world.successes(person);
    world.commands(person, App::ServiceNow);
    world.until("the reply", || world.successes(person) == before + 1);
    assert_eq!(world.status(person, App::ServiceNow), "connected");
    assert!(world.live(App::ServiceNow, person) >= 1);
}

/// The second login with one account fails. At an app where a revocation ends every grant of an account, the
/// first login stays valid.
#[test]
fn a_discarded_login_keeps_the_connection_with_the_same_account() {
    let world = Directed::new();
    let ada = world.connected(1, &[App::ServiceNow]);
    let link = world.new_link(&ada, App::ServiceNow, Owner::User(ada.subject().user));
    world.fault(&json!({"where": "servicenow.rest", "times": 1, "status": 500}));
    let page = world.logs_in(&ada, &link);
    assert!(matches!(page, LoginPage::Unreachable { .. }), "{page:?}");
    world.passes(A_MINUTE * 10);
    still_works(&world, &ada);
}

#[test]
fn a_late_refresh_response_does_not_end_a_newer_login() {
    let world = Directed::new();
    let ada = world.connected(1, &[App::ServiceNow]);
    let link = world.new_link(&ada, App::ServiceNow, Owner::User(ada.subject().user));
    world.expire_access(App::ServiceNow, &ada);
    // A login takes people up to a minute.
    world.goes_wrong_with("servicenow.token", "grant_type=refresh_token", 9, Fault::Slow(19_000));
    world.commands(&ada, App::ServiceNow);
    world.until("the refresh", || world.grants(App::ServiceNow, &ada)[0]["refreshes"] == json!(1));
    let page = world.logs_in(&ada, &link);
    assert!(matches!(page, LoginPage::Connected { .. }), "{page:?}");
    world.until("the reply", || world.successes(&ada) == 1);
    still_works(&world, &ada);
}

#[test]
fn a_disconnect_applies_to_the_next_command_and_is_revoked_after_an_outage() {
    let world = Directed::new();
    let ada = world.connected(1, &[App::Salesforce]);
    // The jobs of the login end first.
    world.passes(A_MINUTE);
    world.fault(&json!({"where": "salesforce.revoke", "status": 503, "times": 2}));
    let receipt = world.leaves(&ada, App::Salesforce).unwrap();
    assert_eq!(receipt.outcome, RevocationOutcome::Retrying);
    assert_eq!(receipt.status, ConnectionStatus::Disconnected);
    world.commands(&ada, App::Salesforce);
    world.until("a login card", || !world.links(&ada).is_empty());
    world.until("the revocation", || world.live(App::Salesforce, &ada) == 0);
}
