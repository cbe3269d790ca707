//! Connections of all people for admins: metadata only.

use crate::{AppId, ConnectionStatus, UserId};
use serde::{Deserialize, Serialize};

/// One row of `GET /api/admin/connections`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonConnection {
    /// The owner's user id.
    pub user: UserId,
    /// The owner's display name; empty while unknown.
    pub name: String,
    /// The app's id.
    pub app: AppId,
    /// The display name.
    pub app_name: String,
    /// The label of the current or last account.
    pub account: String,
    /// The status of the connection.
    pub status: ConnectionStatus,
    /// RFC 3339, in UTC.
    pub connected_at: String,
    /// RFC 3339, in UTC, precise to the day.
    pub last_used_at: Option<String>,
}

/// The response of `GET /api/admin/connections`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonConnections {
    /// The rows, sorted by name.
    pub connections: Vec<PersonConnection>,
    /// The `cursor` of the next page; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}
