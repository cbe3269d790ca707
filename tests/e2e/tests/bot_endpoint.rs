//! The authentication of `/api/messages`: RS256 tokens signed by the sandbox's issuer, sent to the running
//! worker.

use serde_json::{Value, json};
use ureq::http;
use workbot_e2e::{Chat, Response, Sandbox, agent, unique, worker};

fn post(token: Option<&str>, body: &[u8]) -> Response {
    let mut request =
        agent().post(format!("{}/api/messages", worker())).header("content-type", "application/json");
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let response: http::Response<ureq::Body> = request.send(body).expect("the worker");
    Response::read(response)
}

/// Posts a help message with a varied token. Returns the status and the error code.
fn with_token(variation: Value) -> (u16, String) {
    let chat = Chat::new();
    let token = Sandbox.bot_token(&variation);
    let response = post(Some(&token), chat.activity(&json!({"text": "help"})).to_string().as_bytes());
    if response.status != 200 {
        assert!(chat.sent().is_empty(), "nothing may be sent");
        assert!(!response.body.contains(&token), "an error never quotes a token");
    }
    let code = if response.status == 200 {
        String::new()
    } else {
        response.json()["error"]["code"].as_str().unwrap().into()
    };
    (response.status, code)
}

/// Posts a varied activity with a token that fits it.
fn with_activity(change: impl FnOnce(&mut Value)) -> u16 {
    let chat = Chat::new();
    let mut activity = chat.activity(&json!({"text": "help"}));
    change(&mut activity);
    let service_url = activity["serviceUrl"].as_str().unwrap_or_default();
    let token = Sandbox.bot_token(&json!({"service_url": service_url}));
    let response = post(Some(&token), activity.to_string().as_bytes());
    if response.status != 200 {
        assert!(chat.sent().is_empty(), "nothing may be sent");
    }
    response.status
}

fn seconds_from_now(seconds: i64) -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(now.as_secs()).unwrap() + seconds
}

#[test]
fn a_valid_token_is_accepted() {
    assert_eq!(with_token(json!({})), (200, String::new()));
    // A key without endorsements is valid for every channel.
    assert_eq!(with_token(json!({"key": "plain"})).0, 200);
    assert_eq!(with_activity(|_| {}), 200);
}

#[test]
fn an_invalid_token_is_401() {
    let refused = (401, "unauthorized".to_owned());
    for variation in [
        json!({"tamper": true}),
        json!({"key": "unknown"}),
        json!({"key": "entra"}),
        json!({"alg": "none"}),
        json!({"alg": "HS256"}),
        json!({"header": {"kid": null}}),
        json!({"claims": {"iss": "https://api.botframework.com"}}),
        json!({"claims": {"iss": null}}),
        json!({"claims": {"aud": "another-bot"}}),
        json!({"claims": {"aud": null}}),
        json!({"claims": {"exp": seconds_from_now(-301)}}),
        json!({"claims": {"exp": null}}),
        json!({"claims": {"nbf": seconds_from_now(3600)}}),
        json!({"claims": {"serviceurl": null}}),
    ] {
        assert_eq!(with_token(variation.clone()), refused, "{variation}");
    }
    // Valid within the clock skew of five minutes.
    assert_eq!(with_token(json!({"claims": {"exp": seconds_from_now(-200)}})).0, 200);
}

#[test]
fn a_missing_or_malformed_authorization_header_is_401() {
    let body = Chat::new().activity(&json!({"text": "help"})).to_string();
    assert_eq!(post(None, body.as_bytes()).status, 401);
    assert_eq!(post(Some(""), body.as_bytes()).status, 401);
    assert_eq!(post(Some("a.b.c"), body.as_bytes()).status, 401);
}

#[test]
fn an_entra_token_is_refused_at_the_bot_endpoint() {
    let token = Sandbox.sso_token(&json!({"oid": Chat::new().oid}));
    let body = Chat::new().activity(&json!({"text": "help"})).to_string();
    assert_eq!(post(Some(&token), body.as_bytes()).status, 401);
}

#[test]
fn a_valid_token_for_another_channel_or_service_is_403() {
    let refused = (403, "forbidden".to_owned());
    assert_eq!(with_token(json!({"key": "webchat"})), refused);
    let elsewhere = format!("{}/connector/emea", Sandbox.origin());
    assert_eq!(with_token(json!({"service_url": elsewhere})), refused);
}

#[test]
fn an_activity_that_does_not_match_its_token_is_403() {
    for channel in ["webchat", "directline", "emulator", ""] {
        assert_eq!(with_activity(|a| a["channelId"] = json!(channel)), 403, "{channel}");
    }
    assert_eq!(with_activity(|a| a["serviceUrl"] = json!("https://evil.example/")), 403);
    assert_eq!(with_activity(|a| a["channelData"]["tenant"]["id"] = json!("another")), 403);
    assert_eq!(with_activity(|a| a["conversation"]["tenantId"] = json!("another")), 403);
    assert_eq!(
        with_activity(|a| {
            a["channelData"] = json!({});
            a["conversation"]["tenantId"] = Value::Null;
        }),
        403
    );
    assert_eq!(with_activity(|a| a["from"]["aadObjectId"] = Value::Null), 403);
}

#[test]
fn an_invalid_trust_field_is_refused_and_in_an_event_acknowledged() {
    for (path, odd, status) in [
        ("/id", json!(7), 400),
        ("/channelId", json!(["msteams"]), 400),
        ("/serviceUrl", json!({"url": "https://evil.example"}), 400),
        ("/from", json!([]), 400),
        ("/from/aadObjectId", json!(7), 400),
        ("/recipient", json!({}), 400),
        ("/conversation/tenantId", json!(7), 400),
        ("/channelData", json!([{"tenant": {}}]), 400),
        ("/channelData/tenant", json!("another"), 400),
        ("/channelData/tenant/id", json!(7), 400),
        ("/channelData/tenant/id", json!(""), 403),
    ] {
        let with = |kind: &str| {
            with_activity(|a| {
                a["type"] = json!(kind);
                *a.pointer_mut(path).unwrap() = odd.clone();
            })
        };
        for kind in ["message", "invoke"] {
            assert_eq!(with(kind), status, "{kind} {path}: {odd}");
        }
        for kind in ["conversationUpdate", "installationUpdate", "somethingNew"] {
            assert_eq!(with(kind), 200, "{kind} {path}: {odd}");
        }
    }
}

#[test]
fn a_malformed_activity_is_400_and_an_oversized_one_413() {
    let token = Sandbox.bot_token(&json!({}));
    for body in ["", "{", "[]", "{}", r#"{"type":"message","channelId":"msteams"}"#] {
        assert_eq!(post(Some(&token), body.as_bytes()).status, 400, "{body}");
    }
    let large = Chat::new().activity(&json!({"text": "x".repeat(1_000_001)}));
    assert_eq!(post(Some(&token), large.to_string().as_bytes()).status, 413);
    assert_eq!(post(None, b"{").status, 401, "a stranger learns nothing about bodies");
}

#[test]
fn an_unknown_activity_is_acknowledged() {
    for change in [
        json!({"type": "conversationUpdate", "membersAdded": [{"id": "28:bot"}]}),
        json!({"type": "installationUpdate", "action": "add-upgrade"}),
        json!({"type": "messageUpdate", "text": "create opportunity name: x amount: 1 close_date: 2026-12-31"}),
        json!({"type": "messageReaction", "reactionsAdded": [{"type": "like"}]}),
        json!({"type": "somethingNew", "future": {"field": 1}}),
    ] {
        let chat = Chat::new();
        let turn = chat.deliver(&chat.activity(&change));
        assert_eq!(turn.status, 200, "{change}");
        assert!(chat.sent().is_empty(), "{change}");
    }
}

#[test]
fn a_second_delivery_is_handled_once() {
    let chat = Chat::new();
    let activity = chat.activity(&json!({"text": "help", "id": unique("twice-")}));
    assert_eq!(chat.deliver(&activity).status, 200);
    chat.expect("create opportunity");
    assert_eq!(chat.deliver(&activity).status, 200);
    // A later reply shows that the second delivery was processed.
    chat.say("create opportunity");
    chat.expect("needs a little more");
    let helps = chat.sent().iter().filter(|sent| sent.to_string().contains("What I can do for you")).count();
    assert_eq!(helps, 1);
}

#[test]
fn transient_errors_of_the_connector_are_retried() {
    let chat = Chat::new();
    for status in [429, 412, 502, 504] {
        Sandbox
            .fault(&json!({"where": "connector", "match": chat.conversation, "status": status, "times": 1,
            "headers": {"retry-after": "0"}}));
    }
    chat.say("help");
    chat.expect("create opportunity");
    assert_eq!(chat.replies().len(), 1, "sent once in the end");
}

#[test]
fn a_redirect_of_the_connector_is_not_followed() {
    let chat = Chat::new();
    let elsewhere = unique("elsewhere-");
    let location = format!("{}/connector/v3/conversations/{elsewhere}/activities", Sandbox.origin());
    Sandbox.fault(&json!({"where": "connector", "match": chat.conversation, "status": 307, "times": 1,
        "headers": {"location": location}}));
    chat.say("help");
    workbot_e2e::eventually("the redirect", || {
        let seen = Sandbox.get("requests?where=connector");
        let redirected =
            |request: &Value| request["status"] == 307 && request.to_string().contains(&chat.oid);
        seen["requests"].as_array()?.iter().any(redirected).then_some(())
    });
    // A later reply shows that a redirect would have been followed by now.
    chat.say("create opportunity");
    chat.expect("needs a little more");
    assert!(Sandbox.sent(&elsewhere).is_empty());
}
