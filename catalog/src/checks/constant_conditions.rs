//! Checks that a condition can be true and can be false.

use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

use super::templates::{Kind, tags, uses};
use crate::diagnostics::Checker;
use workbot_domain::catalog::{Input, InputType, Recipe};
use workbot_domain::template::Template;

/// The largest number of input combinations that are evaluated.
const MOST_TRIED: usize = 4096;

/// Reports a condition that has the same result for all inputs.
pub(crate) fn constant(checker: &mut Checker<'_>, path: &[&str], when: &Template, recipe: &Recipe) {
    let Ok(used) = uses(&when.0, Kind::Condition) else { return };
    let Some(tried) = combinations(&used, recipe) else { return };
    let held: Result<BTreeSet<bool>, _> =
        tried.into_iter().map(|inputs| when.holds(&json!({ "inputs": inputs }))).collect();
    let message = match held.map(|held| held.into_iter().collect::<Vec<_>>()).as_deref() {
        Ok([true]) => "this condition is always true: remove `when`",
        Ok([false]) => "this condition is always false: use an input or a step, or remove the step",
        _ => return,
    };
    checker.further_mistake(path, message);
}

/// All combinations of values of the inputs that a condition uses. `None` if it uses anything else, or an
/// input with unlimited values.
fn combinations(used: &BTreeSet<String>, recipe: &Recipe) -> Option<Vec<Map<String, Value>>> {
    let mut all = vec![Map::new()];
    for name in used {
        let input =
            recipe.inputs.iter().find(|input| Some(input.id.as_str()) == name.strip_prefix("inputs."))?;
        let mut values = match input.kind {
            InputType::YesNo => vec![json!(true), json!(false)],
            InputType::Choice if input.choices_from.is_none() => {
                input.choices.iter().map(|choice| json!(choice.value)).collect()
            }
            _ => return None,
        };
        if !input.required {
            values.push(Value::Null);
        }
        if all.len() * values.len() > MOST_TRIED {
            return None;
        }
        let with = |known: &Map<String, Value>, value: &Value| {
            let mut known = known.clone();
            known.insert(input.id.clone(), value.clone());
            known
        };
        all = all
            .iter()
            .flat_map(|known| values.iter().map(|value| with(known, value)).collect::<Vec<_>>())
            .collect();
    }
    Some(all)
}

/// Reports comparisons of an input with a value that it can never have.
pub(crate) fn comparisons(checker: &mut Checker<'_>, path: &[&str], text: &str, kind: Kind, recipe: &Recipe) {
    for tag in tags(text, kind) {
        for (input, literal, is_order) in compared(tag) {
            let Some(input) = recipe.inputs.iter().find(|other| other.id == input) else { continue };
            if let Some(problem) = problem(input, literal, is_order) {
                checker.mistake(path, literal, problem);
            }
        }
    }
}

/// The comparisons of inputs with literals in an expression: input id, literal, whether the comparison is by
/// order.
fn compared(tag: &str) -> Vec<(&str, &str, bool)> {
    let mut found = Vec::new();
    for sign in ["==", "!=", "<", ">", " in ["] {
        for (at, _) in tag.match_indices(sign) {
            let (Some(before), Some(after)) = (tag.get(..at), tag.get(at + sign.len()..)) else { continue };
            let is_order = matches!(sign, "<" | ">");
            let after = if is_order { after.strip_prefix('=').unwrap_or(after) } else { after };
            let left = last(before.trim_end());
            if sign == " in [" {
                let items =
                    after.split(']').next().unwrap_or_default().split(',').map(|item| first(item.trim()));
                let input = left.strip_prefix("inputs.");
                found.extend(input.into_iter().flat_map(|input| {
                    items.clone().filter(|item| is_literal(item)).map(move |item| (input, item, false))
                }));
                continue;
            }
            let right = first(after.trim_start());
            for (name, literal) in [(left, right), (right, left)] {
                if let Some(input) = name.strip_prefix("inputs.").filter(|_| is_literal(literal)) {
                    found.push((input, literal, is_order));
                }
            }
        }
    }
    found
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.')
}

/// The word or quoted text at the beginning of an expression.
fn first(text: &str) -> &str {
    match text.chars().next().filter(|c| matches!(c, '"' | '\'')) {
        Some(quote) => {
            let end = text.get(1..).and_then(|rest| rest.find(quote));
            end.and_then(|end| text.get(..end + 2)).unwrap_or_default()
        }
        None => {
            let end = text.find(|c| !is_word(c)).unwrap_or(text.len());
            // A filtered or computed value is not the input's value.
            let rest = text.get(end..).unwrap_or_default().trim_start();
            if rest.starts_with(['|', '~', '+', '-', '*', '/', '%', '[', '(']) {
                ""
            } else {
                text.get(..end).unwrap_or_default()
            }
        }
    }
}

/// The word or quoted text at the end of an expression.
fn last(text: &str) -> &str {
    match text.chars().last().filter(|c| matches!(c, '"' | '\'')) {
        Some(quote) => {
            let start = text.get(..text.len() - 1).and_then(|rest| rest.rfind(quote));
            start.and_then(|start| text.get(start..)).unwrap_or_default()
        }
        None => {
            let start = text.rfind(|c| !is_word(c)).map_or(0, |at| at + 1);
            let before = text.get(..start).unwrap_or_default().trim_end();
            if before.ends_with(['|', '~', '+', '-', '*', '/', '%']) {
                ""
            } else {
                text.get(start..).unwrap_or_default()
            }
        }
    }
}

fn is_literal(text: &str) -> bool {
    text.starts_with(['"', '\''])
        || matches!(text, "true" | "false")
        || text.starts_with(|c: char| c.is_ascii_digit())
}

/// Why an input never equals the literal, if that is so.
fn problem(input: &Input, literal: &str, is_order: bool) -> Option<String> {
    let id = &input.id;
    let text = literal.strip_prefix(['"', '\'']).map(|text| text.trim_end_matches(['"', '\'']));
    match (input.kind, text) {
        (InputType::YesNo, _) if !matches!(literal, "true" | "false") => {
            Some(format!("`inputs.{id}` is a boolean: write `inputs.{id}` or `not inputs.{id}`"))
        }
        (InputType::Number, Some(text)) => {
            Some(format!("`inputs.{id}` is a number: write `{text}` without quotes"))
        }
        (InputType::Number, None) if matches!(literal, "true" | "false") => {
            Some(format!("`inputs.{id}` is a number, never `{literal}`"))
        }
        (InputType::Text | InputType::Multiline | InputType::Choice | InputType::Date, None) => {
            Some(format!("`inputs.{id}` is a text: write `\"{literal}\"` in quotes"))
        }
        (InputType::Date, Some(text)) if text.parse::<chrono::NaiveDate>().is_err() => {
            Some(format!("`inputs.{id}` is a date like `2026-12-31`, never `{text}`"))
        }
        (InputType::Choice, Some(text))
            if !is_order
                && input.choices_from.is_none()
                && !input.choices.iter().any(|choice| choice.value == text) =>
        {
            let values: Vec<_> = input.choices.iter().map(|choice| choice.value.as_str()).collect();
            Some(format!("`inputs.{id}` is never `{text}`: its values are {}", values.join(", ")))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::tests::{only, recipe_mistakes};

    fn when(text: &str) -> Vec<String> {
        let mistakes = recipe_mistakes("when = \"inputs.loud\"", &format!("when = '''{text}'''"));
        // Of an input that is used no more another test speaks.
        mistakes.into_iter().filter(|mistake| !mistake.contains("is never used")).collect()
    }

    #[test]
    fn a_condition_can_hold_and_can_fail() {
        for right in [
            "inputs.loud",
            "not inputs.loud",
            "inputs.loud == true",
            "inputs.text == \"Milk\"",
            "inputs.text | lower == 'milk'",
            "steps.first.id != 5",
            "inputs.text | length == 4",
        ] {
            assert!(when(right).is_empty(), "{right}: {:?}", when(right));
        }
        for (wrong, expected) in [
            ("false", "this condition is always false"),
            ("1 > 2", "this condition is always false"),
            ("true", "this condition is always true"),
            ("'a' == 'a'", "this condition is always true"),
            ("inputs.loud and not inputs.loud", "this condition is always false"),
            ("inputs.loud or true", "this condition is always true"),
            ("inputs.text in ['a', 5]", "`inputs.text` is a text"),
            ("inputs.loud > 'no'", "`inputs.loud` is a boolean"),
            ("inputs.loud == \"yes\"", "`inputs.loud` is a boolean"),
            ("\"yes\" == inputs.loud", "`inputs.loud` is a boolean"),
            ("inputs.text and inputs.loud != 'no'", "`inputs.loud` is a boolean"),
            ("inputs.text == 5", "`inputs.text` is a text"),
            ("inputs.text == true", "`inputs.text` is a text"),
        ] {
            let mistake = only(when(wrong));
            assert!(
                mistake.starts_with("recipe.toml:35: ") && mistake.contains(expected),
                "{wrong}: {mistake}"
            );
        }
    }

    #[test]
    fn an_input_is_compared_with_what_it_can_be() {
        let input = |lines: &str, condition: &str| {
            let reply = format!(
                "{{% if {condition} %}}x{{% endif %}}\"\"\"\n\n[[inputs]]\nid = \"kind\"\nlabel = \"Kind\"\n{lines}\n\n[[inputs]]\nid = \"text\""
            );
            recipe_mistakes("\"\"\"\n\n[[inputs]]\nid = \"text\"", &reply)
        };
        let choice = "type = \"choice\"\nchoices = [{ title = \"High\", value = \"1\" }, { title = \"Low\", value = \"3\" }]\nexample = \"High\"";
        let number = "type = \"number\"\nexample = \"5\"";
        let date = "type = \"date\"\nexample = \"2026-12-31\"";
        for (lines, right) in [
            (choice, "inputs.kind == '1'"),
            (choice, "inputs.kind in ['1', '3']"),
            (choice, "inputs.kind < '2'"),
            (number, "inputs.kind == 5.5"),
            (number, "inputs.kind > 5"),
            (date, "inputs.kind == '2026-12-31'"),
        ] {
            assert!(input(lines, right).is_empty(), "{right}: {:?}", input(lines, right));
        }
        for (lines, wrong, expected) in [
            (choice, "inputs.kind == 'High'", "is never `High`: its values are 1, 3"),
            (choice, "inputs.kind in ['1', '2']", "is never `2`: its values are 1, 3"),
            (number, "inputs.kind >= '5'", "is a number: write `5` without quotes"),
            (choice, "inputs.kind == 1", "is a text: write `\"1\"` in quotes"),
            (number, "inputs.kind == '5'", "is a number: write `5` without quotes"),
            (number, "inputs.kind == true", "is a number"),
            (date, "inputs.kind != '31.12.2026'", "is a date like `2026-12-31`"),
        ] {
            let mistake = only(input(lines, wrong));
            assert!(
                mistake.starts_with("recipe.toml:9: ") && mistake.contains(expected),
                "{wrong}: {mistake}"
            );
        }
    }
}
