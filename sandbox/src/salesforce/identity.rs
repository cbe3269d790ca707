//! The identity URL and userinfo. Both respond to an invalid token with 403 and plain text.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::APP;
use crate::oauth::{User, bearer, caller};
use crate::{Sandbox, Shared};

/// `GET /id/{org}/{user}`; needs the scope `id`.
pub async fn identity(
    State(sandbox): State<Shared>,
    Path((org, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let user = match user(&sandbox, &headers, "id") {
        Ok(user) => user,
        Err(text) => return (StatusCode::FORBIDDEN, text).into_response(),
    };
    if user.org != org {
        return (StatusCode::FORBIDDEN, "Wrong_Org").into_response();
    }
    if user.id != id {
        return (StatusCode::FORBIDDEN, "Bad_Id").into_response();
    }
    let (first, last) = names(&user);
    let origin = &sandbox.settings.origin;
    Json(json!({
        "id": format!("{origin}/salesforce/id/{org}/{id}"),
        "asserted_user": true,
        "user_id": user.id,
        "organization_id": user.org,
        "username": user.username,
        "nick_name": user.name,
        "display_name": user.name,
        "email": user.username,
        "email_verified": true,
        "first_name": first,
        "last_name": last,
        "timezone": "Europe/London",
        "photos": { "picture": null, "thumbnail": null },
        "is_lightning_login_user": false,
        "status": { "created_date": null, "body": null },
        "urls": urls(origin, &user),
        "active": user.active,
        "user_type": "STANDARD",
        "language": "en_US",
        "locale": "en_GB",
        "utcOffset": 0,
        "is_app_installed": true,
    }))
    .into_response()
}

/// `GET …/userinfo`; needs the scope `openid`.
pub async fn userinfo(State(sandbox): State<Shared>, headers: HeaderMap) -> Response {
    let user = match user(&sandbox, &headers, "openid") {
        Ok(user) => user,
        Err(text) => return (StatusCode::FORBIDDEN, text).into_response(),
    };
    let (given, family) = names(&user);
    let origin = &sandbox.settings.origin;
    Json(json!({
        "sub": format!("{origin}/salesforce/id/{}/{}", user.org, user.id),
        "user_id": user.id,
        "organization_id": user.org,
        "preferred_username": user.username,
        "nickname": user.name,
        "name": user.name,
        "email": user.username,
        "email_verified": true,
        "given_name": given,
        "family_name": family,
        "zoneinfo": "Europe/London",
        "is_salesforce_integration_user": false,
        "urls": urls(origin, &user),
        "active": user.active,
        "user_type": "STANDARD",
        "language": "en_US",
        "locale": "en_GB",
        "utcOffset": 0,
        "is_app_installed": true,
    }))
    .into_response()
}

fn user(sandbox: &Sandbox, headers: &HeaderMap, scope: &str) -> Result<User, &'static str> {
    bearer(headers).ok_or("Missing_OAuth_Token")?;
    let (user, grant) = caller(&APP, sandbox, headers).ok_or("Bad_OAuth_Token")?;
    if !grant.scopes.iter().any(|known| known == scope) {
        return Err("No_Access");
    }
    Ok(user)
}

fn names(user: &User) -> (&str, &str) {
    user.name.split_once(' ').unwrap_or(("", &user.name))
}

fn urls(origin: &str, user: &User) -> Value {
    let instance = format!("{origin}/salesforce-org/{}", user.org);
    json!({
        "rest": format!("{instance}/services/data/v{{version}}/"),
        "sobjects": format!("{instance}/services/data/v{{version}}/sobjects/"),
        "query": format!("{instance}/services/data/v{{version}}/query/"),
        "profile": format!("{instance}/{}", user.id),
        "custom_domain": instance,
    })
}
