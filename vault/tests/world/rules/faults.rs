//! Each external party fails in each way, once, in the middle of an operation. The operation succeeds in the
//! end or the person is told; nothing is lost or done twice.

use serde_json::{Value, json};
use std::rc::Rc;
use workbot_domain::login_page::LoginPage;
use workbot_domain::owner::Owner;

use crate::directed_world::{A_MINUTE, Directed};
use crate::faults::Fault;
use crate::person::{App, Person};

/// The replacement of a response.
#[derive(Clone, Copy)]
enum Way {
    /// The party, or a proxy in front of it, gives this response.
    Responds(fn() -> Value),
    /// Nothing readable arrives.
    Breaks(Fault),
}

/// A way to fail.
#[derive(Clone, Copy)]
struct Kind {
    name: &'static str,
    way: Way,
    /// The party states that it did nothing.
    is_refusal: bool,
    /// The party, or a proxy in front of it, is busy.
    is_busy: bool,
    /// A success that cannot be parsed.
    is_nonsense: bool,
    /// It takes longer than a browser waits.
    is_slow: bool,
}

const fn kind(name: &'static str, way: Way) -> Kind {
    Kind { name, way, is_refusal: false, is_busy: false, is_nonsense: false, is_slow: false }
}

const ALL: [Kind; 10] = [
    kind("broken", Way::Responds(|| json!({"status": 500}))),
    Kind {
        is_busy: true,
        ..kind("unavailable", Way::Responds(|| json!({"status": 503, "headers": {"retry-after": "1"}})))
    },
    Kind {
        is_busy: true,
        is_refusal: true,
        ..kind("too many", Way::Responds(|| json!({"status": 429, "headers": {"retry-after": "1"}})))
    },
    Kind { is_slow: true, ..kind("no answer", Way::Breaks(Fault::Silence { carried_out: false })) },
    Kind { is_slow: true, ..kind("drips", Way::Breaks(Fault::Silence { carried_out: true })) },
    kind("cut off", Way::Breaks(Fault::Cut)),
    Kind {
        is_nonsense: true,
        ..kind("half", Way::Responds(|| json!({"status": 200, "body": "{\"id\": \"00"})))
    },
    Kind {
        is_nonsense: true,
        ..kind("a page", Way::Responds(|| json!({"status": 200, "body": "<html><h1>Welcome</h1></html>"})))
    },
    kind("hung up", Way::Breaks(Fault::Refused)),
    kind("done, then hung up", Way::Breaks(Fault::Lost)),
];

impl Kind {
    /// Injects the fault into the next request to a place that contains this text.
    fn at(self, world: &Directed, place: &'static str, matching: &str) {
        match self.way {
            Way::Responds(fault) => {
                let mut fault = fault();
                let more = json!({"where": place, "match": matching, "times": 1});
                fault.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
                world.fault(&fault);
            }
            Way::Breaks(fault) => world.goes_wrong_with(place, matching, 1, fault),
        }
    }
}

/// The page says that the app could not be reached or gave an unreadable response; or that it takes longer,
/// and then the chat says so.
fn ended_badly(world: &Directed, person: &Person, kind: Kind, page: &LoginPage) {
    let is_said = match page {
        LoginPage::Unreadable { .. } => kind.is_nonsense,
        LoginPage::Unreachable { .. } => !kind.is_nonsense && !kind.is_slow,
        LoginPage::StillWorking => kind.is_slow,
        _ => false,
    };
    assert!(is_said, "{}: {page:?}", kind.name);
    if kind.is_slow {
        world.hears(person, "Salesforce could not be reached");
    }
}

fn revoked(world: &Directed, person: &Person) {
    world.until("the revocation", || world.live(App::Salesforce, person) == 0);
}

#[test]
fn a_write_is_done_once_or_reported_as_unknown() {
    for kind in ALL {
        let world = Directed::new();
        let ada = world.connected(1, &[App::Salesforce]);
        kind.at(&world, "salesforce.rest", "Thing");
        let name = world.commands(&ada, App::Salesforce);
        let words = if kind.is_refusal { format!("Created [{name}]") } else { "may or may not".to_owned() };
        world.hears(&ada, &words);
        let made = world.made(App::Salesforce, &ada).len();
        assert!(made == 1 || (made == 0 && !kind.is_refusal), "{}: {made}", kind.name);
    }
}

#[test]
fn a_failed_read_is_repeated_until_it_succeeds() {
    for kind in ALL {
        let world = Directed::new();
        let (admin, ada) = (world.person(0), world.person(1));
        world.shares(&admin, App::Salesforce);
        kind.at(&world, "salesforce.rest", "Nobody");
        world.says(&ada, "find account Nobody");
        world.hears(&ada, "There is no account named like");
    }
}

#[test]
fn a_refresh_is_repeated_until_it_gets_a_response_and_only_a_lost_rotation_needs_a_login() {
    for (app, token, rotation) in [
        (App::ServiceNow, "servicenow.token", "none"),
        (App::Box, "box.token", "single_use"),
        (App::Salesforce, "salesforce.token", "reuse_kills"),
    ] {
        for kind in ALL {
            let about = format!("{app:?}, {}", kind.name);
            let world = Directed::new();
            let rules = json!({"rotation": rotation, "access_token_seconds": 7200});
            world.world().control(&format!("{}/oauth", app.name()), &rules);
            let ada = world.connected(1, &[app]);
            world.expire_access(app, &ada);
            kind.at(&world, token, "grant_type=refresh_token");
            world.commands(&ada, app);
            world.until(&about, || world.successes(&ada) == 1 || !world.links(&ada).is_empty());
            let grant = &world.grants(app, &ada)[0];
            if world.links(&ada).is_empty() {
                assert!(grant["revoked"].is_null(), "{about}: {grant}");
                continue;
            }
            assert!(rotation == "reuse_kills" && !kind.is_busy, "{about}: no login is lost");
            assert_eq!(grant["refreshes"], json!(1), "{about}: the app had replaced it: {grant}");
            world.logs_in(&ada, &world.links(&ada)[0]);
            world.until(&about, || world.successes(&ada) == 1);
        }
    }
}

#[test]
fn a_revocation_is_retried_until_its_app_accepts_it() {
    // Status 200 means revoked, whatever the body is (RFC 7009 section 2.2).
    for kind in ALL.into_iter().filter(|kind| !kind.is_nonsense) {
        let world = Directed::new();
        let ada = world.connected(1, &[App::Salesforce]);
        kind.at(&world, "salesforce.revoke", "");
        assert!(world.leaves(&ada, App::Salesforce).is_some(), "{}", kind.name);
        assert_eq!(world.status(&ada, App::Salesforce), "disconnected");
        revoked(&world, &ada);
    }
}

/// A person whose command waits for a login, and the login link.
fn asked_to_log_in(world: &Directed) -> (Rc<Person>, String) {
    let ada = world.person(1);
    world.commands(&ada, App::Salesforce);
    world.until("a login card", || !world.links(&ada).is_empty());
    let link = world.links(&ada).remove(0);
    (ada, link)
}

/// After the fault, the same link connects.
fn still_works(world: &Directed, ada: &Rc<Person>, link: &str, kind: Kind) {
    let page = world.logs_in(ada, link);
    assert!(matches!(page, LoginPage::Connected { .. }), "{}: {page:?}", kind.name);
}

#[test]
fn a_login_with_an_unreadable_account_is_revoked_and_can_be_repeated() {
    for kind in ALL {
        let world = Directed::new();
        let (ada, link) = asked_to_log_in(&world);
        kind.at(&world, "salesforce.identity", "");
        let page = world.logs_in(&ada, &link);
        ended_badly(&world, &ada, kind, &page);
        revoked(&world, &ada);
        still_works(&world, &ada, &link, kind);
        world.until("the reply", || world.successes(&ada) == 1);
    }
}

#[test]
fn a_failed_code_exchange_leaves_the_link_valid() {
    for kind in ALL {
        let world = Directed::new();
        let (ada, link) = asked_to_log_in(&world);
        kind.at(&world, "salesforce.token", "grant_type=authorization_code");
        let page = world.logs_in(&ada, &link);
        ended_badly(&world, &ada, kind, &page);
        still_works(&world, &ada, &link, kind);
        world.until("the reply", || world.successes(&ada) == 1);
    }
}

#[test]
fn a_failed_sign_in_leaves_the_link_valid() {
    for kind in ALL {
        let world = Directed::new();
        let ada = world.person(1);
        let link = world.new_link(&ada, App::Salesforce, Owner::User(ada.subject().user));
        kind.at(&world, "entra.token", "grant_type=authorization_code");
        let page = world.logs_in(&ada, &link);
        let is_said = match page {
            LoginPage::SigninFailed => kind.is_nonsense,
            LoginPage::Unreachable { .. } => !kind.is_nonsense,
            _ => false,
        };
        assert!(is_said, "{}: {page:?}", kind.name);
        still_works(&world, &ada, &link, kind);
    }
}

#[test]
fn a_reply_that_the_connector_refuses_is_retried() {
    for kind in ALL {
        let world = Directed::new();
        let ada = world.person(1);
        kind.at(&world, "connector", "Waiting or running");
        world.says(&ada, "status");
        world.hears(&ada, "Nothing is waiting");
        world.passes(A_MINUTE * 5);
        // After a lost response the only option is to send again.
        assert!(world.heard(&ada, "Nothing is waiting").len() <= 2, "{}", kind.name);
    }
}

#[test]
fn the_reply_of_a_write_arrives_despite_any_single_failure_of_the_connector() {
    for kind in ALL {
        let world = Directed::new();
        let ada = world.connected(1, &[App::Salesforce]);
        kind.at(&world, "connector", "Created [");
        let name = world.commands(&ada, App::Salesforce);
        world.hears(&ada, &format!("Created [{name}]"));
        world.passes(A_MINUTE * 5);
        assert_eq!(world.made(App::Salesforce, &ada).len(), 1, "{}", kind.name);
    }
}

#[test]
fn nothing_is_lost_while_every_external_party_is_unreachable() {
    let world = Directed::new();
    let (admin, ada) = (world.person(0), world.connected(1, &[App::Salesforce]));
    world.shares(&admin, App::Salesforce);
    let all = crate::faults::Planned {
        place: None,
        matching: String::new(),
        passing: 0,
        times: u32::MAX,
        fault: Fault::Refused,
    };
    world.world().plans.borrow_mut().push(all);
    world.says(&ada, "find account Nobody");
    let receipt = world.leaves(&ada, App::Salesforce).unwrap();
    assert_eq!(receipt.outcome, workbot_shared::RevocationOutcome::Retrying);
    world.passes(A_MINUTE);
    world.clears_up();
    world.hears(&ada, "There is no account named like");
    revoked(&world, &ada);
}
