//! Token endpoints and APIs that deviate as real apps do: tokens and refusals in every shape, and dead tokens
//! without a 401.

use serde_json::{Value, json};
use std::rc::Rc;
use std::time::Duration;
use workbot_domain::login_page::LoginPage;
use workbot_domain::owner::Owner;

use crate::directed_world::{A_MINUTE, Directed};
use crate::person::{App, Person};

const SALESFORCE: App = App::Salesforce;

/// Injects a fault into an endpoint of Salesforce, for this many requests.
fn fault(world: &Directed, place: &str, times: u32, fault: &Value) {
    let mut whole = json!({"where": format!("salesforce.{place}"), "times": times});
    whole.as_object_mut().unwrap().extend(fault.as_object().unwrap().clone());
    world.fault(&whole);
}

fn rotate(world: &Directed, rotation: &str) {
    let rules = json!({"rotation": rotation, "access_token_seconds": 7200});
    world.world().control("salesforce/oauth", &rules);
}

/// A connected person whose access token the app no longer accepts.
fn expired(rotation: &str) -> (Directed, Rc<Person>) {
    let world = Directed::new();
    rotate(&world, rotation);
    let ada = world.connected(1, &[SALESFORCE]);
    world.expire_access(SALESFORCE, &ada);
    (world, ada)
}

/// The login of a person whose code exchange gets this fault. Returns the link and the page.
fn log_in(world: &Directed, ada: &Rc<Person>, exchange: &Value) -> (String, LoginPage) {
    let link = world.new_link(ada, SALESFORCE, Owner::User(ada.subject().user));
    fault(world, "token", 1, exchange);
    let page = world.logs_in(ada, &link);
    (link, page)
}

/// Gives a command and waits for its success, without a login.
fn succeeds(world: &Directed, ada: &Rc<Person>) {
    let (before, links) = (world.successes(ada), world.links(ada).len());
    world.commands(ada, SALESFORCE);
    world.until("the reply", || world.successes(ada) == before + 1);
    assert_eq!(world.links(ada).len(), links, "no login card");
}

/// Waits for a login card within a minute. Returns its link.
fn asked(world: &Directed, ada: &Person, before: usize) -> String {
    let is_asked = world.world().run(A_MINUTE, || world.links(ada).len() > before);
    assert!(is_asked, "no login card\n{}", world.world().story().join("\n"));
    world.links(ada).pop().unwrap()
}

fn reason(world: &Directed, ada: &Person) -> Option<String> {
    world.row(ada, SALESFORCE).reason
}

/// How often the grant was refreshed, and how often a used refresh token came back.
fn refreshes(world: &Directed, ada: &Person) -> (Value, Value) {
    let grant = world.grants(SALESFORCE, ada).remove(0);
    (grant["refreshes"].clone(), grant["reused"].clone())
}

#[test]
fn a_token_response_of_any_shape_connects_and_refreshes() {
    for shape in [
        json!({"set": {"expires_in": "7200"}}),
        json!({"set": {"expires_in": ""}}),
        json!({"set": {"expires_in": 7200.0}}),
        json!({"set": {"expires_in": null}}),
        json!({"set": {"expires_in": -1}}),
        json!({"set": {"expires_in": 0}}),
        json!({"set": {"expires_in": 1e300}}),
        json!({"remove": ["token_type"]}),
        json!({"set": {"token_type": null}}),
        json!({"set": {"token_type": "BearerToken"}}),
        json!({"set": {"scope": ["api", "refresh_token"]}}),
        json!({"set": {"scope": null}}),
        json!({"set": {"scope": ""}}),
        json!({"set": {"scope": "api,refresh_token"}}),
        json!({"bom": true}),
        json!({"status": 201}),
        json!({"content_type": "text/html; charset=utf-8"}),
        json!({"written": "form", "remove": ["expires_in"]}),
        json!({"written": "form", "content_type": "text/plain", "bom": true}),
        json!({"written": "text"}),
        json!({"set": {"error": null, "ok": true}}),
    ] {
        println!("{shape}");
        let world = Directed::new();
        rotate(&world, "reuse_kills");
        let ada = world.person(1);
        let page = log_in(&world, &ada, &json!({ "reshape": shape })).1;
        assert!(matches!(page, LoginPage::Connected { .. }), "{page:?}");
        succeeds(&world, &ada);
        world.expire_access(SALESFORCE, &ada);
        fault(&world, "token", 1, &json!({ "reshape": shape }));
        succeeds(&world, &ada);
        // The next refresh sends the refresh token of the last one.
        world.expire_access(SALESFORCE, &ada);
        succeeds(&world, &ada);
        assert_eq!(refreshes(&world, &ada), (json!(2), json!(0)));
    }
}

#[test]
fn an_unusable_token_response_is_reported_and_its_tokens_are_revoked() {
    for shape in [
        json!({"reshape": {"remove": ["access_token"]}}),
        json!({"reshape": {"set": {"access_token": null}}}),
        json!({"reshape": {"set": {"access_token": 12345}}}),
        json!({"reshape": {"set": {"token_type": "mac"}}}),
        json!({"reshape": {"set": {"token_type": "DPoP"}}}),
        json!({"reshape": {"below": "data"}}),
        json!({"reshape": {"remove": ["id"]}}),
        json!({"reshape": {"set": {"id": "https://elsewhere.example/id"}}}),
    ] {
        println!("{shape}");
        let world = Directed::new();
        let ada = world.person(1);
        let (link, page) = log_in(&world, &ada, &shape);
        assert!(matches!(page, LoginPage::Unreadable { .. }), "{page:?}");
        world.until("the revocation", || world.live(SALESFORCE, &ada) == 0);
        assert_eq!(world.grants(SALESFORCE, &ada).len(), 1);
        let page = world.logs_in(&ada, &link);
        assert!(matches!(page, LoginPage::Connected { .. }), "{page:?}");
        succeeds(&world, &ada);
    }
}

#[test]
fn a_refused_login_is_not_reported_as_an_outage() {
    type IsSo = fn(&LoginPage) -> bool;
    let is_refused: IsSo = |page| matches!(page, LoginPage::Refused { .. });
    let is_unreadable: IsSo = |page| matches!(page, LoginPage::Unreadable { .. });
    let is_unreachable: IsSo = |page| matches!(page, LoginPage::Unreachable { .. });
    for (response, is_so) in [
        (json!({"status": 400, "body": "error=invalid_grant"}), is_refused),
        (json!({"status": 200, "body": {"error": "bad_code"}}), is_refused),
        (json!({"status": 403, "body": "<html>Blocked</html>"}), is_refused),
        (json!({"status": 200, "body": {}}), is_unreadable),
        (json!({"status": 200, "body": "<html>Welcome</html>"}), is_unreadable),
        (json!({"preset": "salesforce.token_busy"}), is_unreachable),
        (json!({"status": 503}), is_unreachable),
    ] {
        let world = Directed::new();
        let ada = world.person(1);
        let page = log_in(&world, &ada, &response).1;
        assert!(is_so(&page), "{response}: {page:?}");
    }
}

#[test]
fn a_definite_refusal_of_any_shape_asks_for_a_login_at_once() {
    for refusal in [
        json!({"status": 400, "body": {"error": {"code": "invalid_grant", "message": "x"}}}),
        json!({"status": 400, "body": "\u{feff}{\"error\":\"invalid_grant\"}"}),
        json!({"status": 400, "body": "error=invalid_grant"}),
        json!({"status": 400, "body": {"errors": [{"code": "invalid_grant"}]}}),
        json!({"status": 401, "body": [{"errorCode": "invalid_grant", "message": "x"}]}),
        json!({"status": 403, "body": "invalid_grant: expired access/refresh token"}),
        json!({"status": 400, "body": "<html><h1>invalid_grant</h1></html>"}),
        json!({"status": 200, "body": {"error": "invalid_grant"}}),
        json!({"status": 200, "body": {"ok": false, "error": "invalid_grant"}}),
        json!({"status": 400, "body": {"error": "inactive_user", "error_description": "user is inactive"}}),
    ] {
        println!("{refusal}");
        let (world, ada) = expired("none");
        fault(&world, "token", 1, &refusal);
        world.commands(&ada, SALESFORCE);
        let is_asked = world.world().run(Duration::from_secs(5), || !world.links(&ada).is_empty());
        assert!(is_asked, "no login card at once");
        assert_eq!(reason(&world, &ada).as_deref(), Some("grant_gone"));
        world.logs_in(&ada, &world.links(&ada)[0]);
        world.until("the reply", || world.successes(&ada) == 1);
    }
}

/// Refusals that cannot be read, or name an unknown error.
fn doubtful() -> [Value; 8] {
    [
        json!({"status": 400, "body": {"status": "BAD_REFRESH_TOKEN", "message": "missing or invalid refresh token"}}),
        json!({"status": 400, "body": {"error": "something_new"}}),
        json!({"status": 401, "body": ""}),
        json!({"status": 404, "body": "Not Found"}),
        json!({"status": 302, "headers": {"location": "https://gateway.example/"}}),
        json!({"status": 200, "body": {"ok": false}}),
        json!({"preset": "salesforce.token_gateway"}),
        json!({"reshape": {"set": {"token_type": "DPoP"}}}),
    ]
}

#[test]
fn two_unreadable_refusals_need_no_login() {
    for refusal in doubtful() {
        println!("{refusal}");
        let (world, ada) = expired("none");
        fault(&world, "token", 2, &refusal);
        succeeds(&world, &ada);
        assert_eq!(world.status(&ada, SALESFORCE), "connected");
    }
}

/// The number of requests that the faults will still hit.
fn left(world: &Directed) -> u64 {
    let faults = world.world().look("faults")["faults"].as_array().cloned().unwrap();
    faults.iter().filter_map(|fault| fault["times"].as_u64()).sum()
}

#[test]
fn repeated_unreadable_refusals_ask_for_a_login_and_a_later_success_ends_that() {
    for refusal in doubtful() {
        println!("{refusal}");
        let (world, ada) = expired("none");
        fault(&world, "token", 4, &refusal);
        world.commands(&ada, SALESFORCE);
        asked(&world, &ada, 0);
        assert_eq!(world.status(&ada, SALESFORCE), "needs_login");
        assert_eq!(reason(&world, &ada).as_deref(), Some("doubtful"));
        world.passes(A_MINUTE);
        assert_eq!(left(&world), 1, "no job goes on asking");
        // The next command tries once, in vain. The one after that succeeds, and all three runs end without a
        // login.
        world.commands(&ada, SALESFORCE);
        asked(&world, &ada, 1);
        world.commands(&ada, SALESFORCE);
        world.until("three replies", || world.successes(&ada) == 3);
        assert_eq!((world.status(&ada, SALESFORCE), reason(&world, &ada)), ("connected", None));
        assert_eq!(world.live(SALESFORCE, &ada), 1);
    }
}

#[test]
fn the_next_refresh_sends_the_refresh_token_of_an_unusable_response() {
    for rotation in ["single_use", "reuse_kills"] {
        for shape in [
            json!({"set": {"access_token": ""}}),
            json!({"remove": ["access_token"], "written": "form"}),
            json!({"set": {"token_type": "DPoP"}}),
        ] {
            println!("{rotation} {shape}");
            let (world, ada) = expired(rotation);
            fault(&world, "token", 2, &json!({ "reshape": shape }));
            succeeds(&world, &ada);
            assert_eq!(refreshes(&world, &ada), (json!(3), json!(0)));
        }
    }
}

#[test]
fn a_shared_connection_that_ended_by_doubt_recovers_by_itself() {
    let world = Directed::new();
    let (admin, ada) = (world.person(0), world.person(1));
    world.shares(&admin, SALESFORCE);
    world.expire_access(SALESFORCE, &admin);
    fault(&world, "token", 3, &json!({"status": 400, "body": "<html>Sorry</html>"}));
    world.says(&ada, "find account Acme");
    world.passes(A_MINUTE);
    assert_eq!(left(&world), 0);
    assert!(world.heard(&ada, "as the shared connection (").is_empty());
    world.says(&ada, "find account Acme");
    world.hears(&ada, &format!("as the shared connection ({})", admin.upn));
}

#[test]
fn an_app_busy_with_the_same_refresh_is_retried_without_a_login() {
    let (world, ada) = expired("none");
    fault(&world, "token", 4, &json!({"preset": "salesforce.token_busy"}));
    succeeds(&world, &ada);
    assert_eq!(world.live(SALESFORCE, &ada), 1);
}

#[test]
fn an_apps_own_expiry_error_refreshes_once_and_the_call_runs_once() {
    for preset in ["salesforce.session_expired", "salesforce.bad_oauth_token"] {
        let world = Directed::new();
        rotate(&world, "none");
        let ada = world.connected(1, &[SALESFORCE]);
        fault(&world, "rest", 1, &json!({"preset": preset, "match": "Second"}));
        world.says(&ada, &SALESFORCE.command("Second"));
        world.until("the reply", || world.successes(&ada) == 1);
        assert_eq!(world.made(SALESFORCE, &ada).len(), 1, "{preset}");
        assert_eq!(refreshes(&world, &ada).0, json!(1), "{preset}");
        // Refused again with a new token, it counts as a refusal of this call.
        fault(&world, "rest", 2, &json!({"preset": preset, "match": "Third"}));
        world.says(&ada, &SALESFORCE.command("Third"));
        world.hears(&ada, "Salesforce says");
        assert_eq!(world.made(SALESFORCE, &ada).len(), 1, "{preset}");
        assert_eq!(world.links(&ada), Vec::<String>::new(), "{preset}");
        assert_eq!(world.status(&ada, SALESFORCE), "connected");
    }
}

#[test]
fn a_shared_read_is_repeated_after_the_apps_own_expiry_error() {
    let world = Directed::new();
    rotate(&world, "none");
    let (admin, ada) = (world.person(0), world.person(1));
    world.shares(&admin, SALESFORCE);
    for (number, preset) in ["salesforce.session_expired", "salesforce.bad_oauth_token"].iter().enumerate() {
        let name = format!("Nobody-{number}");
        fault(&world, "rest", 1, &json!({"preset": preset, "match": name}));
        world.says(&ada, &format!("find account {name}"));
        world.until("the reply", || world.heard(&ada, "There is no account named like").len() == number + 1);
    }
    assert_eq!(refreshes(&world, &admin).0, json!(2));
}
