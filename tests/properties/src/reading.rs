//! What others wrote is read, or refused; it never breaks the reader.

use workbot_domain::activity::Activity;
use workbot_domain::catalogue::source::{SourceFile, read};
use workbot_domain::jwt::UnverifiedToken;
use workbot_shared::Language;

/// A body that the Bot Framework might send.
pub fn activity(data: &[u8]) {
    let Ok(activity) = Activity::parse(data) else { return };
    let (tenant, user) = (activity.tenant(), activity.user());
    if let Some(turn) = activity.turn() {
        // Who acts is who the checks of the endpoint saw.
        assert_eq!((Some(turn.subject.tenant), Some(turn.subject.user)), (tenant, user));
        assert!(!turn.activity.is_empty(), "a turn without an id would be handled again and again");
    }
}

/// An `Authorization` header.
pub fn token(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Ok(token) = UnverifiedToken::from_authorization(Some(&text)) {
        assert!(text.contains(&String::from_utf8_lossy(token.signing_input()).into_owned()));
        assert!(token.verified::<serde_json::Value>(false).is_err(), "claims without a signature");
    }
}

/// The files of an app and a recipe, with a line `===` between them.
pub fn catalogue(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (app, recipe) = text.split_once("\n===\n").unwrap_or((&text, ""));
    let file = |folder: &str, text: &str| SourceFile {
        path: format!("catalog/{folder}/example.toml"),
        stem: "example".to_owned(),
        text: text.to_owned(),
    };
    let (apps, recipes) = ([file("apps", app)], [file("recipes", recipe)]);
    match read(&apps, if recipe.is_empty() { &[] } else { &recipes }, &[]) {
        Ok(catalogue) => {
            for recipe in catalogue.recipes.values() {
                assert!(!recipe.in_language(Language::De).command.trim().is_empty());
            }
        }
        Err(mistakes) => {
            assert!(!mistakes.is_empty());
            for mistake in mistakes {
                let shown = mistake.to_string();
                assert!(shown.starts_with("catalog/"), "a mistake names its file: {shown}");
            }
        }
    }
}
