//! Leaving a connection: Disconnect keeps the bare record, Delete forgets it too. Both make it unusable at once, destroy
//! its keys, and revoke the access at the app; both are safe to repeat.

use futures_util::future::join_all;
use std::rc::Rc;
use std::time::Duration;
use workbot_domain::audit::{Admin, disconnecting};
use workbot_domain::connection::{Reason, Record};
use workbot_domain::event::{By, Cause, Event};
use workbot_domain::present::message::text_message;
use workbot_domain::present::text::Words;
use workbot_shared::{AppId, Auth, ConnectionStatus, Receipt, RevocationOutcome};

use super::revocation::{Sent, at_once};
use crate::catalogue::catalogue;
use crate::clients::app::AppClient;
use crate::context::{VaultCtx, VaultError};
use crate::job::Job;
use crate::sql::{SqlError, Tx};

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

/// A connection that was left. Its app is still to be told, if it can be.
pub struct Left {
    app: AppId,
    account: String,
    delete: bool,
    /// Whether there was a connection at all.
    existed: bool,
    /// Whether the app may still know the grant.
    alive: bool,
    has_revocation: bool,
    /// The revocation that is noted.
    revocation: Option<String>,
    by: By,
}

/// Leaves a connection: all of it but telling its app.
pub fn disconnect(
    ctx: &VaultCtx,
    tx: &Tx,
    app: &AppId,
    delete: bool,
    leaver: Leaver<'_>,
) -> Result<Left, SqlError> {
    let by = leaver.admin();
    let record = ctx.record(app)?;
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
        let act = disconnecting(&ctx.id()?.owner, delete);
        ctx.note_for_audit(tx, by, act, app, &account)?;
    }
    // A person whose own connection goes without their doing hears of it.
    let lived = matches!(record, Some(Record::Connected(_) | Record::NeedsLogin { .. }));
    if lived && by.is_some() && !ctx.is_shared() {
        let name = catalogue().app_name(app);
        ctx.tell_later(tx, |words| text_message(&words.disconnected_by_admin(name, &account)))?;
    }
    let (app, existed, by) = (app.clone(), record.is_some(), leaver.named(ctx.is_shared()));
    Ok(Left { app, account, delete, existed, alive, has_revocation, revocation, by })
}

impl Left {
    /// The receipt, before the app was told.
    pub fn untold(&self, words: Words) -> Receipt {
        let sent = self.unsent().unwrap_or(Sent::Later(Duration::ZERO));
        self.receipt(words, sent, None)
    }

    /// Tells the app, and says what came of it.
    pub async fn told(self, ctx: &VaultCtx, words: Words) -> Receipt {
        let sent = match (self.unsent(), &self.revocation) {
            (None, Some(id)) => at_once(ctx, id).await.unwrap_or_else(|trouble| {
                // What is left is done; that the revocation could not be tried now, changes nothing of that.
                ctx.log(&Event::VaultTrouble { cause: Cause::of(&trouble) });
                Sent::Later(Duration::ZERO)
            }),
            (sent, _) => sent.unwrap_or(Sent::Later(Duration::ZERO)),
        };
        let (app, delete, by) = (self.app.clone(), self.delete, self.by);
        ctx.log(&Event::Left { app, shared: ctx.is_shared(), delete, by, outcome: outcome(sent) });
        let config = ctx.config().ok();
        let client = config.as_ref().and_then(|config| AppClient::of(ctx, config, &self.app));
        self.receipt(words, sent, client.and_then(|client| client.manage_url()))
    }

    /// What is known without telling the app; `None`: it is to be told.
    fn unsent(&self) -> Option<Sent> {
        match self.revocation {
            Some(_) => None,
            None if self.alive && !self.has_revocation => Some(Sent::Over(RevocationOutcome::Unsupported)),
            None => Some(Sent::Over(RevocationOutcome::NothingToDo)),
        }
    }

    fn receipt(&self, words: Words, sent: Sent, manage_url: Option<String>) -> Receipt {
        let Self { app, account, delete, existed, .. } = self;
        let status =
            if *delete || !existed { ConnectionStatus::NotConnected } else { ConnectionStatus::Disconnected };
        let auth = catalogue().apps.get(app).map_or(Auth::Oauth2, |app| app.auth);
        let said = (outcome(sent), sent == Sent::Refused);
        Receipt {
            app: app.clone(),
            account: account.clone(),
            status,
            outcome: outcome(sent),
            message: words.left(*delete, catalogue().app_name(app), auth, said),
            link: manage_url.filter(|_| outcome(sent) == RevocationOutcome::Unsupported),
        }
    }
}

fn outcome(sent: Sent) -> RevocationOutcome {
    if let Sent::Over(outcome) = sent { outcome } else { RevocationOutcome::Retrying }
}

/// Leaves a connection. The receipt is in `words`.
pub async fn leave(
    ctx: &Rc<VaultCtx>,
    words: Words,
    app: &AppId,
    delete: bool,
    leaver: Leaver<'_>,
) -> Result<Receipt, VaultError> {
    // Nothing ends while it cannot be said what came of it.
    ctx.config()?;
    let left = ctx.sql.transaction(|tx| disconnect(ctx, tx, app, delete, leaver))?;
    Ok(left.told(ctx, words).await)
}

/// Leaves all connections that there are. Logins under way end too, also at apps to which there is no connection yet, and
/// those for the company. A connection of a later version's shape is left as it is, and keeps none of the others.
pub fn disconnect_all(ctx: &VaultCtx, tx: &Tx, leaver: Leaver<'_>) -> Result<Vec<Left>, SqlError> {
    end_all_logins(ctx, tx, leaver)?;
    let mut left = Vec::new();
    for app in ctx.connected_apps()? {
        match ctx.sql.transaction(|tx| disconnect(ctx, tx, &app, false, leaver)) {
            Ok(one) => left.push(one),
            Err(error) if error.is_unreadable() => {
                ctx.log(&Event::VaultTrouble { cause: Cause::of(&error) });
            }
            Err(error) => return Err(error),
        }
    }
    Ok(left)
}

fn end_all_logins(ctx: &VaultCtx, tx: &Tx, leaver: Leaver<'_>) -> Result<(), SqlError> {
    ctx.end_all_logins(tx)?;
    for app in catalogue().apps.keys() {
        ctx.end_logins(tx, app)?;
        ctx.cancel_waiting(tx, app, leaver.admin().is_some())?;
    }
    Ok(())
}

/// Leaves all connections that there are, side by side: each of their apps may take its time.
pub async fn leave_all(
    ctx: &Rc<VaultCtx>,
    words: Words,
    leaver: Leaver<'_>,
) -> Result<Vec<Receipt>, VaultError> {
    ctx.sql.transaction(|tx| end_all_logins(ctx, tx, leaver))?;
    let there = ctx.connected_apps()?;
    // One that cannot be left keeps none of the others.
    let left = join_all(there.iter().map(|app| leave(ctx, words, app, false, leaver))).await;
    left.into_iter().collect()
}
