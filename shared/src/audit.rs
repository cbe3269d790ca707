//! What admins did, and what commands wrote by a shared connection.

use crate::{AppId, RecipeId, StepOutcome, UserId};
use serde::{Deserialize, Serialize};

/// What was done: by an admin, unless it says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuditAction {
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
    /// A person's command wrote by a shared connection, or may have done so.
    SharedWrite,
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
    pub act: AuditAction,
    /// To which app.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app: Option<AppId>,
    /// To which recipe.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recipe: Option<RecipeId>,
    /// Whose connection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserId>,
    /// The account, what was changed to what, or which step of the recipe, for display.
    pub detail: String,
    /// What came of a write by a shared connection: done, or unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<StepOutcome>,
    /// Where a person sees what was written: an http or https address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
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
