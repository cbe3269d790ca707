//! The relay from a chat to the worker. It signs activities as the Bot Framework.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::http_client::{self, ReceivedResponse};
use crate::jwt_signer::Variation;
pub use crate::store::playground::{Home, Playground};
pub use crate::store::rosters::personal_chat;
use crate::{Sandbox, Shared, bot_framework_issuer};

/// The bot endpoint of the Agents Playground.
pub fn routes() -> Router<Shared> {
    // The Playground checks the bot by HEAD; a GET route also handles HEAD.
    Router::new().route("/relay/api/messages", get(StatusCode::OK).post(relay))
}

async fn relay(State(sandbox): State<Shared>, Json(mut activity): Json<Value>) -> Response {
    let text = |pointer: &str| activity.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let (Some(service_url), Some(conversation)) = (text("/serviceUrl"), text("/conversation/id")) else {
        let text = "An activity needs serviceUrl and conversation.id.";
        return (StatusCode::BAD_REQUEST, Json(json!({ "error": text }))).into_response();
    };
    // The bot sends its messages to this address, so only the Playground's own is accepted.
    let origin = url::Url::parse(&service_url).map(|url| url.origin().ascii_serialization());
    if origin.as_deref() != Ok(&sandbox.settings.playground) {
        let text = format!(
            "The relay serves the Agents Playground at {}, not {service_url}.",
            sandbox.settings.playground
        );
        return (StatusCode::FORBIDDEN, Json(json!({ "error": text }))).into_response();
    }
    let member = text("/from/id");
    let is_personal = text("/conversation/conversationType").as_deref() == Some("personal");
    let known_as = match &member {
        Some(member) if is_personal => personal_chat(member),
        _ => conversation.clone(),
    };
    let home = Home { service_url, id: conversation };
    let is_known = sandbox.read(|saved| {
        let playground = &saved.playground;
        playground.home(&known_as).as_ref() == Some(&home)
            && member.as_deref().is_none_or(|member| playground.of_member(member).is_some())
    });
    if !is_known {
        sandbox.change(|saved| saved.playground.remember(&known_as, home, member.as_deref()));
    }
    set(&mut activity, "/serviceUrl", sandbox.settings.service_url());
    set(&mut activity, "/conversation/id", known_as);
    match deliver(&sandbox, &activity).await {
        Ok(response) => response.into_response(),
        Err(text) => (StatusCode::BAD_GATEWAY, Json(json!({ "error": text }))).into_response(),
    }
}

fn set(activity: &mut Value, pointer: &str, value: String) {
    if let Some(place) = activity.pointer_mut(pointer) {
        *place = value.into();
    }
}

/// Sends an activity to the worker with a valid token for the activity's service URL.
pub async fn deliver(sandbox: &Sandbox, activity: &Value) -> Result<ReceivedResponse, String> {
    if !sandbox.read(|saved| saved.rosters.knows(activity)) {
        sandbox.change(|saved| saved.rosters.see(activity));
    }
    let service_url = activity.get("serviceUrl").and_then(Value::as_str).unwrap_or_default();
    let token = bot_framework_issuer::token(sandbox, service_url, &Variation::default());
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Ok(value) = HeaderValue::try_from(format!("Bearer {token}")) {
        headers.insert(header::AUTHORIZATION, value);
    }
    let address = format!("{}/api/messages", sandbox.settings.worker);
    let body = Bytes::from(activity.to_string());
    http_client::send(&sandbox.http, Method::POST, &address, headers, body).await
}
