//! A release is rolled back: this version reads rows that a later version stored.

use workbot_shared::Language;
use workbot_vault::protocol::{VaultRequest, VaultResponse};

use crate::directed_world::{A_MINUTE, Directed};
use crate::person::App;

/// Changes by a later version to a connection, to the run that waits for its form, and to a job.
const LATER: [&str; 3] = [
    "UPDATE connection SET status = 'resting'",
    "UPDATE run SET state = 'waiting_weather', body = json_set(body, '$.state', json('{\"waiting_weather\":{\"sun\":true}}'))
     WHERE state = 'waiting_input'",
    "INSERT INTO job (id, body, due_at, lease_until, generation, attempts, parked)
     VALUES ('fly', '{\"fly\":{\"to\":\"moon\"}}', 0, 0, 1, 0, 0)",
];

/// The later version returns and has no job left.
const BACK: [&str; 3] = [
    "UPDATE connection SET status = 'connected'",
    "UPDATE run SET state = 'waiting_input', body = json_set(body, '$.state', json('{\"waiting_input\":{\"card\":null}}'))
     WHERE state = 'waiting_weather'",
    "DELETE FROM job WHERE id = 'fly'",
];

/// The number of rows that are still as the later version stored them.
const LEFT: &str = "SELECT (SELECT count(*) FROM connection WHERE status = 'resting' AND revision IS NOT NULL)
    + (SELECT count(*) FROM run WHERE state = 'waiting_weather') + (SELECT count(*) FROM job WHERE id = 'fly' AND parked = 2)
    + (SELECT max(parked = 2) FROM job WHERE id LIKE 'drive_run:%')";

const LIST: VaultRequest = VaultRequest::ListConnections { language: Language::En };

#[test]
fn rows_of_a_later_version_stay_unchanged_and_continue_when_it_returns() {
    let world = Directed::new();
    let ada = world.connected(1, &[App::Salesforce]);
    world.says(&ada, "create opportunity");
    world.hears(&ada, "needs a little more");
    world.changes(&ada, &LATER);
    // An unknown word is read neither as disconnected nor as over: nothing is shown, and nothing is done.
    assert!(world.asks(&ada, LIST).is_none());
    assert!(world.leaves(&ada, App::Salesforce).is_none());
    world.commands(&ada, App::Salesforce);
    world.passes(A_MINUTE);
    assert_eq!(world.number(&ada, LEFT), Some(4));
    assert_eq!(world.links(&ada).len(), 0, "nobody is asked to log in");
    world.changes(&ada, &BACK);
    assert!(matches!(world.asks(&ada, LIST), Some(VaultResponse::Connections(_))));
    world.until("the command that waited", || world.successes(&ada) == 1);
    assert_eq!(world.number(&ada, "SELECT count(*) FROM run WHERE state = 'waiting_input'"), Some(1));
}

/// A run with a step of an unknown kind, and a chat of another shape.
const ODD: [&str; 2] = [
    "UPDATE run SET state = 'waiting_confirmation', body = json_set(body, '$.state', 'waiting_confirmation', '$.steps[0]', 'imagined')
     WHERE state = 'waiting_input'",
    "UPDATE personal_chat SET conversation = '{\"later\":true}'",
];

#[test]
fn unreadable_rows_block_neither_work_nor_disconnect() {
    let world = Directed::new();
    let bob = world.connected(1, &[App::Salesforce]);
    world.says(&bob, "create opportunity");
    world.hears(&bob, "needs a little more");
    world.changes(&bob, &ODD);
    world.commands(&bob, App::Salesforce);
    world.until("the reply", || world.successes(&bob) == 1);
    let left = world.leaves(&bob, App::Salesforce).unwrap();
    assert_eq!(left.outcome, workbot_shared::RevocationOutcome::Revoked);
    assert_eq!(world.number(&bob, "SELECT count(*) FROM run WHERE state = 'waiting_confirmation'"), Some(1));
}
