//! KV fails.

use std::time::Duration;
use workbot_e2e::{Chat, eventually, kill, start, unique};

use super::database_file_access::{databases, passes, seen, with_stored};
use super::wake;

const COMMAND: &str = "create opportunity amount: 1 close_date: 2026-12-31 name: ";

/// Makes every request to KV fail or succeed again.
const KV: &str = r#"
const { DatabaseSync } = require("node:sqlite");
const [what, file] = process.argv.slice(1);
const kv = new DatabaseSync(file);
kv.exec("PRAGMA busy_timeout = 20000");
if (what === "fail") {
  kv.exec("ALTER TABLE _mf_entries RENAME TO kept");
  kv.exec("CREATE TABLE _mf_entries (other)");
} else {
  kv.exec("DROP TABLE _mf_entries");
  kv.exec("ALTER TABLE kept RENAME TO _mf_entries");
}
kv.close();
"#;

/// The number of journal rows of a vault, how many of them are not in KV, and the number of failed attempts
/// of a run.
const NUMBERS: &str = "SELECT (SELECT count(*) FROM token_journal) AS held,
    (SELECT count(*) FROM token_journal WHERE put_at IS NULL) AS unsent,
    (SELECT max(attempts) FROM job WHERE id LIKE 'drive_run:%' AND lease_until = 0) AS tries";

fn kv(what: &str) {
    let done = with_stored(KV, &[what], &databases("kv", "miniflare-KVNamespaceObject"));
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

#[test]
#[ignore = "kills the worker"]
fn while_kv_fails_a_command_waits() {
    let ada = Chat::connected_to("salesforce", "none", COMMAND);
    only_in_kv(&ada);
    kv("fail");
    start();
    ada.say(&format!("{COMMAND}{}", unique("Second ")));
    awaits(&ada, "tries", |tries| tries > 0);
    assert_eq!((ada.successes(), ada.status("salesforce").as_str()), (1, "connected"));
    kill();
    kv("work");
    start();
    wake(&ada);
    eventually("the reply", || (ada.successes() == 2).then_some(()));
}
