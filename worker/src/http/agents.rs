//! `/api/agents`, `/api/admin/agents` and `/api/admin/users/{user}/agents`: the agents that act for people,
//! and what admins allow agents.

use workbot_domain::agent::client::{Client, new_client_id, secret_hash};
use workbot_domain::audit::Admin;
use workbot_domain::ids::GrantId;
use workbot_domain::login::random_hex;
use workbot_domain::owner::Subject;
use workbot_shared::{
    AgentClientRow, AgentClientSecret, AgentDoor, AgentDoorChange, AgentPermission, AuditAction, ErrorCode,
    NewAgentClient, PersonAgent, PersonAgents, RecipeId, TenantId,
};
use workbot_vault::agent_protocol::{AgentRequest, AgentResponse};
use workbot_vault::workspace::{self, PersonAgentEntry, RegisteredClient};

use super::admin::unavailable;
use super::admin_connections::{search_term, subject_of};
use super::agent::ask_vault;
use super::paging::page;
use super::request::Request;
use super::request_context::RequestContext;
use super::response::{RequestError, Response};
use super::session::{admin, person};

/// `GET /api/agents`.
pub async fn list(context: &RequestContext, request: &Request) -> Result<Response, RequestError> {
    let caller = person(context, request).await?;
    listed(context, &caller.subject).await
}

/// The agents that act for a person.
async fn listed(context: &RequestContext, subject: &Subject) -> Result<Response, RequestError> {
    match ask_vault(context, subject, AgentRequest::List { language: context.language }).await? {
        AgentResponse::Agents(agents) => Response::json(&agents),
        _ => Err(RequestError::of(ErrorCode::Internal)),
    }
}

/// Changes something about a person's agents, and lists them.
///
/// # Errors
/// 404 if there is no such agent, or if an admin forbids the change.
async fn changed(
    context: &RequestContext,
    subject: &Subject,
    change: AgentRequest,
) -> Result<Response, RequestError> {
    match ask_vault(context, subject, change).await? {
        AgentResponse::Done => listed(context, subject).await,
        _ => Err(RequestError::with_message(ErrorCode::NotFound, context.words().no_such_agent())),
    }
}

/// `DELETE /api/agents/{grant}`: ends an agent's access.
pub async fn end(context: &RequestContext, request: &Request, grant: &str) -> Result<Response, RequestError> {
    let caller = person(context, request).await?;
    let end = AgentRequest::End { grant: GrantId::from(grant), by: None };
    changed(context, &caller.subject, end).await
}

/// `DELETE /api/agents/{grant}/pause`: lets an agent ask again, although the person refused several times.
pub async fn end_pause(
    context: &RequestContext,
    request: &Request,
    grant: &str,
) -> Result<Response, RequestError> {
    let caller = person(context, request).await?;
    changed(context, &caller.subject, AgentRequest::EndPause { grant: GrantId::from(grant) }).await
}

/// `PUT /api/agents/{grant}/recipes/{recipe}`: lets an agent run a recipe without asking, or no longer.
pub async fn let_without_asking(
    context: &RequestContext,
    request: &Request,
    grant: &str,
    recipe: &str,
) -> Result<Response, RequestError> {
    let caller = person(context, request).await?;
    let Some(AgentPermission { without_asking: allowed }) = request.json().await? else {
        return Err(RequestError::of(ErrorCode::BadRequest));
    };
    let recipe = RecipeId::parse(recipe).map_err(|_| RequestError::of(ErrorCode::NotFound))?;
    let set = AgentRequest::SetWithoutAsking { grant: GrantId::from(grant), recipe, allowed };
    changed(context, &caller.subject, set).await
}

/// `GET /api/admin/agents/people?q=&cursor=&limit=`: a page of the agents that act for people.
pub async fn of_people(context: &RequestContext, request: &Request) -> Result<Response, RequestError> {
    let caller = admin(context, request).await?;
    let (after, limit) = page(request)?;
    let (tenant, search) = (&caller.subject.tenant, search_term(request)?);
    let found = workspace::agents_of_people(&context.isolate, tenant, search, after, limit);
    let found = found.await.map_err(unavailable)?;
    let row = |PersonAgentEntry { user, name, agent }: PersonAgentEntry| PersonAgent {
        user,
        name,
        grant: agent.grant.to_string(),
        client: agent.client,
        host: agent.host,
        granted_at: agent.granted_at.rfc3339(),
    };
    let next_cursor = found.next.and_then(|next| serde_json::to_string(&next).ok());
    Response::json(&PersonAgents { agents: found.rows.into_iter().map(row).collect(), next_cursor })
}

/// `GET /api/admin/users/{user}/agents`: the agents that act for one person.
pub async fn of_person(
    context: &RequestContext,
    request: &Request,
    user: &str,
) -> Result<Response, RequestError> {
    let caller = admin(context, request).await?;
    listed(context, &subject_of(&caller, user)?).await
}

/// `DELETE /api/admin/users/{user}/agents/{grant}`: ends an agent's access for a person.
pub async fn end_of_person(
    context: &RequestContext,
    request: &Request,
    user: &str,
    grant: &str,
) -> Result<Response, RequestError> {
    let caller = admin(context, request).await?;
    let end = AgentRequest::End { grant: GrantId::from(grant), by: Some(Admin::of(&caller)) };
    changed(context, &subject_of(&caller, user)?, end).await
}

/// `GET /api/admin/agents`: what agents may do, and the registered clients.
pub async fn door(context: &RequestContext, request: &Request) -> Result<Response, RequestError> {
    let caller = admin(context, request).await?;
    Response::json(&shown(context, &caller.subject.tenant, None).await?)
}

async fn shown(
    context: &RequestContext,
    tenant: &TenantId,
    registered: Option<AgentClientSecret>,
) -> Result<AgentDoor, RequestError> {
    let policy = workspace::agent_door(&context.isolate, tenant).await.map_err(unavailable)?;
    let clients = workspace::agent_clients(&context.isolate, tenant).await.map_err(unavailable)?;
    let row = |RegisteredClient { client, secret_hash }| AgentClientRow {
        id: client.id,
        name: client.name,
        redirect_uris: client.redirect_uris,
        confidential: secret_hash.is_some(),
    };
    Ok(AgentDoor {
        open: policy.open,
        reads: policy.reads,
        without_asking: policy.without_asking,
        clients: clients.into_iter().map(row).collect(),
        registered,
    })
}

/// A client that an admin registers, with its secret if it is to have one.
///
/// # Errors
/// 400 without a name, or if one of the redirect URIs is not allowed.
fn new_client(
    context: &RequestContext,
    tenant: &TenantId,
    new: NewAgentClient,
) -> Result<(RegisteredClient, AgentClientSecret), RequestError> {
    let id = new_client_id(tenant, context.isolate.random());
    let client = Client::registered(id.clone(), &new.name, new.redirect_uris).map_err(|error| {
        RequestError::with_message(ErrorCode::BadRequest, context.words().agent_client_invalid())
            .with_cause(error)
    })?;
    let secret = new.confidential.then(|| random_hex(context.isolate.random()));
    let secret_hash = secret.as_deref().map(secret_hash);
    Ok((RegisteredClient { client, secret_hash }, AgentClientSecret { id, secret }))
}

/// `PUT /api/admin/agents`: a partial update, effective at once. All of it is checked before the first
/// change.
pub async fn change(context: &RequestContext, request: &Request) -> Result<Response, RequestError> {
    let caller = admin(context, request).await?;
    let Some(mut change) = request.json::<AgentDoorChange>().await? else {
        return Err(RequestError::of(ErrorCode::BadRequest));
    };
    let (isolate, tenant, by) = (&context.isolate, &caller.subject.tenant, Admin::of(&caller));
    let noted = |act, detail| (isolate.fresh_id(), by.changed_agents(act, detail, isolate.now()));
    let (remove, register) = (change.remove.take(), change.register.take());
    let new = register.map(|new| new_client(context, tenant, new)).transpose()?;
    if change != AgentDoorChange::default() {
        workspace::change_agent_door(isolate, tenant, change, by.clone()).await.map_err(unavailable)?;
    }
    if let Some(id) = remove {
        let noted = noted(AuditAction::AgentClientRemoved, id.clone());
        workspace::put_agent_client(isolate, tenant, (id, None), noted).await.map_err(unavailable)?;
    }
    let mut registered = None;
    if let Some((client, secret)) = new {
        let noted = noted(AuditAction::AgentClientAdded, client.client.name.clone());
        let put = (secret.id.clone(), Some(client));
        workspace::put_agent_client(isolate, tenant, put, noted).await.map_err(unavailable)?;
        registered = Some(secret);
    }
    Response::json(&shown(context, tenant, registered).await?)
}
