//! The list of a person's or the company's connections.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo_timers::future::TimeoutFuture;
use workbot_shared::{AppId, ConnectionRow, ConnectionStatus, OwnerKind};
use yew::{Callback, Html, Properties, component, html, use_effect_with, use_reducer, use_state_eq};

use crate::after_first_paint::Later;
use crate::api;
use crate::connection_list_state::{ConnectionListState, CredentialsFormProps, Event, Question};
use crate::connection_row::ConnectionRowView;
use crate::focus;
use crate::host;
use crate::removal_kind::Removal;
use crate::status_views;
use crate::text::words;

/// The polling interval while a login is open in another browser tab, in milliseconds.
const ASK_EVERY_MS: u32 = 2000;

#[derive(Properties, PartialEq)]
pub struct ConnectionListProps {
    pub owner: OwnerKind,
    /// The app to scroll to, and whether its Disconnect question is open.
    #[prop_or_default]
    pub first: Option<(AppId, bool)>,
    /// The rows, if they came with the session. Taken once.
    #[prop_or_default]
    pub rows: Rc<RefCell<Option<Vec<ConnectionRow>>>>,
    /// The form for an API key or password, if the person may set one.
    #[prop_or_else(|| Callback::from(|_| Html::default()))]
    pub secret: Callback<CredentialsFormProps, Html>,
    /// The second file, once it is there: questions and results wait for it.
    pub later: Option<Later>,
}

/// The list with its buttons.
#[component(ConnectionList)]
pub fn connection_list(
    ConnectionListProps { owner, first, rows, secret, later }: &ConnectionListProps,
) -> Html {
    let owner = *owner;
    let state = {
        let rows = rows.clone();
        use_reducer(move || ConnectionListState { rows: rows.take(), ..ConnectionListState::default() })
    };

    let dispatcher = state.dispatcher();
    let fresh = state.rows.is_some();
    use_effect_with((owner, state.version, state.waiting.is_some()), move |&(owner, version, waiting)| {
        let on = Rc::new(Cell::new(true));
        let going = on.clone();
        wasm_bindgen_futures::spawn_local(async move {
            // They came with the session.
            if fresh && version == 0 && !waiting {
                return;
            }
            loop {
                match api::connections(owner).await {
                    Ok(rows) if going.get() => dispatcher.dispatch(Event::Came(rows)),
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

    let painted = use_state_eq(|| false);
    let paint = painted.setter();
    use_effect_with((), move |()| {
        wasm_bindgen_futures::spawn_local(async move {
            host::painted().await;
            paint.set(true);
        });
    });

    // Scrolls to the target row once the rows are loaded.
    let dispatcher = state.dispatcher();
    use_effect_with((first.clone(), state.rows.is_some()), move |(first, there)| {
        if let Some((app, leave)) = first.as_ref().filter(|_| *there) {
            if *leave {
                dispatcher.dispatch(Event::Ask(app.clone(), Question::Sure(Removal::Disconnect)));
            }
            // The question takes the focus itself.
            focus::show(&format!("[data-app=\"{app}\"]"), !*leave);
        }
    });

    let dispatcher = state.dispatcher();
    let retry = Callback::from(move |()| dispatcher.dispatch(Event::Retry));
    let dispatcher = state.dispatcher();
    let dismiss = Callback::from(move |place| dispatcher.dispatch(Event::Dismiss(place)));
    let (later, painted) = (*later, *painted);
    let row = |row: &ConnectionRow| {
        html! {
            <ConnectionRowView key={row.app.as_str()} {owner} row={row.clone()} state={state.row_state(&row.app)}
                dispatch={state.dispatcher()} secret={secret.clone()} {painted} {later} />
        }
    };
    let is_new = |row: &&ConnectionRow| row.status == ConnectionStatus::NotConnected;
    html! {
        <section data-page={state.rows.is_some().then_some(page(owner))}>
            { status_views::heading(words().connections_of(owner), &words().intro(owner)) }
            // Always present, so that screen readers announce its changes.
            <div class="notices" role="status">if let Some(later) = later { { (later.results)(&state.notices, &dismiss) } }</div>
            if let Some(failure) = &state.failure {
                { status_views::failed(failure, &retry) }
            }
            if let Some(rows) = &state.rows {
                if rows.iter().all(|row| is_new(&row)) {
                    { status_views::empty(words().nothing_yet(owner)) }
                } else {
                    <div class="list">
                        <div class="columns" aria-hidden="true">
                            <span>{ words().app() }</span><span>{ words().status_column() }</span><span class="used">{ words().last_used() }</span>
                        </div>
                        <ul>{ for rows.iter().filter(|row| !is_new(row)).map(row) }</ul>
                    </div>
                }
                if rows.iter().any(|row| is_new(&row)) {
                    <h2>{ words().connect_more() }</h2>
                    <ul class="cards">{ for rows.iter().filter(is_new).map(row) }</ul>
                }
            } else if state.failure.is_none() {
                { status_views::bones() }
            }
        </section>
    }
}

/// The id of the list in the page.
fn page(owner: OwnerKind) -> &'static str {
    match owner {
        OwnerKind::Person => "connections",
        OwnerKind::Shared => "shared",
    }
}
