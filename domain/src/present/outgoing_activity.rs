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

/// Returns the response to an `adaptiveCard/action` that shows a text. Clients show it as it is, so its
/// Markdown becomes plain text.
#[must_use]
pub fn invoke_text(text: &str) -> Value {
    let text = without_emphasis(text);
    object!({ "statusCode": 200, "type": "application/vnd.microsoft.activity.message", "value": text })
}

/// Removes `*` and the backslash before an escaped character, and reads HTML entities of escaped ones.
fn without_emphasis(markdown: &str) -> String {
    let mut plain = String::with_capacity(markdown.len());
    let mut characters = markdown.chars();
    while let Some(c) = characters.next() {
        match c {
            '*' => {}
            '\\' => plain.extend(characters.next()),
            c => plain.push(c),
        }
    }
    plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_in_response_to_a_button_has_no_markdown() {
        let shown = invoke_text("Going on with *Create \\*opportunity\\**…");
        assert_eq!(shown["value"], "Going on with Create *opportunity*…");
        assert_eq!(invoke_text("R&amp;D \\&lt;x&gt;")["value"], "R&D <x>");
    }
}
