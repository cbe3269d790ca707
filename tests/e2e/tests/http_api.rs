//! The HTTP API: health, unknown paths, the session, the tab, the language of responses.

use serde_json::{Value, json};
use workbot_domain::route::ROUTES;
use workbot_e2e::{Chat, Response, Sandbox, TENANT, agent, worker};

fn get(path: &str, token: Option<&str>) -> Response {
    let mut request = agent().get(format!("{}{path}", worker()));
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    Response::read(request.call().expect("the worker"))
}

#[test]
fn health_is_ok_and_shows_no_value() {
    let response = get("/healthz", None);
    assert_eq!(response.status, 200);
    assert_eq!(response.json()["status"], "ok");
    assert_eq!(response.json().as_object().unwrap().len(), 2);
}

#[test]
fn every_route_has_its_methods_and_no_others() {
    for (pattern, allowed) in ROUTES {
        let path: Vec<_> = pattern
            .split('/')
            .map(|segment| if segment.starts_with(['{', '…']) { "none" } else { segment })
            .collect();
        let url = format!("{}{}", worker(), path.join("/"));
        for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"] {
            let request = ureq::http::Request::builder().method(method).uri(&url).body(()).unwrap();
            let response = Response::read(agent().run(request).expect("the worker"));
            let (status, allow) = (response.status, response.header("allow"));
            if allowed.split(", ").any(|one| one == method) {
                assert!(status < 500 && status != 405, "{method} {pattern}: {status} {}", response.body);
            } else if pattern.contains("callback") {
                assert_eq!(status, 303, "{method} {pattern}: a browser gets a page");
            } else {
                assert_eq!((status, allow), (405, Some(allowed)), "{method} {pattern}");
            }
        }
    }
    let [get, head] = ["GET", "HEAD"].map(|method| {
        let url = format!("{}/.well-known/oauth-authorization-server", worker());
        let request = ureq::http::Request::builder().method(method).uri(url).body(()).unwrap();
        Response::read(agent().run(request).expect("the worker"))
    });
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    assert_eq!(head.header("content-type"), get.header("content-type"));
}

#[test]
fn an_unknown_path_is_an_error_in_the_documented_shape() {
    for (path, status) in [
        ("/", 404),
        ("/api/nothing", 404),
        ("/api/runs/a/b/c", 404),
        ("/oauth/callback", 404),
        ("/api/messages", 405),
    ] {
        let response = get(path, None);
        assert_eq!(response.status, status, "{path}");
        let error: workbot_shared::ApiError = serde_json::from_str(&response.body).expect("the fixed shape");
        assert!(!error.error.message.is_empty() && !error.error.correlation_id.is_empty());
    }
}

#[test]
fn a_session_names_the_person() {
    let chat = Chat::new();
    let token = Sandbox.sso_token(&json!({"oid": chat.oid, "name": "Test Person"}));
    let response = get("/api/session", Some(&token));
    let session: workbot_shared::Session = serde_json::from_str(&response.body).expect("a session");
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
    let refused = get("/api/session", None);
    assert_eq!((refused.status, refused.header("www-authenticate")), (401, Some("Bearer")));
    assert_eq!(get("/api/session", Some(&Sandbox.bot_token(&json!({})))).status, 401);
}

#[test]
fn the_tab_may_be_framed_by_teams_and_runs_no_inline_script() {
    let response = get("/tab/", None);
    assert_eq!(response.status, 200);
    let policy = response.header("content-security-policy").unwrap();
    assert!(policy.contains("frame-ancestors") && policy.contains("https://teams.microsoft.com"), "{policy}");
    assert!(policy.contains(&Sandbox.origin()), "a local run may be framed by the local host: {policy}");
    assert!(!policy.contains("'unsafe-inline'") && !policy.contains("'unsafe-eval'"), "{policy}");
}

#[test]
fn pages_are_in_the_language_of_the_browser() {
    let german = |path: &str| {
        let request =
            agent().get(format!("{}{path}", worker())).header("accept-language", "de-DE,de;q=0.9,en;q=0.8");
        Response::read(request.call().expect("the worker")).body
    };
    let page = german("/connect/00");
    assert!(page.contains("<html lang=\"de\">") && page.contains("Dieser Link funktioniert nicht"), "{page}");
    let error = german("/api/session");
    assert!(error.contains("Melden Sie sich erneut an"), "{error}");
    assert!(get("/connect/00", None).body.contains("<html lang=\"en\">"));
}
