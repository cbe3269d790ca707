//! Lending: a run gets access from its person's own vault, or from the company's. What is lent cannot be renewed by the
//! borrower; the vault that owns the connection does that, one refresh at a time for everybody.

use futures_util::future::join_all;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;
use workbot_domain::connection::refresh::{Access, AccessError};
use workbot_domain::event::CorrelationId;
use workbot_domain::owner::VaultId;
use workbot_domain::run::{AccessDenied, Obstacle, RunEnd};
use workbot_shared::{AppId, OwnerKind, RecipeId};

use super::access;
use crate::access::{DelegatedAccess, DelegatedAccesses};
use crate::context::{VaultCtx, VaultError};
use crate::protocol::{VaultRequest, VaultResponse, ask};

/// A borrower is answered within this time, less than it waits for; what was begun goes on.
const SHARED_ACCESS_LIMIT: Duration = Duration::from_secs(7);
/// A borrower whose app keeps a refresh waiting asks again after this.
const ASK_AGAIN: Duration = Duration::from_secs(3);

/// What is awaited of an app, or that it takes its time.
async fn in_time(
    ctx: &VaultCtx,
    access: impl Future<Output = Result<Access, AccessError>>,
) -> Result<Access, AccessError> {
    let late = || Err(AccessError::Unavailable { retry_at: ctx.now() + ASK_AGAIN });
    ctx.within(SHARED_ACCESS_LIMIT, access).await.unwrap_or_else(late)
}

/// Lends access to apps.
pub async fn get_shared_access(
    ctx: &Rc<VaultCtx>,
    apps: &[AppId],
    id: &CorrelationId,
) -> Result<VaultResponse, VaultError> {
    let accesses = join_all(apps.iter().map(|app| in_time(ctx, access::access(ctx, app, id)))).await;
    let mut delegated_accesses = DelegatedAccesses::new();
    for (app, access) in apps.iter().zip(accesses) {
        if access.is_ok() {
            ctx.record_use(app, None)?;
        }
        delegated_accesses.insert(app.clone(), access.and_then(|access| DelegatedAccess::of(&access)));
    }
    Ok(VaultResponse::SharedAccess(delegated_accesses))
}

/// An app did not take what was lent: lends anew.
pub async fn renew_shared_access(
    ctx: &Rc<VaultCtx>,
    app: &AppId,
    revision: &str,
    id: &CorrelationId,
) -> VaultResponse {
    let renewed = in_time(ctx, access::renew(ctx, app, revision, false, id)).await;
    VaultResponse::SharedAccess(
        [(app.clone(), renewed.and_then(|access| DelegatedAccess::of(&access)))].into(),
    )
}

/// What a run borrowed from the company's vault, for as long as it is being driven.
#[derive(Default)]
pub struct SharedAccessCache(BTreeMap<AppId, Result<Access, AccessError>>);

impl SharedAccessCache {
    /// Borrows what is not there yet.
    ///
    /// # Errors
    /// When something does not answer now: what, and when to ask again if that is known.
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

    /// The company's login to an app is needed: in this run nobody asks for it again.
    pub fn mark_missing(&mut self, app: &AppId) {
        self.0.insert(app.clone(), Err(AccessError::NeedsLogin));
    }

    /// What was borrowed for an app no longer works.
    pub fn forget(&mut self, app: &AppId) {
        self.0.remove(app);
    }

    /// Whether an app can be used; if not, how the run ends.
    pub fn usable(&self, app: &AppId) -> Result<(), RunEnd> {
        match self.0.get(app).unwrap_or(&Err(AccessError::NeedsLogin)) {
            Ok(_) => Ok(()),
            Err(problem) => Err(AccessDenied::of(problem, app).as_shared(app.clone())),
        }
    }

    /// Access to an app by an owner's connection.
    pub async fn access(
        &self,
        ctx: &Rc<VaultCtx>,
        owner: OwnerKind,
        app: &AppId,
        id: &CorrelationId,
    ) -> Result<Access, AccessError> {
        match owner {
            OwnerKind::Person => access::access(ctx, app, id).await,
            OwnerKind::Shared => self.0.get(app).cloned().unwrap_or(Err(AccessError::NotNow)),
        }
    }
}

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

/// The app did not take this revision of an owner's connection: the next one.
pub async fn renew(
    ctx: &Rc<VaultCtx>,
    owner: OwnerKind,
    app: &AppId,
    revision: &str,
    id: &CorrelationId,
) -> Result<Access, AccessError> {
    match owner {
        OwnerKind::Person => access::renew(ctx, app, revision, false, id).await,
        OwnerKind::Shared => {
            let request = VaultRequest::RenewSharedAccess { app: app.clone(), revision: revision.to_owned() };
            let mut delegated_accesses = request_shared_access(ctx, request, id).await?;
            delegated_accesses.remove(app).unwrap_or(Err(AccessError::NotNow))?.access()
        }
    }
}

/// Notes that a recipe used an owner's connection. Of what it lends, the company's vault takes note itself.
pub fn record_use(
    ctx: &VaultCtx,
    owner: OwnerKind,
    app: &AppId,
    recipe: &RecipeId,
) -> Result<(), VaultError> {
    match owner {
        OwnerKind::Person => Ok(ctx.record_use(app, Some(recipe))?),
        OwnerKind::Shared => Ok(()),
    }
}
