//! The texts that bot and tab have in common.

use crate::Language::{self, De, En};

impl Language {
    /// The heading of a person's list of connections.
    #[must_use]
    pub fn your_connections(self) -> &'static str {
        match self {
            En => "Your connections",
            De => "Ihre Verbindungen",
        }
    }

    /// The time of the last login.
    #[must_use]
    pub fn since(self, day: &str) -> String {
        match self {
            En => format!("since {day}"),
            De => format!("seit {day}"),
        }
    }

    /// The time of the last use.
    #[must_use]
    pub fn last_used(self, day: &str) -> String {
        match self {
            En => format!("last used {day}"),
            De => format!("zuletzt verwendet {day}"),
        }
    }

    /// A button: Disconnect, or Delete.
    #[must_use]
    pub fn leave(self, delete: bool) -> &'static str {
        match (self, delete) {
            (En, false) => "Disconnect",
            (En, true) => "Delete",
            (De, false) => "Trennen",
            (De, true) => "Löschen",
        }
    }

    /// A button: change nothing.
    #[must_use]
    pub fn keep(self) -> &'static str {
        match self {
            En => "Keep",
            De => "Behalten",
        }
    }

    /// A button: cancel.
    #[must_use]
    pub fn cancel(self) -> &'static str {
        match self {
            En => "Cancel",
            De => "Abbrechen",
        }
    }
}
