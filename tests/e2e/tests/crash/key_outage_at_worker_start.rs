//! External parties fail at the start of the worker.

use serde_json::json;
use workbot_e2e::{Chat, FAULTS, Response, Sandbox, agent, eventually, kill, start, worker};

/// Delivers an activity with a token that was issued before.
fn post(token: &str, body: &str) -> u16 {
    let request = agent().post(format!("{}/api/messages", worker()));
    Response::read(request.header("authorization", format!("Bearer {token}")).send(body).expect("the worker"))
        .status
}

#[test]
#[ignore = "kills the worker"]
fn failed_bot_framework_keys_are_fetched_again_at_the_next_activity() {
    let chat = Chat::new();
    let token = Sandbox.bot_token(&json!({}));
    let body = chat.activity(&json!({"text": "help"})).to_string();
    kill();
    start();
    for (place, matching) in [("botframework.metadata", "openid"), ("botframework.keys", "keys")] {
        // The runtime itself may repeat a request after a broken connection.
        for kind in FAULTS.into_iter().filter(|kind| !kind.is_broken_off) {
            kind.at(place, matching);
            // The Bot Framework redelivers after this status. Here until all faults are used up.
            eventually(kind.name, || {
                assert_eq!(post(&token, &body), 503, "{place}, {}", kind.name);
                Sandbox.faults_left(place).eq(&0).then_some(())
            });
        }
    }
    eventually("the turn to be taken", || (post(&token, &body) == 200).then_some(()));
    chat.expect("What I can do for you");
    assert_eq!(chat.replies().len(), 1, "what was refused before was not handled");
}
