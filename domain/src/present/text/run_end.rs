//! Texts about the end of a run: its result, or why there is none.

use workbot_shared::Language::{De, En};

use super::{Texts, named};
use crate::bot_name::bot;
use crate::connection::GuardrailError;
use crate::correlation_id::CorrelationId;
use crate::template::escape_markdown;

impl Texts {
    /// The accounts: "as you (ada@contoso.com)", "as the shared connection (integration@contoso.com)", or
    /// both.
    #[must_use]
    pub fn as_whom(self, by_person: &[&str], by_tenant: &[&str]) -> String {
        let list = |accounts: &[&str]| {
            accounts.iter().map(|account| escape_markdown(account)).collect::<Vec<_>>().join(", ")
        };
        let (you, shared, and) = match self.0 {
            En => ("as you", "as the shared connection", " and "),
            De => ("in Ihrem Namen", "über die gemeinsame Verbindung", " und "),
        };
        let mut parts = Vec::new();
        if !by_person.is_empty() {
            parts.push(format!("{you} ({})", list(by_person)));
        }
        if !by_tenant.is_empty() {
            parts.push(format!("{shared} ({})", list(by_tenant)));
        }
        parts.join(and)
    }

    /// The line below a list with the text of [`Self::as_whom`].
    #[must_use]
    pub fn done_as_whom(self, as_whom: &str) -> String {
        match self.0 {
            En => format!("Done {as_whom}"),
            De => format!("Ausgeführt {as_whom}"),
        }
    }

    /// The app refused.
    #[must_use]
    pub fn app_refused(self, app: &str, message: &str) -> String {
        let message = named(message.trim_end_matches('.'));
        match self.0 {
            En => format!(
                "{app} says: {message}. Your {app} admin can help if you should be allowed to do this."
            ),
            De => format!(
                "{app} meldet: {message}. Wenn Sie das dürfen sollten, hilft Ihnen Ihre {app}-Administration."
            ),
        }
    }

    /// The app is unavailable.
    #[must_use]
    pub fn app_busy(self, app: &str) -> String {
        match self.0 {
            En => format!("{app} cannot be reached or is busy; try again in a few minutes."),
            De => format!(
                "{app} ist nicht erreichbar oder ausgelastet. Versuchen Sie es in ein paar Minuten erneut."
            ),
        }
    }

    /// The output of a read exceeds the limit.
    #[must_use]
    pub fn too_much(self, app: &str) -> String {
        match self.0 {
            En => format!("{app} returned more than can be kept here; narrow your search."),
            De => format!("{app} hat mehr geliefert, als hier Platz hat. Grenzen Sie Ihre Suche ein."),
        }
    }

    /// The values make no valid request.
    #[must_use]
    pub fn cannot_ask(self, app: &str) -> String {
        match self.0 {
            En => format!("{app} cannot take these values; check what you entered."),
            De => format!("Mit diesen Werten lässt sich {app} nicht ansprechen. Prüfen Sie Ihre Angaben."),
        }
    }

    /// The outcome of a write is unknown.
    #[must_use]
    pub fn outcome_unknown(self, app: &str) -> String {
        match self.0 {
            En => format!(
                "{app} did not answer in time. What you asked for may or may not have been done: check in {app} before you try again."
            ),
            De => format!(
                "{app} hat nicht rechtzeitig geantwortet. Ob Ihr Auftrag ausgeführt wurde, ist nicht bekannt: Sehen Sie in {app} nach, bevor Sie es erneut versuchen."
            ),
        }
    }

    /// The steps that an ended run has done, with their links.
    #[must_use]
    pub fn done_before(self, done: &[(&str, Option<&str>)]) -> String {
        let shown = |(what, link): &(&str, Option<&str>)| match link {
            Some(link) => format!("[{}]({})", escape_markdown(what), link),
            None => escape_markdown(what),
        };
        let list = done.iter().map(shown).collect::<Vec<_>>().join(", ");
        match self.0 {
            En => format!("Done before: {list}"),
            De => format!("Bereits erledigt: {list}"),
        }
    }

    /// The steps that an ended run has not done.
    #[must_use]
    pub fn not_done(self, undone: &[&str]) -> String {
        let list = undone.iter().map(|what| escape_markdown(what)).collect::<Vec<_>>().join(", ");
        match self.0 {
            En => format!("Not done: {list}"),
            De => format!("Nicht erledigt: {list}"),
        }
    }

    /// An ended run has changed nothing.
    #[must_use]
    pub fn nothing_changed(self) -> &'static str {
        match self.0 {
            En => "Nothing was changed.",
            De => "Es wurde nichts geändert.",
        }
    }

    /// The shared connection is missing.
    #[must_use]
    pub fn no_shared_connection(self, app: &str) -> String {
        let bot = bot();
        match self.0 {
            En => format!(
                "{app} is not connected for your company yet; ask your {bot} admin to connect {app} in the {bot} tab."
            ),
            De => format!(
                "{app} ist für Ihr Unternehmen noch nicht verbunden. Bitten Sie Ihre {bot}-Administration, {app} auf der {bot}-Registerkarte zu verbinden."
            ),
        }
    }

    /// An admin disabled the recipe.
    #[must_use]
    pub fn switched_off(self, name: &str) -> String {
        let bot = bot();
        let name = named(name);
        match self.0 {
            En => format!("{name} is switched off here; ask your {bot} admin."),
            De => format!("{name} ist hier ausgeschaltet. Fragen Sie Ihre {bot}-Administration."),
        }
    }

    /// The recipe is closed to guests.
    #[must_use]
    pub fn not_for_guests(self, name: &str) -> String {
        let bot = bot();
        let name = named(name);
        match self.0 {
            En => format!("{name} is not open to guests here; ask your {bot} admin."),
            De => {
                format!("{name} ist hier nicht für Gäste freigegeben. Fragen Sie Ihre {bot}-Administration.")
            }
        }
    }

    /// The person belongs to another organization.
    #[must_use]
    pub fn not_for_outsiders(self, name: &str) -> String {
        let bot = bot();
        let name = named(name);
        match self.0 {
            En => format!(
                "{name} is only for people of the organization that {bot} belongs to here; ask one of them to do it."
            ),
            De => format!(
                "{name} ist nur für Personen der Organisation bestimmt, zu der {bot} hier gehört. Bitten Sie jemanden von dort darum."
            ),
        }
    }

    /// Teams does not list the person, or the bot, in the conversation of the command.
    #[must_use]
    pub fn not_on_roster(self, name: &str) -> String {
        let bot = bot();
        let name = named(name);
        match self.0 {
            En => format!(
                "{name} was not started: Teams does not list you together with {bot} in that conversation. Open {bot} in Teams, choose *Add*, and say it again there."
            ),
            De => format!(
                "{name} wurde nicht gestartet: Teams führt Sie und {bot} in dieser Unterhaltung nicht gemeinsam auf. Öffnen Sie {bot} in Teams, wählen Sie *Hinzufügen* und sagen Sie es dort noch einmal."
            ),
        }
    }

    /// An admin froze the app.
    #[must_use]
    pub fn frozen(self, app: &str) -> String {
        let bot = bot();
        match self.0 {
            En => format!("An admin has temporarily blocked {app}; ask your {bot} admin."),
            De => format!("{app} ist hier vorübergehend gesperrt. Fragen Sie Ihre {bot}-Administration."),
        }
    }

    /// A guardrail of the person's connection forbids the call. The text names the place to change it.
    #[must_use]
    pub fn guardrail(self, app: &str, guardrail: GuardrailError) -> String {
        let bot = bot();
        let why = match (self.0, guardrail) {
            (En, GuardrailError::ReadOnly) => format!("You allow {bot} only to read in {app}."),
            (De, GuardrailError::ReadOnly) => format!("Sie erlauben {bot} in {app} nur das Lesen."),
            (En, GuardrailError::Ended { at }) => {
                format!("You allowed {bot} to use {app} until {} (UTC).", at.minute_in_utc())
            }
            (De, GuardrailError::Ended { at }) => {
                format!("Sie haben {bot} den Zugriff auf {app} bis {} (UTC) erlaubt.", at.minute_in_utc())
            }
            (En, GuardrailError::TooManyWrites { limit: 0 }) => {
                format!("You allow {bot} no changes in {app}.")
            }
            (De, GuardrailError::TooManyWrites { limit: 0 }) => {
                format!("Sie erlauben {bot} keine Änderungen in {app}.")
            }
            (En, GuardrailError::TooManyWrites { limit }) => {
                let changes = if limit == 1 { "change" } else { "changes" };
                format!("You allow {bot} at most {limit} {changes} a day in {app}.")
            }
            (De, GuardrailError::TooManyWrites { limit }) => {
                let changes = if limit == 1 { "Änderung" } else { "Änderungen" };
                format!("Sie erlauben {bot} höchstens {limit} {changes} am Tag in {app}.")
            }
        };
        match self.0 {
            En => format!("{why} To change this, open the tab: *Connections > {app}*."),
            De => format!("{why} Ändern können Sie das im Tab unter *Verbindungen > {app}*."),
        }
    }

    /// The deployment lacks the app's registration.
    #[must_use]
    pub fn not_set_up(self, app: &str) -> String {
        let bot = bot();
        match self.0 {
            En => {
                format!("{app} is not set up here; ask your {bot} admin to set it up.")
            }
            De => format!(
                "{app} ist hier nicht eingerichtet. Bitten Sie Ihre {bot}-Administration, {app} einzurichten."
            ),
        }
    }

    /// The recipe was changed or removed while the run waited.
    #[must_use]
    pub fn command_changed(self) -> String {
        match self.0 {
            En => "This command was changed since you gave it; please give it again.",
            De => "Dieser Befehl wurde inzwischen geändert. Bitte geben Sie ihn erneut ein.",
        }
        .to_owned()
    }

    /// The name of a recipe that is not in the catalog.
    #[must_use]
    pub fn this_command(self) -> &'static str {
        match self.0 {
            En => "this command",
            De => "Dieser Befehl",
        }
    }

    /// A template of the recipe has a mistake.
    #[must_use]
    pub fn recipe_mistake(self, name: &str) -> String {
        let bot = bot();
        let name = named(name);
        match self.0 {
            En => {
                format!("{name} has a mistake in its recipe; tell your {bot} admin.")
            }
            De => {
                format!("{name} hat einen Fehler im Rezept. Bitte melden Sie das Ihrer {bot}-Administration.")
            }
        }
    }

    /// The recipe needs the person's email address, which is unknown.
    #[must_use]
    pub fn email_unknown(self, name: &str) -> String {
        let name = named(name);
        let bot = bot();
        match self.0 {
            En => format!(
                "{name} needs your email address, and Teams doesn't tell {bot} what it is. Ask your Microsoft 365 admin to enter it in your profile."
            ),
            De => format!(
                "{name} benötigt Ihre E-Mail-Adresse, aber Teams teilt sie {bot} nicht mit. Bitten Sie Ihre Microsoft-365-Administration, sie in Ihrem Profil einzutragen."
            ),
        }
    }

    /// The run was cancelled.
    #[must_use]
    pub fn cancelled(self, name: &str) -> String {
        let name = named(name);
        match self.0 {
            En => format!("{name} was cancelled."),
            De => format!("{name} wurde abgebrochen."),
        }
    }

    /// The notification for a cancelled run.
    #[must_use]
    pub fn cancelled_in_short(self) -> &'static str {
        match self.0 {
            En => "Cancelled",
            De => "Abgebrochen",
        }
    }

    /// The run was cancelled, because the person disconnected an app.
    #[must_use]
    pub fn cancelled_by_leaving(self, name: &str, app: &str) -> String {
        let name = named(name);
        match self.0 {
            En => format!("{name} was cancelled, because you disconnected {app}."),
            De => format!("{name} wurde abgebrochen, weil Sie {app} getrennt haben."),
        }
    }

    /// The run was cancelled, because an admin disconnected an app.
    #[must_use]
    pub fn cancelled_by_admin(self, name: &str, app: &str) -> String {
        let bot = bot();
        let name = named(name);
        match self.0 {
            En => format!("{name} was cancelled, because your {bot} admin disconnected your {app}."),
            De => format!(
                "{name} wurde abgebrochen, weil Ihre {bot}-Administration Ihre Verbindung zu {app} getrennt hat."
            ),
        }
    }

    /// An admin disconnected everything of the person.
    #[must_use]
    pub fn cancelled_by_off_boarding(self, name: &str) -> String {
        let bot = bot();
        let name = named(name);
        match self.0 {
            En => {
                format!("{name} was cancelled, because your {bot} admin disconnected all your connections.")
            }
            De => format!(
                "{name} wurde abgebrochen, weil Ihre {bot}-Administration alle Ihre Verbindungen getrennt hat."
            ),
        }
    }

    /// The run can no longer be cancelled.
    #[must_use]
    pub fn too_late_to_cancel(self) -> &'static str {
        match self.0 {
            En => "This is running or over, so it can no longer be cancelled.",
            De => "Dieser Befehl läuft bereits oder ist beendet und lässt sich nicht mehr abbrechen.",
        }
    }

    /// The run waited for too long.
    #[must_use]
    pub fn lapsed(self, name: &str) -> String {
        let name = named(name);
        match self.0 {
            En => format!("{name} waited for a day and was cancelled; say it again when you want it."),
            De => format!(
                "{name} hat einen Tag gewartet und wurde abgebrochen. Geben Sie den Befehl bei Bedarf erneut ein."
            ),
        }
    }

    /// The app's policy refuses access now.
    #[must_use]
    pub fn app_policy(self, app: &str) -> String {
        let bot = bot();
        match self.0 {
            En => format!(
                "{app} does not let {bot} act for you from here or at this time; ask your {app} admin."
            ),
            De => format!(
                "{app} lässt {bot} von hier aus oder zu dieser Zeit nicht für Sie handeln. Fragen Sie Ihre {app}-Administration."
            ),
        }
    }

    /// The correlation id for a report.
    #[must_use]
    pub fn if_you_report(self, id: &CorrelationId) -> String {
        let id = id.as_str();
        match self.0 {
            En => format!("If you report it, mention `{id}`."),
            De => format!("Wenn Sie es melden, nennen Sie `{id}`."),
        }
    }

    /// Workbot failed repeatedly.
    #[must_use]
    pub fn unavailable(self) -> String {
        match self.0 {
            En => "Temporarily unavailable: please try again in a few minutes.",
            De => "Vorübergehend nicht verfügbar: Bitte versuchen Sie es in ein paar Minuten erneut.",
        }
        .to_owned()
    }
}
