//! Connections, as people see them.

use crate::AppId;
use serde::{Deserialize, Serialize};

/// The status of a person's or a tenant's connection to one app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConnectionStatus {
    /// There is no record of a connection.
    NotConnected,
    /// It can be used.
    Connected,
    /// It was connected; its owner has to log in again.
    NeedsLogin,
    /// Its owner disconnected it; only the bare record is left.
    Disconnected,
}

/// What was done at the app when a connection was disconnected or deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RevocationOutcome {
    /// The app revoked the access.
    Revoked,
    /// The app could not be reached; it is tried again for a day.
    Retrying,
    /// The app has no revocation; its owner removes the access there.
    Unsupported,
    /// Another connection has the same account, and revoking would end that one too.
    KeptForOther,
    /// There was nothing to revoke.
    NothingToDo,
}

/// What came of disconnecting or deleting a connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The app.
    pub app: AppId,
    /// Who was connected; empty when nobody was.
    pub account: String,
    /// The status now.
    pub status: ConnectionStatus,
    /// What was done at the app.
    pub outcome: RevocationOutcome,
    /// All of it in words, for a person.
    pub message: String,
    /// Where the access can be removed at the app.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_has_the_fixed_names() {
        let receipt = Receipt {
            app: AppId::parse("box").unwrap(),
            account: "ada@contoso.com".into(),
            status: ConnectionStatus::NotConnected,
            outcome: RevocationOutcome::KeptForOther,
            message: "Done.".into(),
            link: None,
        };
        assert_eq!(
            serde_json::to_string(&receipt).unwrap(),
            r#"{"app":"box","account":"ada@contoso.com","status":"not_connected","outcome":"kept_for_other","message":"Done."}"#
        );
    }
}
