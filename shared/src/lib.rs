//! What crosses the wire between the worker and the tab: ids, the bodies of answers, error codes.
//!
//! Nothing but `serde`; both sides compile the same types, so that they cannot drift apart.

mod connection;
mod error;
mod ids;
mod session;

pub use connection::{
    ConnectionRow, ConnectionStatus, Connections, LoginLink, LoginRequest, Receipt, RevocationOutcome,
};
pub use error::{ApiError, ErrorBody, ErrorCode};
pub use ids::{AppId, BadId, RecipeId, RunId, TenantId, UserId};
pub use session::Session;
