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

    /// The switch for sentences that are no command.
    pub fn own_words(self) -> &'static str {
        match self.0 {
            En => "Commands in people's own words",
            De => "Befehle in eigenen Worten",
        }
    }

    /// What happens with such a sentence now. `host` reads them.
    pub fn own_words_now(self, on: bool, host: &str) -> String {
        match (self.0, on) {
            (En, true) => {
                format!("On: a sentence that is no command goes to {host}, which fills in the form.")
            }
            (De, true) => {
                format!("Ein: Ein Satz, der kein Befehl ist, geht an {host} und füllt das Formular aus.")
            }
            (En, false) => "Off: a sentence that is no command leads to suggestions.".to_owned(),
            (De, false) => "Aus: Ein Satz, der kein Befehl ist, führt zu Vorschlägen.".to_owned(),
        }
    }

    /// A button.
    pub fn switch_own_words(self, on: bool) -> &'static str {
        match (self.0, on) {
            (En, true) => "Switch on",
            (De, true) => "Einschalten",
            (En, false) => "Switch off",
            (De, false) => "Ausschalten",
        }
    }

    /// Its question.
    pub fn really_own_words(self, on: bool, host: &str) -> String {
        match (self.0, on) {
            (En, true) => format!("Send sentences to {host}?"),
            (De, true) => format!("Sätze an {host} senden?"),
            (En, false) => format!("Send no more sentences to {host}?"),
            (De, false) => format!("Keine Sätze mehr an {host} senden?"),
        }
    }

    /// What the answer means.
    pub fn own_words_mean(self, on: bool) -> &'static str {
        match (self.0, on) {
            (En, true) => {
                "It gets the sentence and the commands that the person may use, and no names, records or connections. \
                 Its answer fills in a form; nothing happens before the person sends that."
            }
            (De, true) => {
                "Gesendet werden der Satz und die Befehle, die der Person offenstehen, aber keine Namen, Datensätze oder \
                 Verbindungen. Die Antwort füllt ein Formular aus; nichts geschieht, bevor die Person es absendet."
            }
            (En, false) => "People then get suggestions instead.",
            (De, false) => "Stattdessen gibt es dann Vorschläge.",
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
