//! What one agent may do without asking: a switch for each recipe that changes something.

use std::collections::BTreeMap;

use workbot_shared::{AgentRecipe, AgentRow, Agents, RecipeId};
use yew::{Callback, Html, Properties, component, html, use_node_ref, use_state_eq};

use crate::after_first_paint::message_bars::refusal;
use crate::api;
use crate::focus::use_focus_kept;
use crate::session_state::DisplayError;
use crate::text::words;

#[derive(Properties, PartialEq)]
pub struct AgentPermissionsProps {
    pub agent: AgentRow,
    pub recipes: Vec<AgentRecipe>,
    /// Replaces the list of agents.
    pub put: Callback<Agents>,
}

/// The position of one switch.
type Permission = (RecipeId, bool);

/// The switches, by app.
#[component(AgentPermissions)]
pub fn agent_permissions(AgentPermissionsProps { agent, recipes, put }: &AgentPermissionsProps) -> Html {
    // One change at a time: each response is the whole list, and an older one must not override a newer one.
    let changing = use_state_eq(|| None::<Permission>);
    let refused = use_state_eq(|| None::<(RecipeId, DisplayError)>);
    let changed = use_state_eq(|| None::<Permission>);
    let place = use_node_ref();
    use_focus_kept(&place, changing.is_some());
    let change = {
        let (grant, put) = (agent.grant.clone(), put.clone());
        let (changing, refused, changed) = (changing.clone(), refused.setter(), changed.setter());
        Callback::from(move |(recipe, on): Permission| {
            if changing.is_some() {
                return;
            }
            changing.set(Some((recipe.clone(), on)));
            refused.set(None);
            changed.set(None);
            let (grant, put, changing) = (grant.clone(), put.clone(), changing.setter());
            let (refused, changed) = (refused.clone(), changed.clone());
            wasm_bindgen_futures::spawn_local(async move {
                match api::let_without_asking(&grant, &recipe, on).await {
                    Ok(agents) => {
                        put.emit(agents);
                        changed.set(Some((recipe, on)));
                    }
                    Err(failure) => refused.set(Some((recipe, failure))),
                }
                changing.set(None);
            });
        })
    };
    let line = |recipe: &AgentRecipe| {
        let on = match &*changing {
            Some((its, wanted)) if *its == recipe.id => *wanted,
            _ => agent.without_asking.contains(&recipe.id),
        };
        let failure = refused.as_ref().filter(|(its, _)| *its == recipe.id).map(|(_, failure)| failure);
        // A switch that is disabled for the time of its request loses the focus.
        let is_last = [&*changing, &*changed].into_iter().flatten().any(|(its, _)| *its == recipe.id);
        let (id, wanted) = (format!("without-asking-{}", recipe.id), (recipe.id.clone(), !on));
        html! {
            <li key={recipe.id.as_str()} data-recipe={recipe.id.to_string()} data-without-asking={if on { "on" } else { "off" }}>
                <div class="setting">
                    <label for={id.clone()} dir="auto">{ &recipe.name }</label>
                    <fluent-switch {id} data-focus={(is_last || failure.is_some()).then_some("")} aria-label={recipe.name.clone()} disabled={changing.is_some()} ~checked={on}
                        onchange={change.reform(move |_| wanted.clone())}></fluent-switch>
                </div>
                { refusal(failure) }
            </li>
        }
    };
    let done = changed.as_ref().and_then(|(its, on)| {
        let recipe = recipes.iter().find(|recipe| recipe.id == *its)?;
        Some(html! { <><em>{ &recipe.name }</em>{ words().permission_now(*on) }</> })
    });
    html! {
        <div ref={place} class="settings">
            <p>{ words().permissions_mean() }</p>
            <p role="status">{ for done }</p>
            { for by_app(recipes).into_iter().map(|(app, recipes)| html! {
                <>
                    <h3 dir="auto">{ if app.is_empty() { words().no_app() } else { app } }</h3>
                    <ul>{ for recipes.into_iter().map(line) }</ul>
                </>
            }) }
        </div>
    }
}

/// The recipes of each app.
fn by_app(recipes: &[AgentRecipe]) -> BTreeMap<&str, Vec<&AgentRecipe>> {
    let mut apps: BTreeMap<&str, Vec<&AgentRecipe>> = BTreeMap::new();
    for recipe in recipes {
        apps.entry(recipe.app_name.as_str()).or_default().push(recipe);
    }
    apps
}
