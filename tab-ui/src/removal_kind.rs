//! The two ways of ending a connection.

/// How a connection is ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removal {
    /// Disconnect: keep the record.
    Disconnect,
    /// Delete: remove the record too.
    Delete,
}
