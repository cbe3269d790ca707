//! Shared connections, the setting *Verify user access at runtime*, and admin-only routes.

use serde_json::{Value, json};
use workbot_e2e::{
    Browser, Chat, Company, Response, Sandbox, agent, eventually, login_link, text_of, unique, worker,
};
use workbot_shared::{
    AuditAction, ConnectionStatus, Receipt, RecipeRow, Recipes, RevocationOutcome, StepOutcome,
};

fn live_grants(username: &str) -> usize {
    Sandbox.grants(username).iter().filter(|grant| grant["revoked"].is_null()).count()
}

fn code(response: &Response) -> String {
    let error = response.json()["error"].clone();
    assert!(error["message"].as_str().is_some_and(|text| text.len() > 10), "{error}");
    assert!(error["correlation_id"].as_str().is_some_and(|id| !id.is_empty()), "{error}");
    error["code"].as_str().unwrap().to_owned()
}

/// The newest message with this text after the first `before` messages.
fn newest(chat: &Chat, before: usize, words: &str) -> Value {
    eventually(words, || chat.sent().into_iter().skip(before).find(|sent| text_of(sent).contains(words)))
}

#[test]
fn without_a_shared_connection_no_run_starts_and_the_person_is_told_whom_to_ask() {
    let company = Company::new();
    let ada = company.person();
    ada.say("find account Acme");
    ada.expect("Salesforce is not connected for your company yet");
    ada.expect("ask your Workbot admin");
    assert!(Sandbox.grants(&ada.upn).is_empty());
}

#[test]
fn the_toggle_decides_the_identity_of_the_next_command() {
    let company = Company::new();
    let account = company.connect_salesforce();
    let ada = company.person();

    // A recipe file without the setting means off.
    ada.say("find account Acme");
    let found = text_of(&ada.expect(&format!("as the shared connection ({account})")));
    assert!(found.contains("[Acme Corporation]("), "{found}");

    let row = company.verify("find-account", "salesforce", true);
    assert_eq!(row.settings.verify_user_access.values().collect::<Vec<_>>(), [&true]);
    let before = ada.sent().len();
    ada.say("find account Acme");
    let link = eventually("a login card", || ada.sent().iter().skip(before).find_map(login_link));
    Browser::new().log_in(&link, &ada.oid, &ada.upn, "allow").expect("Successfully connected");
    newest(&ada, before, &format!("as you ({})", ada.upn));

    // The list names the commands that use the connection, including those that do so in this company only.
    ada.say("personal_connections");
    let list = text_of(&ada.expect("used by "));
    assert!(list.contains("Create opportunity, Find account"), "{list}");

    company.verify("find-account", "salesforce", false);
    let before = ada.sent().len();
    ada.say("find account");
    newest(&ada, before, &format!("as the shared connection ({account})"));
}

#[test]
fn a_recipe_with_the_default_on_runs_as_the_shared_connection_when_switched_off() {
    let company = Company::new();
    let account = company.connect_salesforce();
    company.verify("create-opportunity", "salesforce", false);
    let ada = company.person();
    let name = ada.create_opportunity();
    ada.expect(&format!("as the shared connection ({account})"));
    assert_eq!(Sandbox.created_by(&account).len(), 1);
    let before = ada.sent().len();
    company.verify("create-opportunity", "salesforce", true);
    ada.create_opportunity();
    newest(&ada, before, "Salesforce: login needed");
    assert!(!name.is_empty());
}

#[test]
fn a_write_by_a_shared_connection_is_in_the_audit_with_its_person() {
    let company = Company::new();
    company.connect_salesforce();
    company.verify("create-opportunity", "salesforce", false);
    let ada = company.person();
    let name = ada.create_opportunity();
    ada.expect("as the shared connection (");
    let write = company.audit(3).remove(0);
    assert_eq!((write.act, write.outcome), (AuditAction::SharedWrite, Some(StepOutcome::Done)));
    assert_eq!((write.by.as_str(), write.by_name.as_str()), (&*ada.oid, "Test Person"));
    let of = (write.app.map(|app| app.to_string()), write.recipe.map(|recipe| recipe.to_string()));
    assert_eq!(of, (Some("salesforce".to_owned()), Some("create-opportunity".to_owned())));
    assert!(write.link.is_some_and(|link| link.starts_with("http")));

    // The app has done it, and its response is lost.
    let lost = unique("Lost ");
    Sandbox.fault(&json!({"where": "salesforce.rest", "match": lost, "status": 500, "times": 1}));
    ada.say(&format!("create opportunity name: {lost} amount: 1 close_date: 2026-12-31"));
    ada.expect("may or may not");
    let unsure = company.audit(4).remove(0);
    assert_eq!((unsure.outcome, unsure.link), (Some(StepOutcome::Unknown), None));

    // Neither a read nor a write as the person.
    ada.say("find account Acme");
    ada.expect("[Acme Corporation](");
    company.verify("create-opportunity", "salesforce", true);
    ada.connect();
    let table = company.call("GET", "audit?format=csv", "").body;
    assert_eq!(table.matches(",shared_write,salesforce,create-opportunity,").count(), 2, "{table}");
    assert!(!table.contains(&name) && !table.contains(&lost), "no inputs: {table}");
}

#[test]
fn a_disabled_command_does_not_run() {
    let company = Company::new();
    company.connect_salesforce();
    company.call("PUT", "recipes/find-account/settings", r#"{"enabled":false}"#);
    let ada = company.person();
    ada.say("find account Acme");
    ada.expect("is switched off here");
    company.call("PUT", "recipes/find-account/settings", r#"{"enabled":true}"#);
    ada.say("find account Acme");
    ada.expect("as the shared connection (");
}

#[test]
fn recipes_are_listed_with_settings_and_a_toggle_without_oauth_is_refused_with_a_reason() {
    let company = Company::new();
    let recipes: Recipes = serde_json::from_str(&company.call("GET", "recipes", "").body).unwrap();
    let find = |id: &str| -> RecipeRow {
        recipes.recipes.iter().find(|row| row.id.as_str() == id).cloned().expect("a row")
    };
    let verified = |row: &RecipeRow| row.settings.verify_user_access.values().all(|on| *on);
    assert!(verified(&find("create-opportunity")) && !verified(&find("find-account")));
    let freshdesk = &find("create-ticket").apps[0];
    assert!(
        !freshdesk.oauth2 && freshdesk.reason.as_ref().unwrap().contains("one key for the whole company")
    );

    let put = |recipe: &str, body: &str| {
        company.admin.call_as_admin("PUT", &format!("admin/recipes/{recipe}/settings"), body)
    };
    let refused = put("create-ticket", r#"{"verify_user_access":{"freshdesk":true}}"#);
    assert_eq!((refused.status, code(&refused).as_str()), (400, "unsupported"));
    assert!(refused.body.contains("one key for the whole company"));
    for (recipe, body, status) in [
        ("find-account", r#"{"verify_user_access":{"freshdesk":true}}"#, 400),
        ("find-account", r#"{"verify_user_acess":{}}"#, 400),
        ("find-account", r#"{"enabled":"yes"}"#, 400),
        ("find-account", "", 400),
        ("nothing", "{}", 404),
    ] {
        let response = put(recipe, body);
        assert_eq!(response.status, status, "{recipe} {body}: {}", response.body);
        code(&response);
    }
    let after: Recipes = serde_json::from_str(&company.call("GET", "recipes", "").body).unwrap();
    assert_eq!(after, recipes, "nothing was changed");
    assert!(company.audit(0).is_empty());
}

#[test]
fn an_app_with_an_api_key_is_connected_by_it_and_runs_as_the_company() {
    let company = Company::new();
    let ada = company.person();
    let ticket = || {
        let subject = unique("Printer ");
        ada.say(&format!("create ticket subject: {subject} email: {} description: It hums", ada.upn));
        subject
    };
    ticket();
    ada.expect("Freshdesk is not connected for your company yet");

    let put = |body: &str| company.admin.call_as_admin("PUT", "admin/shared/freshdesk", body);
    let wrong = put(r#"{"api_key":"wrong"}"#);
    assert_eq!(wrong.status, 400, "{}", wrong.body);
    assert!(wrong.body.contains("Freshdesk did not accept this"), "{}", wrong.body);
    for body in ["", "{}", r#"{"api_key":" "}"#, r#"{"user":"u","password":"p"}"#, r#"{"api_key":"k","x":1}"#]
    {
        assert_eq!(put(body).status, 400, "{body}");
    }
    let by_login = company.admin.call_as_admin("POST", "admin/shared/freshdesk/login", "");
    assert_eq!((by_login.status, code(&by_login).as_str()), (400, "unsupported"));
    let by_key = company.admin.call_as_admin("PUT", "admin/shared/salesforce", r#"{"api_key":"k"}"#);
    assert_eq!((by_key.status, code(&by_key).as_str()), (400, "unsupported"));
    assert_eq!(company.shared("freshdesk").status, ConnectionStatus::NotConnected);

    let key = unique("key-");
    Sandbox.post("freshdesk/keys", &json!({"key": key, "email": "desk@contoso.com"}));
    let set = put(&json!({"api_key": key}).to_string());
    assert_eq!((set.status, set.json()["account"].as_str()), (200, Some("desk@contoso.com")));
    let subject = ticket();
    let reply = text_of(&ada.expect(&format!("Created ticket [{subject}]")));
    assert!(reply.contains("as the shared connection (desk@contoso.com)"), "{reply}");

    // The key is revoked at the app: the company needs another one, and the person is told.
    Sandbox.post("freshdesk/revoke-key", &json!({"key": key}));
    let before = ada.sent().len();
    ticket();
    newest(&ada, before, "Freshdesk is not connected for your company yet");
    assert_eq!(company.shared("freshdesk").status, ConnectionStatus::NeedsLogin);

    let gone: Receipt =
        serde_json::from_str(&company.call("DELETE", "shared/freshdesk", "").body).expect("a receipt");
    assert_eq!(gone.status, ConnectionStatus::NotConnected);
    let acts: Vec<_> = company.audit(3).into_iter().map(|entry| entry.act).collect();
    assert_eq!(acts, [AuditAction::SharedDeleted, AuditAction::SharedWrite, AuditAction::SharedConnected]);
    assert!(!workbot_e2e::worker_log().contains(&key), "a key is in no log line");
}

#[test]
fn the_receipt_of_an_api_key_says_where_to_change_it() {
    let company = Company::new();
    let key = unique("key-");
    Sandbox.post("freshdesk/keys", &json!({"key": key, "email": "desk@contoso.com"}));
    company.call("PUT", "shared/freshdesk", &json!({"api_key": key}).to_string());
    let receipt: Receipt =
        serde_json::from_str(&company.call("POST", "shared/freshdesk/disconnect", "").body).unwrap();
    assert_eq!(receipt.outcome, RevocationOutcome::Unsupported);
    assert!(receipt.message.contains("no revocation") && receipt.link.is_some(), "{receipt:?}");
    let again: Receipt =
        serde_json::from_str(&company.call("POST", "shared/freshdesk/disconnect", "").body).unwrap();
    assert_eq!(again.outcome, RevocationOutcome::NothingToDo);
}

#[test]
fn disconnecting_the_shared_connection_revokes_it_and_stops_every_command_that_uses_it() {
    let company = Company::new();
    let account = company.connect_salesforce();
    assert_eq!(company.shared("salesforce").account.as_deref(), Some(account.as_str()));
    let receipt: Receipt =
        serde_json::from_str(&company.call("POST", "shared/salesforce/disconnect", "").body).unwrap();
    assert_eq!(
        (receipt.outcome, receipt.status),
        (RevocationOutcome::Revoked, ConnectionStatus::Disconnected)
    );
    assert_eq!(live_grants(&account), 0);
    let ada = company.person();
    ada.say("find account Acme");
    ada.expect("Salesforce is not connected for your company yet");

    company.connect_salesforce();
    company.call("DELETE", "shared/salesforce", "");
    assert_eq!(company.shared("salesforce").status, ConnectionStatus::NotConnected);
    let acts: Vec<_> = company.audit(4).into_iter().map(|entry| entry.act).collect();
    use AuditAction::{SharedConnected, SharedDeleted, SharedDisconnected};
    assert_eq!(acts, [SharedDeleted, SharedConnected, SharedDisconnected, SharedConnected]);
}

#[test]
fn the_shared_connection_is_refreshed_for_everyone_and_a_revoked_grant_is_reported() {
    let company = Company::new();
    let account = company.connect_salesforce();
    let (ada, bob) = (company.person(), company.person());
    Sandbox.post("salesforce/expire-access-tokens", &json!({"username": account}));
    ada.say("find account Acme");
    bob.say("find account Acme");
    ada.expect("as the shared connection (");
    bob.expect("as the shared connection (");
    assert_eq!(Sandbox.grants(&account)[0]["refreshes"], json!(1));

    Sandbox.post("salesforce/revoke-grants", &json!({"username": account}));
    ada.say("find account Acme");
    ada.expect("Salesforce is not connected for your company yet");
    let row = company.shared("salesforce");
    assert_eq!((row.status, row.reason.as_deref()), (ConnectionStatus::NeedsLogin, Some("grant_gone")));
}

/// More commands than runs that may begin at once (`vault/src/run_semaphore.rs`): each object of the process
/// is woken in a request of its own.
#[test]
fn a_hundred_commands_at_once_wait_for_one_refresh_and_are_all_served() {
    let company = Company::new();
    let account = company.connect_salesforce();
    let people: Vec<_> = (0..100).map(|_| company.person()).collect();
    Sandbox.post("salesforce/expire-access-tokens", &json!({"username": account}));
    std::thread::scope(|scope| {
        for person in &people {
            // Teams delivers an activity again that the worker did not take in.
            let activity = person.activity(&json!({"text": "find account Acme"}));
            scope.spawn(move || {
                eventually("a turn", || (person.deliver(&activity).status == 200).then_some(()));
            });
        }
    });
    for person in &people {
        person.expect(&format!("as the shared connection ({account})"));
    }
    assert_eq!(Sandbox.grants(&account)[0]["refreshes"], json!(1));
}

#[test]
fn a_shared_login_requires_the_admin_who_started_it() {
    let company = Company::new();
    let (link, bob) = (company.shared_link("salesforce"), company.person());
    // Forwarded to another person.
    let mut browser = Browser::new();
    browser.log_in(&link, &bob.oid, &bob.upn, "allow").expect("This link was made for someone else");
    assert!(!browser.was_at_salesforce());
    // Its admin, who is no longer an admin.
    let admin = &company.admin;
    let person = |roles: &[&str]| {
        let body = json!({"tid": company.tenant, "oid": admin.oid, "name": "Megan", "upn": admin.upn, "roles": roles});
        Sandbox.post("persons", &body);
    };
    person(&[]);
    let mut browser = Browser::new();
    browser.log_in(&link, &admin.oid, &admin.upn, "allow").expect("Only an admin can connect this");
    assert!(!browser.was_at_salesforce());
    person(&["Workbot.Admin"]);
    let page = Browser::new().log_in(&link, &admin.oid, &admin.upn, "allow").expect("for your company");
    assert!(page.says("Successfully connected"));
    Browser::new().go(&link).expect("Already connected");
    // It is the company's connection, not the admin's own.
    assert_eq!(admin.status("salesforce"), "not_connected");
}

#[test]
fn a_private_connection_must_belong_to_the_shared_connections_instance() {
    let company = Company::new();
    company.connect_salesforce();
    let stranger = unique("stranger-") + "@fabrikam.com";
    Sandbox.post("salesforce/users", &json!({"username": stranger, "org": "00Dxx0000002fAbEAI"}));
    let ada = company.person();
    ada.create_opportunity();
    let link = ada.expect_link();
    let page = Browser::new().log_in(&link, &ada.oid, &stranger, "allow");
    page.expect("This account belongs to another company");
    eventually("the grant's revocation", || (live_grants(&stranger) == 0).then_some(()));
    Browser::new().log_in(&link, &ada.oid, &ada.upn, "allow").expect("Successfully connected");
    ada.expect("as you (");
}

#[test]
fn admin_routes_are_refused_without_the_admin_role() {
    let company = Company::new();
    let ada = company.person();
    for (method, path) in [
        ("GET", "admin/recipes"),
        ("PUT", "admin/recipes/find-account/settings"),
        ("GET", "admin/shared"),
        ("POST", "admin/shared/salesforce/login"),
        ("PUT", "admin/shared/freshdesk"),
        ("POST", "admin/shared/salesforce/disconnect"),
        ("DELETE", "admin/shared/salesforce"),
        ("GET", "admin/audit"),
    ] {
        let refused = ada.call(method, path, "");
        assert_eq!((refused.status, code(&refused).as_str()), (403, "forbidden"), "{method} {path}");
        let url = format!("{}/api/{path}", worker());
        let stranger = match method {
            "GET" => agent().get(url).call(),
            "DELETE" => agent().delete(url).call(),
            "PUT" => agent().put(url).send("{}"),
            _ => agent().post(url).send(""),
        };
        assert_eq!(Response::read(stranger.expect("the worker")).status, 401, "{method} {path}");
    }
    assert_eq!(company.admin.call_as_admin("POST", "admin/recipes", "").status, 405);
    assert_eq!(company.admin.call_as_admin("GET", "admin/audit?limit=many", "").status, 400);
}

#[test]
fn the_audit_is_paged_newest_first() {
    let company = Company::new();
    company.verify("find-account", "salesforce", true);
    company.connect_salesforce();
    let entries = company.audit(2);
    assert_eq!(entries[0].act, AuditAction::SharedConnected);
    assert_eq!(entries[0].by_name, "Megan Admin");
    assert!(entries[0].detail.contains("@contoso.com"));
    assert_eq!(entries[1].detail, "verify user access in Salesforce: on");
    assert_eq!(entries[1].by.as_str(), company.admin.oid);
    let first = company.call("GET", "audit?limit=1", "").json();
    let cursor = first["next_cursor"].as_str().expect("a cursor");
    let second = company.call("GET", &format!("audit?limit=1&cursor={cursor}"), "").json();
    assert_eq!(second["entries"][0]["act"], json!("recipe_settings_changed"));
}

#[test]
fn a_revocation_is_sent_once_an_unavailable_app_is_back() {
    let company = Company::new();
    let account = company.connect_salesforce();
    Sandbox.fault(&json!({"where": "salesforce.revoke", "match": account, "status": 503, "times": 1}));
    let receipt: Receipt =
        serde_json::from_str(&company.call("DELETE", "shared/salesforce", "").body).unwrap();
    assert_eq!(receipt.outcome, RevocationOutcome::Retrying);
    assert!(receipt.message.contains("could not be reached: retrying"), "{}", receipt.message);
    eventually("the grant's revocation", || (live_grants(&account) == 0).then_some(()));
    // Unusable here at once, whatever the app still accepts.
    let ada = company.person();
    ada.say("find account Acme");
    ada.expect("Salesforce is not connected for your company yet");
}
