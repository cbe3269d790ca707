//! What a freeze, a disconnect and an off-boarding end, including operations under way, and what they leave
//! unchanged.

use serde_json::json;
use std::rc::Rc;
use std::time::Duration;
use workbot_domain::connection::disconnect::Removal;
use workbot_domain::login_page::LoginPage;
use workbot_domain::owner::Owner;
use workbot_shared::{AuditAction, ConnectionStatus, Language, Receipt, RevocationOutcome};
use workbot_vault::protocol::{VaultRequest, VaultResponse};

use crate::directed_world::{A_MINUTE, Directed};
use crate::faults::Fault;
use crate::person::{App, Person};
use crate::sandbox_settings::TENANT;

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

/// Deletes a connection in the tab.
fn deletes(world: &Directed, person: &Person, app: App) -> Receipt {
    let delete = VaultRequest::Disconnect {
        app: app.id(),
        removal: Removal::Delete,
        by: None,
        language: Language::En,
    };
    match world.asks(person, delete) {
        Some(VaultResponse::Disconnected(receipt)) => receipt,
        _ => panic!("unexpected response to a deletion"),
    }
}

#[test]
fn a_repeated_disconnect_says_that_the_revocation_is_still_tried() {
    let world = Directed::new();
    let ada = world.connected(1, &[App::Salesforce]);
    world.fault(&json!({"where": "salesforce.revoke", "status": 503, "times": 3}));
    for _ in 0..2 {
        let receipt = world.leaves(&ada, App::Salesforce).unwrap();
        assert_eq!(receipt.outcome, RevocationOutcome::Retrying, "{receipt:?}");
    }
    for _ in 0..2 {
        let receipt = deletes(&world, &ada, App::Salesforce);
        assert_eq!(receipt.outcome, RevocationOutcome::Retrying, "{receipt:?}");
    }
    world.until("the revocation", || world.live(App::Salesforce, &ada) == 0);
    world.passes(A_MINUTE);
    assert_eq!(deletes(&world, &ada, App::Salesforce).outcome, RevocationOutcome::NothingToDo);
}

/// A company whose Salesforce is shared, and a person whose commands there use that connection.
fn shared() -> (Directed, Rc<Person>, Rc<Person>) {
    let world = Directed::new();
    let (admin, ada) = (world.person(0), world.person(1));
    world.shares(&admin, App::Salesforce);
    world.sets(&admin, "create-opportunity", json!({"verify_user_access": {"salesforce": false}}));
    (world, admin, ada)
}

/// In the reply to a run that an off-boarding has ended.
const OFF_BOARDED: &str = "admin disconnected all your connections";

#[test]
fn an_off_boarding_ends_the_run_that_waits_to_write_by_the_shared_connection() {
    let (world, admin, ada) = shared();
    world.fault(&json!({"where": "salesforce.rest", "times": 5, "status": 429}));
    world.commands(&ada, App::Salesforce);
    let stalled = "SELECT count(*) FROM run WHERE json_extract(body, '$.stalled') IS NOT NULL";
    world.until("the run waits for the app", || world.number(&ada, stalled) == Some(1));
    world.off_boards(&admin, &ada);
    let reply = world.hears(&ada, OFF_BOARDED);
    assert!(reply.contains("Nothing was changed"), "{reply}");
    world.passes(A_MINUTE * 120);
    assert!(world.made(App::Salesforce, &admin).is_empty());
}

#[test]
fn an_off_boarding_ends_the_run_that_is_being_driven() {
    let (world, admin, ada) = shared();
    world.goes_wrong("salesforce.rest", 1, Fault::Slow(9_000));
    world.commands(&ada, App::Salesforce);
    world.off_boards(&admin, &ada);
    let reply = world.hears(&ada, OFF_BOARDED);
    assert!(reply.contains("may or may not have been done"), "{reply}");
    world.passes(A_MINUTE * 10);
    assert_eq!(world.number(&ada, "SELECT count(*) FROM run WHERE state <> 'over'"), Some(0));
}

#[test]
fn an_off_boarding_ends_a_run_whatever_it_waits_for() {
    for command in ["create opportunity", "create folder name: Acme"] {
        let world = Directed::new();
        let (admin, ada) = (world.person(0), world.person(1));
        world.says(&ada, command);
        let waits = "SELECT count(*) FROM run WHERE state IN ('waiting_input', 'waiting_login')";
        world.until("the run waits", || world.number(&ada, waits) == Some(1));
        world.off_boards(&admin, &ada);
        world.hears(&ada, OFF_BOARDED);
        assert_eq!(world.number(&ada, waits), Some(0));
    }
}

#[test]
fn an_admins_disconnect_is_audited_whether_or_not_there_was_a_connection() {
    let world = Directed::new();
    let (admin, ada) = (world.person(0), world.person(1));
    world.off_boards(&admin, &ada);
    let disconnect = VaultRequest::Disconnect {
        app: App::Box.id(),
        removal: Removal::Disconnect,
        by: Some(admin.admin()),
        language: Language::En,
    };
    assert!(world.asks(&ada, disconnect).is_some());
    world.passes(A_MINUTE);
    let entries: Vec<_> = world.audit().into_iter().map(|entry| (entry.act, entry.user, entry.app)).collect();
    let user = Some(ada.subject().user);
    assert_eq!(
        entries,
        [
            (AuditAction::PersonDisconnected, user.clone(), Some(App::Box.id())),
            (AuditAction::PersonOffBoarded, user, None)
        ]
    );
}

#[test]
fn a_tenant_that_is_no_longer_served_gets_revocations_and_nothing_else() {
    let world = Directed::new();
    let ada = world.connected(1, &[App::Salesforce, App::ServiceNow]);
    world.passes(A_MINUTE);
    // A revocation, a run that waits for the app, and one that waits for a login.
    world.fault(&json!({"where": "salesforce.revoke", "status": 503, "times": 3}));
    assert_eq!(world.leaves(&ada, App::Salesforce).unwrap().outcome, RevocationOutcome::Retrying);
    world.fault(&json!({"where": "servicenow.rest", "status": 429, "times": 3}));
    world.commands(&ada, App::ServiceNow);
    let stalled = "SELECT count(*) FROM run WHERE json_extract(body, '$.stalled') IS NOT NULL";
    world.until("the run waits for the app", || world.number(&ada, stalled) == Some(1));
    world.commands(&ada, App::Box);
    world.until("a login card", || !world.links(&ada).is_empty());
    let link = world.links(&ada).remove(0);

    world.deployment.deploy(Some(("ALLOWED_TENANTS", "fabrikam".to_owned())));
    let before = (requests(&world, "servicenow"), requests(&world, "connector"), requests(&world, "entra"));
    assert_eq!(world.logs_in(&ada, &link), LoginPage::Expired);
    assert!(world.asks(&ada, VaultRequest::ListConnections { language: Language::En }).is_none());
    world.until("the revocation", || world.live(App::Salesforce, &ada) == 0);
    world.passes(A_MINUTE * 30);
    let after = (requests(&world, "servicenow"), requests(&world, "connector"), requests(&world, "entra"));
    assert_eq!(after, before);
    let receipt = deletes(&world, &ada, App::ServiceNow);
    assert_eq!(receipt.outcome, RevocationOutcome::Revoked, "access can still be ended: {receipt:?}");

    // A list that was changed by mistake costs nothing.
    world.deployment.deploy(Some(("ALLOWED_TENANTS", TENANT.to_owned())));
    assert!(matches!(world.logs_in(&ada, &link), LoginPage::Connected { .. }));
    world.hears(&ada, "you disconnected ServiceNow");
    world.until("the reply", || world.successes(&ada) == 1);
}
