//! What stands for a section that is for admins only.

use yew::{Callback, Html, html};

use crate::route::{Route, Section};
use crate::text::words;

/// The person may not see the page.
pub fn admins_only(go: &Callback<Route>) -> Html {
    let onclick = go.reform(|_| Route::of(Section::Connections));
    html! {
        <div class="empty" data-page="admins-only">
            <p>{ words().admins_only() }</p>
            <fluent-button appearance="primary" {onclick}>{ words().to_connections() }</fluent-button>
        </div>
    }
}
