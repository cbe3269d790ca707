//! What the answers of the Bot Connector mean, in one table for all that the bot sends; and the bot's own token.
//!
//! Sources: "Status codes from bot conversational APIs" with its retry guidance ("Conversation basics", msteams-docs),
//! "Optimize your bot with rate limiting" (msteams-docs), "Send and receive targeted messages" (msteams-docs); where these
//! say nothing, RFC 9110 section 15. What the service really answers beside that: BotFramework-Services issues 220, 344 and
//! 349, botframework-sdk issue 6628.

use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Value;
use std::collections::{HashMap, VecDeque};
use std::ops::RangeInclusive;
use std::time::Duration;

use crate::connection::token_response::fields;
use crate::json;
use crate::time::Timestamp;

/// What an answer means for what was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResponseClass {
    /// It was taken.
    Taken,
    /// It was not taken for the moment: the same is sent again, after a pause or the stated time.
    Again,
    /// Nothing is known: the same is sent again by due work.
    Later,
    /// A page came where an answer should, and the message may have been taken: the same is sent again twice at most.
    Doubtful,
    /// The bot's token is not accepted: once with a new one.
    NewToken,
    /// The conversation is gone, or closed to the bot: a personal chat is made anew, once.
    Gone,
    /// The conversation is there, and the message that is to be replaced or removed is not.
    NoSuchMessage,
    /// The message is not taken as it is: a short text takes its place.
    Unfit,
    /// It is refused, and would be again.
    Never,
}

/// Whose answer a line is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ResponseOrigin {
    /// Anybody's: the status says it all.
    Anybody,
    /// A gateway's: a body that is no JSON.
    Gateway,
    /// The connector's with one of these codes.
    Code(&'static [&'static str]),
}

/// A line of the table.
struct Rule(RangeInclusive<u16>, ResponseOrigin, ResponseClass);

use ResponseOrigin::{Anybody, Code, Gateway};

/// The first line that fits counts.
const TABLE: [Rule; 18] = [
    // A network that asks people to sign in answers for the connector, and took nothing; or a gateway replaced or cut the
    // answer to what was taken.
    Rule(200..=299, Gateway, ResponseClass::Doubtful),
    Rule(200..=299, Anybody, ResponseClass::Taken),
    // The token ended, or its key was replaced (RFC 9110 section 15.5.2). `BotNotRegistered` is refused again.
    Rule(401..=401, Anybody, ResponseClass::NewToken),
    // About 100 KB at most ("Format your bot messages"); gateways have limits of their own (RFC 9110 section 15.5.14).
    Rule(413..=413, Anybody, ResponseClass::Unfit),
    Rule(400..=499, Code(&["MessageSizeTooBig", "RequestEntityTooLarge"]), ResponseClass::Unfit),
    // Passing: time-out, two operations at once, too early, throttled ("exponential backoff"; RFC 9110 sections 15.5.9 and
    // 15.5.10, RFC 8470 section 5.2).
    Rule(408..=409, Anybody, ResponseClass::Again),
    Rule(412..=412, Anybody, ResponseClass::Again),
    Rule(425..=425, Anybody, ResponseClass::Again),
    Rule(429..=429, Anybody, ResponseClass::Again),
    // "Service dependency issue", "unavailable", "gateway timeout": retried with backoff.
    Rule(502..=504, Anybody, ResponseClass::Again),
    // A gateway's refusal says nothing about the conversation.
    Rule(400..=499, Gateway, ResponseClass::Later),
    // Deleted, or a targeted message that expired after 24 hours.
    Rule(404..=404, Code(&["ActivityNotFoundInConversation"]), ResponseClass::NoSuchMessage),
    // "Remove the ID if it was cached." Ids of personal chats do change (botframework-sdk issue 6628).
    Rule(404..=404, Anybody, ResponseClass::Gone),
    Rule(410..=410, Anybody, ResponseClass::Gone),
    // "Stop posting"; what a new chat would not change. Never to be retried: `MessageWritesBlocked` ("rate limiting").
    Rule(
        403..=403,
        Code(&["MessageWritesBlocked", "BotDisabledByAdmin", "NotEnoughPermissions", "InvalidBotApiHost"]),
        ResponseClass::Never,
    ),
    // "Failed to decrypt conversation id", or "pairwise id" of a new chat: passing, and the same request works a moment later
    // (msteams-docs issues 9561 and 7424).
    Rule(403..=403, Code(&["BadArgument", "Bad Argument", "Bad argument"]), ResponseClass::Again),
    // `ConversationBlockedByUser` ("delete the conversation from cache"), `BotNotInConversationRoster`,
    // `ForbiddenOperationException`, and words that the documentation does not know (Microsoft Q&A 1513369).
    Rule(403..=403, Anybody, ResponseClass::Gone),
    // "Invalid request payload": this card or text, not this person.
    Rule(400..=400, Anybody, ResponseClass::Unfit),
];

impl ResponseClass {
    /// Reads an answer.
    #[must_use]
    pub fn of(status: u16, body: &[u8]) -> Self {
        let read = json::value(body).ok();
        let text = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body).trim_ascii();
        let said = read.as_ref().map(codes).unwrap_or_default();
        let fits = |Rule(statuses, from, _): &&Rule| {
            statuses.contains(&status)
                && match from {
                    Anybody => true,
                    Gateway => read.is_none() && !text.is_empty(),
                    Code(known) => known.iter().any(|known| said.iter().any(|said| said == known)),
                }
        };
        match TABLE.iter().find(fits) {
            Some(Rule(_, _, meaning)) => *meaning,
            // In the connector's own words, and about this request: it would be the same again.
            None if (400..500).contains(&status) => Self::Never,
            // A redirect, which is not followed; 500, whose cause nobody knows; no answer at all.
            None => Self::Later,
        }
    }
}

/// The codes that an error states, at the places where the connector puts them.
pub(crate) fn codes(error: &Value) -> Vec<&str> {
    ["/error/code", "/error/subCode", "/error/innererror/code", "/code", "/subCode"]
        .iter()
        .filter_map(|place| error.pointer(place)?.as_str())
        .collect()
}

/// Within five seconds of a command there is a word. That leaves this much until one is sent, all in all.
const PATIENCE: Duration = Duration::from_secs(3);
/// What is told after that gets a moment to arrive before it is announced.
const LEAST_PATIENCE: Duration = Duration::from_millis(700);

/// How long the conversation of a command waits for what it comes to before it reads a word; `used`: the time since the command.
#[must_use]
pub fn announce_after(used: Duration) -> Duration {
    PATIENCE.saturating_sub(used).max(LEAST_PATIENCE)
}

/// What was said a moment ago, by its key: it is not said again when Teams delivers the same activity again.
#[derive(Debug, Default)]
pub struct RecentKeys(VecDeque<String>);

impl RecentKeys {
    /// So many are remembered; a redelivery comes within seconds.
    const MOST: usize = 256;

    /// Whether this is new; it is remembered.
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

/// Which conversations the connector wants to be left alone, and until when: whatever is to be sent there waits.
#[derive(Debug, Default)]
pub struct SendPauses(HashMap<String, Timestamp>);

impl SendPauses {
    /// The connector states a pause for a conversation.
    pub fn ask(&mut self, conversation: &str, until: Timestamp, now: Timestamp) {
        self.0.retain(|_, until| now < *until);
        self.0.insert(conversation.to_owned(), until);
    }

    /// How long it still lasts.
    #[must_use]
    pub fn left(&self, conversation: &str, now: Timestamp) -> Option<Duration> {
        self.0.get(conversation).map(|until| until.since(now)).filter(|left| !left.is_zero())
    }
}

/// The bot's own token, as Entra gives it ("Authenticate requests from your bot to the Bot Connector service", bot-docs).
pub struct BotToken {
    /// The token.
    pub token: SecretString,
    /// For how long it is used.
    pub used_for: Duration,
}

/// A token is used until five minutes before its end, or for two thirds of its life if that is shorter.
const MARGIN: Duration = Duration::from_secs(300);
/// A token whose life is not stated; Entra's live for an hour or more.
const LIFE: Duration = Duration::from_secs(600);
/// No token of Entra lives longer.
const LONGEST_LIFE: Duration = Duration::from_secs(24 * 3600);

#[derive(Deserialize)]
struct BotTokenResponse {
    access_token: String,
    #[serde(default, deserialize_with = "json::seconds")]
    expires_in: Option<Duration>,
}

impl BotToken {
    /// Reads a token answer: JSON (RFC 6749 section 5.1), or the form-encoded text that old endpoints give.
    #[must_use]
    pub fn read(body: &[u8]) -> Option<Self> {
        let answer: BotTokenResponse = serde_json::from_value(fields(body)?).ok()?;
        let token = answer.access_token.trim();
        // A header takes no other characters (RFC 6750 section 2.1).
        if token.is_empty() || !token.chars().all(|character| character.is_ascii_graphic()) {
            return None;
        }
        let life = answer.expires_in.filter(|life| !life.is_zero()).unwrap_or(LIFE).min(LONGEST_LIFE);
        Some(Self { token: token.to_owned().into(), used_for: life - MARGIN.min(life / 3) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ResponseClass::{Again, Doubtful, Gone, Later, Never, NewToken, NoSuchMessage, Taken, Unfit};
    use secrecy::ExposeSecret;
    use serde_json::json;

    const PAGE: &str = "<html><h1>Sign in</h1></html>";

    fn code(code: &str) -> String {
        json!({"error": {"code": code, "message": "…"}}).to_string()
    }

    #[test]
    fn every_answer_of_the_connector_has_one_meaning() {
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
    fn a_conversation_is_left_alone_until_the_stated_time_and_its_neighbours_are_not() {
        let (now, mut quiet) = (Timestamp(1_000_000), SendPauses::default());
        quiet.ask("a:1", now + Duration::from_secs(15), now);
        assert_eq!(quiet.left("a:1", now + Duration::from_secs(11)), Some(Duration::from_secs(4)));
        assert_eq!(quiet.left("a:1", now + Duration::from_secs(15)), None);
        assert_eq!(quiet.left("a:2", now), None);
        quiet.ask("a:2", now, now + Duration::from_secs(20));
        assert_eq!(quiet.0.len(), 1, "what is over is forgotten");
    }

    #[test]
    fn a_word_is_sent_three_seconds_after_a_command_or_a_moment_after_what_came_later() {
        for (used, left) in [(0, 3000), (2200, 800), (2500, 700), (3000, 700), (60_000, 700)] {
            let used = Duration::from_millis(used);
            assert_eq!(announce_after(used), Duration::from_millis(left), "{used:?}");
        }
    }

    #[test]
    fn a_word_about_an_activity_is_said_once_however_often_that_is_delivered() {
        let mut once = RecentKeys::default();
        assert!(once.is_new("a:1 1 working".to_owned()));
        assert!(!once.is_new("a:1 1 working".to_owned()));
        assert!(once.is_new("a:1 2 working".to_owned()));
        for count in 0..RecentKeys::MOST {
            once.is_new(count.to_string());
        }
        assert_eq!(once.0.len(), RecentKeys::MOST, "and no more is remembered");
    }

    #[test]
    fn the_bots_token_is_read_however_its_answer_looks() {
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
    fn an_answer_without_a_token_holds_none() {
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
