//! The view of a paged list.

use std::future::Future;
use std::pin::Pin;

use yew::{Callback, Html, NodeRef, SubmitEvent, UseReducerHandle, hook, html, use_effect_with, use_reducer};

use super::paged_list_state::{Event, PagedListState};
use crate::after_first_paint::message_bars::refusal;
use crate::fluent_js_bindings::{self as fluent, TextInput};
use crate::list_page::{Page, PageRequest};
use crate::retry_button::RetryButton;
use crate::session_state::DisplayError;
use crate::text::words;
use crate::{host, status_views};

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

/// The submission of a form: searches for what its field holds.
pub fn searching<R: Clone + 'static>(
    state: &UseReducerHandle<PagedListState<R>>,
    field: &NodeRef,
) -> Callback<SubmitEvent> {
    let (dispatcher, field) = (state.dispatcher(), field.clone());
    Callback::from(move |event: SubmitEvent| {
        event.prevent_default();
        let typed = fluent::at::<TextInput>(&field).and_then(|field| field.value());
        dispatcher.dispatch(Event::Search(typed.unwrap_or_default()));
    })
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
                    { status_views::empty(empty) }
                }
                { shown(rows) }
            } else if state.busy {
                { status_views::bones() }
            }
            if let Some(failure) = &state.failure {
                <div class="empty">
                    { refusal(Some(failure)) }
                    <RetryButton retry={tell(|| Event::Retry)} />
                </div>
            } else if state.rows.is_some() && (state.next.is_some() || state.busy) {
                <fluent-button disabled={state.busy} onclick={tell(|| Event::More).reform(|_| ())}>{ words().show_more() }</fluent-button>
            }
        </>
    }
}

/// Rows under the headings of their days. They come newest first.
pub fn by_day<R>(rows: &[R], at: impl Fn(&R) -> &String, shown: impl Fn(&R) -> Html) -> Html {
    let mut days: Vec<(String, Vec<Html>)> = Vec::new();
    for row in rows {
        let day = host::day(at(row));
        match days.last_mut().filter(|(its, _)| *its == day) {
            Some((_, list)) => list.push(shown(row)),
            None => days.push((day, vec![shown(row)])),
        }
    }
    html! {
        <>
            { for days.into_iter().map(|(day, list)| html! {
                <>
                    <h2 class="day">{ day }</h2>
                    <ul class="list two">{ list }</ul>
                </>
            }) }
        </>
    }
}
