//! Control of an app's OAuth: its users, grants and grant rules.

use axum::extract::{FromRequestParts, Path, Query, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::oauth::{App, Grant, Rights, Rotation, RuleChange};
use crate::{Sandbox, Shared, clock, oauth_apps, time_formats};

/// Those below `/_control/{app}`.
pub fn routes() -> Router<Shared> {
    Router::new()
        .route("/_control/{app}/oauth", get(rules).post(set_rules).delete(reset_rules))
        .route("/_control/{app}/users", post(put_user))
        .route("/_control/{app}/grants", get(grants))
        .route("/_control/{app}/expire-access-tokens", post(expire))
        .route("/_control/{app}/revoke-grants", post(revoke))
        .route("/_control/salesforce/rotation", post(rotation))
}

/// The app in the path.
impl<S: Send + Sync> FromRequestParts<S> for &'static App {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let name = Path::<String>::from_request_parts(parts, state).await;
        let name = name.map_err(IntoResponse::into_response)?;
        oauth_apps::named(&name).ok_or_else(|| {
            let error = json!({ "error": format!("{} is no app with OAuth here", *name) });
            (StatusCode::NOT_FOUND, Json(error)).into_response()
        })
    }
}

/// The user of the rules or grants.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Filter {
    username: Option<String>,
}

async fn rules(app: &'static App, State(sandbox): State<Shared>, Query(whose): Query<Filter>) -> Json<Value> {
    let Some(username) = whose.username else {
        let names: Vec<String> =
            sandbox.read(|saved| app.accounts(saved).grants.knobs.usernames().map(str::to_owned).collect());
        let users: Map<String, Value> =
            names.into_iter().map(|name| (name.clone(), in_force(app, &sandbox, Some(&name)))).collect();
        let mut response = in_force(app, &sandbox, None);
        if let Some(object) = response.as_object_mut() {
            object.insert("users".into(), users.into());
        }
        return Json(response);
    };
    Json(in_force(app, &sandbox, Some(&username)))
}

fn in_force(app: &App, sandbox: &Sandbox, username: Option<&str>) -> Value {
    sandbox.read(|saved| json!(app.accounts(saved).grants.knobs.in_force(app.life.rules, username)))
}

async fn set_rules(
    app: &'static App,
    State(sandbox): State<Shared>,
    Json(mut wanted): Json<Map<String, Value>>,
) -> Response {
    let username = wanted.remove("username").and_then(|name| name.as_str().map(str::to_owned));
    match serde_json::from_value::<RuleChange>(wanted.into()) {
        Ok(rules) => {
            sandbox.change(|saved| {
                app.accounts_mut(saved).grants.knobs.set_rules(username.as_deref(), rules);
            });
            Json(in_force(app, &sandbox, username.as_deref())).into_response()
        }
        Err(error) => (StatusCode::BAD_REQUEST, Json(json!({ "error": error.to_string() }))).into_response(),
    }
}

async fn reset_rules(
    app: &'static App,
    State(sandbox): State<Shared>,
    Query(whose): Query<Filter>,
) -> StatusCode {
    sandbox.change(|saved| {
        app.accounts_mut(saved).grants.knobs.reset_rules(whose.username.as_deref());
    });
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
struct NewUser {
    username: String,
    #[serde(alias = "org")]
    company: Option<String>,
    name: Option<String>,
    active: Option<bool>,
    rights: Option<Rights>,
}

async fn put_user(app: &'static App, State(sandbox): State<Shared>, Json(new): Json<NewUser>) -> Json<Value> {
    let user = sandbox.change(|saved| {
        app.accounts_mut(saved).put(app, &new.username, |user| {
            user.org = new.company.map_or_else(|| user.org.clone(), |company| app.company_id(&company));
            user.name = new.name.unwrap_or_else(|| user.name.clone());
            user.active = new.active.unwrap_or(true);
            user.rights = new.rights.unwrap_or(user.rights);
        })
    });
    Json(json!(user))
}

async fn grants(
    app: &'static App,
    State(sandbox): State<Shared>,
    Query(whose): Query<Filter>,
) -> Json<Value> {
    let all = sandbox.read(|saved| app.accounts(saved).grants.all().to_vec());
    let is_wanted =
        |grant: &&Grant| whose.username.as_ref().is_none_or(|name| grant.username.eq_ignore_ascii_case(name));
    let shown: Vec<Value> = all.iter().filter(is_wanted).map(shown).collect();
    Json(json!({ "grants": shown }))
}

fn shown(grant: &Grant) -> Value {
    let revoked = grant.revoked.as_ref();
    json!({
        "username": grant.username,
        "client_id": grant.client_id,
        "scopes": grant.scopes,
        "created": time_formats::rfc3339(grant.created),
        "revoked": revoked.map(|(why, when)| json!({ "why": why, "when": time_formats::rfc3339(*when) })),
        "refreshes": grant.refreshes,
        "refresh_tokens_sent": grant.sent,
        "repeated": grant.repeated,
        "reused": grant.reused,
    })
}

#[derive(Deserialize)]
struct Whose {
    username: String,
}

async fn expire(app: &'static App, State(sandbox): State<Shared>, Json(whose): Json<Whose>) -> Json<Value> {
    let count = sandbox.change(|saved| app.accounts_mut(saved).grants.expire_access_tokens(&whose.username));
    Json(json!({ "count": count }))
}

async fn revoke(app: &'static App, State(sandbox): State<Shared>, Json(whose): Json<Whose>) -> Json<Value> {
    let now = clock::now_ms();
    let count = sandbox.change(|saved| app.accounts_mut(saved).grants.revoke_all(&whose.username, now));
    Json(json!({ "count": count }))
}

#[derive(Deserialize)]
struct Switched {
    on: bool,
}

/// Salesforce's own switch Refresh Token Rotation, on or off.
async fn rotation(State(sandbox): State<Shared>, Json(switched): Json<Switched>) -> Json<Value> {
    let rotation = if switched.on { Rotation::ReuseKills } else { Rotation::None };
    sandbox.change(|saved| {
        let rules = &mut saved.salesforce.accounts.grants.knobs;
        rules.set_rules(None, RuleChange::rotation(rotation));
    });
    Json(json!({ "on": switched.on }))
}
