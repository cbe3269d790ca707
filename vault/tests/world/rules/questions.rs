//! A step that asks: the run waits for the person's answer, goes on with it once, and loses nothing.

use serde_json::{Value, json};
use std::rc::Rc;
use std::time::Duration;

use crate::directed_world::{A_DAY, A_MINUTE, Directed};
use crate::person::{App, Person, Room};

const AN_HOUR: Duration = Duration::from_secs(3600);

/// The title of the question's card.
const ASKS: &str = "needs your answer";

/// A command whose search finds two opportunities.
const COMMAND: &str = "win deal opportunity: Thing folder: no setup: no";

/// A person with two open opportunities, whose names begin alike.
fn with_two_deals() -> (Directed, Rc<Person>, [String; 2]) {
    let world = Directed::new();
    let ada = world.connected(1, &[App::Salesforce, App::Box, App::ServiceNow]);
    let deals = [(); 2].map(|()| {
        let name = world.commands(&ada, App::Salesforce);
        world.hears(&ada, &format!("Created [{name}]"));
        name
    });
    world.passes(A_MINUTE);
    (world, ada, deals)
}

/// The newest question that a person reads.
fn question(world: &Directed, person: &Person) -> Value {
    let message: Value = serde_json::from_str(&world.hears(person, ASKS)).unwrap();
    message["attachments"][0]["content"].clone()
}

/// The data of a question's first button, with the choice of this title.
fn chosen(card: &Value, title: &str) -> Value {
    let fields = card["body"].as_array().unwrap();
    let field = fields.iter().find(|field| field["id"] == "opportunity").unwrap();
    let choices = field["choices"].as_array().unwrap();
    let choice = choices.iter().find(|choice| choice["title"] == title).unwrap();
    let mut data = card["actions"][0]["data"].clone();
    data["opportunity"] = choice["value"].clone();
    data
}

fn presses(world: &Directed, person: &Rc<Person>, data: &Value) -> String {
    let (presses, data) = (Rc::clone(person), data.clone());
    let shown = world.done(async move { presses.press("recipe.submit", data).await });
    shown.map_or_else(String::new, |shown| shown.to_string())
}

/// The names of the opportunities that were won.
fn won(world: &Directed, person: &Person) -> Vec<String> {
    let made = world.made(App::Salesforce, person);
    let is_won = |record: &&Value| record["fields"]["StageName"] == "Closed Won";
    made.iter().filter(is_won).map(|record| record["fields"]["Name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_run_waits_for_the_answer_and_goes_on_with_what_was_chosen() {
    let (world, ada, [_, other]) = with_two_deals();
    world.says(&ada, COMMAND);
    let card = question(&world, &ada);
    assert!(card.to_string().contains("More than one open opportunity is named like"), "{card}");
    world.says(&ada, "status");
    let status = world.hears(&ada, "waits for your answer");
    assert!(status.contains("Choose the opportunity"), "{status}");
    world.passes(A_MINUTE);
    world.dies(&ada);
    assert!(won(&world, &ada).is_empty());
    let shown = presses(&world, &ada, &chosen(&card, &other));
    assert!(shown.contains("Going on with") && shown.contains(&other), "{shown}");
    world.hears(&ada, "is won in Salesforce");
    assert_eq!(won(&world, &ada), [other.as_str()]);
}

#[test]
fn an_answer_counts_once_and_only_for_its_own_person_and_question() {
    let (world, ada, [one, other]) = with_two_deals();
    let bob = world.connected(2, &[App::Salesforce]);
    world.says(&ada, COMMAND);
    let card = question(&world, &ada);
    let (first, second) = (chosen(&card, &one), chosen(&card, &other));
    assert!(presses(&world, &bob, &first).contains("This is not yours"));
    let mut elsewhere = first.clone();
    elsewhere["step"] = json!("closed");
    let mut nowhere = first.clone();
    nowhere.as_object_mut().unwrap().remove("step");
    for data in [elsewhere, nowhere] {
        assert!(presses(&world, &ada, &data).contains("already finished"), "{data}");
    }
    let mut wrong = first.clone();
    wrong["opportunity"] = json!("006000000000000AAA");
    assert!(presses(&world, &ada, &wrong).contains("must be one of the choices"));
    assert!(won(&world, &ada).is_empty());
    presses(&world, &ada, &first);
    assert!(presses(&world, &ada, &second).contains("already finished"));
    world.passes(A_MINUTE);
    assert_eq!(won(&world, &ada), [one.as_str()]);
}

#[test]
fn a_crash_at_any_commit_loses_neither_question_nor_answer() {
    for before in [true, false] {
        for commit in 0.. {
            let (world, ada, [_, other]) = with_two_deals();
            world.world().dies_at.set(Some((commit, before)));
            world.says(&ada, COMMAND);
            world.hears(&ada, ASKS);
            world.passes(A_MINUTE * 20);
            presses(&world, &ada, &chosen(&question(&world, &ada), &other));
            world.passes(A_MINUTE * 20);
            let died = world.world().dies_at.take().is_none();
            let about = format!("commit {commit}, before: {before}");
            assert_eq!(won(&world, &ada), [other.as_str()], "{about}");
            assert!(!world.heard(&ada, "is won in Salesforce").is_empty(), "{about}");
            if !died {
                assert!(commit > 4, "only {commit} commits");
                break;
            }
        }
    }
}

#[test]
fn a_question_can_be_cancelled_and_asked_again_and_ends_after_a_day() {
    let (world, ada, [one, _]) = with_two_deals();
    world.says(&ada, COMMAND);
    let first = question(&world, &ada);
    world.says(&ada, COMMAND);
    world.hears(&ada, "see the newer message");
    world.until("the question again", || world.heard(&ada, ASKS).len() == 2);
    let run = first["actions"][0]["data"]["run"].clone();
    let cancels = Rc::clone(&ada);
    world.done(async move { cancels.press("run.cancel", json!({"run": run})).await });
    assert!(presses(&world, &ada, &chosen(&first, &one)).contains("already finished"));
    world.hears(&ada, "was cancelled");

    world.says(&ada, COMMAND);
    let second = question(&world, &ada);
    world.passes(A_DAY + A_MINUTE);
    world.hears(&ada, "waited for a day and was cancelled");
    presses(&world, &ada, &chosen(&second, &one));
    world.passes(A_MINUTE);
    assert!(won(&world, &ada).is_empty());
}

#[test]
fn the_answer_also_confirms_an_old_run_and_a_later_wait_does_not() {
    let (world, ada, [one, _]) = with_two_deals();
    world.says(&ada, COMMAND);
    let card = question(&world, &ada);
    world.passes(AN_HOUR * 2);
    presses(&world, &ada, &chosen(&card, &one));
    world.hears(&ada, "is won in Salesforce");
    assert!(world.heard(&ada, "Still do it?").is_empty());

    let (world, ada, [_, other]) = with_two_deals();
    world.says(&ada, COMMAND);
    let card = question(&world, &ada);
    world.world().control("salesforce/revoke-grants", &json!({"username": ada.upn}));
    world.expire_access(App::Salesforce, &ada);
    presses(&world, &ada, &chosen(&card, &other));
    world.until("a login card", || !world.links(&ada).is_empty());
    world.passes(AN_HOUR * 2);
    let link = world.new_link(&ada, App::Salesforce, workbot_domain::owner::Owner::User(ada.subject().user));
    world.logs_in(&ada, &link);
    world.hears(&ada, "Still do it?");
    world.passes(A_MINUTE);
    assert!(won(&world, &ada).is_empty());
    let run = card["actions"][0]["data"]["run"].clone();
    let resumes = Rc::clone(&ada);
    world.done(async move { resumes.press("run.resume", json!({"run": run})).await });
    world.hears(&ada, "is won in Salesforce");
    assert_eq!(won(&world, &ada), [other.as_str()], "the answer was kept");
}

#[test]
fn a_disconnect_ends_a_run_that_waits_for_its_answer() {
    let (world, ada, [one, _]) = with_two_deals();
    world.says(&ada, COMMAND);
    let card = question(&world, &ada);
    world.leaves(&ada, App::Salesforce).unwrap();
    world.hears(&ada, "you disconnected Salesforce");
    assert!(presses(&world, &ada, &chosen(&card, &one)).contains("already finished"));
    assert!(won(&world, &ada).is_empty());
}

#[test]
fn in_a_channel_the_question_is_read_by_its_person_alone() {
    let (world, ada, [one, _]) = with_two_deals();
    let bob = world.person(2);
    let asks = Rc::clone(&ada);
    world.done(async move { asks.say(Room::Channel, COMMAND).await });
    let card = question(&world, &ada);
    assert!(world.heard(&bob, ASKS).is_empty());
    let (presses, data) = (Rc::clone(&ada), chosen(&card, &one));
    world.done(async move { presses.press_in(Room::Channel, "recipe.submit", data).await });
    world.hears(&ada, "is won in Salesforce");
    assert!(world.heard(&bob, "is won in Salesforce").is_empty());
    assert_eq!(won(&world, &ada), [one.as_str()]);
}

#[test]
fn a_run_ends_if_nobody_can_be_asked_whether_it_is_still_wanted() {
    let world = Directed::new();
    let ada = world.person(1);
    world.commands(&ada, App::Salesforce);
    world.until("a login card", || !world.links(&ada).is_empty());
    world.passes(AN_HOUR * 2);
    let blocked = json!({"error": {"code": "ConversationBlockedByUser", "message": "…"}});
    world.fault(&json!({"where": "connector", "method": "POST", "status": 403, "body": blocked}));
    world.logs_in(&ada, &world.links(&ada)[0]);
    world.passes(A_MINUTE);
    let over = "SELECT count(*) FROM run WHERE json_extract(body, '$.state.over.end') = 'unreachable'";
    assert_eq!(world.number(&ada, over), Some(1));
    assert!(world.made(App::Salesforce, &ada).is_empty());
}
