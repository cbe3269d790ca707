//! The meaning of the Bot Connector's responses, as one table for everything that the bot sends.
//!
//! Sources: "Status codes from bot conversational APIs" with its retry guidance ("Conversation basics",
//! msteams-docs), "Optimize your bot with rate limiting" and "Send and receive targeted messages"
//! (msteams-docs). Where these say nothing, RFC 9110 section 15. Undocumented responses of the service:
//! BotFramework-Services issues 220, 344 and 349, botframework-sdk issue 6628.

use serde_json::Value;
use std::ops::RangeInclusive;

use crate::json;

/// The meaning of a response for the activity that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResponseClass {
    /// The connector accepted it.
    Taken,
    /// The connector did not accept it for now. It is sent again after a pause, or after the stated one.
    Again,
    /// The outcome is unknown. A job sends it again.
    Later,
    /// An HTML page came instead of a response, and the message may have been accepted. It is sent again at
    /// most twice.
    Doubtful,
    /// The bot's token was refused. It is sent once more with a new token.
    NewToken,
    /// The conversation is gone, or closed to the bot. A personal chat is created again, once.
    Gone,
    /// The conversation exists, and the message to update or delete does not.
    NoSuchMessage,
    /// The targeted message that this one replies to is gone or unknown. It is sent again without its
    /// preview.
    NoPreview,
    /// The connector refuses the content. A short text replaces it.
    Unfit,
    /// The connector refuses it permanently.
    Never,
}

/// The sender that a line of the table requires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ResponseOrigin {
    /// Any sender: the status decides alone.
    Anybody,
    /// A gateway: the body is not JSON.
    Gateway,
    /// The connector, with one of these codes.
    Code(&'static [&'static str]),
}

/// A line of the table: statuses, sender, meaning.
struct Rule(RangeInclusive<u16>, ResponseOrigin, ResponseClass);

use ResponseOrigin::{Anybody, Code, Gateway};

/// The table. The first matching line decides.
const TABLE: [Rule; 19] = [
    // Either a captive network responded in place of the connector, and nothing was accepted; or a gateway
    // replaced the response to an accepted message.
    Rule(200..=299, Gateway, ResponseClass::Doubtful),
    Rule(200..=299, Anybody, ResponseClass::Taken),
    // The token expired, or its key was replaced (RFC 9110 section 15.5.2). `BotNotRegistered` is refused
    // again.
    Rule(401..=401, Anybody, ResponseClass::NewToken),
    // The limit is about 100 KB ("Format your bot messages"); gateways have their own (RFC 9110 section
    // 15.5.14).
    Rule(413..=413, Anybody, ResponseClass::Unfit),
    Rule(400..=499, Code(&["MessageSizeTooBig", "RequestEntityTooLarge"]), ResponseClass::Unfit),
    // Temporary: a time-out, two concurrent operations, too early, throttled ("exponential backoff"; RFC 9110
    // sections 15.5.9 and 15.5.10, RFC 8470 section 5.2).
    Rule(408..=409, Anybody, ResponseClass::Again),
    Rule(412..=412, Anybody, ResponseClass::Again),
    Rule(425..=425, Anybody, ResponseClass::Again),
    Rule(429..=429, Anybody, ResponseClass::Again),
    // "Service dependency issue", "unavailable", "gateway timeout": retried with backoff.
    Rule(502..=504, Anybody, ResponseClass::Again),
    // The refusal of a gateway says nothing about the conversation.
    Rule(400..=499, Gateway, ResponseClass::Later),
    // Of the prompt preview, not of the message that carries it.
    Rule(
        400..=404,
        Code(&["INVALID_TARGETED_MESSAGE_ID", "TARGETED_MESSAGE_EXPIRED_OR_DELETED"]),
        ResponseClass::NoPreview,
    ),
    // The message was deleted, or is a targeted message that expired after 24 hours.
    Rule(404..=404, Code(&["ActivityNotFoundInConversation"]), ResponseClass::NoSuchMessage),
    // "Remove the ID if it was cached." Ids of personal chats do change (botframework-sdk issue 6628).
    Rule(404..=404, Anybody, ResponseClass::Gone),
    Rule(410..=410, Anybody, ResponseClass::Gone),
    // "Stop posting": a new chat would not help. `MessageWritesBlocked` must not be retried ("rate
    // limiting").
    Rule(
        403..=403,
        Code(&["MessageWritesBlocked", "BotDisabledByAdmin", "NotEnoughPermissions", "InvalidBotApiHost"]),
        ResponseClass::Never,
    ),
    // "Failed to decrypt conversation id", or "pairwise id" of a new chat. Both are temporary: the same
    // request works a moment later (msteams-docs issues 9561 and 7424).
    Rule(403..=403, Code(&["BadArgument", "Bad Argument", "Bad argument"]), ResponseClass::Again),
    // `ConversationBlockedByUser` ("delete the conversation from cache"), `BotNotInConversationRoster`,
    // `ForbiddenOperationException`, and undocumented codes (Microsoft Q&A 1513369).
    Rule(403..=403, Anybody, ResponseClass::Gone),
    // "Invalid request payload": the card or text is invalid; the person can be written to.
    Rule(400..=400, Anybody, ResponseClass::Unfit),
];

impl ResponseClass {
    /// Reads a response.
    #[must_use]
    pub fn of(status: u16, body: &[u8]) -> Self {
        let read = json::value(body).ok();
        let text = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body).trim_ascii();
        let found = read.as_ref().map(codes).unwrap_or_default();
        let fits = |Rule(statuses, from, _): &&Rule| {
            statuses.contains(&status)
                && match from {
                    Anybody => true,
                    Gateway => read.is_none() && !text.is_empty(),
                    Code(known) => known.iter().any(|known| found.iter().any(|found| found == known)),
                }
        };
        match TABLE.iter().find(fits) {
            Some(Rule(_, _, meaning)) => *meaning,
            // The connector's own refusal of this request. A retry would get the same response.
            None if (400..500).contains(&status) => Self::Never,
            // A redirect (not followed), a 500 of unknown cause, or no response.
            None => Self::Later,
        }
    }
}

/// Returns the codes of an error, from all places where the connector puts them.
pub(crate) fn codes(error: &Value) -> Vec<&str> {
    ["/error/code", "/error/subCode", "/error/innererror/code", "/code", "/subCode"]
        .iter()
        .filter_map(|place| error.pointer(place)?.as_str())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ResponseClass::{
        Again, Doubtful, Gone, Later, Never, NewToken, NoPreview, NoSuchMessage, Taken, Unfit,
    };
    use serde_json::json;

    const PAGE: &str = "<html><h1>Sign in</h1></html>";

    fn code(code: &str) -> String {
        json!({"error": {"code": code, "message": "…"}}).to_string()
    }

    #[test]
    fn every_response_of_the_connector_has_one_meaning() {
        for (status, body, meaning) in [
            (200, json!({"id": "1"}).to_string(), Taken),
            (201, "\u{feff}{\"id\": \"1\"}".to_owned(), Taken),
            (202, String::new(), Taken),
            (204, " \r\n".to_owned(), Taken),
            (200, PAGE.to_owned(), Doubtful),
            (201, format!("\u{feff}\r\n {PAGE}"), Doubtful),
            (200, "{\"id\": \"00".to_owned(), Doubtful),
            (201, "Created".to_owned(), Doubtful),
            (200, "\u{fffd}".to_owned(), Doubtful),
            (202, "null".to_owned(), Taken),
            (400, code("Bad Argument"), Unfit),
            (400, code("BadSyntax"), Unfit),
            (400, String::new(), Unfit),
            (400, code("MessageSizeTooBig"), Unfit),
            (413, code("MessageSizeTooBig"), Unfit),
            (413, PAGE.to_owned(), Unfit),
            (413, String::new(), Unfit),
            (400, PAGE.to_owned(), Later),
            (
                401,
                json!({"message": "Authorization has been denied for this request."}).to_string(),
                NewToken,
            ),
            (401, PAGE.to_owned(), NewToken),
            (403, code("ConversationBlockedByUser"), Gone),
            (403, code("BotNotInConversationRoster"), Gone),
            (403, code("ForbiddenOperationException"), Gone),
            (403, code("BadArgument"), Again),
            (403, code("Bad Argument"), Again),
            (403, code("SomethingNew"), Gone),
            (403, json!({"message": "Forbidden"}).to_string(), Gone),
            (403, String::new(), Gone),
            (403, code("BotDisabledByAdmin"), Never),
            (403, code("MessageWritesBlocked"), Never),
            (
                403,
                json!({"error": {"code": "Forbidden", "subCode": "MessageWritesBlocked"}}).to_string(),
                Never,
            ),
            (403, json!({"error": {"innererror": {"code": "MessageWritesBlocked"}}}).to_string(), Never),
            (403, json!({"subCode": "MessageWritesBlocked"}).to_string(), Never),
            (403, code("NotEnoughPermissions"), Never),
            (403, code("InvalidBotApiHost"), Never),
            (403, PAGE.to_owned(), Later),
            (404, code("ConversationNotFound"), Gone),
            (404, code("SomethingNew"), Gone),
            (404, String::new(), Gone),
            (404, code("ActivityNotFoundInConversation"), NoSuchMessage),
            (400, code("INVALID_TARGETED_MESSAGE_ID"), NoPreview),
            (404, code("TARGETED_MESSAGE_EXPIRED_OR_DELETED"), NoPreview),
            (404, PAGE.to_owned(), Later),
            (407, PAGE.to_owned(), Later),
            (410, String::new(), Gone),
            (405, json!({}).to_string(), Never),
            (451, json!({"message": "…"}).to_string(), Never),
            (408, String::new(), Again),
            (409, code("Conflict"), Again),
            (412, code("PreconditionFailed"), Again),
            (425, String::new(), Again),
            (429, code("Throttled"), Again),
            (429, PAGE.to_owned(), Again),
            (502, code("ServiceError"), Again),
            (503, PAGE.to_owned(), Again),
            (504, String::new(), Again),
            (500, code("ServiceError"), Later),
            (507, String::new(), Later),
            (530, PAGE.to_owned(), Later),
            (302, String::new(), Later),
            (307, PAGE.to_owned(), Later),
            (0, String::new(), Later),
        ] {
            assert_eq!(ResponseClass::of(status, body.as_bytes()), meaning, "{status} {body}");
        }
    }
}
