//! A message that got an HTML page as its response may have been delivered: it is sent again at most twice,
//! regardless of earlier failures.

use serde_json::{Value, json};
use std::rc::Rc;

use super::disconnect_redelivery::{LIMIT, connected};
use crate::person::{App, Room};

/// The connector gives these responses to messages about a thing, in order, and then accepts them. Returns
/// how often the person received the message.
fn told_after(responses: &[Value]) -> usize {
    let (deployment, person) = connected(1);
    for response in responses {
        let mut fault = json!({"where": "connector", "match": "Thing", "path": "/activities", "times": 1});
        fault.as_object_mut().unwrap().extend(response.as_object().unwrap().clone());
        deployment.world.control("faults", &fault);
    }
    let asks = Rc::clone(&person);
    deployment.world.spawn(async move { asks.command(App::Box, Room::Chat).await });
    deployment.world.run(LIMIT, || false);
    let is_told = |activity: &Value| activity.to_string().contains("Thing");
    let told = person.chat().iter().filter(|sent| is_told(&sent.activity)).count();
    deployment.end();
    told
}

fn busy() -> Value {
    json!({"status": 429, "headers": {"Retry-After": "20"}})
}

fn page() -> Value {
    json!({"status": 200, "body": "<html>Please sign in to this network.</html>"})
}

#[test]
fn a_page_at_the_third_attempt_is_the_first_doubt_and_the_reply_is_sent_again() {
    assert_eq!(told_after(&[busy(), busy(), page()]), 1);
}

#[test]
fn a_third_page_counts_as_told() {
    assert_eq!(told_after(&[page(), page()]), 1);
    assert_eq!(told_after(&[page(), busy(), page(), page()]), 0);
}
