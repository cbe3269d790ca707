//! The form for an API key or password.

use workbot_shared::{Auth, ConnectionRow};
use yew::{Callback, Html, Properties, SubmitEvent, component, html, use_node_ref, use_state_eq};

use crate::connection_commands::{self, Dispatch};
use crate::connection_list_state::Event;
use crate::fluent::{self, TextInput};
use crate::focus::on_escape;
use crate::session_state::DisplayError;
use crate::shared_secret::{self, Field};
use crate::status_views;
use crate::text::words;

#[derive(Properties, PartialEq)]
pub struct CredentialsFormProps {
    pub row: ConnectionRow,
    pub busy: bool,
    pub refused: Option<DisplayError>,
    pub dispatch: Dispatch,
}

/// The form. Only its fields hold the secret until it is sent.
#[component(CredentialsForm)]
pub fn credentials_form(
    CredentialsFormProps { row, busy, refused, dispatch }: &CredentialsFormProps,
) -> Html {
    let (user, key) = (use_node_ref(), use_node_ref());
    let missing = use_state_eq(|| None);
    let basic = row.auth == Auth::Basic;

    let onsubmit = {
        let (user, key, missing) = (user.clone(), key.clone(), missing.clone());
        let (row, busy, dispatch) = (row.clone(), *busy, dispatch.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            if busy {
                return;
            }
            let typed =
                |field| fluent::at::<TextInput>(field).and_then(|input| input.value()).unwrap_or_default();
            match shared_secret::from_typed(row.auth, &typed(&user), typed(&key)) {
                Ok(secret) => {
                    missing.set(None);
                    connection_commands::set_credentials(&row.app, secret, &dispatch);
                }
                Err(field) => {
                    missing.set(Some(field));
                    let place = if field == Field::User { &user } else { &key };
                    if let Some(input) = fluent::at::<TextInput>(place) {
                        let _ = input.focus();
                    }
                }
            }
        })
    };
    let escape = {
        let (busy, dispatch) = (*busy, dispatch.clone());
        move || {
            if !busy {
                dispatch.dispatch(Event::Keep);
            }
        }
    };
    let dispatch = dispatch.clone();
    let cancel = Callback::from(move |_| dispatch.dispatch(Event::Keep));
    let hint = |field| {
        html! {
            if *missing == Some(field) {
                <p class="problem" role="alert">{ words().missing(row.auth, field) }</p>
            }
        }
    };
    let label = words().secret(row.auth);
    // During the request, the fields are read-only but keep the focus.
    html! {
        <form class="question" data-form="secret" aria-label={words().secret_for(row.auth, &row.app_name)} novalidate=true {onsubmit} onkeydown={on_escape(escape)}>
            if basic {
                <fluent-text-input ref={user} data-focus="" name="user" autocomplete="off" spellcheck="false" readonly={*busy}>{ words().user() }</fluent-text-input>
                { hint(Field::User) }
            }
            <fluent-text-input ref={key} data-focus={(!basic).then_some("")} type="password" name="secret" autocomplete="off" readonly={*busy}>{ label }</fluent-text-input>
            { hint(Field::Secret) }
            { status_views::refusal(refused.as_ref().filter(|_| missing.is_none())) }
            <div class="actions">
                <fluent-button type="submit" appearance="primary" disabled={*busy}>{ words().save() }</fluent-button>
                <fluent-button type="button" disabled={*busy} onclick={cancel}>{ words().0.cancel() }</fluent-button>
            </div>
        </form>
    }
}
