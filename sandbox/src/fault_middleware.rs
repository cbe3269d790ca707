//! The middleware of every request: it names the endpoint group, logs the request and applies a matching
//! fault.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use percent_encoding::percent_decode_str;

use crate::endpoint_groups::endpoint;
use crate::faults::{Dropped, Fault, FaultTarget};
use crate::store::request_log::LoggedRequest;
use crate::{Shared, caller_identity, clock, oauth, oauth_apps, time_formats};

const LARGEST_BODY: usize = 4 << 20;

/// The middleware.
pub async fn pass(State(sandbox): State<Shared>, request: Request, next: Next) -> Response {
    let Some(place) = endpoint(request.uri().path()) else {
        return next.run(request).await;
    };
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST_BODY).await else {
        return (StatusCode::PAYLOAD_TOO_LARGE, "The body is too large.").into_response();
    };
    let seen = LoggedRequest {
        serial: 0,
        place,
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        grant_type: place.ends_with(".token").then(|| grant_type(&body)).flatten(),
        time: time_formats::rfc3339(clock::now_ms()),
        status: None,
    };
    let texts = texts(&parts.uri.to_string(), &body);
    let person = caller_identity::person_behind(&sandbox, place, &parts.uri, &parts.headers, &body);
    let path = percent_decode_str(parts.uri.path()).decode_utf8_lossy().into_owned();
    let met = FaultTarget {
        place,
        method: parts.method.as_str(),
        path: &path,
        texts: &texts,
        person: person.as_deref(),
    };
    let (serial, fault) = {
        let mut memory = sandbox.memory();
        (memory.requests.add(seen), memory.faults.take(&met))
    };
    let wrong = fault.as_ref().and_then(Fault::response);
    let is_after = fault.as_ref().is_some_and(|fault| fault.after);
    if let Some(fault) = fault.as_ref().filter(|fault| !fault.after) {
        fault.wait().await;
    }
    let response = match wrong {
        Some(wrong) if !is_after => {
            if let Some(app) = oauth_apps::at(place, parts.uri.path()).filter(|_| place.ends_with(".token")) {
                oauth::lost(app, &sandbox, &parts.headers, &body);
            }
            wrong
        }
        wrong => {
            let app = oauth_apps::at(place, parts.uri.path());
            let request = Request::from_parts(parts, Body::from(body));
            let right = match app.filter(|app| app.client(&sandbox.settings).is_none()) {
                Some(app) => app.not_registered(),
                None => next.run(request).await,
            };
            wrong.unwrap_or(right)
        }
    };
    if let Some(fault) = fault.as_ref().filter(|fault| fault.after) {
        fault.wait().await;
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

/// The text that a fault's `match` is searched in.
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
