//! Tokens inside the vault: the journal of revisions, and the sealed tokens of pending revocations.
//!
//! The write path has two phases. First, in the transaction that makes a token set valid, it is sealed under
//! a new data key and inserted into `token_journal`; the wrapped data key goes to `connection`. Then the job
//! `FlushToKv` puts the same bytes into KV, and reads them back at least five minutes later. If they are
//! identical, the job deletes the journal row and, in KV, the revision that it replaced.
//!
//! While a journal row exists, reads use it. Afterwards they use KV. Each revision has its own key in KV and
//! is never overwritten, so a read from KV is either right or a miss, never stale. Revocations and
//! disconnects delete the wrapped key, after which no copy in KV can be opened.

use std::collections::BTreeMap;
use workbot_domain::connection::token_journal::JOURNAL_KEEPS;
use workbot_domain::connection::{AccountIdentity, TokenSet};
use workbot_domain::ids::Revision;
use workbot_domain::seal::{DataKey, SealContext, WrappedKey};
use workbot_domain::time::Timestamp;
use workbot_shared::AppId;

use crate::context::VaultCtx;
use crate::error::VaultError;
use crate::job::Job;
use crate::sql::{Row, SqlError, Tx, values};

/// A revision in the journal.
pub struct JournalEntry {
    /// The tokens, sealed under the revision's data key.
    pub sealed: Vec<u8>,
    /// The revision that it replaces, which is deleted from KV in the end.
    pub replaces: Option<Revision>,
    /// When it was put into KV. `None` before that.
    pub put_at: Option<Timestamp>,
}

/// A data key under a master key that is no longer active.
pub struct RetiredKey {
    /// Whether it belongs to a connection; otherwise to a revocation.
    of_connection: bool,
    id: String,
    /// The app.
    pub app: AppId,
    /// The wrapped data key.
    pub key: WrappedKey,
}

/// A pending revocation.
pub struct RevocationRow {
    /// The revocation's id.
    pub id: String,
    /// The app.
    pub app: AppId,
    /// The wrapped data key of the tokens.
    pub key: WrappedKey,
    /// The sealed tokens. Empty if they are in KV.
    pub sealed: Vec<u8>,
    /// When the revocation was enqueued.
    pub created_at: Timestamp,
    /// The revision that the tokens are sealed as, which is part of the associated data.
    pub revision: Revision,
    /// The account's id at the app. Empty if unknown.
    pub account_id: String,
}

impl VaultCtx {
    /// A revision's journal row, if it exists.
    ///
    /// # Errors
    /// When the database fails or a stored value cannot be read; so in all functions here.
    pub fn journal_entry(&self, app: &AppId, revision: &Revision) -> Result<Option<JournalEntry>, SqlError> {
        let row = self.sql.row(
            "SELECT sealed, replaces, put_at FROM token_journal WHERE app = ? AND revision = ?",
            values![app.as_str(), revision.as_str()],
        )?;
        row.map(|mut row| {
            Ok(JournalEntry {
                sealed: row.bytes()?,
                replaces: row.optional_text()?.map(Revision::from),
                put_at: row.optional_int()?.map(Timestamp),
            })
        })
        .transpose()
    }

    /// Records that a revision was put into KV.
    pub fn note_put(&self, app: &AppId, revision: &Revision) -> Result<(), SqlError> {
        self.sql.run(
            "UPDATE token_journal SET put_at = ? WHERE app = ? AND revision = ?",
            values![self.now().millis(), app.as_str(), revision.as_str()],
        )
    }

    /// Deletes a journal row after KV has confirmed the revision.
    pub fn delete_journal_entry(&self, app: &AppId, revision: &Revision) -> Result<(), SqlError> {
        self.sql.run(
            "DELETE FROM token_journal WHERE app = ? AND revision = ?",
            values![app.as_str(), revision.as_str()],
        )
    }

    /// Clears the time since which a connection's tokens are missing in KV.
    pub fn clear_missing(&self, app: &AppId) -> Result<(), SqlError> {
        self.sql.run(
            "UPDATE connection SET missing_since = NULL WHERE app = ? AND missing_since IS NOT NULL",
            values![app.as_str()],
        )
    }

    /// The time since which a connection's tokens are missing in KV. Starts it if it is not running.
    pub fn missing_since(&self, app: &AppId) -> Result<Timestamp, SqlError> {
        let row = self.sql.row(
            "UPDATE connection SET missing_since = coalesce(missing_since, ?) WHERE app = ? RETURNING missing_since",
            values![self.now().millis(), app.as_str()],
        )?;
        Ok(Timestamp(row.map(|mut row| row.int()).transpose()?.unwrap_or(i64::MAX)))
    }

    /// A pending revocation by its id.
    pub fn revocation(&self, id: &str) -> Result<Option<RevocationRow>, SqlError> {
        let row = self.sql.row(
            "SELECT id, app, kid, wrapped_key, sealed, created_at, coalesce(revision, id), account_id
             FROM revocation WHERE id = ?",
            values![id],
        )?;
        row.map(|mut row| {
            Ok(RevocationRow {
                id: row.text()?,
                app: row.parsed(AppId::parse)?,
                key: WrappedKey { kid: row.text()?, bytes: row.bytes()? },
                sealed: row.bytes()?,
                created_at: Timestamp(row.int()?),
                revision: row.text()?.into(),
                account_id: row.text()?,
            })
        })
        .transpose()
    }

    /// Whether a revocation at an app is pending.
    pub fn is_revoking(&self, app: &AppId) -> Result<bool, SqlError> {
        let row = self.sql.row("SELECT 1 FROM revocation WHERE app = ? LIMIT 1", values![app.as_str()])?;
        Ok(row.is_some())
    }

    /// Stores new tokens of a pending revocation, sealed with its key and revision.
    pub fn store_revocation_tokens(&self, id: &str, sealed: Vec<u8>) -> Result<(), SqlError> {
        self.sql.run("UPDATE revocation SET sealed = ? WHERE id = ?", values![sealed, id])
    }

    /// The number of pending revocations of an app, by master key.
    pub fn revocation_keys(&self, app: &AppId) -> Result<BTreeMap<String, i64>, SqlError> {
        let rows = self
            .sql
            .rows("SELECT kid, count(*) FROM revocation WHERE app = ? GROUP BY kid", values![app.as_str()])?;
        rows.into_iter().map(|mut row| Ok((row.text()?, row.int()?))).collect()
    }

    /// The data keys of connections and revocations that a master key other than the active one wraps.
    pub fn keys_under_old_master_keys(&self, active: &str) -> Result<Vec<RetiredKey>, SqlError> {
        let rows = self.sql.rows(
            "SELECT 'connection', app, app, kid, wrapped_key FROM connection WHERE kid IS NOT NULL AND kid <> ?1
             UNION ALL SELECT 'revocation', id, app, kid, wrapped_key FROM revocation WHERE kid <> ?1",
            values![active],
        )?;
        let retired = |mut row: Row| {
            Ok(RetiredKey {
                of_connection: row.text()? == "connection",
                id: row.text()?,
                app: row.parsed(AppId::parse)?,
                key: WrappedKey { kid: row.text()?, bytes: row.bytes()? },
            })
        };
        rows.into_iter().map(retired).collect()
    }

    /// Replaces a wrapped data key, unless another writer has replaced it.
    pub fn store_rewrapped_key(&self, _: &Tx, retired: &RetiredKey, new: WrappedKey) -> Result<(), SqlError> {
        let statement = if retired.of_connection {
            "UPDATE connection SET kid = ?, wrapped_key = ? WHERE app = ? AND kid = ?"
        } else {
            "UPDATE revocation SET kid = ?, wrapped_key = ? WHERE id = ? AND kid = ?"
        };
        self.sql.run(statement, values![new.kid, new.bytes, retired.id.as_str(), retired.key.kid.as_str()])
    }

    /// Phase one of the write path: seals a token set under a new data key into the journal, as the
    /// connection's valid revision, and enqueues the job that writes it to KV.
    pub fn write_journal(
        &self,
        _tx: &Tx,
        app: &AppId,
        revision: &Revision,
        tokens: &TokenSet,
        replaces: Option<&Revision>,
    ) -> Result<(), SqlError> {
        let (key, wrapped) = self.new_key(app)?;
        let place = SealContext { vault: self.id()?, app };
        let sealed = key.seal(place, revision.as_str(), self.random(), &tokens.to_bytes()?);
        self.sql.run(
            "INSERT INTO token_journal (app, revision, sealed, replaces, written_at) VALUES (?, ?, ?, ?, ?)",
            values![
                app.as_str(),
                revision.as_str(),
                sealed,
                replaces.map(|before| before.as_str().to_owned()),
                self.now().millis()
            ],
        )?;
        // A refresh changes the directory's row only if the master key has changed.
        let news = self.sql.row(
            "SELECT 1 FROM connection WHERE app = ? AND kid IS NOT ?",
            values![app.as_str(), wrapped.kid.as_str()],
        )?;
        if news.is_some() {
            self.enqueue(&Job::SyncDirectory { app: app.clone() }, self.now())?;
        }
        self.sql.run(
            "UPDATE connection SET kid = ?, wrapped_key = ?, expires_at = ? WHERE app = ?",
            values![wrapped.kid, wrapped.bytes, tokens.expires_at.millis(), app.as_str()],
        )?;
        self.enqueue(&Job::FlushToKv { app: app.clone(), revision: revision.clone() }, self.now())
    }

    /// A new data key, and the same key wrapped by the active master key.
    pub fn new_key(&self, app: &AppId) -> Result<(DataKey, WrappedKey), VaultError> {
        let key = DataKey::new(self.random());
        let wrapped =
            self.config()?.master_keys.wrap(SealContext { vault: self.id()?, app }, &key, self.random());
        Ok((key, wrapped))
    }

    /// Deletes a revocation with its key and tokens, and enqueues the deletion of their copy in KV.
    pub fn end_revocation(&self, id: &str) -> Result<(), SqlError> {
        self.sql.transaction(|_| {
            let row =
                self.sql.row("DELETE FROM revocation WHERE id = ? RETURNING app, revision", values![id])?;
            let Some(mut row) = row else { return Ok(()) };
            let app = row.parsed(AppId::parse)?;
            self.enqueue(&Job::SyncDirectory { app: app.clone() }, self.now())?;
            match row.optional_text()?.map(Revision::from) {
                Some(revision) => self.enqueue(&Job::DeleteFromKv { app, revision }, self.now()),
                None => Ok(()),
            }
        })
    }

    /// Enqueues the revocation of tokens that were never stored as a connection. `account` is their account,
    /// if it is known.
    pub fn enqueue_revocation(
        &self,
        tx: &Tx,
        app: &AppId,
        tokens: &TokenSet,
        account: Option<&AccountIdentity>,
    ) -> Result<(), SqlError> {
        self.enqueue_revocation_at(tx, app, tokens, account, self.now()).map(|_| ())
    }

    /// Enqueues such a revocation for a time. Returns its id.
    pub fn enqueue_revocation_at(
        &self,
        tx: &Tx,
        app: &AppId,
        tokens: &TokenSet,
        account: Option<&AccountIdentity>,
        at: Timestamp,
    ) -> Result<String, SqlError> {
        let id = self.fresh_id();
        let (key, wrapped) = self.new_key(app)?;
        let sealed =
            key.seal(SealContext { vault: self.id()?, app }, &id, self.random(), &tokens.to_bytes()?);
        let account_id = account.map_or("", |account| account.id.as_str());
        self.note_revocation(tx, (&id, at), app, (None, account_id), &wrapped, sealed)?;
        Ok(id)
    }

    /// Records the account of a pending revocation.
    pub fn set_revocation_account(
        &self,
        _tx: &Tx,
        revocation: &str,
        account_id: &str,
    ) -> Result<(), SqlError> {
        self.sql.run("UPDATE revocation SET account_id = ? WHERE id = ?", values![account_id, revocation])
    }

    /// Cancels a pending revocation because its tokens become the connection. Returns whether it was still
    /// pending.
    pub fn cancel_revocation(&self, _: &Tx, revocation: &str) -> Result<bool, SqlError> {
        let job = Job::Revoke { id: revocation.to_owned() };
        self.sql.run("DELETE FROM job WHERE id = ?", values![job.key()])?;
        self.sql.changed("DELETE FROM revocation WHERE id = ? RETURNING 1", values![revocation])
    }

    fn note_revocation(
        &self,
        _tx: &Tx,
        (id, at): (&str, Timestamp),
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
                self.now().millis(),
            ],
        )?;
        // The directory counts the master key of a pending revocation as used.
        self.enqueue(&Job::SyncDirectory { app: app.clone() }, self.now())?;
        self.enqueue(&Job::Revoke { id: id.to_owned() }, at)
    }

    /// Detaches the tokens of a connection, in the transaction that disconnects or replaces it. With `revoke`
    /// the wrapped key moves to `revocation`, together with the tokens if the journal holds them. Otherwise
    /// the key is deleted, and the copy in KV can never be opened again. Returns the revocation's id.
    pub fn detach_tokens(&self, tx: &Tx, app: &AppId, revoke: bool) -> Result<Option<String>, SqlError> {
        let journal = self.sql.rows(
            "DELETE FROM token_journal WHERE app = ? RETURNING revision, sealed, replaces",
            values![app.as_str()],
        )?;
        let row = self.sql.row(
            "SELECT revision, kid, wrapped_key, account_id FROM connection
             WHERE app = ? AND wrapped_key IS NOT NULL",
            values![app.as_str()],
        )?;
        let (mut leftovers, mut held) = (Vec::new(), BTreeMap::new());
        for mut row in journal {
            let (revision, sealed) = (Revision::from(row.text()?), row.bytes()?);
            leftovers.extend(row.optional_text()?.map(Revision::from));
            leftovers.push(revision.clone());
            held.insert(revision, sealed);
        }
        let mut revocation = None;
        if let Some(mut row) = row {
            let revision = Revision::from(row.text()?);
            let held = held.remove(&revision);
            if revoke {
                let id = self.fresh_id();
                let wrapped = WrappedKey { kid: row.text()?, bytes: row.bytes()? };
                let needed = held.is_none().then_some(&revision);
                let sealed = held.unwrap_or_default();
                // The associated data names this revision, wherever the tokens are stored.
                let now = self.now();
                self.note_revocation(
                    tx,
                    (&id, now),
                    app,
                    (Some(revision.as_str()), &row.text()?),
                    &wrapped,
                    sealed,
                )?;
                leftovers.retain(|leftover| needed != Some(leftover));
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
            // Delayed, because a write to KV may be under way.
            self.enqueue(&Job::DeleteFromKv { app: app.clone(), revision }, self.now() + JOURNAL_KEEPS)?;
        }
        Ok(revocation)
    }
}
