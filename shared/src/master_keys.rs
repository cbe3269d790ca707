//! The master keys in use, for admins.

use serde::{Deserialize, Serialize};

/// A retired master key that is still needed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OldMasterKey {
    /// The key's id (`kid`).
    pub kid: String,
    /// The number of connections whose data keys it wraps.
    pub connections: u64,
    /// The number of open revocations whose data keys it wraps.
    #[serde(default)]
    pub revocations: u64,
    /// Whether `MASTER_KEYS` contains it. Without it, these connections are unavailable and these revocations
    /// wait.
    pub configured: bool,
}

/// The response of `GET /api/admin/keys`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MasterKeysInUse {
    /// The id of the active key, which seals.
    pub active: String,
    /// The retired keys that are still needed. All others can be removed from `MASTER_KEYS`.
    pub retired_in_use: Vec<OldMasterKey>,
}
