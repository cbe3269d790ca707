//! What a freeze, a disconnect and an off-boarding end, including operations under way, and what they leave
//! unchanged.

use serde_json::{Value, json};
use workbot_e2e::{Browser, Chat, Company, Sandbox, eventually, login_link, unique};
use workbot_shared::AuditAction;

/// The data of a posted form, filled in.
fn filled(chat: &Chat, inputs: &Value) -> Value {
    let form = chat.expect("needs a little more")["activity"]["attachments"][0]["content"].clone();
    let mut data = form["actions"][0]["data"].clone();
    data.as_object_mut().unwrap().extend(inputs.as_object().unwrap().clone());
    data
}

#[test]
fn a_freeze_ends_no_connection_and_a_frozen_app_gets_no_request() {
    let company = Company::new();
    let freeze = |frozen: bool| company.call("PUT", "apps/box", &json!({"frozen": frozen}).to_string());
    let (ada, bob) = (company.person(), company.person());
    let account = unique("integration-") + "@contoso.com";
    Sandbox.post("box/users", &json!({"username": account}));
    for username in [&account, &bob.upn] {
        // An access token that always expires soon, so that each use refreshes it.
        Sandbox.post("box/oauth", &json!({"username": username, "access_token_seconds": 60}));
    }
    company.connect("box", &account);
    bob.connect_to("box");
    // Both wait for their person, and have read the settings before the freeze.
    company.verify("create-folder", "box", false);
    ada.say("create folder");
    let by_company = filled(&ada, &json!({"name": unique("Frozen ")}));
    company.verify("create-folder", "box", true);
    bob.say("create folder");
    let by_person = filled(&bob, &json!({"name": unique("Frozen ")}));
    let sent = |username: &str| Sandbox.grants_at("box", username).remove(0)["refresh_tokens_sent"].clone();
    let before = [&account, &bob.upn].map(|username| sent(username));
    freeze(true);
    for (chat, data) in [(&ada, &by_company), (&bob, &by_person)] {
        chat.press("recipe.submit", data);
        chat.expect("An admin has temporarily blocked Box");
    }
    assert_eq!([&account, &bob.upn].map(|username| sent(username)), before);
    for username in [&account, &bob.upn] {
        let grant = Sandbox.grants_at("box", username).remove(0);
        assert_eq!(grant["revoked"], Value::Null, "{grant}");
    }
    freeze(false);
    bob.say(&format!("create folder name: {}", unique("Thawed ")));
    bob.expect("as you (");
    company.verify("create-folder", "box", false);
    ada.say(&format!("create folder name: {}", unique("Thawed ")));
    ada.expect(&format!("as the shared connection ({account})"));
}

/// Nothing is stored, and the grant is revoked.
fn nothing_is_left(chat: &Chat) {
    assert_eq!(chat.status("salesforce"), "not_connected");
    eventually("the revocation", || (Sandbox.live_grants("salesforce", &chat.upn) == 0).then_some(()));
}

#[test]
fn an_off_boarded_person_cannot_finish_a_login_under_way() {
    let company = Company::new();
    let leaver = company.person();
    let (unopened, opened) = (leaver.tab_login_link("salesforce"), leaver.tab_login_link("salesforce"));
    let (mut browser, back) = leaver.log_in_until_callback(&opened);
    let response = company.call("POST", &format!("users/{}/disconnect", leaver.oid), "");
    assert_eq!(response.json()["receipts"], json!([]), "there was no connection: {}", response.body);
    let page = browser.go(&back);
    assert!(!page.says("Successfully connected"), "{}", page.response.body);
    let page = Browser::new().log_in(&unopened, &leaver.oid, &leaver.upn, "allow");
    page.expect("This link has expired");
    nothing_is_left(&leaver);
}

#[test]
fn a_disconnect_of_the_shared_connection_ends_logins_under_way() {
    let company = Company::new();
    company.connect_salesforce();
    let (mut browser, back) = company.admin.log_in_until_callback(&company.shared_link("salesforce"));
    company.call("POST", "shared/salesforce/disconnect", "");
    browser.go(&back).expect("This link has expired");
    let status = serde_json::to_value(company.shared("salesforce").status).expect("a word");
    assert_eq!(status, json!("disconnected"));
    eventually("the revocation", || {
        (Sandbox.live_grants("salesforce", &company.admin.upn) == 0).then_some(())
    });
    // A login that starts after the disconnect is valid.
    company.connect_salesforce();
}

#[test]
fn a_disconnect_ends_a_waiting_run_with_a_message() {
    let chat = Chat::new();
    chat.connect();
    Sandbox.post("salesforce/revoke-grants", &json!({"username": chat.upn}));
    let before = chat.sent().len();
    chat.create_opportunity();
    let link = eventually("a login card", || chat.sent().iter().skip(before).find_map(login_link));
    chat.call("POST", "connections/salesforce/disconnect", "").receipt();
    chat.expect("was cancelled, because you disconnected Salesforce");
    Browser::new().go(&link).expect("This link has expired");
    assert_eq!(Sandbox.created_by(&chat.upn).len(), 1);
}

#[test]
fn a_frozen_app_is_unusable_until_it_is_unfrozen() {
    let company = Company::new();
    company.connect_salesforce();
    let ada = company.person();
    ada.connect();
    let freeze = |frozen: bool| {
        let response = company.call("PUT", "apps/salesforce", &json!({"frozen": frozen}).to_string());
        assert_eq!(response.json(), json!({"frozen": frozen}));
    };
    let bob = company.person();
    bob.create_opportunity();
    let link = bob.expect_link();
    freeze(true);
    // As the person, as the company, and at the login.
    ada.create_opportunity();
    ada.expect("An admin has temporarily blocked Salesforce");
    bob.say("find account Acme");
    bob.expect("An admin has temporarily blocked Salesforce");
    let page = Browser::new().log_in(&link, &bob.oid, &bob.upn, "allow");
    assert_eq!(page.expect("Salesforce is temporarily blocked here").status, 503);
    assert!(Sandbox.grants(&bob.upn).is_empty() || Sandbox.live_grants("salesforce", &bob.upn) == 0);
    assert_eq!(Sandbox.created_by(&ada.upn).len(), 1);

    freeze(false);
    let name = ada.create_opportunity();
    ada.expect(&format!("Created [{name}]"));
    let acts: Vec<_> = company.audit(3).into_iter().map(|entry| entry.act).collect();
    assert_eq!(acts, [AuditAction::AppUnfrozen, AuditAction::AppFrozen, AuditAction::SharedConnected]);
    for (path, body, status) in [
        ("apps/nothing", r#"{"frozen":true}"#, 404),
        ("apps/salesforce", "{}", 400),
        ("apps/salesforce", "", 400),
    ] {
        assert_eq!(company.admin.call_as_admin("PUT", &format!("admin/{path}"), body).status, status);
    }
    assert_eq!(ada.call("PUT", "admin/apps/salesforce", r#"{"frozen":true}"#).status, 403);
}

#[test]
fn a_waiting_run_ends_if_its_app_was_frozen_meanwhile() {
    let company = Company::new();
    let ada = company.person();
    ada.connect();
    // Settings are not cached between commands: the next one sees the change.
    company.call("PUT", "apps/salesforce", r#"{"frozen":true}"#);
    ada.create_opportunity();
    ada.expect("An admin has temporarily blocked Salesforce");
    assert_eq!(Sandbox.created_by(&ada.upn).len(), 1);
}
