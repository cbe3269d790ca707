//! What admins did.

use crate::{AppId, RecipeId, UserId};
use serde::{Deserialize, Serialize};

/// What an admin did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuditAct {
    /// Changed a recipe's settings.
    RecipeSettingsChanged,
    /// Connected an app for the company, by a login or with a key.
    SharedConnected,
    /// Disconnected a shared connection.
    SharedDisconnected,
    /// Deleted a shared connection.
    SharedDeleted,
    /// Disconnected a person's connection.
    PersonDisconnected,
    /// Stopped all use of an app.
    AppFrozen,
    /// Let an app be used again.
    AppUnfrozen,
}

/// One entry of `GET /api/admin/audit`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// When: RFC 3339, UTC.
    pub at: String,
    /// Who.
    pub by: UserId,
    /// Who, for display.
    pub by_name: String,
    /// What.
    pub act: AuditAct,
    /// To which app.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app: Option<AppId>,
    /// To which recipe.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recipe: Option<RecipeId>,
    /// Whose connection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserId>,
    /// The account, or what was changed to what, for display.
    pub detail: String,
}

/// The answer of `GET /api/admin/audit`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audit {
    /// The entries, newest first.
    pub entries: Vec<AuditEntry>,
    /// Where the next page begins, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}
