//! Leaving a connection: Disconnect keeps the bare record, Delete forgets it too. Both make it unusable at once, destroy
//! its keys, and revoke the access at the app; both are safe to repeat.

use futures_util::future::join_all;
use serde_json::Value;
use std::rc::Rc;
use std::time::Duration;
use workbot_domain::card::{self, MOST_CONNECTIONS};
use workbot_domain::connection::{Overview, Reason, Record, rows};
use workbot_domain::event::{By, Cause, Event};
use workbot_domain::owner::Owner;
use workbot_domain::text::Words;
use workbot_domain::time::Timestamp;
use workbot_shared::{
    AppId, AuditAct, AuditEntry, Auth, ConnectionStatus, Language, Receipt, RevocationOutcome,
};
use worker::SqlStorageValue;

use super::connections::{COLUMNS, record};
use super::due::Job;
use super::protocol::{Admin, VaultAnswer};
use super::revoking::{self, Sent};
use super::{Core, Trouble};
use crate::app_client::AppClient;
use crate::catalogue::{catalogue, catalogue_in};
use crate::clock::{fresh_id, now};
use crate::connector::text_message;
use crate::sql::SqlError;
use crate::values;

/// The rows of the owner's list.
pub fn list(core: &Core, language: Language) -> Result<VaultAnswer, Trouble> {
    let config = core.config()?;
    let set_up = |app: &AppId| config.apps.contains_key(app);
    Ok(VaultAnswer::Listed(rows(
        &core.id()?.owner,
        &core.overview("", values![])?,
        catalogue_in(language),
        &set_up,
    )))
}

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
    core: &Rc<Core>,
    words: Words,
    app: &AppId,
    delete: bool,
    leaver: Leaver<'_>,
) -> Result<Receipt, Trouble> {
    let by = leaver.admin();
    let (record, config) = (core.record(app)?, core.config()?);
    let client = AppClient::of(&config, app);
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
    let revocation = core.sql.transaction(|| {
        let left = core.life(app)?.left(delete);
        let revocation = core.retire(app, alive && has_revocation)?;
        core.store_life(app, &left)?;
        // What waits although a connection was not used for long does not wait because of it.
        if !matches!(leaver, Leaver::Idle) {
            core.end_logins(app)?;
            core.cancel_waiting(app, by.is_some())?;
        }
        core.enqueue(&Job::Direct { app: app.clone() }, now())?;
        if record.is_some() {
            let act = match (&core.id()?.owner, delete) {
                (Owner::User(_), _) => AuditAct::PersonDisconnected,
                (Owner::Shared, true) => AuditAct::SharedDeleted,
                (Owner::Shared, false) => AuditAct::SharedDisconnected,
            };
            core.report(by, act, app, &account)?;
        }
        // A person whose own connection goes without their doing hears of it.
        let lived = matches!(record, Some(Record::Connected(_) | Record::NeedsLogin { .. }));
        if lived && by.is_some() && !core.is_shared() {
            let name = catalogue().app_name(app);
            core.tell_later(|words| text_message(&words.disconnected_by_admin(name, &account)))?;
        }
        Ok(revocation)
    })?;
    let sent = match revocation {
        // What is left is done; that the revocation could not be tried now, changes nothing of that.
        Some(id) => revoking::at_once(core, &id).await.unwrap_or_else(|trouble| {
            core.log(&Event::VaultTrouble { cause: Cause::of(&trouble) });
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
    core.log(&Event::Left {
        app: app.clone(),
        shared: core.is_shared(),
        delete,
        by: leaver.named(core.is_shared()),
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
pub async fn leave_all(core: &Rc<Core>, words: Words, leaver: Leaver<'_>) -> Result<Vec<Receipt>, Trouble> {
    core.sql.transaction(|| {
        core.sql.run("DELETE FROM ticket", values![])?;
        core.sql.run("DELETE FROM attempt", values![])?;
        for app in catalogue().apps.keys() {
            core.end_logins(app)?;
            core.cancel_waiting(app, leaver.admin().is_some())?;
        }
        Ok(())
    })?;
    let there = core.sql.rows("SELECT app FROM connection WHERE status <> 'disconnected'", values![])?;
    let there = there.iter().map(|row| row.parsed(0, AppId::parse)).collect::<Result<Vec<_>, _>>()?;
    // One that cannot be left keeps none of the others.
    let left = join_all(there.iter().map(|app| leave(core, words, app, false, leaver))).await;
    left.into_iter().collect()
}

impl Core {
    /// Ends every login to an app that is under way: its tickets and attempts, and what an exchange brings that has begun.
    /// A link for the company's connection is checked in the company's vault. To be called in a transaction.
    fn end_logins(&self, app: &AppId) -> Result<(), SqlError> {
        self.sql.run(
            "DELETE FROM attempt WHERE json_extract(attempt, '$.ticket') IN
             (SELECT id FROM ticket WHERE app = ? AND shared = 0)",
            values![app.as_str()],
        )?;
        self.sql.run("DELETE FROM ticket WHERE app = ? AND shared = 0", values![app.as_str()])?;
        self.sql.run(
            "INSERT INTO generation (app, generation) VALUES (?, 1)
             ON CONFLICT (app) DO UPDATE SET generation = generation + 1",
            values![app.as_str()],
        )
    }

    /// Notes, for the audit, what an admin did to this owner's connection: due work brings it to the workspace. To be called
    /// in the transaction that does it.
    pub(super) fn report(
        &self,
        by: Option<&Admin>,
        act: AuditAct,
        app: &AppId,
        account: &str,
    ) -> Result<(), SqlError> {
        let Some(by) = by else { return Ok(()) };
        let (user, detail) = match &self.id()?.owner {
            Owner::Shared => (None, account.to_owned()),
            Owner::User(user) => match self.name()? {
                name if name.is_empty() => (Some(user.clone()), account.to_owned()),
                name => (Some(user.clone()), format!("{name}: {account}")),
            },
        };
        let entry = AuditEntry { app: Some(app.clone()), user, detail, ..by.does(act) };
        self.enqueue(&Job::Report { id: fresh_id(), entry }, now())
    }

    /// The card of this owner's connections, of which it shows some.
    pub(super) fn list_card(&self, words: Words, receipt: Option<&Receipt>) -> Result<Value, SqlError> {
        // One more than it shows tells whether there are more.
        let most = i64::try_from(MOST_CONNECTIONS + 1).unwrap_or(i64::MAX);
        let some = self.overview("LIMIT ?", values![most])?;
        let all = if some.len() > MOST_CONNECTIONS {
            let counted = self.sql.row("SELECT count(*) FROM connection", values![])?;
            let counted = counted.map(|row| row.int(0)).transpose()?.unwrap_or_default();
            usize::try_from(counted).unwrap_or_default()
        } else {
            some.len()
        };
        Ok(card::list(words, (&some, all), catalogue_in(words.0), receipt))
    }

    /// Connections of this owner, as they are listed; which of them, says the end of a statement.
    pub(super) fn overview(
        &self,
        which: &str,
        values: Vec<SqlStorageValue>,
    ) -> Result<Vec<Overview>, SqlError> {
        let rows = self.sql.rows(
            &format!("SELECT {COLUMNS}, connected_at, last_used_at, scopes, used_by FROM connection {which}"),
            values,
        )?;
        rows.iter()
            .map(|row| {
                let (app, record) = record(row)?;
                Ok(Overview {
                    account: record.account().label.clone(),
                    status: record.status(),
                    reason: if let Record::NeedsLogin { reason, .. } = record { Some(reason) } else { None },
                    scopes: row.text(12)?.split_whitespace().map(str::to_owned).collect(),
                    connected_at: Timestamp(row.int(10)?),
                    last_used_at: row.optional_int(11)?.map(Timestamp),
                    used_by: row.json(13)?,
                    app,
                })
            })
            .collect()
    }
}
