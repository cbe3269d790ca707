//! Agents that act for the person: their grants, and the calls of their tools.
//!
//! Each module may use those before it: offered_recipes, grants, tools.

mod grants;
mod offered_recipes;
mod tools;

use std::rc::Rc;
use workbot_domain::correlation_id::CorrelationId;

use crate::agent_protocol::{AgentRequest, AgentResponse};
use crate::context::VaultCtx;
use crate::error::VaultError;

/// Handles a request about agents.
///
/// # Errors
/// When the vault is not configured, its database fails, or the workspace does not respond.
pub async fn handle(
    ctx: &Rc<VaultCtx>,
    request: AgentRequest,
    id: &CorrelationId,
) -> Result<AgentResponse, VaultError> {
    match request {
        AgentRequest::Consent { client, redirect_uri, challenge } => {
            grants::consent(ctx, client, redirect_uri, challenge).await
        }
        AgentRequest::RedeemCode { code, client, redirect_uri, verifier } => {
            grants::redeem(ctx, &code, &client, redirect_uri.as_deref(), &verifier).await
        }
        AgentRequest::Refresh { token, client } => grants::refresh(ctx, &token, &client).await,
        AgentRequest::Revoke { grant, client } => grants::revoke(ctx, &grant, &client),
        AgentRequest::List { language } => grants::list(ctx, language).await,
        AgentRequest::End { grant, by } => grants::end(ctx, &grant, by.as_ref()),
        AgentRequest::EndPause { grant } => grants::end_pause(ctx, &grant),
        AgentRequest::SetWithoutAsking { grant, recipe, allowed } => {
            grants::set_without_asking(ctx, &grant, recipe, allowed).await
        }
        AgentRequest::ListTools { grant } => tools::list(ctx, &grant).await,
        AgentRequest::CallTool { grant, id: request, opens_urls, call } => {
            tools::call(ctx, &grant, (&request, opens_urls), &call, id).await
        }
    }
}
