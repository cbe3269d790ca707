//! The effects of master keys and time on a company's workspace.

use serde_json::{Value, json};
use std::time::Duration;
use workbot_e2e::{Company, Sandbox, agent, eventually, kill, start, worker};
use workbot_shared::AuditAction;

use super::stored::{databases, with_stored};
use super::{master_keys, wake, with_master_keys};

/// Executes a statement in every workspace that has a connection of this account. The worker must be stopped.
fn in_workspace(account: &str, statement: &str) {
    const SCRIPT: &str = r#"
const { DatabaseSync } = require("node:sqlite");
const [account, statement, ...files] = process.argv.slice(1);
let found = 0;
for (const file of files) {
  const workspace = new DatabaseSync(file);
  workspace.exec("PRAGMA busy_timeout = 20000");
  const has = (table) => workspace.prepare("SELECT 1 FROM sqlite_master WHERE name = ?").get(table);
  if (has("directory") && workspace.prepare("SELECT 1 FROM directory WHERE account = ?").get(account)) {
    workspace.exec(statement);
    found += 1;
  }
  workspace.close();
}
if (found !== 1) throw new Error(`${found} workspaces were found`);
"#;
    with_stored(SCRIPT, &[account, statement], &databases("do", "-Workspace")).expect("a changed workspace");
}

/// Triggers the hourly maintenance.
fn an_hour_passes() {
    agent().get(format!("{}/cdn-cgi/handler/scheduled", worker())).call().expect("the hourly work");
}

#[test]
#[ignore = "restarts the worker"]
fn one_walk_visits_every_owner_of_a_retired_key_and_a_pending_revocation_keeps_its_key() {
    let before = master_keys();
    let old = before.split(':').next().expect("a kid").to_owned();
    let company = Company::new();
    let (ada, bob) = (company.person(), company.person());
    ada.connect_to("salesforce");
    bob.connect_to("salesforce");
    // Bob is disconnected while the app is unavailable: the tokens of his revocation stay sealed under the
    // old key.
    Sandbox.fault(&json!({"where": "salesforce.revoke", "match": bob.upn, "status": 503, "times": 1000}));
    let receipt = bob.call("DELETE", "connections/salesforce", "").json();
    assert_eq!(receipt["outcome"], "retrying", "{receipt}");
    eventually("the directory without Bob", || {
        let rows = company.call("GET", "connections", "").json()["connections"].clone();
        (rows.as_array().map(Vec::len) == Some(1)).then_some(())
    });

    // Three pages of owners whose rows never change come before Ada and Bob.
    kill();
    in_workspace(
        &ada.upn,
        &format!(
            "INSERT INTO directory (rowid, owner, app, account, account_id, status, connected_at, kid)
             WITH RECURSIVE owners (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM owners WHERE n < 60)
             SELECT -n, json_object('user', printf('0-%03d', n)), 'box', 'x', 'x', 'connected', 0, '{old}' FROM owners"
        ),
    );
    with_master_keys(&format!("walk:QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8,{before}"));
    let of_old = || {
        let keys = company.call("GET", "keys", "").json()["retired_in_use"].clone();
        let list = keys.as_array().cloned().unwrap_or_default();
        list.into_iter().find(|key| key["kid"] == json!(old)).unwrap_or(Value::Null)
    };
    let expected = |connections: u64, revocations: u64| json!({"kid": old, "connections": connections, "revocations": revocations, "configured": true});
    assert_eq!(of_old(), expected(61, 1));
    an_hour_passes();
    eventually("the end of the walk", || (of_old() == expected(60, 0)).then_some(()));

    // The revocation succeeds even without the old key.
    Sandbox.clear_faults();
    kill();
    in_workspace(&ada.upn, "DELETE FROM directory WHERE account = 'x'");
    with_master_keys("walk:QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8");
    assert_eq!(of_old(), Value::Null);
    wake(&bob);
    eventually("the revocation", || {
        Sandbox.grants(&bob.upn).iter().all(|grant| !grant["revoked"].is_null()).then_some(())
    });
    assert_eq!(ada.status("salesforce"), "connected");
    with_master_keys(&format!("{before},walk:QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8"));
}

#[test]
#[ignore = "restarts the worker"]
fn the_audit_keeps_writes_for_ninety_days_and_admin_acts_forever() {
    let company = Company::new();
    let account = company.connect_salesforce();
    company.verify("create-opportunity", "salesforce", false);
    let ada = company.person();
    ada.create_opportunity();
    let acts = |count| company.audit(count).into_iter().map(|entry| entry.act).collect::<Vec<_>>();
    let [connected, changed] = [AuditAction::SharedConnected, AuditAction::RecipeSettingsChanged];
    assert_eq!(acts(3), [AuditAction::SharedWrite, changed, connected]);
    ada.ended();

    let days = |count: u64| Duration::from_secs(count * 24 * 3600).as_millis();
    let pass = |count| format!("UPDATE audit SET keep_until = keep_until - {}", days(count));
    kill();
    in_workspace(&account, &pass(89));
    start();
    an_hour_passes();
    assert_eq!(acts(3), [AuditAction::SharedWrite, changed, connected]);
    kill();
    in_workspace(&account, &pass(2));
    start();
    an_hour_passes();
    assert_eq!(acts(2), [changed, connected]);

    // The newest entries are shown first, however many there were.
    kill();
    in_workspace(&account, "UPDATE sqlite_sequence SET seq = 3000000000 WHERE name = 'audit'");
    start();
    company.verify("create-opportunity", "salesforce", true);
    assert_eq!(acts(3), [changed, changed, connected]);
}
