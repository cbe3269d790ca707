//! The view of a paged list.

use std::future::Future;
use std::pin::Pin;

use yew::{Callback, Html, UseReducerHandle, hook, html, use_effect_with, use_reducer};

use crate::paged_list_state::{Event, Page, PageRequest, PagedListState};
use crate::session_state::DisplayError;
use crate::status_views;
use crate::text::words;

/// A page on its way.
pub type PageFuture<R> = Pin<Box<dyn Future<Output = Result<Page<R>, DisplayError>>>>;

/// The list, loaded on demand.
#[hook]
pub fn use_paged<R: Clone + 'static>(
    fetch: fn(PageRequest) -> PageFuture<R>,
) -> UseReducerHandle<PagedListState<R>> {
    let state = use_reducer(PagedListState::default);
    let dispatcher = state.dispatcher();
    let asked = state.asked.clone();
    use_effect_with(state.asked.attempt, move |&attempt| {
        wasm_bindgen_futures::spawn_local(async move {
            dispatcher.dispatch(Event::Answered(attempt, fetch(asked).await));
        });
    });
    state
}

/// The rows as `shown`, their placeholder, and the button for more.
pub fn paged<R: Clone + 'static>(
    state: &UseReducerHandle<PagedListState<R>>,
    empty: &str,
    shown: impl FnOnce(&[R]) -> Html,
) -> Html {
    let tell = |event: fn() -> Event<R>| {
        let dispatcher = state.dispatcher();
        Callback::from(move |()| dispatcher.dispatch(event()))
    };
    html! {
        <>
            if let Some(rows) = &state.rows {
                if rows.is_empty() && state.failure.is_none() {
                    <p role="status">{ empty.to_owned() }</p>
                }
                { shown(rows) }
            } else if state.busy {
                { status_views::bars() }
            }
            if let Some(failure) = &state.failure {
                { status_views::failed_here(failure, &tell(|| Event::Retry)) }
            } else if state.rows.is_some() && (state.next.is_some() || state.busy) {
                <fluent-button disabled={state.busy} onclick={tell(|| Event::More).reform(|_| ())}>{ words().show_more() }</fluent-button>
            }
        </>
    }
}
