//! What agents may do at all, for admins: whether they may act, read, and change without asking.

use workbot_shared::{AgentDoor, AgentDoorChange};
use yew::{Callback, Html, Properties, component, html, use_effect_with, use_state};

use super::agent_clients::AgentClients;
use super::agents_of_people::AgentsOfPeople;
use super::confirm_button::{Command, ConfirmButton};
use crate::notice::Notice;
use crate::session_state::DisplayError;
use crate::text::{DoorSwitch, words};
use crate::{api, status_views};

#[derive(Properties, PartialEq)]
pub struct AgentDoorProps {
    pub tell: Callback<Notice>,
    /// Something changed that people's agents depend on.
    pub changed: Callback<()>,
}

/// The settings, the registered agents, and the agents of people.
#[component(AgentDoorSettings)]
pub fn agent_door_settings(AgentDoorProps { tell, changed }: &AgentDoorProps) -> Html {
    let (read, attempt) = (use_state(|| None::<Result<AgentDoor, DisplayError>>), use_state(|| 0_u32));
    use_effect_with(*attempt, {
        let put = read.setter();
        move |_| wasm_bindgen_futures::spawn_local(async move { put.set(Some(api::agent_door().await)) })
    });
    let door = match &*read {
        None => return status_views::bones(),
        Some(Err(failure)) => {
            let again = Callback::from(move |()| attempt.set(attempt.wrapping_add(1)));
            return status_views::failed(failure, &again);
        }
        Some(Ok(door)) => door,
    };
    let put = {
        let (read, changed) = (read.setter(), changed.clone());
        Callback::from(move |door| {
            read.set(Some(Ok(door)));
            changed.emit(());
        })
    };
    // The others mean nothing while no agent may act.
    let switches = [DoorSwitch::Open, DoorSwitch::Reads, DoorSwitch::WithoutAsking];
    let shown = switches.into_iter().filter(|its| door.open || *its == DoorSwitch::Open);
    html! {
        <>
            <section data-page="agent-door">
                <h2>{ words().agents_for_everyone() }</h2>
                <ul class="list two">{ for shown.map(|its| switch(its, door, &put)) }</ul>
            </section>
            <AgentClients door={door.clone()} put={put.clone()} tell={tell.clone()} />
            if door.open {
                <AgentsOfPeople tell={tell.clone()} changed={changed.clone()} />
            }
        </>
    }
}

fn switch(switch: DoorSwitch, door: &AgentDoor, put: &Callback<AgentDoor>) -> Html {
    let on = match switch {
        DoorSwitch::Open => door.open,
        DoorSwitch::Reads => door.reads,
        DoorSwitch::WithoutAsking => door.without_asking,
    };
    let act = {
        let put = put.clone();
        Command::new(move || {
            let put = put.clone();
            let (wanted, nothing) = (Some(!on), AgentDoorChange::default());
            let change = match switch {
                DoorSwitch::Open => AgentDoorChange { open: wanted, ..nothing },
                DoorSwitch::Reads => AgentDoorChange { reads: wanted, ..nothing },
                DoorSwitch::WithoutAsking => AgentDoorChange { without_asking: wanted, ..nothing },
            };
            async move {
                put.emit(api::change_agent_door(change).await?);
                Ok(())
            }
        })
    };
    let (name, label) = (words().door_switch(switch), words().allow(!on));
    html! {
        <li key={switch.id()} tabindex="-1" data-door={switch.id()} data-allowed={on.to_string()}>
            <div class="who">
                <strong>{ name }</strong>
                <small role="status">{ words().door_now(switch, on) }</small>
            </div>
            <ConfirmButton {label} full_label={format!("{label}: {name}")} keep={words().0.cancel()}
                question={words().really_allow(switch, !on)} meaning={words().allow_means(switch, !on)} {act} />
        </li>
    }
}
