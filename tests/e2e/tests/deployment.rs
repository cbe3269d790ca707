//! Properties of the whole deployment.

use serde_json::{Value, json};
use workbot_e2e::{Answer, Browser, Chat, Sandbox, TENANT, agent, worker, worker_log};

fn get(path: &str, token: Option<&str>) -> Answer {
    let mut request = agent().get(format!("{}{path}", worker()));
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    Answer::read(request.call().expect("the worker"))
}

#[test]
fn health_is_ok_and_shows_no_value() {
    let answer = get("/healthz", None);
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["status"], "ok");
    assert_eq!(answer.json().as_object().unwrap().len(), 2);
}

#[test]
fn an_unknown_path_is_an_error_in_the_documented_shape() {
    for (path, status) in
        [("/", 404), ("/api/nothing", 404), ("/oauth/callback", 404), ("/api/messages", 405)]
    {
        let answer = get(path, None);
        assert_eq!(answer.status, status, "{path}");
        let error: workbot_shared::ApiError = serde_json::from_str(&answer.body).expect("the fixed shape");
        assert!(!error.error.message.is_empty() && !error.error.correlation_id.is_empty());
    }
}

#[test]
fn a_session_names_the_person() {
    let chat = Chat::new();
    let token = Sandbox.sso_token(&json!({"oid": chat.oid, "name": "Test Person"}));
    let answer = get("/api/session", Some(&token));
    let session: workbot_shared::Session = serde_json::from_str(&answer.body).expect("a session");
    assert_eq!((session.user.as_str(), session.tenant.as_str()), (chat.oid.as_str(), TENANT));
    assert!(!session.admin);
    let admin = Sandbox.sso_token(&json!({"oid": chat.oid, "roles": ["Workbot.Admin"]}));
    assert_eq!(get("/api/session", Some(&admin)).json()["admin"], json!(true));
}

#[test]
fn the_tab_opens_with_one_request_for_the_session_and_the_list() {
    let token = Sandbox.sso_token(&json!({"oid": Chat::new().oid}));
    let both = get("/api/connections?session=true", Some(&token)).json();
    assert_eq!(both["session"], get("/api/session", Some(&token)).json());
    assert!(both["connections"].is_array());
    assert_eq!(get("/api/connections", Some(&token)).json().get("session"), None);
    assert_eq!(get("/api/connections?session=true", None).status, 401);
}

#[test]
fn a_session_requires_a_teams_token_for_this_bot() {
    let oid = Chat::new().oid;
    let with = |variation: Value| {
        let mut wanted = json!({"oid": oid});
        wanted.as_object_mut().unwrap().extend(variation.as_object().unwrap().clone());
        get("/api/session", Some(&Sandbox.sso_token(&wanted))).status
    };
    assert_eq!(with(json!({})), 200);
    let capitals = "api://tab.example/botid-00000000-0000-0000-0000-00000000B017";
    assert_eq!(with(json!({"claims": {"aud": capitals}})), 200, "ids are compared without case");
    for wrong in [
        json!({"tid": "another-tenant"}),
        json!({"claims": {"aud": "another"}}),
        json!({"claims": {"azp": "another-client"}}),
        json!({"claims": {"scp": "User.Read"}}),
        json!({"claims": {"ver": "1.0"}}),
        json!({"claims": {"iss": "https://login.microsoftonline.com/x/v2.0"}}),
        json!({"claims": {"exp": 1}}),
        json!({"claims": {"oid": null}}),
        json!({"tamper": true}),
        json!({"key": "unknown"}),
        json!({"key": "msteams"}),
        json!({"alg": "none"}),
        json!({"alg": "HS256"}),
    ] {
        assert_eq!(with(wrong.clone()), 401, "{wrong}");
    }
    assert_eq!(get("/api/session", None).status, 401);
    assert_eq!(get("/api/session", Some(&Sandbox.bot_token(&json!({})))).status, 401);
}

#[test]
fn an_unknown_tenant_causes_no_fetch_of_keys() {
    let token = Sandbox.sso_token(&json!({"oid": "x", "tid": "strangers-tenant"}));
    assert_eq!(get("/api/session", Some(&token)).status, 401);
    let fetched = Sandbox.get("requests?where=entra.keys");
    assert!(!fetched.to_string().contains("strangers-tenant"));
}

#[test]
fn the_tab_may_be_framed_by_teams_and_runs_no_inline_script() {
    let answer = get("/tab/", None);
    assert_eq!(answer.status, 200);
    let policy = answer.header("content-security-policy").unwrap();
    assert!(policy.contains("frame-ancestors") && policy.contains("https://teams.microsoft.com"), "{policy}");
    assert!(policy.contains(&Sandbox.origin()), "a local run may be framed by the local host: {policy}");
    assert!(!policy.contains("'unsafe-inline'") && !policy.contains("'unsafe-eval'"), "{policy}");
}

#[test]
fn no_log_line_holds_a_secret() {
    let chat = Chat::new();
    let mut browser = chat.connect();
    Sandbox.post("salesforce/expire-access-tokens", &json!({"username": chat.upn}));
    let name = chat.create_opportunity();
    chat.expect(&format!("Created [{name}]"));
    browser.go(&format!("{}/connect/00", worker()));
    // The development server's access log is not part of the deployment.
    let log: String = worker_log().lines().filter(|line| !line.starts_with("[wrangler:")).collect();
    for url in &browser.visited {
        for part in url.split(['?', '&', '=', '/']).filter(|part| part.len() > 40) {
            assert!(!log.contains(part), "the log holds a part of {url}");
        }
    }
    for words in ["access_token", "refresh_token", "Bearer ", "__Host-login-", &name, "code_verifier"] {
        assert!(!log.contains(words), "the log holds {words:?}");
    }
}

#[test]
fn invocation_logs_are_off() {
    let file = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../wrangler.toml")).unwrap();
    let section = file.split("[observability.logs]").nth(1).expect("the section");
    assert!(section.lines().any(|line| line.trim() == "invocation_logs = false"));
}

#[test]
fn a_page_needs_no_script_and_fits_a_phone() {
    let page = Browser::new().go(&format!("{}/connect/00", worker()));
    assert!(page.says("width=device-width") && !page.says("<script"));
}

#[test]
fn pages_are_in_the_language_of_the_browser() {
    let german = |path: &str| {
        let request =
            agent().get(format!("{}{path}", worker())).header("accept-language", "de-DE,de;q=0.9,en;q=0.8");
        Answer::read(request.call().expect("the worker")).body
    };
    let page = german("/connect/00");
    assert!(page.contains("<html lang=\"de\">") && page.contains("Dieser Link funktioniert nicht"), "{page}");
    let error = german("/api/session");
    assert!(error.contains("Melden Sie sich erneut an"), "{error}");
    assert!(get("/connect/00", None).body.contains("<html lang=\"en\">"));
}

#[test]
fn the_bots_own_token_is_fetched_once_and_reused() {
    let fetched =
        || Sandbox.get("requests?where=entra.token").to_string().matches("client_credentials").count();
    let chat = Chat::new();
    chat.say("help");
    workbot_e2e::eventually("an answer", || (chat.sent().len() == 1).then_some(()));
    let before = fetched();
    for _ in 0..5 {
        chat.say("help");
    }
    workbot_e2e::eventually("five more answers", || (chat.sent().len() == 6).then_some(()));
    let more = fetched() - before;
    assert!(more <= 1, "{more} tokens for five answers");
}
