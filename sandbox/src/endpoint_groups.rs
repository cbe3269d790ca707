//! The endpoint groups, by the paths of their requests.

use crate::fixture;

/// Every name that `endpoint` gives and a fault or a count may ask for.
pub const ENDPOINTS: [&str; 34] = [
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
    "language_model",
    "freshdesk.rest",
    "freshdesk.page",
    "apps.authorize",
    "apps.token",
    "apps.revoke",
    "apps.rest",
    "apps.page",
    "entra.page",
    "page",
];

/// The endpoint group of a path; `None` for the control routes.
pub fn endpoint(path: &str) -> Option<&'static str> {
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
        ("language-model", ..) => "language_model",
        ("freshdesk", "api", _) => "freshdesk.rest",
        ("freshdesk", ..) => "freshdesk.page",
        ("apps", ..) => fixture::endpoint(path),
        _ => "page",
    })
}
