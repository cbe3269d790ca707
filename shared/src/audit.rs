//! The audit log: actions of admins, and writes by shared connections.

use crate::{AppId, RecipeId, StepOutcome, UserId};
use serde::{Deserialize, Serialize};

/// The action of an entry. The actor is an admin, except for [`AuditAction::SharedWrite`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuditAction {
    /// An admin changed the settings of a recipe.
    RecipeSettingsChanged,
    /// An admin connected an app for the company, by a login or with a key.
    SharedConnected,
    /// An admin disconnected a shared connection.
    SharedDisconnected,
    /// An admin deleted a shared connection.
    SharedDeleted,
    /// An admin disconnected a person's connection.
    PersonDisconnected,
    /// An admin disconnected everything of a person: connections, logins, agents and open runs.
    PersonOffBoarded,
    /// An admin froze an app.
    AppFrozen,
    /// An admin unfroze an app.
    AppUnfrozen,
    /// An admin switched the language model on.
    LanguageModelOn,
    /// An admin switched the language model off.
    LanguageModelOff,
    /// An admin opened the door for agents, or changed what they may do.
    AgentDoorOpened,
    /// An admin closed the door for agents, or changed what they may do while it is closed.
    AgentDoorClosed,
    /// An admin registered a client of agents.
    AgentClientAdded,
    /// An admin removed a client of agents.
    AgentClientRemoved,
    /// An admin ended an agent's access to a person.
    AgentEnded,
    /// A person's run made a write by a shared connection, or may have made it.
    SharedWrite,
}

/// One entry of `GET /api/admin/audit`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// When: RFC 3339, in UTC.
    pub at: String,
    /// The actor's user id.
    pub by: UserId,
    /// The actor's display name.
    pub by_name: String,
    /// The action.
    pub act: AuditAction,
    /// The app, if the action concerns one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app: Option<AppId>,
    /// The recipe, if the action concerns one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recipe: Option<RecipeId>,
    /// The owner of the connection, if it is a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserId>,
    /// For display: the account, the changed setting with its value, or the step of the recipe.
    pub detail: String,
    /// The outcome of a write by a shared connection: done or unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<StepOutcome>,
    /// The address of the written record: http or https.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

/// The response of `GET /api/admin/audit`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audit {
    /// The entries, newest first.
    pub entries: Vec<AuditEntry>,
    /// The `cursor` of the next page; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}
