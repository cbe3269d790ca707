//! A release is rolled back: this version reads what a later one stored.

use serde_json::json;
use workbot_e2e::{Chat, eventually, kill, start, unique};

use super::stored::{change, seen};
use super::wake;

const COMMAND: &str = "create opportunity amount: 1 close_date: 2026-12-31 name: ";

/// What a later version could have made of a connection, of the run that waits for its form, and of a job.
const LATER: &str = r#"
UPDATE connection SET status = 'resting';
UPDATE run SET state = 'waiting_weather', run = json_set(run, '$.state', json('{"waiting_weather":{"sun":true}}'))
 WHERE state = 'waiting_input';
INSERT INTO due (id, job, due_at, claimed_until, wanted, attempts, parked) VALUES ('fly', '{"fly":{"to":"moon"}}', 0, 0, 1, 0, 0);
"#;

/// The later version is back, and has no job left.
const BACK: &str = r#"
UPDATE connection SET status = 'connected';
UPDATE run SET state = 'waiting_input', run = json_set(run, '$.state', json('{"waiting_input":{"card":null}}'))
 WHERE state = 'waiting_weather';
DELETE FROM due WHERE id = 'fly';
"#;

const STORED: &str = "SELECT (SELECT status || (revision IS NOT NULL) FROM connection) AS connection,
    (SELECT count(*) FROM run WHERE state = 'waiting_weather') AS runs,
    (SELECT parked FROM due WHERE id = 'fly') AS job,
    (SELECT max(parked) FROM due WHERE id LIKE 'run:%') AS run";

#[test]
#[ignore = "kills the worker"]
fn what_a_later_version_stored_is_left_as_it_is_and_goes_on_when_that_is_back() {
    let ada = Chat::connected_to("salesforce", "none", COMMAND);
    ada.say("create opportunity");
    ada.expect("needs a little more");
    ada.ended();
    kill();
    change(LATER, &ada);
    start();
    // Not known is neither disconnected nor over: nothing is shown, and nothing is done.
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

/// A run with a step of a kind that this version does not know, and a chat of another shape.
const ODD: &str = r#"
UPDATE run SET state = 'waiting_consent', run = json_set(run, '$.state', 'waiting_consent', '$.steps[0]', 'imagined')
 WHERE state = 'waiting_input';
UPDATE personal_chat SET conversation = '{"later":true}';
"#;

#[test]
#[ignore = "kills the worker"]
fn what_cannot_be_read_keeps_nobody_from_working_or_leaving() {
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
    let runs = "SELECT count(*) AS runs FROM run WHERE state = 'waiting_consent'";
    eventually("the run, as it was", || seen(runs, &bob).filter(|stored| stored["runs"] == json!(1)));
}
