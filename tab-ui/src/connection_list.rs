//! The list of a person's or the company's connections.

use std::cell::Cell;
use std::rc::Rc;

use gloo_timers::future::TimeoutFuture;
use workbot_shared::{AppId, OwnerKind};
use yew::{Callback, Html, Properties, component, html, use_effect_with, use_reducer};

use crate::api;
use crate::connection_list_state::{ConnectionListState, Event, Question};
use crate::connection_row::{ConnectionRowView, told};
use crate::focus;
use crate::removal::Removal;
use crate::shared_secret_form::CredentialsFormProps;
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
    /// The form for an API key or password, if the person may set one.
    #[prop_or_else(|| Callback::from(|_| Html::default()))]
    pub secret: Callback<CredentialsFormProps, Html>,
}

/// The list with its buttons.
#[component(ConnectionList)]
pub fn connection_list(ConnectionListProps { owner, first, secret }: &ConnectionListProps) -> Html {
    let owner = *owner;
    let state = use_reducer(ConnectionListState::default);

    let dispatcher = state.dispatcher();
    use_effect_with((owner, state.version, state.waiting.is_some()), move |&(owner, _, waiting)| {
        let on = Rc::new(Cell::new(true));
        let going = on.clone();
        wasm_bindgen_futures::spawn_local(async move {
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

    // One copy for all rows.
    let list = Rc::new((*state).clone());
    let dispatcher = state.dispatcher();
    let retry = Callback::from(move |()| dispatcher.dispatch(Event::Retry));
    html! {
        <>
            if let Some(failure) = &state.failure {
                { status_views::failed(failure, &retry) }
            }
            if let Some(rows) = &state.rows {
                <section class="card" data-page={page(owner)}>
                    <h2>{ words().connections_of(owner) }</h2>
                    if let Some(intro) = words().intro(owner) {
                        <p class="quiet">{ intro }</p>
                    }
                    // The result for an app that is no longer in the list.
                    if let Some(note) = state.note.as_ref().filter(|note| rows.iter().all(|row| row.app != note.app)) {
                        <p class="note" role="status">{ told(note) }</p>
                    }
                    if rows.is_empty() {
                        <p>{ words().nothing_yet(owner) }</p>
                    }
                    <ul class="rows">
                        { for rows.iter().map(|row| html! {
                            <ConnectionRowView key={row.app.as_str()} {owner} row={row.clone()} list={list.clone()} dispatch={state.dispatcher()} secret={secret.clone()} />
                        }) }
                    </ul>
                </section>
            } else if state.failure.is_none() {
                { status_views::skeleton() }
            }
        </>
    }
}

/// The id of the list in the page.
fn page(owner: OwnerKind) -> &'static str {
    match owner {
        OwnerKind::Person => "connections",
        OwnerKind::Shared => "shared",
    }
}
