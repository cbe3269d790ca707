//! Texts of the command `connect`: its run, the picklist of apps, and an app that is connected already.

use workbot_shared::Language::{De, En};

use super::Texts;
use crate::template::escape_markdown;

impl Texts {
    /// The name of a run that only connects an app.
    #[must_use]
    pub fn connect_app(self, app: &str) -> String {
        match self.0 {
            En => format!("Connect {app}"),
            De => format!("{app} verbinden"),
        }
    }

    /// The purpose of such a login, like that of a recipe.
    #[must_use]
    pub fn connecting_for(self) -> &'static str {
        match self.0 {
            En => "run your commands",
            De => "Ihre Befehle auszuführen",
        }
    }

    /// The title of the picklist of apps to connect.
    #[must_use]
    pub fn which_app(self) -> &'static str {
        match self.0 {
            En => "Which app would you like to connect?",
            De => "Welche App möchten Sie verbinden?",
        }
    }

    /// The button that connects an app.
    #[must_use]
    pub fn connect(self) -> &'static str {
        match self.0 {
            En => "Connect",
            De => "Verbinden",
        }
    }

    /// The button that switches the account.
    #[must_use]
    pub fn switch_account(self) -> &'static str {
        match self.0 {
            En => "Switch account",
            De => "Konto wechseln",
        }
    }

    /// The app was connected before the request.
    #[must_use]
    pub fn connected_already(self, app: &str, account: &str) -> String {
        let account = escape_markdown(account);
        match self.0 {
            En => format!("{app} is connected as {account}."),
            De => format!("{app} ist als {account} verbunden."),
        }
    }

    /// All apps are connected.
    #[must_use]
    pub fn all_connected(self) -> &'static str {
        match self.0 {
            En => "Every app that you can connect is connected.",
            De => "Alle Apps, die Sie verbinden können, sind verbunden.",
        }
    }
}
