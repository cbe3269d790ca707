//! What the bot and the tab both say.

use crate::Language::{self, De, En};

impl Language {
    /// Over a person's list.
    #[must_use]
    pub fn your_connections(self) -> &'static str {
        match self {
            En => "Your connections",
            De => "Ihre Verbindungen",
        }
    }

    /// Since when a connection is there.
    #[must_use]
    pub fn since(self, day: &str) -> String {
        match self {
            En => format!("since {day}"),
            De => format!("seit {day}"),
        }
    }

    /// When a connection was last used.
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

    /// A button: leave it as it is.
    #[must_use]
    pub fn keep(self) -> &'static str {
        match self {
            En => "Keep",
            De => "Behalten",
        }
    }

    /// A button: not any more.
    #[must_use]
    pub fn cancel(self) -> &'static str {
        match self {
            En => "Cancel",
            De => "Abbrechen",
        }
    }
}
