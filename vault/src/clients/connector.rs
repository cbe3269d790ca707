//! The Bot Connector REST API, called with the bot's own token. `domain::connector_response` decides what
//! each response means.
//!
//! Sources: "Bot Connector API reference" (bot-docs); "Optimize your bot with rate limiting" for limits,
//! "Send and receive targeted messages" for targeted messages (msteams-docs).

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use std::time::Duration;
use url::Url;
use url::form_urlencoded::Serializer;
use workbot_domain::activity::Conversation;
use workbot_domain::bot_access_token::BotToken;
use workbot_domain::catalog::Method;
use workbot_domain::config::Config;
use workbot_domain::connector_response::ResponseClass;
use workbot_domain::ids::ActivityId;
use workbot_domain::membership::{RosterLookup, roster_of};
use workbot_domain::owner::Subject;
use workbot_domain::person_template_variable::email;
use workbot_domain::targeted_message::Failure;

use super::http::{self, Response};
use crate::isolate::Isolate;
use crate::ports::HttpRequest;

/// How often a request is sent at most, unless it is best effort.
pub const TRIES: u32 = 4;
/// The longest pause within one call. After a longer one the caller's job retries.
const LONGEST_WAIT: Duration = Duration::from_secs(8);

/// Why a request to the connector failed.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// A passing failure: retry, but not before `after` has passed.
    #[error("the connector is unavailable (status {status})")]
    Later {
        /// The HTTP status; 0 if no response came.
        status: u16,
        /// The pause that the connector asked for.
        after: Duration,
    },
    /// The response was a web page: the connector may have processed the request.
    #[error("the connector responded with a web page (status {0})")]
    Doubtful(u16),
    /// The conversation no longer exists, or the bot may not write to it.
    #[error("the conversation is gone (status {0})")]
    Gone(u16),
    /// The conversation exists, but the message does not.
    #[error("the message is gone (status {0})")]
    NoSuchMessage(u16),
    /// The targeted message whose preview the message contains is gone or unknown.
    #[error("the previewed message is gone (status {0})")]
    NoPreview(u16),
    /// The connector rejects this message, for example because it is too large.
    #[error("the connector rejects this message (status {0})")]
    Unfit(u16),
    /// A permanent refusal.
    #[error("the connector refuses the request (status {0})")]
    Never(u16),
    /// The service URL is not on the trust list.
    #[error("the service URL is not trusted")]
    Untrusted,
}

impl SendError {
    /// What it means for a targeted message.
    pub fn of_targeted(&self) -> Failure {
        match self {
            Self::Later { status: 400..500 | 503, .. } => Failure::NotNow,
            // The connector stated a pause.
            Self::Later { after, .. } if !after.is_zero() => Failure::NotNow,
            Self::Later { .. } | Self::Doubtful(_) => Failure::Unknown,
            _ => Failure::Refused,
        }
    }

    fn no_response() -> Self {
        Self::Later { status: 0, after: Duration::ZERO }
    }
}

/// The bot's token (client credentials, RFC 6749 section 4.4), reused until shortly before it expires.
async fn bot_token(isolate: &Isolate, config: &Config) -> Result<SecretString, SendError> {
    let kept = isolate.bot_token.borrow().clone();
    if let Some((token, _)) = kept.filter(|(_, until)| isolate.now() < *until) {
        return Ok(token);
    }
    let form = Serializer::new(String::new())
        .append_pair("grant_type", "client_credentials")
        .append_pair("client_id", &config.bot.app_id)
        .append_pair("client_secret", config.bot.password.expose_secret())
        .append_pair("scope", config.cloud.bot_scope)
        .finish();
    let url = format!("{}/{}/oauth2/v2.0/token", config.entra_authority, config.bot.tenant);
    let request = HttpRequest::new(Method::Post, url).form(form);
    let response = http::send(isolate, request).await.map_err(|_| SendError::no_response())?;
    let read = if response.is_success() { BotToken::read(&response.body) } else { None };
    let Some(BotToken { token, used_for }) = read else {
        let after = response.retry_after.unwrap_or_default();
        return Err(SendError::Later { status: response.status, after });
    };
    *isolate.bot_token.borrow_mut() = Some((token.clone(), isolate.now() + used_for));
    Ok(token)
}

/// The id of the created resource in a response. `None` if the response has none.
fn id_in(response: &Response) -> Option<String> {
    let response = workbot_domain::json::value(&response.body).ok()?;
    workbot_domain::json::text_of(response.get("id")?).filter(|id| !id.is_empty())
}

/// The result of a roster lookup.
pub struct MemberLookup {
    /// The HTTP status; 0 if no response came.
    pub status: u16,
    /// The person's entry on the roster, if it could be read.
    pub lookup: RosterLookup,
    /// The pause before the next lookup.
    pub after: Duration,
    /// The mail address of a person who is on the roster.
    pub email: Option<String>,
}

/// One request to the connector.
struct Call<'a> {
    method: Method,
    url: Url,
    /// JSON.
    body: Option<String>,
    /// The conversation that the request concerns, for its quiet time. For a new conversation: its member.
    about: &'a str,
    /// How often the request is sent at most.
    tries: u32,
}

/// A client of the connector that acts as the bot.
pub struct Connector<'a> {
    /// The process, for its ports and the cached token.
    pub isolate: &'a Isolate,
    /// The deployment's configuration, for the bot's credentials.
    pub config: &'a Config,
}

impl Connector<'_> {
    /// Posts a message. Returns its activity id, or "" if the response names none.
    ///
    /// # Errors
    /// [`SendError`] says whether to retry.
    pub async fn post(&self, to: &Conversation, message: &Value) -> Result<ActivityId, SendError> {
        let post = async |to: &Conversation| {
            let (url, body) = (activities(to, None)?, activity(to, None, message));
            self.send(Call::of(Method::Post, url, Some(body), &to.id)).await
        };
        let response = match post(to).await {
            // The command is gone after 24 hours. The reply is targeted all the same.
            Err(SendError::NoPreview(_)) => {
                post(&Conversation { targeted: Some(ActivityId::default()), ..to.clone() }).await
            }
            response => response,
        };
        Ok(id_in(&response?).unwrap_or_default().into())
    }

    /// Posts a best-effort message: sent once, failures are ignored.
    pub async fn send_once(&self, to: &Conversation, message: &Value) {
        let Ok(url) = activities(to, None) else { return };
        let body = activity(to, None, message);
        let call = Call { tries: 1, ..Call::of(Method::Post, url, Some(body), &to.id) };
        let _ = self.send(call).await;
    }

    /// Sends the typing indicator once, without a retry: a late indicator would be wrong.
    ///
    /// # Errors
    /// [`SendError`] says why nothing was sent.
    pub async fn typing(&self, at: &Conversation) -> Result<(), SendError> {
        let (url, body) = (activities(at, None)?, activity(at, None, &json!({ "type": "typing" })));
        let call = Call { tries: 1, ..Call::of(Method::Post, url, Some(body), &at.id) };
        self.send(call).await.map(|_| ())
    }

    /// Updates a posted message (`updateActivity`), sent at most `tries` times.
    ///
    /// # Errors
    /// [`SendError`] says whether to retry, or that the message or the conversation is gone.
    pub async fn update(
        &self,
        at: &Conversation,
        activity_id: &ActivityId,
        message: &Value,
        tries: u32,
    ) -> Result<(), SendError> {
        let (url, body) = (activities(at, Some(activity_id))?, activity(at, Some(activity_id), message));
        let call = Call { tries, ..Call::of(Method::Put, url, Some(body), &at.id) };
        self.send(call).await.map(|_| ())
    }

    /// Deletes a posted message (`deleteActivity`). A message or conversation that is already gone counts as
    /// deleted.
    ///
    /// # Errors
    /// [`SendError`] says whether to retry.
    pub async fn delete(&self, at: &Conversation, activity_id: &ActivityId) -> Result<(), SendError> {
        let url = activities(at, Some(activity_id))?;
        match self.send(Call::of(Method::Delete, url, None, &at.id)).await {
            Ok(_) | Err(SendError::NoSuchMessage(_) | SendError::Gone(_)) => Ok(()),
            Err(problem) => Err(problem),
        }
    }

    /// Creates the person's personal chat with the bot, or returns the existing one: Teams returns the same
    /// chat for the same member.
    ///
    /// # Errors
    /// [`SendError`] says whether to retry.
    pub async fn personal_chat(
        &self,
        near: &Conversation,
        subject: &Subject,
    ) -> Result<Conversation, SendError> {
        let url = address(&near.service_url, &["v3", "conversations"])?;
        let body = json!({
            "isGroup": false,
            "bot": { "id": near.bot },
            "members": [{ "id": near.member }],
            "tenantId": subject.tenant,
            "channelData": { "tenant": { "id": subject.tenant } }
        });
        // Creating a chat twice returns the same chat, so a doubtful outcome can be retried.
        let unknown = |status| SendError::Later { status, after: Duration::ZERO };
        let made = self.send(Call::of(Method::Post, url, Some(body.to_string()), &near.member)).await;
        let response = made.map_err(|problem| match problem {
            SendError::Doubtful(status) => unknown(status),
            problem => problem,
        })?;
        let id = id_in(&response).ok_or(unknown(response.status))?;
        Ok(Conversation { id, personal: true, targeted: None, ..near.clone() })
    }

    /// Looks the person up on the roster of a conversation. Returns their mail address too if they are on it.
    pub async fn member(&self, of: &Conversation, subject: &Subject) -> MemberLookup {
        let roster = roster_of(&of.id);
        let url = address(&of.service_url, &["v3", "conversations", roster, "members", &of.member]);
        let response = match url {
            Ok(url) => self.send_with_retries(&Call::of(Method::Get, url, None, roster)).await,
            Err(problem) => Err(problem),
        };
        match response {
            Ok(response) => {
                let lookup = RosterLookup::read(response.status, &response.body, subject);
                let found =
                    matches!(lookup, RosterLookup::Found(_)).then(|| response.json::<Value>()).flatten();
                MemberLookup {
                    status: response.status,
                    lookup,
                    after: response.retry_after.unwrap_or_default(),
                    email: found.as_ref().and_then(email),
                }
            }
            Err(problem) => {
                let (status, after) = match problem {
                    SendError::Later { status, after } => (status, after),
                    _ => (0, Duration::ZERO),
                };
                MemberLookup { status, lookup: RosterLookup::Unreadable, after, email: None }
            }
        }
    }

    /// Sends a request and maps its response to an error. See [`Connector::send_with_retries`] for the
    /// retries.
    async fn send(&self, call: Call<'_>) -> Result<Response, SendError> {
        let response = self.send_with_retries(&call).await?;
        let status = response.status;
        match ResponseClass::of(status, &response.body) {
            ResponseClass::Taken => Ok(response),
            ResponseClass::Again | ResponseClass::Later | ResponseClass::NewToken => {
                Err(SendError::Later { status, after: response.retry_after.unwrap_or_default() })
            }
            ResponseClass::Doubtful => Err(SendError::Doubtful(status)),
            ResponseClass::Gone => Err(SendError::Gone(status)),
            ResponseClass::NoSuchMessage => Err(SendError::NoSuchMessage(status)),
            ResponseClass::NoPreview => Err(SendError::NoPreview(status)),
            ResponseClass::Unfit => Err(SendError::Unfit(status)),
            ResponseClass::Never => Err(SendError::Never(status)),
        }
    }

    /// The rest of a conversation's quiet time: the connector asked for no request before its end.
    fn quiet_for(&self, about: &str) -> Option<Duration> {
        self.isolate.quiet.borrow().left(about, self.isolate.now())
    }

    /// Sends a request with the bot's token, to trusted origins only. Passing errors are retried with growing
    /// pauses, and never before a time that the connector stated. Returns the last response.
    async fn send_with_retries(&self, call: &Call<'_>) -> Result<Response, SendError> {
        if !self.config.service_origins.contains(&call.url.origin().ascii_serialization()) {
            return Err(SendError::Untrusted);
        }
        let (mut wait, mut renewed) = (Duration::from_millis(400), false);
        for attempt in 1.. {
            while let Some(left) = self.quiet_for(call.about) {
                if left > LONGEST_WAIT || call.tries == 1 {
                    return Err(SendError::Later { status: 0, after: left });
                }
                self.isolate.sleep(left).await;
            }
            let token = bot_token(self.isolate, self.config).await?;
            let request = HttpRequest::new(call.method, call.url.as_str()).bearer(&token);
            let request = if let Some(body) = &call.body { request.json(body.clone()) } else { request };
            let response = http::send(self.isolate, request).await.map_err(|_| SendError::no_response())?;
            let stated = response.retry_after;
            let meaning = ResponseClass::of(response.status, &response.body);
            if let Some(stated) = stated.filter(|_| meaning != ResponseClass::Taken) {
                let now = self.isolate.now();
                self.isolate.quiet.borrow_mut().ask(call.about, now + stated, now);
            }
            match meaning {
                ResponseClass::NewToken if !renewed => {
                    *self.isolate.bot_token.borrow_mut() = None;
                    renewed = true;
                }
                ResponseClass::Again
                    if attempt < call.tries && stated.is_none_or(|stated| stated <= LONGEST_WAIT) =>
                {
                    if stated.is_none() {
                        self.isolate.sleep(self.isolate.jittered(wait)).await;
                    }
                    wait *= 2;
                }
                _ => return Ok(response),
            }
        }
        Err(SendError::no_response())
    }
}

impl<'a> Call<'a> {
    fn of(method: Method, url: Url, body: Option<String>, about: &'a str) -> Self {
        Self { method, url, body, about, tries: TRIES }
    }
}

/// An address below a service URL. Every segment is percent-encoded.
fn address(service_url: &str, segments: &[&str]) -> Result<Url, SendError> {
    let mut url = Url::parse(service_url).map_err(|_| SendError::Untrusted)?;
    url.path_segments_mut().map_err(|()| SendError::Untrusted)?.pop_if_empty().extend(segments);
    Ok(url)
}

/// The address of a conversation's activities, or of one of them.
fn activities(of: &Conversation, activity: Option<&ActivityId>) -> Result<Url, SendError> {
    let segments = ["v3", "conversations", &of.id, "activities"];
    let segments: Vec<_> = segments.into_iter().chain(activity.map(ActivityId::as_str)).collect();
    let mut url = address(&of.service_url, &segments)?;
    if of.targeted.is_some() {
        url.query_pairs_mut().append_pair("isTargetedActivity", "true");
    }
    Ok(url)
}

/// A message as an activity from the bot to the conversation, as JSON; with an id the update of a posted one.
/// The message is long, so it is written once and copied nowhere.
fn activity(to: &Conversation, id: Option<&ActivityId>, message: &Value) -> String {
    let mut head = json!({ "type": "message", "from": { "id": to.bot }, "conversation": { "id": to.id } });
    // Teams shows the person's command above the reply ("prompt preview").
    let preview = |command| json!([{ "type": "targetedMessageInfo", "messageId": command }]);
    let command = to.targeted.as_ref().filter(|command| !command.as_str().is_empty());
    let recipient = match (&to.targeted, id) {
        (None, _) => Some(json!({ "id": to.member })),
        (Some(_), None) => Some(json!({ "id": to.member, "isTargeted": true })),
        // The recipients of a targeted message are fixed when it is posted.
        (Some(_), Some(_)) => None,
    };
    let id = id.map(|id| id.as_str().into());
    if let Some(head) = head.as_object_mut() {
        for (name, value) in [("id", id), ("entities", command.map(preview)), ("recipient", recipient)] {
            head.extend(value.map(|value| (name.to_owned(), value)));
        }
        head.retain(|name, _| message.get(name).is_none());
    }
    let (mut text, message) = (head.to_string(), message.to_string());
    // The members of both objects in one: `{…` and `…}`.
    match message.strip_prefix('{') {
        Some(members) if members != "}" => {
            text.pop();
            text.push(',');
            text.push_str(members);
            text
        }
        _ => text,
    }
}
