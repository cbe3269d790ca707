use std::sync::{Arc, Mutex};

use axum::extract::Request;
use axum::http::StatusCode;
use axum::{Json, Router};
use http_body_util::BodyExt;
use serde_json::{Value, json};

use crate::fixture::{TENANT, World};

async fn bot_token(world: &mut World) -> String {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", "bot"),
        ("client_secret", "bot-secret"),
        ("scope", "https://api.botframework.com/.default"),
    ];
    let response = world.post(&format!("/entra/{TENANT}/oauth2/v2.0/token"), &form).await.json();
    response["access_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn only_the_bots_own_token_opens_the_connector() {
    let mut world = World::new();
    let path = "/connector/v3/conversations/a:1/activities";
    let persons = world.call("", "POST", "/_control/sso-token", json!({ "oid": "x" })).await.json();
    for token in ["nonsense", persons["token"].as_str().unwrap()] {
        let response = world.call(token, "POST", path, json!({ "type": "message" })).await;
        assert_eq!(response.status, StatusCode::UNAUTHORIZED);
    }
    let token = bot_token(&mut world).await;
    let response = world.call(&token, "POST", path, json!({ "type": "message" })).await;
    assert_eq!(response.status, StatusCode::CREATED);
}

#[tokio::test]
async fn what_the_bot_sends_is_on_record() {
    let mut world = World::new();
    let token = bot_token(&mut world).await;
    let path = "/connector/v3/conversations/19%3Ax%40thread.tacv2/activities";
    let sent = world.call(&token, "POST", path, json!({ "type": "message", "text": "one" })).await.json();
    let id = sent["id"].as_str().unwrap();
    let update = json!({ "type": "message", "text": "two" });
    let response = world.call(&token, "PUT", &format!("{path}/{id}"), update.clone()).await;
    assert_eq!(response.status, StatusCode::OK);
    let response = world.call(&token, "PUT", &format!("{path}/unknown"), update).await;
    assert_eq!(response.status, StatusCode::NOT_FOUND);
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
    let response = world.call("", "POST", "/relay/api/messages", activity).await;
    assert_eq!(response.status, StatusCode::FORBIDDEN);
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
    let response = world.call(&token, "POST", "/connector/v3/conversations", parameters).await.json();
    assert_eq!(response["id"], seen[0].as_str());
}

/// Someone says something in a conversation.
async fn says(world: &mut World, oid: &str, kind: &str, conversation: &str) {
    delivers(world, oid, kind, conversation, json!({ "type": "message" })).await;
}

async fn delivers(world: &mut World, oid: &str, kind: &str, conversation: &str, fields: Value) {
    let mut activity = json!({
        "conversation": { "id": conversation, "conversationType": kind, "tenantId": TENANT },
        "from": { "id": format!("29:{oid}"), "aadObjectId": oid },
    });
    activity.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    world.call("", "POST", "/_control/relay", activity).await;
}

/// What the bot is told of a member: the status, and the entry or the error's code.
async fn member(world: &mut World, token: &str, conversation: &str, id: &str) -> (u16, Value) {
    let conversation = conversation.replace(';', "%3B");
    let path = format!("/connector/v3/conversations/{conversation}/members/{id}");
    let response = world.call(token, "GET", &path, Value::Null).await;
    let body = response.json();
    let code = body.pointer("/error/code").cloned();
    (response.status.as_u16(), code.unwrap_or(body))
}

#[tokio::test]
async fn a_roster_shows_who_spoke_there_as_the_directory_knows_them() {
    let (origin, _) = other_side().await;
    let mut world = World::beside(&origin, &origin);
    let token = bot_token(&mut world).await;
    let guest = json!({
        "tid": TENANT, "oid": "gus", "name": "Gus", "upn": "gus_fabrikam.com#EXT#@contoso.onmicrosoft.com"
    });
    world.call("", "POST", "/_control/persons", guest).await;
    let eve = json!({ "tid": "fabrikam", "oid": "eve", "name": "Eve", "upn": "eve@fabrikam.com" });
    world.call("", "POST", "/_control/persons", eve).await;
    let channel = "19:shared@thread.tacv2";
    says(&mut world, "gus", "channel", &format!("{channel};messageid=1700")).await;
    says(&mut world, "eve", "channel", &format!("{channel};messageid=1800")).await;
    let (status, shown) = member(&mut world, &token, channel, "29:gus").await;
    assert_eq!((status, &shown["name"], &shown["userRole"]), (200, &json!("Gus"), &json!("guest")));
    assert_eq!((&shown["tenantId"], &shown["objectId"]), (&json!(TENANT), &json!("gus")));
    let (_, shown) = member(&mut world, &token, channel, "29:eve").await;
    assert_eq!((&shown["tenantId"], &shown["userRole"]), (&json!("fabrikam"), &json!("user")));
    let not_found = |code: &str| (404, json!(code));
    assert_eq!(
        member(&mut world, &token, channel, "29:ada").await,
        not_found("MemberNotFoundInConversation")
    );
    let thread = format!("{channel};messageid=1700");
    assert_eq!(member(&mut world, &token, &thread, "29:gus").await, not_found("ConversationNotFound"));
    assert_eq!(member(&mut world, &token, "19:other", "29:gus").await, not_found("ConversationNotFound"));
}

#[tokio::test]
async fn a_test_says_who_is_in_a_conversation_and_as_what() {
    let (origin, _) = other_side().await;
    let mut world = World::beside(&origin, &origin);
    let token = bot_token(&mut world).await;
    let chat = "19:meeting_x@thread.v2";
    says(&mut world, "ada", "groupChat", chat).await;
    let put = |id: &str, tid: Value, role: Value| json!({ "conversation": chat, "member": format!("29:{id}"), "oid": id, "tid": tid, "role": role });
    for body in [put("ada", json!("fabrikam"), Value::Null), put("anon", Value::Null, json!("anonymous"))] {
        world.call("", "POST", "/_control/rosters", body).await;
    }
    let (_, shown) = member(&mut world, &token, chat, "29:ada").await;
    assert_eq!(shown["tenantId"], "fabrikam");
    let (_, shown) = member(&mut world, &token, chat, "29:anon").await;
    assert_eq!((&shown["tenantId"], &shown["userRole"]), (&json!(TENANT), &json!("anonymous")));
    assert!(shown.get("objectId").is_none(), "{shown}");

    let out = json!({ "conversation": chat, "member": "29:ada" });
    world.call("", "POST", "/_control/rosters/out", out).await;
    says(&mut world, "ada", "groupChat", chat).await;
    let gone = (404, json!("MemberNotFoundInConversation"));
    assert_eq!(member(&mut world, &token, chat, "29:ada").await, gone);
}

#[tokio::test]
async fn where_the_bot_was_removed_it_reads_no_roster_and_writes_nothing() {
    let (origin, _) = other_side().await;
    let mut world = World::beside(&origin, &origin);
    let token = bot_token(&mut world).await;
    says(&mut world, "ada", "personal", "a:ada").await;
    assert_eq!(member(&mut world, &token, "a:ada", "29:ada").await.0, 200);
    let removal = json!({ "type": "installationUpdate", "action": "remove" });
    delivers(&mut world, "ada", "personal", "a:ada", removal).await;
    let refused = (403, json!("BotNotInConversationRoster"));
    assert_eq!(member(&mut world, &token, "a:ada", "29:ada").await, refused);
    for (path, body) in [
        ("/connector/v3/conversations/a:ada/activities", json!({ "type": "message" })),
        ("/connector/v3/conversations", json!({ "members": [{ "id": "29:ada" }] })),
    ] {
        assert_eq!(world.call(&token, "POST", path, body).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    // Who writes to it has it again.
    says(&mut world, "ada", "personal", "a:ada").await;
    assert_eq!(member(&mut world, &token, "a:ada", "29:ada").await.0, 200);
    let out = json!({ "conversation": "19:team@thread.tacv2" });
    world.call("", "POST", "/_control/rosters/out", out).await;
    assert_eq!(member(&mut world, &token, "19:team@thread.tacv2", "29:ada").await, refused);
}

#[tokio::test]
async fn the_sandbox_answers_for_the_playgrounds_roster() {
    let (origin, received) = other_side().await;
    let mut world = World::beside(&origin, &origin);
    let token = bot_token(&mut world).await;
    let activity = json!({
        "serviceUrl": format!("{origin}/_connector"),
        "conversation": { "id": "19:team", "conversationType": "channel", "tenantId": TENANT },
        "from": { "id": "user-id-0", "aadObjectId": "00000000-0000-0000-0000-0000000000020" },
    });
    world.call("", "POST", "/relay/api/messages", activity).await;
    received.lock().unwrap().clear();
    let (status, shown) = member(&mut world, &token, "19:team", "user-id-0").await;
    assert_eq!((status, &shown["name"], &shown["tenantId"]), (200, &json!("Alex Wilber"), &json!(TENANT)));
    assert!(received.lock().unwrap().is_empty(), "the Playground is not asked");
}

#[tokio::test]
async fn a_forgotten_chat_is_not_found_and_another_is_made() {
    let mut world = World::new();
    let token = bot_token(&mut world).await;
    let (parameters, path) =
        (json!({ "members": [{ "id": "29:ada" }], "tenantId": TENANT }), "/connector/v3/conversations");
    let first = world.call(&token, "POST", path, parameters.clone()).await.json();
    let chat = first["id"].as_str().unwrap().to_owned();
    world.call("", "POST", "/_control/rosters/forget", json!({ "conversation": chat })).await;
    let gone = world.call(&token, "POST", &format!("{path}/{chat}/activities"), json!({})).await;
    assert_eq!(
        (gone.status, &gone.json()["error"]["code"]),
        (StatusCode::NOT_FOUND, &json!("ConversationNotFound"))
    );
    let second = world.call(&token, "POST", path, parameters).await.json();
    assert_ne!(first["id"], second["id"]);
    let other = second["id"].as_str().unwrap();
    let sent = world.call(&token, "POST", &format!("{path}/{other}/activities"), json!({})).await;
    assert_eq!(sent.status, StatusCode::CREATED);
}

#[tokio::test]
async fn a_targeted_message_is_of_groups_and_is_changed_as_one() {
    let mut world = World::new();
    let token = bot_token(&mut world).await;
    let at = |chat: &str| format!("/connector/v3/conversations/{chat}/activities");
    let (message, update) = (json!({ "type": "message", "recipient": { "id": "29:ada" } }), json!({}));
    let joins = |conversation: &str, member: &str| json!({ "conversation": conversation, "member": member });
    for member in ["29:ada", "29:bob"] {
        world.call("", "POST", "/_control/rosters", joins("19:group", member)).await;
    }
    let post = format!("{}?isTargetedActivity=true", at("a:ada"));
    assert_eq!(world.call(&token, "POST", &post, message.clone()).await.status, StatusCode::BAD_REQUEST);
    let post = format!("{}?isTargetedActivity=true", at("19:group"));
    for refused in [json!({}), json!({ "recipient": { "id": "29:carol" } })] {
        let response = world.call(&token, "POST", &post, refused).await;
        assert_eq!(response.status, StatusCode::BAD_REQUEST);
        assert_eq!(response.json()["error"]["code"], "Bad argument");
    }
    let sent = world.call(&token, "POST", &post, message.clone()).await.json();
    let one = format!("{}/{}", at("19:group"), sent["id"].as_str().unwrap());
    let targeted = format!("{one}?isTargetedActivity=true");
    for method in ["PUT", "DELETE"] {
        assert_eq!(world.call(&token, method, &one, update.clone()).await.status, StatusCode::NOT_FOUND);
        let with_recipient = world.call(&token, method, &targeted, message.clone()).await.status;
        assert_eq!(with_recipient, StatusCode::BAD_REQUEST, "{method} names no recipient");
        assert_eq!(world.call(&token, method, &targeted, update.clone()).await.status, StatusCode::OK);
    }
    let gone = world.call(&token, "PUT", &targeted, update).await;
    assert_eq!(gone.json()["error"]["code"], "ActivityNotFoundInConversation");
    for (reader, count) in [("29:ada", 3), ("29:bob", 0)] {
        let asked = [("conversation", "19:group"), ("reader", reader)];
        let read = world.get("/_control/sent", &asked).await.json();
        let read = read["sent"].as_array().unwrap().clone();
        assert_eq!(read.len(), count, "{reader}: {read:?}");
        assert!(read.iter().all(|sent| sent["targeted"] == true && sent["reader"] == reader), "{read:?}");
    }
}

#[tokio::test]
async fn the_chat_page_shows_a_targeted_message_to_its_recipient_alone() {
    let mut world = World::new();
    let token = bot_token(&mut world).await;
    for member in ["29:ada", "29:bob"] {
        let joins = json!({ "conversation": "19:group", "member": member });
        world.call("", "POST", "/_control/rosters", joins).await;
    }
    let path = "/connector/v3/conversations/19:group/activities";
    let secret = json!({ "recipient": { "id": "29:ada" }, "text": "Your connections" });
    let post = format!("{path}?isTargetedActivity=true");
    let sent = world.call(&token, "POST", &post, secret).await.json();
    world.call(&token, "POST", path, json!({ "text": "Hello to all" })).await;
    for (reader, is_theirs) in [("29:ada", true), ("29:bob", false)] {
        let page = world.get("/chat", &[("conversation", "19:group"), ("person", reader)]).await.text;
        assert!(page.contains("Hello to all"), "{page}");
        assert_eq!(page.contains("Your connections"), is_theirs, "{page}");
        assert_eq!(page.contains("Only you can see this message"), is_theirs, "{page}");
    }
    let one = format!("{path}/{}?isTargetedActivity=true", sent["id"].as_str().unwrap());
    world.call(&token, "PUT", &one, json!({ "text": "Updated" })).await;
    let ada = [("conversation", "19:group"), ("person", "29:ada")];
    let page = world.get("/chat", &ada).await.text;
    assert!(page.contains("Updated") && !page.contains("Your connections"), "{page}");
    world.call(&token, "DELETE", &one, Value::Null).await;
    assert!(!world.get("/chat", &ada).await.text.contains("Updated"));
    let stranger = [("conversation", "19:group"), ("person", "29:carol")];
    assert_eq!(world.get("/chat", &stranger).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn the_chat_page_shows_cards_and_markdown_and_escapes_the_rest() {
    let mut world = World::new();
    let token = bot_token(&mut world).await;
    let joins = json!({ "conversation": "19:group", "member": "29:ada" });
    world.call("", "POST", "/_control/rosters", joins).await;
    let path = "/connector/v3/conversations/19:group/activities";
    let evil = "<script>alert(1)</script>";
    let text = |text: &str| json!({ "type": "TextBlock", "text": text, "weight": "Bolder" });
    let card = json!({
        "type": "AdaptiveCard",
        "body": [
            text("**Accounts**"), text(evil),
            { "type": "FactSet", "facts": [{ "title": evil, "value": "Banking" }] },
            { "type": "ColumnSet", "columns": [{ "type": "Column", "items": [
                { "type": "Container", "items": [text("Inside")] }
            ] }] },
            { "type": "Table", "firstRowAsHeader": true, "rows": [
                { "type": "TableRow", "cells": [{ "type": "TableCell", "items": [text("Name")] }] },
                { "type": "TableRow", "cells": [{ "type": "TableCell", "items": [text("Acme")] }] }
            ] },
            { "type": "Input.Text", "id": "name", "label": "Name", "value": "\"><script>" },
            { "type": "Input.ChoiceSet", "id": "stage", "label": "Stage", "value": "b",
              "choices": [{ "title": "Open", "value": "a" }, { "title": "Won", "value": "b" }] },
            { "type": "Image", "url": "javascript:alert(1)", "altText": "No picture" }
        ],
        "actions": [
            { "type": "Action.OpenUrl", "title": "Open", "url": "https://a.example/1" },
            { "type": "Action.OpenUrl", "title": "Run", "url": "javascript:alert(1)" },
            { "type": "Action.Execute", "title": "Cancel", "verb": "run.cancel" }
        ]
    });
    let attachment = json!({ "contentType": "application/vnd.microsoft.card.adaptive", "content": card });
    let message = json!({ "summary": "For the notification", "attachments": [attachment] });
    world.call(&token, "POST", path, message).await;
    world.call(&token, "POST", path, json!({ "text": format!("**Done** {evil}") })).await;
    let page = world.get("/chat", &[("conversation", "19:group"), ("person", "29:ada")]).await.text;
    for shown in [
        "<strong>Accounts</strong>",
        "<dd><p>Banking</p>",
        "<p>Inside</p>",
        "<th><div",
        "<option selected>Won</option>",
        ">Open</a>",
        "disabled>Run</button>",
        "disabled>Cancel</button>",
        "<strong>Done</strong>",
    ] {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    for never in ["<script", "javascript:", "For the notification", "<img"] {
        assert!(!page.contains(never), "{never}: {page}");
    }
}

#[tokio::test]
async fn a_conversation_or_tenant_may_take_no_targeted_messages() {
    let mut world = World::new();
    let token = bot_token(&mut world).await;
    let thread = "19:channel@thread.tacv2;messageid=17";
    let activity = json!({
        "type": "message", "from": { "id": "29:ada", "aadObjectId": "ada" }, "text": "help",
        "conversation": { "id": thread, "conversationType": "channel", "tenantId": TENANT },
    });
    world.call("", "POST", "/_control/relay", activity).await;
    let post = format!("/connector/v3/conversations/{thread}/activities?isTargetedActivity=true");
    let message = json!({ "type": "message", "recipient": { "id": "29:ada" } });
    for place in [json!({ "conversation": "19:channel@thread.tacv2" }), json!({ "tenant": TENANT })] {
        for (allowed, status) in [(false, StatusCode::BAD_REQUEST), (true, StatusCode::CREATED)] {
            let mut change = place.clone();
            change["allowed"] = json!(allowed);
            world.call("", "POST", "/_control/targeted", change).await;
            assert_eq!(world.call(&token, "POST", &post, message.clone()).await.status, status, "{place}");
        }
    }
}

#[tokio::test]
async fn the_bots_token_comes_in_the_shape_that_is_asked_for() {
    let mut world = World::new();
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", "bot"),
        ("client_secret", "bot-secret"),
        ("scope", "https://api.botframework.com/.default"),
    ];
    let path = format!("/entra/{TENANT}/oauth2/v2.0/token");
    let shape = json!({ "fields": { "expires_in": "3599", "token_type": null }, "status": 201, "bom": true });
    world.call("", "POST", "/_control/entra/bot-token-answer", shape).await;
    let response = world.post(&path, &form).await;
    assert_eq!(response.status, StatusCode::CREATED);
    let body: Value = serde_json::from_str(response.text.strip_prefix('\u{feff}').unwrap()).unwrap();
    assert_eq!((&body["expires_in"], body.get("token_type")), (&json!("3599"), None));
    world.call("", "POST", "/_control/entra/bot-token-answer", json!({ "form": true })).await;
    assert!(world.post(&path, &form).await.text.contains("expires_in=3600"));
    world.call("", "DELETE", "/_control/entra/bot-token-answer", Value::Null).await;
    assert_eq!(world.post(&path, &form).await.json()["expires_in"], 3600);
}
