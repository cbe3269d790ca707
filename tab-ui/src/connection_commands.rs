//! What the buttons of a row do: each asks the worker and tells the list what came of it.

use std::future::Future;
use std::pin::Pin;

use workbot_shared::{AppId, OwnerKind, SharedSecret};
use yew::UseReducerDispatcher;

use crate::api;
use crate::connection_list_state::{ConnectionListState, Event};
use crate::removal::Removal;
use crate::session_state::DisplayError;

/// Tells the list what happened.
pub type Dispatch = UseReducerDispatcher<ConnectionListState>;

/// What the worker is asked. Boxed: one copy of what follows is enough.
type CommandFuture = Pin<Box<dyn Future<Output = Result<Event, DisplayError>>>>;

/// Asks for a link with which to log in.
pub fn log_in(owner: OwnerKind, app: &AppId, switch_account: bool, dispatch: &Dispatch) {
    let its = app.clone();
    let link =
        async move { api::login(owner, &its, switch_account).await.map(|link| Event::Link(its, link.url)) };
    run(app, dispatch, Box::pin(link));
}

/// Disconnects or deletes.
pub fn disconnect(owner: OwnerKind, app: &AppId, removal: Removal, dispatch: &Dispatch) {
    let its = app.clone();
    run(app, dispatch, Box::pin(async move { api::disconnect(owner, &its, removal).await.map(Event::Left) }));
}

/// Connects the company with what was typed in, which is gone as soon as it is sent.
pub fn set_credentials(app: &AppId, secret: SharedSecret, dispatch: &Dispatch) {
    let its = app.clone();
    run(
        app,
        dispatch,
        Box::pin(async move { api::set_credentials(&its, secret).await.map(Event::Connected) }),
    );
}

fn run(app: &AppId, dispatch: &Dispatch, asking: CommandFuture) {
    let (app, dispatch) = (app.clone(), dispatch.clone());
    dispatch.dispatch(Event::Busy(app.clone()));
    wasm_bindgen_futures::spawn_local(async move {
        let event = asking.await.unwrap_or_else(|failure| Event::Refused(app, failure));
        dispatch.dispatch(event);
    });
}
