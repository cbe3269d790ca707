//! External parties fail at the start of the worker, or all at once.

use serde_json::json;
use workbot_e2e::{Answer, Chat, Company, FAULTS, Sandbox, agent, eventually, kill, start, unique, worker};
use workbot_shared::{Receipt, RevocationOutcome};

/// Delivers an activity with a token that was issued before.
fn post(token: &str, body: &str) -> u16 {
    let request = agent().post(format!("{}/api/messages", worker()));
    Answer::read(request.header("authorization", format!("Bearer {token}")).send(body).expect("the worker"))
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
    assert_eq!(chat.sent().len(), 1, "what was refused before was not handled");
}

#[test]
#[ignore = "takes the outside away from everybody"]
fn nothing_is_lost_while_every_external_party_is_unreachable() {
    let company = Company::new();
    company.connect_salesforce();
    let ada = company.person();
    ada.connect_to("salesforce");
    ada.say("help");
    ada.expect("What I can do for you");
    let name = unique("Nobody ");
    let token = Sandbox.bot_token(&json!({}));
    let sso = Sandbox.sso_token(&json!({"oid": ada.oid, "tid": ada.tenant}));
    Sandbox.post("away", &json!({"ms": 5_000}));
    let body = ada.activity(&json!({"text": format!("find account {name}")})).to_string();
    assert_eq!(post(&token, &body), 200);
    let request = agent().post(format!("{}/api/connections/salesforce/disconnect", worker()));
    let answer = request.header("authorization", format!("Bearer {sso}")).send_empty().expect("the worker");
    let answer = Answer::read(answer);
    let receipt: Receipt = serde_json::from_str(&answer.body).expect("a receipt");
    assert_eq!(receipt.outcome, RevocationOutcome::Retrying);
    eventually("the sandbox", || agent().get(Sandbox.origin()).call().ok());
    ada.expect("There is no account named like");
    eventually("the revocation", || {
        Sandbox.grants(&ada.upn).iter().all(|grant| !grant["revoked"].is_null()).then_some(())
    });
}
