//! The app: finds out who is here, then shows it.

use yew::{Callback, Html, component, html, use_effect_with, use_reducer};

use crate::sections::Sections;
use crate::state::{Event, Failure, Page, State};
use crate::{api, host, pages};

/// The whole tab.
#[component(App)]
pub fn app() -> Html {
    let state = use_reducer(State::default);

    let dispatcher = state.dispatcher();
    use_effect_with(state.attempt, move |&attempt| {
        wasm_bindgen_futures::spawn_local(async move {
            let page = arrive().await;
            dispatcher.dispatch(Event::Arrived { attempt, page });
        });
    });

    let dispatcher = state.dispatcher();
    let retry = Callback::from(move |()| dispatcher.dispatch(Event::Retry));
    match &state.page {
        Page::Loading => pages::loading(),
        Page::OutsideTeams => pages::outside_teams(),
        Page::SignedIn(session) => html! {
            <>
                { pages::who(session) }
                <Sections admin={session.admin} />
            </>
        },
        Page::Failed(failure) => pages::failed(failure, &retry),
    }
}

async fn arrive() -> Page {
    match host::connect().await {
        Ok(true) => {}
        Ok(false) => return Page::OutsideTeams,
        Err(host::Refused) => return Page::Failed(Failure::unknown_person()),
    }
    let page = match api::session().await {
        Ok(session) => Page::SignedIn(session),
        Err(failure) => Page::Failed(failure),
    };
    host::ready();
    page
}
