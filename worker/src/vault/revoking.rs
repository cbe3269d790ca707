//! Revoking: a grant that is no longer wanted is ended at its app. What that needs is kept sealed under a key of its own,
//! until the app did it, or for a day.

use futures_util::future::join_all;
use std::collections::BTreeMap;
use std::time::Duration;
use workbot_domain::catalogue::Revokes;
use workbot_domain::config::Config;
use workbot_domain::connection::{AccountIdentity, Record, TokenSet};
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

/// What came of sending a revocation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// It is over.
    Over(RevocationOutcome),
    /// The app refuses; it is asked again.
    Refused,
    /// It is not known, or the app does not answer; it is asked again, and not before this has passed.
    Later(Duration),
}

/// Sends a noted revocation.
pub async fn revoke(core: &Core, id: &str) -> Result<Sent, Trouble> {
    let row = core.sql.row(
        "SELECT app, kid, wrapped_key, sealed, created_at, coalesce(revision, id), account_id
         FROM revocation WHERE id = ?",
        values![id],
    )?;
    let Some(row) = row else { return Ok(Sent::Over(RevocationOutcome::NothingToDo)) };
    let app = row.parsed(0, AppId::parse)?;
    let (revision, sealed) = (row.text(5)?, row.bytes(3)?);
    let wrapped = WrappedKey { kid: row.text(1)?, bytes: row.bytes(2)? };
    if now() - REVOKE_FOR > Timestamp(row.int(4)?) {
        core.log(&Event::RevocationGivenUp { app });
        return core.revoked(id, RevocationOutcome::Retrying);
    }
    let config = core.config()?;
    let Some(client) = AppClient::of(&config, &app) else { return Ok(Sent::Later(Duration::ZERO)) };
    // Where the journal did not hold the tokens any more, they are in KV.
    let sealed = if sealed.is_empty() { core.kv_get(&app, &revision).await? } else { Some(sealed) };
    let place = Place { vault: core.id()?, app: &app };
    let (Some(sealed), Ok(key)) = (sealed, config.master_keys.unwrap(place, &wrapped)) else {
        return Ok(Sent::Later(Duration::ZERO));
    };
    let tokens = key.open(place, &revision, &sealed).ok().and_then(|plain| TokenSet::from_bytes(&plain));
    // Of a version that this one does not know, most likely: kept for one that does.
    let tokens = tokens.ok_or_else(|| SqlError::unreadable("tokens of a revocation"))?;
    let ends_all = client.app.oauth2.as_ref().is_some_and(|oauth2| oauth2.revokes == Revokes::Grant);
    // The refresh token first: with it goes, at most apps, every access token.
    for token in tokens.refresh_token.iter().chain([&tokens.access_token]) {
        // Asked at the last moment: somebody may have logged in.
        if ends_all {
            match core.account_lives(&config, &app, &row.text(6)?).await? {
                Some(true) => return core.revoked(id, RevocationOutcome::KeptForOther),
                Some(false) => {}
                None => return Ok(Sent::Later(Duration::ZERO)),
            }
        }
        match client.revoke(token).await {
            Revoked::Done if ends_all => break,
            Revoked::Done | Revoked::Unsupported => {}
            Revoked::Later(after) => return Ok(Sent::Later(after)),
            Revoked::Refused { status } => {
                core.log(&Event::AppSetup { app, status });
                return Ok(Sent::Refused);
            }
        }
    }
    core.revoked(id, RevocationOutcome::Revoked)
}

/// As due work: an app that is down is asked again, each time later.
pub async fn work(core: &Core, id: &str) -> Result<Finish, Trouble> {
    let stated = match revoke(core, id).await? {
        Sent::Over(_) => return Ok(Finish::Done),
        Sent::Refused => Duration::ZERO,
        Sent::Later(stated) => stated,
    };
    let row = core.sql.row("SELECT created_at FROM revocation WHERE id = ?", values![id])?;
    let since = row.map(|row| row.int(0)).transpose()?;
    let down_for = since.map_or(0, |since| now().millis() - since);
    let half = Duration::from_millis(u64::try_from(down_for / 2).unwrap_or(0));
    Ok(Finish::Again(jittered(half.clamp(SOONEST, LATEST)).max(stated)))
}

/// For as long as a person waits; due work goes on after, and not before an app that answered wants to be asked again.
pub async fn at_once(core: &Core, id: &str) -> Result<Sent, Trouble> {
    let Some(sent) = within(AT_ONCE, revoke(core, id)).await.transpose()? else {
        return Ok(Sent::Later(Duration::ZERO));
    };
    let after = match sent {
        Sent::Over(_) => return Ok(sent),
        Sent::Refused => SOONEST,
        Sent::Later(stated) => stated.max(SOONEST),
    };
    core.sql.run(
        "UPDATE due SET due_at = max(due_at, ?) WHERE id = ?",
        values![(now() + after).millis(), Job::Revoke { id: id.to_owned() }.key()],
    )?;
    Ok(sent)
}

impl Core {
    /// A revocation is over: what it needed is destroyed.
    fn revoked(&self, id: &str, outcome: RevocationOutcome) -> Result<Sent, Trouble> {
        self.sql.transaction(|| {
            let row =
                self.sql.row("DELETE FROM revocation WHERE id = ? RETURNING app, revision", values![id])?;
            let Some(row) = row else { return Ok(()) };
            let app = row.parsed(0, AppId::parse)?;
            self.enqueue(&Job::Direct { app: app.clone() }, now())?;
            match row.optional_text(1)? {
                Some(revision) => self.enqueue(&Job::Remove { app, revision }, now()),
                None => Ok(()),
            }
        })?;
        Ok(Sent::Over(outcome))
    }

    /// Whether a login with this account is in use, so that it would end with a revocation at an app where one ends them
    /// all: this owner's, another's, or one in another tenant, as all share our client there. An account that is not known
    /// (empty) could be anybody's. `None`: it cannot be told now.
    async fn account_lives(
        &self,
        config: &Config,
        app: &AppId,
        account_id: &str,
    ) -> Result<Option<bool>, Trouble> {
        let own = self.record(app)?;
        if account_id.is_empty()
            || matches!(&own, Some(Record::Connected(connected)) if connected.account.id == account_id)
        {
            return Ok(Some(true));
        }
        let VaultId { tenant: here, owner } = self.id()?;
        let asked = config.allowed_tenants.iter().map(|tenant| {
            let except = (tenant == here).then(|| owner.clone());
            workspace::has_account(&self.env, tenant, (app.clone(), account_id.to_owned()), except)
        });
        let told = join_all(asked).await;
        if told.iter().any(|told| matches!(told, Ok(true))) {
            return Ok(Some(true));
        }
        Ok(told.iter().all(Result::is_ok).then_some(false))
    }

    /// Notes tokens that were never kept to be revoked, with the account that they are of, if it is known. To be called in
    /// a transaction.
    pub(super) fn revoke_later(
        &self,
        app: &AppId,
        tokens: &TokenSet,
        account: Option<&AccountIdentity>,
    ) -> Result<(), SqlError> {
        let id = fresh_id();
        let (key, wrapped) = self.new_key(app)?;
        let sealed = key.seal(Place { vault: self.id()?, app }, &id, random(), &tokens.to_bytes()?);
        let account_id = account.map_or("", |account| account.id.as_str());
        self.note_revocation(&id, app, (None, account_id), &wrapped, sealed)
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
        let (mut leftovers, mut held) = (Vec::new(), BTreeMap::new());
        for row in &journal {
            leftovers.extend(row.optional_text(2)?);
            leftovers.push(row.text(0)?);
            held.insert(row.text(0)?, row.bytes(1)?);
        }
        let mut revocation = None;
        if let Some(row) = row {
            let revision = row.text(0)?;
            let held = held.remove(&revision);
            if revoke {
                let id = fresh_id();
                let wrapped = WrappedKey { kid: row.text(1)?, bytes: row.bytes(2)? };
                let needed = held.is_none().then_some(revision.as_str());
                let sealed = held.unwrap_or_default();
                // Sealed as this revision, wherever it lies.
                self.note_revocation(&id, app, (Some(&revision), &row.text(3)?), &wrapped, sealed)?;
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
