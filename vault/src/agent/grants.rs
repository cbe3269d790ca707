//! Grants: from the person's consent to their end.

use workbot_domain::agent::client::Client;
use workbot_domain::agent::grant::{Grant, GrantError, MOST_GRANTS};
use workbot_domain::agent::oauth::Door;
use workbot_domain::agent::token::{
    ACCESS_LIFETIME, AccessToken, CODE_LIFETIME, Code, REFRESH_LIFETIME, RefreshToken,
};
use workbot_domain::agent::tool::is_read_only;
use workbot_domain::audit::Admin;
use workbot_domain::ids::GrantId;
use workbot_shared::{AgentRow, AuditAction, RecipeId};

use crate::agent_protocol::AgentResponse;
use crate::context::VaultCtx;
use crate::error::VaultError;
use crate::installed_catalog::catalog;
use crate::job::Job;

type AgentResult = Result<AgentResponse, VaultError>;

/// Records the person's consent and returns its code.
pub async fn consent(ctx: &VaultCtx, client: Client, redirect_uri: String, challenge: String) -> AgentResult {
    let (config, subject) = (ctx.config()?, ctx.subject()?);
    if !ctx.agent_door().await?.open {
        return Ok(AgentResponse::Closed);
    }
    let (now, others) = (ctx.now(), ctx.grants()?);
    let expires_at = now + CODE_LIFETIME;
    let (id, client_id) = (GrantId::from(ctx.fresh_id()), client.id.clone());
    let grant = Grant::new(id.clone(), client, now, expires_at, &others);
    ctx.sql.transaction(|tx| {
        let mut by_use = others;
        by_use.sort_by_key(|other| other.last_used_at);
        let too_many = (by_use.len() + 1).saturating_sub(MOST_GRANTS);
        for other in by_use.iter().take(too_many) {
            ctx.end_grant(tx, &other.id)?;
        }
        ctx.put_grant(&grant)?;
        ctx.enqueue_clean_up()
    })?;
    let code = Code { subject, grant: id, client: client_id, redirect_uri, challenge, expires_at };
    Ok(AgentResponse::Code(code.seal(&config.master_keys, ctx.random())))
}

/// Exchanges a code.
pub async fn redeem(
    ctx: &VaultCtx,
    code: &Code,
    client: &str,
    redirect_uri: Option<&str>,
    verifier: &str,
) -> AgentResult {
    let is_same = redirect_uri.is_none_or(|uri| uri == code.redirect_uri);
    if code.client != client || !is_same || !code.is_verified_by(verifier) {
        return Ok(AgentResponse::InvalidGrant);
    }
    change(ctx, &code.grant, |grant| grant.redeem_code(client, ctx.now())).await
}

/// Exchanges a refresh token.
pub async fn refresh(ctx: &VaultCtx, token: &RefreshToken, client: &str) -> AgentResult {
    if token.client != client {
        return Ok(AgentResponse::InvalidGrant);
    }
    let presented = (token.serial, token.expires_at);
    change(ctx, &token.grant, |grant| grant.rotate(client, presented, ctx.now())).await
}

/// Changes a grant and returns its new tokens. A code or token that was used before ends the grant.
async fn change(
    ctx: &VaultCtx,
    id: &GrantId,
    change: impl FnOnce(&mut Grant) -> Result<u64, GrantError>,
) -> AgentResult {
    let policy = ctx.agent_door().await?;
    // No await from here to the commit: of two requests with one code, one gets the tokens.
    let Some(mut grant) = ctx.grant(id)?.filter(|grant| policy.admits(grant.granted_at)) else {
        ctx.sql.transaction(|tx| ctx.end_grant(tx, id))?;
        return Ok(AgentResponse::InvalidGrant);
    };
    match change(&mut grant) {
        Ok(serial) => {
            ctx.put_grant(&grant)?;
            tokens(ctx, &grant, serial)
        }
        Err(GrantError::OtherClient) => Ok(AgentResponse::InvalidGrant),
        Err(GrantError::Reused | GrantError::Expired) => {
            ctx.sql.transaction(|tx| ctx.end_grant(tx, id))?;
            Ok(AgentResponse::InvalidGrant)
        }
    }
}

fn tokens(ctx: &VaultCtx, grant: &Grant, serial: u64) -> AgentResult {
    let (config, subject, now) = (ctx.config()?, ctx.subject()?, ctx.now());
    let keys = &config.master_keys;
    let access = AccessToken {
        subject: subject.clone(),
        grant: grant.id.clone(),
        resource: Door::of(&config.public_url).resource(),
        expires_at: now + ACCESS_LIFETIME,
    };
    let refresh = RefreshToken {
        subject,
        grant: grant.id.clone(),
        client: grant.client.id.clone(),
        serial,
        expires_at: now + REFRESH_LIFETIME,
    };
    Ok(AgentResponse::Tokens {
        access: access.seal(keys, ctx.random()),
        refresh: refresh.seal(keys, ctx.random()),
    })
}

/// Ends a grant that its client gives back. That of another client stays.
pub fn revoke(ctx: &VaultCtx, id: &GrantId, client: &str) -> AgentResult {
    if ctx.grant(id)?.is_some_and(|grant| grant.client.id == client) {
        ctx.sql.transaction(|tx| ctx.end_grant(tx, id))?;
    }
    Ok(AgentResponse::Done)
}

/// The agents that act for the person, by name. Those that a closed door has ended are not among them.
pub async fn list(ctx: &VaultCtx) -> AgentResult {
    let policy = ctx.agent_door().await?;
    let now = ctx.now();
    let lives = |grant: &Grant| grant.is_active() && !grant.is_over(now) && policy.admits(grant.granted_at);
    let mut agents: Vec<_> = ctx.grants()?.into_iter().filter(lives).map(row).collect();
    agents.sort_by(|one, other| one.client.cmp(&other.client));
    Ok(AgentResponse::Agents(agents))
}

fn row(grant: Grant) -> AgentRow {
    AgentRow {
        grant: grant.id.to_string(),
        client: grant.client.title(),
        granted_at: grant.granted_at.rfc3339(),
        last_used_at: grant.last_used_at.rfc3339(),
        without_asking: grant.without_asking.into_iter().collect(),
    }
}

/// Ends a grant. An admin's act is audited.
pub fn end(ctx: &VaultCtx, id: &GrantId, by: Option<&Admin>) -> AgentResult {
    let Some(grant) = ctx.grant(id)? else { return Ok(AgentResponse::NotFound) };
    let owner = ctx.subject()?.user;
    ctx.sql.transaction(|tx| {
        ctx.end_grant(tx, id)?;
        if let Some(admin) = by {
            let mut entry = admin.changed_agents(AuditAction::AgentEnded, grant.client.title(), ctx.now());
            entry.user = Some(owner);
            ctx.enqueue(&Job::WriteAudit { id: ctx.fresh_id(), entry }, ctx.now())?;
        }
        Ok(())
    })?;
    Ok(AgentResponse::Done)
}

/// Lets a client run a recipe without asking, or no longer. Only where an admin allows it.
pub async fn set_without_asking(
    ctx: &VaultCtx,
    id: &GrantId,
    recipe: RecipeId,
    allowed: bool,
) -> AgentResult {
    let Some((_, policy)) = ctx.live_grant(id).await? else { return Ok(AgentResponse::NotFound) };
    let Some(definition) = catalog().recipes.get(&recipe) else { return Ok(AgentResponse::NotFound) };
    if allowed && (!policy.without_asking || is_read_only(definition, catalog())) {
        return Ok(AgentResponse::NotFound);
    }
    let Some(mut grant) = ctx.grant(id)? else { return Ok(AgentResponse::NotFound) };
    if allowed {
        grant.without_asking.insert(recipe)
    } else {
        grant.without_asking.remove(&recipe)
    };
    ctx.put_grant(&grant)?;
    Ok(AgentResponse::Done)
}
