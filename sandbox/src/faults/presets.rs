//! Faults of the real systems, by their names.

/// An error response of a real system.
pub struct Preset {
    /// The name in tests.
    pub name: &'static str,
    /// The endpoint group.
    pub place: &'static str,
    /// The status.
    pub status: u16,
    /// The headers. Those of the test override them.
    pub headers: &'static [(&'static str, &'static str)],
    /// The body.
    pub body: &'static str,
}

const fn preset(
    name: &'static str,
    place: &'static str,
    status: u16,
    headers: &'static [(&'static str, &'static str)],
    body: &'static str,
) -> Preset {
    Preset { name, place, status, headers, body }
}

/// All of them.
pub const PRESETS: [Preset; 29] = [
    preset(
        "salesforce.inactive_user",
        "salesforce.token",
        400,
        &[],
        r#"{"error":"invalid_grant","error_description":"inactive user"}"#,
    ),
    preset(
        "salesforce.ip_restricted",
        "salesforce.token",
        400,
        &[],
        r#"{"error":"invalid_grant","error_description":"ip restricted"}"#,
    ),
    preset(
        "salesforce.app_not_installed",
        "salesforce.token",
        400,
        &[],
        r#"{"error":"invalid_client","error_description":"app must be installed into org"}"#,
    ),
    preset(
        "salesforce.token_busy",
        "salesforce.token",
        400,
        &[],
        r#"{"error":"invalid_grant","error_description":"token request is already being processed"}"#,
    ),
    preset(
        "salesforce.token_odd_shape",
        "salesforce.token",
        400,
        &[],
        r#"{"status":"BAD_REFRESH_TOKEN","message":"missing or invalid refresh token"}"#,
    ),
    preset(
        "salesforce.token_gateway",
        "salesforce.token",
        403,
        &[],
        "<html><body><h1>Request blocked</h1></body></html>",
    ),
    preset(
        "salesforce.session_expired",
        "salesforce.rest",
        403,
        &[],
        r#"[{"message":"Session expired or invalid","errorCode":"INVALID_SESSION_ID"}]"#,
    ),
    preset("salesforce.bad_oauth_token", "salesforce.rest", 403, &[], "Bad_OAuth_Token"),
    preset("salesforce.identity_bad_oauth_token", "salesforce.identity", 403, &[], "Bad_OAuth_Token"),
    preset(
        "salesforce.session_killed",
        "salesforce.rest",
        401,
        &[],
        r#"[{"message":"Session expired or invalid","errorCode":"INVALID_SESSION_ID"}]"#,
    ),
    preset(
        "salesforce.request_limit",
        "salesforce.rest",
        403,
        &[],
        r#"[{"message":"TotalRequests Limit exceeded.","errorCode":"REQUEST_LIMIT_EXCEEDED"}]"#,
    ),
    preset(
        "salesforce.row_locked",
        "salesforce.rest",
        400,
        &[],
        r#"[{"message":"unable to obtain exclusive access to this record","errorCode":"UNABLE_TO_LOCK_ROW"}]"#,
    ),
    preset(
        "salesforce.unavailable",
        "salesforce.rest",
        503,
        &[],
        r#"[{"message":"The server is temporarily unavailable","errorCode":"SERVER_UNAVAILABLE"}]"#,
    ),
    preset(
        "salesforce.maintenance",
        "salesforce.rest",
        503,
        &[],
        "<html><body><h1>We are down for maintenance</h1></body></html>",
    ),
    preset(
        "servicenow.token_hiccup",
        "servicenow.token",
        401,
        &[],
        r#"{"error_description":"access_denied","error":"server_error"}"#,
    ),
    preset(
        "servicenow.acl",
        "servicenow.rest",
        403,
        &[],
        r#"{"error":{"message":"Operation Failed","detail":"ACL Exception Insert Failed due to security constraints"},"status":"failure"}"#,
    ),
    preset(
        "servicenow.rate_limit",
        "servicenow.rest",
        429,
        &[
            ("retry-after", "2"),
            ("x-ratelimit-limit", "100"),
            ("x-ratelimit-reset", "4102444800"),
            ("x-ratelimit-rule", "0123456789abcdef0123456789abcdef"),
        ],
        r#"{"error":{"message":"Rate limit exceeded","detail":"Rate limit of 100 requests per hour for Table API exceeded"},"status":"failure"}"#,
    ),
    preset(
        "servicenow.hibernating",
        "servicenow.rest",
        200,
        &[],
        "<html><body><h1>Your instance is hibernating</h1></body></html>",
    ),
    preset(
        "servicenow.restart",
        "servicenow.rest",
        503,
        &[],
        "<html><body><h1>Service Unavailable</h1></body></html>",
    ),
    preset(
        "box.rate_limit",
        "box.rest",
        429,
        &[("retry-after", "2")],
        r#"{"type":"error","status":429,"code":"rate_limit_exceeded","message":"Request rate limit exceeded, please try again later"}"#,
    ),
    preset(
        "box.unavailable",
        "box.rest",
        503,
        &[("retry-after", "2")],
        r#"{"type":"error","status":503,"code":"unavailable","message":"Unavailable"}"#,
    ),
    preset(
        "box.blocked_location",
        "box.rest",
        403,
        &[],
        r#"{"type":"error","status":403,"code":"access_from_location_blocked","message":"You're attempting to log in to Box from a location that has not been approved by your admin"}"#,
    ),
    preset(
        "box.app_not_authorized",
        "box.token",
        400,
        &[],
        r#"{"error":"unauthorized_client","error_description":"This app is not authorized by the enterprise"}"#,
    ),
    preset(
        "connector.throttled",
        "connector",
        429,
        &[],
        r#"{"error":{"code":"TooManyRequests","message":"Too many requests"}}"#,
    ),
    preset(
        "connector.conversation_gone",
        "connector",
        404,
        &[],
        r#"{"error":{"code":"ConversationNotFound","message":"Conversation not found."}}"#,
    ),
    preset(
        "connector.blocked",
        "connector",
        403,
        &[],
        r#"{"error":{"code":"ConversationBlockedByUser","message":"User blocked the conversation with the bot."}}"#,
    ),
    preset(
        "connector.not_in_roster",
        "connector",
        403,
        &[],
        r#"{"error":{"code":"BotNotInConversationRoster","message":"The bot is not part of the conversation roster."}}"#,
    ),
    preset(
        "connector.too_big",
        "connector",
        413,
        &[],
        r#"{"error":{"code":"MessageSizeTooBig","message":"Message size too large."}}"#,
    ),
    preset(
        "connector.conflict",
        "connector",
        409,
        &[],
        r#"{"error":{"code":"Conflict","message":"Conflict"}}"#,
    ),
];
