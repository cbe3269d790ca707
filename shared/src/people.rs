//! Connections across people, as admins see them: metadata only.

use crate::{AppId, ConnectionStatus, UserId};
use serde::{Deserialize, Serialize};

/// One row of `GET /api/admin/connections`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonConnection {
    /// Whose.
    pub user: UserId,
    /// Their name, for display; empty while nobody has said it.
    pub name: String,
    /// The app.
    pub app: AppId,
    /// What people call it.
    pub app_name: String,
    /// Who is or was connected.
    pub account: String,
    /// The status.
    pub status: ConnectionStatus,
    /// RFC 3339, UTC.
    pub connected_at: String,
    /// RFC 3339, UTC; to the day.
    pub last_used_at: Option<String>,
}

/// The answer of `GET /api/admin/connections`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonConnections {
    /// The rows, by name.
    pub connections: Vec<PersonConnection>,
    /// Where the next page begins, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}
