//! The rows of connections, and where their tokens are: the journal first, then KV.

use std::collections::BTreeMap;
use std::time::Duration;
use workbot_domain::connection::{AccountIdentity, Connected, Reason, Record, TokenSet};
use workbot_domain::event::{Cause, Event};
use workbot_domain::seal::{DataKey, Place, SealError, WrappedKey};
use workbot_domain::time::Timestamp;
use workbot_shared::{AppId, RecipeId};

use super::due::{Finish, Job};
use super::lives::reason;
use super::{Core, Trouble};
use crate::clock::{jittered, now, pause, random};
use crate::report;
use crate::sql::{Row, SqlError};
use crate::values;

/// How long a revision is kept in the journal after KV took it: KV may answer with old misses for a minute or more
/// ("How KV works", Cloudflare documentation).
pub const JOURNAL_KEEPS: Duration = Duration::from_secs(300);
/// A revision that cannot be found for this long is lost.
const LOST_AFTER: Duration = Duration::from_secs(600);

/// The directory is told of use this often.
const DIRECTED_EVERY: Duration = Duration::from_secs(24 * 3600);

/// Why tokens could not be read.
pub enum NotRead {
    /// KV misses them or fails; they may be there in a moment.
    NotNow,
    /// They cannot be opened, or have been missing for ten minutes.
    Lost,
}

impl From<SqlError> for NotRead {
    fn from(error: SqlError) -> Self {
        report::alone(&Event::VaultTrouble { cause: Cause::of(&error) });
        Self::NotNow
    }
}

pub const COLUMNS: &str =
    "app, status, reason, account_label, account_id, instance, revision, kid, wrapped_key, expires_at";

/// Reads [`COLUMNS`], which come first.
pub fn record(row: &Row) -> Result<(AppId, Record), SqlError> {
    let app = row.parsed(0, AppId::parse)?;
    let account = AccountIdentity { label: row.text(3)?, id: row.text(4)?, instance: row.optional_text(5)? };
    let record = match row.text(1)?.as_str() {
        "connected" => Record::Connected(sealed(row, account)?),
        "needs_login" => Record::NeedsLogin { account, reason: reason(&row.text(2)?)? },
        "disconnected" => Record::Disconnected { account },
        _ => return Err(SqlError::unreadable("status of a connection")),
    };
    Ok((app, record))
}

/// Where the tokens of a row with [`COLUMNS`] are.
fn sealed(row: &Row, account: AccountIdentity) -> Result<Connected, SqlError> {
    Ok(Connected {
        account,
        revision: row.text(6)?,
        key: WrappedKey { kid: row.text(7)?, bytes: row.bytes(8)? },
        expires_at: Timestamp(row.int(9)?),
    })
}

impl Core {
    /// The records of some apps.
    pub(super) fn records(&self, apps: &[&AppId]) -> Result<BTreeMap<AppId, Record>, SqlError> {
        let rows = self.sql.rows(
            &format!("SELECT {COLUMNS} FROM connection WHERE app IN (SELECT value FROM json_each(?))"),
            values![serde_json::to_string(apps)?],
        )?;
        rows.iter().map(record).collect()
    }

    /// The record of one app.
    pub(super) fn record(&self, app: &AppId) -> Result<Option<Record>, SqlError> {
        let row = self
            .sql
            .row(&format!("SELECT {COLUMNS} FROM connection WHERE app = ?"), values![app.as_str()])?;
        Ok(row.as_ref().map(record).transpose()?.map(|(_, record)| record))
    }

    /// What can be tried: a connection that can be used, or one that needs a login only because its app's refusals were
    /// doubtful.
    pub(super) fn tryable(&self, app: &AppId) -> Result<Option<Connected>, SqlError> {
        let row = self.sql.row(
            &format!(
                "SELECT {COLUMNS} FROM connection WHERE app = ?
                 AND (status = 'connected' OR (status = 'needs_login' AND reason = ?))"
            ),
            values![app.as_str(), Reason::Doubtful.word()],
        )?;
        row.map(|row| {
            let account =
                AccountIdentity { label: row.text(3)?, id: row.text(4)?, instance: row.optional_text(5)? };
            sealed(&row, account)
        })
        .transpose()
    }

    /// Journal first: seals a token set into the journal, as the revision that is valid from now on, under a data key of
    /// its own; and notes the work that brings it to KV. To be called in the transaction that makes it the valid one.
    pub(super) fn journal(
        &self,
        app: &AppId,
        revision: &str,
        tokens: &TokenSet,
        replaces: Option<&str>,
    ) -> Result<(), SqlError> {
        let (key, wrapped) = self.new_key(app)?;
        let place = Place { vault: self.id()?, app };
        let sealed = key.seal(place, revision, random(), &tokens.to_bytes()?);
        self.sql.run(
            "INSERT INTO journal (app, revision, sealed, replaces, written_at) VALUES (?, ?, ?, ?, ?)",
            values![app.as_str(), revision, sealed, replaces.map(str::to_owned), now().millis()],
        )?;
        // A refresh is no news for the directory, unless another master key wraps from now on.
        let news = self.sql.row(
            "SELECT 1 FROM connection WHERE app = ? AND kid IS NOT ?",
            values![app.as_str(), wrapped.kid.as_str()],
        )?;
        if news.is_some() {
            self.enqueue(&Job::Direct { app: app.clone() }, now())?;
        }
        self.sql.run(
            "UPDATE connection SET kid = ?, wrapped_key = ?, expires_at = ? WHERE app = ?",
            values![wrapped.kid, wrapped.bytes, tokens.expires_at.millis(), app.as_str()],
        )?;
        self.enqueue(&Job::Settle { app: app.clone(), revision: revision.to_owned() }, now())
    }

    /// A fresh data key, and the same wrapped by the active master key.
    pub(super) fn new_key(&self, app: &AppId) -> Result<(DataKey, WrappedKey), Trouble> {
        let key = DataKey::new(random());
        let wrapped = self.config()?.master_keys.wrap(Place { vault: self.id()?, app }, &key, random());
        Ok((key, wrapped))
    }

    /// The tokens of a connection that can be used.
    pub(super) async fn tokens(&self, app: &AppId, connected: &Connected) -> Result<TokenSet, NotRead> {
        let (Ok(vault), Ok(config)) = (self.id(), self.config()) else { return Err(NotRead::NotNow) };
        let place = Place { vault, app };
        // A missing master key is a mistake of configuration, and destroys nothing.
        let key = config.master_keys.unwrap(place, &connected.key).map_err(|_| NotRead::NotNow)?;
        let sealed = self.sealed(app, &connected.revision).await?;
        let plain = match key.open(place, &connected.revision, &sealed) {
            Ok(plain) => plain,
            Err(SealError::UnknownShape) => {
                return Err(SqlError::unreadable("version of sealed tokens").into());
            }
            Err(_) => return Err(NotRead::Lost),
        };
        TokenSet::from_bytes(&plain).ok_or_else(|| SqlError::unreadable("version of tokens").into())
    }

    /// While the journal holds a revision, KV is not asked. A miss in KV is asked again, and never "log in again".
    async fn sealed(&self, app: &AppId, revision: &str) -> Result<Vec<u8>, NotRead> {
        let journal = self.sql.row(
            "SELECT sealed FROM journal WHERE app = ? AND revision = ?",
            values![app.as_str(), revision],
        )?;
        if let Some(row) = journal {
            return Ok(row.bytes(0)?);
        }
        let mut failed = false;
        for wait in [200, 600, 1800] {
            match self.kv_get(app, revision).await {
                Ok(Some(sealed)) => {
                    self.sql.run(
                        "UPDATE connection SET missing_since = NULL WHERE app = ? AND missing_since IS NOT NULL",
                        values![app.as_str()],
                    )?;
                    return Ok(sealed);
                }
                Ok(None) => {}
                Err(_) => failed = true,
            }
            pause(jittered(Duration::from_millis(wait))).await;
        }
        // That KV fails, however long, says nothing about what it holds.
        if failed {
            return Err(NotRead::NotNow);
        }
        let row = self.sql.row(
            "UPDATE connection SET missing_since = coalesce(missing_since, ?) WHERE app = ? RETURNING missing_since",
            values![now().millis(), app.as_str()],
        )?;
        let since = Timestamp(row.map(|row| row.int(0)).transpose()?.unwrap_or(i64::MAX));
        Err(if now() - LOST_AFTER > since { NotRead::Lost } else { NotRead::NotNow })
    }

    pub(super) async fn kv_get(&self, app: &AppId, revision: &str) -> Result<Option<Vec<u8>>, Trouble> {
        let key = self.id()?.kv_key(app, revision);
        let kv = self.env.kv("CONNECTIONS").map_err(SqlError::from)?;
        kv.get(&key).bytes().await.map_err(|error| SqlError::from(worker::Error::from(error)).into())
    }

    /// Brings a revision from the journal to KV. The journal lets go only when, five minutes later, the same bytes
    /// were read back; then the revision that it replaced is deleted.
    pub(super) async fn settle(&self, app: &AppId, revision: &str) -> Result<Finish, Trouble> {
        let vault = self.id()?;
        let row = self.sql.row(
            "SELECT sealed, replaces, put_at FROM journal WHERE app = ? AND revision = ?",
            values![app.as_str(), revision],
        )?;
        let Some(row) = row else { return Ok(Finish::Done) };
        let (sealed, replaces, put_at) = (row.bytes(0)?, row.optional_text(1)?, row.optional_int(2)?);
        let kv = self.env.kv("CONNECTIONS").map_err(SqlError::from)?;
        let kept = match put_at {
            Some(at) if now() < Timestamp(at) + JOURNAL_KEEPS => return Ok(Finish::Again(JOURNAL_KEEPS)),
            Some(_) => self.kv_get(app, revision).await?.is_some_and(|read| read == sealed),
            None => false,
        };
        if kept {
            if let Some(old) = replaces {
                kv.delete(&vault.kv_key(app, &old))
                    .await
                    .map_err(|error| SqlError::from(worker::Error::from(error)))?;
            }
            self.sql
                .run("DELETE FROM journal WHERE app = ? AND revision = ?", values![app.as_str(), revision])?;
            return Ok(Finish::Done);
        }
        let put = kv.put_bytes(&vault.kv_key(app, revision), &sealed);
        let put = async { put?.execute().await };
        put.await.map_err(|error| SqlError::from(worker::Error::from(error)))?;
        self.sql.run(
            "UPDATE journal SET put_at = ? WHERE app = ? AND revision = ?",
            values![now().millis(), app.as_str(), revision],
        )?;
        Ok(Finish::Again(JOURNAL_KEEPS))
    }

    /// Removes a revision from KV.
    pub(super) async fn remove(&self, app: &AppId, revision: &str) -> Result<Finish, Trouble> {
        let kv = self.env.kv("CONNECTIONS").map_err(SqlError::from)?;
        let removed = kv.delete(&self.id()?.kv_key(app, revision)).await;
        removed.map_err(|error| SqlError::from(worker::Error::from(error)))?;
        Ok(Finish::Done)
    }

    /// Notes that a connection was used, and by which recipe.
    pub(super) fn used(&self, app: &AppId, recipe: Option<&RecipeId>) -> Result<(), SqlError> {
        let row = self
            .sql
            .row("SELECT used_by, last_used_at FROM connection WHERE app = ?", values![app.as_str()])?;
        let Some(row) = row else { return Ok(()) };
        let now = now();
        self.sql.run(
            "UPDATE connection SET last_used_at = ? WHERE app = ?",
            values![now.millis(), app.as_str()],
        )?;
        if row.optional_int(1)?.is_none_or(|last| Timestamp(last) + DIRECTED_EVERY < now) {
            self.enqueue(&Job::Direct { app: app.clone() }, now)?;
        }
        let mut used_by: Vec<RecipeId> = row.json(0)?;
        let Some(recipe) = recipe.filter(|recipe| !used_by.contains(recipe)) else { return Ok(()) };
        used_by.push(recipe.clone());
        self.sql.run(
            "UPDATE connection SET used_by = ? WHERE app = ?",
            values![serde_json::to_string(&used_by)?, app.as_str()],
        )
    }
}
