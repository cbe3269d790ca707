//! The title bar with the sections, and the current section. Admins have more sections.

use workbot_shared::{ConnectionRow, OwnerKind, Session};
use yew::{
    Callback, Html, MouseEvent, Properties, component, html, use_effect_with, use_mut_ref, use_node_ref,
    use_state, use_state_eq,
};

use crate::connection_list::ConnectionList;
use crate::fluent_js_bindings::{self as fluent, Tablist};
use crate::route::{Route, Section};
use crate::session_state::DisplayError;
use crate::text::words;
use crate::{after_first_paint, host, sections, status_views};

#[derive(Properties, PartialEq)]
pub struct SignedInProps {
    pub session: Session,
    /// The connections that came with it.
    pub rows: Option<Vec<ConnectionRow>>,
    /// The place of the deep link.
    pub begin: Route,
}

/// The person's sections.
#[component(SignedIn)]
pub fn signed_in(SignedInProps { session, rows, begin }: &SignedInProps) -> Html {
    let here = use_state_eq(|| begin.clone());
    // Shown once: later the list is loaded again.
    let rows = use_mut_ref(|| rows.clone().filter(|_| begin.section == Section::Connections));
    let tabs = use_node_ref();
    let go = {
        let here = here.setter();
        Callback::from(move |place| here.set(place))
    };
    // The second file, once there, and the number of tries.
    let later = use_state(|| (None, 0_u32));
    let waiting = use_state_eq(|| 0);
    let has_agents = use_state_eq(|| session.admin);
    use_effect_with((here.section == Section::Waiting, later.1), {
        let (later, waiting, agents) = (later.setter(), waiting.setter(), has_agents.setter());
        let agents = (!*has_agents).then_some(agents);
        move |&(_, attempt)| {
            wasm_bindgen_futures::spawn_local(async move {
                let file = match (after_first_paint::load().await, sections::load().await) {
                    (Ok(first), Ok(others)) => {
                        (others.complete_tabs)(waiting, agents);
                        Ok((first, others))
                    }
                    _ => Err(()),
                };
                later.set((Some(file), attempt));
            });
        }
    });
    let file = later.0.and_then(Result::ok);
    use_effect_with(here.section, |section| host::show_tab(&section.tab()));
    // Kept beside the state: Fluent also reports changes by this code, during rendering.
    let drawn = use_mut_ref(|| begin.section);
    *drawn.borrow_mut() = here.section;
    let choose = {
        let go = go.clone();
        Callback::from(move |chosen| {
            // A selected section keeps its target.
            if chosen != *drawn.borrow() {
                go.emit(Route::of(chosen));
            }
        })
    };
    let choose_active = {
        let (choose, tabs) = (choose.clone(), tabs.clone());
        Callback::from(move |_| {
            let id = fluent::at::<Tablist>(&tabs).and_then(|tabs| tabs.active_id());
            if let Some(chosen) = id.as_deref().and_then(Section::of_tab) {
                choose.emit(chosen);
            }
        })
    };
    // Fluent reports a change only once its components are there: an earlier press counts as well.
    let press = |section| choose.reform(move |_: MouseEvent| section);
    let theirs = |section: &Section| session.admin || !section.is_for_admins();
    let place = (*here).clone();
    // The tab of the agents comes last and later, so that it moves nothing.
    let offered = |section: &Section| {
        theirs(section) && (*section != Section::Agents || *has_agents || place.section == Section::Agents)
    };
    let first = place.app.clone().map(|app| (app, place.leave));
    // Only the selected section is mounted: it reloads each time, and typed text is lost.
    html! {
        <>
            <header class="top">
                <div class="bar">
                    <fluent-tablist ref={tabs} class="sections" aria-label={words().sections()} activeid={place.section.tab()} onchange={choose_active}>
                        { for Section::ALL.into_iter().filter(offered).map(|section| html! {
                            <fluent-tab key={section.id()} id={section.tab()} aria-controls={section.panel()} onclick={press(section)}>
                                { words().section(section) }
                                if section == Section::Waiting && *waiting > 0 {
                                    <fluent-counter-badge slot="end" size="small" color="brand" appearance="filled" count={waiting.to_string()}></fluent-counter-badge>
                                }
                            </fluent-tab>
                        }) }
                    </fluent-tablist>
                    { status_views::who(session) }
                </div>
            </header>
            <main>
                if !theirs(&place.section) {
                    if let Some((_, others)) = file {
                        { (others.admins_only)(&go) }
                    }
                } else {
                    <div key={place.section.id()} id={place.section.panel()} role="tabpanel" aria-labelledby={place.section.tab()}>
                        if place.section == Section::Connections {
                            <ConnectionList owner={OwnerKind::Person} {first} {rows} later={file.map(|(first, _)| first)} />
                        } else {
                            { match later.0 {
                                Some(Ok((_, others))) => (others.section)(&place, session.admin, &go),
                                None => status_views::skeleton(),
                                Some(Err(())) => {
                                    let (retry, attempt) = (later.setter(), later.1);
                                    let again = Callback::from(move |()| retry.set((None, attempt.wrapping_add(1))));
                                    status_views::failed(&DisplayError::unreachable(), &again)
                                }
                            } }
                        }
                    </div>
                }
            </main>
        </>
    }
}
