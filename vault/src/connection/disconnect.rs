//! Disconnect and Delete. Both end a connection at once, destroy its keys and revoke the grant at the app;
//! Disconnect keeps the bare record. Both are idempotent.

use futures_util::future::join_all;
use std::rc::Rc;
use std::time::Duration;
use workbot_domain::audit::{Admin, disconnect_action};
use workbot_domain::connection::disconnect::{Disconnection, Removal, disconnect as disconnection};
use workbot_domain::connection::revocation::RevocationAttempt;
use workbot_domain::log_event::{Cause, DisconnectedBy, Event};
use workbot_domain::present::outgoing_activity::text_message;
use workbot_domain::present::text::Texts;
use workbot_domain::run::RunEnd;
use workbot_shared::{AppId, Auth, Receipt, RevocationOutcome};

use super::revocation::try_revoke_now;
use crate::clients::app::AppClient;
use crate::context::VaultCtx;
use crate::error::VaultError;
use crate::installed_catalog::catalog;
use crate::job::Job;
use crate::sql::{SqlError, Tx};

/// A connection that was ended here. The revocation at its app is still pending, if the app supports one.
pub struct Disconnected {
    app: AppId,
    removal: Removal,
    done: Disconnection,
    /// The id of the pending revocation.
    revocation: Option<String>,
    /// Whether an earlier revocation at the app is pending.
    was_revoking: bool,
}

/// Ends a connection in the vault: detaches its tokens, ends its logins, and enqueues revocation, directory
/// and audit jobs. Sends nothing.
///
/// # Errors
/// When a stored value cannot be read or written. Nothing is changed then.
pub fn disconnect(
    ctx: &VaultCtx,
    tx: &Tx,
    app: &AppId,
    removal: Removal,
    (by, admin): (DisconnectedBy, Option<&Admin>),
) -> Result<Disconnected, SqlError> {
    let (record, lifecycle, owner) = (ctx.record(app)?, ctx.lifecycle(app)?, &ctx.id()?.owner);
    // The app may have lost its configuration; its revocation waits until it is configured again.
    let oauth2 = catalog().apps.get(app).and_then(|app| app.oauth2.as_ref());
    let has_revocation = oauth2.is_some_and(|oauth2| oauth2.revoke_url.is_some());
    let done = disconnection(record.as_ref(), &lifecycle, owner, has_revocation, removal, by);
    let was_revoking = ctx.is_revoking(app)?;
    let revocation = ctx.detach_tokens(tx, app, done.revokes)?;
    ctx.store_lifecycle(tx, app, &done.lifecycle)?;
    if done.ends_logins {
        ctx.end_logins(tx, app)?;
        ctx.cancel_waiting(tx, app, admin.is_some())?;
    }
    ctx.enqueue(&Job::SyncDirectory { app: app.clone() }, ctx.now())?;
    // Also without a record: logins under way have ended.
    ctx.note_for_audit(tx, admin, disconnect_action(owner, removal.is_delete()), app, &done.account)?;
    if done.tells_owner {
        let name = catalog().app_name(app);
        ctx.notify_later(tx, |words| text_message(&words.disconnected_by_admin(name, &done.account)))?;
    }
    Ok(Disconnected { app: app.clone(), removal, done, revocation, was_revoking })
}

impl Disconnected {
    /// The receipt before the revocation was tried.
    pub fn receipt_before_revocation(&self, words: Texts) -> Receipt {
        self.receipt(words, self.without_attempt(), None)
    }

    /// Tries the revocation for a few seconds and returns the receipt with its outcome.
    pub async fn revoke(self, ctx: &VaultCtx, words: Texts) -> Receipt {
        let tried = match &self.revocation {
            Some(id) => try_revoke_now(ctx, id).await.unwrap_or_else(|error| {
                // The connection has ended here, whether or not the revocation could be tried.
                ctx.log(&Event::VaultFailed { cause: Cause::of(&error) });
                self.without_attempt()
            }),
            None => self.without_attempt(),
        };
        let (app, delete, by) = (self.app.clone(), self.removal.is_delete(), self.done.by);
        ctx.log(&Event::Disconnected { app, shared: ctx.is_shared(), delete, by, outcome: tried.outcome() });
        let config = ctx.config().ok();
        let client = config.as_ref().and_then(|config| AppClient::of(ctx, config, &self.app));
        self.receipt(words, tried, client.and_then(|client| client.manage_url()))
    }

    /// The outcome as long as the revocation was not tried.
    fn without_attempt(&self) -> RevocationAttempt {
        match (&self.revocation, self.done.without_revocation) {
            (Some(_), _) => RevocationAttempt::Later(Duration::ZERO),
            // The connection was ended before, and its revocation goes on.
            (None, RevocationOutcome::NothingToDo) if self.was_revoking => {
                RevocationAttempt::Later(Duration::ZERO)
            }
            (None, outcome) => RevocationAttempt::Over(outcome),
        }
    }

    fn receipt(&self, words: Texts, tried: RevocationAttempt, manage_url: Option<String>) -> Receipt {
        let Self { app, removal, done, .. } = self;
        let auth = catalog().apps.get(app).map_or(Auth::Oauth2, |app| app.auth);
        let outcome = tried.outcome();
        let result = (outcome, tried == RevocationAttempt::Refused);
        Receipt {
            app: app.clone(),
            account: done.account.clone(),
            status: done.status,
            outcome,
            message: words.left(removal.is_delete(), catalog().app_name(app), auth, result),
            link: manage_url.filter(|_| outcome == RevocationOutcome::Unsupported),
        }
    }
}

/// Ends a connection and tries its revocation. The receipt is in the language of `words`.
///
/// # Errors
/// When the vault is not configured, or its database fails. The connection is unchanged then.
pub async fn disconnect_and_revoke(
    ctx: &Rc<VaultCtx>,
    words: Texts,
    app: &AppId,
    removal: Removal,
    (by, admin): (DisconnectedBy, Option<&Admin>),
) -> Result<Receipt, VaultError> {
    // Without a configuration the revocation could not be tried, and the receipt would be wrong.
    ctx.config()?;
    let left = ctx.sql.transaction(|tx| disconnect(ctx, tx, app, removal, (by, admin)))?;
    Ok(left.revoke(ctx, words).await)
}

/// Ends all connections, all logins under way (at apps without a connection too) and all logins for the
/// company. A connection with an unknown stored shape stays as it is and does not stop the others.
///
/// # Errors
/// When the database fails. Nothing is changed then.
pub fn disconnect_all(
    ctx: &VaultCtx,
    tx: &Tx,
    (by, admin): (DisconnectedBy, Option<&Admin>),
) -> Result<Vec<Disconnected>, SqlError> {
    end_all_logins(ctx, tx, admin)?;
    let mut left = Vec::new();
    for app in ctx.connected_apps()? {
        match ctx.sql.transaction(|tx| disconnect(ctx, tx, &app, Removal::Disconnect, (by, admin))) {
            Ok(one) => left.push(one),
            Err(error) if error.is_unreadable() => {
                ctx.log(&Event::VaultFailed { cause: Cause::of(&error) });
            }
            Err(error) => return Err(error),
        }
    }
    Ok(left)
}

/// Ends all tickets and attempts of this person, the runs that wait for a login, and the consents to agents.
/// An admin ends all open runs: those that use the company's connections, too. The audit records it, whether
/// or not there was anything to end.
fn end_all_logins(ctx: &VaultCtx, tx: &Tx, admin: Option<&Admin>) -> Result<(), SqlError> {
    for grant in ctx.grants()? {
        match admin {
            Some(admin) => ctx.end_grant_by_admin(tx, &grant, admin)?,
            None => _ = ctx.end_grant(tx, &grant.id)?,
        }
    }
    if let Some(admin) = admin {
        ctx.end_open_runs(tx, &RunEnd::OffBoarded)?;
        let entry = admin.off_boarded(&ctx.subject()?.user, ctx.name()?, ctx.now());
        ctx.enqueue(&Job::WriteAudit { id: ctx.fresh_id(), entry }, ctx.now())?;
    }
    ctx.end_all_logins(tx)?;
    for app in catalog().apps.keys() {
        ctx.end_logins(tx, app)?;
        ctx.cancel_waiting(tx, app, admin.is_some())?;
    }
    Ok(())
}

/// Ends all connections for an admin, with their guardrails, and tries their revocations in parallel.
///
/// # Errors
/// When one of them could not be ended; the others were.
pub async fn disconnect_all_and_revoke(
    ctx: &Rc<VaultCtx>,
    words: Texts,
    admin: &Admin,
) -> Result<Vec<Receipt>, VaultError> {
    ctx.sql.transaction(|tx| {
        ctx.forget_guardrails(tx)?;
        end_all_logins(ctx, tx, Some(admin))
    })?;
    let (there, by) = (ctx.connected_apps()?, (DisconnectedBy::Admin, Some(admin)));
    // `join_all` runs them all, even if one fails.
    let left =
        join_all(there.iter().map(|app| disconnect_and_revoke(ctx, words, app, Removal::Disconnect, by)))
            .await;
    left.into_iter().collect()
}
