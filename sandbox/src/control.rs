//! The routes with which tests inspect and control the sandbox. All bodies and responses are JSON.
//!
//! | route | body | response |
//! |---|---|---|
//! | `GET /_control/info` | | addresses, bot and tenant ids, the apps' client ids (`null`: not registered) |
//! | `POST /_control/bot-token` | `{service_url?}` + variation | `{token}`: Bot Framework's, for `{sandbox}/connector` by default |
//! | `POST /_control/sso-token` | `{oid, tid?, name?, upn?, roles?}` + variation | `{token}`: the SSO token of a tab; the data of a known person fill absent fields |
//! | `POST /_control/entra/faults` | `{oid?, authorize_error?}` + variation | plans an error of the next authorization request, or a variation of the next id token (`DELETE` clears) |
//! | `GET /_control/entra/bot-token-answer` · `POST` · `DELETE` | `{fields?, status?, bom?, form?}` | the shape of responses with the bot's own token, until `DELETE`: `fields` to set (`null` removes one), `bom` adds a byte order mark, `form` form-encodes |
//! | `GET /_control/persons?tid=` · `POST` | `{tid, oid, name, upn, roles?}` | `{persons}` · the person, added or replaced |
//! | `GET /_control/rosters?conversation=` · `POST` | `{conversation, member, oid?, tid?, role?}` | `{tenant, members, removed}` · nothing; absent fields come from the directory |
//! | `POST /_control/rosters/out` | `{conversation, member?}` | nothing; removes a member (without `member`: the bot) until added again (the bot: until it receives a message there) |
//! | `POST /_control/rosters/forget` | `{conversation}` | nothing; Teams forgets the conversation (404 `ConversationNotFound`) until somebody writes there, and its members get a new personal chat |
//! | `POST /_control/targeted` | `{conversation or tenant, allowed}` | nothing; whether that conversation, or each one of that tenant, takes targeted messages; it does at first |
//! | `GET /_control/sent?conversation=&person=29:OID&after=` · `DELETE` | | `{sent: [{serial, method, path, conversation, activity_id, activity, targeted?, reader?, status, time}]}`; with `reader=29:OID`: what this member reads in the conversation |
//! | `GET /_control/requests?where=` · `DELETE` | | `{count, requests: [{serial, where, method, path, grant_type?, status, time}]}`, status 0 = no response |
//! | `POST /_control/{app}/users` | `{username, company?, name?, active?, rights?}` | the inserted or updated user; `company` is a name or an id, rights are `full` (default), `read_only` or `none` |
//! | `GET /_control/{app}/grants?username=` | | `{grants: [{username, client_id, scopes, created, revoked: {why, when} or null, refreshes, refresh_tokens_sent, repeated, reused}]}` |
//! | `POST /_control/{app}/expire-access-tokens` | `{username}` | `{count}` |
//! | `POST /_control/{app}/revoke-grants` | `{username}` | `{count}` |
//! | `GET /_control/{app}/oauth?username=` · `POST` · `DELETE` | rules + `{username?}` | the effective rules of the user, or of the app and `{users}` with their own · the same · nothing |
//! | `POST /_control/salesforce/rotation` | `{on}` | `{on}`: Salesforce's own switch: sets `rotation` to `reuse_kills` or `none` |
//! | `GET /_control/salesforce/records?object=` | | `{records: [{id, object, org, fields, created_by, client_id, …}]}` |
//! | `GET /_control/box/items` | | `{items: [{id, name, parent, owner, created_by, client_id, …}], comments, tasks}` |
//! | `GET /_control/servicenow/records?table=` · `POST` | `{table, username, fields}` | `{records: [{sys_id, table, number, fields, created_by, client_id, …}]}` · the record, inserted as the user without a check of rights |
//! | `POST /_control/freshdesk/keys` | `{key, email, name?}` | the agent, created if needed; a revoked key becomes valid again |
//! | `POST /_control/freshdesk/revoke-key` | `{key}` | `{count}` |
//! | `GET /_control/freshdesk/tickets` | | `{tickets: [{id, subject, description, email, status, priority, …, created_by}]}` |
//! | `POST /_control/away` | `{ms}` | nothing; refuses all connections for this time |
//! | `GET /_control/faults` · `POST` · `DELETE ?match=` | a `faults::Fault` | `{faults}` · `{faults}` · `{count}`; the requests that the removed faults hold go on |
//! | `POST /_control/relay` | an activity | `{status, body}` of the worker |
//!
//! `{app}` is an app with OAuth: `salesforce`, `servicenow`, `box`, or one with a fixture. Its rules:
//!
//! - `rotation`: `none`, `single_use`, `reuse_kills`
//! - `iss`: the issuer in authorization responses: `none`, `right`, `wrong`; default `right` at Box
//! - `access_token_seconds`: the lifetime of newly issued access tokens
//! - `refresh_token_seconds`: the lifetime of all refresh tokens; `null`: until revoked
//! - `max_approvals`: the maximum number of grants per user and client; `null`: unlimited
//!
//! With `username`, a rule applies to the grants of that user and overrides the app's. `refresh_tokens_sent`
//! counts the tokens that the token endpoint received, also if it refused them or a fault responded. `reused`
//! counts replaced tokens, `repeated` those of them whose refresh may be repeated, as Box allows.
//!
//! A variation is `token::Variation`: `claims` and `header` set fields (`null` removes one), `key` is one of
//! `msteams`, `webchat`, `plain`, `entra`, `unknown`, `alg` one of `RS256`, `HS256`, `none`, and `tamper`
//! breaks the signature.

mod box_com;
mod freshdesk;
mod oauth;
mod salesforce;
mod servicenow;

use std::time::Duration;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::connector::Member;
use crate::entra::{Person, Plan, TokenShape, sso_token};
use crate::faults::Fault;
use crate::jwt_signer::Variation;
use crate::settings::Client;
use crate::{Shared, bot_framework_issuer, playground_relay};

/// All of them.
pub fn routes() -> Router<Shared> {
    Router::new()
        .route("/_control/info", get(info))
        .route("/_control/bot-token", post(bot_token))
        .route("/_control/sso-token", post(tab_token))
        .route("/_control/entra/faults", post(plan).delete(clear_plans))
        .route(
            "/_control/entra/bot-token-answer",
            get(bot_token_response).post(shape_bot_token).delete(unshape_bot_token),
        )
        .route("/_control/persons", get(persons).post(add_person))
        .route("/_control/rosters", get(roster).post(put_in))
        .route("/_control/rosters/out", post(take_out))
        .route("/_control/rosters/forget", post(forget))
        .route("/_control/targeted", post(allow_targeted))
        .route("/_control/sent", get(sent).delete(clear_sent))
        .route("/_control/requests", get(requests).delete(clear_requests))
        .route("/_control/away", post(away))
        .route("/_control/faults", get(faults).post(add_fault).delete(remove_faults))
        .route("/_control/relay", post(relay_activity))
        .merge(oauth::routes())
        .merge(salesforce::routes())
        .merge(box_com::routes())
        .merge(servicenow::routes())
        .merge(freshdesk::routes())
}

async fn info(State(sandbox): State<Shared>) -> Json<Value> {
    let settings = &sandbox.settings;
    let id = |client: &Option<Client>| client.as_ref().map(|client| client.id.clone());
    Json(json!({
        "origin": settings.origin,
        "worker": settings.worker,
        "playground": settings.playground,
        "bot_app_id": settings.bot.id,
        "bot_tenant_id": settings.bot_tenant,
        "service_url": settings.service_url(),
        "salesforce_client_id": id(&settings.salesforce),
        "servicenow_client_id": id(&settings.servicenow),
        "box_client_id": id(&settings.box_com),
    }))
}

#[derive(Deserialize)]
struct BotToken {
    service_url: Option<String>,
    #[serde(flatten)]
    variation: Variation,
}

async fn bot_token(State(sandbox): State<Shared>, Json(wanted): Json<BotToken>) -> Json<Value> {
    let service_url = wanted.service_url.unwrap_or_else(|| sandbox.settings.service_url());
    let token = bot_framework_issuer::token(&sandbox, &service_url, &wanted.variation);
    Json(json!({ "token": token }))
}

#[derive(Deserialize)]
struct TabToken {
    oid: String,
    tid: Option<String>,
    name: Option<String>,
    upn: Option<String>,
    roles: Option<Vec<String>>,
    #[serde(flatten)]
    variation: Variation,
}

async fn tab_token(State(sandbox): State<Shared>, Json(wanted): Json<TabToken>) -> Json<Value> {
    let tid = wanted.tid.unwrap_or_else(|| sandbox.settings.bot_tenant.clone());
    let known = sandbox.read(|saved| saved.entra.find(&tid, &wanted.oid).cloned());
    let known = known.unwrap_or_else(|| Person {
        name: "Someone".to_owned(),
        upn: format!("{}@example.com", wanted.oid),
        roles: Vec::new(),
        oid: wanted.oid,
        tid,
    });
    let person = Person {
        name: wanted.name.unwrap_or(known.name),
        upn: wanted.upn.unwrap_or(known.upn),
        roles: wanted.roles.unwrap_or(known.roles),
        ..known
    };
    Json(json!({ "token": sso_token(&sandbox, &person, &wanted.variation) }))
}

async fn plan(State(sandbox): State<Shared>, Json(plan): Json<Plan>) -> StatusCode {
    sandbox.memory().entra.plans.push(plan);
    StatusCode::NO_CONTENT
}

async fn clear_plans(State(sandbox): State<Shared>) -> StatusCode {
    sandbox.memory().entra.plans.clear();
    StatusCode::NO_CONTENT
}

async fn bot_token_response(State(sandbox): State<Shared>) -> Json<TokenShape> {
    Json(sandbox.memory().entra.bot_token.clone())
}

async fn shape_bot_token(State(sandbox): State<Shared>, Json(shape): Json<TokenShape>) -> Json<TokenShape> {
    sandbox.memory().entra.bot_token = shape.clone();
    Json(shape)
}

async fn unshape_bot_token(State(sandbox): State<Shared>) -> StatusCode {
    sandbox.memory().entra.bot_token = TokenShape::default();
    StatusCode::NO_CONTENT
}

/// The query of the lists; each list reads its own parameters.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Filter {
    tid: Option<String>,
    conversation: Option<String>,
    /// The channel's id of one.
    person: Option<String>,
    /// The channel's id of a member of the conversation.
    reader: Option<String>,
    after: u64,
    #[serde(rename = "where")]
    place: Option<String>,
}

async fn persons(State(sandbox): State<Shared>, Query(filter): Query<Filter>) -> Json<Value> {
    let persons = sandbox.read(|saved| saved.entra.people(filter.tid.as_deref()));
    Json(json!({ "persons": persons }))
}

async fn add_person(State(sandbox): State<Shared>, Json(person): Json<Person>) -> Json<Person> {
    sandbox.change(|saved| saved.entra.put(person.clone()));
    Json(person)
}

/// A person to add to a conversation, or to remove from it.
#[derive(Deserialize)]
struct InRoster {
    conversation: String,
    member: Option<String>,
    #[serde(flatten)]
    shown: Member,
}

async fn roster(State(sandbox): State<Shared>, Query(filter): Query<Filter>) -> Json<Value> {
    let roster = sandbox.read(|saved| saved.rosters.of(filter.conversation.as_deref().unwrap_or_default()));
    Json(json!(roster))
}

async fn put_in(State(sandbox): State<Shared>, Json(wanted): Json<InRoster>) -> StatusCode {
    let Some(member) = wanted.member else { return StatusCode::BAD_REQUEST };
    sandbox.change(|saved| saved.rosters.put(&wanted.conversation, &member, wanted.shown));
    StatusCode::NO_CONTENT
}

async fn take_out(State(sandbox): State<Shared>, Json(wanted): Json<InRoster>) -> StatusCode {
    sandbox.change(|saved| saved.rosters.remove(&wanted.conversation, wanted.member.as_deref()));
    StatusCode::NO_CONTENT
}

async fn forget(State(sandbox): State<Shared>, Json(wanted): Json<InRoster>) -> StatusCode {
    sandbox.change(|saved| saved.rosters.forget(&wanted.conversation));
    StatusCode::NO_CONTENT
}

/// Whether a conversation or a tenant takes targeted messages.
#[derive(Deserialize)]
struct AllowTargeted {
    #[serde(alias = "tenant")]
    conversation: String,
    allowed: bool,
}

async fn allow_targeted(State(sandbox): State<Shared>, Json(wanted): Json<AllowTargeted>) -> StatusCode {
    sandbox.change(|saved| saved.rosters.allow_targeted(&wanted.conversation, wanted.allowed));
    StatusCode::NO_CONTENT
}

async fn sent(State(sandbox): State<Shared>, Query(filter): Query<Filter>) -> Json<Value> {
    let (memory, conversation) = (sandbox.memory(), filter.conversation.as_deref());
    let sent = match (&filter.person, &filter.reader) {
        (_, Some(reader)) => memory.sent.list_read_by(reader, conversation.unwrap_or_default(), filter.after),
        (Some(person), _) => memory.sent.list_to(person, conversation, filter.after),
        (None, None) => memory.sent.list(conversation, filter.after),
    };
    Json(json!({ "sent": sent }))
}

async fn clear_sent(State(sandbox): State<Shared>) -> StatusCode {
    sandbox.memory().sent.clear();
    StatusCode::NO_CONTENT
}

async fn requests(State(sandbox): State<Shared>, Query(filter): Query<Filter>) -> Json<Value> {
    let memory = sandbox.memory();
    let place = filter.place.as_deref();
    let (count, requests) = (memory.requests.count(place), memory.requests.list(place));
    Json(json!({ "count": count, "requests": requests }))
}

async fn clear_requests(State(sandbox): State<Shared>) -> StatusCode {
    sandbox.memory().requests.clear();
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
struct Away {
    ms: u64,
}

async fn away(State(sandbox): State<Shared>, Json(away): Json<Away>) {
    sandbox.away.send_replace(Instant::now() + Duration::from_millis(away.ms));
}

async fn faults(State(sandbox): State<Shared>) -> Json<Value> {
    Json(json!({ "faults": sandbox.memory().faults.list() }))
}

async fn add_fault(State(sandbox): State<Shared>, Json(fault): Json<Fault>) -> Response {
    let mut memory = sandbox.memory();
    match memory.faults.add(fault) {
        Ok(()) => Json(json!({ "faults": memory.faults.list() })).into_response(),
        Err(text) => (StatusCode::BAD_REQUEST, Json(json!({ "error": text }))).into_response(),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FaultsOf {
    #[serde(rename = "match")]
    matching: Option<String>,
}

async fn remove_faults(State(sandbox): State<Shared>, Query(of): Query<FaultsOf>) -> Json<Value> {
    Json(json!({ "count": sandbox.memory().faults.remove(of.matching.as_deref()) }))
}

async fn relay_activity(State(sandbox): State<Shared>, Json(mut activity): Json<Value>) -> Response {
    if let Some(object) = activity.as_object_mut() {
        object.entry("serviceUrl").or_insert_with(|| sandbox.settings.service_url().into());
    }
    match playground_relay::deliver(&sandbox, &activity).await {
        Ok(response) => {
            let text = String::from_utf8_lossy(&response.body).into_owned();
            let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
            Json(json!({ "status": response.status.as_u16(), "body": body })).into_response()
        }
        Err(text) => (StatusCode::BAD_GATEWAY, Json(json!({ "error": text }))).into_response(),
    }
}
