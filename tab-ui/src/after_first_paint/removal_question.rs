//! The question before a disconnect.

use workbot_shared::{ConnectionRow, OwnerKind};
use yew::{Callback, Html, html};

use super::connection_requests;
use super::dialog_and_drawer::Dialog;
use super::message_bars::refusal;
use crate::api;
use crate::connection_list_state::{Dispatch, Event, RowState};
use crate::removal_kind::Removal;
use crate::text::words;

/// The question.
pub fn sure(
    owner: OwnerKind,
    row: &ConnectionRow,
    state: &RowState,
    dispatch: &Dispatch,
    removal: Removal,
) -> Html {
    let busy = state.busy;
    let account = row.account.as_ref().map(|account| format!(" ({account})")).unwrap_or_default();
    let title = words().really_leave(removal, &format!("{}{account}", row.app_name));
    let yes = {
        let (app, dispatch) = (row.app.clone(), dispatch.clone());
        Callback::from(move |_| {
            let its = app.clone();
            let left = async move { api::disconnect(owner, &its, removal).await.map(Event::Left) };
            connection_requests::run(&app, &dispatch, Box::pin(left));
        })
    };
    let keep = dispatch.clone();
    let close = Callback::from(move |()| keep.dispatch(Event::Keep));
    let onclick = close.reform(|_| ());
    let actions = html! {
        <>
            <fluent-button slot="action" appearance="primary" disabled={busy} onclick={yes}>{ words().0.leave(removal == Removal::Delete) }</fluent-button>
            <fluent-button slot="action" data-focus="" autofocus=true disabled={busy} {onclick}>{ words().0.keep() }</fluent-button>
        </>
    };
    html! {
        <Dialog {title} {close} {actions}>
            <p>
                if let Some(consequence) = words().consequence(owner, &row.used_by) {
                    { consequence.lead }
                    if let Some(example) = consequence.example {
                        <em>{ example }</em>
                    }
                    { consequence.rest }
                }
            </p>
            { refusal(state.refused.as_ref()) }
        </Dialog>
    }
}
