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
