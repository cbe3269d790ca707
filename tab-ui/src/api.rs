//! The HTTP client of the tab: the worker's API, each call with a fresh token from Teams.

use gloo_net::http::{Method, RequestBuilder};
use serde::de::DeserializeOwned;
use wasm_bindgen::JsValue;
use workbot_shared::{
    Activity, ActivityEntry, AgentDoor, AgentDoorChange, AgentPermission, Agents, ApiError, AppId, AppRow,
    AppUse, Apps, Audit, AuditEntry, ConnectionRow, Connections, Guardrails, LanguageModel, LanguageModelUse,
    LoginLink, LoginRequest, NewAgentClient, OwnerKind, PersonAgent, PersonAgents, PersonConnection,
    PersonConnections, Receipt, Receipts, RecipeId, RecipeRow, RecipeSettingsChange, Recipes, RunId, RunRow,
    Runs, Session, SharedSecret, UserId,
};

use crate::host;
use crate::json;
use crate::list_page::{Page, PageRequest};
use crate::removal_kind::Removal;
use crate::session_state::DisplayError;
use crate::text::words;

/// The current person, and their connections if they came with the session.
///
/// # Errors
/// If Teams issues no token, or the worker is unreachable or returns an error. The error is text for a
/// person. The same applies to all functions here.
pub async fn opening() -> Result<(Session, Option<Vec<ConnectionRow>>), DisplayError> {
    let early = host::early_answer().await.map_err(|host::HostError| nobody())?;
    if let Some(answer) = early {
        if answer.status() == 0 {
            return Err(DisplayError::unreachable());
        }
        if let Ok(Connections { connections, next_cursor: None, session: Some(session) }) =
            read(answer.status(), &answer.text())
        {
            return Ok((session, Some(connections)));
        }
    }
    // The rest of the tab works also without the list.
    call(Method::GET, "/api/session", "").await.map(|session| (session, None))
}

/// All connections of the owner.
pub async fn connections(owner: OwnerKind) -> Result<Vec<ConnectionRow>, DisplayError> {
    all(connections_of(owner), |page: Connections| (page.connections, page.next_cursor)).await
}

/// A login link for an app.
pub async fn login(owner: OwnerKind, app: &AppId, switch_account: bool) -> Result<LoginLink, DisplayError> {
    let LoginRequest { switch_account } = LoginRequest { switch_account };
    let body = body(&[("switch_account", switch_account.into())]);
    call(Method::POST, &format!("{}/{app}/login", connections_of(owner)), &body).await
}

/// Disconnects or deletes.
pub async fn disconnect(owner: OwnerKind, app: &AppId, removal: Removal) -> Result<Receipt, DisplayError> {
    let row = format!("{}/{app}", connections_of(owner));
    match removal {
        Removal::Disconnect => call(Method::POST, &format!("{row}/disconnect"), "").await,
        Removal::Delete => call(Method::DELETE, &row, "").await,
    }
}

/// Sets what the person allows with their own connection.
pub async fn set_guardrails(app: &AppId, set: &Guardrails) -> Result<ConnectionRow, DisplayError> {
    let Guardrails { read_only, ends_at, writes_a_day } = set;
    let mut members = vec![("read_only", JsValue::from(*read_only))];
    members.extend(ends_at.iter().map(|at| ("ends_at", JsValue::from(at.as_str()))));
    members.extend(writes_a_day.iter().map(|limit| ("writes_a_day", JsValue::from(*limit))));
    let path = format!("{}/{app}/guardrails", connections_of(OwnerKind::Person));
    call(Method::PUT, &path, &body(&members)).await
}

/// Connects the company with an API key or a password.
pub async fn set_credentials(app: &AppId, secret: SharedSecret) -> Result<ConnectionRow, DisplayError> {
    let body = match secret {
        SharedSecret::Key { api_key } => body(&[("api_key", api_key.into())]),
        SharedSecret::Password { user, password } => {
            body(&[("user", user.into()), ("password", password.into())])
        }
    };
    call(Method::PUT, &format!("{}/{app}", connections_of(OwnerKind::Shared)), &body).await
}

/// All recipes.
pub async fn recipes() -> Result<Vec<RecipeRow>, DisplayError> {
    all("/api/admin/recipes", |page: Recipes| (page.recipes, page.next_cursor)).await
}

/// Changes a recipe's settings.
pub async fn change_settings(
    recipe: &RecipeId,
    change: &RecipeSettingsChange,
) -> Result<RecipeRow, DisplayError> {
    let RecipeSettingsChange { enabled, guests, verify_user_access } = change;
    let apps: Vec<_> =
        verify_user_access.iter().map(|(app, on)| (app.as_str(), JsValue::from(*on))).collect();
    let switches = [("enabled", enabled), ("guests", guests)];
    let mut members: Vec<_> =
        switches.iter().filter_map(|(name, on)| Some((*name, JsValue::from((**on)?)))).collect();
    if !apps.is_empty() {
        members.push(("verify_user_access", json::object(&apps)));
    }
    call(Method::PUT, &format!("/api/admin/recipes/{recipe}/settings"), &body(&members)).await
}

/// The language model for commands in people's own words.
pub async fn language_model() -> Result<LanguageModel, DisplayError> {
    call(Method::GET, "/api/admin/language-model", "").await
}

/// Switches the language model on or off.
pub async fn switch_language_model(enabled: bool) -> Result<LanguageModel, DisplayError> {
    let LanguageModelUse { enabled } = LanguageModelUse { enabled };
    call(Method::PUT, "/api/admin/language-model", &body(&[("enabled", enabled.into())])).await
}

/// The agents that act for the person.
pub async fn agents() -> Result<Agents, DisplayError> {
    call(Method::GET, "/api/agents", "").await
}

/// Ends an agent's access. Returns the others.
pub async fn end_agent(grant: &str) -> Result<Agents, DisplayError> {
    call(Method::DELETE, &format!("/api/agents/{grant}"), "").await
}

/// Lets an agent ask again, although the person refused several times.
pub async fn end_agent_pause(grant: &str) -> Result<Agents, DisplayError> {
    call(Method::DELETE, &format!("/api/agents/{grant}/pause"), "").await
}

/// Lets an agent run a recipe without asking, or no longer.
pub async fn let_without_asking(
    grant: &str,
    recipe: &RecipeId,
    without_asking: bool,
) -> Result<Agents, DisplayError> {
    let AgentPermission { without_asking } = AgentPermission { without_asking };
    let body = body(&[("without_asking", without_asking.into())]);
    call(Method::PUT, &format!("/api/agents/{grant}/recipes/{recipe}"), &body).await
}

/// What agents may do, and the registered ones.
pub async fn agent_door() -> Result<AgentDoor, DisplayError> {
    call(Method::GET, "/api/admin/agents", "").await
}

/// Changes what agents may do, or registers or removes one.
pub async fn change_agent_door(change: AgentDoorChange) -> Result<AgentDoor, DisplayError> {
    let AgentDoorChange { open, reads, without_asking, register, remove } = change;
    let switches = [("open", open), ("reads", reads), ("without_asking", without_asking)];
    let mut members: Vec<_> =
        switches.into_iter().filter_map(|(name, on)| Some((name, JsValue::from(on?)))).collect();
    members.extend(remove.map(|id| ("remove", id.into())));
    members.extend(register.map(|NewAgentClient { name, redirect_uris, confidential }| {
        let uris: js_sys::Array = redirect_uris.into_iter().map(JsValue::from).collect();
        let new =
            [("name", name.into()), ("redirect_uris", uris.into()), ("confidential", confidential.into())];
        ("register", json::object(&new))
    }));
    call(Method::PUT, "/api/admin/agents", &body(&members)).await
}

/// A page of the agents that act for people.
pub async fn agents_of_people(asked: &PageRequest) -> Result<Page<PersonAgent>, DisplayError> {
    page("/api/admin/agents/people", asked, |page: PersonAgents| (page.agents, page.next_cursor)).await
}

/// Ends an agent's access for a person.
pub async fn end_agent_of(user: &UserId, grant: &str) -> Result<Agents, DisplayError> {
    let user = js_sys::encode_uri_component(user.as_str());
    call(Method::DELETE, &format!("/api/admin/users/{user}/agents/{grant}"), "").await
}

/// A page of the person's activity.
pub async fn activity(asked: &PageRequest) -> Result<Page<ActivityEntry>, DisplayError> {
    page("/api/activity", asked, |page: Activity| (page.entries, page.next_cursor)).await
}

/// Waiting and running runs.
pub async fn runs() -> Result<Vec<RunRow>, DisplayError> {
    all("/api/runs", |page: Runs| (page.runs, page.next_cursor)).await
}

/// Cancels a waiting run.
pub async fn cancel(run: &RunId) -> Result<RunRow, DisplayError> {
    call(Method::POST, &format!("/api/runs/{run}/cancel"), "").await
}

/// A page of everyone's connections.
pub async fn people(asked: &PageRequest) -> Result<Page<PersonConnection>, DisplayError> {
    page("/api/admin/connections", asked, |page: PersonConnections| (page.connections, page.next_cursor))
        .await
}

/// Disconnects a person's connection.
pub async fn disconnect_person(user: &UserId, app: &AppId) -> Result<Receipt, DisplayError> {
    let user = js_sys::encode_uri_component(user.as_str());
    call(Method::POST, &format!("/api/admin/users/{user}/connections/{app}/disconnect"), "").await
}

/// Disconnects all of a person's connections.
pub async fn disconnect_everything(user: &UserId) -> Result<Vec<Receipt>, DisplayError> {
    let user = js_sys::encode_uri_component(user.as_str());
    call(Method::POST, &format!("/api/admin/users/{user}/disconnect"), "")
        .await
        .map(|receipts: Receipts| receipts.receipts)
}

/// The apps, and whether they are frozen.
pub async fn apps() -> Result<Vec<AppRow>, DisplayError> {
    call(Method::GET, "/api/admin/apps", "").await.map(|apps: Apps| apps.apps)
}

/// Freezes or unfreezes an app.
pub async fn freeze(app: &AppId, frozen: bool) -> Result<AppUse, DisplayError> {
    call(Method::PUT, &format!("/api/admin/apps/{app}"), &body(&[("frozen", frozen.into())])).await
}

/// A page of the audit log.
pub async fn audit(asked: &PageRequest) -> Result<Page<AuditEntry>, DisplayError> {
    page("/api/admin/audit", asked, |page: Audit| (page.entries, page.next_cursor)).await
}

/// The audit log as CSV (RFC 4180).
pub async fn audit_table() -> Result<String, DisplayError> {
    let request = || RequestBuilder::new("/api/admin/audit").query([("format", "csv")]);
    let (status, table) = send(&request, "").await?;
    if status == 200 { Ok(table) } else { Err(refusal(&table)) }
}

fn connections_of(owner: OwnerKind) -> &'static str {
    match owner {
        OwnerKind::Person => "/api/connections",
        OwnerKind::Shared => "/api/admin/shared",
    }
}

/// One page of a list.
async fn page<P: DeserializeOwned, R>(
    path: &str,
    asked: &PageRequest,
    open: fn(P) -> (Vec<R>, Option<String>),
) -> Result<Page<R>, DisplayError> {
    let search = (!asked.search.is_empty()).then_some(("q", asked.search.as_str()));
    let cursor = asked.cursor.as_deref().map(|cursor| ("cursor", cursor));
    let request = || RequestBuilder::new(path).query(search.into_iter().chain(cursor));
    let (status, answer) = send(&request, "").await?;
    read(status, &answer).map(open)
}

/// The rows of every page of a list.
async fn all<P: DeserializeOwned, R>(
    path: &str,
    open: fn(P) -> (Vec<R>, Option<String>),
) -> Result<Vec<R>, DisplayError> {
    let (mut rows, mut cursor) = open(call(Method::GET, path, "").await?);
    while let Some(from) = cursor.take() {
        let (status, answer) = send(&|| RequestBuilder::new(path).query([("cursor", &from)]), "").await?;
        let (more, next) = open(read(status, &answer)?);
        rows.extend(more);
        // A page whose cursor points to itself would cause an endless loop.
        cursor = next.filter(|next| *next != from);
    }
    Ok(rows)
}

/// The JSON of an object.
fn body(members: &[(&str, JsValue)]) -> String {
    js_sys::JSON::stringify(&json::object(members)).map(String::from).unwrap_or_default()
}

async fn call<T: DeserializeOwned>(method: Method, path: &str, body: &str) -> Result<T, DisplayError> {
    let (status, answer) = send(&|| RequestBuilder::new(path).method(method.clone()), body).await?;
    read(status, &answer)
}

/// Not generic, so that the code exists once. A token that expired on its way is replaced once.
async fn send(request: &dyn Fn() -> RequestBuilder, body: &str) -> Result<(u16, String), DisplayError> {
    match send_once(request(), body).await? {
        (401, _) => match send_once(request(), body).await? {
            (401, _) => Err(DisplayError::session_ended()),
            answer => Ok(answer),
        },
        answer => Ok(answer),
    }
}

async fn send_once(request: RequestBuilder, body: &str) -> Result<(u16, String), DisplayError> {
    let token = host::token().await.map_err(|host::HostError| nobody())?;
    let request = request.abort_signal(Some(&host::deadline()));
    let request = request.header("Authorization", &format!("Bearer {token}"));
    // The language of Teams, which may differ from the browser's.
    let request = request.header("Accept-Language", words().0.tag());
    let request = if body.is_empty() { request.build() } else { request.body(body) };
    let Ok(request) = request else { return Err(DisplayError::unclear()) };
    let Ok(answer) = request.send().await else { return Err(DisplayError::unreachable()) };
    let Ok(body) = answer.text().await else { return Err(DisplayError::unreachable()) };
    Ok((answer.status(), body))
}

/// Teams issued no token. Without a network it issues none either.
fn nobody() -> DisplayError {
    if host::online() { DisplayError::unknown_person() } else { DisplayError::unreachable() }
}

fn read<T: DeserializeOwned>(status: u16, body: &str) -> Result<T, DisplayError> {
    if status == 200 { json::read(body).ok_or_else(DisplayError::unclear) } else { Err(refusal(body)) }
}

fn refusal(body: &str) -> DisplayError {
    match json::read::<ApiError>(body) {
        Some(ApiError { error }) => {
            DisplayError { message: error.message, report: Some(error.correlation_id) }
        }
        None => DisplayError::unclear(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_tells_who_is_asking() {
        let body = r#"{"tenant":"t1","user":"u1","name":"Alex Wilber","admin":false,"bot_name":"Workbot"}"#;
        assert_eq!(read::<Session>(200, body).unwrap().name, "Alex Wilber");
    }

    #[test]
    fn a_refusal_is_shown_in_the_workers_own_words() {
        let body =
            r#"{"error":{"code":"unauthorized","message":"Sign in again.","correlation_id":"8f3a-21c9"}}"#;
        let failure = read::<Session>(401, body).unwrap_err();
        assert_eq!(failure.message, "Sign in again.");
        assert_eq!(failure.report.as_deref(), Some("8f3a-21c9"));
    }

    #[test]
    fn an_answer_that_is_not_ours_is_not_shown() {
        assert_eq!(read::<Session>(502, "<h1>Bad gateway</h1>").unwrap_err(), DisplayError::unclear());
        assert_eq!(read::<Session>(200, "<h1>Hello</h1>").unwrap_err(), DisplayError::unclear());
    }
}
