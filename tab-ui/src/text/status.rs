//! The texts of the tab itself: the session, the sections, and failures.

use workbot_shared::Language::{De, En};

use super::{Texts, with_bot};
use crate::route::Section;

impl Texts {
    /// What a section is called.
    pub fn section(self, section: Section) -> &'static str {
        match (self.0, section) {
            (En, Section::Connections) => "Connections",
            (De, Section::Connections) => "Verbindungen",
            (En, Section::Waiting) => "Waiting",
            (De, Section::Waiting) => "Wartend",
            (En, Section::Activity) => "History",
            (De, Section::Activity) => "Verlauf",
            (En, Section::Agents) => "Agents",
            (De, Section::Agents) => "Agenten",
            (En, Section::Recipes) => "Recipes",
            (De, Section::Recipes) => "Rezepte",
            (En, Section::Shared) => "Shared connections",
            (De, Section::Shared) => "Gemeinsame Verbindungen",
            (En, Section::People) => "People",
            (De, Section::People) => "Personen",
            (En, Section::Audit) => "Audit",
            (De, Section::Audit) => "Protokoll",
        }
    }

    /// Names the choice of a section.
    pub fn sections(self) -> &'static str {
        match self.0 {
            En => "Sections",
            De => "Bereiche",
        }
    }

    /// Something is on its way.
    pub fn loading(self) -> &'static str {
        match self.0 {
            En => "Loading",
            De => "Wird geladen",
        }
    }

    /// Outside Teams: the heading, why, and three steps.
    pub fn open_in_teams(self) -> (&'static str, &'static str, [String; 3]) {
        let (heading, why, steps) = match self.0 {
            En => (
                "Open this in Teams",
                "This page needs Teams to say who you are.",
                [
                    "Open Microsoft Teams.",
                    "Go to your chat with {bot}.",
                    "Choose this tab at the top of the chat.",
                ],
            ),
            De => (
                "Öffnen Sie diese Seite in Teams",
                "Diese Seite muss von Teams erfahren, wer Sie sind.",
                [
                    "Öffnen Sie Microsoft Teams.",
                    "Gehen Sie zu Ihrem Chat mit {bot}.",
                    "Wählen Sie oben im Chat diese Registerkarte.",
                ],
            ),
        };
        (heading, why, steps.map(with_bot))
    }

    /// The link to Teams.
    pub fn open_teams(self) -> &'static str {
        match self.0 {
            En => "Open Teams",
            De => "Teams öffnen",
        }
    }

    /// Before the name of the current person, for screen readers.
    pub fn you_are(self) -> &'static str {
        match self.0 {
            En => "You are",
            De => "Sie sind",
        }
    }

    /// Whoever is here is an admin.
    pub fn admin(self) -> &'static str {
        match self.0 {
            En => "Admin",
            De => "Administration",
        }
    }

    /// A button: take a message away.
    pub fn dismiss(self) -> &'static str {
        match self.0 {
            En => "Dismiss",
            De => "Ausblenden",
        }
    }

    /// A button: close a panel.
    pub fn close(self) -> &'static str {
        match self.0 {
            En => "Close",
            De => "Schließen",
        }
    }

    /// The heading of a failure.
    pub fn did_not_work(self) -> &'static str {
        match self.0 {
            En => "That did not work",
            De => "Das hat nicht geklappt",
        }
    }

    /// Before the id to be mentioned in a report; a full stop follows it.
    pub fn mention(self) -> &'static str {
        match self.0 {
            En => "If you report it, mention ",
            De => "Falls Sie es melden, nennen Sie ",
        }
    }

    /// A button: once more.
    pub fn try_again(self) -> &'static str {
        match self.0 {
            En => "Try again",
            De => "Erneut versuchen",
        }
    }

    /// The worker did not respond.
    pub fn unreachable(self) -> String {
        with_bot(match self.0 {
            En => "{bot} could not be reached. Check your connection, then try again.",
            De => "{bot} ist nicht erreichbar. Prüfen Sie Ihre Verbindung und versuchen Sie es erneut.",
        })
    }

    /// The browser has no network.
    pub fn offline(self) -> &'static str {
        match self.0 {
            En => "You are offline. What you see may be out of date.",
            De => "Sie sind offline. Was Sie sehen, kann veraltet sein.",
        }
    }

    /// The worker's response is invalid.
    pub fn unclear(self) -> String {
        with_bot(match self.0 {
            En => "{bot}'s answer could not be read. Try again in a moment.",
            De => "Die Antwort von {bot} war nicht lesbar. Versuchen Sie es gleich noch einmal.",
        })
    }

    /// Teams does not respond.
    pub fn silent_host(self) -> &'static str {
        match self.0 {
            En => {
                "Teams does not answer. Try again; if that does not help, close this tab and open it again."
            }
            De => {
                "Teams antwortet nicht. Versuchen Sie es erneut. Hilft das nicht, schließen Sie diese Registerkarte und öffnen Sie sie wieder."
            }
        }
    }

    /// Teams issued no token.
    pub fn unknown_person(self) -> String {
        with_bot(match self.0 {
            En => "Teams did not confirm who you are. Try again, or ask your Teams admin to allow {bot}.",
            De => {
                "Teams hat nicht bestätigt, wer Sie sind. Versuchen Sie es erneut, oder bitten Sie Ihre Teams-Administration, {bot} zuzulassen."
            }
        })
    }

    /// The worker rejected the token.
    pub fn session_ended(self) -> &'static str {
        match self.0 {
            En => {
                "Your sign-in to Teams has ended. Try again; if that does not help, close this tab and open it again."
            }
            De => {
                "Ihre Anmeldung bei Teams ist abgelaufen. Versuchen Sie es erneut. Hilft das nicht, schließen Sie diese Registerkarte und öffnen Sie sie wieder."
            }
        }
    }

    /// The person may not see the page.
    pub fn admins_only(self) -> String {
        with_bot(match self.0 {
            En => "This page is for {bot} admins. Ask your Teams admin for the role Workbot.Admin.",
            De => {
                "Diese Seite ist der {bot}-Administration vorbehalten. Die Rolle Workbot.Admin erhalten Sie von Ihrer Teams-Administration."
            }
        })
    }

    /// A button: to one's own connections.
    pub fn to_connections(self) -> &'static str {
        match self.0 {
            En => "Go to your connections",
            De => "Zu Ihren Verbindungen",
        }
    }

    /// A button: more of a list.
    pub fn show_more(self) -> &'static str {
        match self.0 {
            En => "Show more",
            De => "Mehr anzeigen",
        }
    }

    /// Nothing in a list is what is looked for.
    pub fn nothing_found(self) -> &'static str {
        match self.0 {
            En => "Nothing fits what you are looking for.",
            De => "Nichts passt zu Ihrer Suche.",
        }
    }
}
