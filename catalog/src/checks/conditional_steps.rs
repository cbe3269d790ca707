//! Checks that a recipe also works if its conditional steps are skipped.

use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

use super::questions;
use super::reply::{ReplyTemplate, replies, strs};
use super::templates::{Kind, lacks, lacks_in_condition, uses};
use crate::diagnostics::Checker;
use workbot_domain::catalog::{ChoicesFrom, Input, Recipe};
use workbot_domain::template::Template;

/// Evaluates the reply and the later steps without each conditional step.
pub(crate) fn check(checker: &mut Checker<'_>, recipe: &Recipe, outputs: &[(String, BTreeSet<String>)]) {
    let inputs: Map<String, Value> =
        recipe.inputs.iter().map(|input| (input.id.clone(), json!(input.example))).collect();
    for (place, step) in recipe.steps.iter().enumerate().filter(|(_, step)| step.when.is_some()) {
        let values = |reply: &Template| {
            let steps: Map<String, Value> = outputs
                .iter()
                .map(|(id, names)| {
                    let output = names.iter().map(|name| (name.clone(), sample(reply, id, name))).collect();
                    (id.clone(), if *id == step.id { Value::Null } else { Value::Object(output) })
                })
                .collect();
            json!({
                "inputs": inputs, "steps": steps, "run": { "id": "0" }, "now": "2026-12-31T09:00:00Z",
                "person": { "name": "Ada", "email": "ada@contoso.com", "id": "0" }
            })
        };
        let near = format!("steps.{}.", step.id);
        let message = format!(
            "the step `{0}` may be skipped: test it first, `{{% if steps.{0} %}}…{{% endif %}}`",
            step.id
        );
        for ReplyTemplate { path, template, .. } in replies(recipe).iter().filter(|one| !one.of_item) {
            if template.0.contains(&step.id) && lacks(template, &values(template)) {
                checker.mistake(&strs(path), &near, message.clone());
            }
        }
        for (index, later) in recipe.steps.iter().enumerate().skip(place + 1) {
            let texts = questions::texts(recipe, index, later);
            let index = index.to_string();
            let asks = later.when.as_ref().is_some_and(|when| when.0.contains(&step.id));
            let message = format!("{message}, or add a `when` to this step");
            for (path, text) in texts.iter().filter(|(_, text)| !asks && text.0.contains(&near)) {
                if lacks(text, &values(text)) {
                    checker.mistake(&strs(path), &near, message.clone());
                }
            }
            let with = later.call().into_iter().flat_map(|call| &call.with);
            for name in with.filter(|(_, tree)| !asks && needs(tree, &near)).map(|(name, _)| name) {
                checker.mistake(&["steps", &index, "with", name], &near, message.clone());
            }
            let inputs = later.question().map_or(&[][..], |question| &question.inputs);
            let is_from =
                |input: &Input| input.choices_from.as_ref().and_then(ChoicesFrom::step) == Some(&step.id);
            if !asks && inputs.iter().any(is_from) {
                checker.mistake(&["steps", &index, "ask", "inputs"], "", message.clone());
            }
            if let Some(when) = &later.when
                && lacks_in_condition(when, &values(&recipe.reply.text))
            {
                let message =
                    format!("the step `{0}` may be skipped: test it first, `steps.{0} and …`", step.id);
                checker.mistake(&["steps", &index, "when"], &near, message);
            }
        }
    }
}

/// Whether a parameter uses a step's output without testing for the step first.
fn needs(tree: &Value, near: &str) -> bool {
    let text = tree.to_string();
    text.contains(near) && !text.contains("{% if") && !text.contains(" if steps.")
}

/// A sample value of an output: an empty list if the template iterates over it, an object if it uses fields.
fn sample(template: &Template, step: &str, name: &str) -> Value {
    let output = format!("steps.{step}.{name}");
    if template.0.contains(&format!(" in {output}")) {
        return json!([]);
    }
    let used = uses(&template.0, Kind::Text).unwrap_or_default();
    let fields = used.iter().filter_map(|used| used.strip_prefix(&output)?.strip_prefix('.'));
    let fields: Map<String, Value> = fields.map(|field| (field.to_owned(), json!("x"))).collect();
    if fields.is_empty() { json!("https://x.example/") } else { Value::Object(fields) }
}

#[cfg(test)]
mod tests {
    use crate::tests::{only, recipe_mistakes};

    #[test]
    fn the_reply_asks_first_whether_a_step_was_done() {
        let mistake = only(recipe_mistakes(
            "{% if steps.second %}and {{ steps.second.id }}{% endif %}",
            "and {{ steps.second.id }}",
        ));
        assert!(
            mistake.starts_with("recipe.toml:8: the step `second` may be skipped: test it first"),
            "{mistake}"
        );
    }

    #[test]
    fn a_later_step_asks_first_too() {
        let uses = "color = \"{{ steps.second.id }}\"\ntext = \"x\"\n";
        let third = |when: &str| {
            format!(
                "\n[[steps]]\nid = \"third\"\napp = \"app\"\naction = \"add_note\"\n{when}[steps.with]\n{uses}"
            )
        };
        let end = "text = \"{{ steps.first.id }}\"\n";
        let mistake = only(recipe_mistakes(end, &format!("{end}{}", third(""))));
        assert!(mistake.starts_with("recipe.toml:46: the step `second` may be skipped"), "{mistake}");
        assert!(recipe_mistakes(end, &format!("{end}{}", third("when = \"steps.second\"\n"))).is_empty());
    }

    #[test]
    fn a_later_condition_asks_first_too() {
        let end = "text = \"{{ steps.first.id }}\"\n";
        let third = |when: &str| {
            let step = "[[steps]]\nid = \"third\"\napp = \"app\"\naction = \"add_note\"";
            recipe_mistakes(end, &format!("{end}\n{step}\nwhen = \"{when}\"\nwith = {{ text = \"x\" }}\n"))
        };
        let mistake = only(third("steps.second.id == 1"));
        assert!(mistake.starts_with("recipe.toml:45: the step `second` may be skipped"), "{mistake}");
        assert!(third("steps.second and steps.second.id == 1").is_empty());
    }
}
