//! A section other than the first: its functions are in the second file of the program.

use std::cell::Cell;
use std::rc::Rc;

use workbot_shared::AppId;
use yew::{Callback, Html, Properties, component, use_effect_with, use_state};

use crate::route::Route;
use crate::session_state::DisplayError;
use crate::{sections, status_views};

#[derive(Properties, PartialEq)]
pub struct LaterSectionProps {
    pub place: Route,
    /// Opens the Disconnect question of a connection.
    pub leave: Callback<AppId>,
}

/// The section, or its skeleton until the second file is there.
#[component(LaterSection)]
pub fn later_section(LaterSectionProps { place, leave }: &LaterSectionProps) -> Html {
    // The sections, once there, and the number of tries.
    let came = use_state(|| (None, 0_u32));
    let set = came.setter();
    use_effect_with(came.1, move |&attempt| {
        let on = Rc::new(Cell::new(true));
        let going = on.clone();
        wasm_bindgen_futures::spawn_local(async move {
            let sections = sections::load().await;
            if going.get() {
                set.set((Some(sections), attempt));
            }
        });
        move || on.set(false)
    });
    match &came.0 {
        Some(Ok(sections)) => (sections.section)(place, leave),
        None => status_views::skeleton(),
        Some(Err(_)) => {
            let (retry, attempt) = (came.setter(), came.1);
            let again = Callback::from(move |()| retry.set((None, attempt.wrapping_add(1))));
            status_views::failed(&DisplayError::unreachable(), &again)
        }
    }
}
