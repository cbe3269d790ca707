//! Cards for help, suggestions and the first message.

use serde_json::{Value, json};
use workbot_shared::RecipeId;

use super::{act, card, line, note, title};
use crate::catalog::{InputType, Recipe};
use crate::present::text::Texts;
use crate::template::escape_markdown;

/// Returns the help: a picklist of commands, and the built-in commands.
#[must_use]
pub fn help(words: Texts, recipes: &[(&RecipeId, &Recipe)]) -> Value {
    let mut body = vec![title(words.what_i_can_do()), line(words.purpose())];
    let mut actions = Vec::new();
    if let Some((first, _)) = recipes.first() {
        let choices: Vec<_> = recipes
            .iter()
            .map(|(id, recipe)| json!({ "title": format!("{}: {}", recipe.command, recipe.hint), "value": id }))
            .collect();
        body.push(json!({
            "type": "Input.ChoiceSet", "id": "recipe", "label": words.command(), "style": "compact",
            "choices": choices, "value": first, "wrap": true
        }));
        actions.push(act(words.start(), "recipe.submit", []));
    }
    let own = words.own_commands().map(|(command, what)| format!("- **{command}**: {what}"));
    body.push(line(&own.join("\n")));
    card(body, actions)
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
        let given: String =
            recipe.inputs.iter().map(|input| format!(" {}: {}", input.id, input.example)).collect();
        body.push(note(words.in_one_line()));
        body.push(json!({
            "type": "TextBlock", "text": escape_markdown(&format!("{}{given}", recipe.command)), "wrap": true,
            "fontType": "Monospace", "size": "Small"
        }));
    }
    card(body, vec![act(words.start(), "recipe.submit", [("recipe", id.as_str().into())])])
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
    // The first suggestion is a command that works without existing records in an app.
    let plain = recipes.iter().find(|(_, recipe)| {
        !recipe.verify_user_access.is_empty()
            && recipe.inputs.iter().all(|input| input.choices_from.is_none())
    });
    let first = plain.or(recipes.first()).map(|(_, recipe)| recipe.command.as_str());
    let tries = first.into_iter().chain(["personal_connections", "help"]);
    card(vec![title(&words.welcome()), line(words.welcome_line())], tries.map(say).collect())
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
        vec![
            ("help", help(words, &recipes)),
            ("help without commands", help(words, &[])),
            ("explain", explain(words, &report, &catalog.recipes[&report])),
            ("did you mean", did_you_mean(words, &["create opportunity".into(), long])),
            ("welcome", welcome(words, &recipes)),
        ]
    }
}
