//! Clients by their metadata documents, and clients that run in a browser.

#![allow(clippy::indexing_slicing, reason = "a test may fail")]

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use workbot_e2e::{Browser, Chat, Company, Response, agent, get, side_by_side, worker};

use crate::agents::{Agent, CALLBACK, VERIFIER, authorize_url, form, parameter, post};

/// A publisher's server on this machine, with the metadata document of its client.
pub struct Publisher {
    pub id: String,
    /// How often the document was asked for.
    fetched: Arc<AtomicUsize>,
}

impl Publisher {
    /// `respond` writes a response, given the document.
    pub fn serving(respond: fn(&mut TcpStream, &str)) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let id = format!("http://{}/client.json", listener.local_addr().unwrap());
        let document = json!({"client_id": id, "client_name": "Document agent", "redirect_uris": ["http://127.0.0.1/callback"]});
        let fetched = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&fetched);
        thread::spawn(move || {
            for mut stream in listener.incoming().filter_map(Result::ok) {
                let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
                while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
                count.fetch_add(1, Ordering::Relaxed);
                respond(&mut stream, &document.to_string());
            }
        });
        Self { id, fetched }
    }

    /// The tokens of the client for a person who agrees.
    pub fn tokens(&self, person: &Chat) -> Value {
        let mut browser = Browser::new();
        let page = browser.go(&authorize_url(&self.id));
        let page = browser.sign_in(&page, &person.oid).expect("Let Document agent (127.0.0.1:");
        let back = browser.submit(&page, &[("decision", "allow")], CALLBACK).url;
        let code = parameter(&back, "code").unwrap();
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("code_verifier", VERIFIER),
            ("client_id", &self.id),
        ];
        form("/agent/token", &fields).json()
    }
}

pub fn kept_for_an_hour(stream: &mut TcpStream, document: &str) {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncache-control: max-age=3600\r\nconnection: close";
    write!(stream, "{head}\r\ncontent-length: {}\r\n\r\n{document}", document.len()).unwrap();
}

/// Sends more than a document may have, and does not end.
fn endless(stream: &mut TcpStream, document: &str) {
    let padding = " ".repeat(6_000);
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked";
    write!(stream, "{head}\r\n\r\n{:x}\r\n{document}{padding}\r\n", document.len() + padding.len()).unwrap();
    // Until the other side has had enough.
    stream.read_exact(&mut [0; 1]).ok();
}

#[test]
fn a_client_by_its_document_serves_people_of_every_tenant() {
    let publisher = Publisher::serving(kept_for_an_hour);
    for _ in 0..2 {
        let company = Company::new();
        let ada = company.person();
        company.call("PUT", "agents", r#"{"open":true}"#);
        let tokens = publisher.tokens(&ada);
        let agents = ada.call("GET", "agents", "").json();
        let row = &agents["agents"][0];
        assert_eq!(row["client"], "Document agent");
        assert!(row["host"].as_str().unwrap().starts_with("127.0.0.1:"), "{row}");
        assert_eq!(Agent::of(&tokens).send("tools/list", json!({})).status, 200);
    }
    assert_eq!(publisher.fetched.load(Ordering::Relaxed), 1, "the document is kept");
}

#[test]
fn a_person_of_a_tenant_that_is_not_served_is_refused_and_may_choose_another_account() {
    let publisher = Publisher::serving(kept_for_an_hour);
    let mut browser = Browser::new();
    let page = browser.go(&authorize_url(&publisher.id));
    // Eve of Fabrikam.
    browser.sign_in(&page, "e7e00000-0000-4000-8000-000000000024").expect("You are not signed in");
    // Entra would sign in Eve without a question.
    let page = browser.go(&authorize_url(&publisher.id));
    let ada = Chat::new();
    // Her tenant is served, and its door is closed.
    browser.sign_in(&page, &ada.oid).expect("Agents are not allowed here");
}

#[test]
fn a_published_client_gets_no_redirect_before_the_sign_in() {
    let publisher = Publisher::serving(kept_for_an_hour);
    let wrong = authorize_url(&publisher.id).replace("response_type=code", "response_type=token");
    assert_eq!(Browser::new().go(&wrong).expect("This agent cannot be connected").status, 400);
    let mut browser = Browser::new();
    let page = browser.go(&authorize_url(&publisher.id));
    browser.sign_in(&page, "").expect("You are not signed in");
}

#[test]
fn an_address_over_the_login_limit_must_wait_at_every_step() {
    let publisher = Publisher::serving(kept_for_an_hour);
    let begun = Browser::new().step(&authorize_url(&publisher.id), None);
    let state = parameter(begun.header("location").unwrap(), "state").unwrap();
    let callback = format!("/signin/callback?code=c&state={state}");
    // Reserved for documentation (RFC 5737).
    let address = ("cf-connecting-ip", "198.51.100.7");
    let refused = get(&callback, &[address]);
    assert_eq!(refused.status, 303);
    let to = refused.header("location").unwrap();
    assert!(to.starts_with(&format!("{}/agent/consent?id=", worker())) && !to.contains("code="), "{to}");
    assert!(get(to.strip_prefix(&worker()).unwrap(), &[]).body.contains("You are not signed in"));
    let done = format!("{}/connect/done", worker());
    let sent_away = |response: Response| response.header("location").is_some_and(|to| to.starts_with(&done));
    side_by_side(610, |_| Some(()).filter(|()| sent_away(get(&callback, &[address])))).expect("a refusal");
    let decide = || post("/agent/consent", &[address], "decision=allow");
    side_by_side(610, |_| Some(()).filter(|()| decide().status == 429)).expect("a refusal");
}

#[test]
fn a_document_is_read_no_further_than_it_may_be_long() {
    let publisher = Publisher::serving(endless);
    let began = std::time::Instant::now();
    Browser::new().go(&authorize_url(&publisher.id)).expect("This agent cannot be connected");
    // Its connection stays open: only the length ends the request before the limit of 10 seconds.
    assert!(began.elapsed().as_secs() < 8, "{:?}", began.elapsed());
}

#[test]
fn a_page_for_browsers_is_no_document() {
    let publisher = Publisher::serving(|stream, document| {
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\nconnection: close";
        write!(stream, "{head}\r\ncontent-length: {}\r\n\r\n{document}", document.len()).unwrap();
    });
    Browser::new().go(&authorize_url(&publisher.id)).expect("This agent cannot be connected");
}

#[test]
fn a_client_in_a_browser_reads_what_it_needs_and_no_page_of_the_person() {
    let page = ("origin", "https://agent.example");
    let allowed = |response: &Response| response.header("access-control-allow-origin").map(str::to_owned);
    for path in ["/mcp", "/agent/token", "/agent/revoke", "/.well-known/oauth-authorization-server"] {
        let asks = agent().options(format!("{}{path}", worker())).header(page.0, page.1);
        let asks = asks.header("access-control-request-headers", "authorization, mcp-method");
        let preflight = Response::read(asks.call().unwrap());
        assert_eq!((preflight.status, allowed(&preflight).as_deref()), (204, Some("*")), "{path}");
        assert_eq!(preflight.header("access-control-allow-headers"), Some("*, Authorization"), "{path}");
        assert_eq!(preflight.header("access-control-allow-credentials"), None, "{path}");
    }
    for path in ["oauth-protected-resource/mcp", "oauth-authorization-server", "openid-configuration"] {
        assert_eq!(allowed(&get(&format!("/.well-known/{path}"), &[page])).as_deref(), Some("*"), "{path}");
    }
    let unauthorized = post("/mcp", &[page], "{}");
    assert_eq!((unauthorized.status, allowed(&unauthorized).as_deref()), (401, Some("*")));
    assert!(unauthorized.header("access-control-expose-headers").unwrap().contains("WWW-Authenticate"));
    let refused: Value = form("/agent/token", &[("grant_type", "authorization_code")]).json();
    assert_eq!(refused["error"], "invalid_client");
    for own in ["/agent/consent", "/agent/authorize", "/api/agents", "/healthz"] {
        assert_eq!(allowed(&get(own, &[page])), None, "{own}");
    }
    // A name that was rebound to this computer: its page came over http.
    assert_eq!(post("/mcp", &[("origin", "http://evil.example:8787")], "{}").status, 403);
}
