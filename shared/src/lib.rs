//! The types of the API between worker and tab: ids, bodies of requests and responses, error codes, and the
//! texts that both use.
//!
//! Depends on `serde` only. Worker and tab compile the same types, so they cannot differ.
//!
//! # Layers
//!
//! From below to above: each line knows only lines before it.
//!
//! - `ids`, `language`, `error`, `owner`
//! - `session`
//! - `connection`, `run_history`, `recipe`, `admin`: one page or response each
//! - `audit`, `tenant_connections`: the views of admins
//! - `texts`: the texts that worker and tab have in common

mod admin;
mod audit;
mod connection;
mod error;
mod ids;
mod language;
mod owner;
mod recipe;
mod run_history;
mod session;
mod tenant_connections;
mod texts;

pub use admin::{AppRow, AppUse, Apps, MasterKeysInUse, OldMasterKey};
pub use audit::{Audit, AuditAction, AuditEntry};
pub use connection::{
    Auth, ConnectionRow, ConnectionStatus, Connections, LoginLink, LoginRequest, Receipt, Receipts,
    RevocationOutcome, SharedSecret, UnknownWordError,
};
pub use error::{ApiError, ErrorBody, ErrorCode};
pub use ids::{AppId, IdError, RecipeId, RunId, TenantId, UserId};
pub use language::Language;
pub use owner::OwnerKind;
pub use recipe::{RecipeApp, RecipeRow, RecipeSettings, RecipeSettingsChange, Recipes};
pub use run_history::{
    Activity, ActivityEntry, ActivityStep, RunOutcome, RunRow, RunStatus, Runs, StepOutcome,
};
pub use session::Session;
pub use tenant_connections::{PersonConnection, PersonConnections};
