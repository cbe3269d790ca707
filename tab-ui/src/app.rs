//! The root component: loads the session, then shows the page.

use wasm_bindgen::prelude::Closure;
use workbot_shared::Session;
use yew::{Callback, Html, component, html, use_effect_with, use_reducer, use_state_eq};

use crate::place::Place;
use crate::sections::Sections;
use crate::state::{Event, Failure, Page, State};
use crate::{api, host, pages, text};

/// The whole tab.
#[component(App)]
pub fn app() -> Html {
    let state = use_reducer(State::default);

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
        Page::Loading => pages::skeleton(),
        Page::OutsideTeams => pages::outside_teams(),
        Page::Met => arrived(None),
        Page::SignedIn(session) => arrived(Some(session)),
        Page::Failed(failure) => pages::failed(failure, &retry),
    };
    html! {
        <>
            { pages::offline(*offline) }
            { page }
        </>
    }
}

fn arrived(session: Option<&Session>) -> Html {
    html! {
        <>
            { pages::who(session) }
            <Sections admin={session.map(|its| its.admin)} begin={Place::of_link(&host::sub_page())} />
        </>
    }
}

async fn arrive(met: impl Fn()) -> Page {
    text::name_bot(&host::bot_name());
    text::speak(&host::locale());
    match host::connect().await {
        Ok(true) => text::speak(&host::locale()),
        Ok(false) => return Page::OutsideTeams,
        Err(host::Refused) if host::was_silent() => return Page::Failed(Failure::silent_host()),
        Err(host::Refused) => return Page::Failed(Failure::unknown_person()),
    }
    met();
    let page = match api::session().await {
        Ok(session) => Page::SignedIn(session),
        Err(failure) => Page::Failed(failure),
    };
    host::ready();
    page
}
