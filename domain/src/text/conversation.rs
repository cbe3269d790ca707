//! What is said in a chat beside the results: help, what a command lacks, where to look, the buttons of a run.

use workbot_shared::Language::{De, En};

use super::{Words, bot};
use crate::template::escape_markdown;

fn first(name: &str) -> String {
    escape_markdown(name.split_whitespace().next().unwrap_or_default())
}

impl Words {
    /// In a channel or group chat.
    #[must_use]
    pub fn wrote_in_private(self, name: &str) -> String {
        let said = match self.0 {
            En => "I've written to you in private",
            De => "Ich habe Ihnen privat geschrieben",
        };
        match first(name).as_str() {
            "" => format!("{said}."),
            first => format!("{said}, {first}."),
        }
    }

    /// The bot may not write to a person.
    #[must_use]
    pub fn cannot_write(self, name: &str) -> String {
        let bot = bot();
        let first = first(name);
        match self.0 {
            En => {
                let to = if first.is_empty() { String::new() } else { format!("{first}, ") };
                format!(
                    "{to}I can't write to you in private yet. Open {bot} in Teams, choose *Add*, and say it again there."
                )
            }
            De => {
                let to = if first.is_empty() { "Ich".to_owned() } else { format!("{first}, ich") };
                format!(
                    "{to} kann Ihnen noch nicht privat schreiben. Öffnen Sie {bot} in Teams, wählen Sie *Hinzufügen* und sagen Sie es dort noch einmal."
                )
            }
        }
    }

    /// Somebody else's button.
    #[must_use]
    pub fn not_yours(self) -> &'static str {
        match self.0 {
            En => "This is not yours.",
            De => "Das gehört nicht Ihnen.",
        }
    }

    /// A person writes or presses too much at once.
    #[must_use]
    pub fn too_fast(self) -> &'static str {
        match self.0 {
            En => "That was a lot at once. Wait a minute, then say it again; what came before is being done.",
            De => {
                "Das war viel auf einmal. Warten Sie eine Minute und sagen Sie es dann noch einmal. Was vorher kam, wird erledigt."
            }
        }
    }

    /// Too many of a person's commands wait already.
    #[must_use]
    pub fn too_many_wait(self) -> &'static str {
        match self.0 {
            En => {
                "Too many of your commands wait already, so this one was not begun. Say *status* to see and cancel them."
            }
            De => {
                "Es warten schon zu viele Ihrer Befehle, daher wurde dieser nicht begonnen. Mit *status* sehen Sie sie und brechen sie ab."
            }
        }
    }

    /// The button belongs to something that is over.
    #[must_use]
    pub fn nothing_to_do(self) -> &'static str {
        match self.0 {
            En => "This is already finished. Nothing was changed.",
            De => "Das ist bereits abgeschlossen. Es wurde nichts geändert.",
        }
    }

    /// A recipe that the catalogue no longer knows.
    #[must_use]
    pub fn this_command(self) -> &'static str {
        match self.0 {
            En => "this command",
            De => "Dieser Befehl",
        }
    }

    /// In a notification: a run was cancelled.
    #[must_use]
    pub fn cancelled_in_short(self) -> &'static str {
        match self.0 {
            En => "Cancelled",
            De => "Abgebrochen",
        }
    }

    /// In a notification: the logins are there.
    #[must_use]
    pub fn connected_in_short(self) -> &'static str {
        match self.0 {
            En => "Connected",
            De => "Verbunden",
        }
    }

    /// Asks, after long, whether a run is still wanted.
    #[must_use]
    pub fn still_wanted_in_short(self) -> &'static str {
        match self.0 {
            En => "Still do it?",
            De => "Noch ausführen?",
        }
    }

    /// A button: yes, still.
    #[must_use]
    pub fn do_it(self) -> &'static str {
        match self.0 {
            En => "Do it",
            De => "Ausführen",
        }
    }
}
