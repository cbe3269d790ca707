//! The root component: loads the session, then shows the page.

use wasm_bindgen::prelude::Closure;
use workbot_shared::Session;
use yew::{Callback, Html, component, html, use_effect_with, use_reducer, use_state_eq};

use crate::route::Route;
use crate::session_state::{DisplayError, Event, SessionState, SessionView};
use crate::tab_bar::TabBar;
use crate::{api, host, status_views, text};

/// The whole tab.
#[component(App)]
pub fn app() -> Html {
    let state = use_reducer(SessionState::default);

    let dispatcher = state.dispatcher();
    use_effect_with(state.attempt, move |&attempt| {
        // Teams may never respond to an open call, so only a reload helps.
        if attempt > 1 && host::was_silent() {
            host::start_again("");
            return;
        }
        wasm_bindgen_futures::spawn_local(async move {
            let page = arrive(|| dispatcher.dispatch(Event::Met { attempt })).await;
            dispatcher.dispatch(Event::Arrived { attempt, page });
        });
    });

    let dispatcher = state.dispatcher();
    let retry = Callback::from(move |()| dispatcher.dispatch(Event::Retry));
    let offline = use_state_eq(|| false);
    let tell = offline.setter();
    use_effect_with((), move |()| {
        let told = Closure::new(move |online: bool| tell.set(!online));
        host::watch_network(&told);
        // The tab lives as long as its page.
        told.forget();
    });
    let page = match &state.page {
        SessionView::Loading => status_views::skeleton(),
        SessionView::OutsideTeams => status_views::outside_teams(),
        SessionView::Met => arrived(None),
        SessionView::SignedIn(session) => arrived(Some(session)),
        SessionView::Failed(failure) => status_views::failed(failure, &retry),
    };
    html! {
        <>
            { status_views::offline(*offline) }
            { page }
        </>
    }
}

fn arrived(session: Option<&Session>) -> Html {
    html! {
        <>
            { status_views::who(session) }
            <TabBar admin={session.map(|its| its.admin)} begin={Route::of_link(&host::sub_page())} />
        </>
    }
}

async fn arrive(met: impl Fn()) -> SessionView {
    text::name_bot(&host::bot_name());
    text::speak(&host::locale());
    match host::connect().await {
        Ok(true) => text::speak(&host::locale()),
        Ok(false) => return SessionView::OutsideTeams,
        Err(host::HostError) if host::was_silent() => return SessionView::Failed(DisplayError::silent_host()),
        Err(host::HostError) => return SessionView::Failed(DisplayError::unknown_person()),
    }
    met();
    let page = match api::session().await {
        Ok(session) => SessionView::SignedIn(session),
        Err(failure) => SessionView::Failed(failure),
    };
    host::ready();
    page
}
