//! What the bot sends: the Bot Connector REST API, with the bot's own token.
//!
//! Source: "Bot Connector API reference" (bot-docs); limits in "Optimize your bot with rate limiting" (msteams-docs).

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::time::Duration;
use url::Url;
use url::form_urlencoded::Serializer;
use workbot_domain::activity::Conversation;
use workbot_domain::config::Config;
use workbot_domain::owner::Subject;
use workbot_domain::person::email;
use workbot_domain::roster::{Lookup, roster_of};
use workbot_domain::time::Timestamp;
use worker::Method;

use crate::clock::{jittered, now, pause};
use crate::outgoing::{Answer, Outgoing};

/// Answers after which the same request is sent again ("Rate limiting", msteams-docs).
const RETRIED: [u16; 4] = [412, 429, 502, 504];
const TRIES: u32 = 4;
/// Never wait longer than this inside one try; due work comes back later.
const LONGEST_WAIT: Duration = Duration::from_secs(8);

/// Why nothing was sent.
#[derive(Debug, thiserror::Error)]
pub enum NotSent {
    /// It may work later.
    #[error("the connector cannot be reached now ({0})")]
    Later(u16),
    /// It will not: the bot may not write there, or the conversation is gone.
    #[error("the connector refuses ({0})")]
    Never(u16),
    /// The service URL is not on the trust list.
    #[error("the service URL is not trusted")]
    Untrusted,
}

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: String,
    expires_in: u64,
}

thread_local! {
    /// The bot's own token: in memory only.
    static TOKEN: RefCell<Option<(SecretString, Timestamp)>> = const { RefCell::new(None) };
}

/// The bot's token, reused until five minutes before its end.
async fn bot_token(config: &Config) -> Result<SecretString, NotSent> {
    let kept = TOKEN.with_borrow(|token| token.clone());
    if let Some((token, _)) = kept.filter(|(_, ends)| now() + Duration::from_secs(300) < *ends) {
        return Ok(token);
    }
    let form = Serializer::new(String::new())
        .append_pair("grant_type", "client_credentials")
        .append_pair("client_id", &config.bot.app_id)
        .append_pair("client_secret", config.bot.password.expose_secret())
        .append_pair("scope", config.cloud.bot_scope)
        .finish();
    let url = format!("{}/{}/oauth2/v2.0/token", config.entra_authority, config.bot.tenant);
    let mut request = Outgoing::new(Method::Post, url);
    request.headers.push(("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()));
    request.body = Some(form.into_bytes());
    let answer = request.send().await.map_err(|_| NotSent::Later(0))?;
    let parsed = if answer.is_success() { answer.json::<TokenAnswer>() } else { None };
    let parsed = parsed.ok_or(NotSent::Later(answer.status))?;
    let token = SecretString::from(parsed.access_token);
    let ends = now() + Duration::from_secs(parsed.expires_in);
    TOKEN.with_borrow_mut(|kept| *kept = Some((token.clone(), ends)));
    Ok(token)
}

#[derive(Deserialize)]
struct Created {
    id: String,
}

/// Sends as the bot.
pub struct Connector<'a> {
    pub config: &'a Config,
}

impl Connector<'_> {
    /// Posts a message; returns its activity id.
    pub async fn post(&self, to: &Conversation, message: &Value) -> Result<String, NotSent> {
        let url = address(&to.service_url, &["v3", "conversations", &to.id, "activities"])?;
        let answer = self.send(Method::Post, url, Some(&activity(to, message))).await?;
        Ok(answer.json::<Created>().map(|created| created.id).unwrap_or_default())
    }

    /// Shows that the bot is writing. Tried once: a moment later it would be untrue.
    pub async fn typing(&self, at: &Conversation) -> Result<(), NotSent> {
        let url = address(&at.service_url, &["v3", "conversations", &at.id, "activities"])?;
        let typing = activity(at, &json!({ "type": "typing" }));
        self.send_up_to(1, Method::Post, url, Some(&typing)).await.map(|_| ())
    }

    /// Replaces a message that was posted.
    pub async fn replace(
        &self,
        at: &Conversation,
        activity_id: &str,
        message: &Value,
    ) -> Result<(), NotSent> {
        let url = address(&at.service_url, &["v3", "conversations", &at.id, "activities", activity_id])?;
        let mut activity = activity(at, message);
        if let Some(object) = activity.as_object_mut() {
            object.insert("id".to_owned(), Value::String(activity_id.to_owned()));
        }
        self.send(Method::Put, url, Some(&activity)).await.map(|_| ())
    }

    /// Takes back a message that was posted.
    pub async fn remove(&self, at: &Conversation, activity_id: &str) -> Result<(), NotSent> {
        let url = address(&at.service_url, &["v3", "conversations", &at.id, "activities", activity_id])?;
        self.send(Method::Delete, url, None).await.map(|_| ())
    }

    /// The person's chat with the bot, created when there is none yet.
    pub async fn personal_chat(
        &self,
        near: &Conversation,
        subject: &Subject,
    ) -> Result<Conversation, NotSent> {
        let url = address(&near.service_url, &["v3", "conversations"])?;
        let body = json!({
            "isGroup": false,
            "bot": { "id": near.bot },
            "members": [{ "id": near.member }],
            "tenantId": subject.tenant,
            "channelData": { "tenant": { "id": subject.tenant } }
        });
        let answer = self.send(Method::Post, url, Some(&body)).await?;
        let created = answer.json::<Created>().ok_or(NotSent::Later(answer.status))?;
        Ok(Conversation { id: created.id, personal: true, ..near.clone() })
    }

    /// Who the person is, by the roster of a conversation; with the status that the connector answered with, and the mail
    /// address of somebody who was found.
    pub async fn member(&self, of: &Conversation, subject: &Subject) -> (u16, Lookup, Option<String>) {
        let roster = roster_of(&of.id);
        let Ok(url) = address(&of.service_url, &["v3", "conversations", roster, "members", &of.member])
        else {
            return (0, Lookup::Unreadable, None);
        };
        match self.answer(TRIES, Method::Get, url, None).await {
            Ok(answer) => {
                let lookup = Lookup::read(answer.status, &answer.body, subject);
                let found = matches!(lookup, Lookup::Found(_)).then(|| answer.json::<Value>()).flatten();
                (answer.status, lookup, found.as_ref().and_then(email))
            }
            Err(_) => (0, Lookup::Unreadable, None),
        }
    }

    /// Sends with the bot's token, to trusted origins only, again after passing errors.
    async fn send(&self, method: Method, url: Url, body: Option<&Value>) -> Result<Answer, NotSent> {
        self.send_up_to(TRIES, method, url, body).await
    }

    async fn send_up_to(
        &self,
        tries: u32,
        method: Method,
        url: Url,
        body: Option<&Value>,
    ) -> Result<Answer, NotSent> {
        let answer = self.answer(tries, method, url, body).await?;
        match answer.status {
            _ if is_taken(&answer) => Ok(answer),
            401 => Err(NotSent::Later(401)),
            status if !RETRIED.contains(&status) && (300..500).contains(&status) => {
                Err(NotSent::Never(status))
            }
            status => Err(NotSent::Later(status)),
        }
    }

    /// The last answer to a request that is sent again after passing errors.
    async fn answer(
        &self,
        tries: u32,
        method: Method,
        url: Url,
        body: Option<&Value>,
    ) -> Result<Answer, NotSent> {
        if !self.config.service_origins.contains(&url.origin().ascii_serialization()) {
            return Err(NotSent::Untrusted);
        }
        let mut wait = Duration::from_millis(400);
        for attempt in 1.. {
            let token = bot_token(self.config).await?;
            let request = Outgoing::new(method.clone(), url.as_str()).bearer(&token);
            let request = if let Some(body) = body { request.json(body) } else { request };
            let answer = request.send().await.map_err(|_| NotSent::Later(0))?;
            if answer.status == 401 {
                TOKEN.with_borrow_mut(|kept| *kept = None);
            }
            let pause_for = answer.retry_after().unwrap_or_else(|| jittered(wait));
            let is_passing = RETRIED.contains(&answer.status) || answer.status == 401;
            if attempt >= tries || pause_for > LONGEST_WAIT || !is_passing {
                return Ok(answer);
            }
            pause(pause_for).await;
            wait *= 2;
        }
        Err(NotSent::Later(0))
    }
}

/// Whether the connector took what was sent. A gateway's page does not count as its answer.
fn is_taken(answer: &Answer) -> bool {
    answer.is_success() && (answer.body.is_empty() || answer.is_json())
}

/// An address below a service URL; every segment is percent-encoded.
fn address(service_url: &str, segments: &[&str]) -> Result<Url, NotSent> {
    let mut url = Url::parse(service_url).map_err(|_| NotSent::Untrusted)?;
    url.path_segments_mut().map_err(|()| NotSent::Untrusted)?.pop_if_empty().extend(segments);
    Ok(url)
}

/// A message as an activity from the bot to the conversation.
fn activity(to: &Conversation, message: &Value) -> Value {
    let mut activity = json!({
        "type": "message",
        "from": { "id": to.bot },
        "recipient": { "id": to.member },
        "conversation": { "id": to.id }
    });
    if let (Some(activity), Some(message)) = (activity.as_object_mut(), message.as_object()) {
        activity.extend(message.clone());
    }
    activity
}

/// A message of text, in Markdown.
pub fn text_message(text: &str) -> Value {
    json!({ "text": text, "textFormat": "markdown" })
}

/// A message of one card; the summary is what a notification shows.
pub fn card_message(card: &Value, summary: &str) -> Value {
    json!({ "summary": summary, "attachments": [workbot_domain::card::attachment(card)] })
}
