//! The apps that admins can freeze in the whole tenant.

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
