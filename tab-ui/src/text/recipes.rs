//! Recipes and their settings.

use workbot_shared::Language::{De, En};

use super::Texts;

impl Texts {
    /// Under the heading of the recipes.
    pub fn recipes_intro(self) -> &'static str {
        match self.0 {
            En => "The commands that people can give. The settings say as whom each one runs.",
            De => "Die Befehle, die es gibt. Die Einstellungen bestimmen, in wessen Namen sie laufen.",
        }
    }

    /// Instead of an empty list; before and after the folder's name.
    pub fn no_recipes(self) -> (&'static str, &'static str) {
        match self.0 {
            En => ("There are no recipes yet. Each file in ", " becomes one."),
            De => ("Es gibt noch keine Rezepte. Jede Datei in ", " wird zu einem."),
        }
    }

    /// Over the field that searches.
    pub fn search_recipes(self) -> &'static str {
        match self.0 {
            En => "Search by name, command or app",
            De => "Nach Name, Befehl oder Anwendung suchen",
        }
    }

    /// Over the recipes without an app.
    pub fn no_app(self) -> &'static str {
        match self.0 {
            En => "Without an app",
            De => "Ohne Anwendung",
        }
    }

    /// In which apps a recipe runs as the person.
    pub fn as_person_in(self, apps: &str) -> String {
        match self.0 {
            En => format!("Runs as the person in {apps}"),
            De => format!("Läuft im Namen der Person in {apps}"),
        }
    }

    /// An app of the recipe is not set up.
    pub fn lacks(self, app: &str, variables: &str) -> String {
        match self.0 {
            En => format!("Not offered: {app} is not set up. Missing: {variables}"),
            De => format!("Wird nicht angeboten: {app} ist nicht eingerichtet. Es fehlt: {variables}"),
        }
    }

    /// A button: the settings.
    pub fn settings(self) -> &'static str {
        match self.0 {
            En => "Settings",
            De => "Einstellungen",
        }
    }

    /// The settings of one recipe.
    pub fn settings_of(self, recipe: &str) -> String {
        format!("{}: {recipe}", self.settings())
    }

    /// The setting.
    pub fn verify(self) -> &'static str {
        match self.0 {
            En => "Verify user access at runtime",
            De => "Benutzerzugriff zur Laufzeit prüfen",
        }
    }

    /// A recipe without apps.
    pub fn no_apps(self) -> &'static str {
        match self.0 {
            En => "This recipe uses no business app.",
            De => "Dieses Rezept verwendet keine Anwendung.",
        }
    }

    /// What the setting means, on or off.
    pub fn verify_means(self, on: bool) -> &'static str {
        match (self.0, on) {
            (En, true) => "Runs as whoever gives the command, with their own login",
            (De, true) => "Läuft im Namen der Person, die den Befehl gibt, mit ihrer eigenen Anmeldung",
            (En, false) => "Runs as the company's shared connection",
            (De, false) => "Läuft über die gemeinsame Verbindung des Unternehmens",
        }
    }

    /// After the recipe's name: what its setting is now.
    pub fn verify_now(self, on: bool, app: &str) -> String {
        match (self.0, on) {
            (En, true) => format!(" now verifies user access in {app}. The next command uses it."),
            (De, true) => format!(" prüft jetzt den Benutzerzugriff in {app}, ab dem nächsten Befehl."),
            (En, false) => {
                format!(" now runs as the shared connection in {app}. The next command uses it.")
            }
            (De, false) => {
                format!(" läuft in {app} jetzt über die gemeinsame Verbindung, ab dem nächsten Befehl.")
            }
        }
    }
}
