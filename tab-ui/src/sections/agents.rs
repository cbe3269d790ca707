//! The section *Agents*: the agents that act for the person, and for admins what agents may do at all.

use workbot_shared::{AgentRecipe, AgentRow, Agents};
use yew::{Callback, Html, Properties, component, html, use_effect_with, use_state, use_state_eq};

use super::agent_door::AgentDoorSettings;
use super::agent_permissions::AgentPermissions;
use super::agent_title::title;
use super::confirm_button::{Command, ConfirmButton};
use super::page_notices::{notices, use_notices};
use crate::after_first_paint::dialog_and_drawer::Drawer;
use crate::after_first_paint::message_bars::refusal;
use crate::badge::badge;
use crate::notice::Notice;
use crate::route::Section;
use crate::session_state::DisplayError;
use crate::text::words;
use crate::{api, host, status_views};

#[derive(Properties, PartialEq)]
pub struct AgentsProps {
    /// Whether the person is an admin.
    pub admin: bool,
}

/// The section.
#[component(AgentsPage)]
pub fn agents_page(AgentsProps { admin }: &AgentsProps) -> Html {
    let (read, version) = (use_state(|| None::<Result<Agents, DisplayError>>), use_state_eq(|| 0_u32));
    let (told, tell, dismiss) = use_notices();
    use_effect_with(*version, {
        let put = read.setter();
        move |_| wasm_bindgen_futures::spawn_local(async move { put.set(Some(api::agents().await)) })
    });
    let again = {
        let version = version.clone();
        Callback::from(move |()| version.set(version.wrapping_add(1)))
    };
    let put = {
        let read = read.setter();
        Callback::from(move |agents| read.set(Some(Ok(agents))))
    };
    let own = match &*read {
        None => status_views::bones(),
        Some(Err(failure)) => status_views::failed(failure, &again),
        // An admin sees below that they are not allowed.
        Some(Ok(Agents { open: false, .. })) if *admin => Html::default(),
        Some(Ok(Agents { open: false, .. })) => status_views::empty(words().agents_not_allowed()),
        Some(Ok(Agents { agents, .. })) if agents.is_empty() => status_views::empty(words().no_agents()),
        Some(Ok(Agents { agents, recipes, .. })) => html! {
            <ul class="list three agents">
                { for agents.iter().map(|agent| html! {
                    <Agent key={agent.grant.clone()} agent={agent.clone()} recipes={recipes.clone()} put={put.clone()} tell={tell.clone()} />
                }) }
            </ul>
        },
    };
    html! {
        <section data-page={read.is_some().then_some("agents")}>
            { status_views::heading(words().section(Section::Agents), &words().agents_intro()) }
            { notices(&told, &dismiss) }
            { own }
            if *admin {
                <AgentDoorSettings {tell} changed={again} />
            }
        </section>
    }
}

#[derive(Properties, PartialEq)]
struct AgentProps {
    agent: AgentRow,
    /// What an agent may be allowed to do without asking.
    recipes: Vec<AgentRecipe>,
    /// Replaces the list.
    put: Callback<Agents>,
    tell: Callback<Notice>,
}

#[component(Agent)]
fn agent(AgentProps { agent, recipes, put, tell }: &AgentProps) -> Html {
    let open = use_state_eq(|| false);
    let refused = use_state_eq(|| None::<DisplayError>);
    let title = title(&agent.client, agent.host.as_deref());
    let toggle = {
        let open = open.clone();
        Callback::from(move |()| open.set(!*open))
    };
    let end = {
        let (agent, put, tell, title) = (agent.clone(), put.clone(), tell.clone(), title.clone());
        Command::new(move || {
            let (agent, put, tell, title) = (agent.clone(), put.clone(), tell.clone(), title.clone());
            async move {
                let others = api::end_agent(&agent.grant).await?;
                tell.emit(words().agent_was_ended(&title).into());
                put.emit(others);
                Ok(())
            }
        })
    };
    let end_pause = {
        let (agent, put, tell, title) = (agent.clone(), put.clone(), tell.clone(), title.clone());
        let refused = refused.setter();
        Callback::from(move |_| {
            let (agent, put, tell, title) = (agent.clone(), put.clone(), tell.clone(), title.clone());
            let refused = refused.clone();
            wasm_bindgen_futures::spawn_local(async move {
                match api::end_agent_pause(&agent.grant).await {
                    Ok(agents) => {
                        refused.set(None);
                        tell.emit(words().may_ask_again(&title).into());
                        put.emit(agents);
                    }
                    Err(failure) => refused.set(Some(failure)),
                }
            });
        })
    };
    let used = [
        words().0.since(&host::day(&agent.granted_at)),
        words().0.last_used(&host::day(&agent.last_used_at)),
    ];
    let label = words().0.leave(false);
    html! {
        <li tabindex="-1" data-agent={agent.grant.clone()}>
            <div class="who">
                <strong dir="auto">{ &agent.client }</strong>
                <small dir="auto">{ agent.host.as_deref().unwrap_or(words().registered_by_admins()) }</small>
                <small>{ used.join(" · ") }</small>
                <small>{ done_without_asking(agent, recipes) }</small>
                if let Some(until) = &agent.paused_until {
                    <small>{ words().agent_paused_until(&host::moment(until)) }</small>
                }
            </div>
            <div class="state">
                if agent.paused_until.is_some() { { badge(words().agent_paused()) } }
            </div>
            <div class="actions">
                if agent.paused_until.is_some() {
                    <fluent-button aria-label={format!("{}: {title}", words().let_ask_again())} onclick={end_pause}>{ words().let_ask_again() }</fluent-button>
                }
                if !recipes.is_empty() {
                    <fluent-button aria-haspopup="dialog" aria-label={format!("{}: {title}", words().permissions_button())} onclick={toggle.reform(|_| ())}>{ words().permissions_button() }</fluent-button>
                }
                <ConfirmButton {label} full_label={format!("{label}: {title}")} question={words().really_end_agent(&title)}
                    meaning={words().end_agent_means()} act={end} />
            </div>
            { refusal(refused.as_ref()) }
            if *open {
                <Drawer title={words().permissions_of(&title)} close={toggle}>
                    <AgentPermissions agent={agent.clone()} recipes={recipes.clone()} put={put.clone()} />
                </Drawer>
            }
        </li>
    }
}

/// What an agent may do without asking, as far as an admin allows it now.
fn done_without_asking(agent: &AgentRow, recipes: &[AgentRecipe]) -> String {
    let let_do = recipes.iter().filter(|recipe| agent.without_asking.contains(&recipe.id));
    let names: Vec<_> = let_do.map(|recipe| recipe.name.as_str()).collect();
    if names.is_empty() {
        words().asks_first().to_owned()
    } else {
        words().does_without_asking(&names.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use workbot_shared::RecipeId;

    #[test]
    fn what_an_agent_does_without_asking_counts_as_far_as_an_admin_allows_it() {
        let id = |id| RecipeId::parse(id).unwrap();
        let agent = AgentRow {
            grant: "g1".into(),
            client: "Claude".into(),
            host: Some("claude.ai".into()),
            granted_at: String::new(),
            last_used_at: String::new(),
            without_asking: vec![id("create-issue")],
            paused_until: None,
        };
        let recipe =
            |its, name: &str| AgentRecipe { id: id(its), name: name.into(), app_name: String::new() };
        let recipes = [recipe("create-issue", "Create issue"), recipe("add-row", "Add row")];
        assert_eq!(done_without_asking(&agent, &recipes), "Does without asking: Create issue");
        assert_eq!(done_without_asking(&agent, &[]), "Asks you before it changes anything");
    }
}
