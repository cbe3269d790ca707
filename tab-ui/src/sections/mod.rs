//! The sections other than the first. The build writes the functions that only they need to a second file, by
//! this module's name: whoever calls [`section`] has awaited it.

mod activity;
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
use yew::{Callback, Html, html};

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

fn form() -> Callback<CredentialsFormProps, Html> {
    Callback::from(|props: CredentialsFormProps| html! { <credentials_form::CredentialsForm ..props /> })
}
