//! Connections, as people see them.

use serde::{Deserialize, Serialize};

/// The status of a person's or a tenant's connection to one app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConnectionStatus {
    /// There is no record of a connection.
    NotConnected,
    /// It can be used.
    Connected,
    /// It was connected; its owner has to log in again.
    NeedsLogin,
    /// Its owner disconnected it; only the bare record is left.
    Disconnected,
}
