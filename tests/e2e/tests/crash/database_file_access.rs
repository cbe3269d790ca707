//! Reads and changes the worker's databases while it is stopped.

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use workbot_e2e::{Chat, setting};

/// Runs code in the vault that holds a connection of this account.
const IN_VAULT: &str = r#"
const { DatabaseSync } = require("node:sqlite");
const [account, rest, ...files] = process.argv.slice(1);
function inVault(options, act) {
  let found = 0;
  for (const file of files) {
    const vault = new DatabaseSync(file, options);
    // The worker was killed a moment ago; its locks end with it.
    vault.exec("PRAGMA busy_timeout = 20000");
    const has = (table) => vault.prepare("SELECT 1 FROM sqlite_master WHERE name = ?").get(table);
    if (has("connection") && vault.prepare("SELECT 1 FROM connection WHERE account_label = ?").get(account)) {
      act(vault);
      found += 1;
    }
    vault.close();
  }
  if (found !== 1) throw new Error(`${found} vaults were found`);
}
"#;

/// Moves its times into the past.
const MOVE: &str = r#"
inVault({}, (vault) => {
  for (const [table, columns] of Object.entries({
    connection: ["connected_at", "last_used_at", "ends_at", "idle_notified_at", "end_notified_at", "missing_since"],
    token_journal: ["written_at", "put_at"],
    job: ["due_at", "lease_until"], run: ["created_at"], login_ticket: ["expires_at"], delivered_activity: ["at"],
  })) for (const column of columns) vault.exec(`UPDATE ${table} SET ${column} = ${column} - ${rest}`);
});
"#;

/// Reads one row.
const LOOK: &str = r#"
inVault({ readOnly: true }, (vault) => console.log(JSON.stringify(vault.prepare(rest).get())));
"#;

/// Runs a script over database files.
pub fn with_stored(script: &str, arguments: &[&str], files: &[PathBuf]) -> Result<String, String> {
    let node = concat!(env!("CARGO_MANIFEST_DIR"), "/../../node_modules/node/bin/node");
    let mut node = Command::new(node);
    let done = node.args(["--no-warnings", "-e", script]).args(arguments).args(files).output().expect("node");
    let read = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if done.status.success() { Ok(read(&done.stdout)) } else { Err(read(&done.stderr)) }
}

/// The databases of a class of objects, below the worker's storage folder.
pub fn databases(folder: &str, class: &str) -> Vec<PathBuf> {
    let objects = Path::new(&setting("WORKBOT_STATE")).join("worker/v3").join(folder);
    let folders = fs::read_dir(objects).expect("the objects").map(|entry| entry.expect("an entry").path());
    let ours = folders.filter(|path| path.to_string_lossy().ends_with(class));
    let files = ours.flat_map(|path| fs::read_dir(path).expect("a folder"));
    let files = files.map(|entry| entry.expect("an entry").path());
    let is_object = |path: &PathBuf| {
        path.extension().is_some_and(|extension| extension == "sqlite")
            && path.file_stem().is_some_and(|name| name != "metadata")
    };
    files.filter(is_object).collect()
}

/// Runs a script in the vault that holds a connection of this person.
fn in_vault(script: &str, chat: &Chat, rest: &str) -> Result<String, String> {
    with_stored(&format!("{IN_VAULT}{script}"), &[&chat.upn, rest], &databases("do", "-Vault"))
}

/// Moves a person's vault into the past. The worker must be stopped.
pub fn passes(time: Duration, chat: &Chat) {
    in_vault(MOVE, chat, &time.as_millis().to_string()).expect("moved times");
}

/// Reads one row of a person's vault, as a JSON object. `None` while the worker locks it.
pub fn seen(query: &str, chat: &Chat) -> Option<Value> {
    serde_json::from_str(&in_vault(LOOK, chat, query).ok()?).ok()
}
