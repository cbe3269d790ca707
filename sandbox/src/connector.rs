//! The Bot Connector, which receives the bot's messages. It records every request. Conversations of the
//! Agents Playground are forwarded to it; all others get the responses of Teams.
//!
//! A targeted message (`isTargetedActivity`) is read by its recipient alone: a member of the conversation,
//! which takes such messages unless `POST /_control/targeted` says otherwise. The Playground shows every
//! message to all, so its conversations take none.

use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use axum::{Json, Router};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::{Value, json};

pub use crate::store::rosters::{Member, Rosters};
pub use crate::store::sent_messages::{Sent, SentActivity};

use crate::signing_keys::KeyName;
use crate::store::playground::Home;
use crate::store::rosters::{error, personal_chat};
use crate::{Sandbox, Shared, clock, entra, http_client, jwt_signer, time_formats};

/// The largest message that Teams accepts, in bytes.
const LARGEST_MESSAGE: usize = 100 << 10;

/// The service URL's routes.
pub fn routes() -> Router<Shared> {
    Router::new().route("/connector/{*path}", any(call))
}

/// The target of a call, from its path.
enum Target {
    NewConversation,
    Send { conversation: String },
    Change { conversation: String, activity: String },
    Member { conversation: String, member: String },
    Other { conversation: Option<String> },
}

impl Target {
    fn conversation(&self) -> Option<&str> {
        match self {
            Self::NewConversation => None,
            Self::Send { conversation }
            | Self::Change { conversation, .. }
            | Self::Member { conversation, .. } => Some(conversation),
            Self::Other { conversation } => conversation.as_deref(),
        }
    }
}

fn target(method: &Method, path: &str) -> Target {
    let segments: Vec<String> = path
        .trim_matches('/')
        .split('/')
        .map(|part| percent_decode_str(part).decode_utf8_lossy().into_owned())
        .collect();
    let parts: Vec<&str> = segments.iter().map(String::as_str).collect();
    match (method, parts.as_slice()) {
        (&Method::POST, ["v3", "conversations"]) => Target::NewConversation,
        (
            &Method::POST,
            ["v3", "conversations", conversation, "activities"]
            | ["v3", "conversations", conversation, "activities", _],
        ) => Target::Send { conversation: (*conversation).to_owned() },
        (&Method::PUT | &Method::DELETE, ["v3", "conversations", conversation, "activities", activity]) => {
            Target::Change { conversation: (*conversation).to_owned(), activity: (*activity).to_owned() }
        }
        (&Method::GET, ["v3", "conversations", conversation, "members", member]) => {
            Target::Member { conversation: (*conversation).to_owned(), member: (*member).to_owned() }
        }
        (_, ["v3", "conversations", conversation, ..]) => {
            Target::Other { conversation: Some((*conversation).to_owned()) }
        }
        _ => Target::Other { conversation: None },
    }
}

async fn call(State(sandbox): State<Shared>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    if !is_the_bot(&sandbox, &parts.headers) {
        let message = "Authorization has been denied for this request.";
        return (StatusCode::UNAUTHORIZED, Json(json!({ "message": message }))).into_response();
    }
    let Ok(body) = axum::body::to_bytes(body, LARGEST_MESSAGE).await else {
        return refusal(StatusCode::PAYLOAD_TOO_LARGE, "MessageSizeTooBig", "The message is too large.");
    };
    let activity: Value = match serde_json::from_slice(&body) {
        Ok(activity) => activity,
        Err(_) if body.is_empty() => Value::Null,
        Err(error) => {
            let text = format!("The body is not JSON: {error}");
            return refusal(StatusCode::BAD_REQUEST, "BadSyntax", &text);
        }
    };
    let uri = parts.uri.to_string();
    let path = uri.strip_prefix("/connector").unwrap_or(&uri);
    let target = target(&parts.method, parts.uri.path().trim_start_matches("/connector"));
    let targeted = parts.uri.query().is_some_and(|query| query.contains("isTargetedActivity=true"));
    let serial = sandbox.memory().sent.next_serial();
    let address = sandbox.read(|saved| match target.conversation() {
        // The Playground's roster contains neither object id nor tenant.
        _ if matches!(target, Target::Member { .. }) => None,
        Some(id) => saved.playground.home(id).map(|home| address_at(&home, path)),
        None => first_member(&activity)
            .and_then(|member| saved.playground.of_member(member))
            .map(|service_url| format!("{service_url}{path}")),
    });
    let (status, mut response) = match &address {
        // The Playground would show a targeted message to all.
        Some(_) if targeted => {
            let text = "The Agents Playground shows no targeted messages.";
            (StatusCode::BAD_REQUEST, error("Bad argument", text))
        }
        Some(address) => match pass_on(&sandbox, parts.method.clone(), address, body).await {
            Ok(response) => response,
            Err(text) => return refusal(StatusCode::BAD_GATEWAY, "ServiceError", &text),
        },
        None => own_response(&sandbox, &target, targeted, &activity, serial),
    };
    if let (Target::NewConversation, Some(address)) = (&target, &address) {
        rename(&sandbox, &activity, address, &mut response);
    }
    let id = response.get("id").and_then(Value::as_str).map(str::to_owned);
    let (conversation, activity_id) = match target {
        Target::NewConversation => (id.unwrap_or_default(), None),
        Target::Send { conversation } => (conversation, id),
        Target::Change { conversation, activity } => (conversation, Some(activity)),
        Target::Member { .. } | Target::Other { .. } => return respond(status, response),
    };
    if status.is_success() {
        sandbox.memory().sent.add(
            SentActivity {
                serial,
                method: parts.method.to_string(),
                path: path.to_owned(),
                conversation,
                activity_id,
                activity,
                targeted,
                reader: None,
                status: status.as_u16(),
                time: time_formats::rfc3339(clock::now_ms()),
            },
            clock::now_ms(),
        );
    }
    respond(status, response)
}

/// The same path at the Playground, where the conversation may have another id.
fn address_at(home: &Home, path: &str) -> String {
    let id = utf8_percent_encode(&home.id, NON_ALPHANUMERIC).to_string();
    let mut segments: Vec<&str> = path.split('/').collect();
    // "", "v3", "conversations", the id
    if let Some(segment) = segments.get_mut(3) {
        *segment = &id;
    }
    format!("{}{}", home.service_url, segments.join("/"))
}

/// A personal chat of the Playground gets the id that the bot knows.
fn rename(sandbox: &Sandbox, parameters: &Value, address: &str, response: &mut Value) {
    let service_url = address.strip_suffix("/v3/conversations").unwrap_or(address);
    let (Some(member), Some(id)) = (first_member(parameters), response.get("id").and_then(Value::as_str))
    else {
        return;
    };
    let is_group = parameters.get("isGroup").and_then(Value::as_bool) == Some(true);
    let known_as = if is_group { id.to_owned() } else { personal_chat(member) };
    let home = Home { service_url: service_url.to_owned(), id: id.to_owned() };
    sandbox.change(|saved| saved.playground.remember(&known_as, home, None));
    if let Some(place) = response.get_mut("id") {
        *place = known_as.into();
    }
}

fn respond(status: StatusCode, response: Value) -> Response {
    if response.is_null() {
        return status.into_response();
    }
    (status, Json(response)).into_response()
}

/// The connector accepts only the token that Entra issued to the bot.
fn is_the_bot(sandbox: &Sandbox, headers: &HeaderMap) -> bool {
    headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .and_then(|text| jwt_signer::verified(&sandbox.keys, KeyName::Entra, text))
        .is_some_and(|claims| {
            let claim = |name: &str| claims.get(name).and_then(Value::as_str);
            claim("aud") == Some(entra::BOT_AUDIENCE) && claim("appid") == Some(&sandbox.settings.bot.id)
        })
}

fn own_response(
    sandbox: &Sandbox,
    target: &Target,
    targeted: bool,
    activity: &Value,
    serial: u64,
) -> (StatusCode, Value) {
    // Teams' activity ids are times in milliseconds; the serial makes these unique.
    let fresh = format!("{}{:03}", clock::now_ms(), serial % 1000);
    match target {
        Target::NewConversation => {
            let Some(member) = first_member(activity) else {
                return (StatusCode::BAD_REQUEST, error("BadArgument", "A conversation needs a member."));
            };
            let tenant = activity.get("tenantId").and_then(Value::as_str);
            match sandbox.change(|saved| saved.rosters.open_personal(member, tenant)) {
                Ok(id) => {
                    (StatusCode::CREATED, json!({ "id": id, "serviceUrl": sandbox.settings.service_url() }))
                }
                Err(refusal) => refusal,
            }
        }
        Target::Send { conversation } | Target::Change { conversation, .. }
            if let Err(refusal) = sandbox.read(|saved| saved.rosters.bot_in(conversation)) =>
        {
            refusal
        }
        Target::Send { conversation }
            if targeted && let Err(refusal) = can_target(sandbox, conversation, activity) =>
        {
            refusal
        }
        // The recipient of a targeted message cannot be changed.
        Target::Change { .. } if targeted && activity.get("recipient").is_some() => {
            let text = "An update or a deletion names no recipient.";
            (StatusCode::BAD_REQUEST, error("Bad argument", text))
        }
        Target::Send { .. } if activity.get("type").and_then(Value::as_str) == Some("typing") => {
            (StatusCode::ACCEPTED, json!({ "id": fresh }))
        }
        Target::Send { .. } => (StatusCode::CREATED, json!({ "id": fresh })),
        Target::Change { conversation, activity } => {
            if sandbox.memory().sent.knows(conversation, activity, targeted, clock::now_ms()) {
                (StatusCode::OK, json!({ "id": activity }))
            } else {
                let text = format!("The bot sent no activity {activity} to {conversation}.");
                (StatusCode::NOT_FOUND, error("ActivityNotFoundInConversation", &text))
            }
        }
        Target::Member { conversation, member } => {
            sandbox.read(|saved| saved.rosters.to_json(conversation, member, &saved.entra))
        }
        Target::Other { .. } => {
            (StatusCode::NOT_FOUND, error("NotFound", "This part of the connector is not imitated."))
        }
    }
}

fn can_target(sandbox: &Sandbox, conversation: &str, activity: &Value) -> Result<(), (StatusCode, Value)> {
    let recipient = activity.pointer("/recipient/id").and_then(Value::as_str);
    sandbox.read(|saved| saved.rosters.can_target(conversation, recipient))
}

async fn pass_on(
    sandbox: &Sandbox,
    method: Method,
    address: &str,
    body: Bytes,
) -> Result<(StatusCode, Value), String> {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    let response = http_client::send(&sandbox.http, method, address, headers, body).await?;
    Ok((response.status, serde_json::from_slice(&response.body).unwrap_or_default()))
}

fn first_member(parameters: &Value) -> Option<&str> {
    parameters.pointer("/members/0/id").and_then(Value::as_str)
}

fn refusal(status: StatusCode, code: &str, message: &str) -> Response {
    (status, Json(error(code, message))).into_response()
}
