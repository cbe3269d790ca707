//! How long a login link works: it has to be opened within ten minutes, and the login has its own ten.

use std::time::Duration;
use workbot_domain::login::TICKET_LIFETIME;
use workbot_domain::login_page::LoginPage;
use workbot_domain::owner::Owner;

use crate::directed_world::{A_MINUTE, Directed};
use crate::faults::Fault;
use crate::person::App;

#[test]
fn a_link_that_was_opened_in_time_is_finished_after_its_end() {
    for run in [false, true] {
        for slow in [Some("entra.token"), None] {
            let world = Directed::new();
            let ada = world.person(1);
            let link = if run {
                world.commands(&ada, App::Salesforce);
                world.until("a login card", || !world.links(&ada).is_empty());
                world.links(&ada).remove(0)
            } else {
                world.new_link(&ada, App::Salesforce, Owner::User(ada.subject().user))
            };
            let made_at = world.deployment.ticket(&link).unwrap().expires_at - TICKET_LIFETIME;
            let elapsed = world.deployment.isolate().now().since(made_at);
            // The person needs more than these two seconds at Entra and at the app.
            world.passes(TICKET_LIFETIME - elapsed - Duration::from_secs(2));
            if let Some(place) = slow {
                world.goes_wrong(place, 1, Fault::Slow(8_000));
            }
            let page = world.logs_in(&ada, &link);
            assert!(matches!(page, LoginPage::Connected { .. }), "{run} {slow:?}: {page:?}");
            let late = world.deployment.isolate().now() > made_at + TICKET_LIFETIME;
            assert!(late, "the login ended after the link");
            if run {
                world.until("the reply", || world.successes(&ada) == 1);
            }
        }
    }
}

#[test]
fn a_link_that_nobody_opened_in_time_has_expired_and_a_used_one_says_that_the_app_is_connected() {
    let world = Directed::new();
    let (admin, ada) = (world.person(0), world.person(1));
    let unopened = world.new_link(&ada, App::Salesforce, Owner::User(ada.subject().user));
    world.passes(A_MINUTE * 11);
    assert_eq!(world.logs_in(&ada, &unopened), LoginPage::Expired);
    let used = world.new_link(&admin, App::Salesforce, Owner::Shared);
    assert!(matches!(world.logs_in(&admin, &used), LoginPage::Connected { .. }));
    world.passes(A_MINUTE * 11);
    assert_eq!(world.logs_in(&admin, &used), LoginPage::AlreadyConnected { app: "Salesforce".into() });
}

#[test]
fn the_link_of_a_waiting_run_works_after_its_end_once_its_person_is_proven() {
    let world = Directed::new();
    let ada = world.person(1);
    world.commands(&ada, App::Salesforce);
    world.until("a login card", || !world.links(&ada).is_empty());
    let link = world.links(&ada).remove(0);
    let tickets = || world.number(&ada, "SELECT count(*) FROM login_ticket").unwrap();
    world.passes(A_MINUTE * 11);
    assert_eq!(tickets(), 1);
    let page = world.logs_in(&ada, &link);
    assert!(matches!(page, LoginPage::Connected { .. }), "{page:?}");
    assert_eq!(tickets(), 2, "a new one was made");
    world.until("the reply", || world.successes(&ada) == 1);
}
