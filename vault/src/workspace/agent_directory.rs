//! The agents that act for people: one row per consent. Jobs of the vaults keep it up to date, so it may lag
//! by a moment. No vault reads its own state from it.

use serde::{Deserialize, Serialize};
use workbot_domain::agent::policy::DoorPolicy;
use workbot_domain::ids::GrantId;
use workbot_domain::time::Timestamp;
use workbot_shared::UserId;

use super::directory::PeopleCursor;
use crate::sql::{Row, Sql, SqlError, values};

/// An agent that acts for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentEntry {
    /// The person's consent.
    pub grant: GrantId,
    /// The client id.
    pub client_id: String,
    /// The client's name.
    pub client: String,
    /// The host of its metadata document; `None` for a client that an admin registered.
    pub host: Option<String>,
    /// When the person agreed.
    pub granted_at: Timestamp,
}

/// An agent with its person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonAgentEntry {
    /// The person's id.
    pub user: UserId,
    /// The person's display name. Empty if it is unknown.
    pub name: String,
    /// The agent.
    pub agent: AgentEntry,
}

/// A page of the agents.
#[derive(Serialize, Deserialize)]
pub struct AgentsPage {
    /// The agents.
    pub rows: Vec<PersonAgentEntry>,
    /// The cursor of the next page, if there is one: name, user and consent of the last row.
    pub next: Option<PeopleCursor>,
}

/// Replaces the agents of a person, as far as the door admits them now: a vault may not know yet that it was
/// closed.
pub fn put(
    sql: &Sql,
    policy: &DoorPolicy,
    (user, name): (&UserId, &str),
    agents: &[AgentEntry],
) -> Result<(), SqlError> {
    sql.transaction(|_| {
        sql.run("DELETE FROM agent_directory WHERE user = ?", values![user.as_str()])?;
        for agent in agents.iter().filter(|agent| policy.admits_consent(&agent.client_id, agent.granted_at)) {
            sql.run(
                "INSERT INTO agent_directory (user, grant_id, name, client_id, client, host, granted_at)
                 VALUES (?, ?, ?, ?, ?, ?, ?)",
                values![
                    user.as_str(),
                    agent.grant.as_str(),
                    name,
                    agent.client_id.as_str(),
                    agent.client.as_str(),
                    agent.host.clone(),
                    agent.granted_at.millis(),
                ],
            )?;
        }
        Ok(())
    })
}

/// Deletes the agents of a client, or all.
pub fn forget(sql: &Sql, client: Option<&str>) -> Result<(), SqlError> {
    match client {
        Some(client) => sql.run("DELETE FROM agent_directory WHERE client_id = ?", values![client]),
        None => sql.run("DELETE FROM agent_directory", values![]),
    }
}

/// A page of the agents, ordered by the person's name. `search` filters by person, agent or host; `after` is
/// the cursor of the page before.
pub fn page(
    sql: &Sql,
    search: &str,
    after: Option<&PeopleCursor>,
    limit: i64,
) -> Result<AgentsPage, SqlError> {
    let nothing = PeopleCursor::default();
    let (name, user, grant) = after.unwrap_or(&nothing);
    let rows = sql.rows(
        "SELECT name, user, grant_id, client_id, client, host, granted_at FROM agent_directory
         WHERE (name COLLATE NOCASE, user, grant_id) > (?1, ?2, ?3)
         AND (instr(lower(name), lower(?4)) > 0 OR instr(lower(client), lower(?4)) > 0
              OR instr(lower(host), lower(?4)) > 0)
         ORDER BY name COLLATE NOCASE, user, grant_id LIMIT ?5",
        values![name.as_str(), user.as_str(), grant.as_str(), search, limit],
    )?;
    let rows = rows.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let full = i64::try_from(rows.len()).is_ok_and(|count| count == limit);
    let next = rows
        .last()
        .filter(|_| full)
        .map(|last| (last.name.clone(), last.user.as_str().to_owned(), last.agent.grant.as_str().to_owned()));
    Ok(AgentsPage { rows, next })
}

fn read(mut row: Row) -> Result<PersonAgentEntry, SqlError> {
    let name = row.text()?;
    let user = row.parsed(UserId::parse)?;
    let agent = AgentEntry {
        grant: GrantId::from(row.text()?),
        client_id: row.text()?,
        client: row.text()?,
        host: row.optional_text()?,
        granted_at: Timestamp(row.int()?),
    };
    Ok(PersonAgentEntry { user, name, agent })
}
