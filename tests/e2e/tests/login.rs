//! Logins: who can finish one, and what is stored.

use serde_json::json;
use url::Url;
use workbot_e2e::{
    Browser, Chat, Response, Sandbox, TENANT, agent, eventually, get, login_link, unique, worker,
};

fn nothing_is_connected(chat: &Chat) {
    let live = Sandbox.grants(&chat.upn).into_iter().filter(|grant| grant["revoked"].is_null()).count();
    assert_eq!(live, 0, "no grant is left: {:?}", Sandbox.grants(&chat.upn));
    assert!(Sandbox.created_by(&chat.upn).is_empty());
}

fn callback(path: &str) -> String {
    format!("{}{path}", worker())
}

#[test]
fn one_command_takes_one_login_and_the_next_runs_at_once() {
    let chat = Chat::new();
    let name = chat.create_opportunity();
    let link = chat.expect_link();
    let mut browser = Browser::new();
    let page = browser.log_in(&link, &chat.oid, &chat.upn, "allow").expect("Successfully connected");
    assert_eq!(page.status, 200);
    assert!(page.url.starts_with(&callback("/connect/done")), "{}", page.url);
    assert!(!page.url.contains("code=") && !page.url.contains("state="));
    assert!(page.says(&chat.upn));

    // The card is updated, and the run continues as the person without another message.
    chat.expect(&format!("Salesforce connected as {}", chat.upn));
    let reply = chat.expect("as you (");
    assert!(reply.to_string().contains(&format!("as you ({})", chat.upn)), "{reply}");
    assert!(reply.to_string().contains(&format!("Created [{name}]")), "{reply}");
    let records = Sandbox.created_by(&chat.upn);
    assert_eq!(records.len(), 1);
    assert_eq!(records[0]["fields"]["Amount"], json!(5000));

    let second = chat.create_opportunity();
    chat.expect(&format!("Created [{second}]"));
    assert_eq!(Sandbox.created_by(&chat.upn).len(), 2);
    assert!(browser.worker_cookies().is_empty(), "the attempt's cookie is gone");
}

#[test]
fn one_login_wakes_every_run_that_waits() {
    let chat = Chat::new();
    let names = [chat.create_opportunity(), chat.create_opportunity()];
    let link = chat.expect_link();
    Browser::new().log_in(&link, &chat.oid, &chat.upn, "allow").expect("Successfully connected");
    for name in names {
        chat.expect(&format!("Created [{name}]"));
    }
    // The other card may still be open.
    for link in chat.sent().iter().filter_map(login_link) {
        Browser::new().go(&link).expect("Already connected");
    }
}

#[test]
fn a_command_repeated_after_a_declined_login_runs_once() {
    let chat = Chat::new();
    let name = unique("Once ");
    let command = format!("create opportunity name: {name} amount: 1 close_date: 2026-12-31");
    chat.say(&command);
    let first = chat.expect_link();
    Browser::new().log_in(&first, &chat.oid, &chat.upn, "deny").expect("Nothing was connected");
    chat.say(&command);
    chat.expect("again: see the newer message");
    let link = eventually("a new card", || {
        let sent = chat.sent();
        let at = sent.iter().rposition(|sent| login_link(sent).is_some())?;
        login_link(&sent[at]).filter(|link| *link != first)
    });
    let runs = chat.call("GET", "runs", "").json();
    assert_eq!(runs["runs"].as_array().map(Vec::len), Some(1), "{runs}");
    log_in_and_find_one_record(&chat, &link, &name);
}

/// Finishes the login and checks that exactly one record exists.
fn log_in_and_find_one_record(chat: &Chat, link: &str, name: &str) {
    Browser::new().log_in(link, &chat.oid, &chat.upn, "allow").expect("Successfully connected");
    chat.expect(&format!("Created [{name}]"));
    chat.ended();
    // Another run that the login woke has ended when a later command has.
    let other = chat.create_opportunity();
    chat.expect(&format!("Created [{other}]"));
    assert_eq!(Sandbox.creators("salesforce", name).len(), 1);
}

#[test]
fn the_same_command_twice_in_parallel_runs_once_with_one_login() {
    let chat = Chat::new();
    let name = unique("Once ");
    let command = format!("create opportunity name: {name} amount: 1 close_date: 2026-12-31");
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| chat.say(&command));
        }
    });
    log_in_and_find_one_record(&chat, &chat.expect_link(), &name);
}

#[test]
fn a_forwarded_link_connects_nobody() {
    let (ada, bob) = (Chat::new(), Chat::new());
    ada.create_opportunity();
    let link = ada.expect_link();
    let mut browser = Browser::new();
    let page =
        browser.log_in(&link, &bob.oid, &bob.upn, "allow").expect("This link was made for someone else");
    assert_eq!(page.status, 403);
    assert!(page.says(&bob.upn) && page.says("Use another account"));
    assert!(!page.says(&ada.upn), "whose link it is stays unsaid");
    assert!(!browser.was_at_salesforce());
    nothing_is_connected(&ada);
    nothing_is_connected(&bob);

    // The same link, opened by its subject in the same browser through "Use another account".
    let again = page.response.body.split("<a href=\"").nth(1).unwrap().split('"').next().unwrap();
    let again = again.replace("&amp;", "&").replace("&#x2f;", "/").replace("&#x3d;", "=");
    browser.log_in(&again, &ada.oid, &ada.upn, "allow").expect("Successfully connected");
    ada.expect("as you (");
}

#[test]
fn the_sign_in_is_in_the_tickets_tenant() {
    let chat = Chat::new();
    chat.create_opportunity();
    let page = Browser::new().go(&chat.expect_link());
    assert!(
        page.url.contains(&format!("/entra/{TENANT}/")),
        "the sign-in is in the ticket's tenant: {}",
        page.url
    );
}

#[test]
fn declining_consent_stores_nothing_and_can_be_tried_again() {
    let chat = Chat::new();
    chat.create_opportunity();
    let link = chat.expect_link();
    let page = Browser::new().log_in(&link, &chat.oid, &chat.upn, "deny").expect("Nothing was connected");
    assert!(page.says("You declined access at Salesforce"));
    nothing_is_connected(&chat);
    Browser::new().log_in(&link, &chat.oid, &chat.upn, "allow").expect("Successfully connected");
}

#[test]
fn a_cancelled_sign_in_stores_nothing() {
    let chat = Chat::new();
    chat.create_opportunity();
    let mut browser = Browser::new();
    let page = browser.go(&chat.expect_link()).expect("sign in as");
    browser.submit(&page, &[("cancel", "1")], "").expect("Nothing was connected");
    nothing_is_connected(&chat);
}

#[test]
fn a_replayed_callback_is_refused() {
    let chat = Chat::new();
    chat.create_opportunity();
    let mut browser = Browser::new();
    let link = chat.expect_link();
    let stopped =
        browser.log_in_until(&link, &chat.oid, &chat.upn, "allow", &callback("/oauth/callback/salesforce"));
    let mut thief = browser.clone();
    browser.go(&stopped.url).expect("Successfully connected");
    chat.expect("as you (");
    let grants = Sandbox.grants(&chat.upn).len();
    // With the cookie, as an attacker on the same machine would have it, and without.
    thief.go(&stopped.url).expect("already");
    Browser::new().go(&stopped.url).expect("already");
    assert_eq!(Sandbox.grants(&chat.upn).len(), grants);
    assert_eq!(Sandbox.created_by(&chat.upn).len(), 1);
}

#[test]
fn a_callback_without_the_cookie_is_refused_and_keeps_the_attempt() {
    let chat = Chat::new();
    chat.create_opportunity();
    let link = chat.expect_link();
    let mut browser = Browser::new();
    let stopped =
        browser.log_in_until(&link, &chat.oid, &chat.upn, "allow", &callback("/oauth/callback/salesforce"));
    let page = Browser::new().go(&stopped.url).expect("This login began in another browser");
    assert_eq!(page.status, 400);
    nothing_is_connected(&chat);
    // The browser that started the attempt continues.
    browser.go(&stopped.url).expect("Successfully connected");
}

#[test]
fn a_sign_in_that_returns_to_another_browser_is_refused() {
    let chat = Chat::new();
    chat.create_opportunity();
    let mut browser = Browser::new();
    let page = browser.go(&chat.expect_link()).expect("sign in as");
    let stopped = browser.submit(&page, &[("person", &chat.oid)], &callback("/signin/callback"));
    Browser::new().go(&stopped.url).expect("This login began in another browser");
    nothing_is_connected(&chat);
}

#[test]
fn an_id_token_that_is_not_for_this_attempt_is_refused() {
    for wrong in [
        json!({"claims": {"nonce": "another"}}),
        json!({"claims": {"nonce": null}}),
        json!({"claims": {"aud": "another-client"}}),
        json!({"claims": {"tid": "another-tenant"}}),
        json!({"claims": {"exp": 1}}),
        json!({"tamper": true}),
        json!({"key": "unknown"}),
        json!({"alg": "none"}),
    ] {
        let chat = Chat::new();
        chat.create_opportunity();
        let mut plan = wrong.clone();
        plan["oid"] = json!(chat.oid);
        Sandbox.post("entra/faults", &plan);
        let mut browser = Browser::new();
        let page = browser
            .log_in(&chat.expect_link(), &chat.oid, &chat.upn, "allow")
            .expect("The sign-in did not work");
        assert_eq!(page.status, 403, "{wrong}");
        assert!(!browser.was_at_salesforce(), "{wrong}");
        nothing_is_connected(&chat);
    }
}

#[test]
fn two_logins_side_by_side_make_one_connection() {
    let chat = Chat::new();
    chat.create_opportunity();
    let link = chat.expect_link();
    let (mut desktop, mut phone) = (Browser::new(), Browser::new());
    let first =
        desktop.log_in_until(&link, &chat.oid, &chat.upn, "allow", &callback("/oauth/callback/salesforce"));
    let second =
        phone.log_in_until(&link, &chat.oid, &chat.upn, "allow", &callback("/oauth/callback/salesforce"));
    desktop.go(&first.url).expect("Successfully connected");
    phone.go(&second.url).expect("Already connected");
    chat.expect("as you (");
    assert_eq!(Sandbox.created_by(&chat.upn).len(), 1);
}

#[test]
fn two_tabs_of_one_browser_do_not_disturb_each_other() {
    let chat = Chat::new();
    chat.create_opportunity();
    let link = chat.expect_link();
    let mut browser = Browser::new();
    let page = browser.go(&link).expect("sign in as");
    browser.go(&link).expect("sign in as");
    assert_eq!(browser.worker_cookies().len(), 2, "a cookie per attempt");
    let stopped =
        browser.submit(&page, &[("person", &chat.oid)], &format!("{}/salesforce", Sandbox.origin()));
    browser.log_in(&stopped.url, &chat.oid, &chat.upn, "allow").expect("Successfully connected");
}

#[test]
fn a_used_link_says_already_connected() {
    let chat = Chat::new();
    chat.create_opportunity();
    let link = chat.expect_link();
    let mut browser = Browser::new();
    browser.log_in(&link, &chat.oid, &chat.upn, "allow").expect("Successfully connected");
    let page = Browser::new().go(&link).expect("Already connected");
    assert_eq!(page.status, 200);
}

#[test]
fn an_app_without_a_response_connects_nothing() {
    let chat = Chat::new();
    chat.create_opportunity();
    let link = chat.expect_link();
    let mut browser = Browser::new();
    let stopped =
        browser.log_in_until(&link, &chat.oid, &chat.upn, "allow", &callback("/oauth/callback/salesforce"));
    let code = stopped.url.split("code=").nth(1).unwrap().split('&').next().unwrap();
    Sandbox.fault(&json!({"where": "salesforce.token", "match": code, "status": 503, "times": 1, "body": "<html>maintenance</html>"}));
    let page = browser.go(&stopped.url).expect("Salesforce could not be reached");
    assert_eq!(page.status, 502);
    // The link is still valid.
    Browser::new().log_in(&link, &chat.oid, &chat.upn, "allow").expect("Successfully connected");
}

#[test]
fn a_grant_with_an_unreadable_account_is_revoked() {
    let chat = Chat::new();
    chat.create_opportunity();
    let mut browser = Browser::new();
    let link = chat.expect_link();
    let user = Sandbox.post("salesforce/users", &json!({"username": chat.upn}));
    let id = user["id"].as_str().or(user["user_id"].as_str()).unwrap_or(&chat.upn).to_owned();
    Sandbox.fault(&json!({"where": "salesforce.identity", "match": id, "status": 500, "times": 1}));
    browser.log_in(&link, &chat.oid, &chat.upn, "allow").expect("Salesforce could not be reached");
    workbot_e2e::eventually("the grant's revocation", || {
        Sandbox.grants(&chat.upn).iter().all(|grant| !grant["revoked"].is_null()).then_some(())
    });
    nothing_is_connected(&chat);
}

#[test]
fn a_cancelled_runs_link_has_expired() {
    let chat = Chat::new();
    chat.create_opportunity();
    let card = chat.expect("login needed");
    let run = card["activity"]
        .to_string()
        .split("\"run\":\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    let link = login_link(&card).unwrap();
    let turn = chat.press("run.cancel", &json!({"verb": "run.cancel", "run": run}));
    assert!(turn.body.to_string().contains("was cancelled"), "{}", turn.body);
    let page = Browser::new().go(&link).expect("This link has expired");
    assert_eq!(page.status, 410);
}

#[test]
fn a_forged_link_is_refused_at_the_edge() {
    for ticket in ["0", "00ff", &"ab".repeat(200), "..%2f..", &unique("x")] {
        let page =
            Browser::new().go(&callback(&format!("/connect/{ticket}"))).expect("This link does not work");
        assert_eq!(page.status, 400, "{ticket}");
    }
    for path in [
        "/signin/callback",
        "/oauth/callback/box",
        "/oauth/callback/nobody?code=x&state=00",
        "/signin/callback?error=x",
    ] {
        Browser::new().go(&callback(path)).expect("This link does not work");
    }
    // A state of one callback is invalid at the other.
    let chat = Chat::new();
    chat.create_opportunity();
    let mut browser = Browser::new();
    let link = chat.expect_link();
    let stopped =
        browser.log_in_until(&link, &chat.oid, &chat.upn, "allow", &callback("/oauth/callback/salesforce"));
    browser
        .go(&stopped.url.replace("/oauth/callback/salesforce", "/signin/callback"))
        .expect("This link does not work");
}

/// A query parameter of an address.
fn parameter(url: &str, name: &str) -> String {
    let url = Url::parse(url).expect("an address");
    let value = url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    value.unwrap_or_else(|| panic!("no {name} in {url}"))
}

/// An address with one query parameter changed.
fn with(url: &str, name: &str, value: &str) -> String {
    let mut url = Url::parse(url).expect("an address");
    let rest: Vec<_> = url.query_pairs().into_owned().filter(|(key, _)| key != name).collect();
    url.query_pairs_mut().clear().extend_pairs(rest).append_pair(name, value);
    url.into()
}

/// Signs in at Entra. Returns the address of the authorization request to the app.
fn asked_of(app: &str, chat: &Chat, browser: &mut Browser) -> String {
    let page = browser.go(&chat.tab_login_link(app)).expect("sign in as");
    browser.submit(&page, &[("person", &chat.oid)], &format!("{}/{app}", Sandbox.origin())).url
}

#[test]
fn a_malicious_authorization_server_gets_no_code_of_another_app() {
    let (ada, bob) = (Chat::new(), Chat::new());
    // Bob proves his identity with his own link: he knows the challenge, and can finish a login that contains
    // it.
    let bobs = asked_of("salesforce", &bob, &mut Browser::new());
    // ServiceNow's server redirects Ada to Salesforce, with Bob's challenge and the state of her login at
    // ServiceNow.
    let mut browser = Browser::new();
    let adas = asked_of("servicenow", &ada, &mut browser);
    let forged = with(&bobs, "state", &parameter(&adas, "state"));
    let came_back = callback("/oauth/callback/salesforce");
    let stopped = browser.log_in_until(&forged, &ada.oid, &ada.upn, "allow", &came_back);
    let code = parameter(&stopped.url, "code");
    Sandbox.fault(&json!({"where": "servicenow.token", "match": code, "status": 500, "times": 1}));
    let page = browser.go(&stopped.url).expect("This answer is not from ServiceNow");
    assert_eq!(page.status, 400);
    assert!(!page.url.contains("code=") && !page.url.contains("state="), "{}", page.url);
    // Her code was not sent to ServiceNow.
    let faults = Sandbox.get("faults")["faults"].as_array().cloned().unwrap_or_default();
    assert!(
        faults.iter().any(|fault| fault["match"] == json!(code) && fault["times"] == json!(1)),
        "{faults:?}"
    );
    // Nor is a response of Salesforce accepted at ServiceNow's redirect URI.
    let elsewhere = with(&forged, "redirect_uri", &callback("/oauth/callback/servicenow"));
    browser.go(&elsewhere).expect("redirect_uri_mismatch");
    for app in ["salesforce", "servicenow"] {
        assert_eq!(
            (ada.status(app), bob.status(app)),
            ("not_connected".to_owned(), "not_connected".to_owned())
        );
    }
    // Her attempt is still valid for the right response.
    browser.log_in(&adas, &ada.oid, &ada.upn, "allow").expect("Successfully connected");
    assert_eq!(ada.status("servicenow"), "connected");
}

#[test]
fn a_response_with_a_wrong_or_missing_issuer_is_refused_and_the_right_one_still_counts() {
    let issuer = format!("{}/box-account", Sandbox.origin());
    for iss in ["wrong", "none"] {
        let chat = Chat::new();
        Sandbox.post("box/oauth", &json!({"username": chat.upn, "iss": iss}));
        let mut browser = Browser::new();
        let (link, came_back) = (chat.tab_login_link("box"), callback("/oauth/callback/box"));
        // An error response names its issuer like a code does.
        for (decision, right) in [("deny", "You declined access at Box"), ("allow", "Successfully connected")]
        {
            let stopped = browser.log_in_until(&link, &chat.oid, &chat.upn, decision, &came_back);
            let page = browser.go(&stopped.url).expect("This answer is not from Box");
            assert_eq!(page.status, 400, "{iss} {decision}");
            assert_eq!(chat.status("box"), "not_connected", "{iss} {decision}");
            browser.go(&with(&stopped.url, "iss", &issuer)).expect(right);
        }
        assert_eq!(chat.status("box"), "connected");
    }
}

#[test]
fn a_callback_always_redirects_to_a_page_without_code_and_state() {
    let long = "x".repeat(17 * 1024);
    for path in ["/signin/callback", "/oauth/callback/box", "/oauth/callback/nobody"] {
        let url = callback(&format!("{path}?code=c&state=s"));
        for response in [
            agent().get(&url).header("cookie", &long).call(),
            agent().post(&url).send_empty(),
            agent().put(&url).send_empty(),
            agent().get(&url).call(),
        ] {
            let response = Response::read(response.expect("the worker"));
            assert_eq!(response.status, 303, "{path}: {}", response.body);
            let to = response.header("location").expect("a page");
            assert!(
                to.contains("/connect/done?page=") && !to.contains("code=") && !to.contains("state="),
                "{to}"
            );
        }
    }
}

#[test]
fn pages_and_redirects_have_the_security_headers() {
    let chat = Chat::new();
    chat.create_opportunity();
    let mut browser = Browser::new();
    let link = chat.expect_link();
    let opened = browser.step(&link, None);
    assert_eq!(opened.status, 303);
    let cookie = opened.header("set-cookie").unwrap();
    for part in ["__Host-login-", "HttpOnly", "Secure", "SameSite=Lax", "Path=/", "Max-Age=600"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.to_lowercase().contains("domain="));
    let to = opened.header("location").unwrap();
    for part in ["prompt=none", "code_challenge_method=S256", "nonce=", "response_type=code", "scope=openid"]
    {
        assert!(to.contains(part), "{to}");
    }
    let done = Browser::new().go(&callback("/connect/done"));
    for response in [&opened, &done.response] {
        assert_eq!(response.header("cache-control"), Some("no-store"));
        assert_eq!(response.header("referrer-policy"), Some("no-referrer"));
        let policy = response.header("content-security-policy").unwrap();
        assert!(
            policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{policy}"
        );
    }
}

#[test]
fn a_page_needs_no_script_and_fits_a_phone() {
    let page = Browser::new().go(&format!("{}/connect/00", worker()));
    assert!(page.says("width=device-width") && !page.says("<script"));
}

#[test]
fn cookies_of_two_logins_cannot_be_swapped() {
    let (ada, bob) = (Chat::new(), Chat::new());
    let callback = format!("{}/oauth/callback/salesforce", worker());
    let stopped = |chat: &Chat| {
        let mut browser = Browser::new();
        let page = browser.log_in_until(
            &chat.tab_login_link("salesforce"),
            &chat.oid,
            &chat.upn,
            "allow",
            &callback,
        );
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
    let stopped =
        browser.log_in_until(&chat.tab_login_link("salesforce"), &chat.oid, &chat.upn, "allow", &callback);
    // More than the limit, by an attacker who holds her links but no cookie.
    for _ in 0..3 {
        let link = chat.tab_login_link("salesforce");
        let path = link.strip_prefix(&worker()).unwrap();
        (0..20).for_each(|_| assert_eq!(get(path, &[]).status, 303));
    }
    browser.go(&stopped.url).expect("Successfully connected");
}
