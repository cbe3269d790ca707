//! An object dies and starts again: work under way continues, a grant that is valid at its app is kept, and
//! no write is repeated.

use serde_json::{Value, json};
use std::rc::Rc;

use crate::directed_world::{A_MINUTE, Directed};
use crate::faults::Fault;
use crate::person::{App, Person};

/// Words in the reply to a write that is not repeated.
const UNKNOWN: &str = "may or may not have been done";

#[test]
fn an_interrupted_refresh_is_repeated_and_keeps_a_valid_grant() {
    for (app, token, rotation) in [
        (App::ServiceNow, "servicenow.token", "none"),
        (App::Box, "box.token", "single_use"),
        (App::Salesforce, "salesforce.token", "reuse_kills"),
    ] {
        for carried_out in [false, true] {
            let world = Directed::new();
            let rules = json!({"rotation": rotation, "access_token_seconds": 7200});
            world.world().control(&format!("{}/oauth", app.name()), &rules);
            let ada = world.connected(1, &[app]);
            world.expire_access(app, &ada);
            world.goes_wrong(token, 1, Fault::Silence { carried_out });
            let before = world.world().plans.borrow().len();
            assert_eq!(before, 1);
            world.commands(&ada, app);
            world.until("the refresh is sent", || world.world().plans.borrow()[0].times == 0);
            world.until("the refresh is under way", || {
                world.number(&ada, "SELECT sends FROM refresh_intent WHERE retry_at IS NULL") == Some(1)
                    && (!carried_out || world.grants(app, &ada)[0]["refreshes"] == json!(1))
            });
            world.dies(&ada);
            // The app has replaced the vault's refresh token, and treats its second use as theft.
            let is_lost = rotation == "reuse_kills" && carried_out;
            if is_lost {
                world.until("a login card", || !world.links(&ada).is_empty());
                assert_eq!(world.row(&ada, app).reason.as_deref(), Some("answer_lost"));
                world.logs_in(&ada, &world.links(&ada)[0]);
            }
            world.until("the reply", || world.successes(&ada) == 1);
            let grant = &world.grants(app, &ada)[0];
            assert_eq!(grant["revoked"].is_null(), !is_lost, "{app:?} {carried_out}: {grant}");
            assert_eq!(world.status(&ada, app), "connected");
        }
    }
}

#[test]
fn a_new_connection_survives_a_crash() {
    let world = Directed::new();
    let ada = world.connected(1, &[App::Salesforce]);
    world.dies(&ada);
    let name = world.commands(&ada, App::Salesforce);
    world.hears(&ada, &format!("Created [{name}]"));
}

/// A command over several apps.
struct Command {
    /// Prepares what the command needs, and returns its text.
    text: fn(&Directed, &Rc<Person>) -> String,
    apps: &'static [App],
    /// The number of times each write was done, according to the apps.
    done: fn(&Directed, &Person) -> [usize; 4],
    /// The writes that are never repeated: after a crash in the middle of one, the reply states that its
    /// outcome is unknown.
    once: [bool; 4],
}

const WIN_DEAL: Command = Command {
    text: |world, person| {
        let name = world.commands(person, App::Salesforce);
        world.hears(person, &format!("Created [{name}]"));
        format!("win deal opportunity: {name} share: yes")
    },
    apps: &[App::Salesforce, App::Box, App::ServiceNow],
    done: |world, person| {
        let is_won = |record: &&Value| record["fields"]["StageName"] == json!("Closed Won");
        let won = world.made(App::Salesforce, person).iter().filter(is_won).count();
        let (folders, shared) = (world.made(App::Box, person).len(), shared_folders(world, person));
        [won, folders, shared, rows(world, person, "sc_request")]
    },
    once: [false, false, false, true],
};

const REPORT_PROBLEM: Command = Command {
    text: |_, _| "report problem folder: yes problem: Printer".to_owned(),
    apps: &[App::ServiceNow, App::Box],
    done: |world, person| {
        let (folders, shared) = (world.made(App::Box, person).len(), shared_folders(world, person));
        [rows(world, person, "incident"), folders, shared, rows(world, person, "sys_journal_field")]
    },
    once: [true, false, false, true],
};

fn shared_folders(world: &Directed, person: &Person) -> usize {
    world.made(App::Box, person).iter().filter(|folder| folder["shared_link"].is_object()).count()
}

fn rows(world: &Directed, person: &Person, table: &str) -> usize {
    world.made(App::ServiceNow, person).iter().filter(|record| record["table"] == json!(table)).count()
}

/// Lets the committing object die at the n-th commit of a command. Returns whether there is such a commit,
/// and whether the reply states an unknown outcome.
fn dies_at(command: &Command, commit: u64, before: bool) -> (bool, bool) {
    let world = Directed::new();
    let ada = world.connected(1, command.apps);
    let text = (command.text)(&world, &ada);
    world.passes(A_MINUTE);
    let earlier = world.successes(&ada);
    world.world().dies_at.set(Some((commit, before)));
    world.says(&ada, &text);
    world.passes(A_MINUTE * 20);
    let died = world.world().dies_at.take().is_none();
    let about = format!("{text}, commit {commit}, before: {before}");
    let (done, doubts) = ((command.done)(&world, &ada), world.heard(&ada, UNKNOWN));
    // A reply with an unknown outcome also names the account.
    let is_doubt = |text: &&String| text.contains(UNKNOWN);
    let successes = world.heard(&ada, "as you (").iter().filter(|text| !is_doubt(text)).count() - earlier;
    // A reply whose sending was not recorded is sent again, and never a different one.
    assert!(doubts.is_empty() != (successes == 0) && doubts.len() + successes <= 2, "{about}: {doubts:?}");
    if successes > 0 {
        assert_eq!(done, [1, 1, 1, 1], "{about}");
    } else {
        // Writes before an unrepeatable one were done once; the unrepeatable one was done or not; later ones
        // were not.
        let undone = done.iter().position(|times| *times == 0).unwrap_or(done.len());
        assert!(done.iter().take(undone).all(|times| *times == 1), "{about}: {done:?}");
        assert!(done.iter().skip(undone).all(|times| *times == 0), "{about}: {done:?}");
        let is_once = |index: usize| command.once.get(index) == Some(&true);
        assert!(is_once(undone) || undone.checked_sub(1).is_some_and(is_once), "{about}: {done:?}");
    }
    (died, !doubts.is_empty())
}

fn survives_a_crash_at_every_commit(command: &Command) {
    let mut doubts = 0;
    for before in [true, false] {
        for commit in 0.. {
            let (died, is_doubtful) = dies_at(command, commit, before);
            doubts += usize::from(is_doubtful);
            if !died {
                assert!(commit > 12, "only {commit} commits");
                break;
            }
        }
    }
    assert!(doubts > 0, "no crash hit a write that is not repeated");
}

#[test]
fn a_command_over_three_apps_survives_a_crash_at_any_step_without_repeating_a_write() {
    survives_a_crash_at_every_commit(&WIN_DEAL);
}

#[test]
fn a_command_that_returns_to_an_app_survives_a_crash_at_any_step_without_repeating_a_write() {
    survives_a_crash_at_every_commit(&REPORT_PROBLEM);
}
