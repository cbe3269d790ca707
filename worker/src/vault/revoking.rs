//! Revoking: a grant that is no longer wanted is ended at its app. What that needs is kept sealed under a key of its own,
//! until the app did it, or for a day.

use std::time::Duration;
use workbot_domain::catalogue::Revokes;
use workbot_domain::connection::TokenSet;
use workbot_domain::event::Event;
use workbot_domain::owner::VaultId;
use workbot_domain::seal::{Place, WrappedKey};
use workbot_domain::time::Timestamp;
use workbot_shared::{AppId, RevocationOutcome};

use super::connections::JOURNAL_KEEPS;
use super::due::{Finish, Job};
use super::{Core, Trouble};
use crate::app_client::{AppClient, Revoked};
use crate::clock::{fresh_id, jittered, now, random, within};
use crate::sql::SqlError;
use crate::{values, workspace};

/// After this, what revocation needs is destroyed.
const REVOKE_FOR: Duration = Duration::from_secs(24 * 3600);
/// A person who presses a button waits this long for the app.
const AT_ONCE: Duration = Duration::from_secs(4);
/// An app that is down is asked again after half of the time that it has been down for, within these limits.
const SOONEST: Duration = Duration::from_secs(15);
const LATEST: Duration = Duration::from_secs(3600);

/// Sends a noted revocation. `None`: not yet.
pub async fn revoke(core: &Core, id: &str) -> Result<Option<RevocationOutcome>, Trouble> {
    let row = core.sql.row(
        "SELECT app, kid, wrapped_key, sealed, created_at, coalesce(revision, id), account_id
         FROM revocation WHERE id = ?",
        values![id],
    )?;
    let Some(row) = row else { return Ok(Some(RevocationOutcome::NothingToDo)) };
    let Ok(app) = AppId::parse(&row.text(0)) else { return core.revoked(id, RevocationOutcome::NothingToDo) };
    let (revision, sealed) = (row.text(5), row.bytes(3));
    let wrapped = WrappedKey { kid: row.text(1), bytes: row.bytes(2) };
    if now() - REVOKE_FOR > Timestamp(row.int(4)) {
        core.log(&Event::RevocationGivenUp { app });
        return core.revoked(id, RevocationOutcome::Retrying);
    }
    let config = core.config()?;
    let Some(client) = AppClient::of(&config, &app) else { return Ok(None) };
    // Revoking one token would end every grant of the account: also that of whoever else is connected with it.
    if client.app.oauth2.as_ref().is_some_and(|oauth2| oauth2.revokes == Revokes::Grant)
        && let Some(account) = Some(row.text(6)).filter(|account| !account.is_empty())
    {
        let VaultId { tenant, owner } = core.id()?.clone();
        match workspace::has_account(&core.env, &tenant, (app.clone(), account), owner).await {
            Ok(true) => return core.revoked(id, RevocationOutcome::KeptForOther),
            Ok(false) => {}
            Err(_) => return Ok(None),
        }
    }
    // Where the journal did not hold the tokens any more, they are in KV.
    let sealed = if sealed.is_empty() { core.kv_get(&app, &revision).await? } else { Some(sealed) };
    let place = Place { vault: core.id()?, app: &app };
    let (Some(sealed), Ok(key)) = (sealed, config.master_keys.unwrap(place, &wrapped)) else {
        return Ok(None);
    };
    let tokens = key.open(place, &revision, &sealed).ok().and_then(|plain| TokenSet::from_bytes(&plain));
    let Some(tokens) = tokens else { return core.revoked(id, RevocationOutcome::NothingToDo) };
    // The refresh token first: with it goes, at most apps, every access token.
    for token in tokens.refresh_token.iter().chain([&tokens.access_token]) {
        if client.revoke(token).await == Revoked::Later {
            return Ok(None);
        }
    }
    core.revoked(id, RevocationOutcome::Revoked)
}

/// As due work: an app that is down is asked again, each time later.
pub async fn work(core: &Core, id: &str) -> Result<Finish, Trouble> {
    if revoke(core, id).await?.is_some() {
        return Ok(Finish::Done);
    }
    let row = core.sql.row("SELECT created_at FROM revocation WHERE id = ?", values![id])?;
    let down_for = row.map_or(0, |row| now().millis() - row.int(0));
    let half = Duration::from_millis(u64::try_from(down_for / 2).unwrap_or(0));
    Ok(Finish::Again(jittered(half.clamp(SOONEST, LATEST))))
}

/// For as long as a person waits; due work goes on after.
pub async fn at_once(core: &Core, id: &str) -> Result<RevocationOutcome, Trouble> {
    let outcome = within(AT_ONCE, revoke(core, id)).await.transpose()?;
    Ok(outcome.flatten().unwrap_or(RevocationOutcome::Retrying))
}

impl Core {
    /// A revocation is over: what it needed is destroyed.
    fn revoked(&self, id: &str, outcome: RevocationOutcome) -> Result<Option<RevocationOutcome>, Trouble> {
        self.sql.transaction(|| {
            let row =
                self.sql.row("DELETE FROM revocation WHERE id = ? RETURNING app, revision", values![id])?;
            let app = row.as_ref().and_then(|row| AppId::parse(&row.text(0)).ok());
            let revision = row.and_then(|row| row.optional_text(1));
            if let Some(app) = &app {
                self.enqueue(&Job::Direct { app: app.clone() }, now())?;
            }
            match (app, revision) {
                (Some(app), Some(revision)) => self.enqueue(&Job::Remove { app, revision }, now()),
                _ => Ok(()),
            }
        })?;
        Ok(Some(outcome))
    }

    /// Notes tokens that were never kept to be revoked. To be called in a transaction.
    pub(super) fn revoke_later(&self, app: &AppId, tokens: &TokenSet) -> Result<(), SqlError> {
        let id = fresh_id();
        let (key, wrapped) = self.new_key(app)?;
        let sealed = key.seal(Place { vault: self.id()?, app }, &id, random(), &tokens.to_bytes());
        self.note_revocation(&id, app, (None, ""), &wrapped, sealed)
    }

    fn note_revocation(
        &self,
        id: &str,
        app: &AppId,
        (revision, account_id): (Option<&str>, &str),
        wrapped: &WrappedKey,
        sealed: Vec<u8>,
    ) -> Result<(), SqlError> {
        self.sql.run(
            "INSERT INTO revocation (id, app, revision, account_id, kid, wrapped_key, sealed, created_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            values![
                id,
                app.as_str(),
                revision.map(str::to_owned),
                account_id,
                wrapped.kid.as_str(),
                wrapped.bytes.clone(),
                sealed,
                now().millis(),
            ],
        )?;
        // As long as it is under way, the directory counts its key among those in use.
        self.enqueue(&Job::Direct { app: app.clone() }, now())?;
        self.enqueue(&Job::Revoke { id: id.to_owned() }, now())
    }

    /// Takes the tokens of a connection out of use, in the transaction that leaves or replaces it. If they are to be
    /// revoked, the key that opens them moves to `revocation`, with what the journal holds; otherwise it is destroyed, and
    /// what lies in KV can never be opened again. Nothing is waited for. Returns the revocation's id.
    pub(super) fn retire(&self, app: &AppId, revoke: bool) -> Result<Option<String>, SqlError> {
        let journal = self.sql.rows(
            "DELETE FROM journal WHERE app = ? RETURNING revision, sealed, replaces",
            values![app.as_str()],
        )?;
        let row = self.sql.row(
            "SELECT revision, kid, wrapped_key, account_id FROM connection
             WHERE app = ? AND wrapped_key IS NOT NULL",
            values![app.as_str()],
        )?;
        let mut leftovers: Vec<_> = journal.iter().filter_map(|row| row.optional_text(2)).collect();
        leftovers.extend(journal.iter().map(|row| row.text(0)));
        let mut revocation = None;
        if let Some(row) = row {
            let revision = row.text(0);
            let held = journal.iter().find(|held| held.text(0) == revision).map(|held| held.bytes(1));
            if revoke {
                let id = fresh_id();
                let wrapped = WrappedKey { kid: row.text(1), bytes: row.bytes(2) };
                let needed = held.is_none().then_some(revision.as_str());
                let sealed = held.unwrap_or_default();
                // Sealed as this revision, wherever it lies.
                self.note_revocation(&id, app, (Some(&revision), &row.text(3)), &wrapped, sealed)?;
                leftovers.retain(|leftover| needed != Some(leftover.as_str()));
                revocation = Some(id);
            } else {
                leftovers.push(revision);
            }
            self.sql.run(
                "UPDATE connection SET revision = NULL, kid = NULL, wrapped_key = NULL WHERE app = ?",
                values![app.as_str()],
            )?;
        }
        for revision in leftovers {
            // Later: a write to KV may be under way.
            self.enqueue(&Job::Remove { app: app.clone(), revision }, now() + JOURNAL_KEEPS)?;
        }
        Ok(revocation)
    }
}
