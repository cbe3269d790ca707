//! Commands as a person types them: `create opportunity name: Acme amount: 5000 close_date: 2026-12-31`.

use workbot_shared::{Language, RecipeId};

use crate::catalog::{Catalog, InputType, Recipe};
use crate::command_inputs::split;
use crate::input_parsing::{RawInputs, raw_input};
use crate::numbers_and_dates::number;

/// A recognised command.
#[derive(Debug, PartialEq)]
pub struct Command<'a> {
    /// The recipe's id.
    pub id: &'a RecipeId,
    /// The recipe.
    pub recipe: &'a Recipe,
    /// The text after the command.
    rest: String,
}

/// Finds the recipe whose command a text starts with; the longest command wins. Case and spacing are ignored.
#[must_use]
pub fn find_command<'a>(catalog: &'a Catalog, text: &str) -> Option<Command<'a>> {
    catalog
        .recipes
        .iter()
        .filter_map(|(id, recipe)| Some(Command { id, recipe, rest: strip_command(text, &recipe.command)? }))
        .max_by_key(|command| command.recipe.command.len())
}

/// Returns the text after `command`, if `text` starts with its words. A punctuation mark after the last word
/// is skipped. The space between two words may be missing, because a client may send one that is invisible
/// and removed.
///
/// ```
/// use workbot_domain::recipe_command::strip_command;
///
/// assert_eq!(strip_command("Close  deal: name: Acme", "close deal").as_deref(), Some("name: Acme"));
/// assert_eq!(strip_command("closed deals", "close deal"), None);
/// ```
#[must_use]
pub fn strip_command(text: &str, command: &str) -> Option<String> {
    let mut rest = text.trim_start();
    for word in command.split_whitespace() {
        let mut letters = rest.trim_start().chars();
        let is_next = |c: char| letters.next().is_some_and(|other| other.to_lowercase().eq(c.to_lowercase()));
        if !word.chars().all(is_next) {
            return None;
        }
        rest = letters.as_str();
    }
    let tail = rest.trim_start_matches(['.', ',', ':', '!']);
    (tail.is_empty() || tail.starts_with(char::is_whitespace)).then(|| tail.trim_start().to_owned())
}

impl Command<'_> {
    /// Returns the inputs given in the text. Numbers are read in this language, and then written as clients
    /// write them in every language.
    #[must_use]
    pub fn raw_inputs(&self, language: Language) -> RawInputs {
        let mut given = RawInputs::new();
        for (id, value) in split(&self.rest, self.recipe) {
            let kind = self.recipe.inputs.iter().find(|input| input.id == id).map(|input| input.kind);
            let number = number(&value, language).filter(|_| kind == Some(InputType::Number));
            let value = number.map_or_else(|| raw_input(&value), |number| number.to_string());
            // Of a value without a visible character nothing is left.
            if !value.is_empty() {
                given.entry(id.to_owned()).or_insert(value);
            }
        }
        given
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::tests::real_catalog;
    use crate::input_parsing::{ChoiceOptions, InputError};
    use serde_json::{Value, json};
    use std::collections::BTreeMap;

    fn inputs(text: &str) -> Result<Value, BTreeMap<String, InputError>> {
        let catalog = real_catalog();
        let command = find_command(&catalog, text).unwrap();
        command.recipe.parse(&command.raw_inputs(Language::En), &ChoiceOptions::new()).map(Value::Object)
    }

    #[test]
    fn inputs_are_given_inline_in_any_order() {
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
    fn a_command_is_recognised_without_the_space_that_a_client_removed() {
        let catalog = real_catalog();
        let found = |text: &str| find_command(&catalog, text).map(|command| command.id.to_string());
        for written in
            ["create\u{200B}opportunity name: A", "CreateOpportunity: name: A", "createopportunity"]
        {
            let text = crate::character_normalization::normalised(written);
            assert_eq!(found(&text).as_deref(), Some("create-opportunity"), "{text}");
        }
        for text in ["createopportunityname: A", "createopportunities", "create", "c reate opportunity"] {
            assert_eq!(found(text), None, "{text}");
        }
        assert_eq!(
            found(&crate::character_normalization::normalised("crea\u{200B}te opportunity")).as_deref(),
            Some("create-opportunity")
        );
    }

    #[test]
    fn inline_numbers_and_dates_are_read_in_the_language() {
        let catalog = real_catalog().in_language(Language::De);
        let given = |text: &str, language| {
            let command = find_command(&catalog, text).unwrap();
            let inputs = command.recipe.parse(&command.raw_inputs(language), &ChoiceOptions::new()).unwrap();
            (inputs["amount"].clone(), inputs["close_date"].clone())
        };
        let text = "create opportunity name: 1.000 amount: 5.000 close_date: 31.12.2026";
        assert_eq!(given(text, Language::De), (json!(5000), json!("2026-12-31")));
        assert_eq!(given(text, Language::En), (json!(5.0), json!("2026-12-31")));
        let command = find_command(&catalog, text).unwrap();
        assert_eq!(command.raw_inputs(Language::De)["name"], "1.000", "a text is not read as a number");
        let text = "report problem problem: Drucker urgency: hoch folder: nein";
        let command = find_command(&catalog, text).unwrap();
        let inputs = command.recipe.parse(&command.raw_inputs(Language::De), &ChoiceOptions::new()).unwrap();
        assert_eq!((&inputs["urgency"], &inputs["folder"]), (&json!("1"), &json!(false)));
    }

    #[test]
    fn a_value_may_contain_spaces_and_in_quotes_anything() {
        let given =
            inputs("create opportunity name: Acme & Söhne – Q4 amount: 1.5 close_date: 2026-12-31").unwrap();
        assert_eq!((&given["name"], &given["amount"]), (&json!("Acme & Söhne – Q4"), &json!(1.5)));
        let quoted =
            inputs(r#"create opportunity name: "the amount: deal" amount: 1 close_date: 2026-12-31"#)
                .unwrap();
        assert_eq!(quoted["name"], json!("the amount: deal"));
    }

    #[test]
    fn a_single_input_needs_no_name() {
        for (text, name) in [
            ("find account Acme Labs", json!("Acme Labs")),
            ("find account name: Acme Labs", json!("Acme Labs")),
            ("find account \"name: x\"", json!("name: x")),
            ("find account", json!(null)),
        ] {
            assert_eq!(inputs(text).unwrap()["name"], name, "{text}");
        }
    }

    #[test]
    fn every_missing_or_wrong_input_is_named() {
        assert_eq!(
            inputs("create opportunity amount: much close_date: 2026-02-30").unwrap_err(),
            BTreeMap::from([
                ("name".to_owned(), InputError::Missing),
                ("amount".to_owned(), InputError::NotANumber),
                ("close_date".to_owned(), InputError::NotADate)
            ])
        );
        assert_eq!(inputs("create opportunity").unwrap_err().len(), 3);
    }

    #[test]
    fn a_text_that_only_resembles_a_command_is_not_one() {
        let catalog = real_catalog();
        assert_eq!(find_command(&catalog, "create opportunities"), None);
        assert_eq!(find_command(&catalog, "create"), None);
        assert_eq!(find_command(&catalog, ""), None);
    }

    #[test]
    fn an_omitted_input_has_its_default() {
        let mut catalog = real_catalog();
        let recipe = catalog.recipes.get_mut(&RecipeId::parse("create-opportunity").unwrap()).unwrap();
        recipe.inputs[1].default = Some(json!(100));
        let command = find_command(&catalog, "create opportunity name: A close_date: 2026-12-31").unwrap();
        let inputs = command.recipe.parse(&command.raw_inputs(Language::En), &ChoiceOptions::new()).unwrap();
        assert_eq!(inputs["amount"], json!(100));
    }
}
