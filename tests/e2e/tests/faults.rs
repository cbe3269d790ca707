//! Each external party fails in each way, once, in the middle of an operation. The operation succeeds in the
//! end or the person is told; nothing is lost or done twice.
//!
//! Failures at the start of the worker, and of everything at once, are in `crash`: they need a worker with
//! empty caches.

use serde_json::json;
use workbot_e2e::{
    Browser, Chat, Company, FAULTS, Kind, Page, Sandbox, all_faults, eventually, login_link, unique,
};

/// Runs `body` with each failure, in parallel.
fn in_each_way(body: impl Fn(Kind) + Sync) {
    std::thread::scope(|scope| {
        let body = &body;
        let threads: Vec<_> = all_faults().map(|kind| (kind.name, scope.spawn(move || body(kind)))).collect();
        let failed: Vec<_> =
            threads.into_iter().filter_map(|(name, thread)| thread.join().is_err().then_some(name)).collect();
        assert!(failed.is_empty(), "failed: {failed:?}");
    });
}

/// Waits until the app has revoked all of the person's grants.
fn revoked(kind: Kind, chat: &Chat) {
    eventually(&format!("the revocation after {}", kind.name), || {
        Sandbox.grants(&chat.upn).iter().all(|grant| !grant["revoked"].is_null()).then_some(())
    });
}

/// The page says that the login failed; or that it takes longer, and then the chat says so.
fn ended_badly(kind: Kind, chat: &Chat, page: Page) {
    let words = match kind.is_nonsense {
        true => "Salesforce gave an unexpected answer",
        false => "Salesforce could not be reached",
    };
    if kind.is_slow {
        page.expect("Almost there");
        chat.expect(words);
    } else {
        assert_eq!(page.expect(words).status, 502, "{}", kind.name);
    }
}

#[test]
fn a_write_is_done_once_or_reported_as_unknown() {
    in_each_way(|kind| {
        let chat = Chat::new();
        chat.connect();
        let name = unique("Fault ");
        kind.at("salesforce.rest", &name);
        chat.say(&format!("create opportunity name: {name} amount: 1 close_date: 2026-12-31"));
        if kind.is_refusal {
            chat.expect(&format!("Created [{name}]"));
            assert_eq!(Sandbox.creators("salesforce", &name).len(), 1, "{}", kind.name);
        } else {
            chat.expect("may or may not");
            assert!(Sandbox.creators("salesforce", &name).len() <= 1, "{}", kind.name);
        }
    });
}

#[test]
fn a_failed_read_is_repeated_until_it_succeeds() {
    let company = Company::new();
    company.connect_salesforce();
    in_each_way(|kind| {
        let ada = company.person();
        let name = unique("Nobody ");
        kind.at("salesforce.rest", &name);
        ada.say(&format!("find account {name}"));
        ada.expect("There is no account named like");
    });
}

#[test]
fn a_refresh_is_repeated_until_it_gets_a_response_and_only_a_lost_rotation_needs_a_login() {
    for (app, rotation, command) in [
        ("servicenow", "none", "create incident description: "),
        ("box", "single_use", "create folder name: "),
        ("salesforce", "reuse_kills", "create opportunity amount: 1 close_date: 2026-12-31 name: "),
    ] {
        in_each_way(|kind| {
            let chat = Chat::connected_to(app, rotation, command);
            Sandbox.post(&format!("{app}/expire-access-tokens"), &json!({"username": chat.upn}));
            kind.at(&format!("{app}.token"), &chat.upn);
            let before = chat.sent().len();
            chat.say(&format!("{command}{}", unique("Second ")));
            let asked = || chat.sent().iter().skip(before).find_map(login_link);
            let link = eventually(&format!("the reply, or a login card, after {}", kind.name), || {
                asked().map(Some).or_else(|| (chat.successes() == 2).then_some(None))
            });
            let grant = Sandbox.grants_at(app, &chat.upn).remove(0);
            let Some(link) = link else {
                assert!(grant["revoked"].is_null(), "{app}, {}: {grant}", kind.name);
                return;
            };
            assert!(rotation == "reuse_kills" && !kind.is_busy, "{app}, {}: no login is lost", kind.name);
            assert_eq!(grant["refreshes"], json!(1), "{}: the app had replaced it: {grant}", kind.name);
            Browser::new().log_in(&link, &chat.oid, &chat.upn, "allow").expect("Successfully connected");
            eventually(&format!("the reply after {}", kind.name), || (chat.successes() == 2).then_some(()));
        });
    }
}

#[test]
fn a_revocation_is_retried_until_its_app_accepts_it() {
    in_each_way(|kind| {
        // Status 200 means revoked, whatever the body is (RFC 7009 section 2.2).
        if kind.is_nonsense {
            return;
        }
        let chat = Chat::new();
        chat.connect();
        kind.at("salesforce.revoke", &chat.upn);
        let receipt = chat.call("POST", "connections/salesforce/disconnect", "");
        assert_eq!(receipt.status, 200, "{}: {}", kind.name, receipt.body);
        assert_eq!(chat.status("salesforce"), "disconnected");
        revoked(kind, &chat);
    });
}

#[test]
fn a_login_with_an_unreadable_account_is_revoked_and_can_be_repeated() {
    in_each_way(|kind| {
        let chat = Chat::new();
        chat.create_opportunity();
        let link = chat.expect_link();
        kind.at("salesforce.identity", &chat.upn);
        let page = Browser::new().log_in(&link, &chat.oid, &chat.upn, "allow");
        // The runtime itself may repeat a request after a broken connection.
        if !(kind.is_broken_off && page.says("Successfully connected")) {
            ended_badly(kind, &chat, page);
            revoked(kind, &chat);
            Browser::new().log_in(&link, &chat.oid, &chat.upn, "allow").expect("Successfully connected");
        }
        chat.expect("as you (");
    });
}

#[test]
fn a_failed_code_exchange_leaves_the_link_valid() {
    in_each_way(|kind| {
        let chat = Chat::new();
        chat.create_opportunity();
        let link = chat.expect_link();
        let callback = format!("{}/oauth/callback/salesforce", workbot_e2e::worker());
        let mut browser = Browser::new();
        let stopped = browser.log_in_until(&link, &chat.oid, &chat.upn, "allow", &callback);
        let code = stopped.url.split("code=").nth(1).unwrap().split('&').next().unwrap();
        kind.at("salesforce.token", code);
        ended_badly(kind, &chat, browser.go(&stopped.url));
        Browser::new().log_in(&link, &chat.oid, &chat.upn, "allow").expect("Successfully connected");
        chat.expect("as you (");
    });
}

#[test]
fn a_failed_sign_in_leaves_the_link_valid() {
    let company = Company::new();
    // One after the other: the sign-in of the whole tenant fails.
    for kind in all_faults() {
        let chat = company.person();
        let link =
            chat.call("POST", "connections/salesforce/login", "").json()["url"].as_str().unwrap().to_owned();
        kind.at("entra.token", &format!("/{}/", company.tenant));
        let mut browser = Browser::new();
        let page = browser.go(&link);
        let (words, status) = match kind.is_nonsense {
            true => ("The sign-in did not work", 403),
            false => ("Microsoft could not be reached", 502),
        };
        assert_eq!(browser.sign_in(&page, &chat.oid).expect(words).status, status, "{}", kind.name);
        Browser::new().log_in(&link, &chat.oid, &chat.upn, "allow").expect("Successfully connected");
    }
}

#[test]
fn an_issuer_outage_gives_the_tab_503_and_a_retry_succeeds() {
    let company = Company::new();
    let chat = company.person();
    let path = format!("/{}/", company.tenant);
    let asked = || Sandbox.get("requests?where=entra.keys").to_string().matches(&path).count();
    for kind in FAULTS.into_iter().filter(|kind| !kind.is_broken_off) {
        let before = asked();
        kind.at("entra.keys", &path);
        // A failed fetch is cached for seconds.
        eventually(kind.name, || {
            let answer = chat.call("GET", "session", "");
            assert_eq!(answer.status, 503, "{}: {}", kind.name, answer.body);
            assert_eq!(answer.json()["error"]["code"], json!("temporarily_unavailable"), "{}", kind.name);
            (asked() > before).then_some(())
        });
    }
    eventually("the session", || (chat.call("GET", "session", "").status == 200).then_some(()));
}

#[test]
fn a_reply_that_the_connector_refuses_is_retried() {
    in_each_way(|kind| {
        let chat = Chat::new();
        kind.at("connector", &chat.oid);
        chat.say("help");
        chat.expect("What I can do for you");
        // After a lost response the only option is to send again.
        assert!(chat.sent().len() <= 2, "{}: {:?}", kind.name, chat.sent());
    });
}
