//! The texts about agents.

use workbot_shared::Language::{De, En};

use super::{Texts, with_bot};

/// What an admin allows agents or forbids them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DoorSwitch {
    /// To act at all.
    Open,
    /// To run commands that only read.
    Reads,
    /// To change something without asking, where the person lets them.
    WithoutAsking,
}

impl DoorSwitch {
    /// Its name in the page.
    pub fn id(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Reads => "reads",
            Self::WithoutAsking => "without-asking",
        }
    }
}

impl Texts {
    /// Under the heading.
    pub fn agents_intro(self) -> String {
        with_bot(match self.0 {
            En => {
                "Programs that give commands as you. Before they change anything, {bot} asks you in the chat."
            }
            De => {
                "Programme, die Befehle in Ihrem Namen geben. Bevor sie etwas ändern, fragt {bot} Sie im Chat."
            }
        })
    }

    /// Instead of an empty list.
    pub fn no_agents(self) -> &'static str {
        match self.0 {
            En => "No agent acts for you. One appears here as soon as you let it.",
            De => "Noch handelt kein Agent in Ihrem Namen. Sobald Sie einen zulassen, erscheint er hier.",
        }
    }

    /// Instead of the list, if the door is closed.
    pub fn agents_not_allowed(self) -> &'static str {
        match self.0 {
            En => "Your admins have not let agents act for people.",
            De => "Ihre Admins haben keine Agenten zugelassen.",
        }
    }

    /// Where an agent comes from, if it has no host.
    pub fn registered_by_admins(self) -> &'static str {
        match self.0 {
            En => "Registered by your admins",
            De => "Von Ihren Admins registriert",
        }
    }

    /// What an agent may do without asking: nothing.
    pub fn asks_first(self) -> &'static str {
        match self.0 {
            En => "Asks you before it changes anything",
            De => "Fragt Sie, bevor er etwas ändert",
        }
    }

    /// What an agent may do without asking.
    pub fn does_without_asking(self, recipes: &str) -> String {
        match self.0 {
            En => format!("Does without asking: {recipes}"),
            De => format!("Erledigt ohne Rückfrage: {recipes}"),
        }
    }

    /// An agent may not ask, with a sign before it.
    pub fn agent_paused(self) -> &'static str {
        match self.0 {
            En => "! May not ask",
            De => "! Darf nicht fragen",
        }
    }

    /// Why, and until when.
    pub fn agent_paused_until(self, when: &str) -> String {
        match self.0 {
            En => format!("You refused three times in a row, so it may not ask before {when}."),
            De => format!("Sie haben dreimal nacheinander abgelehnt. Er darf erst ab {when} wieder fragen."),
        }
    }

    /// A button: end that.
    pub fn let_ask_again(self) -> &'static str {
        match self.0 {
            En => "Let it ask again",
            De => "Wieder fragen lassen",
        }
    }

    /// It was done.
    pub fn may_ask_again(self, agent: &str) -> String {
        match self.0 {
            En => format!("{agent} may ask you again."),
            De => format!("{agent} darf Sie wieder fragen."),
        }
    }

    /// A button: what an agent may do without asking.
    pub fn permissions_button(self) -> &'static str {
        match self.0 {
            En => "Permissions",
            De => "Berechtigungen",
        }
    }

    /// The heading of these settings.
    pub fn permissions_of(self, agent: &str) -> String {
        match self.0 {
            En => format!("What {agent} may do without asking"),
            De => format!("Was {agent} ohne Rückfrage darf"),
        }
    }

    /// What the switches mean.
    pub fn permissions_mean(self) -> &'static str {
        match self.0 {
            En => "What you switch on, it does at once as you. About all else it asks you in the chat.",
            De => {
                "Was Sie einschalten, erledigt er sofort in Ihrem Namen. Zu allem anderen fragt er Sie im Chat."
            }
        }
    }

    /// After the recipe's name: what its switch is now.
    pub fn permission_now(self, on: bool) -> &'static str {
        match (self.0, on) {
            (En, true) => " is now done without asking.",
            (De, true) => " wird jetzt ohne Rückfrage erledigt.",
            (En, false) => " asks you again.",
            (De, false) => " fragt Sie wieder.",
        }
    }

    /// Asks before an agent's access ends.
    pub fn really_end_agent(self, agent: &str) -> String {
        match self.0 {
            En => format!("Disconnect {agent}?"),
            De => format!("{agent} trennen?"),
        }
    }

    /// What it means.
    pub fn end_agent_means(self) -> &'static str {
        match self.0 {
            En => "It can no longer act as you. What it waits for is cancelled, what it did stays.",
            De => {
                "Der Agent kann nicht mehr in Ihrem Namen handeln. Worauf er wartet, wird abgebrochen; was er getan hat, bleibt."
            }
        }
    }

    /// It was done.
    pub fn agent_was_ended(self, agent: &str) -> String {
        match self.0 {
            En => format!("{agent} no longer acts for you."),
            De => format!("{agent} handelt nicht mehr in Ihrem Namen."),
        }
    }

    /// Over what admins allow.
    pub fn agents_for_everyone(self) -> &'static str {
        match self.0 {
            En => "For everyone",
            De => "Für alle",
        }
    }

    /// What is allowed.
    pub fn door_switch(self, switch: DoorSwitch) -> &'static str {
        match (self.0, switch) {
            (En, DoorSwitch::Open) => "Agents act for people",
            (De, DoorSwitch::Open) => "Agenten handeln für Personen",
            (En, DoorSwitch::Reads) => "Read without asking",
            (De, DoorSwitch::Reads) => "Lesen ohne Rückfrage",
            (En, DoorSwitch::WithoutAsking) => "Change without asking",
            (De, DoorSwitch::WithoutAsking) => "Ändern ohne Rückfrage",
        }
    }

    /// How it is now.
    pub fn door_now(self, switch: DoorSwitch, on: bool) -> &'static str {
        match (self.0, switch, on) {
            (En, DoorSwitch::Open, true) => "Allowed: each person decides which agents act for them.",
            (De, DoorSwitch::Open, true) => {
                "Erlaubt: Jede Person entscheidet, welche Agenten für sie handeln."
            }
            (En, DoorSwitch::Open, false) => "Forbidden: no agent acts for anybody.",
            (De, DoorSwitch::Open, false) => "Verboten: Kein Agent handelt für jemanden.",
            (En, DoorSwitch::Reads, true) => "Allowed: agents run commands that only read.",
            (De, DoorSwitch::Reads, true) => "Erlaubt: Agenten führen Befehle aus, die nur lesen.",
            (En, DoorSwitch::Reads, false) => "Forbidden: commands that only read are closed to agents.",
            (De, DoorSwitch::Reads, false) => "Verboten: Befehle, die nur lesen, stehen Agenten nicht offen.",
            (En, DoorSwitch::WithoutAsking, true) => {
                "Allowed: a person may let an agent do a command without asking."
            }
            (De, DoorSwitch::WithoutAsking, true) => {
                "Erlaubt: Eine Person kann einen Agenten einen Befehl ohne Rückfrage erledigen lassen."
            }
            (En, DoorSwitch::WithoutAsking, false) => {
                "Forbidden: before each change the person is asked in their chat."
            }
            (De, DoorSwitch::WithoutAsking, false) => {
                "Verboten: Vor jeder Änderung wird die Person in ihrem Chat gefragt."
            }
        }
    }

    /// A button: allow it, or forbid it.
    pub fn allow(self, allow: bool) -> &'static str {
        match (self.0, allow) {
            (En, true) => "Allow",
            (De, true) => "Erlauben",
            (En, false) => "Forbid",
            (De, false) => "Verbieten",
        }
    }

    /// Asks before it is done.
    pub fn really_allow(self, switch: DoorSwitch, allow: bool) -> &'static str {
        match (self.0, switch, allow) {
            (En, DoorSwitch::Open, true) => "Let agents act for people?",
            (De, DoorSwitch::Open, true) => "Agenten für Personen handeln lassen?",
            (En, DoorSwitch::Open, false) => "Forbid all agents?",
            (De, DoorSwitch::Open, false) => "Alle Agenten verbieten?",
            (En, DoorSwitch::Reads, true) => "Let agents read without asking?",
            (De, DoorSwitch::Reads, true) => "Agenten ohne Rückfrage lesen lassen?",
            (En, DoorSwitch::Reads, false) => "Forbid agents to read?",
            (De, DoorSwitch::Reads, false) => "Agenten das Lesen verbieten?",
            (En, DoorSwitch::WithoutAsking, true) => "Let people allow changes without asking?",
            (De, DoorSwitch::WithoutAsking, true) => "Änderungen ohne Rückfrage zulassen?",
            (En, DoorSwitch::WithoutAsking, false) => "Ask before every change?",
            (De, DoorSwitch::WithoutAsking, false) => "Vor jeder Änderung fragen?",
        }
    }

    /// What it means.
    pub fn allow_means(self, switch: DoorSwitch, allow: bool) -> &'static str {
        match (self.0, switch, allow) {
            (En, DoorSwitch::Open, true) => {
                "Each person decides which agents act as them, with their own rights. Before an agent changes anything, the person is asked in their chat."
            }
            (De, DoorSwitch::Open, true) => {
                "Jede Person entscheidet, welche Agenten in ihrem Namen und mit ihren Rechten handeln. Bevor ein Agent etwas ändert, wird die Person in ihrem Chat gefragt."
            }
            (En, DoorSwitch::Open, false) => {
                "All agents lose their access now, and what they wait for is cancelled. If you allow them again, each person has to agree anew."
            }
            (De, DoorSwitch::Open, false) => {
                "Alle Agenten verlieren sofort ihren Zugriff, und worauf sie warten, wird abgebrochen. Wenn Sie Agenten wieder erlauben, muss jede Person neu zustimmen."
            }
            (En, DoorSwitch::Reads, true) => {
                "Agents then run commands that only read as their person, without asking."
            }
            (De, DoorSwitch::Reads, true) => {
                "Agenten führen Befehle, die nur lesen, dann ohne Rückfrage im Namen ihrer Person aus."
            }
            (En, DoorSwitch::Reads, false) => {
                "Agents can then run no command that only reads. Changes stay possible, with the person's approval."
            }
            (De, DoorSwitch::Reads, false) => {
                "Agenten können dann keinen Befehl ausführen, der nur liest. Änderungen bleiben möglich, mit Zustimmung der Person."
            }
            (En, DoorSwitch::WithoutAsking, true) => {
                "A person may then switch on, for one agent and one command, that they are not asked. What they switched on before counts again."
            }
            (De, DoorSwitch::WithoutAsking, true) => {
                "Eine Person kann dann für einen Agenten und einen Befehl einschalten, dass sie nicht gefragt wird. Was früher eingeschaltet war, gilt wieder."
            }
            (En, DoorSwitch::WithoutAsking, false) => {
                "What people have switched on no longer counts, from the next change on."
            }
            (De, DoorSwitch::WithoutAsking, false) => {
                "Was Personen eingeschaltet haben, gilt ab der nächsten Änderung nicht mehr."
            }
        }
    }

    /// Over the registered agents.
    pub fn agent_clients(self) -> &'static str {
        match self.0 {
            En => "Registered agents",
            De => "Registrierte Agenten",
        }
    }

    /// Which agents have to be registered.
    pub fn agent_clients_intro(self) -> &'static str {
        match self.0 {
            En => {
                "Agents such as Microsoft 365 Copilot or Copilot Studio have to be registered. Others name an address of their own, and need no registration."
            }
            De => {
                "Agenten wie Microsoft 365 Copilot oder Copilot Studio müssen registriert sein. Andere nennen eine eigene Adresse und brauchen keine Registrierung."
            }
        }
    }

    /// Instead of an empty list.
    pub fn no_agent_clients(self) -> &'static str {
        match self.0 {
            En => "No agent is registered.",
            De => "Kein Agent ist registriert.",
        }
    }

    /// A button, and the heading of its form.
    pub fn register_agent(self) -> &'static str {
        match self.0 {
            En => "Register an agent",
            De => "Agenten registrieren",
        }
    }

    /// The button of the form.
    pub fn register(self) -> &'static str {
        match self.0 {
            En => "Register",
            De => "Registrieren",
        }
    }

    /// A field: the name that people see.
    pub fn agent_name(self) -> &'static str {
        match self.0 {
            En => "Name that people see",
            De => "Name, den alle sehen",
        }
    }

    /// A field: where the browser returns.
    pub fn redirect_addresses(self) -> &'static str {
        match self.0 {
            En => "Redirect addresses, one per line",
            De => "Umleitungsadressen, eine je Zeile",
        }
    }

    /// A switch: whether the agent has a secret.
    pub fn has_secret(self) -> &'static str {
        match self.0 {
            En => "With a client secret",
            De => "Mit Clientgeheimnis",
        }
    }

    /// When it needs one.
    pub fn has_secret_when(self) -> &'static str {
        match self.0 {
            En => "For agents that run on a server. A program on people's devices cannot keep one.",
            De => "Für Agenten auf einem Server. Ein Programm auf den Geräten kann keines bewahren.",
        }
    }

    /// An agent was registered.
    pub fn agent_was_registered(self, agent: &str, secret: bool) -> String {
        match (self.0, secret) {
            (En, true) => {
                format!("{agent} is registered. Copy its secret now: it is not shown again.")
            }
            (De, true) => {
                format!(
                    "{agent} ist registriert. Kopieren Sie das Geheimnis jetzt: Es wird nicht wieder angezeigt."
                )
            }
            (En, false) => format!("{agent} is registered."),
            (De, false) => format!("{agent} ist registriert."),
        }
    }

    /// Before a client id.
    pub fn client_id(self) -> &'static str {
        match self.0 {
            En => "Client ID",
            De => "Client-ID",
        }
    }

    /// Before a secret.
    pub fn client_secret(self) -> &'static str {
        match self.0 {
            En => "Client secret",
            De => "Clientgeheimnis",
        }
    }

    /// A button: remove a registered agent.
    pub fn remove(self) -> &'static str {
        match self.0 {
            En => "Remove",
            De => "Entfernen",
        }
    }

    /// Asks before.
    pub fn really_remove_agent(self, agent: &str) -> String {
        match self.0 {
            En => format!("Remove {agent}?"),
            De => format!("{agent} entfernen?"),
        }
    }

    /// What it means.
    pub fn remove_agent_means(self) -> &'static str {
        match self.0 {
            En => "It loses its access for all people now. To come back, it has to be registered anew.",
            De => "Er verliert sofort den Zugriff für alle Personen und muss danach neu registriert werden.",
        }
    }

    /// It was done.
    pub fn agent_was_removed(self, agent: &str) -> String {
        match self.0 {
            En => format!("{agent} was removed."),
            De => format!("{agent} wurde entfernt."),
        }
    }

    /// Over the agents of all people.
    pub fn agents_of_people(self) -> &'static str {
        match self.0 {
            En => "Who lets agents act",
            De => "Wer Agenten handeln lässt",
        }
    }

    /// Over the field that searches.
    pub fn search_agents(self) -> &'static str {
        match self.0 {
            En => "Search by name or agent",
            De => "Nach Name oder Agent suchen",
        }
    }

    /// Instead of an empty list.
    pub fn nobody_has_agents(self) -> &'static str {
        match self.0 {
            En => "Nobody lets an agent act yet.",
            De => "Noch lässt niemand einen Agenten handeln.",
        }
    }

    /// Asks before an agent's access to a person ends.
    pub fn really_end_agent_of(self, agent: &str, person: &str) -> String {
        match self.0 {
            En => format!("Disconnect {agent} of {person}?"),
            De => format!("{agent} von {person} trennen?"),
        }
    }

    /// What it means.
    pub fn end_agent_of_means(self) -> &'static str {
        match self.0 {
            En => "It can no longer act as this person, who is told. What it waits for is cancelled.",
            De => {
                "Der Agent kann nicht mehr im Namen dieser Person handeln. Sie wird informiert. Worauf er wartet, wird abgebrochen."
            }
        }
    }

    /// It was done.
    pub fn agent_of_was_ended(self, agent: &str, person: &str) -> String {
        match self.0 {
            En => format!("{agent} no longer acts for {person}."),
            De => format!("{agent} handelt nicht mehr im Namen von {person}."),
        }
    }
}
