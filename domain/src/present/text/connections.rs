//! Texts about connections: missing logins, the list, and the receipt of disconnecting.

use workbot_shared::Language::{De, En};
use workbot_shared::{Auth, Receipt, RevocationOutcome};

use super::{Texts, named};
use crate::bot_name::bot;
use crate::connection::Reason;
use crate::template::escape_markdown;

impl Texts {
    /// The heading of a card for one login, and its notification. `name` is an app or a recipe.
    #[must_use]
    pub fn needs_your_login(self, name: &str) -> String {
        match self.0 {
            En => format!("{name} needs your login"),
            De => format!("Für {name} ist Ihre Anmeldung nötig"),
        }
    }

    /// The heading of a card for several logins.
    #[must_use]
    pub fn need_your_logins(self, apps: usize, recipe: &str) -> String {
        let recipe = named(recipe);
        match self.0 {
            En => format!("{apps} apps need your login for {recipe}"),
            De => format!("Für {recipe} ist Ihre Anmeldung bei {apps} Apps nötig"),
        }
    }

    /// Why the logins are needed: the recipe's purpose. Only English requires a purpose.
    #[must_use]
    pub fn why_login(self, recipe: &str, purpose: &str, apps: &[&str]) -> String {
        let bot = bot();
        match self.0 {
            En => format!(
                "To {purpose} as you, {bot} needs access to your {} account. You stay in control: disconnect any time.",
                apps.join(" and your ")
            ),
            De => {
                let what = if purpose.is_empty() {
                    format!("Für {}", named(recipe))
                } else {
                    format!("Um in Ihrem Namen {purpose},")
                };
                let accounts = apps.join("-Konto und Ihr ");
                format!(
                    "{what} benötigt {bot} Zugriff auf Ihr {accounts}-Konto. Sie behalten die Kontrolle: Trennen Sie die Verbindung jederzeit."
                )
            }
        }
    }

    /// The number of logins done.
    #[must_use]
    pub fn so_many_connected(self, connected: usize, all: usize) -> String {
        match self.0 {
            En => format!("{connected} of {all} connected"),
            De => format!("{connected} von {all} verbunden"),
        }
    }

    /// The line for a connected app in the login card.
    #[must_use]
    pub fn is_connected(self, app: &str, account: &str) -> String {
        let account = escape_markdown(account);
        match self.0 {
            En => format!("✓ {app}: connected as {account}"),
            De => format!("✓ {app}: verbunden als {account}"),
        }
    }

    /// The line for a missing login in the login card.
    #[must_use]
    pub fn login_needed(self, app: &str) -> String {
        match self.0 {
            En => format!("{app}: login needed"),
            De => format!("{app}: Anmeldung erforderlich"),
        }
    }

    /// The note below [`Self::login_needed`]: why the earlier login ended.
    #[must_use]
    pub fn login_again(self, app: &str, account: &str, reason: Option<Reason>) -> String {
        let account = escape_markdown(account);
        match (self.0, reason) {
            (En, None) => format!("{account} was disconnected here."),
            (De, None) => format!("{account} wurde hier getrennt."),
            (En, Some(Reason::GrantGone)) => {
                format!("{app} no longer accepts your login as {account}: it expired or was withdrawn there.")
            }
            (De, Some(Reason::GrantGone)) => {
                format!(
                    "{app} akzeptiert Ihre Anmeldung als {account} nicht mehr: Sie ist abgelaufen oder wurde dort entzogen."
                )
            }
            (En, Some(Reason::NotRenewable)) => {
                format!("Your login as {account} has expired, and {app} offers no way to renew it.")
            }
            (De, Some(Reason::NotRenewable)) => format!(
                "Ihre Anmeldung als {account} ist abgelaufen, und {app} bietet keinen Weg, sie zu verlängern."
            ),
            (En, Some(Reason::AnswerLost)) => format!(
                "An answer of {app} was lost on its way, and {app} no longer accepts your login as {account}."
            ),
            (De, Some(Reason::AnswerLost)) => format!(
                "Eine Antwort von {app} ging unterwegs verloren, und {app} akzeptiert Ihre Anmeldung als {account} nicht mehr."
            ),
            (En, Some(Reason::Doubtful)) => {
                format!(
                    "{app} refused your login as {account} several times, for a reason that is not clear."
                )
            }
            (De, Some(Reason::Doubtful)) => format!(
                "{app} hat Ihre Anmeldung als {account} mehrmals abgelehnt, der Grund ist nicht eindeutig."
            ),
            (En, Some(Reason::StorageLost)) => {
                format!("Your login as {account} could no longer be read from the storage here.")
            }
            (De, Some(Reason::StorageLost)) => {
                format!("Ihre Anmeldung als {account} war hier im Speicher nicht mehr lesbar.")
            }
        }
    }

    /// The login button.
    #[must_use]
    pub fn login(self) -> &'static str {
        match self.0 {
            En => "Login",
            De => "Anmelden",
        }
    }

    /// The owner and the lifetime of the links in a login card.
    #[must_use]
    pub fn only_for_you(self, links: usize) -> &'static str {
        match (self.0, links) {
            (En, 1) => "This link is only for you and works for 10 minutes.",
            (En, _) => "These links are only for you and work for 10 minutes.",
            (De, 1) => "Dieser Link ist nur für Sie und 10 Minuten gültig.",
            (De, _) => "Diese Links sind nur für Sie und 10 Minuten gültig.",
        }
    }

    /// A login is done.
    #[must_use]
    pub fn now_connected(self, app: &str, account: &str) -> String {
        let account = escape_markdown(account);
        match self.0 {
            En => format!("✓ {app} connected as {account}"),
            De => format!("✓ {app} verbunden als {account}"),
        }
    }

    /// The notification for finished logins.
    #[must_use]
    pub fn connected_in_short(self) -> &'static str {
        match self.0 {
            En => "Connected",
            De => "Verbunden",
        }
    }

    /// The list is empty.
    #[must_use]
    pub fn no_connections(self) -> &'static str {
        match self.0 {
            En => {
                "You have no connections yet. They appear here when a command first needs one, or say *connect* to make one now."
            }
            De => {
                "Sie haben noch keine Verbindungen. Sie erscheinen hier, sobald ein Befehl eine benötigt. Mit *connect* stellen Sie gleich eine her."
            }
        }
    }

    /// The app is not connected.
    #[must_use]
    pub fn not_connected(self, app: &str) -> String {
        match self.0 {
            En => format!("{app} is not connected. There is nothing to disconnect."),
            De => format!("{app} ist nicht verbunden. Es gibt nichts zu trennen."),
        }
    }

    /// The button that refreshes the list.
    #[must_use]
    pub fn refresh(self) -> &'static str {
        match self.0 {
            En => "Refresh",
            De => "Aktualisieren",
        }
    }

    /// The list is too long for a message.
    #[must_use]
    pub fn more_in_tab(self, more: usize) -> String {
        match self.0 {
            En => format!("{more} more are in the tab."),
            De => format!("{more} weitere stehen im Tab."),
        }
    }

    /// How to connect another app; below the list.
    #[must_use]
    pub fn missing_one(self) -> &'static str {
        match self.0 {
            En => "Missing one? Say *connect* and the name of the app.",
            De => "Fehlt eine? Schreiben Sie *connect* und den Namen der App.",
        }
    }

    /// The commands that use a connection.
    #[must_use]
    pub fn used_by(self, recipes: &[&str]) -> String {
        let recipes = escape_markdown(&recipes.join(", "));
        match self.0 {
            En => format!("used by {recipes}"),
            De => format!("verwendet von {recipes}"),
        }
    }

    /// The label of the list's picklist.
    #[must_use]
    pub fn connection(self) -> &'static str {
        match self.0 {
            En => "Connection",
            De => "Verbindung",
        }
    }

    /// An idle connection ends soon.
    #[must_use]
    pub fn idle_soon(self, app: &str, account: &str, day: &str) -> String {
        let bot = bot();
        let account = escape_markdown(account);
        match self.0 {
            En => format!(
                "You have not used {app} ({account}) here for a long time. On {day} {bot} disconnects it, as your company wants. Use it before then, and it stays."
            ),
            De => format!(
                "Sie haben {app} ({account}) hier lange nicht verwendet. Am {day} trennt {bot} die Verbindung, wie es Ihr Unternehmen wünscht. Verwenden Sie sie vorher, bleibt sie bestehen."
            ),
        }
    }

    /// An idle connection was ended.
    #[must_use]
    pub fn was_idle(self) -> &'static str {
        match self.0 {
            En => "You did not use this connection for a long time, so it was ended:",
            De => "Sie haben diese Verbindung lange nicht verwendet, daher wurde sie beendet:",
        }
    }

    /// A login expires soon at the app.
    #[must_use]
    pub fn ends_soon(self, app: &str, account: &str, day: &str) -> String {
        let account = escape_markdown(account);
        match self.0 {
            En => format!(
                "Your login to {app} ({account}) runs out on {day}. Log in again before then, and your commands go on without a break."
            ),
            De => format!(
                "Ihre Anmeldung bei {app} ({account}) läuft am {day} ab. Melden Sie sich vorher erneut an, dann laufen Ihre Befehle ohne Unterbrechung weiter."
            ),
        }
    }

    /// The notification for a connection that ends soon.
    #[must_use]
    pub fn ends_in_short(self, app: &str) -> String {
        match self.0 {
            En => format!("{app}: your connection ends soon"),
            De => format!("{app}: Ihre Verbindung endet bald"),
        }
    }

    /// A link to an app.
    #[must_use]
    pub fn open_app(self, app: &str) -> String {
        match self.0 {
            En => format!("Open {app}"),
            De => format!("{app} öffnen"),
        }
    }

    /// Asks for confirmation before a connection is disconnected or deleted.
    #[must_use]
    pub fn confirm_leaving(self, delete: bool, app: &str, account: &str, used_by: &[&str]) -> String {
        let account = escape_markdown(account);
        let question = match (self.0, delete) {
            (En, _) => format!("{} {app} ({account})?", self.0.leave(delete)),
            (De, false) => format!("{app} ({account}) trennen?"),
            (De, true) => format!("{app} ({account}) löschen?"),
        };
        let Some((one, more)) = used_by.split_first() else { return question };
        let one = named(one);
        let commands = match (self.0, more.len()) {
            (_, 0) => one,
            (En, more) => format!("{one} and {more} more"),
            (De, 1) => format!("{one} und 1 weiteren Befehl"),
            (De, more) => format!("{one} und {more} weitere Befehle"),
        };
        match self.0 {
            En => format!("{question} {commands} will ask you to log in again."),
            De => format!("{question} Für {commands} müssen Sie sich dann erneut anmelden."),
        }
    }

    /// An admin disconnected the person's connection.
    #[must_use]
    pub fn disconnected_by_admin(self, app: &str, account: &str) -> String {
        let bot = bot();
        let account = escape_markdown(account);
        match self.0 {
            En => format!(
                "Your {app} connection ({account}) was disconnected by an admin of your company. {bot} can no longer act there as you; a command that needs it will ask you to log in again."
            ),
            De => format!(
                "Ihre Verbindung zu {app} ({account}) wurde von einem Admin Ihres Unternehmens getrennt. {bot} kann dort nicht mehr in Ihrem Namen handeln; ein Befehl, der sie benötigt, bittet Sie erneut um die Anmeldung."
            ),
        }
    }

    /// A receipt with its link: where the person removes the access of an app without revocation.
    #[must_use]
    pub fn receipt(self, receipt: &Receipt, app: &str) -> String {
        match &receipt.link {
            Some(link) => format!("{} [{}]({link})", receipt.message, self.open_app(app)),
            None => receipt.message.clone(),
        }
    }

    /// The message of a receipt of disconnecting or deleting. `refused`: the app responded and refused the
    /// revocation.
    #[must_use]
    pub fn left(
        self,
        delete: bool,
        app: &str,
        auth: Auth,
        (outcome, refused): (RevocationOutcome, bool),
    ) -> String {
        let bot = bot();
        let done = match (self.0, delete) {
            (En, false) => "disconnected",
            (En, true) => "deleted",
            (De, false) => "wurde getrennt",
            (De, true) => "wurde gelöscht",
        };
        let at_the_app = match self.0 {
            En => match outcome {
                RevocationOutcome::Revoked => format!("Access was revoked at {app}."),
                RevocationOutcome::Retrying if refused => format!(
                    "{app} refused to revoke access: retrying; {bot} itself no longer has access. Your {bot} admin can find out why."
                ),
                RevocationOutcome::Retrying => {
                    format!("{app} could not be reached: retrying; {bot} itself no longer has access.")
                }
                RevocationOutcome::Unsupported if auth == Auth::Oauth2 => {
                    format!("This app has no revocation: remove {bot} in your {app} account.")
                }
                RevocationOutcome::Unsupported => {
                    format!("This app has no revocation: to be safe, change the key in {app} too.")
                }
                RevocationOutcome::KeptForOther => format!(
                    "Another connection uses the same {app} account, so its access was not revoked at {app}."
                ),
                RevocationOutcome::NothingToDo => "There was nothing left to revoke.".to_owned(),
            },
            De => match outcome {
                RevocationOutcome::Revoked => format!("Der Zugriff wurde bei {app} widerrufen."),
                RevocationOutcome::Retrying if refused => format!(
                    "{app} hat den Widerruf abgelehnt: Er wird wiederholt. {bot} selbst hat keinen Zugriff mehr. Den Grund findet Ihre {bot}-Administration."
                ),
                RevocationOutcome::Retrying => format!(
                    "{app} war nicht erreichbar: Der Widerruf wird wiederholt. {bot} selbst hat keinen Zugriff mehr."
                ),
                RevocationOutcome::Unsupported if auth == Auth::Oauth2 => {
                    format!("Diese App kennt keinen Widerruf: Entfernen Sie {bot} in Ihrem {app}-Konto.")
                }
                RevocationOutcome::Unsupported => format!(
                    "Diese App kennt keinen Widerruf: Ändern Sie den Schlüssel zur Sicherheit auch in {app}."
                ),
                RevocationOutcome::KeptForOther => format!(
                    "Eine andere Verbindung verwendet dasselbe {app}-Konto, daher wurde der Zugriff bei {app} nicht widerrufen."
                ),
                RevocationOutcome::NothingToDo => "Es gab nichts mehr zu widerrufen.".to_owned(),
            },
        };
        format!("{app} {done}. {at_the_app}")
    }
}
