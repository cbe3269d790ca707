//! All pages but the first: their module loads on demand.

use std::cell::Cell;
use std::rc::Rc;

use wasm_bindgen::prelude::Closure;
use workbot_shared::AppId;
use yew::{Callback, Html, Properties, component, html, use_effect_with, use_state_eq};

use crate::host;
use crate::route::Route;
use crate::session_state::DisplayError;
use crate::status_views;

#[derive(Properties, PartialEq)]
pub struct LazyPageProps {
    pub place: Route,
    /// Opens the Disconnect question of a connection.
    pub leave: Callback<AppId>,
}

/// The placeholder of a page until it is loaded. The page renders beside the app.
#[component(LazyPage)]
pub fn page_loader(LazyPageProps { place, leave }: &LazyPageProps) -> Html {
    // Whether the module is loaded, and the number of tries.
    let came = use_state_eq(|| (None, 0_u32));
    let (set, leave) = (came.setter(), leave.clone());
    use_effect_with((place.clone(), came.1), move |(place, attempt)| {
        let leave = Closure::new(move |app: String| {
            if let Ok(app) = AppId::parse(&app) {
                leave.emit(app);
            }
        });
        let (link, attempt, on) = (place.link(), *attempt, Rc::new(Cell::new(true)));
        let going = on.clone();
        let shown = host::show_page(&link, &leave);
        wasm_bindgen_futures::spawn_local(async move {
            let shown = shown.await.is_ok();
            if going.get() {
                set.set((Some(shown), attempt));
            }
        });
        move || {
            on.set(false);
            host::hide_page();
            drop(leave);
        }
    });
    let (retry, attempt) = (came.setter(), came.1);
    let stands_for_it = match came.0 {
        Some(true) => return Html::default(),
        Some(false) => status_views::failed(
            &DisplayError::unreachable(),
            &Callback::from(move |()| retry.set((None, attempt.wrapping_add(1)))),
        ),
        None => status_views::skeleton(),
    };
    html! {
        <div id={place.section.panel()} role="tabpanel" aria-labelledby={place.section.tab()}>{ stands_for_it }</div>
    }
}
