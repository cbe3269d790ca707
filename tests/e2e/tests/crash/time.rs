//! What time does to what is stored. Nobody waits for days: while the worker is stopped, all times in one person's vault
//! are moved into the past.

use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use workbot_e2e::{Browser, Chat, Sandbox, eventually, kill, login_link, setting, start, text_of, unique};

use crate::wake;

/// Moves the times of the one vault that holds a connection of this account.
const MOVE: &str = r#"
const { DatabaseSync } = require("node:sqlite");
const [account, ms, ...files] = process.argv.slice(1);
let moved = 0;
for (const file of files) {
  const vault = new DatabaseSync(file);
  // The worker was killed a moment ago, and its locks end with it.
  vault.exec("PRAGMA busy_timeout = 20000");
  const has = (table) => vault.prepare("SELECT 1 FROM sqlite_master WHERE name = ?").get(table);
  if (has("connection") && vault.prepare("SELECT 1 FROM connection WHERE account_label = ?").get(account)) {
    for (const [table, columns] of Object.entries({
      connection: ["connected_at", "last_used_at", "ends_at", "idle_told_at", "end_told_at", "missing_since"],
      journal: ["written_at", "put_at"],
      due: ["due_at", "claimed_until"], run: ["created_at"], ticket: ["expires_at"], delivered: ["at"],
    })) for (const column of columns) vault.exec(`UPDATE ${table} SET ${column} = ${column} - ${ms}`);
    moved += 1;
  }
  vault.close();
}
if (moved !== 1) throw new Error(`${moved} vaults were moved`);
"#;

/// Runs a script with files of what the worker stores.
pub fn with_stored(script: &str, arguments: &[&str], files: &[PathBuf]) -> Result<String, String> {
    let node = concat!(env!("CARGO_MANIFEST_DIR"), "/../../node_modules/node/bin/node");
    let mut node = Command::new(node);
    let done = node.args(["--no-warnings", "-e", script]).args(arguments).args(files).output().expect("node");
    let read = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if done.status.success() { Ok(read(&done.stdout)) } else { Err(read(&done.stderr)) }
}

/// The databases of the objects of a class, below a folder of what the worker stores.
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

/// Time passes for a person, while the worker does not run.
pub fn passes(time: Duration, chat: &Chat) {
    let milliseconds = time.as_millis().to_string();
    with_stored(MOVE, &[&chat.upn, &milliseconds], &databases("do", "-Vault")).expect("moved times");
}

/// Days pass for a person. What is due then is done.
fn days_pass(days: u64, chat: &Chat) {
    chat.ended();
    kill();
    passes(Duration::from_secs(days * 24 * 3600), chat);
    start();
    wake(chat);
}

fn revoked(app: &str, chat: &Chat) -> usize {
    Sandbox.grants_at(app, &chat.upn).iter().filter(|grant| !grant["revoked"].is_null()).count()
}

#[test]
#[ignore = "kills the worker"]
fn a_connection_that_nobody_uses_is_ended_with_a_word_before_and_after() {
    let (ada, bob) = (Chat::new(), Chat::new());
    ada.connect();
    bob.connect();
    let said = |words: &str| ada.sent().iter().filter(|sent| text_of(sent).contains(words)).count();
    days_pass(84, &ada);
    ada.expect("You have not used Salesforce");
    assert_eq!((ada.status("salesforce").as_str(), revoked("salesforce", &ada)), ("connected", 0));
    days_pass(3, &ada);
    assert_eq!(said("You have not used"), 1, "once");
    days_pass(5, &ada);
    let ended = text_of(&ada.expect("so it was ended"));
    assert!(ended.contains("Access was revoked at Salesforce") && ended.contains("login.refresh"), "{ended}");
    assert_eq!((ada.status("salesforce").as_str(), revoked("salesforce", &ada)), ("disconnected", 1));
    assert_eq!(bob.status("salesforce"), "connected");
    // After 90 days what was done is forgotten too.
    eventually("an empty activity", || {
        (ada.call("GET", "activity", "").json()["entries"] == json!([])).then_some(())
    });
}

#[test]
#[ignore = "kills the worker"]
fn a_login_that_runs_out_is_renewed_before_its_end_by_one_button() {
    let command = "create incident description: ";
    let chat = Chat::connected_to("servicenow", "none", command);
    days_pass(60, &chat);
    chat.say(&format!("{command}{}", unique("Second ")));
    eventually("the second reply", || (chat.successes() == 2).then_some(()));
    days_pass(34, &chat);
    let card = chat.expect("Your login to ServiceNow");
    assert!(text_of(&card).contains("runs out on"), "{card}");
    assert!(login_link(&card).is_none(), "a link in it would have ended long before it is read");
    let answer = chat.press("login.refresh", &json!({"connection": "servicenow"}));
    let shown: Value = json!({"activity": answer.body});
    let link = login_link(&shown).unwrap_or_else(|| panic!("no link: {shown}"));
    Browser::new().log_in(&link, &chat.oid, &chat.upn, "allow").expect("Successfully connected");
    days_pass(50, &chat);
    assert_eq!(chat.status("servicenow"), "connected");
    let told = chat.sent().iter().filter(|sent| text_of(sent).contains("Your login to ServiceNow")).count();
    assert_eq!(told, 1, "the new login lasts another 100 days");
}
