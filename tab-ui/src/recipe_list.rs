//! The list of recipes for admins.

use workbot_shared::RecipeRow;
use yew::{Callback, Html, component, html, use_effect_with, use_reducer};

use crate::api;
use crate::recipe_list_state::{Dispatch, Event, RecipeListState, verifies};
use crate::recipe_settings::settings;
use crate::route::Section;
use crate::status_views;
use crate::text::words;

/// The recipes with their settings.
#[component(Recipes)]
pub fn recipes() -> Html {
    let state = use_reducer(RecipeListState::default);

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
            { status_views::failed(failure, &retry) }
        } else if let Some(rows) = &state.rows {
            <section class="card" data-page="recipes">
                <h2>{ words().section(Section::Recipes) }</h2>
                <p class="quiet">{ words().recipes_intro() }</p>
                if rows.is_empty() {
                    <p>{ words().no_recipes().0 }<code>{ "catalog/recipes" }</code>{ words().no_recipes().1 }</p>
                }
                <ul class="rows">
                    { for rows.iter().map(|row| recipe(row, &state, &state.dispatcher())) }
                </ul>
            </section>
        } else {
            { status_views::skeleton() }
        }
    }
}

fn recipe(row: &RecipeRow, list: &RecipeListState, dispatch: &Dispatch) -> Html {
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
                        <small>{ words().as_person_in(&personal.join(", ")) }</small>
                    }
                </div>
                // Repeated here: some tools do not see the ARIA attributes inside Fluent's elements.
                <fluent-button role="button" aria-expanded={open.to_string()} aria-controls={place.clone()}
                    aria-label={words().settings_of(&row.name)} onclick={toggle}>{ words().settings() }</fluent-button>
            </div>
            // Always present: the button's `aria-controls` refers to it.
            <div id={place}>
                if open {
                    { settings(row, list, dispatch) }
                }
            </div>
        </li>
    }
}
