//! The sections of the tab, of which admins have more.

use yew::{Callback, Html, Properties, component, html, use_mut_ref, use_node_ref, use_state_eq};

use crate::activity::ActivityPage;
use crate::audit::AuditPage;
use crate::fluent::{self, Tablist};
use crate::later::use_controls;
use crate::list::ConnectionList;
use crate::owner::Owner;
use crate::pages;
use crate::people::People;
use crate::place::{Place, Section};
use crate::recipe_list::Recipes;
use crate::state::Failure;
use crate::text::words;

#[derive(Properties, PartialEq)]
pub struct SectionsProps {
    pub admin: bool,
    /// Where a deep link leads.
    pub begin: Place,
}

/// The sections that the person has.
#[component(Sections)]
pub fn sections(SectionsProps { admin, begin }: &SectionsProps) -> Html {
    let here = use_state_eq(|| begin.clone());
    let tabs = use_node_ref();
    let (controls, again) = use_controls(here.section != Section::Connections);
    let go = {
        let here = here.setter();
        Callback::from(move |place| here.set(place))
    };
    // Kept beside the state: Fluent tells of a change also when it was ours, while it is being drawn.
    let drawn = use_mut_ref(|| begin.section);
    *drawn.borrow_mut() = here.section;
    let choose = {
        let (go, tabs, drawn) = (go.clone(), tabs.clone(), drawn.clone());
        Callback::from(move |_| {
            let id = fluent::at::<Tablist>(&tabs).and_then(|tabs| tabs.active_id());
            // What is chosen already stays as it is, with what is looked for there.
            if let Some(chosen) =
                id.as_deref().and_then(Section::of_tab).filter(|chosen| *chosen != *drawn.borrow())
            {
                go.emit(Place::of(chosen));
            }
        })
    };
    let theirs = |section: &Section| *admin || !section.is_for_admins();
    if !theirs(&here.section) {
        return pages::admins_only(&go);
    }
    // Only the chosen section lives: it asks the worker anew each time, and what was typed elsewhere is gone.
    html! {
        <>
            <fluent-tablist ref={tabs} class="sections" aria-label={words().sections()} activeid={here.section.tab()} onchange={choose}>
                { for Section::ALL.into_iter().filter(theirs).map(|section| html! {
                    <fluent-tab id={section.tab()} aria-controls={format!("{}-panel", section.tab())}>{ words().section(section) }</fluent-tab>
                }) }
            </fluent-tablist>
            { for Section::ALL.into_iter().filter(theirs).map(|section| html! {
                <div key={section.id()} id={format!("{}-panel", section.tab())} role="tabpanel" aria-labelledby={section.tab()} hidden={section != here.section}>
                    if section == here.section {
                        { match controls {
                            Some(true) => content(&here, &go),
                            _ if section == Section::Connections => content(&here, &go),
                            Some(false) => pages::failed(&Failure::unreachable(), &again),
                            None => pages::skeleton(),
                        } }
                    }
                </div>
            }) }
        </>
    }
}

fn content(here: &Place, go: &Callback<Place>) -> Html {
    let first = here.app.clone().map(|app| (app, here.leave));
    match here.section {
        Section::Connections => html! { <ConnectionList owner={Owner::Person} {first} /> },
        Section::Activity => html! { <ActivityPage go={go.clone()} /> },
        Section::Recipes => html! { <Recipes /> },
        Section::Shared => html! { <ConnectionList owner={Owner::Company} {first} /> },
        Section::People => html! { <People /> },
        Section::Audit => html! { <AuditPage /> },
    }
}
