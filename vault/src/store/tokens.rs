//! Where tokens are while the vault holds them: the journal, and what revocations need.

use std::collections::BTreeMap;
use workbot_domain::connection::token_storage::JOURNAL_KEEPS;
use workbot_domain::connection::{AccountIdentity, TokenSet};
use workbot_domain::seal::{DataKey, SealContext, WrappedKey};
use workbot_domain::time::Timestamp;
use workbot_shared::AppId;

use crate::context::{VaultCtx, VaultError};
use crate::job::Job;
use crate::sql::{Row, SqlError, Tx, values};

/// A revision that the journal holds.
pub struct JournalEntry {
    pub sealed: Vec<u8>,
    /// The revision that it replaced.
    pub replaces: Option<String>,
    /// When KV took it.
    pub put_at: Option<Timestamp>,
}

/// A data key that a retired master key wraps.
pub struct RetiredKey {
    /// Of a connection; otherwise of a revocation.
    of_connection: bool,
    id: String,
    pub app: AppId,
    pub key: WrappedKey,
}

/// A revocation that is under way.
pub struct RevocationRow {
    pub app: AppId,
    pub key: WrappedKey,
    /// Empty where KV has the tokens.
    pub sealed: Vec<u8>,
    pub created_at: Timestamp,
    /// What they are sealed as.
    pub revision: String,
    /// Empty where it is not known.
    pub account_id: String,
}

impl VaultCtx {
    /// A revision, as long as the journal holds it.
    pub fn journal_entry(&self, app: &AppId, revision: &str) -> Result<Option<JournalEntry>, SqlError> {
        let row = self.sql.row(
            "SELECT sealed, replaces, put_at FROM token_journal WHERE app = ? AND revision = ?",
            values![app.as_str(), revision],
        )?;
        row.map(|mut row| {
            Ok(JournalEntry {
                sealed: row.bytes()?,
                replaces: row.optional_text()?,
                put_at: row.optional_int()?.map(Timestamp),
            })
        })
        .transpose()
    }

    /// KV took a revision.
    pub fn note_put(&self, app: &AppId, revision: &str) -> Result<(), SqlError> {
        self.sql.run(
            "UPDATE token_journal SET put_at = ? WHERE app = ? AND revision = ?",
            values![self.now().millis(), app.as_str(), revision],
        )
    }

    /// KV keeps a revision: the journal lets go of it.
    pub fn delete_journal_entry(&self, app: &AppId, revision: &str) -> Result<(), SqlError> {
        self.sql
            .run("DELETE FROM token_journal WHERE app = ? AND revision = ?", values![app.as_str(), revision])
    }

    /// The tokens of a connection were found in KV.
    pub fn clear_missing(&self, app: &AppId) -> Result<(), SqlError> {
        self.sql.run(
            "UPDATE connection SET missing_since = NULL WHERE app = ? AND missing_since IS NOT NULL",
            values![app.as_str()],
        )
    }

    /// The tokens of a connection were not found in KV: since when.
    pub fn missing_since(&self, app: &AppId) -> Result<Timestamp, SqlError> {
        let row = self.sql.row(
            "UPDATE connection SET missing_since = coalesce(missing_since, ?) WHERE app = ? RETURNING missing_since",
            values![self.now().millis(), app.as_str()],
        )?;
        Ok(Timestamp(row.map(|mut row| row.int()).transpose()?.unwrap_or(i64::MAX)))
    }

    /// A revocation that is under way.
    pub fn revocation(&self, id: &str) -> Result<Option<RevocationRow>, SqlError> {
        let row = self.sql.row(
            "SELECT app, kid, wrapped_key, sealed, created_at, coalesce(revision, id), account_id
             FROM revocation WHERE id = ?",
            values![id],
        )?;
        row.map(|mut row| {
            Ok(RevocationRow {
                app: row.parsed(AppId::parse)?,
                key: WrappedKey { kid: row.text()?, bytes: row.bytes()? },
                sealed: row.bytes()?,
                created_at: Timestamp(row.int()?),
                revision: row.text()?,
                account_id: row.text()?,
            })
        })
        .transpose()
    }

    /// How many revocations of an app's grants each master key wraps.
    pub fn revocation_keys(&self, app: &AppId) -> Result<BTreeMap<String, i64>, SqlError> {
        let rows = self
            .sql
            .rows("SELECT kid, count(*) FROM revocation WHERE app = ? GROUP BY kid", values![app.as_str()])?;
        rows.into_iter().map(|mut row| Ok((row.text()?, row.int()?))).collect()
    }

    /// The data keys that another master key than the active one wraps: of connections, and of revocations.
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

    /// A data key is wrapped anew, unless it has been replaced meanwhile.
    pub fn store_rewrapped_key(&self, _: &Tx, retired: &RetiredKey, new: WrappedKey) -> Result<(), SqlError> {
        let statement = if retired.of_connection {
            "UPDATE connection SET kid = ?, wrapped_key = ? WHERE app = ? AND kid = ?"
        } else {
            "UPDATE revocation SET kid = ?, wrapped_key = ? WHERE id = ? AND kid = ?"
        };
        self.sql.run(statement, values![new.kid, new.bytes, retired.id.as_str(), retired.key.kid.as_str()])
    }

    /// Journal first: seals a token set into the journal, as the revision that is valid from now on, under a data key of
    /// its own; and notes the work that brings it to KV.
    pub fn write_journal(
        &self,
        _tx: &Tx,
        app: &AppId,
        revision: &str,
        tokens: &TokenSet,
        replaces: Option<&str>,
    ) -> Result<(), SqlError> {
        let (key, wrapped) = self.new_key(app)?;
        let place = SealContext { vault: self.id()?, app };
        let sealed = key.seal(place, revision, self.random(), &tokens.to_bytes()?);
        self.sql.run(
            "INSERT INTO token_journal (app, revision, sealed, replaces, written_at) VALUES (?, ?, ?, ?, ?)",
            values![app.as_str(), revision, sealed, replaces.map(str::to_owned), self.now().millis()],
        )?;
        // A refresh is no news for the directory, unless another master key wraps from now on.
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
        self.enqueue(&Job::FlushToKv { app: app.clone(), revision: revision.to_owned() }, self.now())
    }

    /// A fresh data key, and the same wrapped by the active master key.
    pub fn new_key(&self, app: &AppId) -> Result<(DataKey, WrappedKey), VaultError> {
        let key = DataKey::new(self.random());
        let wrapped =
            self.config()?.master_keys.wrap(SealContext { vault: self.id()?, app }, &key, self.random());
        Ok((key, wrapped))
    }

    /// A revocation is over: what it needed is destroyed.
    pub fn end_revocation(&self, id: &str) -> Result<(), SqlError> {
        self.sql.transaction(|_| {
            let row =
                self.sql.row("DELETE FROM revocation WHERE id = ? RETURNING app, revision", values![id])?;
            let Some(mut row) = row else { return Ok(()) };
            let app = row.parsed(AppId::parse)?;
            self.enqueue(&Job::SyncDirectory { app: app.clone() }, self.now())?;
            match row.optional_text()? {
                Some(revision) => self.enqueue(&Job::DeleteFromKv { app, revision }, self.now()),
                None => Ok(()),
            }
        })
    }

    /// Notes tokens that were never kept to be revoked, with the account that they are of, if it is known.
    pub fn enqueue_revocation(
        &self,
        tx: &Tx,
        app: &AppId,
        tokens: &TokenSet,
        account: Option<&AccountIdentity>,
    ) -> Result<(), SqlError> {
        self.enqueue_revocation_at(tx, app, tokens, account, self.now()).map(|_| ())
    }

    /// The same, at a time. Returns the revocation's id.
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

    /// The account of tokens that are about to be revoked is known now.
    pub fn set_revocation_account(
        &self,
        _tx: &Tx,
        revocation: &str,
        account_id: &str,
    ) -> Result<(), SqlError> {
        self.sql.run("UPDATE revocation SET account_id = ? WHERE id = ?", values![account_id, revocation])
    }

    /// The tokens that were about to be revoked are kept; tells whether they still were.
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
        // As long as it is under way, the directory counts its key among those in use.
        self.enqueue(&Job::SyncDirectory { app: app.clone() }, self.now())?;
        self.enqueue(&Job::Revoke { id: id.to_owned() }, at)
    }

    /// Takes the tokens of a connection out of use, in the transaction that leaves or replaces it. If they are to be
    /// revoked, the key that opens them moves to `revocation`, with what the journal holds; otherwise it is destroyed, and
    /// what lies in KV can never be opened again. Nothing is waited for. Returns the revocation's id.
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
            let (revision, sealed) = (row.text()?, row.bytes()?);
            leftovers.extend(row.optional_text()?);
            leftovers.push(revision.clone());
            held.insert(revision, sealed);
        }
        let mut revocation = None;
        if let Some(mut row) = row {
            let revision = row.text()?;
            let held = held.remove(&revision);
            if revoke {
                let id = self.fresh_id();
                let wrapped = WrappedKey { kid: row.text()?, bytes: row.bytes()? };
                let needed = held.is_none().then_some(revision.as_str());
                let sealed = held.unwrap_or_default();
                // Sealed as this revision, wherever it lies.
                let now = self.now();
                self.note_revocation(tx, (&id, now), app, (Some(&revision), &row.text()?), &wrapped, sealed)?;
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
            self.enqueue(&Job::DeleteFromKv { app: app.clone(), revision }, self.now() + JOURNAL_KEEPS)?;
        }
        Ok(revocation)
    }
}
