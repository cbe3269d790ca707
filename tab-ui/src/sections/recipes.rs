//! The section *Recipes*: the commands by app, with their settings in a panel at the side.

use workbot_shared::RecipeRow;
use yew::{
    Callback, Html, InputEvent, component, html, use_effect_with, use_node_ref, use_reducer, use_state_eq,
};

use super::own_words::OwnWords;
use super::recipe_settings::settings;
use super::recipes_state::{Dispatch, Event, RecipesState, verifies};
use crate::after_first_paint::dialog_and_drawer::Drawer;
use crate::api;
use crate::case_insensitive_match::contains;
use crate::fluent_js_bindings::{self as fluent, TextInput};
use crate::route::Section;
use crate::status_views;
use crate::text::words;

/// The section.
#[component(Recipes)]
pub fn recipes() -> Html {
    let state = use_reducer(RecipesState::default);
    let (filter, field) = (use_state_eq(String::new), use_node_ref());

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
    let oninput = {
        let (filter, field) = (filter.clone(), field.clone());
        Callback::from(move |_: InputEvent| {
            filter.set(fluent::at::<TextInput>(&field).and_then(|field| field.value()).unwrap_or_default());
        })
    };
    let heading = status_views::heading(words().section(Section::Recipes), words().recipes_intro());
    let Some(rows) = &state.rows else {
        return html! {
            <section>
                { heading }
                { match &state.failure {
                    Some(failure) => status_views::failed(failure, &retry),
                    None => status_views::bones(),
                } }
            </section>
        };
    };
    let found: Vec<_> = rows.iter().filter(|row| fits(row, &filter)).collect();
    html! {
        <section data-page="recipes">
            { heading }
            <OwnWords />
            if rows.is_empty() {
                <p class="empty">{ words().no_recipes().0 }<code>{ "catalog/recipes" }</code>{ words().no_recipes().1 }</p>
            } else {
                <div class="search" role="search">
                    <fluent-text-input ref={field} type="search" name="filter" autocomplete="off" placeholder={words().search_recipes()} aria-label={words().search_recipes()} {oninput}></fluent-text-input>
                </div>
                if found.is_empty() {
                    { status_views::empty(words().nothing_found()) }
                }
            }
            // One element, whatever their number: the field before them keeps its own.
            <div>
            { for by_app(&found).into_iter().map(|(app, rows)| html! {
                <>
                    <h2 class="day" dir="auto">{ app.unwrap_or_else(|| words().no_app()) }</h2>
                    <ul class="list two">{ for rows.into_iter().map(|row| recipe(row, &state, &state.dispatcher())) }</ul>
                </>
            }) }
            </div>
        </section>
    }
}

/// The recipes of each app, by the first that they use.
fn by_app<'a>(rows: &[&'a RecipeRow]) -> Vec<(Option<&'a str>, Vec<&'a RecipeRow>)> {
    let mut apps: Vec<(Option<&str>, Vec<&RecipeRow>)> = Vec::new();
    for row in rows {
        let app = row.apps.first().map(|app| app.app_name.as_str());
        match apps.iter_mut().find(|(its, _)| *its == app) {
            Some((_, list)) => list.push(row),
            None => apps.push((app, vec![row])),
        }
    }
    apps.sort_by_key(|(app, _)| (app.is_none(), *app));
    apps
}

/// Whether a recipe contains the search text.
fn fits(row: &RecipeRow, filter: &str) -> bool {
    let holds = |text: &str| contains(text, filter);
    holds(&row.name) || holds(&row.command) || row.apps.iter().any(|app| holds(&app.app_name))
}

fn recipe(row: &RecipeRow, list: &RecipesState, dispatch: &Dispatch) -> Html {
    let open = list.open.as_ref() == Some(&row.id);
    let (dispatcher, id) = (dispatch.clone(), row.id.clone());
    let toggle = Callback::from(move |()| dispatcher.dispatch(Event::Toggle(id.clone())));
    let personal: Vec<&str> =
        row.apps.iter().filter(|app| verifies(row, app)).map(|app| app.app_name.as_str()).collect();
    html! {
        <li key={row.id.as_str()} tabindex="-1" data-recipe={row.id.to_string()}>
            <div class="who">
                <strong>{ &row.name }</strong>
                <code>{ &row.command }</code>
                <small>{ &row.hint }</small>
                { for row.apps.iter().filter(|app| !app.missing.is_empty()).map(|app| html! {
                    <small data-missing={app.app.to_string()}>{ words().lacks(&app.app_name, &app.missing.join(", ")) }</small>
                }) }
                if !personal.is_empty() {
                    <small>{ words().as_person_in(&personal.join(", ")) }</small>
                }
            </div>
            <div class="actions">
                <fluent-button aria-haspopup="dialog" aria-label={words().settings_of(&row.name)} onclick={toggle.reform(|_| ())}>{ words().settings() }</fluent-button>
            </div>
            if open {
                <Drawer title={words().settings_of(&row.name)} close={toggle}>{ settings(row, list, dispatch) }</Drawer>
            }
        </li>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sections::recipes_state::example;

    #[test]
    fn recipes_stand_under_their_first_app_and_those_without_one_come_last() {
        let (find, mut note) = (example("find", false), example("note", false));
        note.apps.clear();
        let all = by_app(&[&note, &find]);
        let all: Vec<_> = all.iter().map(|(app, rows)| (*app, rows.len())).collect();
        assert_eq!(all, [(Some("Salesforce"), 1), (None, 1)]);
    }

    #[test]
    fn a_recipe_is_found_by_name_command_or_app() {
        let row = example("find", false);
        for filter in ["", "FIND acc", "sales", " desk"] {
            assert!(fits(&row, filter), "{filter}");
        }
        assert!(!fits(&row, "box"));
    }
}
