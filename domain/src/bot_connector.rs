//! The meaning of the Bot Connector's responses, as one table for everything that the bot sends; and the
//! bot's own token.
//!
//! Sources: "Status codes from bot conversational APIs" with its retry guidance ("Conversation basics",
//! msteams-docs), "Optimize your bot with rate limiting" and "Send and receive targeted messages"
//! (msteams-docs). Where these say nothing, RFC 9110 section 15. Undocumented responses of the service:
//! BotFramework-Services issues 220, 344 and 349, botframework-sdk issue 6628.

use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Value;
use std::collections::{HashMap, VecDeque};
use std::ops::RangeInclusive;
use std::time::Duration;

use crate::connection::token_response::fields;
use crate::json;
use crate::time::Timestamp;

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

/// How long a command may stay without a visible reaction. The notice that is sent then arrives within five
/// seconds.
const PATIENCE: Duration = Duration::from_secs(3);
/// The least time that a result gets before the notice is sent.
const LEAST_PATIENCE: Duration = Duration::from_millis(700);

/// Returns how long the conversation of a command waits for a result before a notice is sent there. `used` is
/// the time since the command.
#[must_use]
pub fn announce_after(used: Duration) -> Duration {
    PATIENCE.saturating_sub(used).max(LEAST_PATIENCE)
}

/// The keys of recent messages, so that a second delivery of an activity does not repeat them.
#[derive(Debug, Default)]
pub struct RecentKeys(VecDeque<String>);

impl RecentKeys {
    /// Number of keys kept. A redelivery comes within seconds.
    const MOST: usize = 256;

    /// Whether the key is new. Remembers it.
    pub fn is_new(&mut self, key: String) -> bool {
        if self.0.contains(&key) {
            return false;
        }
        self.0.push_back(key);
        if self.0.len() > Self::MOST {
            self.0.pop_front();
        }
        true
    }
}

/// The conversations for which the connector stated a pause, and its end. Every message to such a
/// conversation waits.
#[derive(Debug, Default)]
pub struct SendPauses(HashMap<String, Timestamp>);

impl SendPauses {
    /// Records the pause of a conversation.
    pub fn ask(&mut self, conversation: &str, until: Timestamp, now: Timestamp) {
        self.0.retain(|_, until| now < *until);
        self.0.insert(conversation.to_owned(), until);
    }

    /// Returns the rest of the pause.
    #[must_use]
    pub fn left(&self, conversation: &str, now: Timestamp) -> Option<Duration> {
        self.0.get(conversation).map(|until| until.since(now)).filter(|left| !left.is_zero())
    }
}

/// The bot's own token from Entra ("Authenticate requests from your bot to the Bot Connector service",
/// bot-docs).
pub struct BotToken {
    /// The access token.
    pub token: SecretString,
    /// How long it is used.
    pub used_for: Duration,
}

/// A token is used until five minutes before its expiry, or for two thirds of its lifetime if that is
/// shorter.
const MARGIN: Duration = Duration::from_secs(300);
/// Assumed lifetime if the response states none. Entra's tokens live for an hour or more.
const LIFE: Duration = Duration::from_secs(600);
/// Maximum lifetime; no token of Entra lives longer.
const LONGEST_LIFE: Duration = Duration::from_secs(24 * 3600);

#[derive(Deserialize)]
struct BotTokenResponse {
    access_token: String,
    #[serde(default, deserialize_with = "json::seconds")]
    expires_in: Option<Duration>,
}

impl BotToken {
    /// Reads a token response: JSON (RFC 6749 section 5.1), or a form as older endpoints send.
    #[must_use]
    pub fn read(body: &[u8]) -> Option<Self> {
        let response: BotTokenResponse = json::from_value(&fields(body)?).ok()?;
        let token = response.access_token.trim();
        // A bearer header allows no other characters (RFC 6750 section 2.1).
        if token.is_empty() || !token.chars().all(|character| character.is_ascii_graphic()) {
            return None;
        }
        let life = response.expires_in.filter(|life| !life.is_zero()).unwrap_or(LIFE).min(LONGEST_LIFE);
        Some(Self { token: token.to_owned().into(), used_for: life - MARGIN.min(life / 3) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ResponseClass::{
        Again, Doubtful, Gone, Later, Never, NewToken, NoPreview, NoSuchMessage, Taken, Unfit,
    };
    use secrecy::ExposeSecret;
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

    #[test]
    fn a_conversation_is_left_alone_until_the_stated_time_and_others_are_not() {
        let (now, mut quiet) = (Timestamp(1_000_000), SendPauses::default());
        quiet.ask("a:1", now + Duration::from_secs(15), now);
        assert_eq!(quiet.left("a:1", now + Duration::from_secs(11)), Some(Duration::from_secs(4)));
        assert_eq!(quiet.left("a:1", now + Duration::from_secs(15)), None);
        assert_eq!(quiet.left("a:2", now), None);
        quiet.ask("a:2", now, now + Duration::from_secs(20));
        assert_eq!(quiet.0.len(), 1, "a pause that has ended is forgotten");
    }

    #[test]
    fn a_notice_is_sent_three_seconds_after_a_command_or_shortly_after_a_late_start() {
        for (used, left) in [(0, 3000), (2200, 800), (2500, 700), (3000, 700), (60_000, 700)] {
            let used = Duration::from_millis(used);
            assert_eq!(announce_after(used), Duration::from_millis(left), "{used:?}");
        }
    }

    #[test]
    fn a_message_about_an_activity_is_sent_once_however_often_it_is_delivered() {
        let mut once = RecentKeys::default();
        assert!(once.is_new("a:1 1 working".to_owned()));
        assert!(!once.is_new("a:1 1 working".to_owned()));
        assert!(once.is_new("a:1 2 working".to_owned()));
        for count in 0..RecentKeys::MOST {
            once.is_new(count.to_string());
        }
        assert_eq!(once.0.len(), RecentKeys::MOST, "the number of keys is limited");
    }

    #[test]
    fn the_bots_token_is_read_in_every_shape() {
        for (body, seconds) in [
            (json!({"token_type": "Bearer", "expires_in": 3600, "access_token": "t"}).to_string(), 3300),
            (json!({"token_type": "Bearer", "expires_in": "3599", "access_token": "t"}).to_string(), 3299),
            (json!({"expires_in": 3599.9, "access_token": "t"}).to_string(), 3299),
            (json!({"expires_in": " 3600 ", "access_token": "t", "ext_expires_in": {}}).to_string(), 3300),
            (json!({"expires_in": 60, "access_token": "t"}).to_string(), 40),
            (json!({"access_token": "t"}).to_string(), 400),
            (json!({"access_token": " t\n", "expires_in": null}).to_string(), 400),
            (json!({"access_token": "t", "expires_in": {}}).to_string(), 400),
            (json!({"access_token": "t", "expires_in": "soon"}).to_string(), 400),
            (json!({"access_token": "t", "expires_in": 0}).to_string(), 400),
            (json!({"access_token": "t", "expires_in": -1}).to_string(), 400),
            (json!({"access_token": "t", "expires_in": 1e12}).to_string(), 86_100),
            ("\u{feff}{\"access_token\": \"t\", \"expires_in\": 3600}".to_owned(), 3300),
            ("access_token=t&expires_in=3600&token_type=Bearer".to_owned(), 3300),
        ] {
            let read = BotToken::read(body.as_bytes()).unwrap();
            assert_eq!((read.token.expose_secret(), read.used_for.as_secs()), ("t", seconds), "{body}");
        }
    }

    #[test]
    fn a_response_without_a_token_holds_none() {
        for body in [
            "",
            "null",
            "[]",
            "{}",
            PAGE,
            r#"{"access_token": ""}"#,
            r#"{"access_token": null}"#,
            r#"{"access_token": {}}"#,
            r#"{"access_token": 7}"#,
            r#"{"access_token": "t\r\nx: y"}"#,
            r#"{"error": "invalid_client"}"#,
        ] {
            assert!(BotToken::read(body.as_bytes()).is_none(), "{body}");
        }
    }
}
