//! Responses: the documented text, with tokens, and with addresses that lead back to the sandbox.

use std::collections::BTreeMap;

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::app::FixtureApp;
use crate::Sandbox;
use crate::fixture::{Ending, Received};
use crate::oauth::Issued;

/// The response of a fixture. If the request came by the sandbox's own address, the vendor's addresses in it
/// lead there too.
pub(super) fn json_or_text(
    app: &FixtureApp,
    sandbox: &Sandbox,
    received: &Received,
    ending: Ending,
) -> Response {
    let origin = &sandbox.settings.origin;
    let is_local = received.header("host").is_some_and(|host| origin.ends_with(&format!("//{host}")));
    let led_back = |text: &str| {
        if is_local { app.fixture.with_addresses_here(origin, text) } else { text.to_owned() }
    };
    let body = led_back(ending.body);
    let kind = match body.trim_start().bytes().next() {
        Some(b'{' | b'[') => "application/json",
        Some(b'<') => "text/html",
        _ => "text/plain",
    };
    let status = StatusCode::from_u16(ending.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, [(header::CONTENT_TYPE, kind)], body).into_response();
    for (name, value) in ending.headers {
        let pair = (HeaderName::try_from(name.as_str()), HeaderValue::try_from(led_back(value)));
        if let (Ok(name), Ok(value)) = pair {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// A token response with these tokens. Without a refresh token, the field for it is removed.
pub(super) fn with_tokens(response: &str, issued: &Issued) -> String {
    let response = match (&issued.refresh_token, serde_json::from_str::<Value>(response)) {
        (None, Ok(mut value)) => {
            remove(&mut value, "<refresh_token>");
            value.to_string()
        }
        _ => response.to_owned(),
    };
    let refresh = issued.refresh_token.as_deref().unwrap_or_default();
    response.replace("<access_token>", &issued.access_token).replace("<refresh_token>", refresh)
}

fn remove(value: &mut Value, text: &str) {
    if let Value::Object(fields) = value {
        fields.retain(|_, field| field.as_str() != Some(text));
        fields.values_mut().for_each(|field| remove(field, text));
    }
}

/// A response whose lists are repeated to these lengths.
pub(super) fn filled(response: &str, lengths: &BTreeMap<String, usize>) -> String {
    let Ok(mut value) = serde_json::from_str::<Value>(response) else { return response.to_owned() };
    for (pointer, length) in lengths {
        if let Some(Value::Array(items)) = value.pointer_mut(pointer) {
            *items = items.iter().cycle().take(*length).cloned().collect();
        }
    }
    value.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn the_vendors_addresses_lead_back_to_the_sandbox_and_others_stay() {
        let text = "https://api.github.com/user?page=2 \"https://api.github.com\" https://api.github.com.example/ \
                    https://docs.github.com/";
        let expected = "http://localhost:8788/apps/github/api.github.com/user?page=2 \
                        \"http://localhost:8788/apps/github/api.github.com\" https://api.github.com.example/ \
                        https://docs.github.com/";
        let here = fixture::all()["github"].with_addresses_here("http://localhost:8788", text);
        assert_eq!(here, expected);
    }

    #[test]
    fn without_a_refresh_token_its_field_is_absent_and_lists_are_repeated() {
        let issued = Issued {
            access_token: "a".to_owned(),
            expires_in: 1,
            refresh_token: None,
            is_new: false,
            scopes: Vec::new(),
        };
        let response = r#"{"user": {"access_token": "<access_token>", "refresh_token": "<refresh_token>"}}"#;
        assert_eq!(with_tokens(response, &issued), r#"{"user":{"access_token":"a"}}"#);
        assert_eq!(
            filled(r#"{"items":[1,2]}"#, &BTreeMap::from([("/items".to_owned(), 3)])),
            r#"{"items":[1,2,1]}"#
        );
    }
}
