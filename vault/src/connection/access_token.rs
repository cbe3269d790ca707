//! Access tokens, and one refresh at a time. The machines in `domain::connection::refresh` decide each step;
//! this file interprets their effects.

use futures_util::FutureExt;
use std::rc::Rc;
use workbot_domain::connection::lifecycle::{INTENT_HOLDS, Lifecycle, Status};
use workbot_domain::connection::refresh::{
    Access, AccessEffect, AccessError, AccessEvent, AccessRequest, PATIENCE, RefreshEffect, RefreshEvent,
    Refresher, Step, StepInput, TokenReadError, Write, after_refresh_job,
};
use workbot_domain::connection::token_response::TokenRequestError;
use workbot_domain::correlation_id::CorrelationId;
use workbot_domain::ids::Revision;
use workbot_domain::job_policy::JobOutcome;
use workbot_domain::log_event::{Cause, Event, OutcomeLabel};
use workbot_shared::AppId;

use crate::clients::app::AppClient;
use crate::clients::oauth::TOKEN_LIMIT;
use crate::context::VaultCtx;
use crate::error::VaultError;
use crate::job::Job;
use crate::sql::{SqlError, Tx};
use crate::workspace;

// A token request times out before its intent expires, so that no later start of the object sends the same
// token beside it.
const _: () = assert!(TOKEN_LIMIT.as_secs() < INTENT_HOLDS.as_secs());

/// Returns access to an app with this owner's connection, refreshed before it expires. A connection that
/// ended after doubtful refusals only is tried once more.
///
/// # Errors
/// [`AccessError`] says whether a login is needed, the app is unavailable, or nothing can be done now.
pub async fn access(ctx: &Rc<VaultCtx>, app: &AppId, id: &CorrelationId) -> Result<Access, AccessError> {
    let result = request(ctx, app, id).await;
    ctx.or_not_now(result)
}

/// Interprets an [`AccessRequest`]: feeds it events until it ends.
async fn request(
    ctx: &Rc<VaultCtx>,
    app: &AppId,
    id: &CorrelationId,
) -> Result<Result<Access, AccessError>, VaultError> {
    let pending = ctx.pending_refreshes.borrow().get(app).cloned();
    if pending.is_none()
        && let Some(access) = ctx.handed_out_access(app).filter(|access| access.is_fresh(ctx.now()))
    {
        return Ok(Ok(access));
    }
    let joined = if let Some(pending) = pending { ctx.within(PATIENCE, pending).await } else { None };
    let mut machine = AccessRequest::default();
    let mut event = AccessEvent::Joined(joined);
    loop {
        event = match ctx.step(app, id, |at| machine.step(event, at))? {
            AccessEffect::Read(revision) => AccessEvent::Read(read(ctx, app, &revision).await?),
            AccessEffect::Renew { revision, usable, within } => {
                let renewal = renew(ctx, app, &revision, usable, id);
                AccessEvent::Renewed(match within {
                    Some(within) => ctx.within(within, renewal).await,
                    None => Some(renewal.await),
                })
            }
            AccessEffect::End(result) => {
                if let Ok(access) = &result {
                    ctx.keep_handed_out(app, access);
                }
                return Ok(result);
            }
        };
    }
}

/// Renews the access of `revision`; `usable` says whether its access token still works. If another caller has
/// already replaced that revision, this call returns the newer access. A refresh runs to its end even if all
/// of its callers have gone (`Object::wait_until`), because its response may hold a rotated refresh token.
///
/// Concurrent callers share one refresh: the first one starts it and stores its future in
/// `pending_refreshes`, all others await that future. Both happen inside one object only.
///
/// # Errors
/// [`AccessError`], the same for all callers of one refresh.
pub async fn renew(
    ctx: &Rc<VaultCtx>,
    app: &AppId,
    revision: &Revision,
    usable: bool,
    id: &CorrelationId,
) -> Result<Access, AccessError> {
    let pending = ctx.pending_refreshes.borrow().get(app).cloned();
    if let Some(pending) = pending {
        return pending.await;
    }
    let (leader, app_of_leader, revision) = (Rc::clone(ctx), app.clone(), revision.clone());
    let id = id.clone();
    let pending = async move {
        let result = refresh(&leader, &app_of_leader, &revision, usable, &id).await;
        leader.pending_refreshes.borrow_mut().remove(&app_of_leader);
        leader.or_not_now(result)
    }
    .boxed_local()
    .shared();
    ctx.pending_refreshes.borrow_mut().insert(app.clone(), pending.clone());
    ctx.object.wait_until(pending.clone().map(|_| ()).boxed_local());
    pending.await
}

/// Runs one refresh and logs its result if a request was sent.
async fn refresh(
    ctx: &VaultCtx,
    app: &AppId,
    revision: &Revision,
    usable: bool,
    id: &CorrelationId,
) -> Result<Result<Access, AccessError>, VaultError> {
    let (config, began) = (ctx.config()?, ctx.now());
    let Some(client) = AppClient::of(ctx, &config, app) else { return Ok(Err(AccessError::Setup)) };
    let mut machine = Refresher::new(app, client.app, revision, usable, &ctx.incarnation);
    let result = run_refresher(ctx, client, &mut machine, id).await;
    if machine.requests() > 0 {
        let outcome = match &result {
            Ok(Ok(_)) => OutcomeLabel::Done,
            Ok(Err(error)) => error.outcome(),
            Err(_) => OutcomeLabel::NotNow,
        };
        let (shared, ms) = (ctx.is_shared(), ctx.millis_since(began));
        ctx.log_of(id, &Event::Refresh { app: app.clone(), shared, outcome, ms });
    }
    result
}

/// Interprets a [`Refresher`]: performs each effect and feeds its result back as the next event.
///
/// The machine is synchronous. Each step reads the lifecycle, decides, and returns writes and one effect.
/// `VaultCtx::step` commits the writes in one transaction before the effect begins. A crash between two steps
/// therefore leaves a state from which the same rules continue: an intent row without a response means that
/// the refresh token may have been used.
async fn run_refresher(
    ctx: &VaultCtx,
    client: AppClient<'_>,
    machine: &mut Refresher<'_>,
    id: &CorrelationId,
) -> Result<Result<Access, AccessError>, VaultError> {
    let app = client.id;
    let mut event = RefreshEvent::Proceed;
    loop {
        event = match ctx.step(app, id, |at| machine.step(event, at))? {
            RefreshEffect::Read(revision) => RefreshEvent::Read(read(ctx, app, &revision).await?),
            RefreshEffect::AskFrozen => RefreshEvent::Frozen(ctx.is_frozen(app).await?),
            RefreshEffect::Send(token) => RefreshEvent::Response(match client.oauth() {
                Some(oauth) => oauth.refresh(ctx, &token).await,
                None => Err(TokenRequestError::Misconfigured),
            }),
            RefreshEffect::WaitUntil(at) => {
                ctx.sleep(at.since(ctx.now())).await;
                RefreshEvent::Proceed
            }
            RefreshEffect::AskAccount(access) => {
                RefreshEvent::Account { is_dead: client.says_token_is_dead(&access.tokens).await }
            }
            RefreshEffect::End(result) => return Ok(result),
        };
    }
}

/// Reads the tokens of a revision that is valid, or may be tried once more. A revision's tokens never change,
/// so those in memory are these.
async fn read(
    ctx: &VaultCtx,
    app: &AppId,
    revision: &Revision,
) -> Result<Result<Access, TokenReadError>, VaultError> {
    if let Some(access) = ctx.handed_out_access(app).filter(|access| access.revision == *revision) {
        return Ok(Ok(access));
    }
    let tryable = ctx.tryable(app)?.filter(|tryable| tryable.connected.revision == *revision);
    let Some(mut tryable) = tryable else { return Ok(Err(TokenReadError::NotNow)) };
    let tokens = ctx.tokens(app, &mut tryable).await?;
    let (account, revision) = (tryable.connected.account, tryable.connected.revision);
    Ok(tokens.map(|tokens| Access { tokens: Rc::new(tokens), account, revision }))
}

/// The job that repeats a refresh whose outcome is unknown. A run that needs the access repeats it too.
pub async fn run_refresh_job(ctx: &Rc<VaultCtx>, app: &AppId) -> Result<JobOutcome, VaultError> {
    let Lifecycle { status: Status::Connected { .. }, intent: Some(intent) } = ctx.lifecycle(app)? else {
        return Ok(JobOutcome::Done);
    };
    let renewed = renew(ctx, app, &intent.revision, true, &CorrelationId::default()).await;
    Ok(after_refresh_job(&renewed, ctx.now()))
}

impl VaultCtx {
    /// Runs one step of a machine and commits its writes. The caller performs the effect after that.
    fn step<E>(
        &self,
        app: &AppId,
        id: &CorrelationId,
        rule: impl FnOnce(&StepInput) -> Step<E>,
    ) -> Result<E, SqlError> {
        let Step { writes, effect } = rule(&StepInput {
            lifecycle: self.lifecycle(app)?,
            now: self.now(),
            random: self.random(),
            fresh_revision: self.fresh_id().into(),
        });
        if !writes.is_empty() {
            self.sql
                .transaction(|tx| writes.into_iter().try_for_each(|write| self.write(tx, app, id, write)))?;
        }
        Ok(effect)
    }

    fn write(&self, tx: &Tx, app: &AppId, id: &CorrelationId, write: Write) -> Result<(), SqlError> {
        match write {
            Write::Lifecycle(lifecycle) => self.store_lifecycle(tx, app, &lifecycle),
            Write::Journal { revision, tokens, replaces } => {
                self.write_journal(tx, app, &revision, &tokens, Some(&replaces))
            }
            Write::LoginEnds(at) => self.store_login_end(tx, app, at),
            Write::SyncDirectory => self.enqueue(&Job::SyncDirectory { app: app.clone() }, self.now()),
            Write::WakeRuns => self.wake_runs(tx, app),
            Write::RefreshAt(at) => self.enqueue(&Job::RetryRefresh { app: app.clone() }, at),
            Write::Revoke { tokens, account } => self.enqueue_revocation(tx, app, &tokens, Some(&account)),
            Write::Log(event) => {
                self.log_of(id, &event);
                Ok(())
            }
        }
    }

    /// The access that was handed out last. It is that of the connection now: each write of the connection's
    /// lifecycle removes it.
    fn handed_out_access(&self, app: &AppId) -> Option<Access> {
        self.handed_out.borrow().get(app).cloned()
    }

    /// Keeps the company's access in memory, for the runs of many people. Call it with access that is valid
    /// now.
    fn keep_handed_out(&self, app: &AppId, access: &Access) {
        let is_known = || self.handed_out_access(app).is_some_and(|known| known.revision == access.revision);
        if self.is_shared() && !is_known() {
            self.handed_out.borrow_mut().insert(app.clone(), access.clone());
        }
    }

    /// Logs an internal error and returns [`AccessError::NotNow`]. Nothing was done in that case.
    fn or_not_now(
        &self,
        result: Result<Result<Access, AccessError>, VaultError>,
    ) -> Result<Access, AccessError> {
        result.unwrap_or_else(|error| {
            self.log(&Event::VaultFailed { cause: Cause::of(&error) });
            Err(AccessError::NotNow)
        })
    }

    /// Whether an admin has frozen an app in this tenant.
    ///
    /// # Errors
    /// When the workspace does not respond.
    pub async fn is_frozen(&self, app: &AppId) -> Result<bool, VaultError> {
        let frozen = workspace::frozen(self, &self.id()?.tenant).await;
        frozen.map(|apps| apps.contains(app)).map_err(|_| VaultError::Elsewhere)
    }
}
