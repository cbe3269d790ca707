//! Leaving a connection: Disconnect keeps the bare record, Delete forgets it too. Both make it unusable at once, destroy
//! its keys, and revoke the access at the app; both are safe to repeat.

use futures_util::future::join_all;
use std::rc::Rc;
use std::time::Duration;
use workbot_domain::connection::{Reason, Record};
use workbot_domain::event::{By, Cause, Event};
use workbot_domain::owner::Owner;
use workbot_domain::text::Words;
use workbot_shared::{AppId, AuditAct, Auth, ConnectionStatus, Receipt, RevocationOutcome};

use super::revocation::{Sent, at_once};
use crate::catalogue::catalogue;
use crate::clients::app::AppClient;
use crate::clients::connector::text_message;
use crate::context::{VaultCtx, VaultError};
use crate::job::Job;
use crate::protocol::Admin;

/// Who, or what, ends a connection.
#[derive(Clone, Copy)]
pub enum Leaver<'a> {
    /// Its owner.
    Owner,
    /// An admin, for the company or to a person.
    Admin(&'a Admin),
    /// The person removed the bot.
    Uninstall,
    /// It was not used for too long.
    Idle,
}

impl<'a> Leaver<'a> {
    fn admin(self) -> Option<&'a Admin> {
        if let Self::Admin(admin) = self { Some(admin) } else { None }
    }

    /// For the log.
    fn named(self, shared: bool) -> By {
        match self {
            Self::Admin(_) if !shared => By::Admin,
            Self::Owner | Self::Admin(_) => By::Owner,
            Self::Uninstall => By::Uninstall,
            Self::Idle => By::Idle,
        }
    }
}

/// Leaves a connection. The receipt is in `words`.
pub async fn leave(
    ctx: &Rc<VaultCtx>,
    words: Words,
    app: &AppId,
    delete: bool,
    leaver: Leaver<'_>,
) -> Result<Receipt, VaultError> {
    let by = leaver.admin();
    let (record, config) = (ctx.record(app)?, ctx.config()?);
    let client = AppClient::of(ctx, &config, app);
    // Also of an app that is not set up now: then its revocation waits.
    let oauth2 = catalogue().apps.get(app).and_then(|app| app.oauth2.as_ref());
    let has_revocation = oauth2.is_some_and(|oauth2| oauth2.revoke_url.is_some());
    // Where the app said that the grant is gone, there is nothing to revoke.
    let alive = match &record {
        Some(Record::Connected(_)) => true,
        Some(Record::NeedsLogin { reason, .. }) => *reason != Reason::GrantGone,
        Some(Record::Disconnected { .. }) | None => false,
    };
    let account = record.as_ref().map(|record| record.account().label.clone()).unwrap_or_default();
    let revocation = ctx.sql.transaction(|tx| {
        let left = ctx.life(app)?.left(delete);
        let revocation = ctx.retire(tx, app, alive && has_revocation)?;
        ctx.store_life(tx, app, &left)?;
        // What waits although a connection was not used for long does not wait because of it.
        if !matches!(leaver, Leaver::Idle) {
            ctx.end_logins(tx, app)?;
            ctx.cancel_waiting(tx, app, by.is_some())?;
        }
        ctx.enqueue(&Job::Direct { app: app.clone() }, ctx.now())?;
        if record.is_some() {
            let act = match (&ctx.id()?.owner, delete) {
                (Owner::User(_), _) => AuditAct::PersonDisconnected,
                (Owner::Shared, true) => AuditAct::SharedDeleted,
                (Owner::Shared, false) => AuditAct::SharedDisconnected,
            };
            ctx.note_for_audit(tx, by, act, app, &account)?;
        }
        // A person whose own connection goes without their doing hears of it.
        let lived = matches!(record, Some(Record::Connected(_) | Record::NeedsLogin { .. }));
        if lived && by.is_some() && !ctx.is_shared() {
            let name = catalogue().app_name(app);
            ctx.tell_later(tx, |words| text_message(&words.disconnected_by_admin(name, &account)))?;
        }
        Ok(revocation)
    })?;
    let sent = match revocation {
        // What is left is done; that the revocation could not be tried now, changes nothing of that.
        Some(id) => at_once(ctx, &id).await.unwrap_or_else(|trouble| {
            ctx.log(&Event::VaultTrouble { cause: Cause::of(&trouble) });
            Sent::Later(Duration::ZERO)
        }),
        None if alive && !has_revocation => Sent::Over(RevocationOutcome::Unsupported),
        None => Sent::Over(RevocationOutcome::NothingToDo),
    };
    let outcome = if let Sent::Over(outcome) = sent { outcome } else { RevocationOutcome::Retrying };
    let status = if delete || record.is_none() {
        ConnectionStatus::NotConnected
    } else {
        ConnectionStatus::Disconnected
    };
    let auth = catalogue().apps.get(app).map_or(Auth::Oauth2, |app| app.auth);
    ctx.log(&Event::Left {
        app: app.clone(),
        shared: ctx.is_shared(),
        delete,
        by: leaver.named(ctx.is_shared()),
        outcome,
    });
    Ok(Receipt {
        app: app.clone(),
        account,
        status,
        outcome,
        message: words.left(delete, catalogue().app_name(app), auth, (outcome, sent == Sent::Refused)),
        link: client
            .filter(|_| outcome == RevocationOutcome::Unsupported)
            .and_then(|client| client.manage_url()),
    })
}

/// Leaves all connections that there are, side by side: each of their apps may take its time. Logins under way end too,
/// also at apps to which there is no connection yet, and those for the company.
pub async fn leave_all(
    ctx: &Rc<VaultCtx>,
    words: Words,
    leaver: Leaver<'_>,
) -> Result<Vec<Receipt>, VaultError> {
    ctx.sql.transaction(|tx| {
        ctx.end_all_logins(tx)?;
        for app in catalogue().apps.keys() {
            ctx.end_logins(tx, app)?;
            ctx.cancel_waiting(tx, app, leaver.admin().is_some())?;
        }
        Ok(())
    })?;
    let there = ctx.connected_apps()?;
    // One that cannot be left keeps none of the others.
    let left = join_all(there.iter().map(|app| leave(ctx, words, app, false, leaver))).await;
    left.into_iter().collect()
}

impl VaultCtx {}
