//! The two ways of ending a connection.

/// How a connection is ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removal {
    /// Keep the record.
    Disconnect,
    /// Forget it too.
    Delete,
}
