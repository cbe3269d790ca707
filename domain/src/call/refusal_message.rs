//! The message of an app that refuses a call, as people and agents read it.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};

use super::AppResponse;
use crate::catalog::App;

/// What stands in the place of a credential.
const REMOVED: &str = "…";
/// The shortest part of a credential that is removed, in bytes.
const SHORTEST_PART: usize = 8;

/// Returns the app's error message, or the status. Some apps repeat the credential of the request there; it
/// is removed.
pub(super) fn refusal_message(app: &App, response: AppResponse<'_>) -> String {
    let words = app.errors.message.iter().find_map(|pointer| response.at(pointer)?.as_str());
    let words = words.map(|words| one_line(&without(words, response.sent)));
    words.filter(|words| !words.is_empty()).unwrap_or_else(|| format!("error {}", response.status))
}

/// Removes credentials, as they were sent or percent-encoded, in any case, and longer parts of them.
fn without(message: &str, sent: &[SecretString]) -> String {
    let mut message = message.to_owned();
    for secret in sent.iter().map(ExposeSecret::expose_secret).filter(|secret| !secret.is_empty()) {
        let encoded = utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string();
        for whole in [secret, &encoded] {
            message = replaced(&message, whole);
        }
        let is_between = |c: char| !c.is_alphanumeric() && !"-._~+/=!:%".contains(c);
        let lower = secret.to_ascii_lowercase();
        let is_part = |word: &&str| word.len() >= SHORTEST_PART && lower.contains(&word.to_ascii_lowercase());
        let words = message.split(is_between).map(|word| word.trim_matches(['.', ':', '=']));
        let parts: Vec<_> = words.filter(is_part).map(str::to_owned).collect();
        for part in parts {
            message = replaced(&message, &part);
        }
    }
    message
}

/// Replaces each occurrence of a credential, in any case of ASCII letters.
fn replaced(message: &str, credential: &str) -> String {
    let (lower, credential) = (message.to_ascii_lowercase(), credential.to_ascii_lowercase());
    let (mut replaced, mut from) = (String::with_capacity(message.len()), 0);
    for (at, found) in lower.match_indices(&credential) {
        replaced.push_str(message.get(from..at).unwrap_or_default());
        replaced.push_str(REMOVED);
        from = at + found.len();
    }
    replaced.push_str(message.get(from..).unwrap_or_default());
    replaced
}

/// Returns an app's message as one line of at most 300 characters, without markup.
fn one_line(message: &str) -> String {
    const LONGEST: usize = 300;
    let mut text = String::new();
    let mut rest = message;
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(before);
        match tag.split_once('>').filter(|_| tag.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/')) {
            Some((_, after)) => {
                text.push(' ');
                rest = after;
            }
            None => {
                text.push('<');
                rest = tag;
            }
        }
    }
    text.push_str(rest);
    let text = text.replace(char::is_control, " ");
    let words: Vec<_> = text.split_whitespace().collect();
    let line = words.join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{ACME, app, outcome, values};
    use super::*;
    use crate::call::Outcome;
    use serde_json::json;

    #[test]
    fn an_apps_message_becomes_one_line() {
        let shown = |message: &str| {
            let body = json!([{"message": message, "errorCode": "X"}]);
            let app = app("salesforce");
            let action = app.actions["create_record"].clone();
            match outcome(&app, &action, 400, Some(&body), &values(ACME)) {
                Outcome::Refused { message } => message,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(
            shown("<b>Close date</b> is\nrequired\t&lt; 5 < 6 \u{7}"),
            "Close date is required &lt; 5 < 6"
        );
        assert_eq!(shown(" <br/> "), "error 400");
        assert_eq!(shown(&"ä".repeat(1000)).chars().count(), 301);
    }

    #[test]
    fn a_message_never_repeats_the_credential_that_was_sent() {
        let token = "00D5g!AQ8AQ/pX+zz.kQhT_aaaaaaaaaaaaaaa==";
        let encoded = utf8_percent_encode(token, NON_ALPHANUMERIC).to_string();
        let sent = [token, "YWRhOnB3"].map(|secret| SecretString::from(secret.to_owned()));
        let shown = |message: &str| without(message, &sent);
        for message in [
            format!("Session {token} is invalid"),
            format!("Session {} is invalid", token.to_uppercase()),
            format!("Session {encoded} is invalid"),
            "Session AQ8AQ/pX+zz is invalid".to_owned(),
            "Session YWRhOnB3 is invalid".to_owned(),
        ] {
            assert_eq!(shown(&message), "Session … is invalid", "{message}");
        }
        assert_eq!(shown("{\"token\":\"00D5g!AQ8AQ\",\"a\":1}"), "{\"token\":\"…\",\"a\":1}");
        let harmless = "Close date ist für 00D5g ungültig: Authorization";
        assert_eq!(shown(harmless), harmless);
        // Before the message is cut, so that no beginning of a credential remains.
        let app = app("salesforce");
        for (status, code) in [(400, "X"), (401, "INVALID_SESSION_ID")] {
            let message = format!("{} {token}", "x".repeat(290));
            let body = json!([{"message": message, "errorCode": code}]);
            let headers = std::collections::BTreeMap::new();
            let response = AppResponse { status, headers: &headers, body: Some(&body), sent: &sent };
            let outcome = crate::call::outcome(&app, &app.actions["create_record"], response, &values(ACME));
            let (Outcome::Refused { message } | Outcome::TokenDead { message }) = outcome else { panic!() };
            assert!(message.ends_with("xxx …"), "{message}");
        }
    }
}
