//! The catalog of this project with a recipe for each action of an app that has a fixture.

use serde_json::{Map, Value, json};
use workbot_domain::catalog::{Action, Catalog, Recipe};
use workbot_sandbox::fixture;
use workbot_shared::{AppId, Auth, RecipeId};

/// The command that calls an action.
pub fn command(app: &AppId, action: &str) -> String {
    format!("play {app} {}", action.replace('_', " "))
}

/// The catalog. Each recipe calls one action with the parameters of the fixture and replies with its outputs.
pub fn with_a_recipe_per_action() -> Catalog {
    let mut catalog = workbot_catalog::load().unwrap_or_else(|error| panic!("{error}"));
    for (id, app) in &catalog.apps {
        let Some(fixture) = fixture::all().get(id.as_str()) else { continue };
        for (name, action) in &app.actions {
            let Some(documented) = fixture.actions.get(name) else { continue };
            let recipe = recipe(id, name, action, &documented.details.with, app.auth == Auth::Oauth2);
            let recipe_id = RecipeId::parse(&format!("play-{id}-{}", name.replace('_', "-"))).unwrap();
            catalog.kept.insert(recipe_id.clone(), workbot_catalog::kept(&recipe));
            catalog.recipes.insert(recipe_id, recipe);
        }
    }
    catalog
}

fn recipe(app: &AppId, name: &str, action: &Action, with: &Map<String, Value>, is_personal: bool) -> Recipe {
    let mut reply = format!("played {name}");
    for output in names(action) {
        reply += &format!("\n\n{output}:={}", template(action, &output));
    }
    let recipe = json!({
        "name": format!("Play {app} {name}"),
        "command": command(app, name),
        "hint": name,
        "purpose": format!("play {name}"),
        "verify_user_access": if is_personal { vec![app] } else { Vec::new() },
        "steps": [{"id": "called", "app": app, "action": name, "with": with}],
        "reply": reply,
    });
    serde_json::from_value(recipe).unwrap()
}

/// The outputs of an action that the reply shows.
pub fn names(action: &Action) -> Vec<String> {
    let link = action.link.as_ref().map(|_| "link".to_owned());
    action.output.keys().cloned().chain(link).collect()
}

/// Whether an output is the list that is read page by page, of which the reply shows the length.
pub fn is_paged(action: &Action, output: &str) -> bool {
    let paged = action.paging.as_ref().map(|paging| &paging.items);
    paged.is_some() && action.output.get(output) == paged
}

fn template(action: &Action, output: &str) -> String {
    if is_paged(action, output) {
        return format!("{{{{ steps.called.{output} | length }}}}");
    }
    format!("{{{{ steps.called.{output} }}}}")
}
