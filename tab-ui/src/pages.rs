//! What a person sees, one function per page: a component of its own would cost kilobytes and keep nothing.

use workbot_shared::Session;
use yew::{Callback, Html, html};

use crate::state::Failure;

/// While we find out who is here: the shape of what follows.
pub fn loading() -> Html {
    html! {
        <section class="card" aria-busy="true" aria-label="Loading">
            <fluent-spinner size="small"></fluent-spinner>
            <div class="skeleton title"></div>
            <div class="skeleton"></div>
        </section>
    }
}

/// While a list comes: its shape.
pub fn skeleton() -> Html {
    html! {
        <section class="card" aria-busy="true" aria-label="Loading">
            <div class="skeleton title"></div>
            <div class="skeleton"></div>
            <div class="skeleton"></div>
        </section>
    }
}

/// Outside Teams nobody can say who is here.
pub fn outside_teams() -> Html {
    html! {
        <section class="card" data-page="outside">
            <h1>{ "Open this in Teams" }</h1>
            <p>{ "This page needs Teams to say who you are." }</p>
            <ol>
                <li>{ "Open Microsoft Teams." }</li>
                <li>{ "Go to your chat with Workbot." }</li>
                <li>{ "Choose this tab at the top of the chat." }</li>
            </ol>
            <fluent-anchor-button appearance="primary" href="https://teams.microsoft.com/">
                { "Open Teams" }
            </fluent-anchor-button>
        </section>
    }
}

/// Who is here.
pub fn who(session: &Session) -> Html {
    html! {
        <section class="card" data-page="who">
            <h1>{ format!("You are {}", session.name) }</h1>
            if session.admin {
                <p class="quiet">{ "You are an admin of Workbot in your organisation." }</p>
            }
            <p>{ format!("{} acts in your business apps as you, and only when you ask.", session.bot_name) }</p>
        </section>
    }
}

/// It did not work; it may the next time.
pub fn failed(failure: &Failure, retry: &Callback<()>) -> Html {
    let onclick = retry.reform(|_| ());
    html! {
        <section class="card" data-page="failed" role="alert">
            <h1>{ "That did not work" }</h1>
            <p>{ &failure.message }</p>
            if let Some(report) = &failure.report {
                <p class="quiet">{ "If you report it, mention " }<code>{ report }</code>{ "." }</p>
            }
            <fluent-button appearance="primary" {onclick}>{ "Try again" }</fluent-button>
        </section>
    }
}

/// Something was refused, next to where it was asked for.
pub fn refusal(failure: Option<&Failure>) -> Html {
    // Empty is a place too: what stands beside it stays the same element, with what was typed into it.
    let Some(failure) = failure else { return Html::default() };
    html! {
        <p class="problem" role="alert">
            { &failure.message }
            if let Some(report) = &failure.report {
                { " If you report it, mention " }<code>{ report }</code>{ "." }
            }
        </p>
    }
}
