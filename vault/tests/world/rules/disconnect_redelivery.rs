//! A turn that ends a connection is stored in one transaction with its receipt: exactly once, despite
//! redelivery and despite a death of the object.

use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;
use workbot_domain::owner::Owner;
use workbot_vault::ports::{ObjectClass, SqlValue};

use crate::deployment::Deployment;
use crate::fault_rates::Weather;
use crate::person::{App, Person, Room};
use crate::world::Object;

pub const LIMIT: Duration = Duration::from_secs(600);

/// A person who is connected to Box, in a world without faults.
pub fn connected(seed: u64) -> (Rc<Deployment>, Rc<Person>) {
    let deployment = Deployment::of(seed, false);
    deployment.world.weather.set(Weather::CALM);
    let person = Person::of(&deployment, 1);
    let (connects, done) = (Rc::clone(&person), Rc::new(Cell::new(false)));
    let sees = Rc::clone(&done);
    deployment.world.spawn(async move {
        // A person who wrote to the bot has a chat with it.
        connects.say(Room::Chat, "help").await;
        connects.connect_in_tab(App::Box, Owner::User(connects.subject().user)).await;
        sees.set(true);
    });
    assert!(deployment.world.run(LIMIT, || done.get()));
    (deployment, person)
}

fn vault(person: &Person) -> Rc<Object> {
    person.deployment.world.object(ObjectClass::Vault, &person.vault().name())
}

/// The number of times that the connection to Box was disconnected: its generation.
fn times_left(person: &Person) -> i64 {
    match vault(person)
        .database
        .look("SELECT max(generation) FROM connection_generation")
        .first()
        .map(|row| &row[0])
    {
        Some(SqlValue::Integer(times)) => *times,
        _ => 0,
    }
}

fn data() -> Value {
    json!({"verb": "connection.disconnect", "connection": "box", "confirmed": true})
}

/// Presses the button of a list, as a client with `Action.Execute` does; the same activity each time.
fn presses(person: &Rc<Person>, responses: &Rc<RefCell<Vec<Value>>>) {
    let (person, responses) = (Rc::clone(person), Rc::clone(responses));
    let world = Rc::clone(&person.deployment.world);
    world.spawn(async move {
        let action = json!({"type": "Action.Execute", "verb": "connection.disconnect", "data": data()});
        let invoke = json!({
            "id": "pressed once", "type": "invoke", "name": "adaptiveCard/action", "value": {"action": action},
        });
        let response = person.deliver(Room::Chat, invoke).await.unwrap().unwrap();
        responses.borrow_mut().push(response);
    });
}

#[test]
fn a_button_that_is_delivered_twice_ends_a_connection_once_and_both_read_so() {
    for seed in 0..20 {
        let (deployment, person) = connected(seed);
        let responses = Rc::new(RefCell::new(Vec::new()));
        presses(&person, &responses);
        presses(&person, &responses);
        assert!(deployment.world.run(LIMIT, || responses.borrow().len() == 2), "seed {seed}");
        presses(&person, &responses);
        assert!(deployment.world.run(LIMIT, || responses.borrow().len() == 3), "seed {seed}");
        let responses = responses.borrow();
        for response in responses.iter() {
            assert!(response.to_string().contains("Box disconnected."), "seed {seed}: {response}");
        }
        assert!(
            responses[2].to_string().contains("Access was revoked at Box"),
            "seed {seed}: {}",
            responses[2]
        );
        assert_eq!(times_left(&person), 1, "seed {seed}");
        deployment.end();
    }
}

#[test]
fn who_disconnects_by_a_message_reads_so_once_also_when_the_object_dies_before_the_app_responds() {
    for seed in 0..20 {
        let (deployment, person) = connected(seed);
        let world = &deployment.world;
        let said = |person: &Person| {
            let chat = person.chat();
            let receipts = chat.iter().filter(|sent| sent.activity.to_string().contains("Box disconnected."));
            receipts.count()
        };
        let (presses, done) = (Rc::clone(&person), Rc::new(Cell::new(false)));
        let sees = Rc::clone(&done);
        world.spawn(async move {
            // A client without `Action.Execute` sends a message.
            let _ = presses
                .deliver(Room::Chat, json!({"id": "pressed once", "text": null, "value": data()}))
                .await;
            sees.set(true);
        });
        assert!(world.run(LIMIT, || times_left(&person) == 1), "seed {seed}");
        assert_eq!(said(&person), 0, "seed {seed}: the app has not responded");
        world.kill(&vault(&person));
        assert!(world.run(LIMIT, || done.get() && said(&person) > 0), "seed {seed}: no message");
        world.run(LIMIT, || false);
        assert_eq!((said(&person), times_left(&person)), (1, 1), "seed {seed}");
        deployment.end();
    }
}

#[test]
fn who_disconnects_by_a_message_reads_what_the_app_responded() {
    let (deployment, person) = connected(3);
    let (presses, done) = (Rc::clone(&person), Rc::new(Cell::new(false)));
    let sees = Rc::clone(&done);
    deployment.world.spawn(async move {
        let _ = presses.deliver(Room::Chat, json!({"text": null, "value": data()})).await;
        sees.set(true);
    });
    assert!(deployment.world.run(LIMIT, || done.get()));
    deployment.world.run(LIMIT, || false);
    let receipts: Vec<_> = person.chat().iter().map(|sent| sent.activity.to_string()).collect();
    let receipts: Vec<_> = receipts.iter().filter(|said| said.contains("Box disconnected.")).collect();
    assert_eq!(receipts.len(), 1, "{receipts:?}");
    assert!(receipts[0].contains("Access was revoked at Box"), "{receipts:?}");
    deployment.end();
}
