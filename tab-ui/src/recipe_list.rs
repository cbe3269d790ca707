//! The recipes, as an admin sees them.

use workbot_shared::RecipeRow;
use yew::{Callback, Html, UseReducerDispatcher, component, html, use_effect_with, use_reducer};

use crate::api;
use crate::pages;
use crate::recipe_settings::settings;
use crate::recipes::{Event, RecipeList, verifies};

/// Tells the recipes what happened.
pub type Dispatch = UseReducerDispatcher<RecipeList>;

/// The recipes with their settings.
#[component(Recipes)]
pub fn recipes() -> Html {
    let state = use_reducer(RecipeList::default);

    let dispatcher = state.dispatcher();
    use_effect_with(state.version, move |_| {
        wasm_bindgen_futures::spawn_local(async move {
            dispatcher.dispatch(match api::recipes().await {
                Ok(rows) => Event::Came(rows),
                Err(failure) => Event::Failed(failure),
            });
        });
    });

    let dispatcher = state.dispatcher();
    let retry = Callback::from(move |()| dispatcher.dispatch(Event::Retry));
    html! {
        if let Some(failure) = &state.failure {
            { pages::failed(failure, &retry) }
        } else if let Some(rows) = &state.rows {
            <section class="card" data-page="recipes">
                <h2>{ "Recipes" }</h2>
                <p class="quiet">{ "The commands that people can give. The settings say as whom each one runs." }</p>
                if rows.is_empty() {
                    <p>{ "There are no recipes yet. Each file in " }<code>{ "catalog/recipes" }</code>{ " becomes one." }</p>
                }
                <ul class="rows">
                    { for rows.iter().map(|row| recipe(row, &state, &state.dispatcher())) }
                </ul>
            </section>
        } else {
            { pages::skeleton() }
        }
    }
}

fn recipe(row: &RecipeRow, list: &RecipeList, dispatch: &Dispatch) -> Html {
    let open = list.open.as_ref() == Some(&row.id);
    let place = format!("settings-{}", row.id);
    let (dispatcher, id) = (dispatch.clone(), row.id.clone());
    let toggle = Callback::from(move |_| dispatcher.dispatch(Event::Toggle(id.clone())));
    let personal: Vec<&str> =
        row.apps.iter().filter(|app| verifies(row, app)).map(|app| app.app_name.as_str()).collect();
    html! {
        <li key={row.id.as_str()} data-recipe={row.id.to_string()}>
            <div class="row">
                <div class="who">
                    <strong>{ &row.name }</strong>
                    <code>{ &row.command }</code>
                    <span class="quiet">{ &row.hint }</span>
                    if !open && !personal.is_empty() {
                        <small>{ format!("Runs as the person in {}", personal.join(", ")) }</small>
                    }
                </div>
                <fluent-button aria-expanded={open.to_string()} aria-controls={place.clone()}
                    aria-label={format!("Settings: {}", row.name)} onclick={toggle}>{ "Settings" }</fluent-button>
            </div>
            // Always there: the button says what it controls.
            <div id={place}>
                if open {
                    { settings(row, list, dispatch) }
                }
            </div>
        </li>
    }
}
