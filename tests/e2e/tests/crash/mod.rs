//! The runtime is killed (SIGKILL) in the middle of a write and started again: no write is repeated.
//! `vault/tests/world` covers all other operations under way when an object dies.
//!
//! These tests need the worker for themselves: `cargo xtask test http` runs them after all others, one by
//! one.

mod database_file_access;
mod key_outage_at_worker_start;
mod kv_outage;
mod missing_variable;
mod removed_tenant;

use aho_corasick::AhoCorasick;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use workbot_e2e::{Chat, Sandbox, eventually, kill, setting, start, unique};

/// The local runtime restores alarms only when an object gets a request; Cloudflare does so without one.
fn wake(chat: &Chat) {
    eventually("the list", || (chat.call("GET", "connections", "").status == 200).then_some(()));
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
        "where": "salesforce.rest", "match": name, "times": 1, "hold": true, "after": true
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
