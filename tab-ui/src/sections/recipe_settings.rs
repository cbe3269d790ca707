//! The settings of one recipe: for each app, the connection that it uses.

use workbot_shared::{RecipeApp, RecipeRow};
use yew::{Callback, Html, Properties, component, html, use_node_ref};

use super::recipes_state::{Dispatch, Event, RecipesState, VerifyChange};
use crate::after_first_paint::message_bars::refusal;
use crate::api;
use crate::focus::use_focus_kept;
use crate::text::words;

/// The settings.
pub fn settings(row: &RecipeRow, list: &RecipesState, dispatch: &Dispatch) -> Html {
    let changed = list.changed.as_ref().filter(|changed| changed.recipe == row.id);
    html! {
        <div class="settings">
            <h3>{ words().verify() }</h3>
            if row.apps.is_empty() {
                <p>{ words().no_apps() }</p>
            }
            <ul>
                { for row.apps.iter().map(|app| html! {
                    <AppLine key={app.app.as_str()} row={row.clone()} app={app.clone()} list={list.clone()} dispatch={dispatch.clone()} />
                }) }
            </ul>
            <p role="status">{ for changed.map(|changed| said(row, changed)) }</p>
        </div>
    }
}

fn said(row: &RecipeRow, changed: &VerifyChange) -> Html {
    let app = row.apps.iter().find(|app| app.app == changed.app).map_or("", |app| app.app_name.as_str());
    html! { <><em>{ &row.name }</em>{ words().verify_now(changed.on, app) }</> }
}

#[derive(Properties, PartialEq)]
struct AppLineProps {
    row: RecipeRow,
    app: RecipeApp,
    list: RecipesState,
    dispatch: Dispatch,
}

#[component(AppLine)]
fn app_line(AppLineProps { row, app, list, dispatch }: &AppLineProps) -> Html {
    let on = list.stands(row, app);
    let busy = list.changing(&row.id).is_some();
    let failure = list
        .refused
        .as_ref()
        .filter(|(wanted, _)| wanted.recipe == row.id && wanted.app == app.app)
        .map(|(_, failure)| failure);
    let means = match (&app.reason, on) {
        (Some(reason), _) if !app.oauth2 => reason.as_str(),
        (_, on) => words().verify_means(on),
    };
    let place = use_node_ref();
    use_focus_kept(&place, busy);

    let (dispatch, wanted) =
        (dispatch.clone(), VerifyChange { recipe: row.id.clone(), app: app.app.clone(), on: !on });
    let onchange = Callback::from(move |_| change(wanted.clone(), dispatch.clone()));
    let id = format!("verify-{}-{}", row.id, app.app);
    let line = format!("{id}-means");
    html! {
        <li ref={place} data-app={app.app.to_string()} data-verify={if on { "on" } else { "off" }}>
            <div class="setting">
                <div class="who">
                    <label for={id.clone()}>{ &app.app_name }</label>
                    <small id={line.clone()}>{ means }</small>
                </div>
                <fluent-switch {id} aria-label={format!("{}: {}", words().verify(), app.app_name)}
                    aria-describedby={line} disabled={busy || !app.oauth2} ~checked={on} {onchange}></fluent-switch>
            </div>
            { refusal(failure) }
        </li>
    }
}

/// Sends the change to the worker. After an error, loads the current settings.
fn change(wanted: VerifyChange, dispatch: Dispatch) {
    dispatch.dispatch(Event::Change(wanted.clone()));
    wasm_bindgen_futures::spawn_local(async move {
        dispatch.dispatch(match api::change_settings(&wanted.recipe, &wanted.change()).await {
            Ok(row) => Event::Changed(wanted.app, row),
            Err(failure) => {
                let rows = api::recipes().await.unwrap_or_default();
                let truth = rows.into_iter().find(|row| row.id == wanted.recipe);
                Event::Refused(wanted, failure, truth)
            }
        });
    });
}
