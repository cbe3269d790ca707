//! Steering Salesforce: its users, records and grants.

use axum::extract::{Query, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::salesforce::CONTOSO;
use crate::{Shared, clock};

/// Those below `/_control/salesforce`.
pub fn routes() -> Router<Shared> {
    Router::new()
        .route("/_control/salesforce/users", post(put_user))
        .route("/_control/salesforce/records", get(records))
        .route("/_control/salesforce/grants", get(grants))
        .route("/_control/salesforce/expire-access-tokens", post(expire))
        .route("/_control/salesforce/revoke-grants", post(revoke))
        .route("/_control/salesforce/rotation", post(rotation))
}

#[derive(Deserialize)]
struct NewUser {
    username: String,
    org: Option<String>,
    name: Option<String>,
    active: Option<bool>,
}

async fn put_user(State(sandbox): State<Shared>, Json(new): Json<NewUser>) -> Json<Value> {
    let user = sandbox.change(|saved| {
        let store = &mut saved.salesforce;
        let known = store.user(&new.username).cloned();
        let (old_org, old_name) =
            known.map_or_else(|| (CONTOSO.to_owned(), new.username.clone()), |user| (user.org, user.name));
        let org = new.org.unwrap_or(old_org);
        let name = new.name.unwrap_or(old_name);
        store.put_user(&new.username, &org, &name, new.active.unwrap_or(true))
    });
    Json(json!(user))
}

/// The query of the lists; each reads what it knows.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Filter {
    object: Option<String>,
    username: Option<String>,
}

async fn records(State(sandbox): State<Shared>, Query(filter): Query<Filter>) -> Json<Value> {
    sandbox.read(|saved| {
        let all = saved.salesforce.records.iter();
        let wanted =
            all.filter(|record| filter.object.as_ref().is_none_or(|object| record.object == *object));
        Json(json!({ "records": wanted.collect::<Vec<_>>() }))
    })
}

async fn grants(State(sandbox): State<Shared>, Query(filter): Query<Filter>) -> Json<Value> {
    let all = sandbox.read(|saved| saved.salesforce.grants.all().to_vec());
    let shown: Vec<Value> = all
        .iter()
        .filter(|grant| filter.username.as_ref().is_none_or(|name| grant.username == *name))
        .map(|grant| {
            json!({
                "username": grant.username,
                "client_id": grant.client_id,
                "scopes": grant.scopes,
                "created": clock::rfc3339(grant.created),
                "revoked": grant.revoked.as_ref().map(|(why, when)| json!({ "why": why, "when": clock::rfc3339(*when) })),
                "refreshes": grant.refreshes,
            })
        })
        .collect();
    Json(json!({ "grants": shown }))
}

#[derive(Deserialize)]
struct Whose {
    username: String,
}

async fn expire(State(sandbox): State<Shared>, Json(whose): Json<Whose>) -> Json<Value> {
    let count = sandbox.change(|saved| saved.salesforce.grants.expire_access_tokens(&whose.username));
    Json(json!({ "count": count }))
}

async fn revoke(State(sandbox): State<Shared>, Json(whose): Json<Whose>) -> Json<Value> {
    let now = clock::now_ms();
    let count = sandbox.change(|saved| saved.salesforce.grants.revoke_all(&whose.username, now));
    Json(json!({ "count": count }))
}

#[derive(Deserialize)]
struct Rotation {
    on: bool,
}

async fn rotation(State(sandbox): State<Shared>, Json(rotation): Json<Rotation>) -> Json<Value> {
    sandbox.change(|saved| saved.salesforce.grants.rotation = rotation.on);
    Json(json!({ "on": rotation.on }))
}
