//! The chat page: what one member reads of the bot's messages in a conversation, with their cards. Targeted
//! messages are among them, which the Agents Playground cannot show.
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
    let name = sandbox.read(|saved| {
        let known = person.strip_prefix("29:").and_then(|oid| saved.entra.of_oid(oid));
        known.map_or_else(|| person.clone(), |known| known.name.clone())
    });
    let sent = sandbox.memory().sent.list_read_by(&person, &conversation, 0);
    show("chat.html", json!({ "name": name, "conversation": conversation, "messages": messages(&sent) }))
}

/// The Adaptive Cards of a message.
fn cards(activity: &Value) -> Vec<&Value> {
    let attachments = activity.get("attachments").and_then(Value::as_array);
    let of_cards = |attachment: &&Value| {
        attachment.get("contentType").and_then(Value::as_str)
            == Some("application/vnd.microsoft.card.adaptive")
    };
    attachments.into_iter().flatten().filter(of_cards).filter_map(|card| card.get("content")).collect()
}

/// The text of a message, or the summary of one that has neither text nor card.
fn text(activity: &Value) -> Option<&str> {
    let of = |name: &str| activity.get(name).and_then(Value::as_str);
    of("text").or_else(|| if cards(activity).is_empty() { of("summary") } else { None })
}

/// The existing messages, oldest first, each in its last version.
fn messages(sent: &[SentActivity]) -> Vec<Value> {
    let is_message = |posted: &&SentActivity| {
        let kind = posted.activity.get("type").and_then(Value::as_str);
        posted.method == "POST" && kind != Some("typing")
    };
    let last = |posted: &SentActivity| {
        let last = sent.iter().rev().find(|later| later.activity_id == posted.activity_id)?;
        let text = text(&last.activity);
        (last.method != "DELETE").then(|| {
            let cards = cards(&last.activity);
            json!({ "time": last.time, "text": text, "cards": cards, "targeted": last.targeted })
        })
    };
    sent.iter().filter(is_message).filter_map(last).collect()
}
