//! The texts of what a person allows with their own connection.

use workbot_shared::Language::{De, En};

use super::{Texts, with_bot};

impl Texts {
    /// Over the settings.
    pub fn what_you_allow(self) -> String {
        with_bot(match self.0 {
            En => "What you allow {bot} here",
            De => "Was Sie {bot} hier erlauben",
        })
    }

    /// The switch, and the tag of a row.
    pub fn read_only(self) -> &'static str {
        match self.0 {
            En => "Read only",
            De => "Nur lesen",
        }
    }

    /// The choice of an end.
    pub fn how_long(self) -> &'static str {
        match self.0 {
            En => "How long",
            De => "Wie lange",
        }
    }

    /// No end.
    pub fn no_end(self) -> &'static str {
        match self.0 {
            En => "No end",
            De => "Ohne Ende",
        }
    }

    /// An end after eight hours.
    pub fn for_eight_hours(self) -> &'static str {
        match self.0 {
            En => "For 8 hours",
            De => "8 Stunden lang",
        }
    }

    /// An end after a day to be chosen.
    pub fn until_a_day(self) -> &'static str {
        match self.0 {
            En => "Until a day",
            De => "Bis zu einem Tag",
        }
    }

    /// The end that is set: the tag of a row, and a choice.
    pub fn until(self, when: &str) -> String {
        match self.0 {
            En => format!("Until {when}"),
            De => format!("Bis {when}"),
        }
    }

    /// The day of the end.
    pub fn last_day(self) -> &'static str {
        match self.0 {
            En => "Last day",
            De => "Letzter Tag",
        }
    }

    /// The limit; empty without one.
    pub fn most_changes_a_day(self) -> &'static str {
        match self.0 {
            En => "Most changes a day from now on (empty: no limit)",
            De => "Änderungen am Tag ab jetzt, höchstens (leer: ohne Limit)",
        }
    }

    /// The tag of a row with a limit.
    pub fn changes_a_day(self, limit: u32) -> String {
        match (self.0, limit) {
            (En, 1) => "1 change a day".to_owned(),
            (En, limit) => format!("{limit} changes a day"),
            (De, 1) => "1 Änderung am Tag".to_owned(),
            (De, limit) => format!("{limit} Änderungen am Tag"),
        }
    }

    /// It was saved.
    pub fn allowed(self, app: &str) -> String {
        match self.0 {
            En => format!("Saved what you allow in {app}."),
            De => format!("Gespeichert, was Sie in {app} erlauben."),
        }
    }
}
