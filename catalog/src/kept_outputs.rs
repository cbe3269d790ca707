//! The outputs that a recipe's templates use, and that a run therefore keeps.

use serde_json::Value;
use std::collections::BTreeSet;

use crate::checks::questions;
use crate::checks::reply::{recipe_replies, replies};
use crate::checks::templates::{Kind, uses};
use workbot_domain::catalog::{KeptOutputs, Recipe, Reply};

/// The outputs of each step that later steps and the reply use, in every language.
#[must_use]
pub fn kept(recipe: &Recipe) -> Vec<KeptOutputs> {
    let mut texts: Vec<(&str, Kind)> =
        replies(recipe).iter().map(|one| (one.template.0.as_str(), Kind::Text)).collect();
    for with in recipe_replies(recipe).flat_map(Reply::all_buttons).map(|button| &button.with) {
        with.values().for_each(|tree| strings(tree, &mut texts));
    }
    let mut offered = Vec::new();
    for (index, step) in recipe.steps.iter().enumerate() {
        texts.extend(step.when.iter().map(|when| (when.0.as_str(), Kind::Condition)));
        texts.extend(
            questions::texts(recipe, index, step).into_iter().map(|(_, text)| (text.0.as_str(), Kind::Text)),
        );
        step.call()
            .into_iter()
            .flat_map(|call| call.with.values())
            .for_each(|tree| strings(tree, &mut texts));
        let lists = step.question().into_iter().flat_map(|question| &question.inputs);
        let lists = lists.filter_map(|input| input.choices_from.as_ref());
        offered.extend(lists.filter_map(|from| Some(format!("steps.{}.{}", from.step()?, from.items))));
    }
    let used = texts.into_iter().filter_map(|(text, kind)| uses(text, kind).ok()).flatten();
    let used: BTreeSet<String> = used.chain(offered).collect();
    recipe.steps.iter().map(|step| of_step(&step.id, &used)).collect()
}

fn strings<'a>(tree: &'a Value, texts: &mut Vec<(&'a str, Kind)>) {
    match tree {
        Value::String(text) => texts.push((text, Kind::Text)),
        Value::Array(items) => items.iter().for_each(|item| strings(item, texts)),
        Value::Object(fields) => fields.values().for_each(|field| strings(field, texts)),
        _ => {}
    }
}

/// `None`: a template uses the step as a whole, so its whole output is kept.
fn of_step(id: &str, used: &BTreeSet<String>) -> KeptOutputs {
    let mut fields = BTreeSet::new();
    for name in used {
        let mut names = name.split('.');
        if names.next() != Some("steps") || names.next().is_some_and(|step| step != id) {
            continue;
        }
        fields.insert(names.next()?.to_owned());
    }
    Some(fields)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::real_catalog;
    use serde_json::json;
    use workbot_domain::catalog::{Call, Step, StepKind};
    use workbot_domain::template::Template;
    use workbot_shared::RecipeId;

    /// *Win deal* with four steps: a search, then a write in each of three apps.
    fn recipe() -> Recipe {
        let mut recipe = real_catalog().recipes[&RecipeId::parse("win-deal").unwrap()].clone();
        recipe.steps.retain(|step| ["found", "closed", "folder", "request"].contains(&step.id.as_str()));
        recipe
    }

    fn call(step: &mut Step) -> &mut Call {
        let StepKind::Call(call) = &mut step.kind else { panic!("a question") };
        call
    }

    fn named(fields: &[&str]) -> KeptOutputs {
        Some(fields.iter().map(|&field| field.to_owned()).collect())
    }

    #[test]
    fn what_a_reply_a_condition_or_a_parameter_names_is_kept() {
        let mut recipe = recipe();
        recipe.reply = Template("{{ steps.found.total }}".into()).into();
        recipe.de = None;
        for step in &mut recipe.steps {
            step.when = None;
            call(step).with.clear();
        }
        assert_eq!(kept(&recipe), [named(&["total"]), named(&[]), named(&[]), named(&[])]);
        recipe.steps[1].when = Some(Template("steps.found.first_id != inputs.opportunity".into()));
        call(&mut recipe.steps[2])
            .with
            .insert("a".into(), json!({"b": ["{% for x in steps.found.records %}{{ x.Id }}{% endfor %}"]}));
        assert_eq!(kept(&recipe)[0], named(&["first_id", "records", "total"]));
    }

    #[test]
    fn a_step_that_is_named_as_a_whole_is_kept_as_a_whole() {
        let mut recipe = recipe();
        for whole in [
            "{% if steps.closed %}x{% endif %}",
            "{% for name in steps.closed %}{{ name }}{% endfor %}",
            "{% set it = steps.closed %}{{ it.link }}",
            "{{ steps.closed['link'] }}",
            "{{ steps.closed[inputs.opportunity] }}",
            "{{ steps[inputs.opportunity] }}",
            "{% set all = steps %}{{ all.closed.link }}",
        ] {
            recipe.reply = Template(whole.into()).into();
            let kept = kept(&recipe);
            let link = named(&["link"]);
            assert!(
                kept[1].is_none() || (whole.contains("['link']") && kept[1] == link),
                "{whole}: {kept:?}"
            );
        }
    }

    #[test]
    fn what_only_a_translation_names_is_kept_too() {
        let mut recipe = recipe();
        recipe.reply = Template("done".into()).into();
        recipe.de.as_mut().unwrap().reply = Some(Template("{{ steps.request.number }}".into()).into());
        assert!(kept(&recipe)[3].as_ref().is_some_and(|fields| fields.contains("number")));
    }
}
