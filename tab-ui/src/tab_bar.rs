//! The tab bar. Admins have more sections.

use workbot_shared::{AppId, OwnerKind};
use yew::{Callback, Html, Properties, component, html, use_mut_ref, use_node_ref, use_state_eq};

use crate::connection_list::ConnectionList;
use crate::fluent::{self, Tablist};
use crate::page_loader::LazyPage;
use crate::route::{Route, Section};
use crate::status_views;
use crate::text::words;

#[derive(Properties, PartialEq)]
pub struct TabBarProps {
    /// Whether the person is an admin, once known.
    pub admin: Option<bool>,
    /// The place of the deep link.
    pub begin: Route,
}

/// The person's sections.
#[component(TabBar)]
pub fn tab_bar(TabBarProps { admin, begin }: &TabBarProps) -> Html {
    let here = use_state_eq(|| begin.clone());
    let tabs = use_node_ref();
    let go = {
        let here = here.setter();
        Callback::from(move |place| here.set(place))
    };
    // Kept beside the state: Fluent also reports changes by this code, during rendering.
    let drawn = use_mut_ref(|| begin.section);
    *drawn.borrow_mut() = here.section;
    let choose = {
        let (go, tabs, drawn) = (go.clone(), tabs.clone(), drawn.clone());
        Callback::from(move |_| {
            let id = fluent::at::<Tablist>(&tabs).and_then(|tabs| tabs.active_id());
            // A selected section keeps its target.
            if let Some(chosen) =
                id.as_deref().and_then(Section::of_tab).filter(|chosen| *chosen != *drawn.borrow())
            {
                go.emit(Route::of(chosen));
            }
        })
    };
    let theirs = |section: &Section| *admin == Some(true) || !section.is_for_admins();
    if !theirs(&here.section) {
        return if admin.is_none() { status_views::skeleton() } else { status_views::admins_only(&go) };
    }
    let leave =
        go.reform(|app: AppId| Route { app: Some(app), leave: true, ..Route::of(Section::Connections) });
    let first = here.app.clone().map(|app| (app, here.leave));
    // Only the selected section is mounted: it reloads each time, and typed text is lost.
    html! {
        <>
            <fluent-tablist ref={tabs} class="sections" aria-label={words().sections()} activeid={here.section.tab()} onchange={choose}>
                { for Section::ALL.into_iter().filter(theirs).map(|section| html! {
                    <fluent-tab id={section.tab()} aria-controls={section.panel()}>{ words().section(section) }</fluent-tab>
                }) }
            </fluent-tablist>
            if here.section == Section::Connections {
                <div id={here.section.panel()} role="tabpanel" aria-labelledby={here.section.tab()}>
                    <ConnectionList owner={OwnerKind::Person} {first} />
                </div>
            } else {
                <LazyPage key={here.section.id()} place={(*here).clone()} {leave} />
            }
        </>
    }
}
