//! The kinds of owners.

use serde::{Deserialize, Serialize};

/// The kind of a connection's owner: the person in question, or the company.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnerKind {
    /// A person: a private connection.
    Person,
    /// The company: a shared connection.
    Shared,
}
