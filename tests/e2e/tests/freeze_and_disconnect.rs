//! What a freeze, a disconnect and an off-boarding end, including operations under way, and what they leave
//! unchanged.

use serde_json::{Value, json};
use workbot_e2e::{Browser, Chat, Company, Response, Sandbox, eventually, login_link, unique, worker};
use workbot_shared::{AppId, AuditAction, Receipt, RevocationOutcome};

fn live(app: &str, account: &str) -> usize {
    Sandbox.grants_at(app, account).iter().filter(|grant| grant["revoked"].is_null()).count()
}

fn receipt(response: &Response) -> Receipt {
    serde_json::from_str(&response.body).unwrap_or_else(|_| panic!("no receipt: {}", response.body))
}

fn link(chat: &Chat, app: &str) -> String {
    let response = chat.call("POST", &format!("connections/{app}/login"), "");
    response.json()["url"].as_str().expect("a link").to_owned()
}

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
    eventually("the revocation", || (live("salesforce", &chat.upn) == 0).then_some(()));
}

/// A browser of this person that has been redirected from an app, before the callback.
fn about_to_return(chat: &Chat, link: &str) -> (Browser, String) {
    let mut browser = Browser::new();
    let callback = format!("{}/oauth/callback", worker());
    let page = browser.log_in_until(link, &chat.oid, &chat.upn, "allow", &callback);
    assert!(page.url.starts_with(&callback), "{}", page.url);
    (browser, page.url)
}

#[test]
fn an_off_boarded_person_cannot_finish_a_login_under_way() {
    let company = Company::new();
    let leaver = company.person();
    let (unopened, opened) = (link(&leaver, "salesforce"), link(&leaver, "salesforce"));
    let (mut browser, back) = about_to_return(&leaver, &opened);
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
    let (mut browser, back) = about_to_return(&company.admin, &company.shared_link("salesforce"));
    company.call("POST", "shared/salesforce/disconnect", "");
    browser.go(&back).expect("This link has expired");
    let status = serde_json::to_value(company.shared("salesforce").status).expect("a word");
    assert_eq!(status, json!("disconnected"));
    eventually("the revocation", || (live("salesforce", &company.admin.upn) == 0).then_some(()));
    // A login that starts after the disconnect is valid.
    company.connect_salesforce();
}

const INCIDENT: &str = "create incident description: ";

/// Whether a command of this person still runs without a login.
fn still_works(chat: &Chat) {
    let before = chat.successes();
    chat.say(&format!("{INCIDENT}{}", unique("Still ")));
    eventually("the reply", || (chat.successes() == before + 1).then_some(()));
    assert_eq!(chat.status("servicenow"), "connected");
    assert!(live("servicenow", &chat.upn) >= 1);
}

/// The second login with one account fails at a step. At an app where a revocation ends every grant of an
/// account, the first login stays valid.
#[test]
fn a_discarded_login_keeps_the_connection_with_the_same_account() {
    let ada = Chat::connected_to("servicenow", "none", INCIDENT);
    let again = link(&ada, "servicenow");
    Sandbox.fault(&json!({"where": "servicenow.rest", "match": ada.upn, "times": 1, "status": 500}));
    let page = Browser::new().log_in(&again, &ada.oid, &ada.upn, "allow");
    page.expect("could not be reached");
    still_works(&ada);

    // One link, finished in two tabs.
    let link = link(&ada, "servicenow");
    let (mut first, mut second) = (about_to_return(&ada, &link), about_to_return(&ada, &link));
    first.0.go(&first.1).expect("Successfully connected");
    second.0.go(&second.1).expect("Already connected");
    still_works(&ada);
}

#[test]
fn an_account_in_use_by_another_tenant_is_not_revoked() {
    let (one, other) = (Company::new(), Company::new());
    let account = one.share("servicenow");
    other.connect("servicenow", &account);
    let directory = AppId::parse("servicenow").expect("an id");
    let left = receipt(&one.call("POST", "shared/servicenow/disconnect", ""));
    assert_eq!((left.app, left.outcome), (directory, RevocationOutcome::KeptForOther));
    other.call("PUT", "recipes/create-incident/settings", r#"{"verify_user_access":{"servicenow":false}}"#);
    let bob = other.person();
    bob.say(&format!("{INCIDENT}It hums"));
    bob.expect(&format!("as the shared connection ({account})"));
    let last = receipt(&other.call("POST", "shared/servicenow/disconnect", ""));
    assert_eq!(last.outcome, RevocationOutcome::Revoked, "{last:?}");
}

#[test]
fn a_disconnect_ends_a_waiting_run_with_a_message() {
    let chat = Chat::new();
    chat.connect();
    Sandbox.post("salesforce/revoke-grants", &json!({"username": chat.upn}));
    let before = chat.sent().len();
    chat.create_opportunity();
    let link = eventually("a login card", || chat.sent().iter().skip(before).find_map(login_link));
    receipt(&chat.call("POST", "connections/salesforce/disconnect", ""));
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
    assert!(Sandbox.grants(&bob.upn).is_empty() || live("salesforce", &bob.upn) == 0);
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

#[test]
fn a_grant_wide_revocation_is_not_sent_while_another_connection_uses_the_account() {
    let company = Company::new();
    let ada = company.person();
    company.connect("servicenow", &ada.upn);
    ada.say("create incident It hums");
    Browser::new().log_in(&ada.expect_link(), &ada.oid, &ada.upn, "allow").expect("Successfully connected");
    ada.expect("as you (");
    let own = receipt(&ada.call("POST", "connections/servicenow/disconnect", ""));
    assert_eq!(own.outcome, RevocationOutcome::KeptForOther, "{own:?}");
    assert!(own.message.contains("Another connection uses the same"), "{own:?}");
    // The company's connection still works, and its disconnect ends the account's grants.
    company.call("PUT", "recipes/create-incident/settings", r#"{"verify_user_access":{"servicenow":false}}"#);
    ada.say("create incident It still hums");
    ada.expect("as the shared connection (");
    let shared = receipt(&company.call("POST", "shared/servicenow/disconnect", ""));
    assert_eq!(shared.outcome, RevocationOutcome::Revoked, "{shared:?}");
}
