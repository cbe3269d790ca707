//! The commands of a row's buttons: each calls the worker and dispatches the result to the list.

use std::future::Future;
use std::pin::Pin;

use workbot_shared::{AppId, OwnerKind, SharedSecret};
use yew::UseReducerDispatcher;

use crate::api;
use crate::connections::{Event, List};
use crate::removal::Removal;
use crate::state::Failure;

/// Dispatches an event to the list.
pub type Dispatch = UseReducerDispatcher<List>;

/// The request to the worker. Boxed, so that the code after it exists once.
type Asking = Pin<Box<dyn Future<Output = Result<Event, Failure>>>>;

/// Requests a login link.
pub fn log_in(owner: OwnerKind, app: &AppId, switch_account: bool, dispatch: &Dispatch) {
    let its = app.clone();
    let link =
        async move { api::login(owner, &its, switch_account).await.map(|link| Event::Link(its, link.url)) };
    act(app, dispatch, Box::pin(link));
}

/// Disconnects or deletes.
pub fn leave(owner: OwnerKind, app: &AppId, removal: Removal, dispatch: &Dispatch) {
    let its = app.clone();
    act(app, dispatch, Box::pin(async move { api::leave(owner, &its, removal).await.map(Event::Left) }));
}

/// Connects the company with the typed secret, which is dropped when it is sent.
pub fn set_secret(app: &AppId, secret: SharedSecret, dispatch: &Dispatch) {
    let its = app.clone();
    act(app, dispatch, Box::pin(async move { api::set_secret(&its, secret).await.map(Event::Connected) }));
}

fn act(app: &AppId, dispatch: &Dispatch, asking: Asking) {
    let (app, dispatch) = (app.clone(), dispatch.clone());
    dispatch.dispatch(Event::Busy(app.clone()));
    wasm_bindgen_futures::spawn_local(async move {
        let event = asking.await.unwrap_or_else(|failure| Event::Refused(app, failure));
        dispatch.dispatch(event);
    });
}
