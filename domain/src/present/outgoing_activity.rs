//! Messages for the Bot Connector, and responses to invokes.

use serde_json::Value;

use super::card::attachment;
use crate::json::object;

/// Returns a text message in Markdown.
#[must_use]
pub fn text_message(text: &str) -> Value {
    object!({ "text": text, "textFormat": "markdown" })
}

/// Returns a message with one card. The summary is the text of the notification.
#[must_use]
pub fn card_message(card: Value, summary: &str) -> Value {
    object!({ "summary": summary, "attachments": [(attachment(card))] })
}

/// Returns the response to an `adaptiveCard/action` that replaces the card ("Universal Action Model",
/// Adaptive Cards).
#[must_use]
pub fn invoke_card(card: Value) -> Value {
    object!({ "statusCode": 200, "type": "application/vnd.microsoft.card.adaptive", "value": card })
}

/// Returns the response to an `adaptiveCard/action` that shows a text.
#[must_use]
pub fn invoke_text(text: &str) -> Value {
    object!({ "statusCode": 200, "type": "application/vnd.microsoft.activity.message", "value": text })
}
