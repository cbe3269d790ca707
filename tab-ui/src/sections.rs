//! The sections of the tab. Admins have three and choose; anyone else has their connections, and nothing to choose.

use yew::{Callback, Html, Properties, component, html, use_node_ref, use_state_eq};

use crate::fluent::{self, Tablist};
use crate::list::ConnectionList;
use crate::owner::Owner;
use crate::recipe_list::Recipes;

/// A section.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Section {
    Connections,
    Recipes,
    Shared,
}

impl Section {
    const ALL: [Self; 3] = [Self::Connections, Self::Recipes, Self::Shared];

    fn title(self) -> &'static str {
        match self {
            Self::Connections => "Connections",
            Self::Recipes => "Recipes",
            Self::Shared => "Shared connections",
        }
    }

    /// The id of its tab in the page.
    fn tab(self) -> &'static str {
        match self {
            Self::Connections => "tab-connections",
            Self::Recipes => "tab-recipes",
            Self::Shared => "tab-shared",
        }
    }

    fn of_tab(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|section| section.tab() == id)
    }

    fn content(self) -> Html {
        match self {
            Self::Connections => html! { <ConnectionList owner={Owner::Person} /> },
            Self::Recipes => html! { <Recipes /> },
            Self::Shared => html! { <ConnectionList owner={Owner::Company} /> },
        }
    }
}

#[derive(Properties, PartialEq)]
pub struct SectionsProps {
    pub admin: bool,
}

/// The sections that the person has.
#[component(Sections)]
pub fn sections(SectionsProps { admin }: &SectionsProps) -> Html {
    let here = use_state_eq(|| Section::Connections);
    let tabs = use_node_ref();
    if !admin {
        return Section::Connections.content();
    }
    let choose = {
        let (here, tabs) = (here.clone(), tabs.clone());
        Callback::from(move |_| {
            let id = fluent::at::<Tablist>(&tabs).and_then(|tabs| tabs.active_id());
            if let Some(section) = id.as_deref().and_then(Section::of_tab) {
                here.set(section);
            }
        })
    };
    // Only the chosen section lives: it asks the worker anew each time, and what was typed elsewhere is gone.
    html! {
        <>
            <fluent-tablist ref={tabs} class="sections" aria-label="Sections" activeid={here.tab()} onchange={choose}>
                { for Section::ALL.into_iter().map(|section| html! {
                    <fluent-tab id={section.tab()} aria-controls={format!("{}-panel", section.tab())}>{ section.title() }</fluent-tab>
                }) }
            </fluent-tablist>
            { for Section::ALL.into_iter().map(|section| html! {
                <div key={section.tab()} id={format!("{}-panel", section.tab())} role="tabpanel" aria-labelledby={section.tab()} hidden={section != *here}>
                    if section == *here { { section.content() } }
                </div>
            }) }
        </>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tab_leads_to_its_section() {
        for section in Section::ALL {
            assert_eq!(Section::of_tab(section.tab()), Some(section));
        }
        assert_eq!(Section::of_tab("tab-elsewhere"), None);
    }
}
