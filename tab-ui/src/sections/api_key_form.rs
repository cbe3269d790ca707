//! The form for an API key or password.

use workbot_shared::Auth;
use yew::{Callback, Html, SubmitEvent, component, html, use_node_ref, use_state_eq};

use crate::after_first_paint::connection_requests;
use crate::after_first_paint::dialog_and_drawer::Dialog;
use crate::after_first_paint::message_bars::refusal;
use crate::api;
use crate::connection_list_state::{CredentialsFormProps, Event};
use crate::fluent_js_bindings::{self as fluent, TextInput};
use crate::text::words;
use crate::typed_credentials::{self, Field};

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
            match typed_credentials::from_typed(row.auth, &typed(&user), typed(&key)) {
                Ok(secret) => {
                    missing.set(None);
                    let app = row.app.clone();
                    let set = async move { api::set_credentials(&app, secret).await.map(Event::Connected) };
                    connection_requests::run(&row.app, &dispatch, Box::pin(set));
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
    let keep = dispatch.clone();
    let close = Callback::from(move |()| keep.dispatch(Event::Keep));
    let cancel = close.reform(|_| ());
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
        <Dialog title={words().secret_for(row.auth, &row.app_name)} {close}>
            <form data-form="secret" novalidate=true {onsubmit}>
                if basic {
                    <fluent-text-input ref={user} autofocus=true name="user" autocomplete="off" spellcheck="false" readonly={*busy}>{ words().user() }</fluent-text-input>
                    { hint(Field::User) }
                }
                <fluent-text-input ref={key} autofocus={!basic} type="password" name="secret" autocomplete="off" readonly={*busy}>{ label }</fluent-text-input>
                { hint(Field::Secret) }
                { refusal(refused.as_ref().filter(|_| missing.is_none())) }
                <div class="actions">
                    <fluent-button type="submit" appearance="primary" disabled={*busy}>{ words().save() }</fluent-button>
                    <fluent-button type="button" disabled={*busy} onclick={cancel}>{ words().0.cancel() }</fluent-button>
                </div>
            </form>
        </Dialog>
    }
}
