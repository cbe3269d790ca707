//! The list of an owner's connections, and what a person sets in it.

use workbot_domain::connection::{ConnectionSummary, Guardrails, rows};
use workbot_domain::present::card::MOST_CONNECTIONS;
use workbot_shared::{AppId, Language};

use crate::context::VaultCtx;
use crate::error::VaultError;
use crate::installed_catalog::catalog_in;
use crate::protocol::VaultResponse;
use crate::sql::SqlError;

/// The rows of the owner's list: one per app of the catalog that recipes can use.
///
/// # Errors
/// When the vault is not configured, or its database fails.
pub fn list(ctx: &VaultCtx, language: Language) -> Result<VaultResponse, VaultError> {
    let config = ctx.config()?;
    let set_up = |app: &AppId| config.apps.contains_key(app);
    Ok(VaultResponse::Connections(rows(
        &ctx.id()?.owner,
        &ctx.overview(None)?,
        catalog_in(language),
        &set_up,
    )))
}

/// Sets the guardrails of a connection and returns the list. They count from the next call on, also of
/// running runs.
///
/// # Errors
/// When the vault is not configured, or its database fails.
pub fn set_guardrails(
    ctx: &VaultCtx,
    app: &AppId,
    guardrails: Guardrails,
    language: Language,
) -> Result<VaultResponse, VaultError> {
    if ctx.is_shared() || !ctx.set_guardrails(app, guardrails)? {
        return Ok(VaultResponse::NoConnection);
    }
    list(ctx, language)
}

impl VaultCtx {
    /// The first connections of this owner, at most [`MOST_CONNECTIONS`], and the number of all.
    pub fn first_connections(&self) -> Result<(Vec<ConnectionSummary>, usize), SqlError> {
        // One row more than the card shows tells whether there are more.
        let some = self.overview(Some(MOST_CONNECTIONS + 1))?;
        let all = if some.len() > MOST_CONNECTIONS { self.connection_count()? } else { some.len() };
        Ok((some, all))
    }
}
