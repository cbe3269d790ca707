//! The admins' view across people: connections, a leaver's disconnect, frozen apps.

use serde_json::json;
use workbot_e2e::{Chat, Company, Response, Sandbox, agent, eventually, text_of, worker};
use workbot_shared::{
    Apps, AuditAction, ConnectionStatus, PersonConnection, PersonConnections, Receipt, Receipts,
    RevocationOutcome,
};

fn code(response: &Response) -> String {
    response.json()["error"]["code"].as_str().unwrap_or_default().to_owned()
}

fn page(company: &Company, query: &str) -> PersonConnections {
    let response = company.call("GET", &format!("connections{query}"), "");
    serde_json::from_str(&response.body).expect("connections")
}

/// Waits for this number of rows, because the directory may lag.
fn rows(company: &Company, query: &str, count: usize) -> Vec<PersonConnection> {
    eventually(&format!("{count} rows for {query:?}"), || {
        Some(page(company, query).connections).filter(|rows| rows.len() == count)
    })
}

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// A person of this name who has connected Salesforce from their tab.
fn connected(company: &Company, name: &str) -> Chat {
    let chat = company.person();
    Sandbox.person(&company.tenant, &chat.oid, name, &chat.upn);
    chat.connect_to("salesforce");
    chat
}

fn disconnect(company: &Company, user: &str) -> Receipt {
    let response = company.call("POST", &format!("users/{user}/connections/salesforce/disconnect"), "");
    serde_json::from_str(&response.body).expect("a receipt")
}

#[test]
fn an_admin_sees_everyones_connections_without_secrets() {
    let company = Company::new();
    company.connect_salesforce();
    let (zoe, ada) = (connected(&company, "Zoe Zimmer"), connected(&company, "ada adams"));
    let all = rows(&company, "", 2);
    assert_eq!(all.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["ada adams", "Zoe Zimmer"]);
    let row = &all[1];
    assert_eq!((row.user.as_str(), row.account.as_str()), (zoe.oid.as_str(), zoe.upn.as_str()));
    assert_eq!((row.app_name.as_str(), row.status), ("Salesforce", ConnectionStatus::Connected));
    let shown = company.call("GET", "connections", "").json();
    let keys: Vec<_> = shown["connections"][0].as_object().unwrap().keys().cloned().collect();
    assert_eq!(
        keys,
        ["account", "app", "app_name", "connected_at", "last_used_at", "name", "status", "user"],
        "metadata only"
    );
    // Disconnect keeps the row, Delete removes it.
    ada.call("POST", "connections/salesforce/disconnect", "");
    eventually("the row of a disconnected app", || {
        (page(&company, "").connections[0].status == ConnectionStatus::Disconnected).then_some(())
    });
    ada.call("DELETE", "connections/salesforce", "");
    rows(&company, "", 1);
}

#[test]
fn people_are_found_by_name_account_or_app_and_wildcards_are_escaped() {
    let company = Company::new();
    let (ada, bob) = (connected(&company, "Ada Adams"), connected(&company, "Bob_Brown 100%"));
    bob.connect_to("box");
    rows(&company, "", 3);
    for (search, count) in [
        ("ada", 1),
        ("BROWN", 2),
        (&*ada.upn, 1),
        ("box", 1),
        ("salesforce", 2),
        ("%", 2),
        ("b_b", 2),
        ("x%y", 0),
        // Longer than a pattern of LIKE may be in workerd.
        (&*"%".repeat(100), 0),
    ] {
        assert_eq!(page(&company, &format!("?q={}", encoded(search))).connections.len(), count, "{search}");
    }
}

#[test]
fn everyones_connections_are_paged() {
    let company = Company::new();
    for name in ["Ada Adams", "Bob Brown"] {
        connected(&company, name).connect_to("box");
    }
    let all = rows(&company, "", 4);
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = page(&company, &format!("?limit=3{cursor}"));
        found.extend(page.connections);
        let Some(next) = page.next_cursor else { break };
        cursor = format!("&cursor={}", encoded(&next));
    }
    assert_eq!(found, all);
}

#[test]
fn an_admin_disconnects_a_leaver_and_the_audit_names_them() {
    let company = Company::new();
    let ada = connected(&company, "Ada Adams");
    // A run that waits for this connection ends and says why.
    let receipt = disconnect(&company, &ada.oid);
    assert_eq!(
        (receipt.outcome, receipt.status),
        (RevocationOutcome::Revoked, ConnectionStatus::Disconnected)
    );
    assert_eq!(receipt.account, ada.upn);
    assert_eq!(ada.status("salesforce"), "disconnected");
    assert!(Sandbox.grants(&ada.upn).iter().all(|grant| !grant["revoked"].is_null()));
    let entry = company.audit(1).remove(0);
    assert_eq!((entry.act, entry.by_name.as_str()), (AuditAction::PersonDisconnected, "Megan Admin"));
    assert_eq!(entry.user.as_ref().map(|user| user.as_str()), Some(ada.oid.as_str()));
    assert_eq!(entry.detail, format!("Ada Adams: {}", ada.upn));
    let again = disconnect(&company, &ada.oid);
    assert_eq!(again.outcome, RevocationOutcome::NothingToDo);
    assert_eq!(disconnect(&company, "nobody").outcome, RevocationOutcome::NothingToDo);
}

#[test]
fn an_admin_disconnects_all_connections_of_a_leaver_at_once() {
    let company = Company::new();
    let ada = connected(&company, "Ada Adams");
    ada.connect_to("box");
    let all = || -> Receipts {
        let response = company.call("POST", &format!("users/{}/disconnect", ada.oid), "");
        serde_json::from_str(&response.body).expect("receipts")
    };
    let receipts = all().receipts;
    let mut left: Vec<_> = receipts.iter().map(|receipt| (receipt.app.as_str(), receipt.outcome)).collect();
    left.sort_by_key(|(app, _)| *app);
    assert_eq!(left, [("box", RevocationOutcome::Revoked), ("salesforce", RevocationOutcome::Revoked)]);
    assert_eq!((ada.status("salesforce"), ada.status("box")), ("disconnected".into(), "disconnected".into()));
    let acts: Vec<_> = company.audit(3).into_iter().map(|entry| entry.act).collect();
    let count = |act| acts.iter().filter(|entry| **entry == act).count();
    assert_eq!((count(AuditAction::PersonDisconnected), count(AuditAction::PersonOffBoarded)), (2, 1));
    assert!(all().receipts.is_empty(), "safe to repeat");
}

#[test]
fn the_audit_is_exported_as_csv_without_formulas() {
    let company = Company::new();
    let ada = connected(&company, "=HYPERLINK(\"https://evil.example\",\"Ada\")");
    disconnect(&company, &ada.oid);
    // More than one page.
    for number in 0..201 {
        company.call("PUT", "apps/box", &format!("{{\"frozen\":{}}}", number % 2 == 0));
    }
    eventually("202 entries", || {
        let table = company.call("GET", "audit?format=csv", "").body;
        (table.lines().count() == 203).then_some(())
    });
    let table = company.call("GET", "audit?format=csv", "");
    assert_eq!(table.header("content-type"), Some("text/csv; charset=utf-8"));
    assert!(table.header("content-disposition").is_some_and(|value| value.contains("workbot-audit.csv")));
    assert!(
        table.body.starts_with("at,by,by_name,act,app,recipe,user,detail,outcome,link\r\n"),
        "{}",
        table.body
    );
    let whom =
        format!("person_disconnected,salesforce,,{},\"'=HYPERLINK(\"\"https://evil.example\"\"", ada.oid);
    assert_eq!(table.body.matches(&whom).count(), 1, "{}", table.body);
    assert_eq!(table.body.matches(",app_frozen,box,").count(), 101);
    assert_eq!(ada.call("GET", "admin/audit?format=csv", "").status, 403);
    assert_eq!(company.admin.call_as_admin("GET", "admin/audit?format=xls", "").status, 400);
}

#[test]
fn a_person_is_notified_in_their_language_of_an_admins_disconnect_but_not_of_their_own() {
    let company = Company::new();
    let ada = connected(&company, "Ada Adams");
    // A person without a chat gets no messages.
    ada.deliver(&ada.activity(&json!({"text": "hilfe", "locale": "de-DE"})));
    ada.expect("personal_connections");
    ada.call("POST", "connections/salesforce/disconnect", "");
    ada.connect_to("salesforce");
    disconnect(&company, &ada.oid);
    ada.expect(&format!("Ihre Verbindung zu Salesforce ({}) wurde von einem Admin", ada.upn));
    // A repetition sends nothing: the next message would come after it.
    disconnect(&company, &ada.oid);
    ada.say("status");
    ada.expect("othing is waiting");
    let notices = ada.sent().iter().filter(|sent| text_of(sent).contains("von einem Admin")).count();
    assert_eq!(notices, 1);
}

#[test]
fn an_admins_disconnect_ends_waiting_runs_with_a_reason() {
    let company = Company::new();
    let ada = connected(&company, "Ada Adams");
    ada.say("win deal opportunity: Acme folder: yes setup: no");
    ada.expect("login needed");
    disconnect(&company, &ada.oid);
    ada.expect("because your Workbot admin disconnected your Salesforce");
}

#[test]
fn a_frozen_app_is_unusable_in_the_tenant_until_it_is_unfrozen() {
    let company = Company::new();
    company.connect_salesforce();
    let ada = company.person();
    let frozen = || {
        let apps: Apps = serde_json::from_str(&company.call("GET", "apps", "").body).expect("apps");
        apps.apps.into_iter().find(|row| row.app.as_str() == "salesforce").expect("a row").frozen
    };
    assert!(!frozen());
    company.call("PUT", "apps/salesforce", r#"{"frozen":true}"#);
    assert!(frozen());
    ada.say("find account Acme");
    ada.expect("An admin has temporarily blocked");
    company.call("PUT", "apps/salesforce", r#"{"frozen":false}"#);
    assert!(!frozen());
    ada.say("find account Acme");
    ada.expect("as the shared connection (");
    let acts: Vec<_> = company.audit(3).into_iter().map(|entry| entry.act).collect();
    assert_eq!(acts, [AuditAction::AppUnfrozen, AuditAction::AppFrozen, AuditAction::SharedConnected]);
}

#[test]
fn an_admin_cannot_reach_another_tenant() {
    let (ours, theirs) = (Company::new(), Company::new());
    let ada = connected(&theirs, "Ada Adams");
    assert_eq!(disconnect(&ours, &ada.oid).outcome, RevocationOutcome::NothingToDo);
    assert_eq!(ada.status("salesforce"), "connected");
    assert!(page(&ours, "").connections.is_empty());
}

#[test]
fn the_admin_routes_require_the_admin_role_and_a_known_path() {
    let company = Company::new();
    let ada = company.person();
    let leaver = "admin/users/someone/connections/salesforce/disconnect";
    for (method, path) in [
        ("GET", "admin/connections"),
        ("POST", leaver),
        ("POST", "admin/users/someone/disconnect"),
        ("GET", "admin/audit?format=csv"),
        ("GET", "admin/apps"),
        ("PUT", "admin/apps/salesforce"),
    ] {
        let refused = ada.call(method, path, r#"{"frozen":true}"#);
        assert_eq!((refused.status, code(&refused).as_str()), (403, "forbidden"), "{method} {path}");
        let url = format!("{}/api/{path}", worker());
        let stranger = match method {
            "GET" => agent().get(url).call(),
            "PUT" => agent().put(url).send("{}"),
            _ => agent().post(url).send(""),
        };
        assert_eq!(Response::read(stranger.expect("the worker")).status, 401, "{method} {path}");
    }
    let call = |method: &str, path: &str, body: &str| {
        company.admin.call_as_admin(method, &format!("admin/{path}"), body).status
    };
    let long = "x".repeat(200);
    for (method, path, body, status) in [
        ("GET", "connections?cursor=nonsense", "", 400),
        ("GET", &*format!("connections?q={long}"), "", 400),
        ("POST", "connections", "", 405),
        ("POST", "users/someone/connections/nothing/disconnect", "", 404),
        ("POST", "users/a%20b/connections/salesforce/disconnect", "", 404),
        ("DELETE", "users/someone/connections/salesforce", "", 404),
        ("GET", "users/someone/disconnect", "", 405),
        ("PUT", "apps/nothing", r#"{"frozen":true}"#, 404),
        ("PUT", "apps/salesforce", "", 400),
        ("PUT", "apps/salesforce", r#"{"frozen":"yes"}"#, 400),
        ("DELETE", "apps", "", 405),
    ] {
        assert_eq!(call(method, path, body), status, "{method} {path} {body}");
    }
    assert!(company.audit(0).is_empty(), "nothing was done");
}
