//! Texts of the help, the search for commands, the suggestions and the welcome.

use workbot_shared::Language::{De, En};

use super::{Texts, with_bot};
use crate::template::escape_markdown;

impl Texts {
    /// The title of the help.
    #[must_use]
    pub fn what_i_can_do(self) -> &'static str {
        match self.0 {
            En => "What I can do for you here",
            De => "Was ich hier für Sie tun kann",
        }
    }

    /// The purpose of the bot.
    #[must_use]
    pub fn purpose(self) -> &'static str {
        match self.0 {
            En => "I do things in your company's apps as you. Press a command, or write it with its details.",
            De => {
                "Ich erledige Dinge in den Apps Ihres Unternehmens, in Ihrem Namen. Tippen Sie auf einen Befehl, oder schreiben Sie ihn mit seinen Angaben."
            }
        }
    }

    /// The label of the search for commands.
    #[must_use]
    pub fn search_commands(self) -> &'static str {
        match self.0 {
            En => "Search all commands",
            De => "Alle Befehle durchsuchen",
        }
    }

    /// The placeholder of the search for commands.
    #[must_use]
    pub fn search_example(self) -> &'static str {
        match self.0 {
            En => "An app or a word, such as account",
            De => "Eine App oder ein Wort, zum Beispiel Account",
        }
    }

    /// The button of a search.
    #[must_use]
    pub fn search(self) -> &'static str {
        match self.0 {
            En => "Search",
            De => "Suchen",
        }
    }

    /// More commands of an app than the help shows.
    #[must_use]
    pub fn more_commands(self, count: usize, app: &str) -> String {
        let app = escape_markdown(app);
        match self.0 {
            En => format!("and {count} more: say *help {app}*"),
            De => format!("und {count} weitere: *help {app}*"),
        }
    }

    /// The line above the commands that match a search.
    #[must_use]
    pub fn commands_about(self, search: &str) -> String {
        let search = escape_markdown(search);
        match self.0 {
            En => format!("These commands match *{search}*. Press one, or write it with its details."),
            De => format!(
                "Diese Befehle passen zu *{search}*. Tippen Sie auf einen, oder schreiben Sie ihn mit seinen Angaben."
            ),
        }
    }

    /// No command matches a search.
    #[must_use]
    pub fn no_command_about(self, search: &str) -> String {
        let search = escape_markdown(search);
        match self.0 {
            En => format!("No command matches *{search}*. Say *help* to see all commands."),
            De => format!("Kein Befehl passt zu *{search}*. Mit *help* sehen Sie alle Befehle."),
        }
    }

    /// The items of a list that have no row.
    #[must_use]
    pub fn more_items(self, count: usize) -> String {
        match self.0 {
            En => format!("and {count} more"),
            De => format!("und {count} weitere"),
        }
    }

    /// The button that starts a command.
    #[must_use]
    pub fn start(self) -> &'static str {
        match self.0 {
            En => "Start",
            De => "Starten",
        }
    }

    /// The built-in commands, with their effect.
    #[must_use]
    pub fn own_commands(self) -> [(&'static str, &'static str); 4] {
        match self.0 {
            En => [
                ("personal_connections", "see, disconnect or delete your own logins"),
                ("connect *app*", "log in to an app before a command needs it"),
                ("status", "what is waiting or running, with a way to cancel it"),
                ("help *word*", "the commands of an app, or what one command needs"),
            ],
            De => [
                ("personal_connections", "eigene Anmeldungen ansehen, trennen oder löschen"),
                ("connect *App*", "bei einer App anmelden, bevor ein Befehl es braucht"),
                ("status", "was wartet oder läuft, und wie Sie es abbrechen"),
                ("help *Wort*", "die Befehle einer App, oder welche Angaben ein Befehl braucht"),
            ],
        }
    }

    /// The mark of an optional input.
    #[must_use]
    pub fn optional(self) -> &'static str {
        match self.0 {
            En => "optional",
            De => "optional",
        }
    }

    /// The line before the example of a command.
    #[must_use]
    pub fn in_one_line(self) -> &'static str {
        match self.0 {
            En => "Or in one line:",
            De => "Oder in einer Zeile:",
        }
    }

    /// The title of the suggestions.
    #[must_use]
    pub fn did_you_mean(self) -> &'static str {
        match self.0 {
            En => "Did you mean …?",
            De => "Meinten Sie …?",
        }
    }

    /// The text was not understood.
    #[must_use]
    pub fn or_help(self) -> &'static str {
        match self.0 {
            En => "I did not understand that; nothing was done. Say *help* to see what I can do.",
            De => {
                "Das habe ich nicht verstanden; es wurde nichts ausgeführt. Mit *help* sehen Sie, was ich tun kann."
            }
        }
    }

    /// The title of the first message.
    #[must_use]
    pub fn welcome(self) -> String {
        with_bot(match self.0 {
            En => "Welcome to {bot}",
            De => "Willkommen bei {bot}",
        })
    }

    /// The first message to a person.
    #[must_use]
    pub fn welcome_line(self) -> &'static str {
        match self.0 {
            En => {
                "I do things in your company's apps as you: under your own name, with your own rights. You log in to an app once, and can take that back at any time. Three things to try:"
            }
            De => {
                "Ich erledige Dinge in den Apps Ihres Unternehmens, in Ihrem Namen und mit Ihren eigenen Rechten. Sie melden sich bei jeder App einmal an und können das jederzeit zurücknehmen. Drei Dinge zum Ausprobieren:"
            }
        }
    }

    /// The first message to a team or group chat.
    #[must_use]
    pub fn welcome_all(self) -> &'static str {
        match self.0 {
            En => {
                "Hello. Mention me with a command, such as *help*: I do it in your company's apps as the person who asks, and write to that person in private."
            }
            De => {
                "Hallo. Erwähnen Sie mich mit einem Befehl, zum Beispiel *help*: Ich erledige ihn in den Apps Ihres Unternehmens im Namen der fragenden Person und schreibe ihr privat."
            }
        }
    }
}
