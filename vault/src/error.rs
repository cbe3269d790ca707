//! The error of a vault.

use crate::ports::KvError;
use crate::sql::SqlError;

/// Why a request or a job failed. Nothing is lost, and a retry may succeed.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    #[error(transparent)]
    Sql(#[from] SqlError),
    #[error("this deployment is not configured: see /healthz")]
    Misconfigured,
    #[error("this object does not know its owner")]
    NoOwner,
    #[error("another object did not respond")]
    Elsewhere,
    #[error("the first delivery of this activity failed")]
    FirstDelivery,
    #[error(transparent)]
    Kv(#[from] KvError),
}

/// Inside a transaction every error rolls back.
impl From<VaultError> for SqlError {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::Sql(error) => error,
            other => SqlError::RolledBack(other.to_string()),
        }
    }
}
