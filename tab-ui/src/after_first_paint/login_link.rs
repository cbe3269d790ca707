//! A login that is open in another browser tab, or about to be.

use workbot_shared::{ConnectionRow, OwnerKind};
use yew::{Callback, Html, MouseEvent, html};

use super::connection_requests;
use crate::connection_list_state::{Dispatch, Event};
use crate::offered_connection_actions::{ConnectMethod, actions};
use crate::text::words;

/// The link, for who did not open it yet.
pub fn login(owner: OwnerKind, row: &ConnectionRow, dispatch: &Dispatch, link: &str, busy: bool) -> Html {
    let switch = matches!(actions(owner, row).way, Some(ConnectMethod::Login { switch: true }));
    let new_link = {
        let (app, dispatch) = (row.app.clone(), dispatch.clone());
        Callback::from(move |_: MouseEvent| connection_requests::log_in(owner, &app, switch, &dispatch))
    };
    let dispatch = dispatch.clone();
    let give_up = Callback::from(move |_: MouseEvent| dispatch.dispatch(Event::GiveUp));
    html! {
        <div class="login">
            <p class="quiet">{ words().login_opens() }</p>
            <div class="actions">
                // A plain link: popup blockers do not apply, and it works in every client.
                <fluent-anchor-button data-focus="" appearance="primary" href={link.to_owned()} target="_blank" rel="noopener noreferrer">
                    { words().log_in_to(&row.app_name) }
                </fluent-anchor-button>
                <fluent-button appearance="subtle" disabled={busy} onclick={new_link}>{ words().new_link() }</fluent-button>
                <fluent-button appearance="subtle" disabled={busy} onclick={give_up}>{ words().0.cancel() }</fluent-button>
            </div>
        </div>
    }
}
