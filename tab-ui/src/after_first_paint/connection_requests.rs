//! The commands of a row's buttons: each calls the worker and dispatches the result to the list.

use std::future::Future;
use std::pin::Pin;

use gloo_timers::future::TimeoutFuture;
use workbot_shared::{AppId, OwnerKind};

use crate::api;
use crate::connection_list_state::{Dispatch, Event};
use crate::session_state::DisplayError;

/// The request to the worker. Boxed, so that the code after it exists once.
pub type CommandFuture = Pin<Box<dyn Future<Output = Result<Event, DisplayError>>>>;

/// How long a login link is offered: the worker accepts it for ten minutes.
const LINK_LIVES_MS: u32 = 9 * 60 * 1000;

/// Requests a login link before the press: the press itself then opens it.
pub fn come_near(owner: OwnerKind, app: &AppId, switch_account: bool, dispatch: &Dispatch) {
    let (app, dispatch) = (app.clone(), dispatch.clone());
    dispatch.dispatch(Event::Near(app.clone()));
    wasm_bindgen_futures::spawn_local(async move {
        let link = api::login(owner, &app, switch_account).await.map(|link| link.url);
        let there = link.is_ok();
        dispatch.dispatch(Event::Ready(app.clone(), link));
        if there {
            TimeoutFuture::new(LINK_LIVES_MS).await;
            dispatch.dispatch(Event::Stale(app));
        }
    });
}

/// Requests a login link.
pub fn log_in(owner: OwnerKind, app: &AppId, switch_account: bool, dispatch: &Dispatch) {
    let its = app.clone();
    let link =
        async move { api::login(owner, &its, switch_account).await.map(|link| Event::Link(its, link.url)) };
    run(app, dispatch, Box::pin(link));
}

/// Sends a request of a row, whose buttons are disabled until its response.
pub fn run(app: &AppId, dispatch: &Dispatch, asking: CommandFuture) {
    let (app, dispatch) = (app.clone(), dispatch.clone());
    dispatch.dispatch(Event::Busy(app.clone()));
    wasm_bindgen_futures::spawn_local(async move {
        let event = asking.await.unwrap_or_else(|failure| Event::Refused(app, failure));
        dispatch.dispatch(event);
    });
}
