//! KV fails, or loses what it was given.

use std::time::Duration;
use workbot_e2e::{Browser, Chat, eventually, kill, login_link, start, unique};

use super::stored::{databases, passes, seen, with_stored};
use super::wake;

const COMMAND: &str = "create opportunity amount: 1 close_date: 2026-12-31 name: ";

/// Makes every request to KV fail, or work again; or takes everything of one person away.
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

/// What a vault has in its journal, how much of that is not in KV yet, and how often a run was tried in vain.
const NUMBERS: &str = "SELECT (SELECT count(*) FROM journal) AS held,
    (SELECT count(*) FROM journal WHERE put_at IS NULL) AS unsent,
    (SELECT max(attempts) FROM due WHERE id LIKE 'run:%' AND claimed_until = 0) AS tries";

fn kv(what: &str, person: &Chat) {
    let done = with_stored(KV, &[what, &person.oid], &databases("kv", "miniflare-KVNamespaceObject"));
    done.unwrap_or_else(|error| panic!("{what}: {error}"));
}

/// Waits until a number in a person's vault is as it should be. The worker may be writing to it.
fn awaits(chat: &Chat, name: &str, is_right: impl Fn(u64) -> bool) {
    eventually(name, || seen(NUMBERS, chat)?[name].as_u64().filter(|number| is_right(*number)));
}

/// Until a person's tokens are in KV alone; then the worker is stopped.
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
fn while_kv_fails_a_command_waits_and_who_logs_in_is_served() {
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
    // However long it fails.
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
    // What could not be brought to KV while it failed is brought now.
    wake(&bob);
    only_in_kv(&bob);
    start();
    bob.say(&format!("{COMMAND}{}", unique("Third ")));
    replies(&bob, 3);
}

#[test]
#[ignore = "kills the worker"]
fn for_what_kv_has_lost_a_login_is_asked_for_after_ten_minutes() {
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
