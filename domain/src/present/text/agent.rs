//! Texts about agents that act for a person.

use workbot_shared::Language::{De, En};

use super::{Texts, named};
use crate::template::escape_markdown;

impl Texts {
    /// What an agent wants to do. `purpose` completes a sentence; it is empty if the language has none.
    #[must_use]
    pub fn agent_wants(self, client: &str, recipe: &str, purpose: &str) -> String {
        let (client, name) = (escape_markdown(client), named(recipe));
        match (self.0, purpose) {
            (En, "") => format!("{client} wants to run {name} as you"),
            (En, purpose) => format!("{client} wants to {} as you", escape_markdown(purpose)),
            (De, "") => format!("{client} möchte {name} in Ihrem Namen ausführen"),
            (De, purpose) => format!("{client} bittet darum, in Ihrem Namen {}", escape_markdown(purpose)),
        }
    }

    /// Which agent asked for the run of a card.
    #[must_use]
    pub fn asked_by_agent(self, client: &str) -> String {
        let client = escape_markdown(client);
        match self.0 {
            En => format!("{client} asked for this in your name."),
            De => format!("{client} hat das in Ihrem Namen angefordert."),
        }
    }

    /// In short, for the notification.
    #[must_use]
    pub fn agent_asks_in_short(self, client: &str) -> String {
        match self.0 {
            En => format!("{client} asks for your approval"),
            De => format!("{client} bittet um Ihre Zustimmung"),
        }
    }

    /// Where an agent wants to act, and with which account.
    #[must_use]
    pub fn agent_uses(self, app: &str, account: &str) -> String {
        let account = escape_markdown(account);
        match self.0 {
            En => format!("In {app} as {account}"),
            De => format!("In {app} als {account}"),
        }
    }

    /// The id of an app's choice whose title the app did not return.
    #[must_use]
    pub fn id_without_title(self, id: &str) -> String {
        match self.0 {
            En => format!("{id} (its name could not be read)"),
            De => format!("{id} (der Name konnte nicht gelesen werden)"),
        }
    }

    /// The account of a shared connection, whose name the person need not know.
    #[must_use]
    pub fn shared_account(self) -> &'static str {
        match self.0 {
            En => "the shared connection",
            De => "gemeinsame Verbindung",
        }
    }

    /// Says that a program asked, not the person.
    #[must_use]
    pub fn agent_asked(self) -> &'static str {
        match self.0 {
            En => "An agent asked for this in your name. If you did not expect it, do not approve it.",
            De => {
                "Das hat ein Agent in Ihrem Namen angefordert. Stimmen Sie nur zu, wenn Sie es erwartet haben."
            }
        }
    }

    /// The button that refuses.
    #[must_use]
    pub fn do_not(self) -> &'static str {
        match self.0 {
            En => "Don't",
            De => "Nicht ausführen",
        }
    }

    /// The agents that act for the person, below the list of connections.
    #[must_use]
    pub fn agents_act_for_you(self, agents: &[String]) -> String {
        let names: Vec<_> = agents.iter().map(|agent| escape_markdown(agent)).collect();
        match (self.0, names.as_slice()) {
            (_, []) => String::new(),
            (En, [one]) => format!("{one} acts for you. See what it may do in the tab, under *Agents*."),
            (De, [one]) => {
                format!("{one} handelt in Ihrem Namen. Was der Agent darf, sehen Sie im Tab unter *Agenten*.")
            }
            (language, [first, others @ ..]) => {
                let others = match (language, others) {
                    (_, [second]) => second.clone(),
                    (En, others) => format!("{} other agents", others.len()),
                    (De, others) => format!("{} weitere Agenten", others.len()),
                };
                match language {
                    En => format!(
                        "{first} and {others} act for you. See what they may do in the tab, under *Agents*."
                    ),
                    De => format!(
                        "{first} und {others} handeln in Ihrem Namen. Was sie dürfen, sehen Sie im Tab unter *Agenten*."
                    ),
                }
            }
        }
    }

    /// An admin ended an agent's access.
    #[must_use]
    pub fn agent_ended_by_admin(self, client: &str) -> String {
        let client = escape_markdown(client);
        match self.0 {
            En => format!(
                "{client} no longer acts for you: an admin of your company ended its access. What it was waiting for was cancelled."
            ),
            De => format!(
                "{client} handelt nicht mehr in Ihrem Namen: Ein Admin Ihres Unternehmens hat den Zugriff beendet. Worauf der Agent noch wartete, wurde abgebrochen."
            ),
        }
    }

    /// The agent of a run has lost its access.
    #[must_use]
    pub fn agent_ended(self, name: &str) -> String {
        let name = named(name);
        match self.0 {
            En => format!("{name} was not done: the agent that asked for it no longer acts for you."),
            De => format!(
                "{name} wurde nicht ausgeführt: Der Agent, der es angefordert hat, handelt nicht mehr in Ihrem Namen."
            ),
        }
    }
}
