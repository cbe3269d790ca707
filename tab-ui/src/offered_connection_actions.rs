//! The actions of a row.

use workbot_shared::{Auth, ConnectionRow, ConnectionStatus, OwnerKind};

/// How a row can be connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectMethod {
    /// By a login at the app.
    Login {
        /// Whether the app offers an account choice.
        switch: bool,
    },
    /// By an API key.
    Key {
        /// Whether one exists.
        change: bool,
    },
    /// By user and password.
    Password {
        /// Whether one exists.
        change: bool,
    },
}

/// The buttons of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectionActions {
    /// How it can be connected.
    pub way: Option<ConnectMethod>,
    /// Whether it can be disconnected.
    pub disconnect: bool,
    /// Whether it can be deleted.
    pub delete: bool,
}

/// The actions of `owner` for `row`.
pub fn actions(owner: OwnerKind, row: &ConnectionRow) -> ConnectionActions {
    use ConnectionStatus::{Connected, NeedsLogin, NotConnected};
    if owner == OwnerKind::Shared && !row.set_up {
        return ConnectionActions { way: None, disconnect: false, delete: false };
    }
    let lives = matches!(row.status, Connected | NeedsLogin);
    let way = match (row.auth, owner) {
        _ if !row.set_up => None,
        (Auth::Oauth2, _) => Some(ConnectMethod::Login { switch: row.status == Connected }),
        // API keys and passwords belong to the company; a person has logins only.
        (_, OwnerKind::Person) => None,
        (Auth::ApiKey, OwnerKind::Shared) => Some(ConnectMethod::Key { change: lives }),
        (Auth::Basic, OwnerKind::Shared) => Some(ConnectMethod::Password { change: lives }),
    };
    // A person may always disconnect, also if an app is no longer set up.
    ConnectionActions { way, disconnect: lives, delete: row.status != NotConnected }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection_list_state::example;

    fn row(auth: Auth, set_up: bool, status: ConnectionStatus) -> ConnectionRow {
        ConnectionRow { auth, set_up, ..example(status, None) }
    }

    #[test]
    fn an_app_with_logins_is_connected_by_a_login_for_a_person_and_for_the_company() {
        for owner in [OwnerKind::Person, OwnerKind::Shared] {
            let new = actions(owner, &row(Auth::Oauth2, true, ConnectionStatus::NotConnected));
            assert_eq!(
                new,
                ConnectionActions {
                    way: Some(ConnectMethod::Login { switch: false }),
                    disconnect: false,
                    delete: false
                }
            );
            let there = actions(owner, &row(Auth::Oauth2, true, ConnectionStatus::Connected));
            assert_eq!(
                there,
                ConnectionActions {
                    way: Some(ConnectMethod::Login { switch: true }),
                    disconnect: true,
                    delete: true
                }
            );
        }
    }

    #[test]
    fn a_key_is_set_and_then_changed() {
        let way = |auth, status| actions(OwnerKind::Shared, &row(auth, true, status)).way;
        assert_eq!(
            way(Auth::ApiKey, ConnectionStatus::NotConnected),
            Some(ConnectMethod::Key { change: false })
        );
        assert_eq!(way(Auth::ApiKey, ConnectionStatus::Connected), Some(ConnectMethod::Key { change: true }));
        assert_eq!(
            way(Auth::Basic, ConnectionStatus::Disconnected),
            Some(ConnectMethod::Password { change: false })
        );
        assert_eq!(
            way(Auth::Basic, ConnectionStatus::NeedsLogin),
            Some(ConnectMethod::Password { change: true })
        );
    }

    #[test]
    fn nobody_types_a_key_for_themselves() {
        assert_eq!(
            actions(OwnerKind::Person, &row(Auth::ApiKey, true, ConnectionStatus::NotConnected)).way,
            None
        );
    }

    #[test]
    fn an_app_that_is_not_set_up_cannot_be_connected_but_a_person_can_leave_it() {
        let left_over = row(Auth::Oauth2, false, ConnectionStatus::Connected);
        assert_eq!(
            actions(OwnerKind::Person, &left_over),
            ConnectionActions { way: None, disconnect: true, delete: true }
        );
        assert_eq!(
            actions(OwnerKind::Shared, &left_over),
            ConnectionActions { way: None, disconnect: false, delete: false }
        );
    }

    #[test]
    fn a_bare_record_can_only_be_deleted() {
        let offer = actions(OwnerKind::Person, &row(Auth::Oauth2, true, ConnectionStatus::Disconnected));
        assert_eq!((offer.disconnect, offer.delete), (false, true));
    }
}
