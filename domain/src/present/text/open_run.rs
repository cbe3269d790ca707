//! Texts about runs that have not ended: their list, their status and progress, and whether an old one is
//! still wanted.

use workbot_shared::Language::{De, En};
use workbot_shared::RunStatus;

use super::{Texts, named};

impl Texts {
    /// The title of the list of open runs.
    #[must_use]
    pub fn waiting_or_running(self) -> &'static str {
        match self.0 {
            En => "Waiting or running",
            De => "Wartet oder läuft",
        }
    }

    /// No run is open.
    #[must_use]
    pub fn nothing_waits(self) -> &'static str {
        match self.0 {
            En => "Nothing is waiting or running.",
            De => "Es wartet nichts, und es läuft nichts.",
        }
    }

    /// The status of a run. `since` is the time of the command, as a client formats it.
    #[must_use]
    pub fn how_far(self, status: RunStatus, since: &str) -> String {
        let far = match (self.0, status) {
            (En, RunStatus::WaitingInput) => "waits for details from you",
            (De, RunStatus::WaitingInput) => "wartet auf Angaben von Ihnen",
            (En, RunStatus::WaitingLogin) => "waits for your login",
            (De, RunStatus::WaitingLogin) => "wartet auf Ihre Anmeldung",
            (En, RunStatus::WaitingConfirmation | RunStatus::WaitingAnswer) => "waits for your answer",
            (De, RunStatus::WaitingConfirmation | RunStatus::WaitingAnswer) => "wartet auf Ihre Antwort",
            (En, RunStatus::WaitingApproval) => "was asked for by an agent, and waits for your answer",
            (De, RunStatus::WaitingApproval) => {
                "wurde von einem Agenten angefordert und wartet auf Ihre Antwort"
            }
            (En, RunStatus::WaitingApp) => "waits for an app that does not answer",
            (De, RunStatus::WaitingApp) => "wartet auf eine App, die nicht antwortet",
            (En, RunStatus::Running | RunStatus::Over | RunStatus::Cancelled) => "is running",
            (De, RunStatus::Running | RunStatus::Over | RunStatus::Cancelled) => "läuft",
        };
        match self.0 {
            En => format!("{far}, asked for {since}"),
            De => format!("{far}, angefordert {since}"),
        }
    }

    /// A run is in progress.
    #[must_use]
    pub fn working_on(self, name: &str) -> String {
        let name = named(name);
        match self.0 {
            En => format!("Working on {name}…"),
            De => format!("{name} läuft…"),
        }
    }

    /// A run waits for an app.
    #[must_use]
    pub fn stalled(self, name: &str, app: &str) -> String {
        let name = named(name);
        match self.0 {
            En => format!(
                "{app} cannot be reached or is busy right now. {name} goes on by itself as soon as it answers."
            ),
            De => format!(
                "{app} ist gerade nicht erreichbar oder ausgelastet. {name} läuft von selbst weiter, sobald die App antwortet."
            ),
        }
    }

    /// The run continues.
    #[must_use]
    pub fn going_on(self, name: &str) -> String {
        let name = named(name);
        match self.0 {
            En => format!("Going on with {name}…"),
            De => format!("Weiter mit {name}…"),
        }
    }

    /// The repeated command is being retried by itself.
    #[must_use]
    pub fn still_under_way(self, name: &str) -> String {
        let name = named(name);
        match self.0 {
            En => format!("{name} is still under way; you will hear as soon as it is done."),
            De => format!("{name} läuft noch. Sie hören, sobald es erledigt ist."),
        }
    }

    /// The card belongs to an earlier request for the same run.
    #[must_use]
    pub fn asked_again(self, name: &str) -> String {
        let name = named(name);
        match self.0 {
            En => format!("You asked for {name} again: see the newer message."),
            De => format!("Sie haben {name} erneut angefordert: siehe die neuere Nachricht."),
        }
    }

    /// Asks before the first write of an old run.
    #[must_use]
    pub fn confirmation(self, name: &str) -> String {
        let name = named(name);
        match self.0 {
            En => format!("You asked for {name} more than an hour ago."),
            De => format!("Sie haben {name} vor mehr als einer Stunde angefordert."),
        }
    }

    /// Asks whether an old run is still wanted.
    #[must_use]
    pub fn still_wanted_in_short(self) -> &'static str {
        match self.0 {
            En => "Still do it?",
            De => "Noch ausführen?",
        }
    }

    /// The button that resumes an old run.
    #[must_use]
    pub fn do_it(self) -> &'static str {
        match self.0 {
            En => "Do it",
            De => "Ausführen",
        }
    }
}
