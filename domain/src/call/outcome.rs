//! The meaning of an app's response.
//!
//! A write is done once. A response that leaves a doubt whether the write was done is therefore an unknown
//! outcome, and the person is told so. A read, and a write declared `idempotent`, is sent again.
//!
//! | response | read | write, `idempotent` | write |
//! |---|---|---|---|
//! | 2xx | done | done | done |
//! | 2xx: an HTML page, or no JSON although an output is expected | unknown | unknown | unknown |
//! | 2xx without the values of `success`, with another value or an error | refused | refused | refused |
//! | 2xx with a value at a pointer of `absent` | refused | refused | refused |
//! | 2xx without the values of `success`, without either | refused | refused | unknown |
//! | `already` | | done | done |
//! | a word of `errors.token`, any status | token dead | token dead | token dead |
//! | a word of `errors.busy`, any status | busy | busy | busy |
//! | 3xx (not followed; after a POST it often means that the write was done) | refused | refused | unknown |
//! | 401 | token dead | token dead | token dead |
//! | 408 (the app, or a gateway, timed out) | unknown | unknown | unknown |
//! | 425 (RFC 8470), 429 (RFC 6585) | busy | busy | busy |
//! | any other 4xx | refused | refused | refused |
//! | 503 (a proxy may send it after the app has acted) | busy | busy | unknown |
//! | any other 5xx, any other status, no response | unknown | unknown | unknown |
//!
//! *Refused*, *busy* and *token dead* mean that nothing was done. A word of the app also counts under 2xx,
//! unless the response is what `success` and `absent` say of a good one.

use serde_json::{Map, Value};
use std::collections::BTreeMap;

use super::AppResponse;
use super::paging::has_more;
use super::refusal_message::refusal_message;
use crate::catalog::{Action, App};
use crate::connection::token_response::contains_word;
use crate::json;
use crate::log_event::OutcomeLabel;
use crate::template::Target;

/// The outcome of a call.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// The call succeeded. Holds the output for later steps, with the link.
    Done(Value),
    /// The app refused the access token; nothing was done. The token is renewed once, and the call repeated.
    TokenDead {
        /// The app's message, for the case that it refuses the renewed token too.
        message: String,
    },
    /// The app refused the call; nothing was done.
    Refused {
        /// The app's message.
        message: String,
    },
    /// The values make no valid request; nothing was sent.
    NotSent,
    /// The app is busy; nothing was done.
    Busy,
    /// The outcome is unknown.
    Unknown,
}

impl Outcome {
    /// Whether the call is repeated later: nothing was done, or the action may be repeated.
    #[must_use]
    pub fn is_tried_again(&self, action: &Action) -> bool {
        match self {
            Self::Busy => true,
            Self::Unknown => action.may_repeat(),
            Self::Done(_) | Self::TokenDead { .. } | Self::Refused { .. } | Self::NotSent => false,
        }
    }

    /// Returns the outcome label for the log, without any content of the response.
    #[must_use]
    pub fn ended(&self) -> OutcomeLabel {
        match self {
            Self::Done(_) => OutcomeLabel::Done,
            Self::TokenDead { .. } => OutcomeLabel::TokenDead,
            Self::Refused { .. } | Self::NotSent => OutcomeLabel::Refused,
            Self::Busy => OutcomeLabel::NotNow,
            Self::Unknown => OutcomeLabel::Unknown,
        }
    }
}

/// Whether a body is what the app's file says of a good one: it has the values of `success` and nothing at
/// the pointers of `absent`. The status is not considered.
#[must_use]
pub fn is_as_expected(app: &App, action: Option<&Action>, body: &Value) -> bool {
    let success = app.success.iter().chain(action.into_iter().flat_map(|action| &action.success));
    success.into_iter().all(|(pointer, value)| body.pointer(pointer) == Some(value))
        && !has_forbidden(app, action, body)
}

/// Whether a body has a value at a pointer of `absent`. Neither `null` nor an empty text or list is one.
fn has_forbidden(app: &App, action: Option<&Action>, body: &Value) -> bool {
    let is_value = |value: &Value| match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => true,
    };
    let mut absent = app.absent.iter().chain(action.into_iter().flat_map(|action| &action.absent));
    absent.any(|pointer| body.pointer(pointer).is_some_and(is_value))
}

/// Returns the outcome of a response. `values` are the [`action_values`](super::action_values) of the
/// request.
#[must_use]
pub fn outcome(app: &App, action: &Action, response: AppResponse<'_>, values: &Value) -> Outcome {
    let AppResponse { status, body, .. } = response;
    let body_or_null = body.unwrap_or(&Value::Null);
    let already = action.already.as_ref().filter(|already| {
        let holds = |(pointer, value): (&String, &Value)| body_or_null.pointer(pointer) == Some(value);
        already.status == status && already.says.iter().all(holds)
    });
    if let Some(already) = already
        && already.output.values().all(|pointer| body_or_null.pointer(pointer).is_some())
    {
        return Outcome::Done(output(action, &already.output, response, values));
    }
    let once = action.writes && !action.idempotent;
    let is_expected = is_as_expected(app, Some(action), body_or_null);
    let says = [&app.success, &action.success].into_iter().any(|success| !success.is_empty())
        || [&app.absent, &action.absent].into_iter().any(|absent| !absent.is_empty());
    let is_good = (200..=299).contains(&status) && says && is_expected;
    let refused = || Outcome::Refused { message: refusal_message(app, response) };
    match status {
        // An HTML page comes from a gateway, so the app's outcome is unknown.
        200..=299 if body.is_none() && status != 204 && !action.output.is_empty() => Outcome::Unknown,
        _ if !is_good && says_token_is_dead(app, body_or_null) => {
            Outcome::TokenDead { message: refusal_message(app, response) }
        }
        200..=299 if is_expected => Outcome::Done(output(action, &action.output, response, values)),
        _ if is_busy(app, body_or_null) => Outcome::Busy,
        200..=299 if once && !says_no(app, action, body_or_null) => Outcome::Unknown,
        200..=299 => refused(),
        300..=399 if once => Outcome::Unknown,
        401 => Outcome::TokenDead { message: refusal_message(app, response) },
        408 => Outcome::Unknown,
        425 | 429 => Outcome::Busy,
        300..=499 => refused(),
        503 if !once => Outcome::Busy,
        _ => Outcome::Unknown,
    }
}

/// Reads the body of a response: JSON, or the plain text of an error response up to 1000 bytes.
#[must_use]
pub fn parse_body(status: u16, body: &[u8]) -> Option<Value> {
    const LONGEST: usize = 1000;
    json::value(body).ok().or_else(|| {
        let is_text = status >= 300 && !body.is_empty() && body.len() <= LONGEST && !is_html(body);
        is_text.then(|| Value::String(String::from_utf8_lossy(body).into_owned()))
    })
}

/// Whether a response contains one of the app's words for a dead access token.
#[must_use]
pub fn says_token_is_dead(app: &App, response: &Value) -> bool {
    let words = &app.errors.token;
    match response {
        Value::String(text) => words.iter().any(|word| contains_word(word, text)),
        response => has_code(app, response, words),
    }
}

/// Whether a response contains one of the app's words for "not now".
pub(super) fn is_busy(app: &App, response: &Value) -> bool {
    has_code(app, response, &app.errors.busy)
}

/// Whether one of the app's error codes in a response is one of these words.
fn has_code(app: &App, response: &Value, words: &[String]) -> bool {
    let mut codes = app.errors.code.iter().filter_map(|pointer| json::text_of(response.pointer(pointer)?));
    codes.any(|code| words.contains(&code))
}

/// Whether a body is an HTML page: a login, a maintenance notice. With a success status the outcome of the
/// call is unknown then.
#[must_use]
pub fn is_html(body: &[u8]) -> bool {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    body.trim_ascii_start().starts_with(b"<")
}

/// Whether a response that is not as expected is a refusal: another value in the place of one of `success`,
/// a value at a pointer of `absent`, or an error.
fn says_no(app: &App, action: &Action, response: &Value) -> bool {
    let has = |pointer: &String| response.pointer(pointer).is_some_and(|value| !value.is_null());
    let success = app.success.keys().chain(action.success.keys());
    success.chain(&app.errors.message).chain(&app.errors.code).any(has)
        || has_forbidden(app, Some(action), response)
}

fn output(
    action: &Action,
    pointers: &BTreeMap<String, String>,
    response: AppResponse<'_>,
    values: &Value,
) -> Value {
    let body = response.body.unwrap_or(&Value::Null);
    let at = |name: &String| pointers.get(name).and_then(|pointer| body.pointer(pointer)).cloned();
    let mut output: Map<String, Value> =
        action.output.keys().map(|name| (name.clone(), at(name).unwrap_or(Value::Null))).collect();
    for (name, header) in &action.output_headers {
        let value = response.headers.get(&header.to_lowercase()).map(String::as_str);
        output.insert(name.clone(), value.map_or(Value::Null, Value::from));
    }
    if let Some(paging) = &action.paging {
        output.insert("more".to_owned(), Value::Bool(has_more(paging, response)));
    }
    if let Some(link) = &action.link {
        let mut values = values.clone();
        if let Some(object) = values.as_object_mut() {
            object.insert("output".to_owned(), Value::Object(output.clone()));
        }
        if let Ok(link) = link.render(Target::Plain, &values) {
            output.insert("link".to_owned(), Value::String(link));
        }
    }
    Value::Object(output)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{ACME, app, outcome, values};
    use super::{outcome as outcome_of_response, *};
    use serde_json::json;

    #[test]
    fn a_response_means_done_refused_busy_or_unknown() {
        let app = app("salesforce");
        let action = &app.actions["create_record"];
        let outcome_of = |status, body: Value| outcome(&app, action, status, Some(&body), &values(ACME));
        assert_eq!(
            outcome_of(201, json!({"id": "006", "success": true})),
            Outcome::Done(json!({"id": "006", "link": "https://acme.my.salesforce.com/006"}))
        );
        assert_eq!(
            outcome_of(400, json!([{"message": "Required fields are missing: [Name]", "errorCode": "X"}])),
            Outcome::Refused { message: "Required fields are missing: [Name]".into() }
        );
        assert_eq!(outcome_of(404, json!(null)), Outcome::Refused { message: "error 404".into() });
        let message = "This session is not valid for use with the REST API".to_owned();
        assert_eq!(
            outcome_of(401, json!([{"message": message, "errorCode": "INVALID_SESSION_ID"}])),
            Outcome::TokenDead { message }
        );
        assert_eq!(outcome_of(500, json!(null)), Outcome::Unknown);
        assert_eq!(outcome_of(504, json!(null)), Outcome::Unknown);
    }

    #[test]
    fn a_refusal_of_a_write_that_was_done_before_counts_as_done() {
        let app = app("box");
        let action = &app.actions["ensure_folder"];
        let values = json!({"vars": {"APP_URL": "https://app.box.com"}});
        let outcome_of = |body: Value| outcome(&app, action, 409, Some(&body), &values);
        let taken = |kind: &str| {
            json!({
                "code": "item_name_in_use", "message": "Item with the same name already exists",
                "context_info": {"conflicts": [{"type": kind, "id": "7"}]}
            })
        };
        let link = "https://app.box.com/folder/7";
        assert_eq!(outcome_of(taken("folder")), Outcome::Done(json!({"id": "7", "link": link})));
        assert!(matches!(outcome_of(taken("file")), Outcome::Refused { .. }), "the existing item is a file");
        assert_eq!(outcome_of(json!({"code": "name_temporarily_reserved"})), Outcome::Busy);
    }

    #[test]
    fn a_refusal_with_status_200_is_a_refusal() {
        let app = app("salesforce");
        let action = &app.actions["decide_approval"];
        let outcome_of = |body: Value| outcome(&app, action, 200, Some(&body), &values(ACME));
        let refused = json!([{"success": false, "errors": [{"message": "not your approval"}]}]);
        assert_eq!(outcome_of(refused), Outcome::Refused { message: "not your approval".into() });
        let done = outcome_of(json!([{"success": true, "entityId": "006", "instanceStatus": "Approved"}]));
        let link = "https://acme.my.salesforce.com/006";
        assert_eq!(done, Outcome::Done(json!({"status": "Approved", "record": "006", "link": link})));
    }

    #[test]
    fn an_apps_own_word_for_busy_counts_under_any_status() {
        let app = app("salesforce");
        let action = &app.actions["create_record"];
        let outcome_of = |status, code: &str| {
            outcome(&app, action, status, Some(&json!([{"message": "x", "errorCode": code}])), &values(ACME))
        };
        assert_eq!(outcome_of(400, "UNABLE_TO_LOCK_ROW"), Outcome::Busy);
        assert_eq!(outcome_of(403, "REQUEST_LIMIT_EXCEEDED"), Outcome::Busy);
        assert!(matches!(outcome_of(403, "API_DISABLED_FOR_ORG"), Outcome::Refused { .. }));
    }

    #[test]
    fn an_html_page_in_place_of_a_response_is_an_unknown_outcome() {
        let app = app("salesforce");
        let outcome_of =
            |action: &str, status| outcome(&app, &app.actions[action], status, None, &values(ACME));
        assert_eq!(outcome_of("create_record", 200), Outcome::Unknown);
        assert!(matches!(outcome_of("delete_record", 204), Outcome::Done(_)));
        for page in ["<html>", "\u{feff} \r\n<!DOCTYPE html>", "<?xml version='1.0'?>"] {
            assert!(is_html(page.as_bytes()), "{page}");
        }
        assert!(!is_html(b"") && !is_html(b"{}") && !is_html(b"accepted"));
    }

    /// The meaning of every status for a read, an idempotent write, and any other write.
    #[test]
    fn an_unknown_outcome_of_a_write_is_never_taken_for_harmless() {
        let app = app("salesforce");
        let ended = |action: &str, status: u16| {
            outcome(&app, &app.actions[action], status, Some(&json!(null)), &values(ACME)).ended()
        };
        for (status, read, repeatable, once) in [
            (103, OutcomeLabel::Unknown, OutcomeLabel::Unknown, OutcomeLabel::Unknown),
            (302, OutcomeLabel::Refused, OutcomeLabel::Refused, OutcomeLabel::Unknown),
            (303, OutcomeLabel::Refused, OutcomeLabel::Refused, OutcomeLabel::Unknown),
            (307, OutcomeLabel::Refused, OutcomeLabel::Refused, OutcomeLabel::Unknown),
            (400, OutcomeLabel::Refused, OutcomeLabel::Refused, OutcomeLabel::Refused),
            (401, OutcomeLabel::TokenDead, OutcomeLabel::TokenDead, OutcomeLabel::TokenDead),
            (403, OutcomeLabel::Refused, OutcomeLabel::Refused, OutcomeLabel::Refused),
            (408, OutcomeLabel::Unknown, OutcomeLabel::Unknown, OutcomeLabel::Unknown),
            (409, OutcomeLabel::Refused, OutcomeLabel::Refused, OutcomeLabel::Refused),
            (425, OutcomeLabel::NotNow, OutcomeLabel::NotNow, OutcomeLabel::NotNow),
            (429, OutcomeLabel::NotNow, OutcomeLabel::NotNow, OutcomeLabel::NotNow),
            (500, OutcomeLabel::Unknown, OutcomeLabel::Unknown, OutcomeLabel::Unknown),
            (502, OutcomeLabel::Unknown, OutcomeLabel::Unknown, OutcomeLabel::Unknown),
            (503, OutcomeLabel::NotNow, OutcomeLabel::NotNow, OutcomeLabel::Unknown),
            (504, OutcomeLabel::Unknown, OutcomeLabel::Unknown, OutcomeLabel::Unknown),
            (599, OutcomeLabel::Unknown, OutcomeLabel::Unknown, OutcomeLabel::Unknown),
        ] {
            let found =
                ["find_records", "update_record", "create_record"].map(|action| ended(action, status));
            assert_eq!(found, [read, repeatable, once], "{status}");
        }
    }

    #[test]
    fn an_apps_word_for_a_dead_token_counts_under_any_status_and_in_plain_text() {
        let app = app("salesforce");
        for (action, writes) in [("find_records", false), ("create_record", true)] {
            let action = &app.actions[action];
            assert_eq!(action.writes, writes);
            let ended = |status, body: &str| {
                outcome(&app, action, status, parse_body(status, body.as_bytes()).as_ref(), &values(ACME))
                    .ended()
            };
            let coded = r#"[{"message":"Session expired or invalid","errorCode":"INVALID_SESSION_ID"}]"#;
            for status in [200, 400, 403, 404, 500, 503] {
                assert_eq!(ended(status, coded), OutcomeLabel::TokenDead, "{status}");
            }
            assert_eq!(ended(403, &format!("\u{feff}{coded}")), OutcomeLabel::TokenDead);
            for text in
                ["Bad_OAuth_Token", " Bad_OAuth_Token\r\n", "\"Bad_OAuth_Token\"", "403: Bad_OAuth_Token."]
            {
                assert_eq!(ended(403, text), OutcomeLabel::TokenDead, "{text}");
            }
            for other in ["Not_Bad_OAuth_Token", "Forbidden", "<p>Bad_OAuth_Token</p>", "", "{}", "[]"] {
                assert_eq!(ended(403, other), OutcomeLabel::Refused, "{other}");
            }
        }
    }

    #[test]
    fn an_apps_word_for_a_dead_token_counts_under_a_success_status_unless_the_call_succeeded() {
        let mut app = app("salesforce");
        app.errors.code = vec!["/error".to_owned()];
        app.errors.token = vec!["invalid_auth".to_owned(), "124".to_owned()];
        let mut action = app.actions["create_record"].clone();
        action.success = [("/ok".to_owned(), json!(true))].into();
        let ended = |body: Value| outcome(&app, &action, 200, Some(&body), &values(ACME)).ended();
        assert_eq!(ended(json!({"ok": false, "error": "invalid_auth"})), OutcomeLabel::TokenDead);
        assert_eq!(ended(json!({"ok": false, "error": 124})), OutcomeLabel::TokenDead);
        assert_eq!(ended(json!({"ok": true, "error": "invalid_auth"})), OutcomeLabel::Done);
        assert_eq!(ended(json!({"ok": false, "error": "channel_not_found"})), OutcomeLabel::Refused);
    }

    #[test]
    fn each_of_an_apps_error_codes_counts() {
        let mut app = app("salesforce");
        app.errors.code = vec!["/error/status".to_owned(), "/error/errors/0/reason".to_owned()];
        app.errors.busy = vec!["RESOURCE_EXHAUSTED".to_owned(), "rateLimitExceeded".to_owned()];
        let outcome_of = |body: Value| {
            outcome(&app, &app.actions["create_record"], 403, Some(&body), &values(ACME)).ended()
        };
        let reason = |reason: &str| json!({"error": {"code": 403, "errors": [{"reason": reason}]}});
        assert_eq!(outcome_of(json!({"error": {"status": "RESOURCE_EXHAUSTED"}})), OutcomeLabel::NotNow);
        assert_eq!(outcome_of(reason("rateLimitExceeded")), OutcomeLabel::NotNow);
        assert_eq!(outcome_of(reason("insufficientFilePermissions")), OutcomeLabel::Refused);
        let both =
            json!({"error": {"status": "PERMISSION_DENIED", "errors": [{"reason": "rateLimitExceeded"}]}});
        assert_eq!(outcome_of(both), OutcomeLabel::NotNow);
    }

    #[test]
    fn a_write_is_busy_under_any_status_only_by_the_apps_own_word() {
        let app = app("salesforce");
        let action = &app.actions["create_record"];
        let outcome_of = |status, code: &str| {
            outcome(&app, action, status, Some(&json!([{"message": "x", "errorCode": code}])), &values(ACME))
        };
        assert_eq!(outcome_of(503, "SERVER_UNAVAILABLE"), Outcome::Busy);
        assert_eq!(outcome_of(500, "UNABLE_TO_LOCK_ROW"), Outcome::Busy);
        assert_eq!(outcome_of(503, "UNKNOWN_EXCEPTION"), Outcome::Unknown);
    }

    #[test]
    fn a_success_status_without_the_success_values_is_refused_only_with_an_error() {
        let app = app("salesforce");
        let outcome_of = |body: Option<Value>| {
            outcome(&app, &app.actions["submit_for_approval"], 200, body.as_ref(), &values(ACME)).ended()
        };
        assert_eq!(outcome_of(Some(json!([{"success": false}]))), OutcomeLabel::Refused);
        assert_eq!(outcome_of(Some(json!([{"message": "no"}]))), OutcomeLabel::Refused);
        assert_eq!(outcome_of(Some(json!({}))), OutcomeLabel::Unknown, "a write with an unknown outcome");
        assert_eq!(outcome_of(None), OutcomeLabel::Unknown);
    }

    /// An action of an app that reports errors with status 200, with fields added to both.
    fn with_200(app_change: Value, action_change: Value) -> (App, Action) {
        let mut action = json!({"about": "x", "method": "POST", "path": "/x", "writes": true});
        action.as_object_mut().unwrap().extend(action_change.as_object().cloned().unwrap());
        let mut app = json!({
            "name": "App", "auth": "oauth2", "base_url": "https://app.example", "allowed_hosts": ["app.example"],
            "account": {"label": ["/email"], "id": "/id"}, "actions": {"do": action}
        });
        app.as_object_mut().unwrap().extend(app_change.as_object().cloned().unwrap());
        let app: App = serde_json::from_value(app).unwrap();
        let action = app.actions["do"].clone();
        (app, action)
    }

    #[test]
    fn an_error_with_status_200_is_read_by_the_words_of_the_app() {
        let (app, action) = with_200(
            json!({
                "success": {"/ok": true},
                "errors": {"code": ["/error"], "message": ["/error"], "busy": ["ratelimited"],
                           "token": ["token_revoked", "invalid_auth"]}
            }),
            json!({"output": {"ts": "/ts"}}),
        );
        let label = |body: Value| outcome(&app, &action, 200, Some(&body), &json!({})).ended();
        assert_eq!(label(json!({"ok": true, "ts": "1"})), OutcomeLabel::Done);
        assert_eq!(label(json!({"ok": true, "ts": "1", "error": "token_revoked"})), OutcomeLabel::Done);
        assert_eq!(label(json!({"ok": false, "error": "token_revoked"})), OutcomeLabel::TokenDead);
        assert_eq!(label(json!({"ok": false, "error": "ratelimited"})), OutcomeLabel::NotNow);
        assert_eq!(label(json!({"ok": false, "error": "channel_not_found"})), OutcomeLabel::Refused);
        assert_eq!(label(json!({"ok": false})), OutcomeLabel::Refused);
        assert_eq!(label(json!({"ts": "1"})), OutcomeLabel::Unknown, "nothing says whether it was done");
    }

    #[test]
    fn a_graphql_error_is_a_refusal_whatever_else_the_response_holds() {
        let (app, action) = with_200(
            json!({
                "absent": ["/errors"],
                "errors": {"code": ["/errors/0/extensions/code"], "message": ["/errors/0/message"],
                           "token": ["AUTHENTICATION_ERROR"], "busy": ["RATELIMITED"]}
            }),
            json!({"output": {"id": "/data/issue/id"}, "absent": ["/data/issue/warning"]}),
        );
        let of = |body: Value| outcome(&app, &action, 200, Some(&body), &json!({}));
        let error =
            |code: &str| json!({"data": null, "errors": [{"message": "No", "extensions": {"code": code}}]});
        assert_eq!(of(json!({"data": {"issue": {"id": "1"}}})), Outcome::Done(json!({"id": "1"})));
        assert_eq!(
            of(json!({"data": {"issue": {"id": "1"}}, "errors": []})),
            Outcome::Done(json!({"id": "1"}))
        );
        assert_eq!(of(error("INVALID_INPUT")), Outcome::Refused { message: "No".into() });
        assert_eq!(of(error("AUTHENTICATION_ERROR")).ended(), OutcomeLabel::TokenDead);
        assert_eq!(of(error("RATELIMITED")), Outcome::Busy);
        let warned = json!({"data": {"issue": {"id": "1", "warning": "too long"}}});
        assert_eq!(of(warned).ended(), OutcomeLabel::Refused);
    }

    #[test]
    fn an_output_may_stand_in_a_response_header() {
        let (app, action) = with_200(
            json!({}),
            json!({"output_headers": {"url": "Location", "tag": "ETag"}, "link": "{{ output.url }}"}),
        );
        let headers = BTreeMap::from([("location".to_owned(), "https://app.example/x/7".to_owned())]);
        let response = AppResponse { status: 204, headers: &headers, body: None, sent: &[] };
        assert_eq!(
            outcome_of_response(&app, &action, response, &json!({})),
            Outcome::Done(json!({
                "url": "https://app.example/x/7", "tag": null, "link": "https://app.example/x/7"
            }))
        );
    }
}
