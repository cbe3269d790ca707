//! What the workspace is told of this vault, and what it asks for: rows of the directory, and new wrapping of old keys.

use workbot_domain::event::Event;
use workbot_domain::seal::{Place, WrappedKey};
use workbot_domain::time::Timestamp;
use workbot_shared::{AppId, TenantId};

use super::due::{Finish, Job};
use super::{Core, Trouble};
use crate::clock::{now, random};
use crate::object::NoAnswer;
use crate::sql::SqlError;
use crate::values;
use crate::workspace::{self, Directed};

impl Core {
    /// What the person is called, as they said last; empty when nobody has.
    pub(super) fn name(&self) -> Result<String, SqlError> {
        let row = self.sql.row("SELECT name FROM profile", values![])?;
        Ok(row.map(|row| row.text(0)).transpose()?.unwrap_or_default())
    }

    /// Remembers what the person is called. The directory is told when that is news.
    pub(super) fn remember_name(&self, name: &str) -> Result<(), SqlError> {
        if name.is_empty() || self.name()? == name {
            return Ok(());
        }
        self.sql.run("INSERT OR REPLACE INTO profile (only, name) VALUES (1, ?)", values![name])?;
        for row in self.sql.rows("SELECT app FROM connection", values![])? {
            self.enqueue(&Job::Direct { app: row.parsed(0, AppId::parse)? }, now())?;
        }
        Ok(())
    }

    /// Asks the workspace; it may be down for a while.
    pub(super) async fn brought<'a, F: Future<Output = Result<(), NoAnswer>>>(
        &'a self,
        ask: impl FnOnce(&'a TenantId) -> F,
    ) -> Result<Finish, Trouble> {
        let answered = ask(&self.id()?.tenant).await;
        Ok(if answered.is_ok() { Finish::Done } else { Finish::Failed })
    }

    /// Brings the directory up to date about a connection and its revocations, whatever they are by now.
    pub(super) async fn direct(&self, app: &AppId) -> Result<Finish, Trouble> {
        let row = self.sql.row(
            "SELECT connected_at, last_used_at, kid FROM connection WHERE app = ?",
            values![app.as_str()],
        )?;
        let name = self.name()?;
        let connection = match (row, self.record(app)?) {
            (Some(row), Some(record)) => Some(Directed {
                name,
                account: record.account().label.clone(),
                account_id: record.account().id.clone(),
                instance: record.account().instance.clone(),
                status: record.status(),
                connected_at: Timestamp(row.int(0)?),
                last_used_at: row.optional_int(1)?.map(Timestamp),
                kid: row.optional_text(2)?,
            }),
            _ => None,
        };
        let revocations = self
            .sql
            .rows("SELECT kid, count(*) FROM revocation WHERE app = ? GROUP BY kid", values![app.as_str()])?;
        let revocations = revocations.iter().map(|row| Ok((row.text(0)?, row.int(1)?)));
        let revocations = revocations.collect::<Result<_, SqlError>>()?;
        let place = (self.id()?.owner.clone(), app.clone());
        self.brought(|tenant| workspace::direct(&self.env, tenant, place, connection, revocations)).await
    }

    /// Wraps every data key anew by the active master key. What its old one no longer opens stays as it is.
    pub(super) fn rewrap(&self) -> Result<(), Trouble> {
        let config = self.config()?;
        let active = config.master_keys.active();
        for (table, id) in [("connection", "app"), ("revocation", "id")] {
            let rows = self.sql.rows(
                &format!(
                    "SELECT {id}, app, kid, wrapped_key FROM {table} WHERE kid IS NOT NULL AND kid <> ?"
                ),
                values![active],
            )?;
            for row in rows {
                let app = row.parsed(1, AppId::parse)?;
                let place = Place { vault: self.id()?, app: &app };
                let old = WrappedKey { kid: row.text(2)?, bytes: row.bytes(3)? };
                let Ok(key) = config.master_keys.unwrap(place, &old) else {
                    self.log(&Event::MasterKeyMissing { kid: old.kid });
                    continue;
                };
                let new = config.master_keys.wrap(place, &key, random());
                self.sql.transaction(|| -> Result<(), SqlError> {
                    self.sql.run(
                        &format!("UPDATE {table} SET kid = ?, wrapped_key = ? WHERE {id} = ? AND kid = ?"),
                        values![new.kid, new.bytes, row.text(0)?, old.kid],
                    )?;
                    self.enqueue(&Job::Direct { app: app.clone() }, now())
                })?;
            }
        }
        Ok(())
    }
}
