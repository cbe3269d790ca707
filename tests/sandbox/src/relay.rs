//! The way from a chat to the worker: activities are signed as Bot Framework signs them.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::outbound::{self, Answer};
use crate::token::Variation;
use crate::{Sandbox, Shared, botframework};

/// Which conversations and people belong to the Agents Playground, each with the service URL of its connector.
#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Playground {
    conversations: BTreeMap<String, String>,
    members: BTreeMap<String, String>,
}

impl Playground {
    /// Remembers where a conversation, and the person who spoke in it, live.
    pub fn remember(&mut self, conversation: &str, member: Option<&str>, service_url: &str) {
        self.conversations.insert(conversation.to_owned(), service_url.to_owned());
        if let Some(member) = member {
            self.members.insert(member.to_owned(), service_url.to_owned());
        }
    }

    /// The Playground's connector, if the conversation is one of its own.
    pub fn of_conversation(&self, conversation: &str) -> Option<String> {
        self.conversations.get(conversation).cloned()
    }

    /// The same for a person.
    pub fn of_member(&self, member: Option<&str>) -> Option<String> {
        self.members.get(member?).cloned()
    }
}

/// The endpoint that the Agents Playground is told to be the bot's.
pub fn routes() -> Router<Shared> {
    // The Playground asks with HEAD whether the bot is there; a GET route answers HEAD too.
    Router::new().route("/relay/api/messages", get(StatusCode::OK).post(relay))
}

async fn relay(State(sandbox): State<Shared>, Json(mut activity): Json<Value>) -> Response {
    let text = |pointer: &str| activity.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let (Some(service_url), Some(conversation)) = (text("/serviceUrl"), text("/conversation/id")) else {
        let text = "An activity needs serviceUrl and conversation.id.";
        return (StatusCode::BAD_REQUEST, Json(json!({ "error": text }))).into_response();
    };
    // Whatever the bot says there will be sent to this address: only the Playground's own will do.
    let origin = url::Url::parse(&service_url).map(|url| url.origin().ascii_serialization());
    if origin.as_deref() != Ok(&sandbox.settings.playground) {
        let text = format!(
            "The relay serves the Agents Playground at {}, not {service_url}.",
            sandbox.settings.playground
        );
        return (StatusCode::FORBIDDEN, Json(json!({ "error": text }))).into_response();
    }
    let member = text("/from/id");
    let known = sandbox.read(|saved| {
        saved.playground.of_conversation(&conversation).as_ref() == Some(&service_url)
            && saved.playground.of_member(member.as_deref()).as_ref() == Some(&service_url)
    });
    if !known {
        sandbox.change(|saved| {
            saved.playground.remember(&conversation, member.as_deref(), &service_url);
        });
    }
    if let Some(object) = activity.as_object_mut() {
        object.insert("serviceUrl".into(), sandbox.settings.service_url().into());
    }
    match deliver(&sandbox, &activity).await {
        Ok(answer) => answer.into_response(),
        Err(text) => (StatusCode::BAD_GATEWAY, Json(json!({ "error": text }))).into_response(),
    }
}

/// Sends an activity to the worker with a valid token for the activity's service URL.
pub async fn deliver(sandbox: &Sandbox, activity: &Value) -> Result<Answer, String> {
    let service_url = activity.get("serviceUrl").and_then(Value::as_str).unwrap_or_default();
    let token = botframework::token(sandbox, service_url, &Variation::default());
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Ok(value) = HeaderValue::try_from(format!("Bearer {token}")) {
        headers.insert(header::AUTHORIZATION, value);
    }
    let address = format!("{}/api/messages", sandbox.settings.worker);
    let body = Bytes::from(activity.to_string());
    outbound::send(&sandbox.http, Method::POST, &address, headers, body).await
}
