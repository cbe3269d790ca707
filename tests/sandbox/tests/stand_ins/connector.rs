use std::sync::{Arc, Mutex};

use axum::extract::Request;
use axum::http::StatusCode;
use axum::{Json, Router};
use http_body_util::BodyExt;
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
async fn a_member_is_shown_as_the_directory_knows_them() {
    let mut world = World::new();
    let token = bot_token(&mut world).await;
    let guest = json!({
        "tid": TENANT, "oid": "gus", "name": "Gus", "upn": "gus_fabrikam.com#EXT#@contoso.onmicrosoft.com"
    });
    world.call("", "POST", "/_control/persons", guest).await;
    let member = |id: &str| format!("/connector/v3/conversations/a:1/members/29:{id}");
    let shown = world.call(&token, "GET", &member("gus"), Value::Null).await.json();
    assert_eq!((&shown["name"], &shown["userRole"]), (&json!("Gus"), &json!("guest")));
    let nobody = world.call(&token, "GET", &member("nobody"), Value::Null).await;
    assert_eq!(nobody.status, StatusCode::NOT_FOUND);
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

/// Paths and bodies that a server of someone else received.
type Received = Arc<Mutex<Vec<(String, Value)>>>;

/// A server that takes everything and answers with an id: worker and Playground in one.
async fn other_side() -> (String, Received) {
    let received = Received::default();
    let log = received.clone();
    let app = Router::new().fallback(move |request: Request| async move {
        let path = request.uri().to_string();
        let body = request.into_body().collect().await.unwrap().to_bytes();
        let body = serde_json::from_slice(&body).unwrap_or_default();
        log.lock().unwrap().push((path, body));
        (StatusCode::CREATED, Json(json!({ "id": "theirs" })))
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async { axum::serve(listener, app).await });
    (origin, received)
}

#[tokio::test]
async fn a_personal_chat_of_the_playground_keeps_its_id() {
    let (origin, received) = other_side().await;
    let mut world = World::beside(&origin, &origin);
    let mut seen = Vec::new();
    for id in ["before-restart", "after-restart"] {
        let activity = json!({
            "serviceUrl": format!("{origin}/_connector"),
            "conversation": { "id": id, "conversationType": "personal" },
            "from": { "id": "user-id-0" },
        });
        world.call("", "POST", "/relay/api/messages", activity).await;
        let (path, activity) = received.lock().unwrap().pop().unwrap();
        assert_eq!(path, "/api/messages");
        assert_eq!(activity["serviceUrl"], "http://localhost:8788/connector");
        seen.push(activity["conversation"]["id"].as_str().unwrap().to_owned());
    }
    assert_eq!(seen[0], seen[1]);

    let token = bot_token(&mut world).await;
    let path = format!("/connector/v3/conversations/{}/activities", seen[0]);
    world.call(&token, "POST", &path, json!({ "type": "message" })).await;
    let (path, _) = received.lock().unwrap().pop().unwrap();
    assert_eq!(path, "/_connector/v3/conversations/after%2Drestart/activities");

    let parameters = json!({ "isGroup": false, "members": [{ "id": "user-id-0" }] });
    let answer = world.call(&token, "POST", "/connector/v3/conversations", parameters).await.json();
    assert_eq!(answer["id"], seen[0].as_str());
}
