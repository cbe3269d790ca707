//! What crosses the wire between the worker and the tab: ids, the bodies of answers, error codes; and
//! the words that both say.
//!
//! Nothing but `serde`; both sides compile the same types, so that they cannot drift apart.
//!
//! # Layers
//!
//! From below to above: each line knows only lines before it.
//!
//! - `ids`, `language`, `error`, `owner`
//! - `connection`, `activity`, `recipe`, `operation`, `session`: one page or answer each
//! - `audit`, `people`: what admins see of them
//! - `words`: what both sides say

mod activity;
mod audit;
mod connection;
mod error;
mod ids;
mod language;
mod operation;
mod owner;
mod people;
mod recipe;
mod session;
mod words;

pub use activity::{Activity, ActivityEntry, ActivityStep, RunOutcome, RunRow, RunStatus, Runs, StepOutcome};
pub use audit::{Audit, AuditAction, AuditEntry};
pub use connection::{
    Auth, ConnectionRow, ConnectionStatus, Connections, LoginLink, LoginRequest, Receipt, Receipts,
    RevocationOutcome, SharedSecret, UnknownWordError,
};
pub use error::{ApiError, ErrorBody, ErrorCode};
pub use ids::{AppId, IdError, RecipeId, RunId, TenantId, UserId};
pub use language::Language;
pub use operation::{AppRow, AppUse, Apps, MasterKeysInUse, OldMasterKey};
pub use owner::OwnerKind;
pub use people::{PersonConnection, PersonConnections};
pub use recipe::{RecipeApp, RecipeRow, RecipeSettings, RecipeSettingsChange, Recipes};
pub use session::Session;
