//! The types of the API between worker and tab: ids, bodies of requests and responses, error codes, and the
//! texts that both use.
//!
//! Depends on `serde` only. Worker and tab compile the same types, so they cannot differ.
//!
//! # Layers
//!
//! From below to above: each line knows only lines before it.
//!
//! - `ids`, `language`, `error`, `owner_kind`
//! - `caller`
//! - `agents`, `connection`, `run_history`, `admin_recipes`, `frozen_apps`, `language_model`, `master_keys`:
//!   one page or response each
//! - `audit`, `tenant_connections`: the views of admins
//! - `connection_texts`: the texts that worker and tab have in common

mod admin_recipes;
mod agents;
mod audit;
mod caller;
mod connection;
mod connection_texts;
mod error;
mod frozen_apps;
mod ids;
mod language;
mod language_model;
mod master_keys;
mod owner_kind;
mod run_history;
mod tenant_connections;

pub use admin_recipes::{RecipeApp, RecipeRow, RecipeSettings, RecipeSettingsChange, Recipes};
pub use agents::{
    AgentClientRow, AgentClientSecret, AgentDoor, AgentDoorChange, AgentPermission, AgentRecipe, AgentRow,
    Agents, NewAgentClient, PersonAgent, PersonAgents,
};
pub use audit::{Audit, AuditAction, AuditEntry};
pub use caller::Session;
pub use connection::{
    Auth, ConnectionRow, ConnectionStatus, Connections, Guardrails, LoginLink, LoginRequest, Receipt,
    Receipts, RevocationOutcome, SharedSecret, UnknownWordError,
};
pub use error::{ApiError, ErrorBody, ErrorCode};
pub use frozen_apps::{AppRow, AppUse, Apps};
pub use ids::{AppId, IdError, RecipeId, RunId, TenantId, UserId};
pub use language::Language;
pub use language_model::{LanguageModel, LanguageModelUse};
pub use master_keys::{MasterKeysInUse, OldMasterKey};
pub use owner_kind::OwnerKind;
pub use run_history::{
    Activity, ActivityEntry, ActivityStep, RunOutcome, RunRow, RunStatus, Runs, StepOutcome,
};
pub use tenant_connections::{PersonConnection, PersonConnections};
