//! The agents that admins registered, and the form that registers one.

use workbot_shared::{AgentClientRow, AgentDoor, AgentDoorChange, NewAgentClient};
use yew::{Callback, Html, Properties, SubmitEvent, component, html, use_node_ref, use_state_eq};

use super::confirm_button::{Command, ConfirmButton};
use crate::after_first_paint::dialog_and_drawer::Dialog;
use crate::after_first_paint::message_bars::refusal;
use crate::fluent_js_bindings::{self as fluent, Switch, TextInput};
use crate::icon::{self, icon};
use crate::notice::Notice;
use crate::session_state::DisplayError;
use crate::text::words;
use crate::{api, status_views};

#[derive(Properties, PartialEq)]
pub struct AgentClientsProps {
    pub door: AgentDoor,
    /// Replaces what agents may do.
    pub put: Callback<AgentDoor>,
    pub tell: Callback<Notice>,
}

/// The registered agents.
#[component(AgentClients)]
pub fn agent_clients(AgentClientsProps { door, put, tell }: &AgentClientsProps) -> Html {
    let open = use_state_eq(|| false);
    let toggle = {
        let open = open.clone();
        Callback::from(move |()| open.set(!*open))
    };
    let registered = {
        let (put, toggle) = (put.clone(), toggle.clone());
        Callback::from(move |door| {
            toggle.emit(());
            put.emit(door);
        })
    };
    html! {
        <section data-page="agent-clients">
            <h2>{ words().agent_clients() }</h2>
            <p>{ words().agent_clients_intro() }</p>
            <div class="notices" role="status">{ for credentials(door) }</div>
            if door.clients.is_empty() {
                { status_views::empty(words().no_agent_clients()) }
            } else {
                <ul class="list two">{ for door.clients.iter().map(|client| row(client, put, tell)) }</ul>
            }
            <div class="after-list">
                <fluent-button aria-haspopup="dialog" onclick={toggle.reform(|_| ())}>{ words().register_agent() }</fluent-button>
            </div>
            if *open {
                <Registration {registered} close={toggle} />
            }
        </section>
    }
}

/// What was just registered, with its secret, which is shown this once.
fn credentials(door: &AgentDoor) -> Option<Html> {
    let new = door.registered.as_ref()?;
    let name = door.clients.iter().find(|client| client.id == new.id)?.name.as_str();
    Some(html! {
        <fluent-message-bar intent="success" data-registered={new.id.clone()}>
            { icon(icon::CHECKMARK, Some("icon")) }
            <span>
                <b>{ words().agent_was_registered(name, new.secret.is_some()) }</b>
                <span class="credential">{ words().client_id() }{ ": " }<code>{ &new.id }</code></span>
                if let Some(secret) = &new.secret {
                    <span class="credential">{ words().client_secret() }{ ": " }<code>{ secret }</code></span>
                }
            </span>
        </fluent-message-bar>
    })
}

fn row(client: &AgentClientRow, put: &Callback<AgentDoor>, tell: &Callback<Notice>) -> Html {
    let act = {
        let (client, put, tell) = (client.clone(), put.clone(), tell.clone());
        Command::new(move || {
            let (client, put, tell) = (client.clone(), put.clone(), tell.clone());
            async move {
                let remove = AgentDoorChange { remove: Some(client.id), ..AgentDoorChange::default() };
                let door = api::change_agent_door(remove).await?;
                tell.emit(words().agent_was_removed(&client.name).into());
                put.emit(door);
                Ok(())
            }
        })
    };
    let label = words().remove();
    html! {
        <li key={client.id.clone()} tabindex="-1" data-client={client.id.clone()}>
            <div class="who">
                <strong dir="auto">{ &client.name }</strong>
                <small>{ words().client_id() }{ ": " }<code>{ &client.id }</code></small>
                { for client.redirect_uris.iter().map(|uri| html! { <small dir="ltr">{ uri }</small> }) }
            </div>
            <ConfirmButton {label} full_label={format!("{label}: {}", client.name)} question={words().really_remove_agent(&client.name)}
                meaning={words().remove_agent_means()} {act} />
        </li>
    }
}

#[derive(Properties, PartialEq)]
struct RegistrationProps {
    registered: Callback<AgentDoor>,
    close: Callback<()>,
}

/// The form.
#[component(Registration)]
fn registration(RegistrationProps { registered, close }: &RegistrationProps) -> Html {
    let (name, uris, secret) = (use_node_ref(), use_node_ref(), use_node_ref());
    let (busy, refused) = (use_state_eq(|| false), use_state_eq(|| None::<DisplayError>));
    let onsubmit = {
        let (name, uris, secret) = (name.clone(), uris.clone(), secret.clone());
        let (busy, refused, registered) = (busy.clone(), refused.setter(), registered.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            if *busy {
                return;
            }
            let typed =
                |field| fluent::at::<TextInput>(field).and_then(|input| input.value()).unwrap_or_default();
            let register = NewAgentClient {
                name: typed(&name).trim().to_owned(),
                redirect_uris: lines(&typed(&uris)),
                confidential: fluent::at::<Switch>(&secret).is_some_and(|switch| switch.checked()),
            };
            let (busy, refused, registered) = (busy.setter(), refused.clone(), registered.clone());
            busy.set(true);
            refused.set(None);
            wasm_bindgen_futures::spawn_local(async move {
                let change = AgentDoorChange { register: Some(register), ..AgentDoorChange::default() };
                match api::change_agent_door(change).await {
                    Ok(door) => registered.emit(door),
                    Err(failure) => {
                        refused.set(Some(failure));
                        busy.set(false);
                    }
                }
            });
        })
    };
    html! {
        <Dialog title={words().register_agent()} close={close.clone()}>
            <form data-form="agent" novalidate=true {onsubmit}>
                <fluent-text-input ref={name} autofocus=true name="name" autocomplete="off" maxlength="60" readonly={*busy}>{ words().agent_name() }</fluent-text-input>
                <div class="field">
                    <label for="redirect-uris">{ words().redirect_addresses() }</label>
                    <textarea ref={uris} id="redirect-uris" name="redirect_uris" rows="3" spellcheck="false" readonly={*busy} />
                </div>
                <div class="setting">
                    <div class="who">
                        <label for="agent-secret">{ words().has_secret() }</label>
                        <small id="agent-secret-when">{ words().has_secret_when() }</small>
                    </div>
                    <fluent-switch ref={secret} id="agent-secret" aria-label={words().has_secret()} aria-describedby="agent-secret-when" disabled={*busy} checked=true></fluent-switch>
                </div>
                { refusal(refused.as_ref()) }
                <div class="actions">
                    <fluent-button type="submit" appearance="primary" disabled={*busy}>{ words().register() }</fluent-button>
                    <fluent-button type="button" disabled={*busy} onclick={close.reform(|_| ())}>{ words().0.cancel() }</fluent-button>
                </div>
            </form>
        </Dialog>
    }
}

/// The lines of a text that are not empty.
fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::lines;

    #[test]
    fn each_line_is_an_address() {
        assert_eq!(
            lines(" https://a.example/x \n\nhttps://b.example"),
            ["https://a.example/x", "https://b.example"]
        );
        assert!(lines(" \n").is_empty());
    }
}
