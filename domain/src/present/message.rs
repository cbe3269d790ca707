//! Messages, as the Bot Connector takes them, and the responses to an invoke.

use serde_json::{Value, json};

use super::card::attachment;

/// A message of text, in Markdown.
#[must_use]
pub fn text_message(text: &str) -> Value {
    json!({ "text": text, "textFormat": "markdown" })
}

/// A message of one card; the summary is what a notification shows.
#[must_use]
pub fn card_message(card: &Value, summary: &str) -> Value {
    json!({ "summary": summary, "attachments": [attachment(card)] })
}

/// The response to an `adaptiveCard/action` that replaces the card ("Universal Action Model", Adaptive Cards).
#[must_use]
pub fn invoke_card(card: &Value) -> Value {
    json!({ "statusCode": 200, "type": "application/vnd.microsoft.card.adaptive", "value": card })
}

/// The response to an `adaptiveCard/action` that shows a text.
#[must_use]
pub fn invoke_text(text: &str) -> Value {
    json!({ "statusCode": 200, "type": "application/vnd.microsoft.activity.message", "value": text })
}
