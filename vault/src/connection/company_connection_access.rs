//! Shared access: a run gets access to an app from its person's own vault, or from the company's. A person's
//! vault never gets the company's refresh token: only the vault that owns a connection refreshes it, one
//! refresh at a time for all callers.

use futures_util::future::join_all;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;
use workbot_domain::connection::refresh::{Access, AccessError};
use workbot_domain::correlation_id::CorrelationId;
use workbot_domain::ids::Revision;
use workbot_domain::owner::VaultId;
use workbot_domain::run::{AccessDenied, Obstacle, RunEnd};
use workbot_shared::{AppId, OwnerKind, RecipeId};

use super::access_token;
use crate::access_in_transit::{DelegatedAccess, DelegatedAccesses};
use crate::context::VaultCtx;
use crate::error::VaultError;
use crate::protocol::{VaultRequest, VaultResponse, ask};

/// The response to another vault comes within this time, which is less than that vault's deadline. A refresh
/// under way continues.
const SHARED_ACCESS_LIMIT: Duration = Duration::from_secs(7);
/// When another vault asks again if the app keeps a refresh waiting.
const ASK_AGAIN: Duration = Duration::from_secs(3);

/// Awaits access for [`SHARED_ACCESS_LIMIT`], then responds that the app is unavailable.
async fn in_time(
    ctx: &VaultCtx,
    access: impl Future<Output = Result<Access, AccessError>>,
) -> Result<Access, AccessError> {
    let late = || Err(AccessError::Unavailable { retry_at: ctx.now() + ASK_AGAIN });
    ctx.within(SHARED_ACCESS_LIMIT, access).await.unwrap_or_else(late)
}

/// Returns the access to several apps, for a run in another vault.
///
/// # Errors
/// When the database fails.
pub async fn get_shared_access(
    ctx: &Rc<VaultCtx>,
    apps: &[AppId],
    id: &CorrelationId,
) -> Result<VaultResponse, VaultError> {
    let accesses = join_all(apps.iter().map(|app| in_time(ctx, access_token::access(ctx, app, id)))).await;
    let mut delegated_accesses = DelegatedAccesses::new();
    for (app, access) in apps.iter().zip(accesses) {
        if access.is_ok() {
            ctx.record_use(app, None)?;
        }
        delegated_accesses.insert(app.clone(), access.and_then(|access| DelegatedAccess::of(&access)));
    }
    Ok(VaultResponse::SharedAccess(delegated_accesses))
}

/// Renews and returns the access to an app, after the app refused `revision`.
pub async fn renew_shared_access(
    ctx: &Rc<VaultCtx>,
    app: &AppId,
    revision: &Revision,
    id: &CorrelationId,
) -> VaultResponse {
    let renewed = in_time(ctx, access_token::renew(ctx, app, revision, false, id)).await;
    VaultResponse::SharedAccess(
        [(app.clone(), renewed.and_then(|access| DelegatedAccess::of(&access)))].into(),
    )
}

/// The access that a run got from the company's vault, kept in memory for one slice.
#[derive(Default)]
pub struct SharedAccessCache(BTreeMap<AppId, Result<Access, AccessError>>);

impl SharedAccessCache {
    /// Fetches the access to the apps that are missing.
    ///
    /// # Errors
    /// The obstacle when the company's vault or an app is unavailable, with the time of the next attempt if
    /// it is known.
    pub async fn fetch(
        &mut self,
        ctx: &VaultCtx,
        apps: Vec<AppId>,
        id: &CorrelationId,
    ) -> Result<(), Obstacle> {
        let missing: Vec<_> = apps.into_iter().filter(|app| !self.0.contains_key(app)).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let delegated_accesses =
            request_shared_access(ctx, VaultRequest::GetSharedAccess { apps: missing }, id).await;
        for (app, delegated) in delegated_accesses.map_err(|_| Obstacle::Ours)? {
            let access = delegated.and_then(DelegatedAccess::access);
            if let Err(problem) = &access
                && let AccessDenied::Later(by) = AccessDenied::of(problem, &app)
            {
                return Err(by);
            }
            self.0.insert(app, access);
        }
        Ok(())
    }

    /// Records that the company's login to an app is needed. This run does not ask for the access again.
    pub fn mark_missing(&mut self, app: &AppId) {
        self.0.insert(app.clone(), Err(AccessError::NeedsLogin));
    }

    /// Removes the access to an app after the app refused it.
    pub fn forget(&mut self, app: &AppId) {
        self.0.remove(app);
    }

    /// Whether the shared connection to an app is usable. If not, how the run ends.
    pub fn usable(&self, app: &AppId) -> Result<(), RunEnd> {
        match self.0.get(app).unwrap_or(&Err(AccessError::NeedsLogin)) {
            Ok(_) => Ok(()),
            Err(problem) => Err(AccessDenied::of(problem, app).as_shared(app.clone())),
        }
    }

    /// Access to an app with the person's or the company's connection.
    ///
    /// # Errors
    /// [`AccessError`] says why there is none.
    pub async fn access(
        &self,
        ctx: &Rc<VaultCtx>,
        owner: OwnerKind,
        app: &AppId,
        id: &CorrelationId,
    ) -> Result<Access, AccessError> {
        match owner {
            OwnerKind::Person => access_token::access(ctx, app, id).await,
            OwnerKind::Shared => self.0.get(app).cloned().unwrap_or(Err(AccessError::NotNow)),
        }
    }
}

/// Sends a request for access to the company's vault.
async fn request_shared_access(
    ctx: &VaultCtx,
    request: VaultRequest,
    asked: &CorrelationId,
) -> Result<DelegatedAccesses, AccessError> {
    let Ok(id) = ctx.id() else { return Err(AccessError::NotNow) };
    match ask(ctx, &VaultId::shared(&id.tenant), &request, asked).await {
        Ok(VaultResponse::SharedAccess(delegated_accesses)) => Ok(delegated_accesses),
        _ => Err(AccessError::NotNow),
    }
}

/// Renews the access of an owner's connection after the app refused `revision`.
///
/// # Errors
/// [`AccessError`] says why there is none.
pub async fn renew(
    ctx: &Rc<VaultCtx>,
    owner: OwnerKind,
    app: &AppId,
    revision: &Revision,
    id: &CorrelationId,
) -> Result<Access, AccessError> {
    match owner {
        OwnerKind::Person => access_token::renew(ctx, app, revision, false, id).await,
        OwnerKind::Shared => {
            let request = VaultRequest::RenewSharedAccess { app: app.clone(), revision: revision.clone() };
            let mut delegated_accesses = request_shared_access(ctx, request, id).await?;
            delegated_accesses.remove(app).unwrap_or(Err(AccessError::NotNow))?.access()
        }
    }
}

/// Records that a recipe used the person's connection. The company's vault records the use of its own.
pub fn record_use(
    ctx: &VaultCtx,
    owner: OwnerKind,
    app: &AppId,
    recipe: &RecipeId,
) -> Result<(), VaultError> {
    match owner {
        OwnerKind::Person => ctx.record_use(app, Some(recipe))?,
        OwnerKind::Shared => {}
    }
    Ok(())
}
