//! The sections of the tab, and deep links.

use workbot_shared::AppId;

/// A section of the tab.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// The person's connections.
    Connections,
    /// The runs that wait or run.
    Waiting,
    /// What was done for the person.
    Activity,
    /// The agents that act for the person, and what admins allow them.
    Agents,
    /// The recipes' settings.
    Recipes,
    /// The company's connections.
    Shared,
    /// Everyone's connections.
    People,
    /// The audit log.
    Audit,
}

impl Section {
    /// All sections, in the order of the tabs.
    pub const ALL: [Self; 8] = [
        Self::Connections,
        Self::Waiting,
        Self::Activity,
        Self::Agents,
        Self::Recipes,
        Self::Shared,
        Self::People,
        Self::Audit,
    ];

    /// Its name in a deep link.
    pub fn id(self) -> &'static str {
        match self {
            Self::Connections => "connections",
            Self::Waiting => "waiting",
            Self::Activity => "activity",
            Self::Agents => "agents",
            Self::Recipes => "recipes",
            Self::Shared => "shared",
            Self::People => "people",
            Self::Audit => "audit",
        }
    }

    /// Whether it is for admins only.
    pub fn is_for_admins(self) -> bool {
        !matches!(self, Self::Connections | Self::Waiting | Self::Activity | Self::Agents)
    }

    /// The id of its tab in the page.
    pub fn tab(self) -> String {
        format!("tab-{}", self.id())
    }

    /// The id of its panel.
    pub fn panel(self) -> String {
        format!("{}-panel", self.tab())
    }

    /// The section of a tab's id.
    pub fn of_tab(id: &str) -> Option<Self> {
        let id = id.strip_prefix("tab-")?;
        Self::ALL.into_iter().find(|section| section.id() == id)
    }
}

/// A section with a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The section.
    pub section: Section,
    /// The app whose row is scrolled into view.
    pub app: Option<AppId>,
    /// Whether its Disconnect question is open.
    pub leave: bool,
}

impl Route {
    /// A section without a target.
    pub fn of(section: Section) -> Self {
        Self { section, app: None, leave: false }
    }

    /// The person's connection to an app, with its Disconnect question.
    pub fn disconnecting(app: AppId) -> Self {
        Self { app: Some(app), leave: true, ..Self::of(Section::Connections) }
    }

    /// The place of a Teams `subPageId`: `activity`, `connections/salesforce`, `shared/box`, or an app alone.
    /// Unknown values lead to the connections.
    pub fn of_link(link: &str) -> Self {
        let (first, rest) = link.split_once('/').unwrap_or((link, ""));
        match Section::ALL.into_iter().find(|section| section.id() == first) {
            Some(section) => Self { app: AppId::parse(rest).ok(), ..Self::of(section) },
            None => Self { app: AppId::parse(link).ok(), ..Self::of(Section::Connections) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tab_leads_to_its_section() {
        for section in Section::ALL {
            assert_eq!(Section::of_tab(&section.tab()), Some(section));
        }
        assert_eq!(Section::of_tab("tab-elsewhere"), None);
    }

    #[test]
    fn a_deep_link_leads_to_a_section_or_to_a_connection() {
        let at = |link| {
            let place = Route::of_link(link);
            (place.section, place.app.map(|app| app.to_string()))
        };
        let salesforce = || Some("salesforce".to_owned());
        assert_eq!(at("activity"), (Section::Activity, None));
        assert_eq!(at("waiting"), (Section::Waiting, None));
        assert_eq!(at("agents"), (Section::Agents, None));
        assert_eq!(at("connections/salesforce"), (Section::Connections, salesforce()));
        assert_eq!(at("shared/salesforce"), (Section::Shared, salesforce()));
        assert_eq!(at("salesforce"), (Section::Connections, salesforce()));
        assert_eq!(at(""), (Section::Connections, None));
        assert_eq!(at("../x y"), (Section::Connections, None));
    }
}
