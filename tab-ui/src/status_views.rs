//! What a person sees, one function per page: a component of its own would cost kilobytes and keep nothing.

use workbot_shared::Session;
use yew::{Callback, Html, html};

use crate::retry_button::RetryButton;
use crate::route::{Route, Section};
use crate::session_state::DisplayError;
use crate::text::words;

/// While something comes: its shape.
pub fn skeleton() -> Html {
    html! {
        <section class="card" aria-busy="true" aria-label={words().loading()}>
            <div class="skeleton title"></div>
            { bars() }
        </section>
    }
}

/// While rows come: their shape.
pub fn bars() -> Html {
    html! {
        <div aria-busy="true" role="status" aria-label={words().loading()}>
            <div class="skeleton"></div>
            <div class="skeleton"></div>
        </div>
    }
}

/// The browser has no network; always in the page, so that a screen reader hears what is put into it.
pub fn offline(off: bool) -> Html {
    html! {
        <p class="offline" role="status">{ if off { words().offline() } else { "" } }</p>
    }
}

/// A page is not for whoever opened it.
pub fn admins_only(go: &Callback<Route>) -> Html {
    let onclick = go.reform(|_| Route::of(Section::Connections));
    html! {
        <section class="card" data-page="admins-only">
            <p>{ words().admins_only() }</p>
            <fluent-button appearance="primary" {onclick}>{ words().to_connections() }</fluent-button>
        </section>
    }
}

/// Something in a page did not come; it may the next time.
pub fn failed_here(failure: &DisplayError, retry: &Callback<()>) -> Html {
    html! {
        <>
            { refusal(Some(failure)) }
            <RetryButton {retry} />
        </>
    }
}

/// Outside Teams nobody can say who is here.
pub fn outside_teams() -> Html {
    let (title, why, steps) = words().open_in_teams();
    html! {
        <section class="card" data-page="outside">
            <h1>{ title }</h1>
            <p>{ why }</p>
            <ol>{ for steps.map(|step| html! { <li>{ step }</li> }) }</ol>
            <fluent-anchor-button appearance="primary" href="https://teams.microsoft.com/">
                { words().open_teams() }
            </fluent-anchor-button>
        </section>
    }
}

/// Who is here, once that is known.
pub fn who(session: Option<&Session>) -> Html {
    let Some(session) = session else { return skeleton() };
    html! {
        <section class="card" data-page="who">
            <h1 dir="auto">{ words().you_are(&session.name) }</h1>
            if session.admin {
                <p class="quiet">{ words().you_are_admin() }</p>
            }
            <p>{ words().acts_as_you(&session.bot_name) }</p>
        </section>
    }
}

/// It did not work; it may the next time.
pub fn failed(failure: &DisplayError, retry: &Callback<()>) -> Html {
    html! {
        <section class="card" data-page="failed" role="alert">
            <h1>{ words().did_not_work() }</h1>
            <p>{ &failure.message }</p>
            if let Some(report) = &failure.report {
                <p class="quiet">{ words().mention() }<code>{ report }</code>{ "." }</p>
            }
            <RetryButton {retry} appearance="primary" />
        </section>
    }
}

/// Something was refused, next to where it was asked for.
pub fn refusal(failure: Option<&DisplayError>) -> Html {
    // Empty is a place too: what stands beside it stays the same element, with what was typed into it.
    let Some(failure) = failure else { return Html::default() };
    html! {
        <p class="problem" role="alert">
            { &failure.message }
            if let Some(report) = &failure.report {
                { " " }{ words().mention() }<code>{ report }</code>{ "." }
            }
        </p>
    }
}
