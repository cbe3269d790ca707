//! What the admins allow agents, and the clients that they registered.

use workbot_domain::agent::policy::DoorPolicy;
use workbot_domain::audit::Admin;
use workbot_domain::time::Timestamp;
use workbot_shared::{AgentDoorChange, AuditAction};

use super::protocol::{AuditNote, RegisteredClient};
use super::{agent_directory, audit};
use crate::sql::{Row, Sql, SqlError, values};

/// The policy. An unreadable one is an error: a closed door must never open itself.
pub fn door(sql: &Sql) -> Result<DoorPolicy, SqlError> {
    let row = sql.cached_row("SELECT policy FROM agent_door", values![])?;
    row.map_or_else(|| Ok(DoorPolicy::default()), |mut row| row.json())
}

/// Changes the policy and writes the audit entry of this id, in one transaction. A closed door has ended all
/// consents. The change of one admin keeps what another changed before.
pub fn change_door(
    sql: &Sql,
    change: &AgentDoorChange,
    (id, by): (String, &Admin),
    now: Timestamp,
) -> Result<(), SqlError> {
    sql.transaction(|_| {
        let before = door(sql)?;
        let policy = before.with_change(change, now);
        if policy == before {
            return Ok(());
        }
        put_door(sql, &policy)?;
        let act = if policy.open { AuditAction::AgentDoorOpened } else { AuditAction::AgentDoorClosed };
        if !policy.open {
            agent_directory::forget(sql, None)?;
        }
        audit::write(sql, &(id, by.changed_agents(act, policy.difference(&before), now)), now)
    })
}

fn put_door(sql: &Sql, policy: &DoorPolicy) -> Result<(), SqlError> {
    sql.run(
        "INSERT OR REPLACE INTO agent_door (only, policy) VALUES (1, ?)",
        values![serde_json::to_string(policy)?],
    )
}

fn read(mut row: Row) -> Result<RegisteredClient, SqlError> {
    Ok(RegisteredClient { client: row.json()?, secret_hash: row.optional_text()? })
}

/// The registered clients.
pub fn clients(sql: &Sql) -> Result<Vec<RegisteredClient>, SqlError> {
    let rows = sql.rows("SELECT client, secret_hash FROM agent_client ORDER BY id", values![])?;
    rows.into_iter().map(read).collect()
}

/// The registered client of this id.
pub fn find_client(sql: &Sql, id: &str) -> Result<Option<RegisteredClient>, SqlError> {
    sql.row("SELECT client, secret_hash FROM agent_client WHERE id = ?", values![id])?.map(read).transpose()
}

/// Registers a client, or removes it (`None`) and with it the consents to it, and writes the audit entry, in
/// one transaction. The removal of a client that is not registered changes nothing.
pub fn put_client(
    sql: &Sql,
    id: &str,
    client: Option<&RegisteredClient>,
    noted: &AuditNote,
    now: Timestamp,
) -> Result<(), SqlError> {
    sql.transaction(|_| {
        match client {
            Some(RegisteredClient { client, secret_hash }) => sql.run(
                "INSERT OR REPLACE INTO agent_client (id, client, secret_hash) VALUES (?, ?, ?)",
                values![id, serde_json::to_string(client)?, secret_hash.clone()],
            )?,
            None => {
                if !sql.changed("DELETE FROM agent_client WHERE id = ? RETURNING 1", values![id])? {
                    return Ok(());
                }
                let mut policy = door(sql)?;
                policy.remove(id.to_owned(), now);
                put_door(sql, &policy)?;
                agent_directory::forget(sql, Some(id))?;
            }
        }
        audit::write(sql, noted, now)
    })
}
