//! Limits by address, by person, of headers and of bodies.

use serde_json::json;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use ureq::Agent;
use workbot_e2e::{
    Chat, Company, Response, Sandbox, agent, amount, eventually, side_by_side, text_of, worker,
};

/// Sends a request from an address. The addresses are reserved for documentation (RFC 5737, RFC 3849).
fn from(agent: &Agent, address: &str, path: &str) -> Response {
    let request = agent.get(format!("{}{path}", worker())).header("cf-connecting-ip", address);
    Response::read(request.call().expect("the worker"))
}

/// More than twice the limit of a period, so that one of two periods must exceed it.
const MANY: usize = 610;

#[test]
fn an_address_over_the_login_limit_must_wait_and_others_are_served() {
    let agent = agent();
    let refused = until_refused(|| from(&agent, "203.0.113.1", "/connect/00"));
    is_told_to_wait(&refused.expect("a refusal"));
    assert_ne!(from(&agent, "203.0.113.2", "/connect/00").status, 429);
    // At a callback, code and state leave the address bar before the page is shown.
    for path in ["/oauth/callback/box?code=c&state=00", "/signin/callback?code=c&state=00"] {
        let page = |address| {
            let response = from(&agent, address, path);
            assert_eq!(response.status, 303, "{path}: {}", response.body);
            let to = response.header("location").expect("a page").trim_start_matches(&worker()).to_owned();
            assert!(to.starts_with("/connect/done?page="), "{to}");
            from(&agent, "203.0.113.3", &to)
        };
        let refused = until_refused(|| page("203.0.113.1"));
        is_told_to_wait(&refused.unwrap_or_else(|| panic!("never refused at {path}")));
        assert_ne!(page("203.0.113.2").status, 429);
    }
}

fn until_refused(request: impl Fn() -> Response + Sync) -> Option<Response> {
    side_by_side(MANY, |_| Some(request()).filter(|response| response.status == 429))
}

fn is_told_to_wait(refused: &Response) {
    assert_eq!(refused.header("retry-after"), Some("60"));
    assert!(refused.body.contains("Too many attempts"), "{}", refused.body);
}

#[test]
fn a_link_over_its_limit_does_not_block_its_persons_other_links() {
    let (ada, agent) = (Chat::new(), agent());
    let path = || {
        let link = ada.call("POST", "connections/salesforce/login", "").json()["url"].clone();
        link.as_str().expect("a link").trim_start_matches(&worker()).to_owned()
    };
    let (one, other) = (path(), path());
    until_refused(|| from(&agent, "203.0.113.4", &one)).expect("a refusal");
    assert_eq!(from(&agent, "203.0.113.5", &other).status, 303);
}

#[test]
fn many_attempts_with_one_persons_links_affect_only_them() {
    let attempts = amount(200, 10_000);
    let (ada, bob) = (Chat::new(), Chat::new());
    let path = |chat: &Chat| {
        let link = chat.call("POST", "connections/salesforce/login", "").json()["url"].clone();
        link.as_str().expect("a link").trim_start_matches(&worker()).to_owned()
    };
    let (hers, his) = (path(&ada), path(&bob));
    let everywhere = |number: usize| format!("198.51.{}.{}", number / 250, number % 250);
    let (agent, refused) = (agent(), AtomicUsize::new(0));
    side_by_side(attempts, |number| {
        match from(&agent, &everywhere(number), &hers).status {
            303 => {}
            429 => drop(refused.fetch_add(1, Ordering::Relaxed)),
            other => panic!("{other} at the attempt {number}"),
        }
        None::<()>
    });
    assert!(refused.load(Ordering::Relaxed) > 0, "a link is opened without end");
    assert_eq!(from(&agent, &everywhere(1), &his).status, 303);
    // She is served, except for her links.
    ada.say("personal_connections");
    ada.expect("You have no connections yet");
}

#[test]
fn a_person_over_the_turn_limit_is_told_and_can_continue_later() {
    let (ada, bob) = (Chat::new(), Chat::new());
    let refused = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..300 {
                    if refused.load(Ordering::Relaxed) {
                        return;
                    }
                    let turn = ada.press("connection.refresh", &json!({}));
                    assert_eq!(turn.status, 200, "{}", turn.body);
                    if turn.body.to_string().contains("a lot at once") {
                        refused.store(true, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    assert!(refused.load(Ordering::Relaxed), "2400 turns are taken at once");
    assert!(bob.press("connection.refresh", &json!({})).body.to_string().contains("no connections yet"));
    // Many commands get one message.
    (0..20).for_each(|_| {
        ada.say("help");
    });
    let notices = || ada.sent().iter().filter(|sent| text_of(sent).contains("a lot at once")).count();
    eventually("nothing more than a word", || (notices() <= 1).then_some(()));
}

#[test]
fn oversized_bodies_and_headers_are_refused_everywhere() {
    let company = Company::new();
    let large = format!("{{\"x\":\"{}\"}}", "x".repeat(1_000_001));
    for (method, path) in [
        ("POST", "connections/salesforce/login"),
        ("PUT", "admin/recipes/create-opportunity/settings"),
        ("PUT", "admin/apps/salesforce"),
        ("PUT", "admin/shared/freshdesk"),
        ("POST", "admin/shared/salesforce/login"),
    ] {
        let response = company.admin.call_as_admin(method, path, &large);
        assert_eq!(response.status, 413, "{method} {path}: {}", response.body);
    }
    // A body without a length.
    let endless = ureq::SendBody::from_owned_reader(std::io::Read::take(std::io::repeat(b' '), 1_000_001));
    let response = agent().post(format!("{}/api/messages", worker())).send(endless);
    assert_eq!(Response::read(response.expect("the worker")).status, 413);
    // An unread body has no effect.
    for path in ["connections/salesforce/disconnect", "runs/0123456789abcdef/cancel"] {
        assert!([200, 404].contains(&company.admin.call("POST", path, &large).status), "{path}");
    }
    let long = "x".repeat(17 * 1024);
    for (name, path) in [("authorization", "/api/session"), ("cookie", "/connect/done"), ("cookie", "/tab/")]
    {
        let request = agent().get(format!("{}{path}", worker())).header(name, &long);
        let response = Response::read(request.call().expect("the worker"));
        assert_eq!(
            (response.status, response.json()["error"]["code"].clone()),
            (431, json!("header_too_large")),
            "{name}"
        );
    }
    assert!(Sandbox.grants(&company.admin.upn).is_empty());
}

#[test]
fn a_client_over_the_rate_limit_gets_429_and_others_are_served() {
    let (ada, bob) = (Chat::new(), Chat::new());
    let token = |chat: &Chat| Sandbox.sso_token(&json!({"oid": chat.oid, "tid": chat.tenant}));
    let (agent, url) = (agent(), format!("{}/api/session", worker()));
    let request = |token: &str| {
        let response = agent.get(&url).header("authorization", format!("Bearer {token}")).call();
        Response::read(response.expect("the worker"))
    };
    let (hers, his) = (token(&ada), token(&bob));
    // More than twice the limit of a period, so that one of two periods must exceed it.
    let refused = side_by_side(210, |_| Some(request(&hers)).filter(|response| response.status != 200));
    let refused = refused.expect("a refusal");
    assert_eq!((refused.status, &refused.json()["error"]["code"]), (429, &json!("too_many_requests")));
    assert_eq!(refused.header("retry-after"), Some("10"));
    assert_eq!(request(&his).status, 200);
}

#[test]
fn oversized_input_is_refused_or_truncated() {
    let chat = Chat::new();
    let long = "x".repeat(200_000);
    for change in [
        json!({"text": format!("create opportunity name: {long} amount: 1 close_date: 2026-12-31")}),
        json!({"text": "<at>".repeat(50_000)}),
        json!({"text": "a: ".repeat(60_000)}),
        json!({"text": "help", "from": {"id": "29:x", "name": long, "aadObjectId": chat.oid}}),
        json!({"text": "help", "locale": long}),
    ] {
        assert_eq!(chat.deliver(&chat.activity(&change)).status, 200);
    }
    let inputs: serde_json::Map<_, _> = (0..5_000).map(|number| (format!("i{number}"), json!("x"))).collect();
    let mut data = json!({"verb": "recipe.submit", "recipe": "create-opportunity", "name": long});
    data.as_object_mut().unwrap().extend(inputs);
    assert_eq!(chat.press("recipe.submit", &data).status, 200);
    assert_eq!(chat.press(&long, &json!({"verb": long})).status, 200);
    let nested = "[".repeat(100_000) + &"]".repeat(100_000);
    let token = Sandbox.bot_token(&json!({}));
    let request =
        agent().post(format!("{}/api/messages", worker())).header("authorization", format!("Bearer {token}"));
    assert_eq!(Response::read(request.send(nested).expect("the worker")).status, 400);
    for (method, path, body) in [
        ("POST", format!("connections/{}/login", "a".repeat(5_000)), String::new()),
        ("GET", format!("activity?cursor={}", "a".repeat(5_000)), String::new()),
        ("POST", "connections/salesforce/login".to_owned(), "{\"switch_account\":".repeat(1_000)),
        ("POST", "connections/salesforce/login".to_owned(), "x".repeat(1_000_001)),
    ] {
        let response = chat.call(method, &path, &body);
        assert!((400..500).contains(&response.status), "{method}: {}", response.status);
    }
    chat.say("personal_connections");
    chat.expect("You have no connections yet");
}
