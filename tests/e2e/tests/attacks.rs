//! Attacks. Each test names one.

use serde_json::{Value, json};
use workbot_e2e::{
    Browser, Chat, Company, Response, Sandbox, agent, eventually, text_of, unique, worker, worker_log,
};

fn get(path: &str, headers: &[(&str, &str)]) -> Response {
    let mut request = agent().get(format!("{}{path}", worker()));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Response::read(request.call().expect("the worker"))
}

/// The response contains nothing of the attacker's site.
fn is_ours(response: &Response) {
    assert!(!response.body.to_lowercase().contains("evil"), "{}", response.body);
    assert!(!response.headers.iter().any(|(name, _)| name.contains("evil")));
}

/// A link by which a new person logs in to Salesforce.
fn link_of(chat: &Chat) -> String {
    let response = chat.call("POST", "connections/salesforce/login", "");
    response.json()["url"].as_str().expect("a link").to_owned()
}

#[test]
fn cookies_of_two_logins_cannot_be_swapped() {
    let (ada, bob) = (Chat::new(), Chat::new());
    let callback = format!("{}/oauth/callback/salesforce", worker());
    let stopped = |chat: &Chat| {
        let mut browser = Browser::new();
        let page = browser.log_in_until(&link_of(chat), &chat.oid, &chat.upn, "allow", &callback);
        (page.url, browser)
    };
    let ((adas, mut adas_browser), (_, bobs_browser)) = (stopped(&ada), stopped(&bob));
    let [(name, _)] = &adas_browser.worker_cookies()[..] else { panic!("one cookie") };
    let [(_, value)] = &bobs_browser.worker_cookies()[..] else { panic!("one cookie") };
    let path = adas.strip_prefix(&worker()).unwrap();
    let response = get(path, &[("cookie", &format!("{name}={value}"))]);
    let page = Browser::new().go(response.header("location").expect("a page"));
    assert_eq!(page.expect("This login began in another browser").status, 400);
    for chat in [&ada, &bob] {
        assert_eq!(chat.status("salesforce"), "not_connected");
    }
    // Both logins still work.
    adas_browser.go(&adas).expect("Successfully connected");
}

#[test]
fn opening_a_persons_links_evicts_no_proven_login() {
    let chat = Chat::new();
    let callback = format!("{}/oauth/callback/salesforce", worker());
    let mut browser = Browser::new();
    let stopped = browser.log_in_until(&link_of(&chat), &chat.oid, &chat.upn, "allow", &callback);
    // More than the limit, by an attacker who holds her links but no cookie.
    for _ in 0..3 {
        let link = link_of(&chat);
        let path = link.strip_prefix(&worker()).unwrap();
        (0..20).for_each(|_| assert_eq!(get(path, &[]).status, 303));
    }
    browser.go(&stopped.url).expect("Successfully connected");
}

#[test]
fn no_parameter_redirects_to_another_site() {
    let chat = Chat::new();
    let link = link_of(&chat);
    let path = link.strip_prefix(&worker()).unwrap();
    let parameters = "redirect_uri=https://evil.example&return_to=//evil.example&next=https:evil.example\
        &account=https://evil.example&page=https://evil.example&state=https://evil.example&code=evil";
    for path in [
        format!("{path}?{parameters}"),
        format!("/connect/done?{parameters}"),
        format!("/signin/callback?{parameters}"),
        format!("/oauth/callback/salesforce?{parameters}"),
        format!("/tab?{parameters}"),
        "//evil.example/%2e%2e".to_owned(),
        "/tab//evil.example".to_owned(),
        "/tab/%2f%2fevil.example".to_owned(),
        "/connect/%2f%2fevil.example".to_owned(),
        "/connect/https:%2f%2fevil.example".to_owned(),
    ] {
        let response =
            get(&path, &[("x-forwarded-host", "evil.example"), ("forwarded", "host=evil.example")]);
        is_ours(&response);
        if let Some(to) = response.header("location") {
            let ours = [worker(), format!("{}/entra/", Sandbox.origin())];
            let here = to.starts_with('/') && !to.starts_with("//") && !to.starts_with("/\\");
            assert!(here || ours.iter().any(|ours| to.starts_with(ours)), "{path} -> {to}");
        }
    }
}

#[test]
fn no_path_or_parameter_injects_a_header() {
    let link = link_of(&Chat::new());
    let path = link.strip_prefix(&worker()).unwrap();
    for path in [
        format!("{path}?account=%0d%0aset-cookie:%20evil=1"),
        "/connect/%0d%0aset-cookie:%20evil=1".to_owned(),
        "/connect/done?page=%0d%0aset-cookie:%20evil=1".to_owned(),
        "/oauth/callback/salesforce?state=%0d%0alocation:%20https://evil.example".to_owned(),
        "/api/connections/%0d%0aevil".to_owned(),
        "/tab/%0d%0aset-cookie:%20evil=1".to_owned(),
    ] {
        let response = get(&path, &[("accept-language", "de;q=evil, \"evil\"")]);
        assert!(
            !response.headers.iter().any(|(name, value)| name == "evil" || value.contains("evil")),
            "{path}"
        );
    }
}

#[test]
fn no_input_injects_a_log_line() {
    let chat = Chat::new();
    let forged = unique("forged-");
    let line = format!("\"}}\n{{\"event\":\"{forged}\"}}\r\n\u{2028}");
    for change in [
        json!({"text": line}),
        json!({"text": "help", "locale": line}),
        json!({"text": "help", "from": {"id": line, "name": line, "aadObjectId": chat.oid}}),
        json!({"type": line, "text": "help"}),
    ] {
        chat.deliver(&chat.activity(&change));
    }
    get(&format!("/{forged}%0a%7B%22event%22%3A%22{forged}%22%7D"), &[]);
    get(&format!("/connect/{forged}%0a"), &[("accept-language", &forged), ("user-agent", &forged)]);
    chat.say("help");
    chat.expect("What I can do for you");
    let log = worker_log();
    let forgery = format!("{{\"event\":\"{forged}");
    assert!(!log.lines().any(|line| line.trim_start().starts_with(&forgery)), "a line was forged");
}

/// All texts of a card or message.
fn texts(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                match value {
                    Value::String(text) if key == "text" => found.push(text.clone()),
                    _ => texts(value, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
        _ => {}
    }
}

#[test]
fn text_from_people_and_apps_is_shown_as_plain_text() {
    let company = Company::new();
    let chat = company.person();
    chat.connect_to("salesforce");
    company.verify("create-opportunity", "salesforce", true);
    let written = "](https://evil.example) [pay](https://evil.example) {{ 31337*31337 }} {% raw %} ${31337*31337} <b>x</b>";
    let name = unique("Evil ") + written;
    chat.say(&format!("create opportunity name: \"{name}\" amount: 1 close_date: 2026-12-31"));
    chat.expect("as you (");
    let named = unique("Refused ");
    Sandbox.fault(&json!({"where": "salesforce.rest", "match": named, "status": 400, "times": 1,
        "body": json!([{"message": format!("{written}<script>alert(1)</script>"), "errorCode": "X"}])}));
    chat.say(&format!("create opportunity name: {named} amount: 1 close_date: 2026-12-31"));
    chat.expect("Salesforce says");
    chat.say(&format!("{written} {written}"));
    chat.say(&format!("create opportunity name: \"{name}\""));
    chat.expect("needs a little more");
    for sent in chat.sent() {
        let mut found = Vec::new();
        texts(&sent["activity"], &mut found);
        for text in found {
            assert!(
                !text.contains("[pay](http") && !text.contains(" ](http"),
                "a link of a stranger: {text}"
            );
            assert!(!text.contains("982007569"), "a template of a stranger: {text}");
            assert!(!text.contains("<script") && !text.contains("<b>"), "markup of a stranger: {text}");
        }
    }
    // The app stores the text as it was written.
    assert_eq!(Sandbox.creators("salesforce", &name), std::slice::from_ref(&chat.upn));
}

#[test]
fn an_account_name_is_escaped_on_a_page() {
    let chat = Chat::new();
    let account = format!("<img src=x onerror=alert(1)>{{{{7*7}}}}{}", chat.upn);
    Sandbox.post("salesforce/users", &json!({"username": account}));
    let page = Browser::new().log_in(&link_of(&chat), &chat.oid, &account, "allow");
    let page = page.expect("Successfully connected");
    assert!(page.says("&lt;img src=x") && !page.says("<img"), "{}", page.response.body);
    assert!(page.says("{{7*7}}"), "{}", page.response.body);
}

#[test]
fn no_token_is_sent_to_another_host_that_an_app_names() {
    for elsewhere in [
        Sandbox.origin().replace("localhost", "127.0.0.1"),
        "http://169.254.169.254".to_owned(),
        "https://my.salesforce.com.evil.example".to_owned(),
        "https://acme.my.salesforce.com@evil.example".to_owned(),
        "file:///etc/passwd".to_owned(),
    ] {
        let chat = Chat::new();
        let callback = format!("{}/oauth/callback/salesforce", worker());
        let mut browser = Browser::new();
        let stopped = browser.log_in_until(&link_of(&chat), &chat.oid, &chat.upn, "allow", &callback);
        let code = stopped.url.split("code=").nth(1).unwrap().split('&').next().unwrap();
        Sandbox.fault(&json!({"where": "salesforce.token", "match": code, "times": 1, "status": 200, "body": {
            "access_token": unique("access-"), "refresh_token": unique("refresh-"), "token_type": "Bearer",
            "instance_url": elsewhere, "id": format!("{elsewhere}/id/00D/005"), "scope": "api refresh_token"
        }}));
        let page = browser.go(&stopped.url).expect("Salesforce gave an unexpected answer");
        assert_eq!(page.status, 502, "{elsewhere}");
        assert_eq!(chat.status("salesforce"), "not_connected", "{elsewhere}");
    }
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
fn entra_keys(company: &Company) -> (String, impl Fn() -> usize) {
    let path = format!("/entra/{}/discovery/v2.0/keys", company.tenant);
    let asked = {
        let path = path.clone();
        move || {
            let seen = Sandbox.get("requests?where=entra.keys")["requests"].clone();
            let seen = seen.as_array().cloned().unwrap_or_default();
            seen.iter().filter(|request| request["path"] == json!(path)).count()
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
    Sandbox.fault(&json!({"where": "entra.keys", "match": path, "status": 503, "delay_ms": 500, "times": 2}));
    let chat = company.person();
    assert_eq!(forty_at_once(&chat), [503; 40]);
    assert_eq!(asked(), 1);
    assert_eq!(forty_at_once(&chat), [503; 40], "the failure is remembered");
    assert!(asked() <= 2, "{}", asked());
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
    let link = link_of(&chat);
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
