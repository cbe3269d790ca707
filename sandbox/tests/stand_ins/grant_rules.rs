//! The knobs of a grant's life, at every app.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::fixture::World;
use crate::oauth_flow_driver::{App, SALESFORCE, text};

const ADA: &str = "ada@contoso.com";
const BOB: &str = "bob@contoso.com";

async fn turn(world: &mut World, app: &App, rules: Value) -> Value {
    let response = world.call("", "POST", &format!("/_control/{}/oauth", app.name), rules).await;
    assert_eq!(response.status, StatusCode::OK, "{}", response.text);
    response.json()
}

async fn rules(world: &mut World, app: &App, whose: &[(&str, &str)]) -> Value {
    world.get(&format!("/_control/{}/oauth", app.name), whose).await.json()
}

/// The latest grant of a user, as the control route tells it.
async fn latest_grant(world: &mut World, app: &App, username: &str) -> Value {
    let response =
        world.get(&format!("/_control/{}/grants", app.name), &[("username", username)]).await.json();
    response["grants"].as_array().unwrap().last().unwrap().clone()
}

fn is_refused(response: &Value) -> bool {
    response.get("access_token").is_none() && response.get("error").is_some()
}

#[tokio::test]
async fn a_knob_of_one_user_spares_the_others() {
    let mut world = World::new();
    let app = &SALESFORCE;
    turn(&mut world, app, json!({ "rotation": "single_use", "max_approvals": null })).await;
    let turned =
        json!({ "username": "ADA@contoso.com", "rotation": "reuse_kills", "refresh_token_seconds": 60 });
    let in_force = turn(&mut world, app, turned).await;
    assert_eq!(in_force["rotation"], "reuse_kills");
    assert_eq!(in_force["refresh_token_seconds"], 60);
    assert_eq!(in_force["max_approvals"], Value::Null, "the app's knob counts besides");

    let everyone = rules(&mut world, app, &[]).await;
    assert_eq!(everyone["rotation"], "single_use");
    assert_eq!(everyone["access_token_seconds"], 7200);
    assert_eq!(everyone["users"][ADA], in_force);
    assert_eq!(rules(&mut world, app, &[("username", ADA)]).await, in_force);
    let bobs = rules(&mut world, app, &[("username", BOB)]).await;
    assert_eq!((&bobs["rotation"], &bobs["refresh_token_seconds"]), (&json!("single_use"), &Value::Null));

    let wrong = world.call("", "POST", "/_control/salesforce/oauth", json!({ "rotations": "none" })).await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    assert_eq!(world.get("/_control/freshdesk/oauth", &[]).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn with_single_use_a_replaced_token_fails_and_the_live_one_goes_on() {
    let mut world = World::new();
    let app = &SALESFORCE;
    turn(&mut world, app, json!({ "rotation": "single_use" })).await;
    let first = app.grant(&mut world, ADA).await;
    let second = app.refresh(&mut world, text(&first, "refresh_token")).await;
    assert_ne!(second["refresh_token"], first["refresh_token"]);
    assert!(is_refused(&app.refresh(&mut world, text(&first, "refresh_token")).await));
    assert!(!is_refused(&app.refresh(&mut world, text(&second, "refresh_token")).await));
    let grant = latest_grant(&mut world, app, ADA).await;
    assert_eq!(grant["revoked"], Value::Null);
    assert_eq!((&grant["refreshes"], &grant["refresh_tokens_sent"]), (&json!(2), &json!(3)));
    assert_eq!((&grant["reused"], &grant["repeated"]), (&json!(1), &json!(0)));
}

#[tokio::test]
async fn a_refresh_token_that_is_too_old_is_refused() {
    let mut world = World::new();
    let app = &SALESFORCE;
    let (ada, bob) = (app.grant(&mut world, ADA).await, app.grant(&mut world, BOB).await);
    turn(&mut world, app, json!({ "username": ADA, "refresh_token_seconds": 0 })).await;
    assert!(is_refused(&app.refresh(&mut world, text(&ada, "refresh_token")).await));
    assert!(!is_refused(&app.refresh(&mut world, text(&bob, "refresh_token")).await));
}

#[tokio::test]
async fn an_access_token_lives_as_long_as_the_knob_says() {
    let mut world = World::new();
    let app = &SALESFORCE;
    turn(&mut world, app, json!({ "username": ADA, "access_token_seconds": 0 })).await;
    for (username, expected) in [(ADA, false), (BOB, true)] {
        let grant = app.grant(&mut world, username).await;
        assert_eq!(app.is_let_in(&mut world, text(&grant, "access_token")).await, expected, "{username}");
    }
}

#[tokio::test]
async fn as_many_approvals_live_as_the_knob_says() {
    let mut world = World::new();
    let app = &SALESFORCE;
    turn(&mut world, app, json!({ "username": ADA, "max_approvals": 1 })).await;
    let first = app.grant(&mut world, ADA).await;
    let second = app.grant(&mut world, ADA).await;
    assert!(is_refused(&app.refresh(&mut world, text(&first, "refresh_token")).await));
    assert!(!is_refused(&app.refresh(&mut world, text(&second, "refresh_token")).await));
}

#[tokio::test]
async fn a_lost_answer_has_replaced_the_token() {
    let mut world = World::new();
    let app = &SALESFORCE;
    turn(&mut world, app, json!({ "rotation": "reuse_kills" })).await;
    let grant = app.grant(&mut world, ADA).await;
    let lost = json!({
        "where": format!("{}.token", app.name), "match": ADA, "status": 502, "after": true, "times": 1,
    });
    world.call("", "POST", "/_control/faults", lost).await;
    let response = app.refresh_response(&mut world, text(&grant, "refresh_token")).await;
    assert_eq!(response.status, StatusCode::BAD_GATEWAY);
    assert!(is_refused(&app.refresh(&mut world, text(&grant, "refresh_token")).await));
    let grant = latest_grant(&mut world, app, ADA).await;
    assert_eq!((&grant["refreshes"], &grant["reused"]), (&json!(1), &json!(1)));
    assert_eq!(grant["revoked"]["why"], "a replaced refresh token was used again");
}

#[tokio::test]
async fn a_refresh_that_fails_before_the_work_is_counted_and_changes_nothing() {
    let mut world = World::new();
    let app = &SALESFORCE;
    turn(&mut world, app, json!({ "rotation": "reuse_kills" })).await;
    let grant = app.grant(&mut world, ADA).await;
    let failing = json!({ "where": format!("{}.token", app.name), "match": ADA, "status": 503, "times": 2 });
    world.call("", "POST", "/_control/faults", failing).await;
    for _ in 0..2 {
        let response = app.refresh_response(&mut world, text(&grant, "refresh_token")).await;
        assert_eq!(response.status, StatusCode::SERVICE_UNAVAILABLE);
    }
    assert!(!is_refused(&app.refresh(&mut world, text(&grant, "refresh_token")).await));
    let grant = latest_grant(&mut world, app, ADA).await;
    assert_eq!((&grant["refreshes"], &grant["refresh_tokens_sent"]), (&json!(1), &json!(3)));
    assert_eq!(grant["reused"], 0);
}

#[tokio::test]
async fn a_refused_client_is_counted_and_uses_nothing_up() {
    let mut world = World::new();
    let app = &SALESFORCE;
    let grant = app.grant(&mut world, ADA).await;
    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", app.client.0),
        ("client_secret", "wrong"),
        ("refresh_token", text(&grant, "refresh_token")),
    ];
    assert!(is_refused(&world.post(app.token, &form).await.json()));
    assert_eq!(latest_grant(&mut world, app, ADA).await["refresh_tokens_sent"], 1);
    assert!(!is_refused(&app.refresh(&mut world, text(&grant, "refresh_token")).await));
}

#[tokio::test]
async fn an_administrator_ends_tokens_and_grants_of_one_user() {
    let mut world = World::new();
    for app in crate::oauth_flow_driver::APPS {
        let (ada, bob) = (app.grant(&mut world, ADA).await, app.grant(&mut world, BOB).await);
        let whose = json!({ "username": ADA });
        let path = format!("/_control/{}/expire-access-tokens", app.name);
        assert_eq!(world.call("", "POST", &path, whose.clone()).await.json()["count"], 1);
        assert!(!app.is_let_in(&mut world, text(&ada, "access_token")).await);
        let fresh = app.refresh(&mut world, text(&ada, "refresh_token")).await;
        assert!(app.is_let_in(&mut world, text(&fresh, "access_token")).await);

        let path = format!("/_control/{}/revoke-grants", app.name);
        assert_eq!(world.call("", "POST", &path, whose).await.json()["count"], 1);
        assert!(!app.is_let_in(&mut world, text(&fresh, "access_token")).await);
        let grant = latest_grant(&mut world, app, ADA).await;
        assert_eq!(grant["revoked"]["why"], "revoked by an administrator");
        assert!(app.is_let_in(&mut world, text(&bob, "access_token")).await);
    }
}

#[tokio::test]
async fn users_are_made_and_switched_off() {
    let mut world = World::new();
    for app in crate::oauth_flow_driver::APPS {
        let path = format!("/_control/{}/users", app.name);
        let new = json!({ "username": "new@fabrikam.com", "company": "Fabrikam" });
        let made = world.call("", "POST", &path, new).await.json();
        assert_eq!(made["name"], "new@fabrikam.com");
        let renamed = json!({ "username": "New@fabrikam.com", "name": "New Person" });
        let renamed = world.call("", "POST", &path, renamed).await.json();
        assert_eq!((&renamed["id"], &renamed["org"]), (&made["id"], &made["org"]));
        let grant = app.grant(&mut world, "new@fabrikam.com").await;
        let off = json!({ "username": "new@fabrikam.com", "active": false });
        world.call("", "POST", &path, off).await;
        assert!(is_refused(&app.refresh(&mut world, text(&grant, "refresh_token")).await), "{}", app.name);
        assert!(!app.is_let_in(&mut world, text(&grant, "access_token")).await, "{}", app.name);
    }
}

#[tokio::test]
async fn knobs_and_grants_outlive_a_restart() {
    let mut world = World::new();
    let app = &SALESFORCE;
    turn(&mut world, app, json!({ "refresh_token_seconds": 60, "max_approvals": null })).await;
    turn(&mut world, app, json!({ "username": ADA, "refresh_token_seconds": null })).await;
    let grant = app.grant(&mut world, ADA).await;
    world.restart(|_| {});
    let kept = rules(&mut world, app, &[]).await;
    assert_eq!((&kept["refresh_token_seconds"], &kept["max_approvals"]), (&json!(60), &Value::Null));
    assert_eq!(kept["users"][ADA]["refresh_token_seconds"], Value::Null);
    assert!(!is_refused(&app.refresh(&mut world, text(&grant, "refresh_token")).await));
}

#[tokio::test]
async fn grants_of_an_older_state_go_on() {
    let mut world = World::new();
    let app = &SALESFORCE;
    let grant = app.grant(&mut world, ADA).await;
    world.restart(|state| {
        for app in ["servicenow", "box"] {
            state.as_object_mut().unwrap().remove(app);
        }
        let grants = &mut state["salesforce"]["grants"];
        grants.as_object_mut().unwrap().remove("knobs");
        grants["rotation"] = json!(false);
        for name in ["sent", "repeated", "reused", "refresh_since", "latest_access_token"] {
            grants["all"][0].as_object_mut().unwrap().remove(name);
        }
    });
    turn(&mut world, app, json!({ "refresh_token_seconds": 60 })).await;
    assert!(!is_refused(&app.refresh(&mut world, text(&grant, "refresh_token")).await));
}
