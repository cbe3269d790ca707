//! What admins do to keep the whole running.

use crate::AppId;
use serde::{Deserialize, Serialize};

/// The body and the answer of `PUT /api/admin/apps/{app}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppUse {
    /// Whether all use of the app is stopped.
    pub frozen: bool,
}

/// One row of `GET /api/admin/apps`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppRow {
    /// The app.
    pub app: AppId,
    /// What people call it.
    pub app_name: String,
    /// Whether all use of it is stopped.
    pub frozen: bool,
}

/// The answer of `GET /api/admin/apps`: the apps that recipes use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Apps {
    /// The rows, by the app's id.
    pub apps: Vec<AppRow>,
}

/// A master key that is no longer the active one, and is still needed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OldMasterKey {
    /// Its id.
    pub kid: String,
    /// How many connections it still opens.
    pub connections: u64,
    /// How many revocations under way still need it.
    #[serde(default)]
    pub revocations: u64,
    /// Whether it is configured; without it those connections cannot be used, nor those revocations be sent.
    pub configured: bool,
}

/// The answer of `GET /api/admin/keys`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MasterKeysInUse {
    /// The id of the key that seals.
    pub active: String,
    /// The others that are still in use. One that is not here can be taken out of the configuration.
    pub retired_in_use: Vec<OldMasterKey>,
}
