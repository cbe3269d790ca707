//! The sections other than the first. The build writes the functions that only they need to a second file, by
//! this module's name: whoever calls [`section`] has awaited it.

mod activity;
pub mod admins_only;
mod audit;
mod confirm_button;
mod credentials_form;
mod download;
mod page_notices;
mod paged_list;
mod paged_list_state;
mod people;
mod recipe_settings;
mod recipes;
mod recipes_state;
mod waiting;

use workbot_shared::{AppId, OwnerKind};
use yew::{Callback, Html, UseStateSetter, html};

use crate::api;
use crate::connection_list::ConnectionList;
use crate::connection_list_state::CredentialsFormProps;
use crate::route::{Route, Section};

/// The section of `place`. `leave` opens the Disconnect question of a connection.
#[inline(never)]
pub fn section(place: &Route, leave: &Callback<AppId>) -> Html {
    match place.section {
        // The first section has no part here.
        Section::Connections => Html::default(),
        Section::Waiting => html! { <waiting::Waiting /> },
        Section::Activity => html! { <activity::ActivityPage leave={leave.clone()} /> },
        Section::Recipes => html! { <recipes::Recipes /> },
        Section::Shared => {
            let first = place.app.clone().map(|app| (app, place.leave));
            html! { <ConnectionList owner={OwnerKind::Shared} {first} secret={form()} /> }
        }
        Section::People => html! { <people::People /> },
        Section::Audit => html! { <audit::AuditPage /> },
    }
}

/// Counts what waits or runs, for the number on the tab. The section itself shows an error.
#[inline(never)]
pub fn count_waiting(put: UseStateSetter<usize>) {
    wasm_bindgen_futures::spawn_local(async move {
        if let Ok(runs) = api::runs().await {
            put.set(runs.len());
        }
    });
}

fn form() -> Callback<CredentialsFormProps, Html> {
    Callback::from(|props: CredentialsFormProps| html! { <credentials_form::CredentialsForm ..props /> })
}
