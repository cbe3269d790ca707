//! An app is unreachable for a while. A grant that is valid at its app is kept, however the app treats used
//! refresh tokens. A waiting person is told at once, and is served when the app is back.

use serde_json::{Value, json};
use std::rc::Rc;
use std::time::Duration;
use workbot_shared::Language;
use workbot_vault::protocol::{VaultRequest, VaultResponse};

use crate::directed_world::{A_MINUTE, Directed};
use crate::faults::Fault;
use crate::person::{App, Person};

/// Each rotation class.
const CLASSES: [(App, &str, &str); 4] = [
    (App::Salesforce, "salesforce.token", "none"),
    (App::Salesforce, "salesforce.token", "reuse_kills"),
    (App::ServiceNow, "servicenow.token", "none"),
    (App::Box, "box.token", "single_use"),
];

const HELD_UP: &str = "cannot be reached or is busy right now";

/// The limit for the first message.
const AT_ONCE: Duration = Duration::from_secs(5);

/// A person who is connected to an app of this rotation class and whose access token has expired.
fn ended(world: &Directed, (app, _, rotation): (App, &str, &str)) -> Rc<Person> {
    let rules = json!({"rotation": rotation, "access_token_seconds": 7200});
    world.world().control(&format!("{}/oauth", app.name()), &rules);
    let person = world.connected(1, &[app]);
    world.expire_access(app, &person);
    person
}

/// A proxy in front of the app responds; or the connection is refused.
fn fails(world: &Directed, token: &'static str, times: u32, nobody_listens: bool) {
    if nobody_listens {
        world.goes_wrong(token, times, Fault::Refused);
    } else {
        let page = json!({"where": token, "times": times, "status": 502, "body": "<html>Bad Gateway</html>"});
        world.fault(&page);
    }
}

#[test]
fn a_grant_survives_an_outage_of_ten_seconds_in_every_rotation_class() {
    for class in CLASSES {
        for nobody_listens in [false, true] {
            let (app, token, _) = class;
            let world = Directed::new();
            let ada = ended(&world, class);
            fails(&world, token, 4, nobody_listens);
            let began = world.world().now();
            world.commands(&ada, app);
            world.hears(&ada, HELD_UP);
            assert!(world.world().now() - began < 5_000, "{class:?}: the person is told at once");
            world.until("the reply", || world.successes(&ada) == 1);
            assert_eq!(world.links(&ada).len(), 0, "{class:?}: nobody has to log in");
            assert_eq!((world.grants(app, &ada).len(), world.live(app, &ada)), (1, 1), "{class:?}");
            assert_eq!(world.made(app, &ada).len(), 1, "{class:?}: once");
            assert_eq!(world.status(&ada, app), "connected");
        }
    }
}

#[test]
fn the_companys_grant_survives_an_outage_and_every_waiting_run_completes() {
    let world = Directed::new();
    let rules = json!({"rotation": "reuse_kills", "access_token_seconds": 7200});
    world.world().control("salesforce/oauth", &rules);
    let (admin, people) = (world.person(0), [world.person(1), world.person(2)]);
    world.shares(&admin, App::Salesforce);
    world.expire_access(App::Salesforce, &admin);
    fails(&world, "salesforce.token", 4, false);
    people.iter().for_each(|person| world.says(person, "find account Acme"));
    for person in &people {
        world.hears(person, HELD_UP);
    }
    for person in &people {
        world.hears(person, &format!("as the shared connection ({})", admin.upn));
    }
    assert_eq!(world.live(App::Salesforce, &admin), 1);
}

#[test]
fn a_command_waits_for_an_unavailable_api_and_completes_later() {
    let world = Directed::new();
    let (admin, ada) = (world.person(0), world.person(1));
    world.shares(&admin, App::Salesforce);
    let away =
        json!({"where": "salesforce.rest", "match": "Nobody", "times": 6, "status": 502, "body": "<html>"});
    world.fault(&away);
    world.says(&ada, "find account Nobody");
    world.passes(AT_ONCE);
    assert_eq!(world.heard(&ada, HELD_UP).len(), 1, "the person is told at once");
    world.hears(&ada, "There is no account named like");
    world.hears(&ada, &format!("as the shared connection ({})", admin.upn));
}

#[test]
fn a_run_that_waits_for_an_app_can_be_cancelled() {
    let world = Directed::new();
    let ada = ended(&world, CLASSES[0]);
    fails(&world, "salesforce.token", 8, false);
    world.commands(&ada, App::Salesforce);
    let card = world.hears(&ada, HELD_UP);
    let Some(VaultResponse::Runs(runs)) =
        world.asks(&ada, VaultRequest::ListOpenRuns { language: Language::En })
    else {
        panic!("no runs")
    };
    let run = runs[0].run.to_string();
    assert!(card.contains(&run), "the card's button cancels it: {card}");
    let presses = Rc::clone(&ada);
    let pressed = world.done(async move { presses.press("run.cancel", json!({ "run": run })).await });
    assert!(pressed.unwrap().to_string().contains("was cancelled"));
    // The grant is still refreshed when the app is back.
    let refreshes = || world.grants(App::Salesforce, &ada)[0]["refreshes"].clone();
    world.until("the refresh", || refreshes() == json!(1));
    world.passes(A_MINUTE);
    assert_eq!(world.made(App::Salesforce, &ada), Vec::<Value>::new());
}

#[test]
fn a_lost_response_needs_a_login_only_if_the_app_refuses_the_replaced_token() {
    for class in CLASSES {
        let (app, token, rotation) = class;
        let world = Directed::new();
        let ada = ended(&world, class);
        world.goes_wrong(token, 1, Fault::Lost);
        world.commands(&ada, app);
        if rotation == "reuse_kills" {
            world.until("a login card", || !world.links(&ada).is_empty());
            assert_eq!(world.row(&ada, app).reason.as_deref(), Some("answer_lost"));
            world.logs_in(&ada, &world.links(&ada)[0]);
        }
        world.until("the reply", || world.successes(&ada) == 1);
        let sent = world.grants(app, &ada)[0]["refresh_tokens_sent"].as_u64();
        assert_eq!(sent, Some(2), "{class:?}: the same one, until there is an answer");
    }
}
