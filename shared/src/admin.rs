//! The operations of admins: freezes and master keys.

use crate::AppId;
use serde::{Deserialize, Serialize};

/// The body and the response of `PUT /api/admin/apps/{app}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppUse {
    /// Whether the app is blocked in the whole tenant.
    pub frozen: bool,
}

/// One row of `GET /api/admin/apps`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppRow {
    /// The app's id.
    pub app: AppId,
    /// The display name.
    pub app_name: String,
    /// Whether the app is blocked in the whole tenant.
    pub frozen: bool,
}

/// The response of `GET /api/admin/apps`: the apps that recipes use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Apps {
    /// The rows, sorted by the app's id.
    pub apps: Vec<AppRow>,
}

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
