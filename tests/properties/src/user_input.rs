//! Messages and card actions of people.

use serde_json::Value;
use workbot_domain::conversation::intent::{Intent, recognize};
use workbot_domain::input_parsing::{ChoiceOptions, LONGEST_INPUT};
use workbot_domain::run::inputs_from_data;
use workbot_shared::Language;

use crate::real_catalog::real;
use crate::request_url::requested;

/// Any text that a person sends to the bot.
pub fn intent(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match recognize(real(), &|_| true, &text) {
        Intent::Recipe(command) => {
            for language in [Language::En, Language::De] {
                let given = command.raw_inputs(language);
                for (input, value) in &given {
                    assert!(command.recipe.inputs.iter().any(|known| known.id == *input));
                    assert!(!value.is_empty());
                }
                if let Ok(inputs) = command.recipe.parse(&given, &ChoiceOptions::new()) {
                    requested(command.recipe, &Value::Object(inputs));
                }
            }
        }
        Intent::Unknown(guesses) => {
            for guess in guesses {
                assert!(
                    !matches!(recognize(real(), &|_| true, &guess), Intent::Unknown(_)),
                    "what is offered is understood: {guess}"
                );
            }
        }
        _ => {}
    }
}

/// Any data of a button or a submitted form.
pub fn card_action(data: &[u8]) {
    let Ok(value) = serde_json::from_slice::<Value>(data) else { return };
    for recipe in real().recipes.values() {
        let given = inputs_from_data(&recipe.inputs, &value);
        if let Ok(inputs) = recipe.parse(&given, &ChoiceOptions::new()) {
            for text in inputs.values().filter_map(Value::as_str) {
                assert!(text.chars().count() <= LONGEST_INPUT);
            }
            requested(recipe, &Value::Object(inputs));
        }
    }
}
