//! What a person sees, one component per page.

use workbot_shared::Session;
use yew::{Callback, Html, Properties, component, html};

use crate::state::Failure;

/// While we find out who is here: the shape of what follows.
#[component(Loading)]
pub fn loading() -> Html {
    html! {
        <section class="card" aria-busy="true" aria-label="Loading">
            <fluent-spinner size="small"></fluent-spinner>
            <div class="skeleton title"></div>
            <div class="skeleton"></div>
        </section>
    }
}

/// Outside Teams nobody can say who is here.
#[component(OutsideTeams)]
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

#[derive(Properties, PartialEq)]
pub struct WhoProps {
    pub session: Session,
}

/// Who is here.
#[component(Who)]
pub fn who(WhoProps { session }: &WhoProps) -> Html {
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

#[derive(Properties, PartialEq)]
pub struct FailedProps {
    pub failure: Failure,
    pub retry: Callback<()>,
}

/// It did not work; it may the next time.
#[component(Failed)]
pub fn failed(FailedProps { failure, retry }: &FailedProps) -> Html {
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
