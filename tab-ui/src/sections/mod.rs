//! The sections other than the first. They are in the second file of the program: [`load`] waits for it.

mod activity;
mod admins_only;
mod agent_clients;
mod agent_door;
mod agent_permissions;
mod agent_title;
mod agents;
mod agents_of_people;
mod api_key_form;
mod audit;
mod confirm_button;
mod download;
mod own_words;
mod page_notices;
mod paged_list;
mod paged_list_state;
mod people;
mod recipe_settings;
mod recipes;
mod recipes_state;
mod waiting;

use wasm_split_helpers::{SplitLoaderError, wasm_split};
use workbot_shared::OwnerKind;
use yew::{Callback, Html, UseStateSetter, html};

use crate::after_first_paint::Later;
use crate::api;
use crate::connection_list::ConnectionList;
use crate::connection_list_state::CredentialsFormProps;
use crate::route::{Route, Section};

/// The functions of this module that the first file calls.
pub struct Sections {
    pub admins_only: fn(&Callback<Route>) -> Html,
    pub complete_tabs: fn(UseStateSetter<usize>, Option<UseStateSetter<bool>>),
    pub section: fn(&Route, bool, &Callback<Route>) -> Html,
}

static SECTIONS: Sections = Sections { admins_only: admins_only::admins_only, complete_tabs, section };

/// Waits for the second file.
#[wasm_split(later, fallible)]
pub fn load() -> Result<&'static Sections, SplitLoaderError> {
    Ok(&SECTIONS)
}

/// The section of `place`, for an admin or not. `go` goes to another.
fn section(place: &Route, admin: bool, go: &Callback<Route>) -> Html {
    match place.section {
        // The first section has no part here.
        Section::Connections => Html::default(),
        Section::Waiting => html! { <waiting::Waiting /> },
        Section::Activity => html! { <activity::ActivityPage go={go.clone()} /> },
        Section::Agents => html! { <agents::AgentsPage {admin} /> },
        Section::Recipes => html! { <recipes::Recipes /> },
        Section::Shared => {
            let first = place.app.clone().map(|app| (app, place.leave));
            html! { <ConnectionList owner={OwnerKind::Shared} {first} secret={form()} later={Later::here()} /> }
        }
        Section::People => html! { <people::People /> },
        Section::Audit => html! { <audit::AuditPage /> },
    }
}

/// Counts what waits or runs, for the number on its tab, and finds out whether agents may act, which have a
/// tab then. The sections themselves show an error.
fn complete_tabs(waiting: UseStateSetter<usize>, agents: Option<UseStateSetter<bool>>) {
    wasm_bindgen_futures::spawn_local(async move {
        if let Ok(runs) = api::runs().await {
            waiting.set(runs.len());
        }
        if let Some(put) = agents
            && let Ok(agents) = api::agents().await
        {
            put.set(agents.open);
        }
    });
}

fn form() -> Callback<CredentialsFormProps, Html> {
    Callback::from(|props: CredentialsFormProps| html! { <api_key_form::CredentialsForm ..props /> })
}
