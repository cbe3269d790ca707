//! The form that asks for a command's inputs.

use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use workbot_shared::{RecipeId, RunId};

use super::{button, card, closed, line, note, title, without_inputs};
use crate::catalog::{Choice, Input, InputType, Recipe};
use crate::input_parsing::{ChoiceOptions, InputErrors, LONGEST_INPUT, RawInputs};
use crate::numbers_and_dates;
use crate::present::text::Texts;
use crate::run::Form;
use crate::template::escape_markdown;

/// The number of characters of a value in the facts of a card.
const LONGEST_FACT: usize = 200;
/// Maximum number of choices in a picklist. More could exceed the size limit of Teams.
const MOST_CHOICES: usize = 200;

/// Asks for a recipe's inputs. The fields hold the given values, and each mistake is shown below its field.
#[must_use]
pub fn form(words: Texts, run: &RunId, (id, recipe): (&RecipeId, &Recipe), form: &Form) -> Value {
    let mistakes = form.mistakes(recipe);
    let mut body = if form.guessed {
        vec![title(words.understood_so()), line(&escape_markdown(&recipe.hint)), note(words.check_before())]
    } else {
        vec![title(&words.needs_more(&recipe.name)), line(&escape_markdown(&recipe.hint))]
    };
    let asks_apps = !form.guessed;
    body.extend(fields(words, &recipe.inputs, (&form.given, &form.offers, &mistakes), asks_apps));
    let data = json!({ "verb": "recipe.submit", "recipe": id, "run": run });
    card(body, vec![submit(&recipe.name, &data, true), cancel(words, run)])
}

/// A button that sends the inputs of its card.
pub(super) fn submit(title: &str, data: &Value, is_first: bool) -> Value {
    let style = if is_first { "positive" } else { "default" };
    json!({
        "type": "Action.Execute", "title": title, "verb": "recipe.submit", "data": data, "style": style,
        "fallback": { "type": "Action.Submit", "title": title, "data": data, "style": style }
    })
}

pub(super) fn cancel(words: Texts, run: &RunId) -> Value {
    without_inputs(button(words.0.cancel(), "run.cancel", run))
}

/// Returns the fields of a card, each with its mistake below. `asks_apps`: whether the apps were asked for
/// their choices.
pub(super) fn fields(
    words: Texts,
    inputs: &[Input],
    (given, offers, mistakes): (&RawInputs, &ChoiceOptions, &InputErrors),
    asks_apps: bool,
) -> Vec<Value> {
    let mut fields = Vec::new();
    for input in inputs {
        let given = given.get(&input.id).map_or("", |given| given.trim());
        let offers = input.choosable(offers.get(&input.id).map_or(&[][..], Vec::as_slice));
        fields.push(field(words, input, given, offers));
        if let Some(mistake) = mistakes.get(&input.id) {
            fields.push(wrong(&words.bad_input(input, given, mistake)));
        } else if input.choices_from.is_some() && offers.is_empty() && asks_apps {
            fields.push(note(words.nothing_offered()));
        }
    }
    fields
}

/// Returns the card that replaces a submitted form, or an answered question: the values as they were
/// understood, and the title of the button. `name` is the recipe's, `titles` are those of the app choices
/// among the values.
#[must_use]
pub fn filled(
    words: Texts,
    name: &str,
    (inputs, values, titles): (&[Input], &Map<String, Value>, &BTreeMap<String, String>),
    pressed: Option<&str>,
) -> Value {
    let mut filled = closed(&words.going_on(name));
    if let Some(body) = filled.pointer_mut("/body").and_then(Value::as_array_mut) {
        body.extend(facts(words, inputs, values, titles));
        body.extend(pressed.map(|title| note(&escape_markdown(title))));
    }
    filled
}

/// Returns the values of inputs as facts; `None` without values. A long value ends with the number of the
/// characters that are left out.
fn facts(
    words: Texts,
    inputs: &[Input],
    values: &Map<String, Value>,
    titles: &BTreeMap<String, String>,
) -> Option<Value> {
    let fact = |input: &Input| {
        let title = titles.get(&input.id).map(String::as_str);
        let value = shortened(words, &shown(words, input, values.get(&input.id)?, title)?);
        Some(json!({ "title": input.label, "value": value }))
    };
    let facts: Vec<_> = inputs.iter().filter_map(fact).collect();
    (!facts.is_empty()).then(|| json!({ "type": "FactSet", "facts": facts }))
}

/// Escapes a value for Markdown, cut if it is long.
fn shortened(words: Texts, value: &str) -> String {
    let cut: String = value.chars().take(LONGEST_FACT).collect();
    match value.chars().count() - cut.chars().count() {
        0 => escape_markdown(value),
        more => format!("{}{}", escape_markdown(&cut), words.more_characters(more)),
    }
}

/// Formats a value for people, whole. `title` is the one that the app gives to a choice.
pub(super) fn shown(words: Texts, input: &Input, value: &Value, title: Option<&str>) -> Option<String> {
    match value {
        // The item that was chosen.
        Value::Object(_) => {
            let title = value.pointer(&input.choices_from.as_ref()?.title)?;
            title.as_str().map(str::to_owned)
        }
        Value::String(text) if input.kind == InputType::Date => Some(
            text.parse().map_or_else(|_| text.clone(), |day| numbers_and_dates::written_day(day, words.0)),
        ),
        Value::String(text) => {
            let own = || input.choices.iter().find(|choice| choice.value == *text);
            Some(title.or_else(|| Some(own()?.title.as_str())).unwrap_or(text).to_owned())
        }
        Value::Number(number) => Some(numbers_and_dates::written_number(number, words.0)),
        Value::Bool(yes) => Some(words.yes_or_no(*yes).to_owned()),
        _ => None,
    }
}

fn field(words: Texts, input: &Input, given: &str, offers: &[Choice]) -> Value {
    let default = input.default.as_ref().map(|default| match default {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    });
    let value = if given.is_empty() { default.unwrap_or_default() } else { given.to_owned() };
    let example = Some(&input.example).filter(|example| !example.is_empty());
    let placeholder = input.hint.clone().or_else(|| example.map(|example| words.for_example(example)));
    let placeholder = placeholder.unwrap_or_default();
    let mut field = match input.kind {
        InputType::Text => {
            json!({ "type": "Input.Text", "placeholder": placeholder, "maxLength": LONGEST_INPUT, "value": value })
        }
        InputType::Multiline => json!({
            "type": "Input.Text", "isMultiline": true, "placeholder": placeholder, "maxLength": LONGEST_INPUT,
            "value": value
        }),
        // Clients accept only a number or a date in these fields. An invalid value is named below the field.
        InputType::Number => {
            json!({ "type": "Input.Number", "placeholder": placeholder, "value": input.parse(&value, &[]).ok() })
        }
        InputType::Date => json!({ "type": "Input.Date", "value": input.parse(&value, &[]).ok() }),
        InputType::Choice if offers.is_empty() => {
            json!({ "type": "Input.Text", "placeholder": placeholder, "maxLength": LONGEST_INPUT, "value": value })
        }
        InputType::Choice => choices(words, input, &placeholder, &value, offers),
        InputType::YesNo => {
            let yes = input.parse(&value, &[]) == Ok(Value::Bool(true));
            json!({ "type": "Input.Toggle", "title": input.label, "valueOn": "true", "valueOff": "false", "value": yes.to_string() })
        }
    };
    if let Some(field) = field.as_object_mut() {
        field.retain(|_, value| !value.is_null() && value.as_str() != Some(""));
        field.insert("id".to_owned(), json!(input.id));
        // The title of a toggle is its label.
        if input.kind != InputType::YesNo {
            field.insert("label".to_owned(), json!(input.label));
            if input.required {
                field.insert("isRequired".to_owned(), json!(true));
                field.insert("errorMessage".to_owned(), json!(words.left_empty(&input.label)));
            }
        }
    }
    field
}

/// Returns a picklist. It contains the given value, even if the app does not offer it.
fn choices(words: Texts, input: &Input, placeholder: &str, value: &str, offers: &[Choice]) -> Value {
    let named = Choice::named(offers, value);
    let chosen = match (named, input.parse(value, offers)) {
        (Some(choice), _) => choice.value.clone(),
        (None, Ok(Value::String(own))) => own,
        _ => String::new(),
    };
    let mut listed = Vec::new();
    if !input.required {
        listed.push(json!({ "title": words.no_choice(), "value": "" }));
    }
    if !chosen.is_empty() && !offers.iter().any(|offer| offer.value == chosen) {
        listed.push(json!({ "title": chosen, "value": chosen }));
    }
    let offered = offers.iter().take(MOST_CHOICES);
    listed.extend(offered.map(|choice| json!({ "title": choice.title, "value": choice.value })));
    json!({
        "type": "Input.ChoiceSet", "style": "compact", "choices": listed, "value": chosen,
        "placeholder": placeholder
    })
}

/// Returns the line for a mistake. A symbol marks it besides the colour.
fn wrong(text: &str) -> Value {
    json!({ "type": "TextBlock", "text": format!("⚠ {text}"), "wrap": true, "color": "Attention", "size": "Small", "spacing": "Small" })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::catalog::tests::real_catalog;
    use workbot_shared::Language;

    const EN: Texts = Texts(Language::En);

    fn of(words: Texts, id: &str, given: &[(&str, &str)], offers: ChoiceOptions, sent: bool) -> Value {
        let catalog = real_catalog().in_language(words.0);
        let id = RecipeId::parse(id).unwrap();
        let given: RawInputs =
            given.iter().map(|(id, text)| ((*id).to_owned(), (*text).to_owned())).collect();
        let run = RunId::parse("0123456789abcdef").unwrap();
        form(words, &run, (&id, &catalog.recipes[&id]), &Form { given, offers, sent, ..Form::default() })
    }

    fn offered() -> ChoiceOptions {
        let choices = [("CHG1", "CHG1"), ("CHG2", "CHG2")];
        let choices = choices.map(|(title, value)| Choice { title: title.into(), value: value.into() });
        [("change".to_owned(), choices.to_vec())].into()
    }

    /// The form in all its states.
    pub(in super::super) fn all(words: Texts) -> Vec<(&'static str, Value)> {
        let catalog = real_catalog().in_language(words.0);
        let recipe = &catalog.recipes[&RecipeId::parse("report-problem").unwrap()];
        let inputs = json!({"problem": "*Down*", "urgency": "1", "folder": true, "details": null});
        vec![
            ("empty form", of(words, "create-opportunity", &[], ChoiceOptions::new(), false)),
            (
                "all kinds",
                of(words, "report-problem", &[("problem", "The *printer*")], ChoiceOptions::new(), true),
            ),
            (
                "mistakes",
                of(
                    words,
                    "create-opportunity",
                    &[("amount", "much"), ("close_date", "soon")],
                    ChoiceOptions::new(),
                    true,
                ),
            ),
            ("offers", of(words, "approve-change", &[("change", "chg2")], offered(), false)),
            ("no offers", of(words, "approve-change", &[], [("change".to_owned(), vec![])].into(), false)),
            (
                "filled",
                filled(
                    words,
                    &recipe.name,
                    (&recipe.inputs, inputs.as_object().unwrap(), &BTreeMap::new()),
                    Some("Send"),
                ),
            ),
        ]
    }

    fn field_of<'a>(card: &'a Value, id: &str) -> &'a Value {
        card["body"].as_array().unwrap().iter().find(|field| field["id"] == json!(id)).unwrap()
    }

    #[test]
    fn given_values_stay_and_each_mistake_is_shown_at_its_field() {
        let card =
            of(EN, "create-opportunity", &[("name", "Acme"), ("amount", "much")], ChoiceOptions::new(), true);
        assert_eq!(field_of(&card, "name")["value"], json!("Acme"));
        let body = card["body"].as_array().unwrap();
        let amount = body.iter().position(|field| field["id"] == json!("amount")).unwrap();
        assert!(body[amount].get("value").is_none());
        assert!(body[amount + 1]["text"].as_str().unwrap().contains("*much* is none"));
        assert!(card.to_string().contains("**Close date** is missing"));
        let fresh = of(EN, "create-opportunity", &[], ChoiceOptions::new(), false).to_string();
        assert!(!fresh.contains("⚠"), "there is no mistake yet");
    }

    #[test]
    fn a_picklist_contains_the_apps_choices_and_the_given_value() {
        let card = of(EN, "approve-change", &[("change", "chg2")], offered(), false);
        assert_eq!(field_of(&card, "change")["value"], json!("CHG2"));
        let card = of(EN, "approve-change", &[("change", "CHG9")], offered(), false);
        let change = field_of(&card, "change");
        assert_eq!((&change["value"], &change["choices"][0]["title"]), (&json!("CHG9"), &json!("CHG9")));
        let card = of(EN, "approve-change", &[], [("change".to_owned(), vec![])].into(), false);
        assert_eq!(field_of(&card, "change")["type"], json!("Input.Text"));
    }

    #[test]
    fn defaults_are_prefilled() {
        let card = of(EN, "report-problem", &[], ChoiceOptions::new(), false);
        assert_eq!(field_of(&card, "urgency")["value"], json!("3"));
        assert_eq!(field_of(&card, "folder")["value"], json!("false"));
    }

    #[test]
    fn a_submitted_form_shows_the_values_as_understood() {
        let shown = all(EN).pop().unwrap().1.to_string();
        for words in ["High", "Yes", "\\\\*Down\\\\*"] {
            assert!(shown.contains(words), "{words} in {shown}");
        }
    }

    #[test]
    fn a_long_value_of_a_submitted_form_ends_with_what_is_left_out() {
        let recipe = &real_catalog().recipes[&RecipeId::parse("report-problem").unwrap()];
        let inputs =
            json!({"problem": "ä".repeat(LONGEST_FACT), "details": format!("*{}", "x".repeat(1299))});
        let inputs = (&recipe.inputs[..], inputs.as_object().unwrap(), &BTreeMap::new());
        let card = filled(EN, &recipe.name, inputs, None).to_string();
        assert!(card.contains(&format!("\"{}\"", "ä".repeat(LONGEST_FACT))), "whole: {card}");
        assert!(card.contains("xxx … 1100 more characters\""), "{card}");
    }
}
