//! The texts of *Activity*.

use workbot_shared::Language::{De, En};
use workbot_shared::{OwnerKind, RunOutcome, RunStatus, StepOutcome};

use super::{Texts, with_bot};

impl Texts {
    /// Under the heading.
    pub fn activity_intro(self) -> &'static str {
        match self.0 {
            En => "What your commands did in the last 90 days, and as whom.",
            De => "Was Ihre Befehle in den letzten 90 Tagen getan haben, und in wessen Namen.",
        }
    }

    /// Instead of an empty list.
    pub fn no_activity(self) -> &'static str {
        match self.0 {
            En => "Nothing was done yet. Each command that reaches an app appears here.",
            De => "Noch wurde nichts getan. Jeder Befehl, der eine Anwendung erreicht, erscheint hier.",
        }
    }

    /// Over the field that filters.
    pub fn filter(self) -> &'static str {
        match self.0 {
            En => "Filter by command, app or account",
            De => "Nach Befehl, Anwendung oder Konto filtern",
        }
    }

    /// Under the heading of what waits or runs.
    pub fn waiting_intro(self) -> &'static str {
        match self.0 {
            En => "Commands that wait for you or for an app, and those that run.",
            De => "Befehle, die auf Sie oder eine Anwendung warten, und solche, die gerade laufen.",
        }
    }

    /// Instead of an empty list of runs.
    pub fn nothing_waits(self) -> &'static str {
        match self.0 {
            En => "Nothing waits. A command that needs your login or your answer stays here until it has it.",
            De => {
                "Nichts wartet. Ein Befehl, der Ihre Anmeldung oder Antwort braucht, bleibt bis dahin hier."
            }
        }
    }

    /// How far a run is.
    pub fn run_status(self, status: RunStatus) -> &'static str {
        match (self.0, status) {
            (En, RunStatus::Running) => "● Running",
            (De, RunStatus::Running) => "● Läuft",
            (En, RunStatus::WaitingInput) => "… Waits for details from you, in the chat",
            (De, RunStatus::WaitingInput) => "… Wartet im Chat auf Angaben von Ihnen",
            (En, RunStatus::WaitingLogin) => "… Waits for your login",
            (De, RunStatus::WaitingLogin) => "… Wartet auf Ihre Anmeldung",
            (En, RunStatus::WaitingConfirmation | RunStatus::WaitingAnswer) => {
                "… Waits for your answer in the chat"
            }
            (De, RunStatus::WaitingConfirmation | RunStatus::WaitingAnswer) => {
                "… Wartet im Chat auf Ihre Antwort"
            }
            (En, RunStatus::WaitingApproval) => "… An agent asked for it: waits for your answer in the chat",
            (De, RunStatus::WaitingApproval) => {
                "… Von einem Agenten angefordert: wartet im Chat auf Ihre Antwort"
            }
            (En, RunStatus::WaitingApp) => "… Waits for an app that does not answer",
            (De, RunStatus::WaitingApp) => "… Wartet auf eine App, die nicht antwortet",
            (En, RunStatus::Over) => "✓ Over",
            (De, RunStatus::Over) => "✓ Beendet",
            (En, RunStatus::Cancelled) => "– Cancelled",
            (De, RunStatus::Cancelled) => "– Abgebrochen",
        }
    }

    /// Asks before a run is cancelled.
    pub fn really_cancel(self, name: &str) -> String {
        match self.0 {
            En => format!("Cancel {name}?"),
            De => format!("{name} abbrechen?"),
        }
    }

    /// What cancelling means.
    pub fn cancel_means(self) -> &'static str {
        match self.0 {
            En => "What it did so far stays.",
            De => "Was bereits getan ist, bleibt.",
        }
    }

    /// A run was cancelled.
    pub fn was_cancelled(self, name: &str) -> String {
        match self.0 {
            En => format!("{name} was cancelled."),
            De => format!("{name} wurde abgebrochen."),
        }
    }

    /// How a run ended.
    pub fn outcome(self, outcome: RunOutcome) -> &'static str {
        match (self.0, outcome) {
            (En, RunOutcome::UnderWay) => "● Under way",
            (De, RunOutcome::UnderWay) => "● Unterwegs",
            (En, RunOutcome::Done) => "✓ Done",
            (De, RunOutcome::Done) => "✓ Erledigt",
            (En, RunOutcome::Failed) => "! Ended early",
            (De, RunOutcome::Failed) => "! Vorzeitig beendet",
            (En, RunOutcome::Cancelled) => "– Cancelled",
            (De, RunOutcome::Cancelled) => "– Abgebrochen",
        }
    }

    /// What came of a step that changes something, or only reads.
    pub fn step_outcome(self, outcome: StepOutcome, writes: bool) -> &'static str {
        match (self.0, outcome, writes) {
            (En, StepOutcome::Done, true) => "done",
            (De, StepOutcome::Done, true) => "erledigt",
            (En, StepOutcome::Done, false) => "read",
            (De, StepOutcome::Done, false) => "gelesen",
            (En, StepOutcome::Unknown, _) => "! may or may not have been done: check in the app",
            (De, StepOutcome::Unknown, _) => "! unklar, ob erledigt: sehen Sie in der Anwendung nach",
            (En, StepOutcome::NotDone, _) => "not done",
            (De, StepOutcome::NotDone, _) => "nicht erledigt",
        }
    }

    /// As whom a step was done.
    pub fn as_whom(self, acts_as: OwnerKind, account: &str) -> String {
        match (self.0, acts_as) {
            (En, OwnerKind::Person) => format!("as you ({account})"),
            (De, OwnerKind::Person) => format!("in Ihrem Namen ({account})"),
            (En, OwnerKind::Shared) => format!("as the shared connection ({account})"),
            (De, OwnerKind::Shared) => format!("über die gemeinsame Verbindung ({account})"),
        }
    }

    /// The agent that asked for a command, after its time.
    pub fn through(self, client: &str) -> String {
        match self.0 {
            En => format!("through {client}"),
            De => format!("über {client}"),
        }
    }

    /// What to do if an agent did it.
    pub fn not_me_but_an_agent(self, client: &str) -> String {
        match self.0 {
            En => format!("{client} did this as you. If you did not want that, disconnect it."),
            De => format!(
                "{client} hat das in Ihrem Namen getan. Wenn Sie das nicht wollten, trennen Sie den Agenten."
            ),
        }
    }

    /// A button: to the agents.
    pub fn to_agents(self) -> &'static str {
        match self.0 {
            En => "Go to your agents",
            De => "Zu Ihren Agenten",
        }
    }

    /// The link to a record.
    pub fn open_record(self, app: &str) -> String {
        match self.0 {
            En => format!("Open in {app}"),
            De => format!("In {app} öffnen"),
        }
    }

    /// A button: somebody else must have given this command.
    pub fn not_me(self) -> &'static str {
        match self.0 {
            En => "This wasn't me",
            De => "Das war ich nicht",
        }
    }

    /// What to do then: where it was done as the person, or only as the company.
    pub fn not_me_then(self, acts_as: OwnerKind) -> String {
        with_bot(match (self.0, acts_as) {
            (En, OwnerKind::Person) => {
                "Disconnect what acted as you: {bot} then has no access any more. And tell your {bot} admin."
            }
            (De, OwnerKind::Person) => {
                "Trennen Sie, was in Ihrem Namen gehandelt hat: {bot} hat dann keinen Zugriff mehr. Und informieren Sie Ihre {bot}-Administration."
            }
            (En, OwnerKind::Shared) => {
                "This ran as the company's shared connection, with none of your logins. Tell your {bot} admin."
            }
            (De, OwnerKind::Shared) => {
                "Das lief über die gemeinsame Verbindung des Unternehmens, ohne Ihre Anmeldungen. Informieren Sie Ihre {bot}-Administration."
            }
        })
    }

    /// A button: to an app's Disconnect.
    pub fn disconnect_app(self, app: &str) -> String {
        match self.0 {
            En => format!("Disconnect {app}"),
            De => format!("{app} trennen"),
        }
    }
}
