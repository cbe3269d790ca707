//! The Bot Connector for the measured bots: it accepts messages at once and notifies the caller that waits
//! for one. It also plays the authority of the bot for comparison: the same issuer's keys where its SDK looks
//! for them, and a token.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::people::COMPANY;
use crate::test_server::TestServer;

/// A caller that waits for a message with this text.
struct Waiting {
    words: &'static str,
    reply_sender: oneshot::Sender<Reply>,
}

/// Whether the reply was the expected one. If not: its beginning.
pub type Reply = Result<(), String>;

impl Waiting {
    /// The reply that this activity is. `None` for a typing indicator, and for the message that a slow run
    /// shows until it ends.
    fn reply(&self, body: &[u8]) -> Option<Reply> {
        if body.windows(self.words.len()).any(|part| part == self.words.as_bytes()) {
            return Some(Ok(()));
        }
        if body.windows(PROGRESS.len()).any(|part| part == PROGRESS) {
            return None;
        }
        let activity: Value = serde_json::from_slice(body).unwrap_or_default();
        let is_typing = activity.get("type").and_then(Value::as_str) == Some("typing");
        (!is_typing).then(|| Err(String::from_utf8_lossy(body).chars().take(QUOTED).collect()))
    }
}

/// A text of the messages that a slow run shows: its card, and the word of the edge.
const PROGRESS: &[u8] = b"Working on ";
/// How much of an unexpected reply is shown, in characters.
const QUOTED: usize = 600;

/// The connector's state.
pub struct Connector {
    waiting: Mutex<HashMap<String, Waiting>>,
    requests: AtomicU64,
    last_length: AtomicUsize,
    keys: Value,
    listening: TestServer,
}

impl Connector {
    /// Starts the server. `keys` are those of the issuer of the activities' tokens.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn start(keys: Value) -> Result<Arc<Self>> {
        let listening = TestServer::begin().await?;
        let connector = Arc::new(Self {
            waiting: Mutex::default(),
            requests: AtomicU64::new(0),
            last_length: AtomicUsize::new(0),
            keys,
            listening: listening.clone(),
        });
        let router = Router::new()
            .route("/v3/conversations/{conversation}/activities", post(take))
            .route("/v3/conversations/{conversation}/activities/{activity}", put(change).post(reply))
            .route("/v3/conversations/{conversation}/members/{member}", get(member))
            .route("/{tenant}/discovery/v2.0/keys", get(keys_of))
            .route("/{tenant}/oauth2/v2.0/token", post(token))
            .with_state(Arc::clone(&connector));
        listening.serve(router);
        Ok(connector)
    }

    /// The service URL.
    pub fn url(&self) -> &str {
        self.listening.origin()
    }

    /// Waits for a message with this text in a conversation; one at a time. Another message, such as one
    /// about the rate limit, is not the expected reply.
    pub fn expect(&self, conversation: &str, words: &'static str) -> oneshot::Receiver<Reply> {
        let (reply_sender, reply_receiver) = oneshot::channel();
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.insert(conversation.to_owned(), Waiting { words, reply_sender });
        reply_receiver
    }

    /// The number of requests so far.
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// The length of the last expected message, in bytes.
    pub fn last_length(&self) -> usize {
        self.last_length.load(Ordering::Relaxed)
    }

    fn taken(&self, conversation: &str, body: &[u8]) -> (StatusCode, Json<Value>) {
        let serial = self.requests.fetch_add(1, Ordering::Relaxed);
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let reply = waiting.get(conversation).and_then(|waiting| waiting.reply(body));
        if let Some(reply) = reply
            && let Some(waiting) = waiting.remove(conversation)
        {
            self.last_length.store(body.len(), Ordering::Relaxed);
            waiting.reply_sender.send(reply).ok();
        }
        (StatusCode::CREATED, Json(json!({ "id": serial.to_string() })))
    }
}

type Shared = State<Arc<Connector>>;

async fn take(
    State(connector): Shared,
    Path(conversation): Path<String>,
    body: Bytes,
) -> (StatusCode, Json<Value>) {
    connector.taken(&conversation, &body)
}

async fn reply(
    State(connector): Shared,
    Path((conversation, _)): Path<(String, String)>,
    body: Bytes,
) -> (StatusCode, Json<Value>) {
    connector.taken(&conversation, &body)
}

async fn change(
    State(connector): Shared,
    Path((conversation, _)): Path<(String, String)>,
    body: Bytes,
) -> (StatusCode, Json<Value>) {
    connector.taken(&conversation, &body)
}

async fn member(State(connector): Shared, Path((_, member)): Path<(String, String)>) -> Json<Value> {
    connector.requests.fetch_add(1, Ordering::Relaxed);
    Json(json!({ "id": member, "name": "Bench", "userRole": "user", "tenantId": COMPANY }))
}

async fn keys_of(State(connector): Shared) -> Json<Value> {
    Json(connector.keys.clone())
}

async fn token() -> Json<Value> {
    Json(json!({ "access_token": "bench", "expires_in": 86400, "token_type": "Bearer" }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_message_is_not_the_expected_reply_and_signs_of_work_are_none() {
        let waiting = Waiting { words: "Your connections", reply_sender: oneshot::channel().0 };
        assert_eq!(waiting.reply(br#"{"type":"typing"}"#), None);
        assert_eq!(waiting.reply(br#"{"type":"message","text":"Working on *Find account*"}"#), None);
        assert_eq!(waiting.reply(br#"{"type":"message","summary":"Your connections"}"#), Some(Ok(())));
        let limited = r#"{"type":"message","text":"Too many messages"}"#;
        assert_eq!(waiting.reply(limited.as_bytes()), Some(Err(limited.to_owned())));
    }
}
