//! Parsers of foreign input: they read it or refuse it, and never panic.

use secrecy::{ExposeSecret, SecretString};
use workbot_catalog::{SourceFile, read};
use workbot_domain::activity::Activity;
use workbot_domain::connection::token_response::{self, TokenRequestError, classify_error};
use workbot_domain::json;
use workbot_domain::jwt::UnverifiedToken;
use workbot_shared::Language;

use crate::real_catalog::real;

/// A body as the Bot Framework might send it.
pub fn activity(data: &[u8]) {
    let Ok(activity) = Activity::parse(data) else { return };
    let (tenant, user) = (activity.tenant(), activity.user());
    if let Some(turn) = activity.turn() {
        // The sender is the one that the endpoint has checked.
        assert_eq!((Some(turn.subject.tenant), Some(turn.subject.user)), (tenant, user));
        assert!(!turn.activity.as_str().is_empty(), "a turn without an id would be handled again and again");
    }
}

/// An `Authorization` header.
pub fn authorization_header(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Ok(token) = UnverifiedToken::from_authorization(Some(&text)) {
        assert!(text.contains(&String::from_utf8_lossy(token.signing_input()).into_owned()));
        assert!(token.verified::<serde_json::Value>(false).is_err(), "claims without a signature");
    }
}

/// A token response: one byte for the status, then the body. No token in a success is missed.
pub fn token_response(data: &[u8]) {
    let Some((which, body)) = data.split_first() else { return };
    let status = [200, 201, 204, 302, 400, 401, 403, 408, 429, 500, 503][usize::from(*which) % 11];
    let shown = |token: &SecretString| token.expose_secret().to_owned();
    let found = match token_response::read(status, body, None, None) {
        Ok(success) => {
            assert!(status < 300, "{status} is no success");
            assert!(
                success.expires_in.is_none_or(|span| !span.is_zero()),
                "a token that ends when it begins"
            );
            assert!(success.scopes.iter().flatten().all(|scope| !scope.contains(char::is_whitespace)));
            let tokens = [Some(success.access_token), success.refresh_token];
            let tokens: Vec<_> = tokens.iter().flatten().map(shown).collect();
            assert!(tokens.iter().all(|token| !token.is_empty() && !token.contains(char::is_control)));
            tokens
        }
        Err(TokenRequestError::Unreadable { tokens, .. }) => tokens.iter().map(shown).collect(),
        Err(TokenRequestError::Refused { response: refusal, .. }) => {
            assert!(
                refusal.error.len() <= 64 && !refusal.error.contains(char::is_whitespace),
                "{:?}",
                refusal.error
            );
            for oauth2 in real().apps.values().filter_map(|app| app.oauth2.as_ref()) {
                let _ = classify_error(&refusal, &oauth2.errors);
            }
            Vec::new()
        }
        Err(_) => return,
    };
    let Some(fields) = json::value(body).ok().filter(|_| status < 300) else { return };
    for name in ["access_token", "refresh_token"] {
        let there = fields.get(name).and_then(|token| token.as_str());
        let can_be_sent =
            |token: &&str| !token.is_empty() && token.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        if let Some(token) = there.filter(can_be_sent) {
            assert!(found.iter().any(|found| found == token), "{name} is lost");
        }
    }
}

/// The files of an app and of a recipe, separated by a line `===`.
pub fn catalog_files(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (app, recipe) = text.split_once("\n===\n").unwrap_or((&text, ""));
    let file = |folder: &str, text: &str| SourceFile {
        path: format!("catalog/{folder}/example.toml"),
        stem: "example".to_owned(),
        text: text.to_owned(),
    };
    let (apps, recipes) = ([file("apps", app)], [file("recipes", recipe)]);
    match read(&apps, if recipe.is_empty() { &[] } else { &recipes }, &[]) {
        Ok(catalog) => {
            for recipe in catalog.recipes.values() {
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
