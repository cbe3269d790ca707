//! Fetches of an issuer's signing keys, and tokens that are signed for another purpose.

use std::time::Instant;

use serde_json::json;
use workbot_e2e::{Browser, Chat, Company, Response, Sandbox, agent, eventually, get, text_of, worker};

#[test]
fn an_unknown_key_causes_at_most_one_fetch() {
    let asked = || Sandbox.get("requests?where=botframework.keys")["count"].as_u64().unwrap();
    let chat = Chat::new();
    chat.say("help");
    chat.expect("What I can do for you");
    let before = asked();
    let body = chat.activity(&json!({"text": "help"})).to_string();
    let token = Sandbox.bot_token(&json!({"key": "unknown"}));
    for _ in 0..20 {
        let request = agent().post(format!("{}/api/messages", worker()));
        let response =
            request.header("authorization", format!("Bearer {token}")).send(&body).expect("the worker");
        assert_eq!(response.status().as_u16(), 401);
    }
    assert!(asked() <= before + 1);
}

/// The path of a company's keys at Entra, and the number of requests for it.
fn entra_keys(company: &Company) -> (String, impl Fn() -> u64) {
    let path = format!("/entra/{}/discovery/v2.0/keys", company.tenant);
    let asked = {
        let path = path.clone();
        move || {
            let seen = Sandbox.get("requests?where=entra.keys")["requests"].clone();
            let seen = seen.as_array().cloned().unwrap_or_default();
            seen.iter().filter(|request| request["path"] == json!(path)).count() as u64
        }
    };
    (path, asked)
}

/// The statuses of forty parallel API requests of one person.
fn forty_at_once(chat: &Chat) -> Vec<u16> {
    let token = Sandbox.sso_token(&json!({"oid": chat.oid, "tid": chat.tenant}));
    let bearer = format!("Bearer {token}");
    let call = || get("/api/session", &[("authorization", &bearer)]).status;
    std::thread::scope(|scope| {
        let calls: Vec<_> = (0..40).map(|_| scope.spawn(call)).collect();
        calls.into_iter().map(|call| call.join().expect("an answer")).collect()
    })
}

#[test]
fn parallel_requests_during_an_issuer_outage_cause_few_fetches() {
    let company = Company::new();
    let (path, asked) = entra_keys(&company);
    Sandbox.fault(&json!({"where": "entra.keys", "match": path, "status": 503, "delay_ms": 500}));
    let chat = company.person();
    let began = Instant::now();
    for _ in 0..2 {
        assert_eq!(forty_at_once(&chat), [503; 40]);
        // A failure is remembered for three seconds.
        let most = 1 + began.elapsed().as_secs() / 3;
        assert!((1..=most).contains(&asked()), "{} fetches in {:?}", asked(), began.elapsed());
    }
    Sandbox.remove_faults(&path);
    eventually("the issuer to be asked again", || {
        (chat.call("GET", "session", "").status == 200).then_some(())
    });
}

#[test]
fn parallel_requests_share_one_fetch_of_an_issuers_keys() {
    let company = Company::new();
    let (path, asked) = entra_keys(&company);
    Sandbox.fault(&json!({"where": "entra.keys", "match": path, "delay_ms": 700, "times": 1}));
    assert_eq!(forty_at_once(&company.person()), [200; 40]);
    assert_eq!(asked(), 1);
}

#[test]
fn an_issuer_may_have_a_thousand_keys() {
    let company = Company::new();
    let chat = company.person();
    let (path, asked) = entra_keys(&company);
    let real =
        Response::read(agent().get(format!("{}{path}", Sandbox.origin())).call().expect("the sandbox"));
    let mut keys = real.json()["keys"].as_array().expect("keys").clone();
    for number in 0..1_000 {
        let mut other = keys[0].clone();
        other["kid"] = json!(format!("other-{number}"));
        keys.insert(0, other);
    }
    Sandbox.fault(&json!({"where": "entra.keys", "match": path, "status": 200, "body": {"keys": keys}}));
    assert_eq!(chat.call("GET", "session", "").status, 200);
    // The cached keys include these.
    eventually("the fetched keys", || (asked() > 1).then_some(()));
}

#[test]
fn a_token_for_one_purpose_is_refused_for_another() {
    let chat = Chat::new();
    let link = chat.tab_login_link("salesforce");
    let ticket = link.rsplit('/').next().unwrap();
    // A ticket as a state, a state as a ticket, and both as a final page.
    let page = Browser::new().go(&format!("{}/connect/done?page={ticket}", worker()));
    page.expect("Nothing to do here");
    for path in [
        format!("/oauth/callback/salesforce?code=x&state={ticket}"),
        format!("/signin/callback?code=x&state={ticket}"),
    ] {
        assert_eq!(Browser::new().go(&format!("{}{path}", worker())).status, 400, "{path}");
    }
    let to = get(link.strip_prefix(&worker()).unwrap(), &[]).header("location").unwrap().to_owned();
    let state = to.split("state=").nth(1).unwrap().split('&').next().unwrap().to_owned();
    for path in [format!("/connect/{state}"), format!("/oauth/callback/salesforce?code=x&state={state}")] {
        assert_eq!(Browser::new().go(&format!("{}{path}", worker())).status, 400, "{path}");
    }
    // The tab's token at the bot's endpoint, the bot's token and an id token at the API.
    let sso = Sandbox.sso_token(&json!({"oid": chat.oid}));
    let bot = Sandbox.bot_token(&json!({}));
    assert_eq!(get("/api/session", &[("authorization", &format!("Bearer {bot}"))]).status, 401);
    let body = chat.activity(&json!({"text": "help"})).to_string();
    let request = agent().post(format!("{}/api/messages", worker()));
    let response = request.header("authorization", format!("Bearer {sso}")).send(&body).expect("the worker");
    assert_eq!(response.status().as_u16(), 401);
    assert!(chat.sent().iter().all(|sent| !text_of(sent).contains("What I can do")), "nothing was sent");
}

#[test]
fn an_unknown_tenant_causes_no_fetch_of_keys() {
    let token = Sandbox.sso_token(&json!({"oid": "x", "tid": "strangers-tenant"}));
    assert_eq!(get("/api/session", &[("authorization", &format!("Bearer {token}"))]).status, 401);
    let fetched = Sandbox.get("requests?where=entra.keys");
    assert!(!fetched.to_string().contains("strangers-tenant"));
}
