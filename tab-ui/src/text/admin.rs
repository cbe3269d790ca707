//! The texts for admins: people's connections, frozen apps and the audit log.

use workbot_shared::AuditAction;
use workbot_shared::Language::{De, En};

use super::Texts;

impl Texts {
    /// Under the heading of people's connections.
    pub fn people_intro(self) -> &'static str {
        match self.0 {
            En => "Who is connected to what. You can disconnect a leaver; you can never use what is theirs.",
            De => "Wer womit verbunden ist. Sie können Verbindungen trennen, aber nie selbst verwenden.",
        }
    }

    /// Instead of an empty list.
    pub fn no_people(self) -> &'static str {
        match self.0 {
            En => "Nobody has connected an app yet.",
            De => "Noch hat niemand eine Anwendung verbunden.",
        }
    }

    /// Over the field that searches.
    pub fn search_people(self) -> &'static str {
        match self.0 {
            En => "Search by name, account or app",
            De => "Nach Name, Konto oder Anwendung suchen",
        }
    }

    /// A button: search.
    pub fn search(self) -> &'static str {
        match self.0 {
            En => "Search",
            De => "Suchen",
        }
    }

    /// Asks before a person's connection is left.
    pub fn really_disconnect_person(self, person: &str, app: &str, account: &str) -> String {
        match self.0 {
            En => format!("Disconnect {app} ({account}) of {person}?"),
            De => format!("{app} ({account}) von {person} trennen?"),
        }
    }

    /// A button: all connections of a person.
    pub fn disconnect_all(self) -> &'static str {
        match self.0 {
            En => "Disconnect all",
            De => "Alle trennen",
        }
    }

    /// Asks before all of them are left.
    pub fn really_disconnect_all(self, person: &str) -> String {
        match self.0 {
            En => format!("Disconnect everything of {person}?"),
            De => format!("Alle Verbindungen von {person} trennen?"),
        }
    }

    /// What it means for the person.
    pub fn disconnect_all_means(self, number: usize) -> String {
        match (self.0, number) {
            (En, 1) => "Their commands will ask them to log in again.".to_owned(),
            (De, 1) => "Für Befehle ist dann eine neue Anmeldung nötig.".to_owned(),
            (En, _) => format!(
                "{number} connections end now and are revoked at the apps. Commands will ask for a new login."
            ),
            (De, _) => format!(
                "{number} Verbindungen enden sofort und werden in den Anwendungen widerrufen. Für Befehle ist dann eine neue Anmeldung nötig."
            ),
        }
    }

    /// What it means for their agents.
    pub fn agents_end_too(self) -> &'static str {
        match self.0 {
            En => "Agents no longer act for them.",
            De => "Agenten handeln nicht mehr für diese Person.",
        }
    }

    /// Over the apps that can be frozen.
    pub fn apps(self) -> &'static str {
        match self.0 {
            En => "Stop an app",
            De => "Eine Anwendung anhalten",
        }
    }

    /// What freezing means.
    pub fn apps_intro(self) -> &'static str {
        match self.0 {
            En => {
                "A frozen app is used by no command of anybody, from the next moment on. Nobody is logged out."
            }
            De => {
                "Eine angehaltene Anwendung verwendet ab sofort kein Befehl mehr, von niemandem. Alle bleiben angemeldet."
            }
        }
    }

    /// A button: the audit as a file for spreadsheets.
    pub fn download_audit(self) -> &'static str {
        match self.0 {
            En => "Download as CSV",
            De => "Als CSV herunterladen",
        }
    }

    /// Instead of an empty list of apps.
    pub fn no_apps_yet(self) -> &'static str {
        match self.0 {
            En => "No command uses a business app yet.",
            De => "Noch kein Befehl verwendet eine Anwendung.",
        }
    }

    /// Whether an app is frozen, with a sign before it.
    pub fn frozen(self, frozen: bool) -> &'static str {
        match (self.0, frozen) {
            (En, true) => "! Frozen",
            (De, true) => "! Angehalten",
            (En, false) => "✓ In use",
            (De, false) => "✓ In Verwendung",
        }
    }

    /// A button: freeze, or let go.
    pub fn freeze(self, freeze: bool) -> &'static str {
        match (self.0, freeze) {
            (En, true) => "Freeze",
            (De, true) => "Anhalten",
            (En, false) => "Unfreeze",
            (De, false) => "Freigeben",
        }
    }

    /// Asks before it is done.
    pub fn really_freeze(self, freeze: bool, app: &str) -> String {
        match (self.0, freeze) {
            (En, true) => format!("Freeze {app}?"),
            (De, true) => format!("{app} anhalten?"),
            (En, false) => format!("Unfreeze {app}?"),
            (De, false) => format!("{app} freigeben?"),
        }
    }

    /// What it means.
    pub fn freeze_means(self, freeze: bool) -> &'static str {
        match (self.0, freeze) {
            (En, true) => "No command of anybody will use it until you unfreeze it.",
            (De, true) => "Kein Befehl verwendet es mehr, bis Sie es freigeben.",
            (En, false) => "Commands will use it again.",
            (De, false) => "Befehle verwenden es dann wieder.",
        }
    }

    /// It was done.
    pub fn was_frozen(self, frozen: bool, app: &str) -> String {
        match (self.0, frozen) {
            (En, true) => format!("{app} is frozen."),
            (De, true) => format!("{app} ist angehalten."),
            (En, false) => format!("{app} is in use again."),
            (De, false) => format!("{app} ist wieder in Verwendung."),
        }
    }

    /// Under the heading of the audit.
    pub fn audit_intro(self) -> &'static str {
        match self.0 {
            En => {
                "What admins did here, and what commands wrote by a shared connection in the last 90 days, newest first. Details are in English for everyone."
            }
            De => {
                "Was Administratorinnen und Administratoren hier getan haben, und was Befehle in den letzten 90 Tagen über eine gemeinsame Verbindung geschrieben haben, Neuestes zuerst. Details sind für alle auf Englisch."
            }
        }
    }

    /// Instead of an empty list.
    pub fn no_audit(self) -> &'static str {
        match self.0 {
            En => "No admin has changed anything yet, and no command has written by a shared connection.",
            De => {
                "Noch wurde nichts geändert, und kein Befehl hat über eine gemeinsame Verbindung geschrieben."
            }
        }
    }

    /// What was done.
    pub fn act(self, act: AuditAction) -> &'static str {
        match (self.0, act) {
            (En, AuditAction::RecipeSettingsChanged) => "Changed a recipe's settings",
            (De, AuditAction::RecipeSettingsChanged) => "Einstellungen eines Rezepts geändert",
            (En, AuditAction::SharedConnected) => "Connected a shared connection",
            (De, AuditAction::SharedConnected) => "Gemeinsame Verbindung hergestellt",
            (En, AuditAction::SharedDisconnected) => "Disconnected a shared connection",
            (De, AuditAction::SharedDisconnected) => "Gemeinsame Verbindung getrennt",
            (En, AuditAction::SharedDeleted) => "Deleted a shared connection",
            (De, AuditAction::SharedDeleted) => "Gemeinsame Verbindung gelöscht",
            (En, AuditAction::PersonDisconnected) => "Disconnected a person's connection",
            (De, AuditAction::PersonDisconnected) => "Verbindung einer Person getrennt",
            (En, AuditAction::PersonOffBoarded) => "Disconnected everything of a person",
            (De, AuditAction::PersonOffBoarded) => "Alle Verbindungen einer Person getrennt",
            (En, AuditAction::AppFrozen) => "Froze an app",
            (De, AuditAction::AppFrozen) => "Anwendung angehalten",
            (En, AuditAction::AppUnfrozen) => "Unfroze an app",
            (De, AuditAction::AppUnfrozen) => "Anwendung freigegeben",
            (En, AuditAction::AgentDoorOpened) => "Let agents act for people",
            (De, AuditAction::AgentDoorOpened) => "Agenten zugelassen",
            (En, AuditAction::AgentDoorClosed) => "Stopped agents from acting for people",
            (De, AuditAction::AgentDoorClosed) => "Agenten gesperrt",
            (En, AuditAction::AgentClientAdded) => "Registered an agent",
            (De, AuditAction::AgentClientAdded) => "Agenten registriert",
            (En, AuditAction::AgentClientRemoved) => "Removed an agent",
            (De, AuditAction::AgentClientRemoved) => "Agenten entfernt",
            (En, AuditAction::AgentEnded) => "Ended an agent's access",
            (De, AuditAction::AgentEnded) => "Zugriff eines Agenten beendet",
            (En, AuditAction::LanguageModelOn) => "Switched the language model on",
            (De, AuditAction::LanguageModelOn) => "Sprachmodell eingeschaltet",
            (En, AuditAction::LanguageModelOff) => "Switched the language model off",
            (De, AuditAction::LanguageModelOff) => "Sprachmodell ausgeschaltet",
            (En, AuditAction::SharedWrite) => "Wrote by a shared connection",
            (De, AuditAction::SharedWrite) => "Über eine gemeinsame Verbindung geschrieben",
        }
    }

    /// The link to what a command wrote.
    pub fn open_written(self) -> &'static str {
        match self.0 {
            En => "Open in the app",
            De => "In der Anwendung öffnen",
        }
    }

    /// Before who did it, for screen readers.
    pub fn by(self) -> &'static str {
        match self.0 {
            En => "by",
            De => "von",
        }
    }
}
