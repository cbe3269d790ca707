//! Login and consent, which are alike at all apps.

use axum::http::StatusCode;

use serde_json::json;
use std::path::Path;
use workbot_sandbox::Settings;

use crate::fixture::World;
use crate::oauth_flow_driver::{APPS, BOX, SALESFORCE};

const ADA: &str = "ada@contoso.com";

#[tokio::test]
async fn a_wrong_client_or_address_stays_on_a_page() {
    let mut world = World::new();
    for app in APPS {
        let others = if app.name == "box" { SALESFORCE.callback() } else { BOX.callback() };
        for wrong in [
            ("client_id", "other"),
            ("redirect_uri", "http://localhost:8787/elsewhere"),
            ("redirect_uri", "http://localhost:8787/oauth/callback"),
            ("redirect_uri", &others),
        ] {
            let response = app.authorize(&mut world, &[wrong]).await;
            assert_eq!(response.status, StatusCode::BAD_REQUEST, "{}", app.name);
        }
    }
}

#[tokio::test]
async fn who_logs_in_is_asked_and_a_denial_is_told() {
    let mut world = World::new();
    for app in APPS {
        assert!(app.authorize(&mut world, &[]).await.text.contains("name=\"password\""), "{}", app.name);
        app.log_in(&mut world, ADA).await;
        let page = app.authorize(&mut world, &[]).await.text;
        assert!(page.contains("value=\"allow\"") && page.contains(ADA), "{}", app.name);
        let denied = app.decide(&mut world, "deny").await;
        assert_eq!(denied.parameter("error").as_deref(), Some("access_denied"), "{}", app.name);
        assert_eq!(denied.parameter("state").as_deref(), Some("s1"), "{}", app.name);
    }
}

#[tokio::test]
async fn an_answer_names_its_issuer_as_the_knob_says() {
    let mut world = World::new();
    let own = "http://localhost:8788/salesforce";
    SALESFORCE.log_in(&mut world, ADA).await;
    for (iss, named) in [("none", None), ("right", Some(own)), ("wrong", Some("https://issuer.example"))] {
        let knob = json!({ "username": ADA, "iss": iss });
        world.call("", "POST", "/_control/salesforce/oauth", knob).await;
        for decision in ["allow", "deny"] {
            let response = SALESFORCE.decide(&mut world, decision).await;
            assert_eq!(response.parameter("iss").as_deref(), named, "{iss} {decision}");
        }
    }
}

#[tokio::test]
async fn another_user_can_take_over_at_box() {
    let mut world = World::new();
    BOX.log_in(&mut world, ADA).await;
    let page = BOX.authorize(&mut world, &[]).await.text;
    assert!(page.contains("/box-account/logout?client_id="), "{page}");
    let out = world.get("/box-account/logout", &[("client_id", BOX.client.0)]).await;
    assert_eq!(out.status, StatusCode::SEE_OTHER);
    assert!(BOX.authorize(&mut world, &[]).await.text.contains("name=\"password\""));
}

#[tokio::test]
async fn an_app_that_the_variables_do_not_name_says_so() {
    let mut world = World::new();
    world.restart_with(|settings| (settings.salesforce, settings.box_com) = (None, None));
    for (path, variable) in [
        (BOX.authorize, "APP_BOX_CLIENT_ID"),
        ("/box-api/2.0/users/me", "APP_BOX_CLIENT_ID"),
        ("/box-account/folder/0", "APP_BOX_CLIENT_ID"),
        (SALESFORCE.authorize, "APP_SALESFORCE_CLIENT_ID"),
        ("/salesforce-org/any/services/data", "APP_SALESFORCE_CLIENT_ID"),
    ] {
        let response = world.get(path, &[]).await;
        assert_eq!(response.status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
        assert!(response.text.contains(variable), "{path}: {}", response.text);
    }
}

#[test]
fn the_bots_variables_are_enough() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bots-variables-only");
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("variables");
    let read = |text: &str| {
        std::fs::write(&file, text).unwrap();
        Settings::read(8788, "http://localhost:8787", "http://localhost:8789", folder.clone(), &file, &[])
    };
    let settings = read("BOT_APP_ID=bot\nBOT_APP_PASSWORD=secret\nBOT_TENANT_ID=contoso\n").unwrap();
    assert!(settings.salesforce.is_none() && settings.servicenow.is_none() && settings.box_com.is_none());
    assert!(settings.fixture_apps.is_empty());
    let error = read("BOT_APP_ID=bot\n").err().unwrap().to_string();
    assert!(error.contains("does not set BOT_APP_PASSWORD"), "{error}");
}
