//! The rows of connections, and the intents of refreshes whose outcome is unknown.

use std::collections::BTreeMap;
use std::time::Duration;
use workbot_domain::connection::expiry::ExpiryFacts;
use workbot_domain::connection::lifecycle::{Lifecycle, RefreshIntent, Status};
use workbot_domain::connection::token_response::login_ends;
use workbot_domain::connection::{
    AccountIdentity, Connected, ConnectionSummary, Guardrails, Reason, Record, TokenSet,
};
use workbot_domain::ids::Revision;
use workbot_domain::job_policy::CLEANUP_EVERY;
use workbot_domain::seal::WrappedKey;
use workbot_domain::time::Timestamp;
use workbot_shared::{AppId, ConnectionStatus, RecipeId};

use crate::context::VaultCtx;
use crate::installed_catalog::catalog;
use crate::job::Job;
use crate::sql::{Row, SqlError, Tx, values};

/// The directory's time of last use is updated at most this often.
const DIRECTED_EVERY: Duration = Duration::from_secs(24 * 3600);

/// The time of last use is stored at most this often, unless a commit happens anyway.
const RECORDED_EVERY: Duration = Duration::from_secs(3600);

/// The columns that [`record`] reads, in its order.
pub const COLUMNS: &str =
    "app, status, reason, account_label, account_id, instance, revision, kid, wrapped_key, expires_at";

/// Reads the stored status of a connection: its word, the reason why a login is needed, and the revision of
/// the tokens. The only reader of these columns; an unknown word is an error.
fn status(word: &str, reason: Option<&str>, revision: Option<Revision>) -> Result<Status, SqlError> {
    Status::from_stored(word, reason, revision).map_err(|error| SqlError::unreadable(&error.to_string()))
}

/// Reads [`COLUMNS`], which come first in the row.
fn columns(row: &mut Row) -> Result<(AppId, Record, Status, Option<Key>), SqlError> {
    let app = row.parsed(AppId::parse)?;
    let (word, why) = (row.text()?, row.optional_text()?);
    let account = AccountIdentity { label: row.text()?, id: row.text()?, instance: row.optional_text()? };
    let status = status(&word, why.as_deref(), row.optional_text()?.map(Revision::from))?;
    let key = key(row)?;
    let record = match &status {
        Status::Connected { revision } => Record::Connected(sealed(account, revision.clone(), key.clone())?),
        Status::NeedsLogin { reason, .. } => Record::NeedsLogin { account, reason: *reason },
        Status::Disconnected | Status::Gone => Record::Disconnected { account },
    };
    Ok((app, record, status, key))
}

/// Reads [`COLUMNS`] as a record.
fn record(row: &mut Row) -> Result<(AppId, Record), SqlError> {
    columns(row).map(|(app, record, ..)| (app, record))
}

/// The wrapped data key of the tokens, and when the access token expires.
type Key = (WrappedKey, Timestamp);

/// Reads a [`Key`]. `None` after the tokens were
/// destroyed.
fn key(row: &mut Row) -> Result<Option<Key>, SqlError> {
    Ok(match (row.optional_text()?, row.optional_bytes()?, row.optional_int()?) {
        (Some(kid), Some(bytes), Some(expires_at)) => {
            Some((WrappedKey { kid, bytes }, Timestamp(expires_at)))
        }
        _ => None,
    })
}

fn sealed(account: AccountIdentity, revision: Revision, key: Option<Key>) -> Result<Connected, SqlError> {
    let (key, expires_at) = key.ok_or_else(|| SqlError::unreadable("key of a connection"))?;
    Ok(Connected { account, revision, key, expires_at })
}

/// [`COLUMNS`], and the further columns of the list.
const OVERVIEW: &str =
    "app, status, reason, account_label, account_id, instance, revision, kid, wrapped_key, expires_at,
    connected_at, last_used_at, scopes, used_by, guardrails";

fn overview(mut row: Row) -> Result<ConnectionSummary, SqlError> {
    let (app, record) = record(&mut row)?;
    let (connected_at, last_used_at) = (Timestamp(row.int()?), row.optional_int()?.map(Timestamp));
    Ok(ConnectionSummary {
        account: record.account().label.clone(),
        status: record.status(),
        reason: if let Record::NeedsLogin { reason, .. } = record { Some(reason) } else { None },
        scopes: row.text()?.split_whitespace().map(str::to_owned).collect(),
        connected_at,
        last_used_at,
        used_by: row.json()?,
        guardrails: guardrails(&mut row)?,
        app,
    })
}

/// Reads the guardrails; none are set by default.
fn guardrails(row: &mut Row) -> Result<Guardrails, SqlError> {
    let Some(text) = row.optional_text()? else { return Ok(Guardrails::default()) };
    Guardrails::from_stored(&text).map_err(|_| SqlError::unreadable("guardrails of a connection"))
}

/// A connection whose tokens may be tried.
pub struct TryableConnection {
    /// The connection.
    pub connected: Connected,
    /// Its sealed tokens, if the journal holds them.
    pub journaled: Option<Vec<u8>>,
    /// Whether its tokens were missing in KV when they were last read.
    pub was_missing: bool,
}

/// The times of a connection's use, and its key.
pub struct Usage {
    /// When it was established.
    pub connected_at: Timestamp,
    /// When a run last used it.
    pub last_used_at: Option<Timestamp>,
    /// The id of the master key that wraps its data key.
    pub kid: Option<String>,
}

/// All that is stored about one connection.
struct StoredConnection {
    record: Record,
    lifecycle: Lifecycle,
    tryable: Option<TryableConnection>,
    usage: Usage,
    /// The recipes that used it.
    used_by: Vec<RecipeId>,
    guardrails: Guardrails,
}

/// The columns of [`StoredConnection::read`], in its order: [`COLUMNS`] first.
const STORED: &str =
    "connection.app, status, reason, account_label, account_id, instance, connection.revision, kid,
    wrapped_key, expires_at, connected_at, last_used_at, used_by, guardrails, missing_since IS NOT NULL,
    sealed,
    refresh_intent.revision, incarnation, since, started_at, sends, unknown, retry_at, doubts";

impl StoredConnection {
    fn read(mut row: Row) -> Result<Self, SqlError> {
        let (_, record, status, key) = columns(&mut row)?;
        let usage = Usage {
            kid: key.as_ref().map(|(key, _)| key.kid.clone()),
            connected_at: Timestamp(row.int()?),
            last_used_at: row.optional_int()?.map(Timestamp),
        };
        let (used_by, guardrails) = (row.json()?, guardrails(&mut row)?);
        let (was_missing, journaled) = (row.int()? != 0, row.optional_bytes()?);
        let connected = match (&record, &status) {
            (Record::Connected(connected), _) => Some(connected.clone()),
            (
                Record::NeedsLogin { account, .. },
                Status::NeedsLogin { reason: Reason::Doubtful, revision },
            ) => Some(sealed(account.clone(), revision.clone(), key)?),
            _ => None,
        };
        let tryable = connected.map(|connected| TryableConnection { connected, journaled, was_missing });
        Ok(Self {
            record,
            lifecycle: Lifecycle { status, intent: intent(&mut row)? },
            tryable,
            usage,
            used_by,
            guardrails,
        })
    }
}

fn count(number: i64) -> Result<u32, SqlError> {
    u32::try_from(number).map_err(|_| SqlError::unreadable("refresh of a connection"))
}

/// Reads the intent of a refresh. `None` if there is none.
fn intent(row: &mut Row) -> Result<Option<RefreshIntent>, SqlError> {
    let Some(revision) = row.optional_text()? else { return Ok(None) };
    Ok(Some(RefreshIntent {
        revision: revision.into(),
        incarnation: row.text()?.into(),
        since: Timestamp(row.int()?),
        started_at: Timestamp(row.int()?),
        sends: count(row.int()?)?,
        unknown: row.int()? != 0,
        retry_at: row.optional_int()?.map(Timestamp),
        doubts: count(row.int()?)?,
    }))
}

fn facts(row: &mut Row) -> Result<ExpiryFacts, SqlError> {
    Ok(ExpiryFacts {
        status: row.parsed(ConnectionStatus::from_word)?,
        connected_at: Timestamp(row.int()?),
        last_used_at: row.optional_int()?.map(Timestamp),
        ends_at: row.optional_int()?.map(Timestamp),
        idle_notified_at: row.optional_int()?.map(Timestamp),
        end_notified_at: row.optional_int()?.map(Timestamp),
    })
}

impl VaultCtx {
    /// The records of several apps. Apps without a connection are missing.
    ///
    /// # Errors
    /// When a stored value cannot be read or the database fails; so in all functions here.
    pub fn records(&self, apps: &[&AppId]) -> Result<BTreeMap<AppId, Record>, SqlError> {
        // A run needs one or two, and reads their rows in any case.
        if let [app] | [app, _] = apps {
            let second = apps.get(1).filter(|second| *second != app);
            let of = |app: &&AppId| Ok(self.record(app)?.map(|record| ((*app).clone(), record)));
            return std::iter::once(app).chain(second).filter_map(|app| of(app).transpose()).collect();
        }
        let rows = self.sql.cached_rows(
            &format!("SELECT {COLUMNS} FROM connection WHERE app IN (SELECT value FROM json_each(?))"),
            values![serde_json::to_string(apps)?],
        )?;
        rows.into_iter().map(|mut row| record(&mut row)).collect()
    }

    /// All that is stored about the connection of an app, in one statement.
    fn stored_connection(&self, app: &AppId) -> Result<Option<StoredConnection>, SqlError> {
        let row = self.sql.cached_row(
            &format!(
                "SELECT {STORED} FROM connection
                 LEFT JOIN refresh_intent ON refresh_intent.app = connection.app
                 LEFT JOIN token_journal
                 ON token_journal.app = connection.app AND token_journal.revision = connection.revision
                 WHERE connection.app = ?"
            ),
            values![app.as_str()],
        )?;
        row.map(StoredConnection::read).transpose()
    }

    /// The record of one app. `None` if there never was a connection, or it was deleted.
    pub fn record(&self, app: &AppId) -> Result<Option<Record>, SqlError> {
        Ok(self.stored_connection(app)?.map(|stored| stored.record))
    }

    /// A connection whose tokens may be tried: a connected one, or one that needs a login after doubtful
    /// refusals only.
    pub fn tryable(&self, app: &AppId) -> Result<Option<TryableConnection>, SqlError> {
        Ok(self.stored_connection(app)?.and_then(|stored| stored.tryable))
    }

    /// When a connection was established and last used, and its master key.
    pub fn usage(&self, app: &AppId) -> Result<Option<Usage>, SqlError> {
        Ok(self.stored_connection(app)?.map(|stored| stored.usage))
    }

    /// The guardrails of a connection. They stay set while it is disconnected.
    pub fn guardrails(&self, app: &AppId) -> Result<Guardrails, SqlError> {
        Ok(self.stored_connection(app)?.map(|stored| stored.guardrails).unwrap_or_default())
    }

    /// The stored lifecycle of a connection: its status and the intent of a refresh under way.
    pub fn lifecycle(&self, app: &AppId) -> Result<Lifecycle, SqlError> {
        let gone = || Lifecycle { status: Status::Gone, intent: None };
        Ok(self.stored_connection(app)?.map_or_else(gone, |stored| stored.lifecycle))
    }

    /// Records that a connection was used, and by which recipe. Within an hour after the stored use, the time
    /// is kept in memory until the next save of a run.
    pub fn record_use(&self, app: &AppId, recipe: Option<&RecipeId>) -> Result<(), SqlError> {
        let Some(StoredConnection { mut used_by, usage, .. }) = self.stored_connection(app)? else {
            return Ok(());
        };
        let (now, last) = (self.now(), usage.last_used_at);
        let is_new = recipe.is_some_and(|recipe| !used_by.contains(recipe));
        // A write per call would be a commit per call of many.
        if !is_new && last.is_some_and(|last| now < last + RECORDED_EVERY) {
            self.unstored_uses.borrow_mut().insert(app.clone(), now);
            return Ok(());
        }
        self.unstored_uses.borrow_mut().remove(app);
        used_by.extend(recipe.filter(|_| is_new).cloned());
        self.sql.run(
            "UPDATE connection SET last_used_at = ?, used_by = ? WHERE app = ?",
            values![now.millis(), serde_json::to_string(&used_by)?, app.as_str()],
        )?;
        if last.is_none_or(|last| last + DIRECTED_EVERY < now) {
            self.enqueue(&Job::SyncDirectory { app: app.clone() }, now)?;
        }
        Ok(())
    }

    /// Stores the uses that are in memory. Called with the save of a run, whose commit it shares.
    pub fn store_uses(&self) -> Result<(), SqlError> {
        for (app, at) in self.unstored_uses.take() {
            self.sql.run(
                "UPDATE connection SET last_used_at = ? WHERE app = ?",
                values![at.millis(), app.as_str()],
            )?;
        }
        Ok(())
    }

    fn with_unstored_use(&self, summary: ConnectionSummary) -> ConnectionSummary {
        let newest = self.unstored_uses.borrow().get(&summary.app).copied();
        ConnectionSummary { last_used_at: newest.or(summary.last_used_at), ..summary }
    }

    /// This owner's connections as the list shows them, at most `most` of them.
    pub fn overview(&self, most: Option<usize>) -> Result<Vec<ConnectionSummary>, SqlError> {
        // SQLite plans a statement anew for each value of a placeholder that limits the rows.
        let limit = most.map(|most| format!(" LIMIT {most}")).unwrap_or_default();
        let rows = self.sql.cached_rows(&format!("SELECT {OVERVIEW} FROM connection{limit}"), values![])?;
        rows.into_iter().map(|row| Ok(self.with_unstored_use(overview(row)?))).collect()
    }

    /// One app's connection as the list shows it.
    pub fn overview_of(&self, app: &AppId) -> Result<Option<ConnectionSummary>, SqlError> {
        let row = self
            .sql
            .row(&format!("SELECT {OVERVIEW} FROM connection WHERE app = ?"), values![app.as_str()])?;
        row.map(|row| Ok(self.with_unstored_use(overview(row)?))).transpose()
    }

    /// The number of connections, disconnected ones included.
    pub fn connection_count(&self) -> Result<usize, SqlError> {
        let row = self.sql.row("SELECT count(*) FROM connection", values![])?;
        let count = row.map(|mut row| row.int()).transpose()?.unwrap_or_default();
        Ok(usize::try_from(count).unwrap_or_default())
    }

    /// The apps whose connection is not disconnected.
    pub fn connected_apps(&self) -> Result<Vec<AppId>, SqlError> {
        let disconnected = ConnectionStatus::Disconnected.as_word();
        let rows = self.sql.rows("SELECT app FROM connection WHERE status <> ?", values![disconnected])?;
        rows.into_iter().map(|mut row| row.parsed(AppId::parse)).collect()
    }

    /// Records that the owner was notified that a connection will end: for being idle, or because its login
    /// expires.
    pub fn mark_notified(&self, _: &Tx, app: &AppId, of_idleness: bool) -> Result<(), SqlError> {
        let statement = if of_idleness {
            "UPDATE connection SET idle_notified_at = ? WHERE app = ?"
        } else {
            "UPDATE connection SET end_notified_at = ? WHERE app = ?"
        };
        self.sql.run(statement, values![self.now().millis(), app.as_str()])
    }

    /// The facts that decide the expiry of each connection, with its account. Rows that cannot be read are
    /// left out.
    pub fn expiry_facts(&self) -> Result<Vec<(AppId, String, ExpiryFacts)>, SqlError> {
        let rows = self.sql.rows(
            "SELECT app, account_label, status, connected_at, last_used_at, ends_at, idle_notified_at, end_notified_at
             FROM connection",
            values![],
        )?;
        let known =
            |mut row: Row| Ok::<_, SqlError>((row.parsed(AppId::parse)?, row.text()?, facts(&mut row)?));
        Ok(rows.into_iter().filter_map(|row| self.if_readable(known(row))).collect())
    }

    /// The instance of a connection that is not disconnected.
    pub fn instance(&self, app: &AppId) -> Result<Option<String>, SqlError> {
        Ok(match self.record(app)? {
            None | Some(Record::Disconnected { .. }) => None,
            Some(record) => record.account().instance.clone(),
        })
    }
}

impl VaultCtx {
    /// Stores the lifecycle of a connection; nothing else writes its status and revision. What was in memory
    /// of its access goes, so that a disconnect and a new login count for the next caller.
    pub fn store_lifecycle(&self, _tx: &Tx, app: &AppId, lifecycle: &Lifecycle) -> Result<(), SqlError> {
        self.handed_out.borrow_mut().remove(app);
        match &lifecycle.status {
            Status::Gone => {
                self.sql.run("DELETE FROM connection WHERE app = ?", values![app.as_str()])?;
                self.sql.run("DELETE FROM counted_write WHERE app = ?", values![app.as_str()])?;
            }
            // The bare record remains. Without the wrapped key the value in KV can never be opened again.
            Status::Disconnected => self.sql.run(
                "UPDATE connection SET status = ?, reason = NULL, revision = NULL, kid = NULL,
                 wrapped_key = NULL, expires_at = NULL, missing_since = NULL, scopes = '',
                 ends_at = NULL, idle_notified_at = NULL, end_notified_at = NULL
                 WHERE app = ?",
                values![ConnectionStatus::Disconnected.as_word(), app.as_str()],
            )?,
            Status::Connected { revision } => self.sql.run(
                "UPDATE connection SET status = ?, reason = NULL, revision = ? WHERE app = ?",
                values![ConnectionStatus::Connected.as_word(), revision.as_str(), app.as_str()],
            )?,
            Status::NeedsLogin { reason, revision } => self.sql.run(
                "UPDATE connection SET status = ?, reason = ?, revision = ? WHERE app = ?",
                values![
                    ConnectionStatus::NeedsLogin.as_word(),
                    reason.word(),
                    revision.as_str(),
                    app.as_str()
                ],
            )?,
        }
        match &lifecycle.intent {
            None => self.sql.run("DELETE FROM refresh_intent WHERE app = ?", values![app.as_str()]),
            Some(intent) => self.sql.run(
                "INSERT OR REPLACE INTO refresh_intent
                 (app, revision, incarnation, since, started_at, sends, unknown, retry_at, doubts)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                values![
                    app.as_str(),
                    intent.revision.as_str(),
                    intent.incarnation.as_str(),
                    intent.since.millis(),
                    intent.started_at.millis(),
                    i64::from(intent.sends),
                    intent.unknown,
                    intent.retry_at.map(Timestamp::millis),
                    i64::from(intent.doubts),
                ],
            ),
        }
    }

    /// Stores when the login expires at the app, if that is known.
    pub fn store_login_end(&self, _tx: &Tx, app: &AppId, at: Option<Timestamp>) -> Result<(), SqlError> {
        self.sql.run(
            "UPDATE connection SET ends_at = ? WHERE app = ?",
            values![at.map(Timestamp::millis), app.as_str()],
        )
    }

    /// Stores a new login as the connection. The tokens of the one before are already detached.
    pub fn connect(
        &self,
        tx: &Tx,
        app: &AppId,
        tokens: &TokenSet,
        account: &AccountIdentity,
    ) -> Result<(), SqlError> {
        let (revision, now) = (Revision::from(self.fresh_id()), self.now());
        self.unstored_uses.borrow_mut().remove(app);
        let oauth2 = catalog().apps.get(app).and_then(|app| app.oauth2.as_ref());
        let ends_at = oauth2.and_then(|oauth2| login_ends(oauth2, tokens, now));
        self.sql.run(
            "INSERT OR REPLACE INTO connection (app, status, account_label, account_id, instance, scopes,
             connected_at, ends_at, used_by, guardrails) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8,
             coalesce((SELECT used_by FROM connection WHERE app = ?1), '[]'),
             (SELECT guardrails FROM connection WHERE app = ?1))",
            values![
                app.as_str(),
                ConnectionStatus::Connected.as_word(),
                account.label.as_str(),
                account.id.as_str(),
                account.instance.clone(),
                tokens.scopes.join(" "),
                now.millis(),
                ends_at.map(Timestamp::millis),
            ],
        )?;
        self.store_lifecycle(tx, app, &Lifecycle::connected(revision.clone()))?;
        // The cleanup job checks its expiry from now on.
        self.enqueue(&Job::CleanUp, self.now() + CLEANUP_EVERY)?;
        self.write_journal(tx, app, &revision, tokens, None)
    }
}
