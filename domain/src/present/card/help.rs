//! Cards for help, suggestions and the first message.

use serde_json::{Value, json};
use workbot_shared::{AppId, RecipeId};

use super::{act, card, line, note, note_below, title, without_inputs};
use crate::catalog::{Catalog, InputType, Recipe, Step};
use crate::json::object;
use crate::present::text::Texts;
use crate::template::escape_markdown;

/// The commands of a help card without a search.
const MOST_WITHOUT_SEARCH: usize = 10;
/// The commands per app in a help card with a search.
const MOST_PER_APP: usize = 3;

/// The enabled commands, as a help card shows them.
pub struct HelpTopics<'a> {
    /// The shown recipes.
    pub recipes: Vec<(&'a RecipeId, &'a Recipe)>,
    /// Up to three recipes that the person used most, or that are easy to start with.
    pub first: Vec<(&'a RecipeId, &'a Recipe)>,
    /// The searched text; empty for all commands.
    pub search: &'a str,
}

/// Returns the help: the commands by app, each with an example, and the built-in commands. A press on a
/// command starts it. More than ten commands get a search: a text input, which sends `help` with its text.
#[must_use]
pub fn help(words: Texts, topics: &HelpTopics<'_>, catalog: &Catalog) -> Value {
    let HelpTopics { recipes, first, search } = topics;
    let mut body = vec![title(words.what_i_can_do())];
    body.push(match (search.is_empty(), recipes.is_empty()) {
        (true, _) => line(words.purpose()),
        (false, true) => line(&words.no_command_about(search)),
        (false, false) => line(&words.commands_about(search)),
    });
    if !first.is_empty() {
        let buttons: Vec<_> = first.iter().map(|(id, recipe)| start(&recipe.name, id)).collect();
        body.push(object!({ "type": "ActionSet", "actions": buttons }));
    }
    let is_searchable = recipes.len() > MOST_WITHOUT_SEARCH && search.is_empty();
    if is_searchable {
        let search = object!({
            "type": "Action.Submit", "title": (words.search()), "data": { "said": "help" }
        });
        body.push(object!({
            "type": "Input.Text", "id": "search", "label": (words.search_commands()),
            "placeholder": (words.search_example()), "inlineAction": search
        }));
    }
    for (app, its) in by_app(recipes) {
        let name = catalog.app_name(app);
        body.push(object!({
            "type": "TextBlock", "text": (escape_markdown(name)), "weight": "Bolder", "wrap": true,
            "spacing": "Medium", "separator": true
        }));
        let shown = if is_searchable { MOST_PER_APP } else { its.len() };
        body.extend(its.iter().take(shown).map(|(id, recipe)| command(id, recipe)));
        if let Some(more) = its.len().checked_sub(shown).filter(|more| *more > 0) {
            body.push(note(&words.more_commands(more, name)));
        }
    }
    if search.is_empty() {
        let own = words.own_commands().map(|(command, what)| format!("- **{command}**: {what}"));
        body.push(object!({
            "type": "TextBlock", "text": (own.join("\n")), "wrap": true, "spacing": "Medium", "separator": true
        }));
    }
    card(body, Vec::new())
}

/// Returns the recipes by the first app that they call, in the order of the catalog.
fn by_app<'a>(recipes: &[(&'a RecipeId, &'a Recipe)]) -> Vec<(&'a AppId, Vec<(&'a RecipeId, &'a Recipe)>)> {
    let mut groups: Vec<(&AppId, Vec<(&RecipeId, &Recipe)>)> = Vec::new();
    for &(id, recipe) in recipes {
        let Some(app) = recipe.steps.iter().find_map(Step::app) else { continue };
        match groups.iter_mut().find(|(other, _)| *other == app) {
            Some((_, its)) => its.push((id, recipe)),
            None => groups.push((app, vec![(id, recipe)])),
        }
    }
    groups
}

/// Returns a command with its purpose and an example. A press starts it.
fn command(id: &RecipeId, recipe: &Recipe) -> Value {
    let what = format!("**{}**: {}", escape_markdown(&recipe.command), escape_markdown(&recipe.hint));
    let mut items = vec![line(&what)];
    if !recipe.inputs.is_empty() {
        items.push(note_below(&escape_markdown(&example(recipe))));
    }
    object!({
        "type": "Container", "items": items, "spacing": "Small",
        "selectAction": (start(&recipe.name, id))
    })
}

/// Returns a button that starts a recipe, without the text of the search.
fn start(title: &str, id: &RecipeId) -> Value {
    without_inputs(act(title, "recipe.submit", [("recipe", id.as_str().into())]))
}

/// Returns a command with an example of each input, as a person can send it.
fn example(recipe: &Recipe) -> String {
    let given: String =
        recipe.inputs.iter().map(|input| format!(" {}: {}", input.id, input.example)).collect();
    format!("{}{given}", recipe.command)
}

/// Explains what a recipe does and which inputs it takes.
#[must_use]
pub fn explain(words: Texts, id: &RecipeId, recipe: &Recipe) -> Value {
    let mut body = vec![title(&recipe.name), line(&escape_markdown(&recipe.hint))];
    let facts: Vec<_> = recipe
        .inputs
        .iter()
        .map(|input| {
            let mut about = vec![escape_markdown(input.hint.as_deref().unwrap_or(&input.example))];
            if input.kind == InputType::Choice && !input.choices.is_empty() {
                let titles: Vec<_> = input.choices.iter().map(|choice| choice.title.as_str()).collect();
                about = vec![escape_markdown(&titles.join(" / "))];
            }
            if !input.required || input.default.is_some() {
                about.push(words.optional().to_owned());
            }
            json!({ "title": input.label, "value": about.join(" · ") })
        })
        .collect();
    if !facts.is_empty() {
        body.push(json!({ "type": "FactSet", "facts": facts }));
        body.push(note(words.in_one_line()));
        body.push(json!({
            "type": "TextBlock", "text": escape_markdown(&example(recipe)), "wrap": true,
            "fontType": "Monospace", "size": "Small"
        }));
    }
    card(body, vec![start(words.start(), id)])
}

/// Suggests commands; each has a button that sends it.
#[must_use]
pub fn did_you_mean(words: Texts, suggestions: &[String]) -> Value {
    let actions = suggestions.iter().map(|guess| say(guess)).collect();
    card(vec![title(words.did_you_mean()), line(words.or_help())], actions)
}

/// Returns the first message to a person, with three commands to try.
#[must_use]
pub fn welcome(words: Texts, recipes: &[(&RecipeId, &Recipe)]) -> Value {
    let first = recipes.iter().find(|(_, recipe)| is_simple(recipe)).or(recipes.first());
    let first = first.map(|(_, recipe)| recipe.command.as_str());
    let tries = first.into_iter().chain(["personal_connections", "help"]);
    card(vec![title(&words.welcome()), line(words.welcome_line())], tries.map(say).collect())
}

/// Whether a command works as the person and without existing records in an app.
#[must_use]
pub fn is_simple(recipe: &Recipe) -> bool {
    !recipe.verify_user_access.is_empty() && recipe.inputs.iter().all(|input| input.choices_from.is_none())
}

/// Returns a button that sends a text in the person's place.
fn say(text: &str) -> Value {
    let shown: String = if text.chars().count() > 40 {
        text.chars().take(40).chain(['…']).collect()
    } else {
        text.to_owned()
    };
    json!({ "type": "Action.Submit", "title": shown, "data": { "said": text } })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::catalog::tests::real_catalog;

    pub(in super::super) fn all(words: Texts) -> Vec<(&'static str, Value)> {
        let catalog = real_catalog().in_language(words.0);
        let recipes: Vec<_> = catalog.recipes.iter().collect();
        let report = RecipeId::parse("report-problem").unwrap();
        let long = format!("create opportunity name: {}", "Acme ".repeat(20));
        let topics = |recipes: &[_], search| HelpTopics {
            recipes: recipes.to_vec(),
            first: recipes.iter().take(3).copied().collect(),
            search,
        };
        vec![
            ("help", help(words, &topics(&recipes, ""), &catalog)),
            ("help with few commands", help(words, &topics(&recipes[..4], ""), &catalog)),
            ("help about an app", help(words, &topics(&recipes[..2], "box"), &catalog)),
            ("help about nothing", help(words, &topics(&[], "xyz"), &catalog)),
            ("help without commands", help(words, &topics(&[], ""), &catalog)),
            ("explain", explain(words, &report, &catalog.recipes[&report])),
            ("did you mean", did_you_mean(words, &["create opportunity".into(), long])),
            ("welcome", welcome(words, &recipes)),
        ]
    }
}
