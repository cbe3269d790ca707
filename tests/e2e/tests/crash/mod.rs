//! The runtime is killed (SIGKILL) at each step of a refresh and of runs, and started again.
//!
//! After a refresh the grant is valid if it is valid at its app; otherwise a login is asked for, with a
//! reason. No write of a run is repeated. Further tests start the worker with other master keys.
//!
//! These tests need the worker for themselves: `cargo xtask test http` runs them after all others, one by
//! one.

mod kv;
mod outside;
mod rollback;
mod steps;
mod stored;
mod time;
mod workspace;

use aho_corasick::AhoCorasick;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use workbot_e2e::{
    Browser, Chat, Company, Sandbox, agent, eventually, kill, login_link, setting, start, unique, worker,
};

fn grant(app: &str, chat: &Chat) -> Value {
    Sandbox.grants_at(app, &chat.upn).remove(0)
}

/// Kills the runtime while the app holds a refresh, before or after it has processed it.
fn killed_in_a_refresh(app: &str, rotation: &str, command: &str, after: bool) -> Chat {
    let chat = Chat::connected_to(app, rotation, command);
    Sandbox.post(&format!("{app}/expire-access-tokens"), &json!({"username": chat.upn}));
    Sandbox.fault(&json!({
        "where": format!("{app}.token"), "match": chat.upn, "times": 1, "delay_ms": 5000, "after": after
    }));
    let place = format!("requests?where={app}.token");
    let before = Sandbox.get(&place)["count"].clone();
    chat.say(&format!("{command}{}", unique("Second ")));
    eventually("the refresh at the app", || (Sandbox.get(&place)["count"] != before).then_some(()));
    if after {
        eventually("the app to have taken it", || (grant(app, &chat)["refreshes"] == json!(1)).then_some(()));
    }
    kill();
    start();
    wake(&chat);
    chat
}

/// The local runtime restores alarms only when an object gets a request; Cloudflare does so without one.
fn wake(chat: &Chat) {
    eventually("the list", || (chat.call("GET", "connections", "").status == 200).then_some(()));
}

#[test]
#[ignore = "kills the worker"]
fn an_interrupted_refresh_is_repeated_and_keeps_a_valid_grant() {
    for (app, rotation, command) in [
        ("servicenow", "none", "create incident description: "),
        ("box", "single_use", "create folder name: "),
        ("salesforce", "reuse_kills", "create opportunity amount: 1 close_date: 2026-12-31 name: "),
    ] {
        for after in [false, true] {
            let chat = killed_in_a_refresh(app, rotation, command, after);
            // The app has replaced the refresh token, and treats its second use as theft.
            let is_lost = rotation == "reuse_kills" && after;
            if is_lost {
                let asks = || chat.sent().iter().filter_map(login_link).nth(1);
                let link = eventually("a second login card", asks);
                let row = chat.call("GET", "connections", "").json()["connections"].clone();
                assert!(row.to_string().contains("answer_lost"), "{row}");
                Browser::new().log_in(&link, &chat.oid, &chat.upn, "allow").expect("Successfully connected");
            }
            eventually("the second reply", || (chat.successes() == 2).then_some(()));
            let grant = grant(app, &chat);
            assert_eq!(grant["revoked"].is_null(), !is_lost, "{app} {after}: {grant}");
            assert_eq!(chat.status(app), "connected");
        }
    }
}

#[test]
#[ignore = "kills the worker"]
fn a_new_connection_survives_a_crash() {
    let chat = Chat::connected_to(
        "salesforce",
        "none",
        "create opportunity amount: 1 close_date: 2026-12-31 name: ",
    );
    kill();
    start();
    let name = chat.create_opportunity();
    chat.expect(&format!("Created [{name}]"));
    assert_eq!(Sandbox.created_by(&chat.upn).len(), 2);
}

#[test]
#[ignore = "kills the worker"]
fn an_interrupted_write_is_not_repeated() {
    let chat = Chat::connected_to(
        "salesforce",
        "none",
        "create opportunity amount: 1 close_date: 2026-12-31 name: ",
    );
    let name = unique("Held ");
    Sandbox.fault(&json!({
        "where": "salesforce.rest", "match": name, "times": 1, "delay_ms": 5000, "after": true
    }));
    chat.say(&format!("create opportunity name: {name} amount: 1 close_date: 2026-12-31"));
    eventually("the record", || (Sandbox.created_by(&chat.upn).len() == 2).then_some(()));
    kill();
    start();
    wake(&chat);
    chat.expect("may or may not");
    assert_eq!(Sandbox.created_by(&chat.upn).len(), 2);
}

/// All files below a folder.
fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// All tokens and keys in the stand-ins' state.
fn secrets(known: &Value, found: &mut Vec<String>) {
    match known {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| match value {
            Value::String(text) if (name.contains("token") || name == "key") && text.len() > 12 => {
                found.push(text.clone());
            }
            Value::Array(items) if name.contains("token") => {
                for item in items {
                    let text = item.as_str().or_else(|| item.get("token").and_then(Value::as_str));
                    found.extend(text.map(str::to_owned));
                    secrets(item, found);
                }
            }
            other => secrets(other, found),
        }),
        Value::Array(items) => items.iter().for_each(|item| secrets(item, found)),
        _ => {}
    }
}

/// Runs last, because of its name: it searches everything that the other tests stored. Stops the worker.
#[test]
#[ignore = "looks through everything that was stored"]
fn z_no_secret_is_stored_or_logged_in_plain_text() {
    kill();
    let state = setting("WORKBOT_STATE");
    let state = Path::new(&state);
    let known = fs::read(state.join("sandbox/state.json")).expect("the sandbox's state");
    let mut wanted = Vec::new();
    secrets(&serde_json::from_slice(&known).expect("JSON"), &mut wanted);
    let variables = fs::read_to_string(state.join("dev.vars")).expect("the variables");
    for line in variables.lines() {
        if let Some((name, value)) = line.split_once('=')
            && ["SECRET", "PASSWORD", "KEYS"].iter().any(|word| name.contains(word))
        {
            wanted.push(value.rsplit(':').next().unwrap_or(value).to_owned());
        }
    }
    wanted.retain(|secret| secret.len() > 12);
    assert!(wanted.len() > 100, "the stand-ins know many tokens: {}", wanted.len());
    let any = AhoCorasick::new(&wanted).expect("a search for all of them at once");
    let mut looked = 0;
    for file in files(&state.join("worker")).into_iter().chain(files(&state.join("logs"))) {
        let Ok(bytes) = fs::read(&file) else { continue };
        looked += bytes.len();
        let found = any.find(&bytes).map(|found| &wanted[found.pattern()]);
        assert!(found.is_none(), "{} holds {found:?}", file.display());
    }
    assert!(looked > 1_000_000, "what the worker stores was looked at: {looked} bytes");
}

/// Restarts the worker with these master keys.
fn with_master_keys(keys: &str) {
    let path = Path::new(&setting("WORKBOT_STATE")).join("dev.vars");
    let text = fs::read_to_string(&path).expect("the variables");
    let changed = text.lines().map(|line| {
        if line.starts_with("MASTER_KEYS=") { format!("MASTER_KEYS={keys}\n") } else { format!("{line}\n") }
    });
    fs::write(&path, changed.collect::<String>()).expect("the variables");
    kill();
    start();
}

fn master_keys() -> String {
    let path = Path::new(&setting("WORKBOT_STATE")).join("dev.vars");
    let text = fs::read_to_string(path).expect("the variables");
    text.lines().find_map(|line| line.strip_prefix("MASTER_KEYS=")).expect("MASTER_KEYS").to_owned()
}

#[test]
#[ignore = "restarts the worker"]
fn a_master_key_is_retired_without_interruption_and_a_missing_one_destroys_nothing() {
    let old = master_keys();
    let new = "new:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
    let company = Company::new();
    let (ada, account) = (company.person(), company.connect_salesforce());
    ada.connect();

    with_master_keys(&format!("{new},{old}"));
    let keys = || company.call("GET", "keys", "").json();
    assert_eq!((&keys()["active"], &keys()["retired_in_use"][0]["connections"]), (&json!("new"), &json!(2)));
    agent().get(format!("{}/cdn-cgi/handler/scheduled", worker())).call().expect("the hourly walk");
    eventually("the end of the old key", || (keys()["retired_in_use"] == json!([])).then_some(()));

    with_master_keys(new);
    let name = ada.create_opportunity();
    ada.expect(&format!("Created [{name}]"));
    ada.say("find account Acme");
    ada.expect(&format!("as the shared connection ({account})"));

    // A deployment that has lost its key: nothing works, and nothing is destroyed.
    with_master_keys("other:IB8eHRwbGhkYFxYVFBMSERAPDg0MCwoJCAcGBQQDAgE");
    let name = ada.create_opportunity();
    assert_eq!(
        keys()["retired_in_use"][0],
        json!({"kid": "new", "connections": 2, "revocations": 0, "configured": false})
    );
    assert_eq!(ada.status("salesforce"), "connected");
    with_master_keys(&format!("{old},{new}"));
    wake(&ada);
    ada.expect(&format!("Created [{name}]"));
}

#[test]
#[ignore = "looks into what the worker stores"]
fn a_vault_stores_its_own_name() {
    let chat = Chat::connected_to("box", "single_use", "create folder name: ");
    let row = eventually("the vault", || stored::seen("SELECT name FROM object_name", &chat));
    assert_eq!(row, json!({"name": format!("{}/u-{}", chat.tenant, chat.oid)}));
}
