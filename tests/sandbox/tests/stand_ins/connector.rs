use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::world::{TENANT, World};

async fn bot_token(world: &mut World) -> String {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", "bot"),
        ("client_secret", "bot-secret"),
        ("scope", "https://api.botframework.com/.default"),
    ];
    let answer = world.post(&format!("/entra/{TENANT}/oauth2/v2.0/token"), &form).await.json();
    answer["access_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn only_the_bots_own_token_opens_the_connector() {
    let mut world = World::new();
    let path = "/connector/v3/conversations/a:1/activities";
    let persons = world.call("", "POST", "/_control/sso-token", json!({ "oid": "x" })).await.json();
    for token in ["nonsense", persons["token"].as_str().unwrap()] {
        let answer = world.call(token, "POST", path, json!({ "type": "message" })).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    }
    let token = bot_token(&mut world).await;
    let answer = world.call(&token, "POST", path, json!({ "type": "message" })).await;
    assert_eq!(answer.status, StatusCode::CREATED);
}

#[tokio::test]
async fn what_the_bot_sends_is_on_record() {
    let mut world = World::new();
    let token = bot_token(&mut world).await;
    let path = "/connector/v3/conversations/19%3Ax%40thread.tacv2/activities";
    let sent = world.call(&token, "POST", path, json!({ "type": "message", "text": "one" })).await.json();
    let id = sent["id"].as_str().unwrap();
    let update = json!({ "type": "message", "text": "two" });
    let answer = world.call(&token, "PUT", &format!("{path}/{id}"), update.clone()).await;
    assert_eq!(answer.status, StatusCode::OK);
    let answer = world.call(&token, "PUT", &format!("{path}/unknown"), update).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    let record = world.get("/_control/sent", &[("conversation", "19:x@thread.tacv2")]).await.json();
    let methods: Vec<&Value> = record["sent"].as_array().unwrap().iter().map(|one| &one["method"]).collect();
    assert_eq!(methods, ["POST", "PUT"]);
}

#[tokio::test]
async fn a_personal_chat_exists_once() {
    let mut world = World::new();
    let token = bot_token(&mut world).await;
    let parameters = json!({ "members": [{ "id": "29:ada" }], "tenantId": TENANT });
    let path = "/connector/v3/conversations";
    let first = world.call(&token, "POST", path, parameters.clone()).await.json();
    let second = world.call(&token, "POST", path, parameters).await.json();
    assert_eq!(first["id"], second["id"]);
}

#[tokio::test]
async fn the_relay_serves_the_playground_alone() {
    let mut world = World::new();
    let activity = json!({ "serviceUrl": "http://localhost:1/_connector", "conversation": { "id": "x" } });
    let answer = world.call("", "POST", "/relay/api/messages", activity).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
}
