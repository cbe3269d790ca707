use axum::http::StatusCode;
use serde_json::json;

use crate::fixture::World;
use crate::freshdesk::basic;
use crate::oauth_flow_driver::{APPS, SALESFORCE, text};

const REVOKE: &str = "/salesforce/services/oauth2/revoke";

#[tokio::test]
async fn a_fault_hits_what_it_names_as_often_as_it_says() {
    let mut world = World::new();
    let fault = json!({
        "where": "salesforce.revoke", "match": "token=a b", "status": 503, "headers": { "retry-after": "7" }, "times": 1,
    });
    assert_eq!(world.call("", "POST", "/_control/faults", fault).await.status, StatusCode::OK);
    assert_eq!(world.post(REVOKE, &[("token", "other")]).await.status, StatusCode::BAD_REQUEST);
    let hit = world.post(REVOKE, &[("token", "a b")]).await;
    assert_eq!(hit.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(hit.headers["retry-after"], "7");
    assert_eq!(world.post(REVOKE, &[("token", "a b")]).await.status, StatusCode::BAD_REQUEST);

    let log = world.get("/_control/requests", &[("where", "salesforce.revoke")]).await.json();
    assert_eq!(log["count"], 3);
    assert_eq!(log["requests"][1]["status"], 503);
}

#[tokio::test]
async fn a_fault_may_be_of_one_method_and_one_path() {
    let mut world = World::new();
    let fault =
        json!({ "where": "salesforce.revoke", "method": "post", "path": "/oauth2/revoke", "status": 503 });
    world.call("", "POST", "/_control/faults", fault).await;
    assert_eq!(world.post(REVOKE, &[("token", "t")]).await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_ne!(world.get(REVOKE, &[]).await.status, StatusCode::SERVICE_UNAVAILABLE);
    world.call("", "DELETE", "/_control/faults", json!(null)).await;
    let fault = json!({ "where": "salesforce.revoke", "path": "/elsewhere", "status": 503 });
    world.call("", "POST", "/_control/faults", fault).await;
    assert_eq!(world.post(REVOKE, &[("token", "t")]).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn an_unknown_place_is_told() {
    let mut world = World::new();
    let fault = json!({ "where": "salesforce", "status": 500 });
    let response = world.call("", "POST", "/_control/faults", fault).await;
    assert_eq!(response.status, StatusCode::BAD_REQUEST);
    assert!(response.text.contains("salesforce.token"));
}

#[tokio::test]
async fn a_switched_off_user_cannot_log_in() {
    let mut world = World::new();
    let user = json!({ "username": "ada@contoso.com", "active": false });
    let user = world.call("", "POST", "/_control/salesforce/users", user).await.json();
    assert_eq!(user["name"], "Ada Lovelace");
    let form = [("request", ""), ("username", "ada@contoso.com"), ("password", "sandbox")];
    assert!(world.post("/salesforce/login", &form).await.text.contains("role=\"alert\""));
}

const ADA: &str = "ada@contoso.com";

async fn fault(world: &mut World, place: &str, person: &str) {
    let fault = json!({ "where": place, "match": person, "status": 503 });
    assert_eq!(world.call("", "POST", "/_control/faults", fault).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_fault_of_one_person_spares_the_others() {
    let mut world = World::new();
    for app in APPS {
        for part in ["rest", "token", "revoke"] {
            fault(&mut world, &format!("{}.{part}", app.name), "ADA@contoso.com").await;
        }
        for (username, is_hit) in [(ADA, true), ("bob@contoso.com", false)] {
            let grant = app.grant(&mut world, username).await;
            let (access, refresh) = (text(&grant, "access_token"), text(&grant, "refresh_token"));
            let responses = [
                world.get_as(access, app.door, &[]).await,
                app.refresh_response(&mut world, refresh).await,
                app.revoke(&mut world, access).await,
                app.revoke(&mut world, refresh).await,
            ];
            for response in responses {
                let was_hit = response.status == StatusCode::SERVICE_UNAVAILABLE;
                assert_eq!(was_hit, is_hit, "{} {username}: {}", app.name, response.text);
            }
        }
    }
}

#[tokio::test]
async fn a_fault_of_one_person_hits_the_identity_url_too() {
    let mut world = World::new();
    fault(&mut world, "salesforce.identity", ADA).await;
    let grant = SALESFORCE.grant(&mut world, ADA).await;
    let identity = text(&grant, "id").trim_start_matches("http://localhost:8788").to_owned();
    let response = world.get_as(text(&grant, "access_token"), &identity, &[]).await;
    assert_eq!(response.status, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn a_person_is_named_in_full() {
    let mut world = World::new();
    fault(&mut world, "salesforce.revoke", "ada@").await;
    let grant = SALESFORCE.grant(&mut world, ADA).await;
    let response = SALESFORCE.revoke(&mut world, text(&grant, "refresh_token")).await;
    assert_eq!(response.status, StatusCode::OK);
}

#[tokio::test]
async fn a_fault_of_one_agent_spares_the_others() {
    let mut world = World::new();
    fault(&mut world, "freshdesk.rest", "support@contoso.com").await;
    let path = "/freshdesk/api/v2/agents/me";
    for (key, expected) in
        [("freshdesk-local-key", StatusCode::SERVICE_UNAVAILABLE), ("freshdesk-second-key", StatusCode::OK)]
    {
        assert_eq!(world.call_as(&basic(key), "GET", path, json!(null)).await.status, expected);
    }
}
