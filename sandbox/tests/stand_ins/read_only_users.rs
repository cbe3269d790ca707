//! Who may only read is refused in each app's own words, and nothing is changed.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::fixture::{Response, World};
use crate::oauth_flow_driver::{App, BOX, SALESFORCE, SERVICENOW, text};

const BOB: &str = "bob@contoso.com";
const ACCOUNTS: &str = "/salesforce-org/00Dxx0000001gPLEAY/services/data/v65.0/sobjects/Account";
const INCIDENT: &str = "/servicenow/api/now/table/incident";
const FOLDERS: &str = "/box-api/2.0/folders";

async fn give(world: &mut World, app: &App, rights: &str) {
    let user = json!({ "username": BOB, "rights": rights });
    let path = format!("/_control/{}/users", app.name);
    let response = world.call("", "POST", &path, user).await;
    assert_eq!((response.status, &response.json()["rights"]), (StatusCode::OK, &json!(rights)));
}

/// Bob's token, and something that he made there before he lost his rights.
async fn made_before(world: &mut World, app: &App, path: &str, body: Value) -> (String, Value) {
    let token = text(&app.grant(world, BOB).await, "access_token").to_owned();
    let made = world.call(&token, "POST", path, body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    give(world, app, "read_only").await;
    (token, made.json())
}

/// All of them are refused, with this body.
fn refused(responses: &[Response], expected: &Value) {
    for response in responses {
        assert_eq!(response.status, StatusCode::FORBIDDEN, "{}", response.text);
        let body = response.json();
        for (pointer, value) in expected.as_object().unwrap() {
            assert_eq!(body.pointer(pointer), Some(value), "{body}");
        }
    }
}

#[tokio::test]
async fn salesforce_refuses_every_change() {
    let mut world = World::new();
    let (token, made) = made_before(&mut world, &SALESFORCE, ACCOUNTS, json!({ "Name": "Mine" })).await;
    let mine = format!("{ACCOUNTS}/{}", text(&made, "id"));
    let upsert = format!("{ACCOUNTS}/Workbot_Key__c/run-1");
    let mut responses = Vec::new();
    for (method, path) in [("POST", ACCOUNTS), ("PATCH", &mine), ("PATCH", &upsert), ("DELETE", &mine)] {
        responses.push(world.call(&token, method, path, json!({ "Name": "Other" })).await);
    }
    let words = json!({
        "/0/errorCode": "INSUFFICIENT_ACCESS_OR_READONLY", "/0/message": "insufficient access rights on object id",
    });
    refused(&responses, &words);
    assert_eq!(world.get_as(&token, &mine, &[]).await.json()["Name"], "Mine", "it can still be read");

    give(&mut world, &SALESFORCE, "full").await;
    let changed = world.call(&token, "PATCH", &mine, json!({ "Name": "Other" })).await;
    assert_eq!(changed.status, StatusCode::NO_CONTENT, "the same token is good again");
}

#[tokio::test]
async fn servicenow_refuses_to_insert_and_to_update() {
    let mut world = World::new();
    let before = json!({ "short_description": "Mine" });
    let (token, made) = made_before(&mut world, &SERVICENOW, INCIDENT, before).await;
    let mine = format!("{INCIDENT}/{}", text(&made["result"], "sys_id"));
    for (method, path, what) in
        [("POST", INCIDENT, "Insert"), ("PATCH", mine.as_str(), "Update"), ("PUT", &mine, "Update")]
    {
        let response = world.call(&token, method, path, json!({ "short_description": "Other" })).await;
        let detail = format!("ACL Exception {what} Failed due to security constraints");
        let words =
            json!({ "/status": "failure", "/error/message": "Operation Failed", "/error/detail": detail });
        refused(&[response], &words);
    }
    let read = world.get_as(&token, &mine, &[]).await.json();
    assert_eq!(read["result"]["short_description"], "Mine");
}

#[tokio::test]
async fn box_refuses_every_change() {
    let mut world = World::new();
    let folder = |name: &str| json!({ "name": name, "parent": { "id": "0" } });
    let (token, made) = made_before(&mut world, &BOX, FOLDERS, folder("Mine")).await;
    let mine = format!("{FOLDERS}/{}", text(&made, "id"));
    let link = json!({ "shared_link": { "access": "company" } });
    let responses = [
        world.call(&token, "POST", FOLDERS, folder("Other")).await,
        world.call(&token, "PUT", &mine, link).await,
        world.call(&token, "POST", "/box-upload/api/2.0/files/content", json!({})).await,
        world.call(&token, "POST", "/box-api/2.0/comments", json!({})).await,
    ];
    let words = json!({
        "/type": "error", "/status": 403, "/code": "access_denied_insufficient_permissions",
        "/message": "Access denied - insufficient permission",
    });
    refused(&responses, &words);
    assert_eq!(world.get_as(&token, &mine, &[]).await.json()["shared_link"], Value::Null);
}
