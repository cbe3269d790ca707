//! Messages for the Bot Connector, and responses to invokes.

use serde_json::{Value, json};

use super::card::attachment;

/// Returns a text message in Markdown.
#[must_use]
pub fn text_message(text: &str) -> Value {
    json!({ "text": text, "textFormat": "markdown" })
}

/// Returns a message with one card. The summary is the text of the notification.
#[must_use]
pub fn card_message(card: &Value, summary: &str) -> Value {
    json!({ "summary": summary, "attachments": [attachment(card)] })
}

/// Returns the response to an `adaptiveCard/action` that replaces the card ("Universal Action Model",
/// Adaptive Cards).
#[must_use]
pub fn invoke_card(card: &Value) -> Value {
    json!({ "statusCode": 200, "type": "application/vnd.microsoft.card.adaptive", "value": card })
}

/// Returns the response to an `adaptiveCard/action` that shows a text.
#[must_use]
pub fn invoke_text(text: &str) -> Value {
    json!({ "statusCode": 200, "type": "application/vnd.microsoft.activity.message", "value": text })
}
