//! The status views, one function each: a component would cost kilobytes and has no state.

use workbot_shared::Session;
use yew::{Callback, Html, html};

use crate::retry_button::RetryButton;
use crate::route::{Route, Section};
use crate::session_state::DisplayError;
use crate::text::words;

/// The skeleton of a page.
pub fn skeleton() -> Html {
    html! {
        <section class="card" aria-busy="true" aria-label={words().loading()}>
            <div class="skeleton title"></div>
            { bars() }
        </section>
    }
}

/// The skeleton of rows.
pub fn bars() -> Html {
    html! {
        <div aria-busy="true" role="status" aria-label={words().loading()}>
            <div class="skeleton"></div>
            <div class="skeleton"></div>
        </div>
    }
}

/// The browser is offline. Always present, so that screen readers announce it.
pub fn offline(off: bool) -> Html {
    html! {
        <p class="offline" role="status">{ if off { words().offline() } else { "" } }</p>
    }
}

/// The person may not see the page.
pub fn admins_only(go: &Callback<Route>) -> Html {
    let onclick = go.reform(|_| Route::of(Section::Connections));
    html! {
        <section class="card" data-page="admins-only">
            <p>{ words().admins_only() }</p>
            <fluent-button appearance="primary" {onclick}>{ words().to_connections() }</fluent-button>
        </section>
    }
}

/// A part of a page did not load; the person may retry.
pub fn failed_here(failure: &DisplayError, retry: &Callback<()>) -> Html {
    html! {
        <>
            { refusal(Some(failure)) }
            <RetryButton {retry} />
        </>
    }
}

/// Outside Teams there is no session.
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

/// The person, once loaded.
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

/// It failed; the person may retry.
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

/// An error, shown beside its action.
pub fn refusal(failure: Option<&DisplayError>) -> Html {
    // The empty element stays, so that its neighbours keep their elements and the typed text.
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
