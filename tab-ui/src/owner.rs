//! Whose connections a list shows, and what is said about them.

/// Whose connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// Those of the person who looks.
    Person,
    /// The company's, which its admins make.
    Company,
}

/// What leaving a connection means, with a recipe as the example, whose name is set apart.
#[derive(Debug, PartialEq, Eq)]
pub struct Consequence<'a> {
    /// Before the name.
    pub lead: &'static str,
    /// The recipe.
    pub example: Option<&'a str>,
    /// After the name.
    pub rest: String,
}

impl Owner {
    /// Over the list.
    pub fn title(self) -> &'static str {
        match self {
            Self::Person => "Your connections",
            Self::Company => "Shared connections",
        }
    }

    /// Names the list in the page.
    pub fn page(self) -> &'static str {
        match self {
            Self::Person => "connections",
            Self::Company => "shared",
        }
    }

    /// What these connections are for, where that needs saying.
    pub fn intro(self) -> Option<&'static str> {
        match self {
            Self::Person => None,
            Self::Company => Some("Commands use these unless they verify user access."),
        }
    }

    /// Instead of an empty list.
    pub fn nothing_yet(self) -> &'static str {
        match self {
            Self::Person => "You have no connections yet. They appear here when a command first needs one.",
            Self::Company => {
                "No command uses a business app yet. An app appears here with the first that does."
            }
        }
    }

    /// What leaving the connection means for the recipes that use it.
    pub fn consequence(self, used_by: &[String]) -> Option<Consequence<'_>> {
        match (self, used_by) {
            (Self::Person, []) => None,
            (Self::Person, [one]) => Some(Consequence {
                lead: "",
                example: Some(one),
                rest: " will ask you to log in again.".into(),
            }),
            (Self::Person, [one, more @ ..]) => {
                let rest = format!(" and {} more will ask you to log in again.", more.len());
                Some(Consequence { lead: "", example: Some(one), rest })
            }
            (Self::Company, []) => Some(Consequence {
                lead: "Commands that run as the shared connection",
                example: None,
                rest: " will stop working until it is connected again.".into(),
            }),
            (Self::Company, [one, ..]) => Some(Consequence {
                lead: "Commands that run as the shared connection, such as ",
                example: Some(one),
                rest: ", will stop working until it is connected again.".into(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(owner: Owner, used_by: &[&str]) -> String {
        let used_by: Vec<String> = used_by.iter().map(|&name| name.to_owned()).collect();
        owner
            .consequence(&used_by)
            .map(|c| format!("{}{}{}", c.lead, c.example.unwrap_or_default(), c.rest))
            .unwrap_or_default()
    }

    #[test]
    fn a_person_hears_which_commands_will_ask_them_again() {
        assert_eq!(said(Owner::Person, &[]), "");
        assert_eq!(said(Owner::Person, &["Find account"]), "Find account will ask you to log in again.");
        let three = ["Create opportunity", "Close deal", "Find account"];
        assert_eq!(
            said(Owner::Person, &three),
            "Create opportunity and 2 more will ask you to log in again."
        );
    }

    #[test]
    fn an_admin_hears_that_commands_will_stop_for_everyone() {
        assert_eq!(
            said(Owner::Company, &["Find account"]),
            "Commands that run as the shared connection, such as Find account, will stop working until it is \
             connected again."
        );
        assert!(said(Owner::Company, &[]).contains("shared connection will stop working"));
    }
}
