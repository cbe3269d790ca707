//! What a person typed: `create opportunity name: Acme amount: 5000 close_date: 2026-12-31`.

use serde_json::{Map, Value};
use workbot_shared::{Language, RecipeId};

use crate::catalogue::{Catalogue, Choice, Input, InputType, Recipe};
use crate::figures::{day, number};

/// A recognised command.
#[derive(Debug, PartialEq)]
pub struct Command<'a> {
    /// The recipe's id.
    pub id: &'a RecipeId,
    /// The recipe.
    pub recipe: &'a Recipe,
    /// What follows the command.
    rest: String,
}

/// What is wrong with an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadInput {
    /// It is required and missing.
    Missing,
    /// It is no number.
    NotANumber,
    /// It is no date like `2026-12-31`.
    NotADate,
    /// It is none of the choices.
    NotAChoice,
    /// It is neither yes nor no.
    NotYesOrNo,
}

/// The commands that are no recipe's. A recipe's command does not begin with one.
pub const BUILT_IN: [&str; 8] = [
    "personal_connections",
    "personal connections",
    "connections",
    "help",
    "status",
    "runs",
    "connect",
    "disconnect",
];

/// Finds the command with which a text begins; the longest wins. Case and spacing do not matter.
#[must_use]
pub fn recognise<'a>(catalogue: &'a Catalogue, text: &str) -> Option<Command<'a>> {
    catalogue
        .recipes
        .iter()
        .filter_map(|(id, recipe)| Some(Command { id, recipe, rest: after(text, &recipe.command)? }))
        .max_by_key(|command| command.recipe.command.len())
}

/// Whether a text asks for the list of one's connections.
#[must_use]
pub fn asks_for_connections(text: &str) -> bool {
    ["personal_connections", "personal connections", "connections"]
        .iter()
        .any(|command| after(text, command).as_deref() == Some(""))
}

/// What follows `command` in `text`, if `text` begins with its words.
pub(crate) fn after(text: &str, command: &str) -> Option<String> {
    let mut rest = text.trim_start();
    for word in command.split_whitespace() {
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let (first, tail) = rest.split_at(end);
        if first.to_lowercase() != word.to_lowercase() {
            return None;
        }
        rest = tail.trim_start();
    }
    Some(rest.to_owned())
}

impl Command<'_> {
    /// The inputs that were given, typed, with every mistake by input.
    ///
    /// # Errors
    /// The inputs that are missing or of the wrong kind.
    pub fn inputs(&self) -> Result<Map<String, Value>, Vec<(&Input, BadInput)>> {
        let given = split(&self.rest, &self.recipe.inputs);
        let mut values = Map::new();
        let mut mistakes = Vec::new();
        for input in &self.recipe.inputs {
            match given.iter().find(|(id, _)| *id == input.id).map(|(_, text)| text.as_str()) {
                None | Some("") if input.required && input.default.is_none() => {
                    mistakes.push((input, BadInput::Missing));
                }
                None | Some("") => {
                    values.insert(input.id.clone(), input.default.clone().unwrap_or(Value::Null));
                }
                Some(text) => match input.typed(text) {
                    Ok(value) => {
                        values.insert(input.id.clone(), value);
                    }
                    Err(mistake) => mistakes.push((input, mistake)),
                },
            }
        }
        if mistakes.is_empty() { Ok(values) } else { Err(mistakes) }
    }
}

/// Splits `id: value id: value` at the names of inputs. A value may be put in quotes, and then holds anything. What
/// stands before the first name is the value of the only input, if there is just one.
fn split<'a>(text: &str, inputs: &'a [Input]) -> Vec<(&'a str, String)> {
    let mut found = Vec::<(&str, String)>::new();
    let mut rest = text;
    if let [only] = inputs {
        let (value, tail) = quoted(rest);
        found.push((only.id.as_str(), value));
        rest = tail;
    }
    while !rest.is_empty() {
        let at_start = inputs.iter().find_map(|input| {
            let (name, tail) = rest.split_at_checked(input.id.len())?;
            let tail = tail.strip_prefix(':')?;
            name.eq_ignore_ascii_case(&input.id).then_some((input.id.as_str(), tail))
        });
        if let Some((id, tail)) = at_start {
            let (value, tail) = quoted(tail);
            found.push((id, value));
            rest = tail;
            continue;
        }
        // To the next word.
        let word_end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let word_end = rest
            .get(word_end..)
            .and_then(|tail| tail.find(|c: char| !c.is_whitespace()))
            .map_or(rest.len(), |spaces| word_end + spaces);
        let (word, tail) = rest.split_at(word_end);
        if let Some((_, slot)) = found.last_mut() {
            slot.push_str(word);
        }
        rest = tail;
    }
    let cleaned =
        found.into_iter().map(|(id, value)| (id, value.trim().trim_end_matches(',').trim().to_owned()));
    cleaned.filter(|(_, value)| !value.is_empty()).collect()
}

/// The value in quotes with which a text begins, or nothing; and what follows.
fn quoted(text: &str) -> (String, &str) {
    let text = text.trim_start();
    match text.strip_prefix(['"', '“']).and_then(|tail| tail.split_once(['"', '”'])) {
        Some((value, tail)) => (value.to_owned(), tail.trim_start()),
        None => (String::new(), text),
    }
}

impl Input {
    /// The value that a text means. A choice is named by title or value; one from an app is taken as it is, since only
    /// the app knows.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn typed(&self, text: &str) -> Result<Value, BadInput> {
        match self.kind {
            InputType::Text | InputType::Multiline => Ok(Value::String(text.to_owned())),
            InputType::Number => number(text, Language::En).map(Value::Number).ok_or(BadInput::NotANumber),
            InputType::Date => day(text).map(|day| Value::String(day.to_string())).ok_or(BadInput::NotADate),
            InputType::Choice if self.choices_from.is_some() => Ok(Value::String(text.to_owned())),
            InputType::Choice => Choice::named(&self.choices, text)
                .map(|choice| Value::String(choice.value.clone()))
                .ok_or(BadInput::NotAChoice),
            InputType::YesNo => match text.to_lowercase().as_str() {
                "yes" | "y" | "ja" | "j" | "true" | "on" | "1" => Ok(Value::Bool(true)),
                "no" | "n" | "nein" | "false" | "off" | "0" => Ok(Value::Bool(false)),
                _ => Err(BadInput::NotYesOrNo),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::source::tests::real_catalogue;
    use serde_json::json;

    fn inputs(text: &str) -> Result<Value, Vec<(String, BadInput)>> {
        let catalogue = real_catalogue();
        let command = recognise(&catalogue, text).unwrap();
        command
            .inputs()
            .map(Value::Object)
            .map_err(|bad| bad.into_iter().map(|(input, bad)| (input.id.clone(), bad)).collect())
    }

    #[test]
    fn parameters_are_given_in_line_in_any_order() {
        let expected = json!({"name": "Acme", "amount": 5000, "close_date": "2026-12-31"});
        assert_eq!(
            inputs("create opportunity name: Acme amount: 5000 close_date: 2026-12-31").unwrap(),
            expected
        );
        assert_eq!(
            inputs("  CREATE   Opportunity close_date:2026-12-31, Amount: 5,000 name:Acme").unwrap(),
            expected
        );
    }

    #[test]
    fn a_value_may_hold_spaces_and_in_quotes_anything() {
        let given =
            inputs("create opportunity name: Acme & Söhne – Q4 amount: 1.5 close_date: 2026-12-31").unwrap();
        assert_eq!((&given["name"], &given["amount"]), (&json!("Acme & Söhne – Q4"), &json!(1.5)));
        let quoted =
            inputs(r#"create opportunity name: "the amount: deal" amount: 1 close_date: 2026-12-31"#)
                .unwrap();
        assert_eq!(quoted["name"], json!("the amount: deal"));
    }

    #[test]
    fn the_only_input_needs_no_name() {
        let catalogue = real_catalogue();
        for (text, name) in [
            ("find account Acme Labs", json!("Acme Labs")),
            ("find account name: Acme Labs", json!("Acme Labs")),
            ("find account \"name: x\"", json!("name: x")),
            ("find account", json!(null)),
        ] {
            let given = recognise(&catalogue, text).unwrap().inputs().unwrap();
            assert_eq!(given["name"], name, "{text}");
        }
    }

    #[test]
    fn every_missing_or_wrong_input_is_named() {
        assert_eq!(
            inputs("create opportunity amount: much close_date: 2026-02-30").unwrap_err(),
            [
                ("name".to_owned(), BadInput::Missing),
                ("amount".to_owned(), BadInput::NotANumber),
                ("close_date".to_owned(), BadInput::NotADate)
            ]
        );
        assert_eq!(inputs("create opportunity").unwrap_err().len(), 3);
    }

    #[test]
    fn the_list_is_asked_for_in_three_ways() {
        for text in ["personal_connections", " Personal  Connections ", "connections"] {
            assert!(asks_for_connections(text), "{text}");
        }
        assert!(!asks_for_connections("connections please") && !asks_for_connections("connection"));
    }

    #[test]
    fn what_begins_like_a_command_is_not_one() {
        let catalogue = real_catalogue();
        assert_eq!(recognise(&catalogue, "create opportunities"), None);
        assert_eq!(recognise(&catalogue, "create"), None);
        assert_eq!(recognise(&catalogue, ""), None);
    }

    fn input(fields: Value) -> Input {
        let mut whole = json!({"id": "x", "label": "X", "example": "x"});
        whole.as_object_mut().unwrap().extend(fields.as_object().cloned().unwrap());
        serde_json::from_value(whole).unwrap()
    }

    #[test]
    fn a_choice_is_named_by_title_or_value_and_case_does_not_matter() {
        let urgency = input(json!({"type": "choice", "choices": [
            {"title": "High", "value": "1"}, {"title": "Low", "value": "3"}
        ]}));
        for (text, value) in [("high", "1"), ("LOW", "3"), ("3", "3")] {
            assert_eq!(urgency.typed(text), Ok(json!(value)), "{text}");
        }
        assert_eq!(urgency.typed("medium"), Err(BadInput::NotAChoice));
    }

    #[test]
    fn yes_and_no_are_true_and_false() {
        let public = input(json!({"type": "yes_no"}));
        for (text, value) in [("Yes", true), ("y", true), ("no", false), ("FALSE", false)] {
            assert_eq!(public.typed(text), Ok(json!(value)), "{text}");
        }
        assert_eq!(public.typed("perhaps"), Err(BadInput::NotYesOrNo));
    }

    #[test]
    fn an_input_that_is_not_given_has_its_default() {
        let mut catalogue = real_catalogue();
        let recipe = catalogue.recipes.get_mut(&RecipeId::parse("create-opportunity").unwrap()).unwrap();
        recipe.inputs[1].default = Some(json!(100));
        let command = recognise(&catalogue, "create opportunity name: A close_date: 2026-12-31").unwrap();
        assert_eq!(command.inputs().unwrap()["amount"], json!(100));
    }
}
