//! The page outside Teams.

use yew::{Html, html};

use crate::text::words;

/// Outside Teams there is no session.
pub fn outside_teams() -> Html {
    let (title, why, steps) = words().open_in_teams();
    html! {
        <div class="empty" data-page="outside">
            <h1>{ title }</h1>
            <p>{ why }</p>
            <ol>{ for steps.map(|step| html! { <li>{ step }</li> }) }</ol>
            <fluent-anchor-button appearance="primary" href="https://teams.microsoft.com/">
                { words().open_teams() }
            </fluent-anchor-button>
        </div>
    }
}
