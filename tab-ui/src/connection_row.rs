//! One connection, with its buttons and questions.

use std::rc::Rc;

use workbot_shared::{ConnectionRow, Language, OwnerKind};
use yew::{Callback, Html, MouseEvent, Properties, component, html, use_node_ref};

use crate::connection_actions::{ConnectMethod, actions};
use crate::connection_commands::{self, Dispatch};
use crate::connection_list_state::{ConnectionListState, Event, Notice, Question};
use crate::focus::{on_escape, use_focus_kept};
use crate::host;
use crate::removal::Removal;
use crate::shared_secret_form::CredentialsFormProps;
use crate::status_views;
use crate::text::words;

#[derive(Properties, PartialEq)]
pub struct ConnectionRowProps {
    pub owner: OwnerKind,
    pub row: ConnectionRow,
    pub list: Rc<ConnectionListState>,
    pub dispatch: Dispatch,
    pub secret: Callback<CredentialsFormProps, Html>,
}

/// One connection.
#[component(ConnectionRowView)]
pub fn row_view(props: &ConnectionRowProps) -> Html {
    let ConnectionRowProps { row, list, dispatch, .. } = props;
    let its = |app: &_| *app == row.app;
    let busy = list.busy.contains(&row.app);
    let link = list.waiting.as_ref().filter(|(before, _)| its(&before.app)).map(|(_, link)| link);
    let asking = list.asking.as_ref().filter(|(app, _)| its(app)).map(|(_, question)| *question);
    let refused = list.refused.as_ref().filter(|(app, _)| its(app)).map(|(_, failure)| failure);
    let note = list.note.as_ref().filter(|note| its(&note.app));

    let place = use_node_ref();
    use_focus_kept(&place, (asking, link.cloned(), busy));

    html! {
        <li ref={place} tabindex="-1" data-app={row.app.to_string()} data-status={row.status.words(Language::En)}>
            <div class="row">
                { tile(row) }
                <div class="who">
                    <strong dir="auto">{ &row.app_name }</strong>
                    if let Some(account) = &row.account {
                        <span dir="ltr">{ account }</span>
                    }
                    <small>{ details(row).join(" · ") }</small>
                    { permissions(row) }
                </div>
                <span class="status">{ words().status(row.status) }</span>
            </div>
            if !row.set_up {
                { not_set_up(props.owner) }
            }
            // Always present, so that screen readers announce its changes.
            <p class="note" role="status">{ for note.map(told) }</p>
            if asking == Some(Question::Secret) {
                { props.secret.emit(CredentialsFormProps { row: row.clone(), busy, refused: refused.cloned(), dispatch: dispatch.clone() }) }
            } else {
                { status_views::refusal(refused) }
                { match (asking, link) {
                    (Some(Question::Sure(removal)), _) => sure(props, removal, busy),
                    (_, Some(link)) => login(props, link, busy),
                    _ => buttons(props, busy),
                } }
            }
        </li>
    }
}

fn details(row: &ConnectionRow) -> Vec<String> {
    let mut details = Vec::new();
    details.extend(row.connected_at.as_deref().map(|at| words().0.since(&host::day(at))));
    details.extend(row.last_used_at.as_deref().map(|at| words().0.last_used(&host::day(at))));
    if !row.used_by.is_empty() {
        details.push(words().used_by(&row.used_by.join(", ")));
    }
    details
}

/// The app's icon, or its first letter. The name is beside it.
fn tile(row: &ConnectionRow) -> Html {
    match &row.icon {
        Some(icon) => html! { <img class="tile" src={format!("/tab/icons/{icon}")} alt="" loading="lazy" /> },
        None => {
            html! { <span class="tile" aria-hidden="true">{ row.app_name.chars().next().unwrap_or_default() }</span> }
        }
    }
}

/// The granted scopes, on demand.
fn permissions(row: &ConnectionRow) -> Html {
    if row.scopes.is_empty() {
        return Html::default();
    }
    html! {
        <details>
            <summary>{ words().permissions() }</summary>
            <code dir="auto">{ row.scopes.join(" ") }</code>
        </details>
    }
}

/// The result, with a link to the app if needed.
pub fn told(note: &Notice) -> Html {
    html! {
        <>
            { &note.text }
            if let Some(link) = &note.link {
                { " " }
                <a href={link.clone()} target="_blank" rel="noopener noreferrer">{ words().app_settings() }</a>
            }
        </>
    }
}

fn not_set_up(owner: OwnerKind) -> Html {
    html! {
        <p class="note quiet">
            { words().not_set_up(owner) }
            if owner == OwnerKind::Shared {
                <code>{ "docs/deploy.md" }</code>{ "." }
            }
        </p>
    }
}

/// The buttons of an idle row.
fn buttons(props: &ConnectionRowProps, busy: bool) -> Html {
    let offer = actions(props.owner, &props.row);
    let ask = |question| {
        let app = props.row.app.clone();
        tell(&props.dispatch, move || Event::Ask(app.clone(), question))
    };
    let way = |way| match way {
        ConnectMethod::Login { switch } => log_in(props, switch),
        ConnectMethod::Key { .. } | ConnectMethod::Password { .. } => ask(Question::Secret),
    };
    let mut buttons = Vec::new();
    buttons.extend(offer.way.map(|its| button(words().connect_method(its), None, busy, way(its))));
    for (offered, removal) in [(offer.disconnect, Removal::Disconnect), (offer.delete, Removal::Delete)] {
        if offered {
            buttons.push(button(
                words().0.leave(removal == Removal::Delete),
                Some("subtle"),
                busy,
                ask(Question::Sure(removal)),
            ));
        }
    }
    if buttons.is_empty() {
        Html::default()
    } else {
        html! { <div class="actions">{ buttons }</div> }
    }
}

/// The login link.
fn login(props: &ConnectionRowProps, link: &str, busy: bool) -> Html {
    let switch = matches!(actions(props.owner, &props.row).way, Some(ConnectMethod::Login { switch: true }));
    html! {
        <>
            <p class="note quiet">{ words().login_opens() }</p>
            <div class="actions">
                // A plain link: popup blockers do not apply, and it works in every client.
                <fluent-anchor-button data-focus="" appearance="primary" href={link.to_owned()} target="_blank" rel="noopener noreferrer">
                    { words().log_in_to(&props.row.app_name) }
                </fluent-anchor-button>
                { button(words().new_link(), Some("subtle"), busy, log_in(props, switch)) }
                { button(words().0.cancel(), Some("subtle"), busy, tell(&props.dispatch, || Event::GiveUp)) }
            </div>
        </>
    }
}

/// The question before a disconnect.
fn sure(props: &ConnectionRowProps, removal: Removal, busy: bool) -> Html {
    let ConnectionRowProps { owner, row, dispatch, .. } = props;
    let account = row.account.as_ref().map(|account| format!(" ({account})")).unwrap_or_default();
    let question = words().really_leave(removal, &format!("{}{account}", row.app_name));
    let yes = {
        let (owner, app, dispatch) = (*owner, row.app.clone(), dispatch.clone());
        Callback::from(move |_| connection_commands::disconnect(owner, &app, removal, &dispatch))
    };
    let escape = {
        let dispatch = dispatch.clone();
        move || {
            if !busy {
                dispatch.dispatch(Event::Keep);
            }
        }
    };
    html! {
        <div role="group" class="question" aria-label={question.clone()} onkeydown={on_escape(escape)}>
            <p>
                { question }
                if let Some(consequence) = words().consequence(*owner, &row.used_by) {
                    { format!(" {}", consequence.lead) }
                    if let Some(example) = consequence.example {
                        <em>{ example }</em>
                    }
                    { consequence.rest }
                }
            </p>
            <div class="actions">
                { button(words().0.leave(removal == Removal::Delete), Some("primary"), busy, yes) }
                <fluent-button data-focus="" disabled={busy} onclick={tell(dispatch, || Event::Keep)}>{ words().0.keep() }</fluent-button>
            </div>
        </div>
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

fn log_in(props: &ConnectionRowProps, switch: bool) -> Callback<MouseEvent> {
    let (owner, app, dispatch) = (props.owner, props.row.app.clone(), props.dispatch.clone());
    Callback::from(move |_| connection_commands::log_in(owner, &app, switch, &dispatch))
}
