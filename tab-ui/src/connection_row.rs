//! One connection, with its buttons and questions: a row of the table, or a card while it is not connected.

use std::cell::Cell;
use std::rc::Rc;

use gloo_timers::future::TimeoutFuture;
use workbot_shared::{ConnectionRow, ConnectionStatus, Language, OwnerKind};
use yew::{Callback, Html, KeyboardEvent, MouseEvent, Properties, component, html, use_memo, use_node_ref};

use crate::after_first_paint::Later;
use crate::badge::badge;
use crate::connection_list_state::{CredentialsFormProps, Dispatch, Event, Question, RowState};
use crate::focus::{self, use_focus_kept};
use crate::icon::{self, icon};
use crate::offered_connection_actions::{ConnectMethod, actions};
use crate::removal_kind::Removal;
use crate::text::words;
use crate::{after_first_paint, host};

#[derive(Properties, PartialEq)]
pub struct ConnectionRowProps {
    pub owner: OwnerKind,
    pub row: ConnectionRow,
    pub state: RowState,
    pub dispatch: Dispatch,
    pub secret: Callback<CredentialsFormProps, Html>,
    /// Whether the list has been painted. Only then are dates written: the browser's first date takes longer
    /// than the rest of the list.
    pub painted: bool,
    /// The second file, once it is there.
    pub later: Option<Later>,
}

/// One connection.
#[component(ConnectionRowView)]
pub fn row_view(props: &ConnectionRowProps) -> Html {
    let ConnectionRowProps { row, state, dispatch, .. } = props;
    let place = use_node_ref();
    use_focus_kept(&place, (state.waiting.is_some(), state.busy));

    // Beside the state: the pointer moves on before the state is drawn.
    let asked = use_memo((), |()| Cell::new(false));
    asked.set(state.link.is_some());

    let card = row.status == ConnectionStatus::NotConnected;
    let second = match (card, &row.account) {
        (true, _) => html! { <small>{ words().commands(row.used_by.len()) }</small> },
        (false, Some(account)) => html! { <small dir="ltr">{ account }</small> },
        (false, None) => Html::default(),
    };
    let details = format!("details-{}", row.app);
    html! {
        <li ref={place} tabindex="-1" data-app={row.app.to_string()} data-status={row.status.words(Language::En)}>
            <div class="app">
                { tile(row) }
                <span class="who"><strong dir="auto">{ &row.app_name }</strong>{ second }</span>
            </div>
            if !card {
                <div class="state">{ badge(words().status(row.status)) }{ for props.later.map(|later| (later.tags)(&row.guardrails)) }</div>
                <div class="used">if let Some(at) = row.last_used_at.as_ref().filter(|_| props.painted) { <time datetime={at.clone()}>{ host::recent(at) }</time> }</div>
            }
            if let Some((link, later)) = state.waiting.as_ref().zip(props.later) {
                { (later.login)(props.owner, row, dispatch, link, state.busy) }
            } else {
                { buttons(props, &asked) }
            }
            if !card {
                { expander(props, &details) }
            }
            if !row.set_up {
                { not_set_up(props.owner) }
            }
            if let Some(later) = props.later.filter(|_| state.asking.is_none()) {
                { (later.refusal)(state.refused.as_ref()) }
            }
            if !card {
                // Always present: the expander refers to it.
                <dl id={details} class="details" hidden={!state.open}>if let Some(later) = props.later.filter(|_| state.open) { { for (later.described)(row) } }</dl>
                if let Some(later) = props.later.filter(|_| state.open && props.owner == OwnerKind::Person) {
                    { (later.guardrails)(row, dispatch, state.busy) }
                }
            }
            { match state.asking.zip(props.later) {
                Some((Question::Secret, _)) => props.secret.emit(CredentialsFormProps {
                    row: row.clone(),
                    busy: state.busy,
                    refused: state.refused.clone(),
                    dispatch: dispatch.clone(),
                }),
                Some((Question::Sure(removal), later)) => {
                    (later.sure)(props.owner, row, state, dispatch, removal)
                }
                None => Html::default(),
            } }
        </li>
    }
}

/// The app's icon, or its first letter. The name is beside it.
fn tile(row: &ConnectionRow) -> Html {
    match &row.icon {
        Some(icon) => {
            html! { <img class="tile" loading="lazy" src={format!("/tab/icons/{icon}")} alt="" width="32" height="32" /> }
        }
        None => {
            html! { <span class="tile" aria-hidden="true">{ row.app_name.chars().next().unwrap_or_default() }</span> }
        }
    }
}

/// The button that shows the details.
fn expander(props: &ConnectionRowProps, details: &str) -> Html {
    let app = props.row.app.clone();
    // Repeated here: some tools do not see the ARIA attributes inside Fluent's elements.
    html! {
        <fluent-button class="expander" role="button" appearance="transparent" icon-only="" aria-expanded={props.state.open.to_string()}
            aria-controls={details.to_owned()} aria-label={words().details_of(&props.row.app_name)}
            onclick={tell(&props.dispatch, move || Event::Toggle(app.clone()))}>{ icon(icon::CHEVRON, None) }</fluent-button>
    }
}

fn not_set_up(owner: OwnerKind) -> Html {
    html! {
        <p class="quiet">
            { words().not_set_up(owner) }
            if owner == OwnerKind::Shared {
                <code>{ "docs/deploy.md" }</code>{ "." }
            }
        </p>
    }
}

/// The buttons of an idle row.
fn buttons(props: &ConnectionRowProps, asked: &Rc<Cell<bool>>) -> Html {
    let offer = actions(props.owner, &props.row);
    let ask = |question| {
        let app = props.row.app.clone();
        tell(&props.dispatch, move || Event::Ask(app.clone(), question))
    };
    let busy = props.state.busy;
    html! {
        <div class="actions">
            { match offer.way {
                Some(ConnectMethod::Login { switch }) => connect(props, switch, asked),
                Some(way) => button(words().connect_method(way), None, busy, ask(Question::Secret)),
                None => Html::default(),
            } }
            if offer.disconnect {
                { button(words().0.leave(false), None, busy, ask(Question::Sure(Removal::Disconnect))) }
            }
            if offer.delete {
                { button(words().0.leave(true), None, busy, ask(Question::Sure(Removal::Delete))) }
            }
        </div>
    }
}

/// The link to the login. It is requested when the pointer or the focus comes near, so that the press itself
/// opens it: popup blockers do not apply. A press before it came is answered as soon as it does.
fn connect(props: &ConnectionRowProps, switch: bool, asked: &Rc<Cell<bool>>) -> Html {
    let ConnectionRowProps { owner, row, state, dispatch, .. } = props;
    let (owner, app, busy, link) = (*owner, row.app.clone(), state.busy, state.link.clone().flatten());
    let near = {
        let (app, dispatch, asked) = (app.clone(), dispatch.clone(), asked.clone());
        Callback::from(move |()| {
            if !busy && !asked.replace(true) {
                let (app, dispatch) = (app.clone(), dispatch.clone());
                wasm_bindgen_futures::spawn_local(async move {
                    if let Ok(later) = after_first_paint::load().await {
                        (later.come_near)(owner, &app, switch, &dispatch);
                    }
                });
            }
        })
    };
    let opened = {
        let (near, link, dispatch) = (near.clone(), link.clone(), dispatch.clone());
        Callback::from(move |()| match &link {
            Some(link) => {
                // First Fluent's link opens: it is gone once this is drawn.
                let (event, dispatch) = (Event::Link(app.clone(), link.clone()), dispatch.clone());
                wasm_bindgen_futures::spawn_local(async move {
                    TimeoutFuture::new(0).await;
                    dispatch.dispatch(event);
                });
            }
            None if busy => {}
            None => {
                near.emit(());
                dispatch.dispatch(Event::Busy(app.clone()));
            }
        })
    };
    let onkeydown = {
        let opened = opened.clone();
        Callback::from(move |event: KeyboardEvent| match event.key().as_str() {
            // Fluent's link opens by Enter alone.
            " " => focus::press(&event),
            "Enter" => opened.emit(()),
            _ => {}
        })
    };
    let appearance = (row.status == ConnectionStatus::NeedsLogin
        || row.status == ConnectionStatus::Disconnected)
        .then_some("primary")
        .or(switch.then_some("subtle"));
    html! {
        <fluent-anchor-button role="button" {appearance} href={link} target="_blank" rel="noopener noreferrer" aria-disabled={busy.then_some("true")}
            onpointerover={near.reform(|_| ())} onfocusin={near.reform(|_| ())} onclick={opened.reform(|_: MouseEvent| ())} {onkeydown}>
            { words().connect_method(ConnectMethod::Login { switch }) }
        </fluent-anchor-button>
    }
}

fn button(
    label: &'static str,
    appearance: Option<&'static str>,
    busy: bool,
    onclick: Callback<MouseEvent>,
) -> Html {
    // A request under way is not repeated, even if a press gets through.
    let onclick = if busy { Callback::noop() } else { onclick };
    html! { <fluent-button {appearance} disabled={busy} {onclick}>{ label }</fluent-button> }
}

fn tell(dispatch: &Dispatch, event: impl Fn() -> Event + 'static) -> Callback<MouseEvent> {
    let dispatch = dispatch.clone();
    Callback::from(move |_| dispatch.dispatch(event()))
}
