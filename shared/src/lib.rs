//! What crosses the wire between the worker and the tab: ids, the bodies of answers, error codes.
//!
//! Nothing but `serde`; both sides compile the same types, so that they cannot drift apart.

mod audit;
mod connection;
mod error;
mod ids;
mod language;
mod operation;
mod recipe;
mod session;

pub use audit::{Audit, AuditAct, AuditEntry};
pub use connection::{
    Auth, ConnectionRow, ConnectionStatus, Connections, LoginLink, LoginRequest, Receipt, RevocationOutcome,
    SharedSecret,
};
pub use error::{ApiError, ErrorBody, ErrorCode};
pub use ids::{AppId, BadId, RecipeId, RunId, TenantId, UserId};
pub use language::Language;
pub use operation::{AppUse, MasterKeysInUse, OldMasterKey};
pub use recipe::{RecipeApp, RecipeRow, RecipeSettings, RecipeSettingsChange, Recipes};
pub use session::Session;
