use axum::http::StatusCode;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::fixture::{Response, World};
use crate::oauth_flow_driver::{BOX, text};

const ADA: &str = "ada@contoso.com";
const BOB: &str = "bob@contoso.com";
const EVE: &str = "eve@fabrikam.com";
const API: &str = "/box-api/2.0";
const UPLOAD: &str = "/box-upload/api/2.0/files/content";

async fn token_of(world: &mut World, username: &str) -> String {
    text(&BOX.grant(world, username).await, "access_token").to_owned()
}

async fn get(world: &mut World, token: &str, path: &str, query: &[(&str, &str)]) -> Response {
    world.get_as(token, &format!("{API}{path}"), query).await
}

async fn post(world: &mut World, token: &str, path: &str, body: Value) -> Response {
    world.call(token, "POST", &format!("{API}{path}"), body).await
}

async fn folder(world: &mut World, token: &str, name: &str, parent: &str) -> Response {
    post(world, token, "/folders", json!({ "name": name, "parent": { "id": parent } })).await
}

/// Uploads a text; the parts come in this order.
async fn upload(world: &mut World, token: &str, parts: [(&str, &str); 2]) -> Response {
    let mut body = String::new();
    for (name, content) in parts {
        let head = format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
        body.push_str(&format!("{head}{content}\r\n"));
    }
    body.push_str("--x--\r\n");
    let kind = "multipart/form-data; boundary=x";
    world.post_as(&format!("Bearer {token}"), UPLOAD, kind, body).await
}

async fn file(world: &mut World, token: &str, name: &str) -> Value {
    let attributes = json!({ "name": name, "parent": { "id": "0" } }).to_string();
    let response = upload(world, token, [("attributes", &attributes), ("file", "Hello")]).await;
    assert_eq!(response.status, StatusCode::CREATED, "{}", response.text);
    response.json()["entries"][0].clone()
}

/// The id of an item that is there from the start.
async fn seeded(world: &mut World, token: &str, name: &str) -> String {
    let found = get(world, token, "/search", &[("query", name)]).await.json();
    let entries = found["entries"].as_array().unwrap();
    text(entries.iter().find(|entry| entry["name"] == name).unwrap(), "id").to_owned()
}

fn names(list: &Value) -> Vec<&str> {
    list["entries"].as_array().unwrap().iter().map(|entry| text(entry, "name")).collect()
}

#[tokio::test]
async fn a_token_answer_has_boxs_own_fields() {
    let mut world = World::new();
    let response = BOX.grant(&mut world, ADA).await;
    assert_eq!((&response["expires_in"], &response["token_type"]), (&json!(3600), &json!("bearer")));
    assert_eq!(response["restricted_to"], json!([]));
    assert!(response.get("scope").is_none());
}

#[tokio::test]
async fn credentials_belong_into_the_body() {
    let mut world = World::new();
    let grant = BOX.grant(&mut world, ADA).await;
    let basic = format!("Basic {}", STANDARD.encode("box-app:box-secret"));
    let form = format!("grant_type=refresh_token&refresh_token={}", text(&grant, "refresh_token"));
    let kind = "application/x-www-form-urlencoded";
    let refused = world.post_as(&basic, BOX.token, kind, form).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert_eq!(refused.json()["error"], "invalid_client");
}

#[tokio::test]
async fn a_code_is_good_once_and_needs_neither_verifier_nor_address() {
    let mut world = World::new();
    let code = BOX.code(&mut world, ADA).await;
    let form = [("grant_type", "authorization_code"), ("code", code.as_str())];
    assert!(BOX.token_response(&mut world, &form).await.json().get("access_token").is_some());
    let again = BOX.token_response(&mut world, &form).await.json();
    assert_eq!(again["error_description"], "The authorization code has expired");
}

#[tokio::test]
async fn the_latest_refresh_may_be_repeated_until_its_token_is_used() {
    let mut world = World::new();
    let first = BOX.grant(&mut world, ADA).await;
    let second = BOX.refresh(&mut world, text(&first, "refresh_token")).await;
    assert_ne!(second["refresh_token"], first["refresh_token"]);
    let repeated = BOX.refresh(&mut world, text(&first, "refresh_token")).await;
    for field in ["access_token", "refresh_token"] {
        assert_eq!(repeated[field], second[field]);
    }
    BOX.refresh(&mut world, text(&second, "refresh_token")).await;
    let refused = BOX.refresh_response(&mut world, text(&first, "refresh_token")).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert_eq!(refused.json()["error"], "invalid_grant");
    assert_eq!(refused.json()["error_description"], "Refresh token has expired");

    let grant_state =
        world.get("/_control/box/grants", &[("username", ADA)]).await.json()["grants"][0].clone();
    let counts =
        ["refreshes", "refresh_tokens_sent", "repeated", "reused"].map(|name| grant_state[name].clone());
    assert_eq!(counts, [json!(2), json!(4), json!(1), json!(1)]);
    assert_eq!(grant_state["revoked"], Value::Null, "the live pair goes on");
}

#[tokio::test]
async fn the_answer_of_a_refresh_that_was_lost_is_got_by_repeating_it() {
    let mut world = World::new();
    let grant = BOX.grant(&mut world, ADA).await;
    let lost = json!({ "where": "box.token", "match": ADA, "status": 504, "after": true, "times": 1 });
    world.call("", "POST", "/_control/faults", lost).await;
    let response = BOX.refresh_response(&mut world, text(&grant, "refresh_token")).await;
    assert_eq!(response.status, StatusCode::GATEWAY_TIMEOUT);
    let repeated = BOX.refresh(&mut world, text(&grant, "refresh_token")).await;
    assert!(BOX.is_let_in(&mut world, text(&repeated, "access_token")).await);
}

#[tokio::test]
async fn either_token_revokes_the_pair() {
    let mut world = World::new();
    for name in ["access_token", "refresh_token"] {
        let grant = BOX.grant(&mut world, ADA).await;
        let form = [("token", text(&grant, name)), ("client_id", "box-app"), ("client_secret", "wrong")];
        let refused = world.post("/box-api/oauth2/revoke", &form).await;
        assert_eq!(refused.json()["error"], "invalid_client");
        let revoked = BOX.revoke(&mut world, text(&grant, name)).await;
        assert_eq!((revoked.status, revoked.text.as_str()), (StatusCode::OK, ""));
        assert!(!BOX.is_let_in(&mut world, text(&grant, "access_token")).await);
        let refused = BOX.refresh(&mut world, text(&grant, "refresh_token")).await;
        assert_eq!(refused["error"], "invalid_grant");
        let again = BOX.revoke(&mut world, text(&grant, name)).await;
        assert_eq!(again.status, StatusCode::BAD_REQUEST);
    }
}

#[tokio::test]
async fn a_dead_token_gets_no_body_and_a_challenge() {
    let mut world = World::new();
    let response = get(&mut world, "dead", "/users/me", &[]).await;
    assert_eq!((response.status, response.text.as_str()), (StatusCode::UNAUTHORIZED, ""));
    let challenge = response.headers["www-authenticate"].to_str().unwrap();
    assert!(challenge.starts_with("Bearer realm=\"Service\", error=\"invalid_token\""));
}

#[tokio::test]
async fn the_enterprise_is_told_to_who_asks() {
    let mut world = World::new();
    for (username, enterprise) in [
        (ADA, json!({ "type": "enterprise", "id": "1357924", "name": "Contoso" })),
        (EVE, json!({ "type": "enterprise", "id": "2468135", "name": "Fabrikam" })),
    ] {
        let token = token_of(&mut world, username).await;
        let usual = get(&mut world, &token, "/users/me", &[]).await.json();
        assert_eq!((&usual["login"], usual.get("enterprise")), (&json!(username), None));
        let query = [("fields", "id,login,enterprise")];
        let asked = get(&mut world, &token, "/users/me", &query).await.json();
        assert_eq!((&asked["enterprise"], asked.get("status")), (&enterprise, None));
        assert_eq!(asked["id"], usual["id"]);
    }
}

#[tokio::test]
async fn a_second_folder_of_the_same_name_is_led_to_the_first() {
    let mut world = World::new();
    let ada = token_of(&mut world, ADA).await;
    let first = folder(&mut world, &ada, "Q3", "0").await;
    assert_eq!(first.status, StatusCode::CREATED);
    assert_eq!(first.json()["created_by"]["login"], ADA);
    let second = folder(&mut world, &ada, "q3", "0").await;
    assert_eq!(second.status, StatusCode::CONFLICT);
    assert_eq!(second.json()["code"], "item_name_in_use");
    let conflict = &second.json()["context_info"]["conflicts"][0];
    assert_eq!((&conflict["id"], &conflict["type"]), (&first.json()["id"], &json!("folder")));

    let bob = token_of(&mut world, BOB).await;
    assert_eq!(folder(&mut world, &bob, "Q3", "0").await.status, StatusCode::CREATED, "another root");
}

#[tokio::test]
async fn names_and_ids_are_checked() {
    let mut world = World::new();
    let ada = token_of(&mut world, ADA).await;
    let long = "x".repeat(256);
    for (name, code) in [
        ("a/b", "item_name_invalid"),
        ("..", "item_name_invalid"),
        (" a", "item_name_invalid"),
        ("a\tb", "item_name_invalid"),
        (long.as_str(), "item_name_too_long"),
    ] {
        let refused = folder(&mut world, &ada, name, "0").await;
        assert_eq!((refused.status, &refused.json()["code"]), (StatusCode::BAD_REQUEST, &json!(code)));
    }
    let missing = post(&mut world, &ada, "/folders", json!({ "name": "x" })).await.json();
    assert_eq!(missing["context_info"]["errors"][0]["name"], "parent.id");
    assert_eq!(folder(&mut world, &ada, "x", "999").await.status, StatusCode::NOT_FOUND);
    let malformed = get(&mut world, &ada, "/folders/abc", &[]).await;
    assert_eq!(malformed.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn colleagues_share_what_is_open_to_them_and_nothing_else() {
    let mut world = World::new();
    let (ada, bob) = (token_of(&mut world, ADA).await, token_of(&mut world, BOB).await);
    let eve = token_of(&mut world, EVE).await;
    let root = get(&mut world, &bob, "/folders/0/items", &[]).await.json();
    assert_eq!(names(&root), ["Customers", "Policies"]);
    let own = folder(&mut world, &ada, "Ada's", "0").await.json();
    let customers = seeded(&mut world, &ada, "Customers").await;
    let common = folder(&mut world, &ada, "Woodgrove Bank", &customers).await.json();
    assert_eq!(common["owned_by"]["login"], "integration@contoso.com");
    for (token, item, expected) in [
        (&ada, &own, StatusCode::OK),
        (&bob, &own, StatusCode::NOT_FOUND),
        (&bob, &common, StatusCode::OK),
        (&eve, &common, StatusCode::NOT_FOUND),
    ] {
        let path = format!("/folders/{}", text(item, "id"));
        let response = get(&mut world, token, &path, &[]).await;
        assert_eq!(response.status, expected, "{}", response.text);
    }
}

#[tokio::test]
async fn a_long_folder_comes_in_pages() {
    let mut world = World::new();
    let ada = token_of(&mut world, ADA).await;
    let id = text(&folder(&mut world, &ada, "Long", "0").await.json(), "id").to_owned();
    for name in ["c", "a", "b"] {
        folder(&mut world, &ada, name, &id).await;
    }
    let path = format!("/folders/{id}/items");
    let page = get(&mut world, &ada, &path, &[("limit", "2"), ("offset", "1")]).await.json();
    assert_eq!((names(&page), &page["total_count"]), (vec!["b", "c"], &json!(3)));
    let query = [("limit", "2"), ("usemarker", "true")];
    let page = get(&mut world, &ada, &path, &query).await.json();
    assert_eq!((names(&page), page.get("total_count")), (vec!["a", "b"], None));
    let query = [("limit", "2"), ("usemarker", "true"), ("marker", text(&page, "next_marker"))];
    let page = get(&mut world, &ada, &path, &query).await.json();
    assert_eq!((names(&page), text(&page, "next_marker")), (vec!["c"], ""));
    let refused = get(&mut world, &ada, &path, &[("limit", "1001")]).await;
    assert_eq!(refused.json()["code"], "invalid_limit");
}

#[tokio::test]
async fn an_upload_says_what_it_is_before_it_comes() {
    let mut world = World::new();
    let ada = token_of(&mut world, ADA).await;
    let made = file(&mut world, &ada, "hello.txt").await;
    assert_eq!((&made["size"], &made["created_by"]["login"]), (&json!(5), &json!(ADA)));
    assert_eq!(made["sha1"], "f7ff9e8b7bb2e09b70935a5d785e0cc5d9d0abf0");
    let path = format!("/files/{}", text(&made, "id"));
    let info = get(&mut world, &ada, &path, &[("fields", "name,extension")]).await.json();
    assert_eq!(
        info,
        json!({ "type": "file", "id": made["id"], "etag": "0", "name": "hello.txt", "extension": "txt" })
    );

    let attributes = json!({ "name": "hello.txt", "parent": { "id": "0" } }).to_string();
    let again = upload(&mut world, &ada, [("attributes", &attributes), ("file", "Hello")]).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    assert_eq!(again.json()["context_info"]["conflicts"]["id"], made["id"]);
    let late = upload(&mut world, &ada, [("file", "Hello"), ("attributes", &attributes)]).await;
    assert_eq!(late.json()["code"], "metadata_after_file_contents");
}

#[tokio::test]
async fn a_search_finds_what_has_been_there_for_a_while() {
    let mut world = World::new();
    let ada = token_of(&mut world, ADA).await;
    folder(&mut world, &ada, "Acme again", "0").await;
    let found = get(&mut world, &ada, "/search", &[("query", "acme")]).await.json();
    assert_eq!(names(&found), ["Acme Corporation", "Acme offer.txt"]);
    let files = get(&mut world, &ada, "/search", &[("query", "acme"), ("type", "file")]).await.json();
    assert_eq!(names(&files), ["Acme offer.txt"]);
    let policies = seeded(&mut world, &ada, "Policies").await;
    let query = [("query", "acme"), ("ancestor_folder_ids", policies.as_str())];
    assert_eq!(get(&mut world, &ada, "/search", &query).await.json()["total_count"], 0);
    let eve = token_of(&mut world, EVE).await;
    assert_eq!(get(&mut world, &eve, "/search", &[("query", "acme")]).await.json()["total_count"], 0);
}

#[tokio::test]
async fn a_shared_link_comes_and_goes() {
    let mut world = World::new();
    let ada = token_of(&mut world, ADA).await;
    let made = file(&mut world, &ada, "hello.txt").await;
    let path = format!("{API}/files/{}?fields=shared_link", text(&made, "id"));
    let link = json!({ "shared_link": { "access": "company" } });
    let shared = world.call(&ada, "PUT", &path, link.clone()).await.json();
    let first = shared["shared_link"].clone();
    assert_eq!(first["effective_access"], "company");
    let again = world.call(&ada, "PUT", &path, link).await.json();
    assert_eq!(again["shared_link"]["url"], first["url"]);
    let gone = world.call(&ada, "PUT", &path, json!({ "shared_link": null })).await.json();
    assert_eq!(gone["shared_link"], Value::Null);
    let wrong = json!({ "shared_link": { "access": "everybody" } });
    assert_eq!(world.call(&ada, "PUT", &path, wrong).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn an_equal_comment_right_after_the_first_is_refused() {
    let mut world = World::new();
    let ada = token_of(&mut world, ADA).await;
    let id = text(&file(&mut world, &ada, "hello.txt").await, "id").to_owned();
    let comment = json!({ "message": "Fine", "item": { "type": "file", "id": id } });
    let made = post(&mut world, &ada, "/comments", comment.clone()).await;
    assert_eq!((made.status, &made.json()["created_by"]["login"]), (StatusCode::CREATED, &json!(ADA)));
    let again = post(&mut world, &ada, "/comments", comment).await;
    assert_eq!(
        (again.status, &again.json()["code"]),
        (StatusCode::CONFLICT, &json!("recent_similar_comment"))
    );
    let list = get(&mut world, &ada, &format!("/files/{id}/comments"), &[]).await.json();
    assert_eq!(list["entries"][0]["message"], "Fine");
}

#[tokio::test]
async fn a_task_is_given_to_somebody() {
    let mut world = World::new();
    let ada = token_of(&mut world, ADA).await;
    let id = text(&file(&mut world, &ada, "hello.txt").await, "id").to_owned();
    let task = json!({ "item": { "type": "file", "id": id }, "action": "review", "message": "Look" });
    let task = post(&mut world, &ada, "/tasks", task).await;
    assert_eq!(task.status, StatusCode::CREATED);
    let task_id = text(&task.json(), "id").to_owned();
    let assignment = json!({ "task": { "type": "task", "id": task_id }, "assign_to": { "login": BOB } });
    let made = post(&mut world, &ada, "/task_assignments", assignment).await;
    assert_eq!(made.json()["assigned_to"]["login"], BOB);
    let tasks = get(&mut world, &ada, &format!("/files/{id}/tasks"), &[]).await.json();
    assert_eq!(tasks["entries"][0]["task_assignment_collection"]["total_count"], 1);
}

#[tokio::test]
async fn who_was_granted_reading_cannot_write() {
    let mut world = World::new();
    let grant = BOX.grant_of_scope(&mut world, ADA, "root_readonly").await;
    let token = text(&grant, "access_token").to_owned();
    assert_eq!(get(&mut world, &token, "/folders/0", &[]).await.status, StatusCode::OK);
    let refused = folder(&mut world, &token, "Q3", "0").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(refused.json()["code"], "insufficient_scope");
}

#[tokio::test]
async fn the_page_of_a_folder_says_who_created_it() {
    let mut world = World::new();
    let ada = token_of(&mut world, ADA).await;
    let id = text(&folder(&mut world, &ada, "Q3 <b>", "0").await.json(), "id").to_owned();
    let page = world.get(&format!("/box-account/folder/{id}"), &[]).await.text;
    assert!(page.contains("<td id=\"created-by\">ada@contoso.com</td>"), "{page}");
    assert!(page.contains("Q3 &lt;b&gt;"));
    assert!(world.get("/box-account/folder/0", &[]).await.text.contains(&id));
}
