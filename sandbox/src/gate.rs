//! What every request passes: it is named, logged, and met by the fault that waits for it.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use percent_encoding::percent_decode_str;
use serde::Serialize;

use crate::faults::{Fault, Met};
use crate::oauth::App;
use crate::server::Dropped;
use crate::{Shared, clock, oauth, persons};

/// Every name that `place` gives and a fault or a count may ask for.
pub const PLACES: [&str; 28] = [
    "botframework.metadata",
    "botframework.keys",
    "entra.metadata",
    "entra.keys",
    "entra.authorize",
    "entra.token",
    "connector",
    "relay",
    "salesforce.authorize",
    "salesforce.token",
    "salesforce.revoke",
    "salesforce.identity",
    "salesforce.rest",
    "salesforce.page",
    "servicenow.authorize",
    "servicenow.token",
    "servicenow.revoke",
    "servicenow.rest",
    "servicenow.page",
    "box.authorize",
    "box.token",
    "box.revoke",
    "box.rest",
    "box.page",
    "freshdesk.rest",
    "freshdesk.page",
    "entra.page",
    "page",
];

const LARGEST_BODY: usize = 4 << 20;
/// Entries that are kept of each part.
const LONGEST_LOG: usize = 10_000;

/// The last requests to each part, and how many there were.
#[derive(Default)]
pub struct RequestLog {
    serial: u64,
    parts: BTreeMap<&'static str, Part>,
}

#[derive(Default)]
struct Part {
    count: u64,
    entries: VecDeque<Seen>,
}

/// One request, without its secrets.
#[derive(Clone, Serialize)]
pub struct Seen {
    /// Rises by one per request.
    pub serial: u64,
    /// Which part it went to.
    #[serde(rename = "where")]
    pub place: &'static str,
    /// The method.
    pub method: String,
    /// The path without its query.
    pub path: String,
    /// At the token endpoints: the grant type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grant_type: Option<String>,
    /// When, RFC 3339.
    pub time: String,
    /// The status, as soon as there is one; 0 = closed without an answer.
    pub status: Option<u16>,
}

impl RequestLog {
    /// How many requests there were in all, or to one part. The number only rises: a request that the log has dropped
    /// counts too, so whoever waits for the next one sees it.
    pub fn count(&self, place: Option<&str>) -> u64 {
        self.parts(place).map(|part| part.count).sum()
    }

    /// The last requests, or those of them to one part, oldest first.
    pub fn list(&self, place: Option<&str>) -> Vec<Seen> {
        let mut list: Vec<_> = self.parts(place).flat_map(|part| &part.entries).cloned().collect();
        list.sort_by_key(|seen| seen.serial);
        list
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.parts.clear();
    }

    fn parts<'a>(&'a self, place: Option<&'a str>) -> impl Iterator<Item = &'a Part> {
        self.parts
            .iter()
            .filter(move |(name, _)| place.is_none_or(|place| **name == place))
            .map(|(_, part)| part)
    }

    fn add(&mut self, mut seen: Seen) -> u64 {
        self.serial += 1;
        seen.serial = self.serial;
        let part = self.parts.entry(seen.place).or_default();
        part.count += 1;
        part.entries.push_back(seen);
        if part.entries.len() > LONGEST_LOG {
            part.entries.pop_front();
        }
        self.serial
    }

    fn answered(&mut self, place: &str, serial: u64, status: u16) {
        let Some(part) = self.parts.get_mut(place) else { return };
        // The entry is among the last ones.
        if let Some(seen) = part.entries.iter_mut().rev().find(|seen| seen.serial == serial) {
            seen.status = Some(status);
        }
    }
}

/// The part of the outside world that a path belongs to; `None` for the control routes.
pub fn place(path: &str) -> Option<&'static str> {
    let mut segments = path.trim_start_matches('/').split('/');
    let first = segments.next().unwrap_or_default();
    let last = path.rsplit('/').next().unwrap_or_default();
    Some(match (first, segments.next().unwrap_or_default(), last) {
        ("_control", ..) => return None,
        ("botframework", _, "keys") => "botframework.keys",
        ("botframework", ..) => "botframework.metadata",
        ("connector", ..) => "connector",
        ("relay", ..) => "relay",
        ("entra", _, "keys") => "entra.keys",
        ("entra", _, "openid-configuration") => "entra.metadata",
        ("entra", _, "authorize") => "entra.authorize",
        ("entra", _, "token") => "entra.token",
        ("entra", ..) => "entra.page",
        ("salesforce", "id", _) | ("salesforce", _, "userinfo") => "salesforce.identity",
        ("salesforce", _, "authorize") => "salesforce.authorize",
        ("salesforce", _, "token") => "salesforce.token",
        ("salesforce", _, "revoke") => "salesforce.revoke",
        ("salesforce-org", ..) if path.contains("/services/") => "salesforce.rest",
        ("salesforce" | "salesforce-org", ..) => "salesforce.page",
        ("servicenow", "oauth_auth.do", _) => "servicenow.authorize",
        ("servicenow", "oauth_token.do", _) => "servicenow.token",
        ("servicenow", "oauth_revoke_token.do", _) => "servicenow.revoke",
        ("servicenow", "api", _) => "servicenow.rest",
        ("servicenow", ..) => "servicenow.page",
        ("box-account", "api", "authorize") => "box.authorize",
        ("box-account", ..) => "box.page",
        ("box-api", "oauth2", "token") => "box.token",
        ("box-api", "oauth2", "revoke") => "box.revoke",
        ("box-api" | "box-upload", ..) => "box.rest",
        ("freshdesk", "api", _) => "freshdesk.rest",
        ("freshdesk", ..) => "freshdesk.page",
        _ => "page",
    })
}

/// The middleware.
pub async fn pass(State(sandbox): State<Shared>, request: Request, next: Next) -> Response {
    let Some(place) = place(request.uri().path()) else {
        return next.run(request).await;
    };
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST_BODY).await else {
        return (StatusCode::PAYLOAD_TOO_LARGE, "The body is too large.").into_response();
    };
    let seen = Seen {
        serial: 0,
        place,
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        grant_type: place.ends_with(".token").then(|| grant_type(&body)).flatten(),
        time: clock::rfc3339(clock::now_ms()),
        status: None,
    };
    let texts = texts(&parts.uri.to_string(), &body);
    let person = persons::behind(&sandbox, place, &parts.uri, &parts.headers, &body);
    let path = percent_decode_str(parts.uri.path()).decode_utf8_lossy().into_owned();
    let met =
        Met { place, method: parts.method.as_str(), path: &path, texts: &texts, person: person.as_deref() };
    let (serial, fault) = {
        let mut memory = sandbox.memory();
        (memory.requests.add(seen), memory.faults.take(&met))
    };
    let wrong = fault.as_ref().and_then(Fault::answer);
    let delay = Duration::from_millis(fault.as_ref().map_or(0, |fault| fault.delay_ms));
    let is_after = fault.as_ref().is_some_and(|fault| fault.after);
    if !is_after {
        clock::sleep(delay).await;
    }
    let response = match wrong {
        Some(wrong) if !is_after => {
            if let Some(app) = App::at(place).filter(|_| place.ends_with(".token")) {
                oauth::lost(app, &sandbox, &parts.headers, &body);
            }
            wrong
        }
        wrong => {
            let request = Request::from_parts(parts, Body::from(body));
            let right = match App::at(place).filter(|app| (app.client)(&sandbox.settings).is_none()) {
                Some(app) => app.not_registered(),
                None => next.run(request).await,
            };
            wrong.unwrap_or(right)
        }
    };
    if is_after {
        clock::sleep(delay).await;
    }
    let status = match response.extensions().get::<Dropped>() {
        Some(Dropped) => 0,
        None => response.status().as_u16(),
    };
    sandbox.memory().requests.answered(place, serial, status);
    match fault {
        Some(fault) => fault.sent(response).await,
        None => response,
    }
}

/// What a fault's `match` is looked for in.
fn texts(uri: &str, body: &Bytes) -> Vec<String> {
    let body = String::from_utf8_lossy(body).into_owned();
    let decode = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    vec![decode(uri), uri.to_owned(), decode(&body), body]
}

fn grant_type(body: &[u8]) -> Option<String> {
    url::form_urlencoded::parse(body)
        .find(|(name, _)| name == "grant_type")
        .map(|(_, value)| value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(place: &'static str) -> Seen {
        Seen {
            serial: 0,
            place,
            method: "POST".to_owned(),
            path: "/".to_owned(),
            grant_type: None,
            time: String::new(),
            status: None,
        }
    }

    #[test]
    fn a_request_is_counted_also_when_the_log_is_full() {
        let mut log = RequestLog::default();
        log.add(seen("entra.token"));
        for _ in 0..LONGEST_LOG {
            log.add(seen("connector"));
        }
        let last = log.add(seen("connector"));
        log.answered("connector", last, 200);
        assert_eq!(log.count(Some("connector")), LONGEST_LOG as u64 + 1);
        assert_eq!(log.count(None), LONGEST_LOG as u64 + 2);
        let list = log.list(None);
        assert_eq!(list.len(), LONGEST_LOG + 1);
        // Many requests to one part drop no entry of another.
        assert_eq!((list[0].place, list[LONGEST_LOG].status), ("entra.token", Some(200)));
        assert_eq!(log.list(Some("entra.token")).len(), 1);
    }
}
