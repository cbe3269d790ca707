//! One connection, with its buttons and questions: a row of the table, or a card while it is not connected.

use workbot_shared::{ConnectionRow, ConnectionStatus, Language, OwnerKind};
use yew::{Callback, Html, KeyboardEvent, MouseEvent, Properties, component, html, use_node_ref};

use crate::badge::badge;
use crate::connection_actions::{ConnectMethod, actions};
use crate::connection_commands;
use crate::connection_list_state::{CredentialsFormProps, Dispatch, Event, Question, RowState};
use crate::dialog::Dialog;
use crate::focus::{self, use_focus_kept};
use crate::host;
use crate::icon::{self, icon};
use crate::notices::refusal;
use crate::removal::Removal;
use crate::text::words;

#[derive(Properties, PartialEq)]
pub struct ConnectionRowProps {
    pub owner: OwnerKind,
    pub row: ConnectionRow,
    pub state: RowState,
    pub dispatch: Dispatch,
    pub secret: Callback<CredentialsFormProps, Html>,
}

/// One connection.
#[component(ConnectionRowView)]
pub fn row_view(props: &ConnectionRowProps) -> Html {
    let ConnectionRowProps { row, state, dispatch, .. } = props;
    let place = use_node_ref();
    use_focus_kept(&place, (state.waiting.is_some(), state.busy));

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
                <div class="state">{ badge(words().status(row.status)) }</div>
                <div class="used">{ row.last_used_at.as_deref().map(host::recent).unwrap_or_default() }</div>
            }
            if let Some(link) = &state.waiting {
                { login(props, link) }
            } else {
                { buttons(props) }
            }
            if !card {
                { expander(props, &details) }
            }
            if !row.set_up {
                { not_set_up(props.owner) }
            }
            if state.asking.is_none() {
                { refusal(state.refused.as_ref()) }
            }
            if !card {
                // Always present: the expander refers to it.
                <dl id={details} class="details" hidden={!state.open}>if state.open { { for described(row) } }</dl>
            }
            { match state.asking {
                Some(Question::Secret) => props.secret.emit(CredentialsFormProps {
                    row: row.clone(),
                    busy: state.busy,
                    refused: state.refused.clone(),
                    dispatch: dispatch.clone(),
                }),
                Some(Question::Sure(removal)) => sure(props, removal),
                None => Html::default(),
            } }
        </li>
    }
}

/// The app's icon, or its first letter. The name is beside it.
fn tile(row: &ConnectionRow) -> Html {
    match &row.icon {
        Some(icon) => html! { <img class="tile" src={format!("/tab/icons/{icon}")} alt="" width="32" height="32" /> },
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

/// The details: terms and what they are.
fn described(row: &ConnectionRow) -> Vec<Html> {
    let tags = |names: &[String]| html! { <>{ for names.iter().map(|name| html! { <span class="tag" dir="auto">{ name }</span> }) }</> };
    let day = |at: &Option<String>| at.as_deref().map(|at| html! { host::day(at) });
    let some = |names: &[String]| (!names.is_empty()).then(|| tags(names));
    let all = [
        (words().connected_since(), day(&row.connected_at)),
        (words().last_used(), day(&row.last_used_at)),
        (words().used_by(), some(&row.used_by)),
        (words().permissions(), some(&row.scopes)),
    ];
    let shown = all.into_iter().filter_map(|(term, what)| Some((term, what?)));
    shown.map(|(term, what)| html! { <><dt>{ term }</dt><dd>{ what }</dd></> }).collect()
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
fn buttons(props: &ConnectionRowProps) -> Html {
    let offer = actions(props.owner, &props.row);
    let ask = |question| {
        let app = props.row.app.clone();
        tell(&props.dispatch, move || Event::Ask(app.clone(), question))
    };
    let busy = props.state.busy;
    html! {
        <div class="actions">
            { match offer.way {
                Some(ConnectMethod::Login { switch }) => connect(props, switch),
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

/// The link to the login. It is requested when the pointer or the focus comes near, so that the press itself opens
/// it: popup blockers do not apply. A press before it came is answered as soon as it does.
fn connect(props: &ConnectionRowProps, switch: bool) -> Html {
    let ConnectionRowProps { owner, row, state, dispatch, .. } = props;
    let (owner, app, busy, link) = (*owner, row.app.clone(), state.busy, state.link.clone().flatten());
    let asked = state.link.is_some();
    let near = {
        let (app, dispatch) = (app.clone(), dispatch.clone());
        Callback::from(move |()| {
            if !asked && !busy {
                connection_commands::come_near(owner, &app, switch, &dispatch);
            }
        })
    };
    let opened = {
        let (near, link, dispatch) = (near.clone(), link.clone(), dispatch.clone());
        Callback::from(move |()| match &link {
            Some(link) => dispatch.dispatch(Event::Link(app.clone(), link.clone())),
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
    let appearance = (row.status == ConnectionStatus::NeedsLogin || row.status == ConnectionStatus::Disconnected)
        .then_some("primary")
        .or(switch.then_some("subtle"));
    html! {
        <fluent-anchor-button role="button" {appearance} href={link} target="_blank" rel="noopener noreferrer" aria-disabled={busy.then_some("true")}
            onpointerover={near.reform(|_| ())} onfocusin={near.reform(|_| ())} onclick={opened.reform(|_: MouseEvent| ())} {onkeydown}>
            { words().connect_method(ConnectMethod::Login { switch }) }
        </fluent-anchor-button>
    }
}

/// The login is open in another browser tab, or about to be.
fn login(props: &ConnectionRowProps, link: &str) -> Html {
    let ConnectionRowProps { owner, row, state, dispatch, .. } = props;
    let switch = matches!(actions(*owner, row).way, Some(ConnectMethod::Login { switch: true }));
    let new_link = {
        let (owner, app, dispatch) = (*owner, row.app.clone(), dispatch.clone());
        Callback::from(move |_| connection_commands::log_in(owner, &app, switch, &dispatch))
    };
    html! {
        <div class="login">
            <p class="quiet">{ words().login_opens() }</p>
            <div class="actions">
                // A plain link: popup blockers do not apply, and it works in every client.
                <fluent-anchor-button data-focus="" appearance="primary" href={link.to_owned()} target="_blank" rel="noopener noreferrer">
                    { words().log_in_to(&row.app_name) }
                </fluent-anchor-button>
                { button(words().new_link(), Some("subtle"), state.busy, new_link) }
                { button(words().0.cancel(), Some("subtle"), state.busy, tell(dispatch, || Event::GiveUp)) }
            </div>
        </div>
    }
}

/// The question before a disconnect.
fn sure(props: &ConnectionRowProps, removal: Removal) -> Html {
    let ConnectionRowProps { owner, row, state, dispatch, .. } = props;
    let busy = state.busy;
    let account = row.account.as_ref().map(|account| format!(" ({account})")).unwrap_or_default();
    let title = words().really_leave(removal, &format!("{}{account}", row.app_name));
    let yes = {
        let (owner, app, dispatch) = (*owner, row.app.clone(), dispatch.clone());
        Callback::from(move |_| connection_commands::disconnect(owner, &app, removal, &dispatch))
    };
    let keep = dispatch.clone();
    let close = Callback::from(move |()| keep.dispatch(Event::Keep));
    let actions = html! {
        <>
            <fluent-button slot="action" appearance="primary" disabled={busy} onclick={yes}>{ words().0.leave(removal == Removal::Delete) }</fluent-button>
            <fluent-button slot="action" data-focus="" autofocus=true disabled={busy} onclick={tell(dispatch, || Event::Keep)}>{ words().0.keep() }</fluent-button>
        </>
    };
    html! {
        <Dialog {title} {close} {actions}>
            <p>
                if let Some(consequence) = words().consequence(*owner, &row.used_by) {
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
