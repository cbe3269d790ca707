use axum::http::StatusCode;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::fixture::{Response, TENANT, VERIFIER, WORKER, World, challenge, changed};

const ALEX: &str = "00000000-0000-0000-0000-0000000000020";

fn query(changes: &[(&'static str, &'static str)]) -> Vec<(&'static str, String)> {
    let query = vec![
        ("client_id", "bot".to_owned()),
        ("redirect_uri", format!("{WORKER}/signin/callback")),
        ("response_type", "code".to_owned()),
        ("scope", "openid profile".to_owned()),
        ("state", "s1".to_owned()),
        ("nonce", "n1".to_owned()),
        ("code_challenge", challenge()),
        ("code_challenge_method", "S256".to_owned()),
    ];
    changed(query, changes)
}

async fn authorize(world: &mut World, changes: &[(&'static str, &'static str)]) -> Response {
    let query = query(changes);
    let query: Vec<_> = query.iter().map(|(name, value)| (*name, value.as_str())).collect();
    world.get(&format!("/entra/{TENANT}/oauth2/v2.0/authorize"), &query).await
}

async fn sign_in(world: &mut World, person: &str) -> Response {
    let query = query(&[]);
    let request = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&query).finish();
    world.post(&format!("/entra/{TENANT}/signin"), &[("request", &request), ("person", person)]).await
}

async fn redeem(world: &mut World, code: &str, verifier: &str) -> Response {
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", "bot"),
        ("client_secret", "bot-secret"),
        ("code", code),
        ("redirect_uri", &format!("{WORKER}/signin/callback")),
        ("code_verifier", verifier),
    ];
    world.post(&format!("/entra/{TENANT}/oauth2/v2.0/token"), &form).await
}

fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

#[tokio::test]
async fn a_silent_request_needs_someone_signed_in() {
    let mut world = World::new();
    let response = authorize(&mut world, &[("prompt", "none")]).await;
    assert_eq!(response.parameter("error").as_deref(), Some("login_required"));
    assert_eq!(response.parameter("state").as_deref(), Some("s1"));

    assert_eq!(sign_in(&mut world, ALEX).await.status, StatusCode::SEE_OTHER);
    let response = authorize(&mut world, &[("prompt", "none")]).await;
    assert!(response.parameter("code").is_some());
}

#[tokio::test]
async fn choosing_an_account_shows_the_page_even_when_signed_in() {
    let mut world = World::new();
    sign_in(&mut world, ALEX).await;
    for prompt in ["select_account", "login"] {
        let response = authorize(&mut world, &[("prompt", prompt)]).await;
        assert_eq!(response.status, StatusCode::OK);
        assert!(response.text.contains(&format!("name=\"person\" value=\"{ALEX}\"")));
    }
}

#[tokio::test]
async fn a_session_of_another_tenant_is_nobody_here() {
    let mut world = World::new();
    sign_in(&mut world, ALEX).await;
    let query = query(&[("prompt", "none")]);
    let query: Vec<_> = query.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let response = world.get("/entra/elsewhere/oauth2/v2.0/authorize", &query).await;
    assert_eq!(response.parameter("error").as_deref(), Some("login_required"));
}

#[tokio::test]
async fn an_id_token_names_the_person_and_the_nonce_once() {
    let mut world = World::new();
    let code = sign_in(&mut world, ALEX).await.parameter("code").unwrap();
    let response = redeem(&mut world, &code, VERIFIER).await.json();
    let claims = claims(response["id_token"].as_str().unwrap());
    assert_eq!(claims["oid"], ALEX);
    assert_eq!(claims["nonce"], "n1");
    assert_eq!(claims["iss"], format!("http://localhost:8788/entra/{TENANT}/v2.0"));
    assert_eq!(redeem(&mut world, &code, VERIFIER).await.json()["error"], "invalid_grant");
}

#[tokio::test]
async fn a_wrong_verifier_gets_nothing() {
    let mut world = World::new();
    let code = sign_in(&mut world, ALEX).await.parameter("code").unwrap();
    assert_eq!(redeem(&mut world, &code, "another").await.json()["error"], "invalid_grant");
}

#[tokio::test]
async fn pkce_and_nonce_are_asked_for() {
    let mut world = World::new();
    for missing in ["code_challenge", "code_challenge_method", "nonce"] {
        let response = authorize(&mut world, &[(missing, "")]).await;
        assert_eq!(response.parameter("error").as_deref(), Some("invalid_request"), "{missing}");
    }
}

#[tokio::test]
async fn a_wrong_client_or_address_stays_on_a_page() {
    let mut world = World::new();
    for wrong in [("client_id", "other"), ("redirect_uri", "http://localhost:8787/elsewhere")] {
        let response = authorize(&mut world, &[wrong]).await;
        assert_eq!(response.status, StatusCode::BAD_REQUEST);
    }
}

#[tokio::test]
async fn a_planned_claim_departs_once() {
    let mut world = World::new();
    world
        .call("", "POST", "/_control/entra/faults", json!({ "oid": ALEX, "claims": { "nonce": "other" } }))
        .await;
    for expected in ["other", "n1"] {
        let code = sign_in(&mut world, ALEX).await.parameter("code").unwrap();
        let response = redeem(&mut world, &code, VERIFIER).await.json();
        assert_eq!(claims(response["id_token"].as_str().unwrap())["nonce"], expected);
    }
}
