//! KV fails, or loses values.

use std::time::Duration;
use workbot_e2e::{Browser, Chat, eventually, kill, login_link, start, unique};

use super::stored::{databases, passes, seen, with_stored};
use super::wake;

const COMMAND: &str = "create opportunity amount: 1 close_date: 2026-12-31 name: ";

/// Makes every request to KV fail or succeed again, or deletes all values of one person.
const KV: &str = r#"
const { DatabaseSync } = require("node:sqlite");
const [what, person, file] = process.argv.slice(1);
const kv = new DatabaseSync(file);
kv.exec("PRAGMA busy_timeout = 20000");
if (what === "fail") {
  kv.exec("ALTER TABLE _mf_entries RENAME TO kept");
  kv.exec("CREATE TABLE _mf_entries (other)");
} else if (what === "work") {
  kv.exec("DROP TABLE _mf_entries");
  kv.exec("ALTER TABLE kept RENAME TO _mf_entries");
} else {
  const { changes } = kv.prepare("DELETE FROM _mf_entries WHERE instr(key, ?)").run(person);
  if (changes !== 1) throw new Error(`${changes} entries were taken away`);
}
kv.close();
"#;

/// The number of journal rows of a vault, how many of them are not in KV, and the number of failed attempts
/// of a run.
const NUMBERS: &str = "SELECT (SELECT count(*) FROM token_journal) AS held,
    (SELECT count(*) FROM token_journal WHERE put_at IS NULL) AS unsent,
    (SELECT max(attempts) FROM job WHERE id LIKE 'drive_run:%' AND lease_until = 0) AS tries";

fn kv(what: &str, person: &Chat) {
    let done = with_stored(KV, &[what, &person.oid], &databases("kv", "miniflare-KVNamespaceObject"));
    done.unwrap_or_else(|error| panic!("{what}: {error}"));
}

/// Waits until a number in a person's vault is right. The worker may be writing to it.
fn awaits(chat: &Chat, name: &str, is_right: impl Fn(u64) -> bool) {
    eventually(name, || seen(NUMBERS, chat)?[name].as_u64().filter(|number| is_right(*number)));
}

/// Waits until a person's tokens are in KV only, and stops the worker.
fn only_in_kv(chat: &Chat) {
    chat.ended();
    awaits(chat, "unsent", |unsent| unsent == 0);
    kill();
    passes(Duration::from_secs(6 * 60), chat);
    start();
    wake(chat);
    awaits(chat, "held", |held| held == 0);
    kill();
}

fn replies(chat: &Chat, wanted: usize) {
    eventually("the reply", || (chat.successes() == wanted).then_some(()));
}

fn links(chat: &Chat) -> Vec<String> {
    chat.sent().iter().filter_map(login_link).collect()
}

#[test]
#[ignore = "kills the worker"]
fn during_a_kv_outage_commands_wait_and_logins_work() {
    let ada = Chat::connected_to("salesforce", "none", COMMAND);
    only_in_kv(&ada);
    kv("fail", &ada);
    start();
    ada.say(&format!("{COMMAND}{}", unique("Second ")));
    awaits(&ada, "tries", |tries| tries > 0);
    let bob = Chat::connected_to("salesforce", "none", COMMAND);
    bob.say(&format!("{COMMAND}{}", unique("Second ")));
    replies(&bob, 2);
    kill();
    // However long the failure lasts.
    passes(Duration::from_secs(20 * 60), &ada);
    start();
    wake(&ada);
    awaits(&ada, "tries", |tries| tries > 1);
    assert_eq!((links(&ada).len(), ada.status("salesforce").as_str()), (1, "connected"));
    kill();
    kv("work", &ada);
    start();
    wake(&ada);
    replies(&ada, 2);
    // The revisions that could not be put into KV are put there now.
    wake(&bob);
    only_in_kv(&bob);
    start();
    bob.say(&format!("{COMMAND}{}", unique("Third ")));
    replies(&bob, 3);
}

#[test]
#[ignore = "kills the worker"]
fn tokens_lost_in_kv_require_a_login_after_ten_minutes() {
    let ada = Chat::connected_to("salesforce", "none", COMMAND);
    only_in_kv(&ada);
    kv("forget", &ada);
    start();
    ada.say(&format!("{COMMAND}{}", unique("Second ")));
    awaits(&ada, "tries", |tries| tries > 0);
    assert_eq!((links(&ada).len(), ada.status("salesforce").as_str()), (1, "connected"));
    kill();
    passes(Duration::from_secs(11 * 60), &ada);
    start();
    wake(&ada);
    let link = eventually("another login", || links(&ada).into_iter().nth(1));
    Browser::new().log_in(&link, &ada.oid, &ada.upn, "allow").expect("Successfully connected");
    replies(&ada, 2);
}
