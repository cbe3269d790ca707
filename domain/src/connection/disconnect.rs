//! The effects of disconnecting or deleting a connection.

use serde::{Deserialize, Serialize};
use workbot_shared::{ConnectionStatus, RevocationOutcome};

use super::lifecycle::Lifecycle;
use super::record::{Reason, Record};
use crate::log_event::DisconnectedBy;
use crate::owner::Owner;

/// What remains of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Removal {
    /// The bare record remains.
    Disconnect,
    /// Nothing remains.
    Delete,
}

impl Removal {
    /// Whether the record is deleted too.
    #[must_use]
    pub fn is_delete(self) -> bool {
        self == Self::Delete
    }
}

/// The effects of ending a connection. The vault applies them in one transaction, except the revocation at
/// the app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disconnection {
    /// The label of the account; empty if none was connected.
    pub account: String,
    /// The lifecycle afterwards.
    pub lifecycle: Lifecycle,
    /// Whether the tokens are to be revoked at the app.
    pub revokes: bool,
    /// Whether logins in progress end too, and the runs that wait for the app.
    pub ends_logins: bool,
    /// Whether the bot notifies the owner, who did not end the connection.
    pub tells_owner: bool,
    /// The status in the receipt.
    pub status: ConnectionStatus,
    /// The outcome in the receipt if nothing is revoked.
    pub without_revocation: RevocationOutcome,
    /// The value for the log.
    pub by: DisconnectedBy,
}

/// Decides the effects of ending a connection. `record` and `lifecycle` are the stored ones; `has_revocation`
/// says whether the app can revoke tokens (RFC 7009).
#[must_use]
pub fn disconnect(
    record: Option<&Record>,
    lifecycle: &Lifecycle,
    owner: &Owner,
    has_revocation: bool,
    removal: Removal,
    by: DisconnectedBy,
) -> Disconnection {
    // A grant that the app reported as gone needs no revocation.
    let has_grant = match record {
        Some(Record::Connected(_)) => true,
        Some(Record::NeedsLogin { reason, .. }) => *reason != Reason::GrantGone,
        Some(Record::Disconnected { .. }) | None => false,
    };
    let was_connected = matches!(record, Some(Record::Connected(_) | Record::NeedsLogin { .. }));
    let is_delete = removal == Removal::Delete;
    let is_admin = by == DisconnectedBy::Admin;
    let is_shared = *owner == Owner::Shared;
    Disconnection {
        account: record.map(|record| record.account().label.clone()).unwrap_or_default(),
        lifecycle: lifecycle.disconnected(is_delete),
        revokes: has_grant && has_revocation,
        // A run or login that waits although the connection was idle does not depend on it.
        ends_logins: by != DisconnectedBy::Idle,
        tells_owner: was_connected && is_admin && !is_shared,
        status: match record {
            Some(_) if !is_delete => ConnectionStatus::Disconnected,
            _ => ConnectionStatus::NotConnected,
        },
        without_revocation: if has_grant && !has_revocation {
            RevocationOutcome::Unsupported
        } else {
            RevocationOutcome::NothingToDo
        },
        by: match by {
            DisconnectedBy::Admin if is_shared => DisconnectedBy::Owner,
            by => by,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::account::AccountIdentity;
    use crate::connection::lifecycle::Status;
    use crate::connection::record::Connected;
    use crate::seal::WrappedKey;
    use crate::time::Timestamp;
    use workbot_shared::UserId;

    fn account() -> AccountIdentity {
        AccountIdentity { label: "ada@contoso.com".into(), id: "1".into(), instance: None }
    }

    fn connected() -> Record {
        Record::Connected(Connected {
            account: account(),
            revision: "r1".into(),
            key: WrappedKey { kid: "k".into(), bytes: Vec::new() },
            expires_at: Timestamp(0),
        })
    }

    fn needs_login(reason: Reason) -> Record {
        Record::NeedsLogin { account: account(), reason }
    }

    fn ada() -> Owner {
        Owner::User(UserId::parse("ada").unwrap())
    }

    fn by(record: Option<&Record>, owner: &Owner, removal: Removal, by: DisconnectedBy) -> Disconnection {
        disconnect(record, &Lifecycle::connected("r1".into()), owner, true, removal, by)
    }

    #[test]
    fn a_grant_that_may_live_at_the_app_is_revoked_and_a_gone_one_is_not() {
        use RevocationOutcome::{NothingToDo, Unsupported};
        let disconnected = Record::Disconnected { account: account() };
        for (record, lives) in [
            (Some(connected()), true),
            (Some(needs_login(Reason::Doubtful)), true),
            (Some(needs_login(Reason::AnswerLost)), true),
            (Some(needs_login(Reason::NotRenewable)), true),
            (Some(needs_login(Reason::StorageLost)), true),
            (Some(needs_login(Reason::GrantGone)), false),
            (Some(disconnected), false),
            (None, false),
        ] {
            for has_revocation in [true, false] {
                let life = Lifecycle::connected("r1".into());
                let (removal, by) = (Removal::Disconnect, DisconnectedBy::Owner);
                let done = disconnect(record.as_ref(), &life, &ada(), has_revocation, removal, by);
                assert_eq!(done.revokes, lives && has_revocation, "{record:?}");
                let expected = if lives && !has_revocation { Unsupported } else { NothingToDo };
                assert_eq!(done.without_revocation, expected, "{record:?}");
            }
        }
    }

    #[test]
    fn disconnect_keeps_the_bare_record_delete_keeps_nothing_and_both_can_be_repeated() {
        let record = connected();
        let gone = Lifecycle { status: Status::Gone, intent: None };
        for (removal, status, left) in [
            (Removal::Disconnect, ConnectionStatus::Disconnected, Status::Disconnected),
            (Removal::Delete, ConnectionStatus::NotConnected, Status::Gone),
        ] {
            let done = by(Some(&record), &ada(), removal, DisconnectedBy::Owner);
            assert_eq!((done.status, done.lifecycle.status), (status, left));
            assert_eq!(done.account, "ada@contoso.com");
            let again = disconnect(None, &gone, &ada(), true, removal, DisconnectedBy::Owner);
            assert_eq!((again.status, again.lifecycle), (ConnectionStatus::NotConnected, gone.clone()));
            assert!(!again.revokes && again.account.is_empty());
        }
    }

    #[test]
    fn only_an_admins_act_is_reported_to_the_person() {
        let record = connected();
        for owner in [ada(), Owner::Shared] {
            let done = by(Some(&record), &owner, Removal::Disconnect, DisconnectedBy::Admin);
            assert_eq!(done.tells_owner, owner != Owner::Shared, "{owner:?}");
            let again = by(None, &owner, Removal::Disconnect, DisconnectedBy::Admin);
            assert!(!again.tells_owner, "nothing was done");
        }
        for who in [DisconnectedBy::Owner, DisconnectedBy::Uninstall, DisconnectedBy::Idle] {
            let done = by(Some(&record), &ada(), Removal::Disconnect, who);
            assert!(!done.tells_owner, "{who:?}");
        }
        let disconnected = Record::Disconnected { account: account() };
        assert!(!by(Some(&disconnected), &ada(), Removal::Disconnect, DisconnectedBy::Admin).tells_owner);
    }

    #[test]
    fn logins_in_progress_end_with_a_connection_unless_it_ends_for_idleness() {
        for (who, ends) in [
            (DisconnectedBy::Owner, true),
            (DisconnectedBy::Admin, true),
            (DisconnectedBy::Uninstall, true),
            (DisconnectedBy::Idle, false),
        ] {
            assert_eq!(by(None, &ada(), Removal::Disconnect, who).ends_logins, ends, "{who:?}");
        }
    }

    #[test]
    fn the_log_names_the_actor_and_an_admin_counts_as_owner_of_shared_connections() {
        let named = |owner: &Owner, who| by(None, owner, Removal::Disconnect, who).by;
        assert_eq!(named(&ada(), DisconnectedBy::Admin), DisconnectedBy::Admin);
        assert_eq!(named(&Owner::Shared, DisconnectedBy::Admin), DisconnectedBy::Owner);
        assert_eq!(named(&ada(), DisconnectedBy::Owner), DisconnectedBy::Owner);
        assert_eq!(named(&ada(), DisconnectedBy::Uninstall), DisconnectedBy::Uninstall);
        assert_eq!(named(&ada(), DisconnectedBy::Idle), DisconnectedBy::Idle);
    }
}
