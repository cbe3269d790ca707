//! The chat page: what one member reads of the bot's messages in a conversation. Targeted messages are among
//! them, which the Agents Playground cannot show.
//!
//! `GET /chat?conversation=&person=29:OID`

use axum::Router;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::Shared;
use crate::connector::SentActivity;
use crate::html_page::{problem, show};

/// The page.
pub fn routes() -> Router<Shared> {
    Router::new().route("/chat", get(chat))
}

/// The conversation, and the member by the channel's id.
#[derive(Deserialize)]
struct Wanted {
    conversation: String,
    person: String,
}

async fn chat(State(sandbox): State<Shared>, Query(wanted): Query<Wanted>) -> Response {
    let Wanted { conversation, person } = wanted;
    let place = conversation.split(";messageid=").next().unwrap_or_default();
    let is_member = sandbox.read(|saved| saved.rosters.of(place).members.contains_key(&person));
    if !is_member {
        return problem(StatusCode::FORBIDDEN, "Not a member", "This person is not in the conversation.");
    }
    let sent = sandbox.memory().sent.list_read_by(&person, &conversation, 0);
    show("chat.html", json!({ "person": person, "conversation": conversation, "messages": messages(&sent) }))
}

/// The existing messages, oldest first, each in its last version.
fn messages(sent: &[SentActivity]) -> Vec<Value> {
    let is_message = |posted: &&SentActivity| {
        let kind = posted.activity.get("type").and_then(Value::as_str);
        posted.method == "POST" && kind != Some("typing")
    };
    let last = |posted: &SentActivity| {
        let last = sent.iter().rev().find(|later| later.activity_id == posted.activity_id)?;
        let text = ["text", "summary"].into_iter().find_map(|name| last.activity.get(name)?.as_str());
        (last.method != "DELETE")
            .then(|| json!({ "time": last.time, "text": text, "targeted": last.targeted }))
    };
    sent.iter().filter(is_message).filter_map(last).collect()
}
