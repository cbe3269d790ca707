use axum::http::StatusCode;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::fixture::{Response, World};

const KEY: &str = "freshdesk-local-key";
const ME: &str = "/freshdesk/api/v2/agents/me";
const TICKETS: &str = "/freshdesk/api/v2/tickets";

pub fn basic(key: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{key}:X")))
}

async fn get(world: &mut World, key: &str, path: &str) -> Response {
    world.call_as(&basic(key), "GET", path, Value::Null).await
}

async fn create(world: &mut World, key: &str, changes: Value) -> Response {
    let mut fields = json!({
        "subject": "Printer <3", "description": "It hums & <b>blinks</b>", "email": "ada@contoso.com", "status": 2,
        "priority": 1,
    });
    for (name, value) in changes.as_object().unwrap() {
        fields[name] = value.clone();
    }
    world.call_as(&basic(key), "POST", TICKETS, fields).await
}

#[tokio::test]
async fn a_key_is_its_agent() {
    let mut world = World::new();
    for (key, email, name) in [
        (KEY, "support@contoso.com", "Support Desk"),
        ("freshdesk-second-key", "helpdesk@contoso.com", "Help Desk"),
    ] {
        let agent = get(&mut world, key, ME).await.json();
        assert_eq!(agent["contact"]["email"], email);
        assert_eq!(agent["contact"]["name"], name);
        assert_eq!(agent["type"], "support_agent");
        assert!(agent["id"].is_u64());
    }
}

#[tokio::test]
async fn without_a_good_key_nothing_opens() {
    let mut world = World::new();
    let refused = json!({
        "code": "invalid_credentials", "message": "You have to be logged in to perform this action.",
    });
    let no_user = format!("Basic {}", STANDARD.encode(format!(":{KEY}")));
    for credentials in [basic("wrong"), basic(""), no_user, format!("Bearer {KEY}"), "Basic %".to_owned()] {
        for (method, path) in [("GET", ME), ("POST", TICKETS), ("GET", "/freshdesk/api/v2/tickets/1")] {
            let response = world.call_as(&credentials, method, path, json!({})).await;
            assert_eq!(response.status, StatusCode::UNAUTHORIZED, "{credentials}");
            assert_eq!(response.json(), refused);
        }
    }
    let response = world.get(ME, &[]).await;
    assert_eq!(response.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_ticket_is_created_and_read_again() {
    let mut world = World::new();
    let created = create(&mut world, KEY, json!({ "type": "Incident", "tags": ["printer"] })).await;
    assert_eq!(created.status, StatusCode::CREATED);
    assert_eq!(created.headers["location"], "http://localhost:8788/freshdesk/api/v2/tickets/1");
    let ticket = created.json();
    assert_eq!(ticket["id"], 1);
    assert_eq!(ticket["description"], "<div>It hums & <b>blinks</b></div>");
    assert_eq!(ticket["description_text"], "It hums & blinks");
    assert_eq!((&ticket["source"], &ticket["responder_id"]), (&json!(2), &Value::Null));
    assert_eq!(get(&mut world, KEY, &format!("{TICKETS}/1")).await.json(), ticket);

    let second = create(&mut world, KEY, json!({ "email": "ADA@contoso.com" })).await.json();
    assert_eq!(second["id"], 2);
    assert_eq!(second["requester_id"], ticket["requester_id"], "the same person");
}

#[tokio::test]
async fn a_ticket_that_is_not_there_gets_an_empty_404() {
    let mut world = World::new();
    for id in ["1", "x"] {
        let response = get(&mut world, KEY, &format!("{TICKETS}/{id}")).await;
        assert_eq!((response.status, response.text.as_str()), (StatusCode::NOT_FOUND, ""));
    }
}

#[tokio::test]
async fn an_empty_ticket_misses_all_five_fields() {
    let mut world = World::new();
    let response = world.call_as(&basic(KEY), "POST", TICKETS, json!({})).await;
    assert_eq!(response.status, StatusCode::BAD_REQUEST);
    let refusal = response.json();
    assert_eq!(refusal["description"], "Validation failed");
    let errors = refusal["errors"].as_array().unwrap();
    let fields: Vec<&Value> = errors.iter().map(|error| &error["field"]).collect();
    assert_eq!(fields, ["subject", "description", "email", "status", "priority"]);
    assert!(errors.iter().all(|error| error["code"] == "missing_field"));
    assert_eq!(errors[2]["message"], "It should be a/an String");
}

#[tokio::test]
async fn a_wrong_field_is_told_and_creates_nothing() {
    let mut world = World::new();
    for (change, field, code) in [
        (json!({ "subject": " " }), "subject", "invalid_value"),
        (json!({ "subject": 5 }), "subject", "datatype_mismatch"),
        (json!({ "description": null }), "description", "datatype_mismatch"),
        (json!({ "email": "ada" }), "email", "invalid_value"),
        (json!({ "email": "ada@contoso" }), "email", "invalid_value"),
        (json!({ "status": 6 }), "status", "invalid_value"),
        (json!({ "status": "2" }), "status", "datatype_mismatch"),
        (json!({ "priority": 0 }), "priority", "invalid_value"),
        (json!({ "source": 4 }), "source", "invalid_value"),
        (json!({ "type": "Wish" }), "type", "invalid_value"),
        (json!({ "tags": "printer" }), "tags", "datatype_mismatch"),
        (json!({ "tags": [1] }), "tags", "datatype_mismatch"),
        (json!({ "colour": "red" }), "colour", "invalid_field"),
    ] {
        let response = create(&mut world, KEY, change.clone()).await;
        assert_eq!(response.status, StatusCode::BAD_REQUEST, "{change}");
        let errors = response.json()["errors"].clone();
        assert_eq!(errors.as_array().unwrap().len(), 1, "{errors}");
        assert_eq!((&errors[0]["field"], &errors[0]["code"]), (&json!(field), &json!(code)));
    }
    let tickets = world.get("/_control/freshdesk/tickets", &[]).await.json();
    assert_eq!(tickets["tickets"], json!([]));
}

#[tokio::test]
async fn the_page_of_a_ticket_says_whose_key_created_it() {
    let mut world = World::new();
    create(&mut world, "freshdesk-second-key", json!({})).await;
    let page = world.get("/freshdesk/a/tickets/1", &[]).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains(r#"<td id="created-by">helpdesk@contoso.com</td>"#), "{}", page.text);
    assert!(page.text.contains("<h1>Printer &lt;3</h1>"));
    assert!(page.text.contains("It hums &amp; blinks"));
    assert_eq!(world.get("/freshdesk/a/tickets/2", &[]).await.status, StatusCode::NOT_FOUND);
    for list in ["/freshdesk", "/freshdesk/"] {
        let page = world.get(list, &[]).await.text;
        assert!(page.contains(r#"<a href="/freshdesk/a/tickets/1">Printer &lt;3</a>"#), "{page}");
    }
    assert!(world.get("/", &[]).await.text.contains(KEY));
}

#[tokio::test]
async fn a_new_key_opens_until_it_is_revoked() {
    let mut world = World::new();
    let new = json!({ "key": "third", "email": "support@contoso.com" });
    let agent = world.call("", "POST", "/_control/freshdesk/keys", new).await.json();
    assert_eq!(agent["name"], "Support Desk", "the agent is known");
    let new = json!({ "key": "fourth", "email": "new@contoso.com" });
    world.call("", "POST", "/_control/freshdesk/keys", new).await;
    assert_eq!(get(&mut world, "third", ME).await.json()["id"], agent["id"]);
    assert_eq!(get(&mut world, "fourth", ME).await.json()["contact"]["email"], "new@contoso.com");

    for count in [1, 0] {
        let response =
            world.call("", "POST", "/_control/freshdesk/revoke-key", json!({ "key": "third" })).await;
        assert_eq!(response.json()["count"], count);
        assert_eq!(get(&mut world, "third", ME).await.status, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(get(&mut world, KEY, ME).await.status, StatusCode::OK, "the agent's other key");
    let colon = json!({ "key": "a:b", "email": "new@contoso.com" });
    let response = world.call("", "POST", "/_control/freshdesk/keys", colon).await;
    assert_eq!(response.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn tickets_and_revoked_keys_outlive_a_restart() {
    let mut world = World::new();
    create(&mut world, KEY, json!({})).await;
    world.call("", "POST", "/_control/freshdesk/revoke-key", json!({ "key": KEY })).await;
    world.restart(|_| ());
    assert_eq!(get(&mut world, KEY, ME).await.status, StatusCode::UNAUTHORIZED);
    let tickets = world.get("/_control/freshdesk/tickets", &[]).await.json();
    let ticket = &tickets["tickets"][0];
    assert_eq!((&ticket["id"], &ticket["subject"]), (&json!(1), &json!("Printer <3")));
    assert_eq!(ticket["created_by"], "support@contoso.com");
}

#[tokio::test]
async fn a_state_from_before_freshdesk_still_loads() {
    let mut world = World::new();
    create(&mut world, KEY, json!({})).await;
    world.restart(|state| {
        state.as_object_mut().unwrap().remove("freshdesk");
        state["salesforce"].as_object_mut().unwrap().remove("accounts_seeded");
        let accounts = state["salesforce"]["records"].as_array_mut().unwrap();
        accounts.truncate(1);
    });
    assert_eq!(get(&mut world, KEY, ME).await.status, StatusCode::OK);
    let records = world.get("/_control/salesforce/records", &[("object", "Account")]).await.json();
    assert_eq!(records["records"].as_array().unwrap().len(), 1, "deleted accounts stay deleted");
}

#[tokio::test]
async fn requests_are_logged_and_fail_on_demand() {
    let mut world = World::new();
    let limit = json!({ "where": "freshdesk.rest", "match": "Urgent", "status": 429, "headers": { "retry-after": "30" } });
    world.call("", "POST", "/_control/faults", limit).await;
    let page = json!({ "where": "freshdesk.page", "status": 500, "times": 1 });
    world.call("", "POST", "/_control/faults", page).await;
    let hit = create(&mut world, KEY, json!({ "subject": "Urgent" })).await;
    assert_eq!(
        (hit.status, &hit.headers["retry-after"]),
        (StatusCode::TOO_MANY_REQUESTS, &"30".parse().unwrap())
    );
    assert_eq!(create(&mut world, KEY, json!({})).await.status, StatusCode::CREATED);
    assert_eq!(world.get("/freshdesk", &[]).await.status, StatusCode::INTERNAL_SERVER_ERROR);
    let log = world.get("/_control/requests", &[("where", "freshdesk.rest")]).await.json();
    assert_eq!(log["count"], 2);
    let log = world.get("/_control/requests", &[("where", "freshdesk.page")]).await.json();
    assert_eq!(log["requests"][0]["path"], "/freshdesk");
}
