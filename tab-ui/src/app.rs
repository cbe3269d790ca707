//! The root component: shows the page of the session, and loads it again after a failure.

use wasm_bindgen::prelude::Closure;
use yew::{
    Callback, Html, Properties, component, html, use_effect_with, use_reducer, use_state, use_state_eq,
};

use crate::route::Route;
use crate::session_state::{DisplayError, Event, FIRST_ATTEMPT, SessionState, SessionView};
use crate::signed_in::SignedIn;
use crate::{after_first_paint, api, host, status_views, text};

#[derive(Properties, PartialEq)]
pub struct AppProps {
    /// What the first try came to.
    pub begin: SessionView,
}

/// The whole tab.
#[component(App)]
pub fn app(AppProps { begin }: &AppProps) -> Html {
    let state = use_reducer(|| SessionState { attempt: FIRST_ATTEMPT, page: begin.clone() });

    let dispatcher = state.dispatcher();
    use_effect_with(state.attempt, move |&attempt| {
        if attempt == FIRST_ATTEMPT {
            return;
        }
        // Teams may never respond to an open call, so only a reload helps.
        if host::was_silent() {
            host::start_again();
            return;
        }
        wasm_bindgen_futures::spawn_local(async move {
            let page = arrive().await;
            dispatcher.dispatch(Event::Arrived { attempt, page });
        });
    });
    let later = use_state(|| None);
    let came = later.setter();
    use_effect_with(state.page == SessionView::Loading, move |&loading| {
        if !loading {
            host::ready();
            wasm_bindgen_futures::spawn_local(async move { came.set(after_first_paint::load().await.ok()) });
        }
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
    let alone = match &state.page {
        SessionView::SignedIn(session, rows) => {
            return html! {
                <>
                    { status_views::offline(*offline) }
                    <SignedIn session={session.clone()} rows={rows.clone()} begin={Route::of_link(&host::sub_page())} />
                </>
            };
        }
        SessionView::OutsideTeams => match *later {
            Some(later) => (later.outside_teams)(),
            None => status_views::skeleton(),
        },
        SessionView::Loading => status_views::skeleton(),
        SessionView::Failed(failure) => status_views::failed(failure, &retry),
    };
    html! {
        <>
            { status_views::offline(*offline) }
            <header class="top"></header>
            <main>{ alone }</main>
        </>
    }
}

/// One try: what it comes to.
pub async fn arrive() -> SessionView {
    text::name_bot(&host::bot_name());
    text::speak(&host::locale());
    match host::connect().await {
        Ok(true) => text::speak(&host::locale()),
        Ok(false) => return SessionView::OutsideTeams,
        Err(host::HostError) if host::was_silent() => return SessionView::Failed(DisplayError::silent_host()),
        Err(host::HostError) => return SessionView::Failed(DisplayError::unknown_person()),
    }
    match api::opening().await {
        Ok((session, rows)) => SessionView::SignedIn(session, rows),
        Err(_) if host::was_silent() => SessionView::Failed(DisplayError::silent_host()),
        Err(failure) => SessionView::Failed(failure),
    }
}
