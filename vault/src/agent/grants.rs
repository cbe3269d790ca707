//! Grants: from the person's consent to their end.

use workbot_domain::agent::client::Client;
use workbot_domain::agent::grant::{Grant, GrantError, MOST_GRANTS};
use workbot_domain::agent::oauth::Door;
use workbot_domain::agent::policy::DoorPolicy;
use workbot_domain::agent::token::{
    ACCESS_LIFETIME, AccessToken, CODE_LIFETIME, Code, REFRESH_LIFETIME, RefreshToken,
};
use workbot_domain::agent::tool::is_read_only;
use workbot_domain::audit::Admin;
use workbot_domain::catalog::Recipe;
use workbot_domain::ids::GrantId;
use workbot_domain::time::Timestamp;
use workbot_shared::{AgentRecipe, AgentRow, Agents, Language, RecipeId};

use super::offered_recipes::OfferedRecipes;
use crate::agent_protocol::AgentResponse;
use crate::context::VaultCtx;
use crate::error::VaultError;
use crate::installed_catalog::{catalog, catalog_in};
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
    let Some(mut grant) = ctx.grant(id)?.filter(|grant| policy.admits(grant)) else {
        ctx.sql.transaction(|tx| ctx.end_grant(tx, id))?;
        return Ok(AgentResponse::InvalidGrant);
    };
    let was_active = grant.is_active();
    match change(&mut grant) {
        Ok(serial) => {
            ctx.put_grant(&grant)?;
            if !was_active {
                ctx.enqueue(&Job::SyncAgents, ctx.now())?;
            }
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

/// Ends a grant that its client gives back. That of another client stays, and this one is told (RFC 7009
/// section 2.1).
pub fn revoke(ctx: &VaultCtx, id: &GrantId, client: &str) -> AgentResult {
    if ctx.grant(id)?.is_some_and(|grant| grant.client.id != client) {
        return Ok(AgentResponse::InvalidGrant);
    }
    ctx.sql.transaction(|tx| ctx.end_grant(tx, id))?;
    Ok(AgentResponse::Done)
}

/// The agents that act for the person, by name, and what they may be allowed. Those that a closed door has
/// ended are not among them.
pub async fn list(ctx: &VaultCtx, language: Language) -> AgentResult {
    let (policy, now) = (ctx.agent_door().await?, ctx.now());
    let lives = |grant: &Grant| grant.is_live(now) && policy.admits(grant);
    let mut grants: Vec<_> = ctx.grants()?.into_iter().filter(lives).collect();
    grants.sort_by(|one, other| {
        (&one.client.name, one.granted_at).cmp(&(&other.client.name, other.granted_at))
    });
    let recipes = match policy.without_asking && !grants.is_empty() {
        true => writing_recipes(ctx, &policy, language).await?,
        false => Vec::new(),
    };
    let agents = grants.into_iter().map(|grant| row(grant, now)).collect();
    Ok(AgentResponse::Agents(Agents { open: policy.open, agents, recipes }))
}

fn row(grant: Grant, now: Timestamp) -> AgentRow {
    AgentRow {
        grant: grant.id.to_string(),
        granted_at: grant.granted_at.rfc3339(),
        last_used_at: grant.last_used_at.rfc3339(),
        paused_until: grant.paused_until.filter(|until| now < *until).map(|until| until.rfc3339()),
        client: grant.client.name,
        host: grant.client.host,
        without_asking: grant.without_asking.into_iter().collect(),
    }
}

/// The recipes that the person may let an agent run without asking, by name.
async fn writing_recipes(
    ctx: &VaultCtx,
    policy: &DoorPolicy,
    language: Language,
) -> Result<Vec<AgentRecipe>, VaultError> {
    let (offered, catalog) = (OfferedRecipes::of(ctx, policy).await?, catalog_in(language));
    let writes = |(id, recipe): &(&RecipeId, &Recipe)| offered.has(id) && !is_read_only(recipe, catalog);
    let row = |(id, recipe): (&RecipeId, &Recipe)| {
        let app = recipe.apps().into_iter().next();
        let app_name = app.map(|app| catalog.app_name(app).to_owned()).unwrap_or_default();
        AgentRecipe { id: id.clone(), name: recipe.name.clone(), app_name }
    };
    let mut recipes: Vec<_> = catalog.recipes.iter().filter(writes).map(row).collect();
    recipes.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(recipes)
}

/// Ends a grant, if there still is one. An admin's act is audited, and its person hears of it.
pub fn end(ctx: &VaultCtx, id: &GrantId, by: Option<&Admin>) -> AgentResult {
    let Some(grant) = ctx.grant(id)? else { return Ok(AgentResponse::Done) };
    ctx.sql.transaction(|tx| match by {
        Some(admin) => ctx.end_grant_by_admin(tx, &grant, admin),
        None => ctx.end_grant(tx, id).map(|_| ()),
    })?;
    Ok(AgentResponse::Done)
}

/// Lets a client ask again, although the person refused several times: the person wants it.
pub fn end_pause(ctx: &VaultCtx, id: &GrantId) -> AgentResult {
    let Some(grant) = ctx.grant(id)? else { return Ok(AgentResponse::NotFound) };
    ctx.sql.transaction(|tx| ctx.change_grants_of(tx, &grant.client.id, Grant::end_pause))?;
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
