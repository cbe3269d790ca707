use axum::http::StatusCode;
use serde_json::json;

use crate::world::World;

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
async fn an_unknown_place_is_told() {
    let mut world = World::new();
    let fault = json!({ "where": "salesforce", "status": 500 });
    let answer = world.call("", "POST", "/_control/faults", fault).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(answer.text.contains("salesforce.token"));
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
