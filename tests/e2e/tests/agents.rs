//! The agent door over HTTP: metadata, the browser's way, tokens, and the two eras of MCP.

#![allow(clippy::indexing_slicing, reason = "a test may fail")]

use serde_json::{Value, json};
use url::{Url, form_urlencoded};
use workbot_e2e::{Browser, Chat, Company, Response, agent, eventually, get, side_by_side, worker};

/// The example of RFC 7636 appendix B.
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub const CALLBACK: &str = "http://127.0.0.1:1/callback";
const MODERN: &str = "2026-07-28";

/// A client that an admin registered with a secret.
struct Client {
    id: String,
    secret: String,
}

/// Opens the door of a company and registers a client.
fn registered(company: &Company) -> Client {
    let new =
        json!({"name": "Test agent", "redirect_uris": ["http://127.0.0.1/callback"], "confidential": true});
    let change = json!({"open": true, "register": new});
    let made = company.call("PUT", "agents", &change.to_string()).json();
    assert_eq!((&made["open"], &made["clients"][0]["name"]), (&json!(true), &json!("Test agent")));
    let text = |name: &str| made["registered"][name].as_str().unwrap().to_owned();
    assert!(company.call("GET", "agents", "").json().get("registered").is_none(), "shown once");
    Client { id: text("id"), secret: text("secret") }
}

pub fn post(path: &str, headers: &[(&str, &str)], body: &str) -> Response {
    let mut request = agent().post(format!("{}{path}", worker()));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Response::read(request.send(body).unwrap())
}

pub fn form(path: &str, fields: &[(&str, &str)]) -> Response {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    post(path, &[("content-type", "application/x-www-form-urlencoded")], &body)
}

/// The authorization request of a client.
pub fn authorize_url(client_id: &str) -> String {
    let metadata = get("/.well-known/oauth-authorization-server", &[]).json();
    let mut url = Url::parse(metadata["authorization_endpoint"].as_str().unwrap()).unwrap();
    url.query_pairs_mut().extend_pairs([
        ("response_type", "code"),
        ("client_id", client_id),
        ("redirect_uri", CALLBACK),
        ("state", "s1"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
        ("resource", &format!("{}/mcp", worker())),
    ]);
    url.into()
}

fn consent_page(client: &Client, person: &Chat) -> (Browser, workbot_e2e::Page) {
    let mut browser = Browser::new();
    let mut page = browser.go(&authorize_url(&client.id));
    if page.says("sign in as") {
        page = browser.sign_in(&page, &person.oid);
    }
    let page = page.expect("Let Test agent act for you?").expect("Any program on this computer");
    assert!(!page.url.contains("code=") && !page.url.contains("state="), "{}", page.url);
    (browser, page)
}

pub fn parameter(url: &str, name: &str) -> Option<String> {
    let url = Url::parse(url).unwrap();
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// The tokens of a client for a person who agrees.
fn tokens(client: &Client, person: &Chat) -> Value {
    let (mut browser, page) = consent_page(client, person);
    let back = browser.submit(&page, &[("decision", "allow")], CALLBACK).url;
    assert_eq!(parameter(&back, "state").as_deref(), Some("s1"));
    assert_eq!(parameter(&back, "iss"), Some(worker()));
    let code = parameter(&back, "code").unwrap();
    let with = |secret: &str| {
        form(
            "/agent/token",
            &[
                ("grant_type", "authorization_code"),
                ("code", &code),
                ("code_verifier", VERIFIER),
                ("redirect_uri", CALLBACK),
                ("client_id", &client.id),
                ("client_secret", secret),
            ],
        )
    };
    let refused = with("wrong");
    assert_eq!((refused.status, &refused.json()["error"]), (401, &json!("invalid_client")));
    let tokens = with(&client.secret);
    assert_eq!((tokens.status, tokens.header("cache-control")), (200, Some("no-store")), "{}", tokens.body);
    assert_eq!(tokens.header("pragma"), Some("no-cache"));
    tokens.json()
}

/// The response to a refresh token.
fn refresh(client: &Client, token: &Value) -> Response {
    let token = token.as_str().unwrap();
    let fields = [("grant_type", "refresh_token"), ("refresh_token", token), ("client_id", &client.id)];
    form("/agent/token", &[&fields[..], &[("client_secret", &client.secret)]].concat())
}

/// A modern client.
pub struct Agent {
    token: String,
    id: std::cell::Cell<i64>,
}

impl Agent {
    pub fn of(tokens: &Value) -> Self {
        Self { token: tokens["access_token"].as_str().unwrap().to_owned(), id: 1.into() }
    }

    pub fn send(&self, method: &str, mut params: Value) -> Response {
        self.id.set(self.id.get() + 1);
        params["_meta"] = json!({
            "io.modelcontextprotocol/protocolVersion": MODERN,
            "io.modelcontextprotocol/clientCapabilities": {"elicitation": {"url": {}}},
        });
        let body = json!({"jsonrpc": "2.0", "id": self.id.get(), "method": method, "params": params});
        let bearer = format!("Bearer {}", self.token);
        let name = params["name"].as_str().unwrap_or_default();
        let headers = [
            ("authorization", bearer.as_str()),
            ("content-type", "application/json"),
            ("mcp-protocol-version", MODERN),
            ("mcp-method", method),
            ("mcp-name", name),
        ];
        post("/mcp", &headers, &body.to_string())
    }

    fn result(&self, method: &str, params: Value) -> Value {
        let response = self.send(method, params);
        assert_eq!(response.status, 200, "{}", response.body);
        response.json()["result"].clone()
    }
}

#[test]
fn an_agent_creates_an_opportunity_after_its_persons_login_and_approval() {
    let company = Company::new();
    let ada = company.person();
    ada.say("help");
    ada.expect("What I can do");
    let client = registered(&company);
    let unauthorized = post("/mcp", &[], "{}");
    let challenge = unauthorized.header("www-authenticate").unwrap().to_owned();
    assert_eq!(unauthorized.status, 401);
    let metadata = challenge.split("resource_metadata=\"").nth(1).unwrap().split('"').next().unwrap();
    let metadata = get(metadata.strip_prefix(&worker()).unwrap(), &[]).json();
    assert_eq!(metadata["authorization_servers"], json!([worker()]));

    let tokens = tokens(&client, &ada);
    let agent = Agent::of(&tokens);
    assert_eq!(agent.result("server/discover", json!({}))["supportedVersions"][0], MODERN);
    let list = agent.result("tools/list", json!({}));
    assert!(list["tools"].as_array().unwrap().iter().any(|tool| tool["name"] == "create_opportunity"));
    let call = json!({
        "name": "create_opportunity",
        "arguments": {"name": "Acme", "amount": 5000, "close_date": "2026-12-31"},
    });
    let asked = agent.result("tools/call", call.clone());
    assert_eq!(asked["resultType"], "input_required", "{asked}");
    let link = asked["inputRequests"]["login-salesforce"]["params"]["url"].as_str().unwrap();
    Browser::new().log_in(link, &ada.oid, &ada.upn, "allow").expect("Successfully connected");
    let mut again = call;
    again["inputResponses"] = json!({"login-salesforce": {"action": "accept"}});
    again["requestState"] = asked["requestState"].clone();
    let waits = eventually("the approval", || {
        let result = agent.result("tools/call", again.clone());
        Some(result).filter(|result| result["structuredContent"]["status"] == "waiting_approval")
    });
    let run = waits["structuredContent"]["run"].clone();
    ada.expect("Test agent wants to create this opportunity as you");
    ada.press("run.resume", &json!({ "run": run }));
    let done = eventually("the end", || {
        let result = agent.result("tools/call", json!({"name": "get_run", "arguments": {"run": run}}));
        Some(result["structuredContent"].clone()).filter(|result| result["status"] == "done")
    });
    assert_eq!(done["as"], json!([ada.upn]));

    let agents = ada.call("GET", "agents", "").json();
    assert_eq!(agents["agents"][0]["client"], "Test agent");
    let grant = agents["agents"][0]["grant"].as_str().unwrap();
    let let_do =
        ada.call("PUT", &format!("agents/{grant}/recipes/create-opportunity"), r#"{"without_asking":true}"#);
    assert_eq!(let_do.json()["agents"][0]["without_asking"], json!(["create-opportunity"]));
    assert_eq!(ada.call("DELETE", &format!("agents/{grant}"), "").json()["agents"], json!([]));
    assert_eq!(agent.send("tools/list", json!({})).status, 401);
}

#[test]
fn tokens_are_replaced_and_given_back_and_a_refusal_is_told_to_the_client() {
    let company = Company::new();
    let ada = company.person();
    let client = registered(&company);
    let (mut browser, page) = consent_page(&client, &ada);
    let back = browser.submit(&page, &[("decision", "deny")], CALLBACK).url;
    assert_eq!(parameter(&back, "error").as_deref(), Some("access_denied"));
    // A cookie of another browser: the page decides nothing.
    let mut other = Browser::new();
    other.go(&page.url).expect("You are not signed in");
    let evil = authorize_url(&client.id).replace("callback", "elsewhere");
    assert_eq!(Browser::new().go(&evil).expect("This agent cannot be connected").status, 400);
    let wrong = authorize_url(&client.id).replace("response_type=code", "response_type=token");
    let told = Browser::new().go_until(&wrong, None, CALLBACK).url;
    assert_eq!(parameter(&told, "error").as_deref(), Some("unsupported_response_type"));

    let first = tokens(&client, &ada);
    let refresh = |token: &Value| refresh(&client, token);
    let second = refresh(&first["refresh_token"]).json();
    assert_ne!(second["refresh_token"], first["refresh_token"]);
    let agent = Agent::of(&second);
    assert_eq!(agent.send("tools/list", json!({})).status, 200);
    let token = second["refresh_token"].as_str().unwrap();
    let gives_back = |client: &Client| {
        let given = [("token", token), ("client_id", client.id.as_str()), ("client_secret", &client.secret)];
        form("/agent/revoke", &given)
    };
    let of_another = gives_back(&registered(&company));
    assert_eq!((of_another.status, &of_another.json()["error"]), (400, &json!("invalid_grant")));
    assert_eq!(agent.send("tools/list", json!({})).status, 200);
    assert_eq!(gives_back(&client).status, 200);
    assert_eq!(refresh(&second["refresh_token"]).json()["error"], "invalid_grant");
    assert_eq!(agent.send("tools/list", json!({})).status, 401);
}

#[test]
fn every_error_of_the_token_endpoints_is_one_of_oauth() {
    for path in ["/agent/token", "/agent/revoke"] {
        let too_large = form(path, &[("token", &"x".repeat(1_000_001))]);
        for (refused, status) in [(too_large, 413), (get(path, &[]), 405)] {
            assert_eq!((refused.status, &refused.json()["error"]), (status, &json!("invalid_request")));
            assert_eq!(refused.header("cache-control"), Some("no-store"));
        }
    }
}

#[test]
fn a_refused_change_of_the_door_changes_nothing() {
    let company = Company::new();
    let client = registered(&company);
    let before = company.call("GET", "agents", "").json();
    let new =
        json!({"name": "Other", "redirect_uris": ["http://agent.example/callback"], "confidential": false});
    let change = json!({"open": false, "remove": client.id, "register": new});
    let refused = company.admin.call_as_admin("PUT", "admin/agents", &change.to_string());
    assert_eq!(refused.status, 400, "{}", refused.body);
    assert_eq!(company.call("GET", "agents", "").json(), before);
}

#[test]
fn a_person_is_told_that_the_door_is_closed_before_they_decide() {
    let company = Company::new();
    let ada = company.person();
    let client = registered(&company);
    company.call("PUT", "agents", r#"{"open":false}"#);
    let mut browser = Browser::new();
    let mut page = browser.go(&authorize_url(&client.id));
    if page.says("sign in as") {
        page = browser.sign_in(&page, &ada.oid);
    }
    page.expect("Agents are not allowed here");
}

#[test]
fn a_client_over_its_limits_blocks_neither_its_person_nor_another_client() {
    let company = Company::new();
    let ada = company.person();
    let client = registered(&company);
    let (noisy, quiet) = (tokens(&client, &ada), tokens(&client, &ada));
    let refused = |request: &(dyn Fn() -> Response + Sync)| {
        side_by_side(610, |_| Some(request().status).filter(|status| *status == 429)).expect("a refusal")
    };
    let bearer = format!("Bearer {}", noisy["access_token"].as_str().unwrap());
    refused(&|| post("/mcp", &[("authorization", &bearer)], "{}"));
    let listed = ada.call("GET", "agents", "");
    assert_eq!(listed.status, 200);
    assert_eq!(Agent::of(&quiet).send("tools/list", json!({})).status, 200);
    refused(&|| refresh(&client, &noisy["refresh_token"]));
    assert_eq!(refresh(&client, &quiet["refresh_token"]).status, 200);
    let grant = listed.json()["agents"][0]["grant"].as_str().unwrap().to_owned();
    assert_eq!(ada.call("DELETE", &format!("agents/{grant}"), "").status, 200);
}

#[test]
fn a_legacy_client_shakes_hands_and_a_wrong_request_is_refused() {
    let company = Company::new();
    let ada = company.person();
    let agent = Agent::of(&tokens(&registered(&company), &ada));
    let bearer = format!("Bearer {}", agent.token);
    let bearer = ("authorization", bearer.as_str());
    let open = json!({
        "jsonrpc": "2.0", "id": 1, "method": "initialize",
        "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "x", "version": "1"}},
    });
    let opened = post("/mcp", &[bearer], &open.to_string());
    assert_eq!(opened.json()["result"]["protocolVersion"], "2025-11-25");
    let session = opened.header("mcp-session-id").unwrap().to_owned();
    let headers = [bearer, ("mcp-session-id", session.as_str()), ("mcp-protocol-version", "2025-11-25")];
    let noted = post("/mcp", &headers, r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#);
    assert_eq!((noted.status, noted.body.as_str()), (202, ""));
    let list = post("/mcp", &headers, r#"{"jsonrpc":"2.0","id":2,"method":"tools/list"}"#).json();
    assert!(list["result"]["tools"].is_array() && list["result"].get("resultType").is_none());

    let elsewhere = [bearer, ("origin", "http://evil.example")];
    let refused = post("/mcp", &elsewhere, &open.to_string());
    assert_eq!((refused.status, &refused.json()["jsonrpc"]), (403, &json!("2.0")));
    assert!(refused.json()["error"]["code"].is_i64(), "{}", refused.body);
    let unknown = post(
        "/mcp",
        &[bearer, ("mcp-protocol-version", "1900-01-01")],
        r#"{"jsonrpc":"2.0","id":3,"method":"tools/list"}"#,
    );
    assert_eq!((unknown.status, &unknown.json()["error"]["code"]), (400, &json!(-32022)));
    let streams = get("/mcp", &[]);
    assert_eq!((streams.status, streams.header("allow")), (405, Some("POST")));
    assert_eq!(agent.send("no/such", json!({})).status, 404);
    let altered = format!("{}00", &agent.token[..agent.token.len() - 2]);
    let altered = format!("Bearer {altered}");
    let refused = post("/mcp", &[("authorization", &altered)], &open.to_string());
    assert!(refused.header("www-authenticate").unwrap().contains("invalid_token"));
    assert_eq!(refused.status, 401);
}

#[test]
fn an_admin_finds_the_agents_of_people_and_ends_one() {
    let company = Company::new();
    let ada = company.person();
    ada.say("help");
    ada.expect("What I can do");
    let client = registered(&company);
    let agent = Agent::of(&tokens(&client, &ada));
    let found = eventually("the agent is in the directory", || {
        let listed = company.call("GET", "agents/people?q=test%20AGENT", "").json();
        Some(listed["agents"].clone()).filter(|agents| agents.as_array().is_some_and(|list| list.len() == 1))
    });
    assert_eq!((&found[0]["user"], &found[0]["client"]), (&json!(ada.oid), &json!("Test agent")));
    for search in ["nobody".to_owned(), "x".repeat(100)] {
        let none = company.call("GET", &format!("agents/people?q={search}"), "").json();
        assert_eq!(none["agents"], json!([]), "{search}");
    }
    let theirs = format!("users/{}/agents", ada.oid);
    let listed = company.call("GET", &theirs, "").json();
    assert_eq!(listed["agents"][0]["grant"], found[0]["grant"]);
    let grant = found[0]["grant"].as_str().unwrap();
    assert_eq!(ada.call("DELETE", &format!("agents/{grant}/pause"), "").status, 200);
    for path in ["admin/agents/people".to_owned(), format!("admin/{theirs}")] {
        assert_eq!(ada.call("GET", &path, "").status, 403, "{path}");
    }
    assert_eq!(ada.call("DELETE", &format!("admin/{theirs}/{grant}"), "").status, 403);
    assert_eq!(agent.send("tools/list", json!({})).status, 200);
    let others = company.call("DELETE", &format!("{theirs}/{grant}"), "").json();
    assert_eq!(others["agents"], json!([]));
    assert_eq!(agent.send("tools/list", json!({})).status, 401);
    ada.expect("no longer acts for you: an admin of your company ended its access");
    eventually("its end in the audit", || {
        let audit = company.call("GET", "audit", "").json();
        audit["entries"].as_array()?.iter().any(|entry| entry["act"] == "agent_ended").then_some(())
    });

    let again = Agent::of(&tokens(&client, &ada));
    company.call("PUT", "agents", &json!({"remove": client.id}).to_string());
    assert_eq!(again.send("tools/list", json!({})).status, 401, "its registration is gone");
}
