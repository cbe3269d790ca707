//! Master key rotation: the retired keys that are still needed, and the walk through their owners, whose
//! vaults wrap their data keys again.
//!
//! The walk visits one page of owners per alarm, so that each page has its own limits. The position is stored
//! before a page is visited, and a second alarm continues the walk if the object is evicted meanwhile. A
//! vault that fails is visited again by the next walk, and does not stop this one.

use futures_util::{StreamExt, stream};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;
use workbot_domain::correlation_id::CorrelationId;
use workbot_domain::json;
use workbot_domain::log_event::{Cause, Event};
use workbot_domain::owner::{Owner, VaultId};
use workbot_shared::{AppId, TenantId};

use super::directory::name;
use crate::isolate::Isolate;
use crate::ports::{DatabaseError, Object};
use crate::protocol::{VaultRequest, ask};
use crate::sql::{Row, Sql, SqlError, values};

/// The number of owners per page. An alarm may send 50 requests on the smallest plan ("Limits", Cloudflare
/// Workers).
const PAGE: i64 = 20;
/// The number of parallel requests ("Simultaneous open connections", same page).
const AT_ONCE: usize = 6;
/// If the object is evicted during a page, the walk continues after this time.
const AT_THE_LATEST: Duration = Duration::from_secs(60);

/// The number of pending revocations by master key.
pub type Revocations = BTreeMap<String, i64>;

/// A retired master key that is still needed.
#[derive(Default, Serialize, Deserialize)]
pub struct OldKey {
    /// The key's id.
    pub kid: String,
    /// The number of connections whose data key it wraps.
    pub connections: i64,
    /// The number of pending revocations whose data key it wraps.
    pub revocations: i64,
}

/// Replaces the master keys that an owner's revocations at an app need.
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

/// The master keys in use other than the active one.
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

/// Starts a walk, or continues the one under way.
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

/// Handles the alarm: visits the next page.
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
    // Stored before the visits, so that a failing page is not repeated forever.
    sql.run("UPDATE key_rotation SET after = ?", values![last.as_str()])?;
    set_alarm(object, AT_THE_LATEST).await?;
    let visits = owners.iter().filter_map(|owner| json::stored(owner.as_bytes()).ok());
    let visits = visits.map(|owner| visit(isolate, VaultId { tenant: tenant.clone(), owner }));
    stream::iter(visits).buffer_unordered(AT_ONCE).collect::<()>().await;
    set_alarm(object, Duration::ZERO).await
}

/// The next owners who need a retired key, in the order of their keys.
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
