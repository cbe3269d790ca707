//! A release is rolled back: this version reads rows of a later one.

use serde_json::json;
use workbot_e2e::{Chat, eventually, kill, start, unique};

use super::stored::{change, seen};
use super::wake;

const COMMAND: &str = "create opportunity amount: 1 close_date: 2026-12-31 name: ";

/// A connection, a run that waits for its form, and a job, as a later version might store them.
const LATER: &str = r#"
UPDATE connection SET status = 'resting';
UPDATE run SET state = 'waiting_weather', body = json_set(body, '$.state', json('{"waiting_weather":{"sun":true}}'))
 WHERE state = 'waiting_input';
INSERT INTO job (id, body, due_at, lease_until, generation, attempts, parked) VALUES ('fly', '{"fly":{"to":"moon"}}', 0, 0, 1, 0, 0);
"#;

/// The later version has returned, and has no job left.
const BACK: &str = r#"
UPDATE connection SET status = 'connected';
UPDATE run SET state = 'waiting_input', body = json_set(body, '$.state', json('{"waiting_input":{"card":null}}'))
 WHERE state = 'waiting_weather';
DELETE FROM job WHERE id = 'fly';
"#;

const STORED: &str = "SELECT (SELECT status || (revision IS NOT NULL) FROM connection) AS connection,
    (SELECT count(*) FROM run WHERE state = 'waiting_weather') AS runs,
    (SELECT parked FROM job WHERE id = 'fly') AS job,
    (SELECT max(parked) FROM job WHERE id LIKE 'drive_run:%') AS run";

#[test]
#[ignore = "kills the worker"]
fn rows_of_a_later_version_stay_unchanged_and_continue_when_it_returns() {
    let ada = Chat::connected_to("salesforce", "none", COMMAND);
    ada.say("create opportunity");
    ada.expect("needs a little more");
    ada.ended();
    kill();
    change(LATER, &ada);
    start();
    // Unknown is neither disconnected nor over: the rows are not shown and not changed.
    let list = eventually("an answer", || Some(ada.call("GET", "connections", "")));
    assert!(list.status >= 500, "{}: {}", list.status, list.body);
    assert!(ada.call("POST", "connections/salesforce/disconnect", "").status >= 500);
    let before = ada.sent().len();
    ada.say(&format!("{COMMAND}{}", unique("Second ")));
    let left = json!({"connection": "resting1", "runs": 1, "job": 2, "run": 2});
    eventually("all of it to be left alone", || seen(STORED, &ada).filter(|stored| *stored == left));
    let asked = ada.sent().iter().skip(before).any(|sent| workbot_e2e::login_link(sent).is_some());
    assert!(!asked, "nobody is asked to log in");
    kill();
    change(BACK, &ada);
    start();
    wake(&ada);
    eventually("the command that waited", || (ada.successes() == 2).then_some(()));
    let runs = ada.call("GET", "runs", "").body;
    assert!(runs.contains("waiting_input"), "{runs}");
}

/// A run with an unknown kind of step, and a chat of another shape.
const ODD: &str = r#"
UPDATE run SET state = 'waiting_confirmation', body = json_set(body, '$.state', 'waiting_confirmation', '$.steps[0]', 'imagined')
 WHERE state = 'waiting_input';
UPDATE personal_chat SET conversation = '{"later":true}';
"#;

#[test]
#[ignore = "kills the worker"]
fn unreadable_rows_block_neither_work_nor_disconnect() {
    let bob = Chat::connected_to("salesforce", "none", COMMAND);
    bob.say("create opportunity");
    bob.expect("needs a little more");
    bob.ended();
    kill();
    change(ODD, &bob);
    start();
    wake(&bob);
    bob.say(&format!("{COMMAND}{}", unique("Second ")));
    eventually("the reply", || (bob.successes() == 2).then_some(()));
    let left = bob.call("POST", "connections/salesforce/disconnect", "");
    assert!(left.status == 200 && left.json()["outcome"] == json!("revoked"), "{}", left.body);
    let runs = "SELECT count(*) AS runs FROM run WHERE state = 'waiting_confirmation'";
    eventually("the run, as it was", || seen(runs, &bob).filter(|stored| stored["runs"] == json!(1)));
}
