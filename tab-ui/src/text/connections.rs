//! The texts of connections: the list, a login, Disconnect and Delete.

use workbot_shared::Language::{De, En};
use workbot_shared::{Auth, ConnectionStatus, OwnerKind};

use super::{Texts, with_bot};
use crate::offered_connection_actions::ConnectMethod;
use crate::removal_kind::Removal;
use crate::typed_credentials::Field;

/// What leaving a connection means, with a recipe as the example, whose name is set apart.
#[derive(Debug, PartialEq, Eq)]
pub struct Consequence<'a> {
    /// Before the name.
    pub lead: &'static str,
    /// The recipe.
    pub example: Option<&'a str>,
    /// After the name.
    pub rest: String,
}

impl Texts {
    /// A status, with a sign before it.
    pub fn status(self, status: ConnectionStatus) -> &'static str {
        status.words(self.0)
    }

    /// Over the list.
    pub fn connections_of(self, owner: OwnerKind) -> &'static str {
        match (self.0, owner) {
            (language, OwnerKind::Person) => language.your_connections(),
            (En, OwnerKind::Shared) => "Shared connections",
            (De, OwnerKind::Shared) => "Gemeinsame Verbindungen",
        }
    }

    /// What these connections are for.
    pub fn intro(self, owner: OwnerKind) -> String {
        with_bot(match (self.0, owner) {
            (En, OwnerKind::Person) => "{bot} acts in these apps as you, and only when you ask.",
            (De, OwnerKind::Person) => {
                "{bot} handelt in diesen Anwendungen in Ihrem Namen, und nur, wenn Sie es verlangen."
            }
            (En, OwnerKind::Shared) => "Commands use these unless they verify user access.",
            (De, OwnerKind::Shared) => {
                "Befehle verwenden diese, sofern sie nicht den Benutzerzugriff prüfen."
            }
        })
    }

    /// Over the column of apps.
    pub fn app(self) -> &'static str {
        match self.0 {
            En => "App",
            De => "Anwendung",
        }
    }

    /// Over the column of statuses.
    pub fn status_column(self) -> &'static str {
        match self.0 {
            En | De => "Status",
        }
    }

    /// When a connection was used last.
    pub fn last_used(self) -> &'static str {
        match self.0 {
            En => "Last used",
            De => "Zuletzt verwendet",
        }
    }

    /// Since when it is connected.
    pub fn connected_since(self) -> &'static str {
        match self.0 {
            En => "Connected since",
            De => "Verbunden seit",
        }
    }

    /// Which commands use it.
    pub fn used_by(self) -> &'static str {
        match self.0 {
            En => "Used by",
            De => "Verwendet von",
        }
    }

    /// How many commands use an app.
    pub fn commands(self, number: usize) -> String {
        match (self.0, number) {
            (En, 1) => "1 command".to_owned(),
            (En, _) => format!("{number} commands"),
            (De, 1) => "1 Befehl".to_owned(),
            (De, _) => format!("{number} Befehle"),
        }
    }

    /// Over the apps that are not connected.
    pub fn connect_more(self) -> &'static str {
        match self.0 {
            En => "Connect more apps",
            De => "Weitere Anwendungen verbinden",
        }
    }

    /// A button: what else there is to know of an app, or of a person.
    pub fn details_of(self, whose: &str) -> String {
        format!("Details: {whose}")
    }

    /// Instead of an empty list.
    pub fn nothing_yet(self, owner: OwnerKind) -> &'static str {
        match (self.0, owner) {
            (En, OwnerKind::Person) => {
                "You have no connections yet. They appear here when a command first needs one, or connect one now."
            }
            (De, OwnerKind::Person) => {
                "Sie haben noch keine Verbindungen. Sie erscheinen hier, sobald ein Befehl eine benötigt, oder verbinden Sie jetzt eine."
            }
            (En, OwnerKind::Shared) => {
                "No command uses a business app yet. An app appears here with the first that does."
            }
            (De, OwnerKind::Shared) => {
                "Noch kein Befehl verwendet eine Anwendung. Sie erscheint hier mit dem ersten, der es tut."
            }
        }
    }

    /// A connection was made.
    pub fn connected(self, app: &str, account: Option<&str>) -> String {
        match (self.0, account) {
            (En, Some(account)) => format!("{app} connected as {account}."),
            (De, Some(account)) => format!("{app} verbunden als {account}."),
            (En, None) => format!("{app} connected."),
            (De, None) => format!("{app} verbunden."),
        }
    }

    /// What the app granted.
    pub fn permissions(self) -> &'static str {
        match self.0 {
            En => "Permissions",
            De => "Berechtigungen",
        }
    }

    /// A link to the app, where the person can do the rest.
    pub fn app_settings(self) -> &'static str {
        match self.0 {
            En => "Open the app's settings",
            De => "Einstellungen der Anwendung öffnen",
        }
    }

    /// An app is not set up here, for a person. The company's admin is told where.
    pub fn not_set_up(self, owner: OwnerKind) -> String {
        with_bot(match (self.0, owner) {
            (En, OwnerKind::Person) => "Not set up here yet. Ask your {bot} admin.",
            (De, OwnerKind::Person) => "Hier noch nicht eingerichtet. Fragen Sie Ihre {bot}-Administration.",
            (En, OwnerKind::Shared) => {
                "Not set up here yet. The deployment's configuration lacks this app: see "
            }
            (De, OwnerKind::Shared) => {
                "Hier noch nicht eingerichtet. In der Konfiguration fehlt diese App: siehe "
            }
        })
    }

    /// On the button that connects.
    pub fn connect_method(self, way: ConnectMethod) -> &'static str {
        match (self.0, way) {
            (En, ConnectMethod::Login { switch: false }) => "Connect",
            (De, ConnectMethod::Login { switch: false }) => "Verbinden",
            (En, ConnectMethod::Login { switch: true }) => "Switch account",
            (De, ConnectMethod::Login { switch: true }) => "Konto wechseln",
            (En, ConnectMethod::Key { change: false }) => "Set key",
            (De, ConnectMethod::Key { change: false }) => "Schlüssel hinterlegen",
            (En, ConnectMethod::Key { change: true }) => "Change key",
            (De, ConnectMethod::Key { change: true }) => "Schlüssel ändern",
            (En, ConnectMethod::Password { change: false }) => "Set password",
            (De, ConnectMethod::Password { change: false }) => "Kennwort hinterlegen",
            (En, ConnectMethod::Password { change: true }) => "Change password",
            (De, ConnectMethod::Password { change: true }) => "Kennwort ändern",
        }
    }

    /// Asks before a connection is left. `what` is the app, with its account if there is one.
    pub fn really_leave(self, removal: Removal, what: &str) -> String {
        match (self.0, removal) {
            (En, _) => format!("{} {what}?", self.0.leave(removal == Removal::Delete)),
            (De, Removal::Disconnect) => format!("{what} trennen?"),
            (De, Removal::Delete) => format!("{what} löschen?"),
        }
    }

    /// What leaving a connection means for the commands that use it; one of them is the example.
    pub fn consequence(self, owner: OwnerKind, used_by: &[String]) -> Option<Consequence<'_>> {
        let (example, more) = (used_by.first().map(String::as_str), used_by.len().saturating_sub(1));
        if owner == OwnerKind::Person && example.is_none() {
            return None;
        }
        let (lead, rest) = match (self.0, owner, example) {
            (En, OwnerKind::Person, _) if more == 0 => ("", " will ask you to log in again.".to_owned()),
            (En, OwnerKind::Person, _) => ("", format!(" and {more} more will ask you to log in again.")),
            (De, OwnerKind::Person, _) if more == 0 => {
                ("Für ", " müssen Sie sich dann erneut anmelden.".to_owned())
            }
            (De, OwnerKind::Person, _) => {
                ("Für ", format!(" und {more} weitere müssen Sie sich dann erneut anmelden."))
            }
            (En, OwnerKind::Shared, None) => (
                "Commands that run as the shared connection",
                " will stop working until it is connected again.".to_owned(),
            ),
            (En, OwnerKind::Shared, Some(_)) => (
                "Commands that run as the shared connection, such as ",
                ", will stop working until it is connected again.".to_owned(),
            ),
            (De, OwnerKind::Shared, None) => (
                "Befehle, die über die gemeinsame Verbindung laufen,",
                " funktionieren dann erst wieder, wenn sie neu verbunden ist.".to_owned(),
            ),
            (De, OwnerKind::Shared, Some(_)) => (
                "Befehle, die über die gemeinsame Verbindung laufen, wie ",
                ", funktionieren dann erst wieder, wenn sie neu verbunden ist.".to_owned(),
            ),
        };
        Some(Consequence { lead, example, rest })
    }

    /// Above the link of a login.
    pub fn login_opens(self) -> &'static str {
        match self.0 {
            En => "The login opens in your browser. This list follows by itself.",
            De => "Die Anmeldung öffnet sich in Ihrem Browser. Diese Liste folgt von selbst.",
        }
    }

    /// The link of a login.
    pub fn log_in_to(self, app: &str) -> String {
        match self.0 {
            En => format!("Log in to {app}"),
            De => format!("Bei {app} anmelden"),
        }
    }

    /// A button: the link has served its time.
    pub fn new_link(self) -> &'static str {
        match self.0 {
            En => "New link",
            De => "Neuer Link",
        }
    }

    /// Over the field of a secret.
    pub fn secret(self, auth: Auth) -> &'static str {
        match (self.0, auth) {
            (En, Auth::Basic) => "Password",
            (De, Auth::Basic) => "Kennwort",
            (En, _) => "API key",
            (De, _) => "API-Schlüssel",
        }
    }

    /// Over the field of a user.
    pub fn user(self) -> &'static str {
        match self.0 {
            En => "User",
            De => "Benutzer",
        }
    }

    /// Names the form of a secret.
    pub fn secret_for(self, auth: Auth, app: &str) -> String {
        match self.0 {
            En => format!("{} for {app}", self.secret(auth)),
            De => format!("{} für {app}", self.secret(auth)),
        }
    }

    /// Under a field that was left empty.
    pub fn missing(self, auth: Auth, field: Field) -> &'static str {
        match (self.0, field, auth) {
            (En, Field::User, _) => "Enter the user.",
            (De, Field::User, _) => "Geben Sie den Benutzer ein.",
            (En, Field::Secret, Auth::Basic) => "Enter the password.",
            (De, Field::Secret, Auth::Basic) => "Geben Sie das Kennwort ein.",
            (En, Field::Secret, _) => "Enter the API key.",
            (De, Field::Secret, _) => "Geben Sie den API-Schlüssel ein.",
        }
    }

    /// A button: keep what was typed in.
    pub fn save(self) -> &'static str {
        match self.0 {
            En => "Save",
            De => "Speichern",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(words: Texts, owner: OwnerKind, used_by: &[&str]) -> String {
        let used_by: Vec<String> = used_by.iter().map(|&name| name.to_owned()).collect();
        let consequence = words.consequence(owner, &used_by);
        consequence
            .map(|c| format!("{}{}{}", c.lead, c.example.unwrap_or_default(), c.rest))
            .unwrap_or_default()
    }

    #[test]
    fn a_person_hears_which_commands_will_ask_them_again() {
        let three = ["Create opportunity", "Close deal", "Find account"];
        for (words, used_by, expected) in [
            (Texts(En), &three[..0], ""),
            (Texts(En), &three[2..], "Find account will ask you to log in again."),
            (Texts(En), &three[..], "Create opportunity and 2 more will ask you to log in again."),
            (Texts(De), &three[2..], "Für Find account müssen Sie sich dann erneut anmelden."),
            (
                Texts(De),
                &three[..],
                "Für Create opportunity und 2 weitere müssen Sie sich dann erneut anmelden.",
            ),
        ] {
            assert_eq!(said(words, OwnerKind::Person, used_by), expected);
        }
    }

    #[test]
    fn an_admin_hears_that_commands_will_stop_for_everyone() {
        assert_eq!(
            said(Texts(En), OwnerKind::Shared, &["Find account"]),
            "Commands that run as the shared connection, such as Find account, will stop working until it is \
             connected again."
        );
        assert!(said(Texts(En), OwnerKind::Shared, &[]).contains("shared connection will stop working"));
        assert!(
            said(Texts(De), OwnerKind::Shared, &[])
                .ends_with("laufen, funktionieren dann erst wieder, wenn sie neu verbunden ist.")
        );
    }
}
