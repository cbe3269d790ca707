//! Key rotation: which retired master keys are still needed, and the walk through their owners, whose vaults wrap their
//! data keys anew. The walk goes page by page, each in an alarm of its own with its own limits, until it is through. What an
//! owner could not do is done in the next walk, and holds up nobody.

use futures_util::{StreamExt, stream};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;
use workbot_domain::event::{Cause, CorrelationId, Event};
use workbot_domain::owner::{Owner, VaultId};
use workbot_shared::{AppId, TenantId};

use super::directory::name;
use crate::isolate::Isolate;
use crate::ports::{DatabaseError, Object};
use crate::protocol::{VaultRequest, ask};
use crate::sql::{Row, Sql, SqlError, values};

/// So many owners are a page. An alarm may send 50 requests on the smallest plan ("Limits", Cloudflare Workers).
const PAGE: i64 = 20;
/// So many are asked side by side: more connections would wait for each other ("Simultaneous open connections", there).
const AT_ONCE: usize = 6;
/// If the object dies over a page, the walk goes on after this time.
const AT_THE_LATEST: Duration = Duration::from_secs(60);

/// How many revocations under way are wrapped by each master key.
pub type Revocations = BTreeMap<String, i64>;

/// A master key that is no longer the active one, and is still needed.
#[derive(Default, Serialize, Deserialize)]
pub struct OldKey {
    /// Its id.
    pub kid: String,
    /// How many connections are still wrapped by it.
    pub connections: i64,
    /// How many revocations under way are.
    pub revocations: i64,
}

/// Notes which keys the revocations of an owner at an app need.
pub fn put(sql: &Sql, owner: &Owner, app: &AppId, revocations: &Revocations) -> Result<(), SqlError> {
    sql.run("DELETE FROM revocation_key WHERE owner = ? AND app = ?", values![name(owner)?, app.as_str()])?;
    for (kid, count) in revocations {
        sql.run(
            "INSERT INTO revocation_key (owner, app, kid, revocations) VALUES (?, ?, ?, ?)",
            values![name(owner)?, app.as_str(), kid.as_str(), *count],
        )?;
    }
    Ok(())
}

pub fn old_keys(sql: &Sql, active: &str) -> Result<Vec<OldKey>, SqlError> {
    let rows = sql.rows(
        "SELECT kid, sum(connections), sum(revocations) FROM (
           SELECT kid, 1 AS connections, 0 AS revocations FROM directory WHERE kid IS NOT NULL
           UNION ALL SELECT kid, 0, revocations FROM revocation_key)
         WHERE kid <> ? GROUP BY kid ORDER BY kid",
        values![active],
    )?;
    let old =
        |mut row: Row| Ok(OldKey { kid: row.text()?, connections: row.int()?, revocations: row.int()? });
    rows.into_iter().map(old).collect()
}

/// Begins a walk, unless one is under way: then that goes on.
pub async fn begin(object: &dyn Object, sql: &Sql, tenant: &TenantId) -> Result<(), SqlError> {
    sql.run(
        "INSERT OR IGNORE INTO key_rotation (only, tenant, after) VALUES (1, ?, '')",
        values![tenant.as_str()],
    )?;
    set_alarm(object, Duration::ZERO).await
}

async fn set_alarm(object: &dyn Object, after: Duration) -> Result<(), SqlError> {
    if object.set_alarm(after).await { Ok(()) } else { Err(DatabaseError("the alarm".to_owned()).into()) }
}

/// The next page of the walk.
pub async fn walk_on(isolate: &Isolate, object: &dyn Object, sql: &Sql) {
    if let Err(error) = page(isolate, object, sql).await {
        isolate.report_alone(&Event::JobsFailed { cause: Cause::of(&error) });
    }
}

async fn page(isolate: &Isolate, object: &dyn Object, sql: &Sql) -> Result<(), SqlError> {
    let Some(mut walk) = sql.row("SELECT tenant, after FROM key_rotation", values![])? else { return Ok(()) };
    let (Ok(tenant), Some(config)) = (walk.parsed(TenantId::parse), isolate.configuration()) else {
        return sql.run("DELETE FROM key_rotation", values![]);
    };
    let owners = owners(sql, config.master_keys.active(), &walk.text()?)?;
    let Some(last) = owners.last() else { return sql.run("DELETE FROM key_rotation", values![]) };
    // Before they are visited: a page that ends badly is not begun again.
    sql.run("UPDATE key_rotation SET after = ?", values![last.as_str()])?;
    set_alarm(object, AT_THE_LATEST).await?;
    let visits = owners.iter().filter_map(|owner| serde_json::from_str(owner).ok());
    let visits = visits.map(|owner| visit(isolate, VaultId { tenant: tenant.clone(), owner }));
    stream::iter(visits).buffer_unordered(AT_ONCE).collect::<()>().await;
    set_alarm(object, Duration::ZERO).await
}

/// The next owners who need an old key, by name.
fn owners(sql: &Sql, active: &str, after: &str) -> Result<Vec<String>, SqlError> {
    let rows = sql.rows(
        "SELECT owner FROM directory WHERE owner > ?1 AND kid IS NOT NULL AND kid <> ?2
         UNION SELECT owner FROM revocation_key WHERE owner > ?1 AND kid <> ?2
         ORDER BY owner LIMIT ?3",
        values![after, active, PAGE],
    )?;
    rows.into_iter().map(|mut row| row.text()).collect()
}

async fn visit(isolate: &Isolate, vault: VaultId) {
    if ask(isolate, &vault, &VaultRequest::RewrapKeys, &CorrelationId::default()).await.is_err() {
        isolate.report(&Event::RewrapFailed, &CorrelationId::default(), Some(&vault.tenant));
    }
}
