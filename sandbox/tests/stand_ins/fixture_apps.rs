//! The apps with a fixture, called at the sandbox's own address, as in a local run.

use axum::http::StatusCode;
use serde_json::json;
use workbot_sandbox::settings::Client;

use crate::fixture::World;

const KEY: &str = "Bearer pat-na1-11111111-aaaa-bbbb-cccc-1234567890ab";

#[tokio::test]
async fn a_request_that_no_page_documents_is_answered_with_its_differences() {
    let mut world = World::new();
    let path = "/apps/hubspot/api.hubapi.com/crm/objects/2026-03/contacts";
    for (path, key, body, words) in [
        (path, KEY, json!({"propertys": {}}), "body field /properties is missing"),
        (path, KEY, json!({"properties": "x"}), "body field /properties is \"x\", expected `{properties}`"),
        (path, "Bearer other", json!({"properties": {}}), "header authorization is `Bearer other`"),
        ("/apps/hubspot/api.hubapi.com/crm", KEY, json!({}), "the address is not documented"),
        ("/apps/hubspot/api.hubapi.com/account-info/2026-03/details", KEY, json!({}), "only GET"),
    ] {
        let response = world.call_as(key, "POST", path, body).await;
        assert_eq!(response.status, StatusCode::BAD_REQUEST, "{path}");
        assert!(response.text.contains(words), "{}", response.text);
    }
    let contact = json!({"properties": {"email": "ada@contoso.com"}});
    let response = world.call_as(KEY, "POST", path, contact).await;
    assert_eq!((response.status, &response.json()["id"]), (StatusCode::CREATED, &json!("33451")));
}

#[tokio::test]
async fn a_dead_token_is_refused_in_the_vendors_words_and_another_host_is_unknown() {
    let mut world = World::new();
    world.restart_with(|settings| {
        let client = Client { id: "app".to_owned(), secret: "app-secret".to_owned() };
        settings.fixture_apps.insert("github".to_owned(), client);
    });
    let path = "/apps/github/api.github.com/user";
    let response = world.at_own_address(path, "Bearer nobody").await;
    assert_eq!(response.status, StatusCode::UNAUTHORIZED);
    assert_eq!(response.json()["message"], "Bad credentials");
    let wrong = world.at_own_address("/apps/github/elsewhere.example/user", "Bearer nobody").await;
    assert_eq!(wrong.status, StatusCode::NOT_FOUND);
}
