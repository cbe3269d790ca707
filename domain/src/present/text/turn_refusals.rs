//! Texts about a turn that is refused: a button of another person, a limit, an end that came before.

use workbot_shared::Language::{De, En};

use super::Texts;
use crate::bot_name::bot;

impl Texts {
    /// The pressed button belongs to another person.
    #[must_use]
    pub fn not_yours(self) -> &'static str {
        match self.0 {
            En => "This is not yours.",
            De => "Das gehört nicht Ihnen.",
        }
    }

    /// The person is over the limit of turns.
    #[must_use]
    pub fn too_fast(self) -> &'static str {
        match self.0 {
            En => "That was a lot at once. Wait a minute, then say it again; what came before is being done.",
            De => {
                "Das war viel auf einmal. Warten Sie eine Minute und sagen Sie es dann noch einmal. Was vorher kam, wird erledigt."
            }
        }
    }

    /// The person has too many open runs.
    #[must_use]
    pub fn too_many_wait(self) -> &'static str {
        match self.0 {
            En => {
                "Too many of your commands wait already, so this one was not started. Say *status* to see and cancel them."
            }
            De => {
                "Es warten schon zu viele Ihrer Befehle, daher wurde dieser nicht begonnen. Mit *status* sehen Sie sie und brechen sie ab."
            }
        }
    }

    /// The person belongs to another organization.
    #[must_use]
    pub fn outsider(self) -> String {
        let bot = bot();
        match self.0 {
            En => format!("{bot} is only for people of the organization that {bot} belongs to here."),
            De => format!("{bot} ist nur für Personen der Organisation bestimmt, zu der {bot} hier gehört."),
        }
    }

    /// Teams does not list the person, or the bot, in the conversation of the message.
    #[must_use]
    pub fn not_listed(self) -> String {
        let bot = bot();
        match self.0 {
            En => format!(
                "Teams does not list you together with {bot} in that conversation. Open {bot} in Teams, choose *Add*, and say it again there."
            ),
            De => format!(
                "Teams führt Sie und {bot} in dieser Unterhaltung nicht gemeinsam auf. Öffnen Sie {bot} in Teams, wählen Sie *Hinzufügen* und sagen Sie es dort noch einmal."
            ),
        }
    }

    /// The button belongs to something that has ended.
    #[must_use]
    pub fn nothing_to_do(self) -> &'static str {
        match self.0 {
            En => "This is already finished. Nothing was changed.",
            De => "Das ist bereits abgeschlossen. Es wurde nichts geändert.",
        }
    }
}
