//! Whose a connection is.

use serde::{Deserialize, Serialize};

/// Whose a connection is, without saying who: the person's of whom is spoken, or the company's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnerKind {
    /// The person's: private.
    Person,
    /// The company's: shared.
    Shared,
}
