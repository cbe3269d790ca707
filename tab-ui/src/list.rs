//! The person's connections, as they see them.

use gloo_timers::future::TimeoutFuture;
use workbot_shared::{ConnectionRow, ConnectionStatus};
use yew::{Callback, Html, Properties, UseReducerDispatcher, component, html, use_effect_with, use_reducer};

use crate::api;
use crate::connections::{Event, Leave, List};
use crate::pages::Failed;

/// How often the worker is asked while a login is under way elsewhere.
const ASK_EVERY_MS: u32 = 2000;

type Dispatch = UseReducerDispatcher<List>;

/// The list with its buttons.
#[component(ConnectionList)]
pub fn connection_list() -> Html {
    let state = use_reducer(List::default);

    let dispatcher = state.dispatcher();
    use_effect_with((state.version, state.waiting.is_some()), move |&(_, waiting)| {
        let on = std::rc::Rc::new(std::cell::Cell::new(true));
        let going = on.clone();
        wasm_bindgen_futures::spawn_local(async move {
            loop {
                match api::connections().await {
                    Ok(list) if going.get() => dispatcher.dispatch(Event::Came(list.connections)),
                    Err(failure) if going.get() => dispatcher.dispatch(Event::Failed(failure)),
                    _ => break,
                }
                if !waiting {
                    break;
                }
                TimeoutFuture::new(ASK_EVERY_MS).await;
            }
        });
        move || on.set(false)
    });

    let dispatcher = state.dispatcher();
    let retry = Callback::from(move |()| dispatcher.dispatch(Event::Retry));
    html! {
        <>
            <p class="receipt" role="status">{ state.receipt.clone().unwrap_or_default() }</p>
            if let Some(failure) = &state.failure {
                <Failed failure={failure.clone()} {retry} />
            }
            if let Some(rows) = &state.rows {
                <section class="card" data-page="connections">
                    <h2>{ "Your connections" }</h2>
                    if rows.is_empty() {
                        <p>{ "You have no connections yet. They appear here when a command first needs one." }</p>
                    }
                    <ul class="rows">
                        { for rows.iter().map(|row| html! {
                            <Row key={row.app.as_str()} row={row.clone()} list={(*state).clone()} dispatch={state.dispatcher()} />
                        }) }
                    </ul>
                </section>
            } else if state.failure.is_none() {
                <section class="card" aria-busy="true" aria-label="Loading">
                    <div class="skeleton title"></div>
                    <div class="skeleton"></div>
                </section>
            }
        </>
    }
}

#[derive(Properties, PartialEq)]
struct RowProps {
    row: ConnectionRow,
    list: List,
    dispatch: Dispatch,
}

/// The day of an RFC 3339 time.
fn day(time: &str) -> &str {
    time.get(..10).unwrap_or(time)
}

#[component(Row)]
fn row_view(RowProps { row, list, dispatch }: &RowProps) -> Html {
    let busy = list.busy.as_ref() == Some(&row.app);
    let link =
        list.waiting.as_ref().filter(|(before, _)| before.app == row.app).map(|(_, link)| link.clone());
    let asking = list.asking.as_ref().filter(|(app, _)| *app == row.app).map(|(_, leave)| *leave);
    let mut details = Vec::new();
    details.extend(row.connected_at.as_deref().map(|at| format!("since {}", day(at))));
    details.extend(row.last_used_at.as_deref().map(|at| format!("last used {}", day(at))));
    if !row.used_by.is_empty() {
        details.push(format!("used by {}", row.used_by.join(", ")));
    }
    let ask = |leave: Leave| {
        let (dispatch, app) = (dispatch.clone(), row.app.clone());
        Callback::from(move |_| dispatch.dispatch(Event::Ask(app.clone(), leave)))
    };
    let connected = row.status == ConnectionStatus::Connected;
    html! {
        <li data-app={row.app.to_string()} data-status={row.status.words()}>
            <div class="row">
                <div class="who">
                    <strong>{ &row.app_name }</strong>
                    <span dir="auto">{ row.account.clone().unwrap_or_default() }</span>
                    <small class="quiet">{ details.join(" · ") }</small>
                </div>
                <span class="status">{ row.status.words() }</span>
            </div>
            if let Some(link) = link {
                <p class="quiet">{ "The login opens in your browser. This list follows by itself." }</p>
                // A plain link: nothing for a popup blocker to block, and it works on every client.
                <fluent-anchor-button appearance="primary" href={link} target="_blank" rel="noopener noreferrer">
                    { format!("Log in to {}", row.app_name) }
                </fluent-anchor-button>
            }
            if let Some(leave) = asking {
                { sure(row, leave, busy, dispatch) }
            } else {
                <div class="actions">
                    <fluent-button disabled={busy} onclick={log_in(row, connected, dispatch)}>
                        { if connected { "Switch account" } else { "Connect" } }
                    </fluent-button>
                    if connected || row.status == ConnectionStatus::NeedsLogin {
                        <fluent-button appearance="subtle" disabled={busy} onclick={ask(Leave::Disconnect)}>{ "Disconnect" }</fluent-button>
                    }
                    if row.status != ConnectionStatus::NotConnected {
                        <fluent-button appearance="subtle" disabled={busy} onclick={ask(Leave::Delete)}>{ "Delete" }</fluent-button>
                    }
                </div>
            }
        </li>
    }
}

/// Asks once before a connection is left.
fn sure(row: &ConnectionRow, leave: Leave, busy: bool, dispatch: &Dispatch) -> Html {
    let word = if leave == Leave::Delete { "Delete" } else { "Disconnect" };
    let account = row.account.clone().unwrap_or_default();
    let again = match row.used_by.as_slice() {
        [] => String::new(),
        [one] => format!(" {one} will ask you to log in again."),
        [one, more @ ..] => format!(" {one} and {} more will ask you to log in again.", more.len()),
    };
    let (dispatcher, app) = (dispatch.clone(), row.app.clone());
    let yes = Callback::from(move |_| {
        let (dispatcher, app) = (dispatcher.clone(), app.clone());
        dispatcher.dispatch(Event::Busy(app.clone()));
        wasm_bindgen_futures::spawn_local(async move {
            match api::leave(&app, leave).await {
                Ok(receipt) => dispatcher.dispatch(Event::Done(receipt.message)),
                Err(failure) => dispatcher.dispatch(Event::Failed(failure)),
            }
        });
    });
    let dispatcher = dispatch.clone();
    let keep = Callback::from(move |_| dispatcher.dispatch(Event::Keep));
    html! {
        <div role="group" aria-label={format!("{word} {}", row.app_name)}>
            <p>{ format!("{word} {} ({account})?{again}", row.app_name) }</p>
            <div class="actions">
                <fluent-button appearance="primary" disabled={busy} onclick={yes}>{ word }</fluent-button>
                <fluent-button disabled={busy} onclick={keep}>{ "Keep" }</fluent-button>
            </div>
        </div>
    }
}

/// Asks for a link with which to log in.
fn log_in(row: &ConnectionRow, switch_account: bool, dispatch: &Dispatch) -> Callback<yew::MouseEvent> {
    let (dispatch, app) = (dispatch.clone(), row.app.clone());
    Callback::from(move |_| {
        let (dispatch, app) = (dispatch.clone(), app.clone());
        dispatch.dispatch(Event::Busy(app.clone()));
        wasm_bindgen_futures::spawn_local(async move {
            match api::login(&app, switch_account).await {
                Ok(link) => dispatch.dispatch(Event::Link(app, link.url)),
                Err(failure) => dispatch.dispatch(Event::Failed(failure)),
            }
        });
    })
}
