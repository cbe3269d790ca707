//! Leaving a connection: Disconnect keeps the bare record, Delete forgets it too. Both make it unusable at once, destroy
//! its keys, and revoke the access at the app; both are safe to repeat.

use std::rc::Rc;
use std::time::Duration;
use workbot_domain::connection::{Overview, Record, rows};
use workbot_domain::text;
use workbot_domain::time::Timestamp;
use workbot_shared::{AppId, AuditAct, AuditEntry, Auth, ConnectionStatus, Receipt, RevocationOutcome};

use super::due::Job;
use super::protocol::{Admin, VaultAnswer};
use super::{Core, Trouble, grants};
use crate::app_client::AppClient;
use crate::catalogue::catalogue;
use crate::clock::{fresh_id, now, within};
use crate::sql::SqlError;
use crate::values;

/// A person who presses a button waits this long for the app; due work goes on after.
const AT_ONCE: Duration = Duration::from_secs(4);

/// The rows of the owner's list.
pub fn list(core: &Core) -> Result<VaultAnswer, Trouble> {
    let config = core.config()?;
    let set_up = |app: &AppId| config.apps.contains_key(app);
    Ok(VaultAnswer::Listed(rows(&core.id()?.owner, &core.overview()?, catalogue(), &set_up)))
}

/// Leaves a connection. `by` is who does it for the company.
pub async fn leave(
    core: &Rc<Core>,
    app: &AppId,
    delete: bool,
    by: Option<&Admin>,
) -> Result<Receipt, Trouble> {
    let record = core.record(app)?;
    // Read before the keys are gone; without tokens there is nothing that an app could revoke.
    let tokens = match &record {
        Some(Record::Connected(connected)) => core.tokens(app, connected).await.ok(),
        _ => None,
    };
    let config = core.config()?;
    let client = AppClient::of(&config, app);
    let revocable = client
        .and_then(|client| client.app.oauth2.as_ref())
        .is_some_and(|oauth2| oauth2.revoke_url.is_some());
    let account = record.as_ref().map(|record| record.account().label.clone()).unwrap_or_default();
    let revocation = core.sql.transaction(|| {
        let revocation = match &tokens {
            Some(tokens) if revocable => core.revoke_later(app, tokens)?,
            _ => None,
        };
        core.forget(app, delete)?;
        if record.is_some() {
            let act = if delete { AuditAct::SharedDeleted } else { AuditAct::SharedDisconnected };
            core.report(by, act, app, &account)?;
        }
        Ok(revocation)
    })?;
    let outcome = match (&record, revocation) {
        (_, Some(id)) => at_once(core, &id).await?,
        (Some(Record::Connected(_)), None) if !revocable => RevocationOutcome::Unsupported,
        _ => RevocationOutcome::NothingToDo,
    };
    let status = if delete || record.is_none() {
        ConnectionStatus::NotConnected
    } else {
        ConnectionStatus::Disconnected
    };
    let auth = catalogue().apps.get(app).map_or(Auth::Oauth2, |app| app.auth);
    worker::console_log!(
        "{{\"event\":\"left\",\"app\":\"{app}\",\"delete\":{delete},\"outcome\":\"{outcome:?}\"}}"
    );
    Ok(Receipt {
        app: app.clone(),
        account,
        status,
        outcome,
        message: text::left(delete, catalogue().app_name(app), auth, outcome),
        link: client
            .filter(|_| outcome == RevocationOutcome::Unsupported)
            .and_then(|client| client.manage_url()),
    })
}

/// Tries a noted revocation for as long as a person waits. It stays noted until it succeeded.
async fn at_once(core: &Rc<Core>, id: &str) -> Result<RevocationOutcome, Trouble> {
    within(AT_ONCE, grants::revoke(core, id)).await.transpose()?;
    let waits = core.sql.row("SELECT 1 FROM revocation WHERE id = ?", values![id])?.is_some();
    Ok(if waits { RevocationOutcome::Retrying } else { RevocationOutcome::Revoked })
}

impl Core {
    /// Destroys the keys of a connection and what the journal holds; with its row, if it is deleted. What lies in KV
    /// can never be opened again, and due work removes it. To be called in a transaction.
    fn forget(&self, app: &AppId, delete: bool) -> Result<(), SqlError> {
        let row = self.sql.row("SELECT revision FROM connection WHERE app = ?", values![app.as_str()])?;
        if let Some(revision) = row.and_then(|row| row.optional_text(0)) {
            self.enqueue(&Job::Remove { app: app.clone(), revision }, now())?;
        }
        self.sql.run("DELETE FROM journal WHERE app = ?", values![app.as_str()])?;
        self.drop_intent(app)?;
        if delete {
            return self.sql.run("DELETE FROM connection WHERE app = ?", values![app.as_str()]);
        }
        self.sql.run(
            "UPDATE connection SET status = 'disconnected', reason = NULL, revision = NULL, kid = NULL,
             wrapped_key = NULL, expires_at = NULL, rotated = NULL, missing_since = NULL, scopes = '' WHERE app = ?",
            values![app.as_str()],
        )
    }

    /// Notes, for the audit, what an admin did to a shared connection: due work brings it to the workspace. To be called
    /// in the transaction that does it.
    pub(super) fn report(
        &self,
        by: Option<&Admin>,
        act: AuditAct,
        app: &AppId,
        account: &str,
    ) -> Result<(), SqlError> {
        let Some(by) = by else { return Ok(()) };
        let entry = AuditEntry {
            at: now().rfc3339(),
            by: by.user.clone(),
            by_name: by.name.clone(),
            act,
            app: Some(app.clone()),
            recipe: None,
            detail: account.to_owned(),
        };
        self.enqueue(&Job::Report { id: fresh_id(), entry }, now())
    }

    /// All connections of this owner, as they are listed.
    pub(super) fn overview(&self) -> Result<Vec<Overview>, SqlError> {
        let times = self
            .sql
            .rows("SELECT app, connected_at, last_used_at, scopes, used_by FROM connection", values![])?;
        let records = self.records()?;
        Ok(times
            .iter()
            .filter_map(|row| {
                let app = AppId::parse(&row.text(0)).ok()?;
                let record = records.get(&app)?;
                Some(Overview {
                    account: record.account().label.clone(),
                    status: record.status(),
                    reason: if let Record::NeedsLogin { reason, .. } = record { Some(*reason) } else { None },
                    scopes: row.text(3).split_whitespace().map(str::to_owned).collect(),
                    connected_at: Timestamp(row.int(1)),
                    last_used_at: row.optional_int(2).map(Timestamp),
                    used_by: row.json(4).unwrap_or_default(),
                    app,
                })
            })
            .collect())
    }
}
