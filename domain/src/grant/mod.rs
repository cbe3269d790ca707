//! OAuth grants: what an app's token and account answers mean. RFC 6749 sections 5.1 and 5.2, and each app's own words.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::catalogue::{Account, OAuth2};
use crate::connection::{AccountIdentity, TokenSet};
use crate::time::Timestamp;

mod answer;
mod held;
mod refusal;

pub(crate) use answer::fields;
pub use answer::{Answer, TokenAnswer, read};
pub(crate) use refusal::stands_in;
pub use refusal::{Refusal, Said, classify};

/// The token set that an answer makes; on a refresh, what the answer leaves out stays as it was.
#[must_use]
pub fn tokens_from(
    answer: TokenAnswer,
    oauth2: &OAuth2,
    before: Option<&TokenSet>,
    now: Timestamp,
) -> TokenSet {
    let kept = oauth2
        .keep
        .iter()
        .filter_map(|field| {
            let value =
                answer.extra.get(field).or_else(|| before.and_then(|before| before.kept.get(field)))?;
            Some((field.clone(), value.clone()))
        })
        .collect();
    let refresh_token =
        answer.refresh_token.or_else(|| before.and_then(|before| before.refresh_token.clone()));
    // What cannot be renewed, and is not said to end, lives until the app no longer takes it.
    let lives =
        answer.expires_in.or_else(|| Some(oauth2.assumed_lifetime()).filter(|_| refresh_token.is_some()));
    let expires_at = lives.map_or(Timestamp::NEVER, |lives| (now + lives).min(Timestamp::NEVER));
    TokenSet {
        access_token: answer.access_token,
        refresh_token,
        issued_at: Some(now),
        expires_at,
        scopes: answer
            .scopes
            .or_else(|| before.map(|before| before.scopes.clone()))
            .unwrap_or_else(|| oauth2.scopes.clone()),
        kept,
    }
}

/// What a revocation endpoint's answer means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RevocationAnswer {
    /// The token no longer works.
    Revoked,
    /// The app did not take the request: a mistake of our registration, most likely. The token still works.
    Refused,
    /// The app cannot answer now.
    Unavailable,
}

/// Reads a revocation endpoint's answer (RFC 7009 section 2.2). A refusal counts as revoked only if it is about the token,
/// which the app then does not know; it is read like every refusal. A page for people is no answer of the app's.
#[must_use]
pub fn revocation_answer(status: u16, body: &[u8]) -> RevocationAnswer {
    match status {
        200..=299 if is_page(body) => RevocationAnswer::Unavailable,
        200..=299 => RevocationAnswer::Revoked,
        408 | 425 | 429 | 500.. => RevocationAnswer::Unavailable,
        _ if Said::read(body).is_of_the_token() => RevocationAnswer::Revoked,
        _ => RevocationAnswer::Refused,
    }
}

/// Whether a body is an HTML page.
fn is_page(body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(body).to_ascii_lowercase();
    let text = text.trim_start_matches(|c: char| c == '\u{feff}' || c.is_whitespace());
    text.starts_with('<') && ["<html", "<!doctype html", "<body"].iter().any(|tag| text.contains(tag))
}

/// The value of `Authorization` with which a client authenticates by HTTP Basic: id and secret are written as in a form
/// first (RFC 6749 section 2.3.1).
#[must_use]
pub fn basic_credentials(client_id: &str, client_secret: &SecretString) -> SecretString {
    let written = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let pair = format!("{}:{}", written(client_id), written(client_secret.expose_secret()));
    format!("Basic {}", STANDARD.encode(pair)).into()
}

/// Reads who is connected out of the account answer; `None` when the id or every label is missing.
#[must_use]
pub fn identity(answer: &Value, account: &Account) -> Option<AccountIdentity> {
    let text = |pointer: &String| match answer.pointer(pointer)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    Some(AccountIdentity {
        label: account.label.iter().find_map(text)?,
        id: text(&account.id)?,
        instance: account.instance.as_ref().and_then(text),
    })
}

/// The company boundary: whether an account's instance may be connected here.
///
/// It must be that of the tenant's shared connection, if there is one, or be listed, if there is a list.
#[must_use]
pub fn within_company(instance: Option<&str>, shared_instance: Option<&str>, allowed: &[String]) -> bool {
    match (shared_instance, allowed.is_empty()) {
        (None, true) => true,
        (shared, _) => {
            instance.is_some_and(|own| shared == Some(own) || allowed.iter().any(|listed| listed == own))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::App;
    use crate::catalogue::tests::real_catalogue;
    use crate::connection::tests::tokens;
    use serde_json::json;
    use std::time::Duration;
    use workbot_shared::AppId;

    fn salesforce() -> App {
        real_catalogue().apps[&AppId::parse("salesforce").unwrap()].clone()
    }

    fn answer(extra: Value) -> TokenAnswer {
        TokenAnswer {
            access_token: "new".into(),
            refresh_token: None,
            expires_in: None,
            scopes: None,
            extra: extra.as_object().cloned().unwrap(),
        }
    }

    #[test]
    fn what_a_refresh_leaves_out_stays_and_what_it_says_wins() {
        use secrecy::ExposeSecret;
        let oauth2 = salesforce().oauth2.unwrap();
        let before = tokens(Timestamp(0));
        let after = tokens_from(answer(json!({"unknown": 1})), &oauth2, Some(&before), Timestamp(1000));
        assert_eq!(after.refresh_token.unwrap().expose_secret(), "refresh");
        assert_eq!(after.kept, before.kept);
        assert_eq!(after.expires_at, Timestamp(7_201_000));
        let rotated = TokenAnswer {
            refresh_token: Some("rotated".into()),
            expires_in: Some(Duration::from_secs(60)),
            ..answer(json!({"instance_url": "https://moved.example"}))
        };
        let after = tokens_from(rotated, &oauth2, Some(&before), Timestamp(0));
        assert_eq!(after.refresh_token.unwrap().expose_secret(), "rotated");
        assert_eq!(after.kept["instance_url"], "https://moved.example");
        assert_eq!(after.expires_at, Timestamp(60_000));
    }

    #[test]
    fn only_a_refusal_about_the_token_counts_as_revoked() {
        let told =
            |status, error: &str| revocation_answer(status, json!({ "error": error }).to_string().as_bytes());
        for word in ["invalid_token", "invalid_grant"] {
            assert_eq!(
                (told(400, word), told(401, word)),
                (RevocationAnswer::Revoked, RevocationAnswer::Revoked)
            );
        }
        for word in ["invalid_client", "unauthorized_client", "invalid_request", "unsupported_token_type", ""]
        {
            assert_eq!(told(400, word), RevocationAnswer::Refused, "{word}");
            assert_eq!(told(401, word), RevocationAnswer::Refused, "{word}");
        }
        assert_eq!(revocation_answer(400, b"error=invalid_token"), RevocationAnswer::Revoked);
        assert_eq!(revocation_answer(400, b"error=unsupported_token_type"), RevocationAnswer::Refused);
        for unreadable in [&b""[..], b"<html>", b"[]", b"{\"error\": {}}"] {
            assert_eq!(revocation_answer(400, unreadable), RevocationAnswer::Refused);
        }
        assert_eq!(revocation_answer(302, b""), RevocationAnswer::Refused);
        for status in [429, 500, 502, 503, 520] {
            assert_eq!(told(status, "invalid_token"), RevocationAnswer::Unavailable, "{status}");
        }
        assert_eq!(
            (told(200, ""), revocation_answer(204, b"")),
            (RevocationAnswer::Revoked, RevocationAnswer::Revoked)
        );
    }

    #[test]
    fn an_answer_to_a_revocation_is_read_in_every_shape() {
        use RevocationAnswer::{Refused, Revoked, Unavailable};
        for (status, body, told) in [
            (400, "\u{feff}{\"error\":\"invalid_token\"}", Revoked),
            (400, r#"{"error":{"code":"invalid_token"}}"#, Revoked),
            (400, r#"{"error":{"code":400,"message":"invalid_token"}}"#, Revoked),
            (400, r#"{"errors":[{"code":"INVALID_TOKEN"}]}"#, Revoked),
            (400, r#""{\"error\":\"invalid_token\"}""#, Revoked),
            (401, r#"[{"errorCode":"invalid_grant"}]"#, Revoked),
            (401, r#"{"error":"Bad Request","code":"invalid_token"}"#, Revoked),
            (400, "\u{feff}error=invalid_token&error_description=gone\r\n", Revoked),
            (400, "invalid_token: it is unknown", Revoked),
            (400, r#"{"error":"invalid_request","error_description":"invalid_token is no hint"}"#, Refused),
            (400, r#"{"error":{"code":"unsupported_token_type"}}"#, Refused),
            (400, r#"{"error":"invalid_token_type"}"#, Refused),
            (403, "<html><h1>Forbidden</h1></html>", Refused),
            (408, r#"{"error":"invalid_token"}"#, Unavailable),
            (425, "", Unavailable),
            (200, "", Revoked),
            (200, "{}", Revoked),
            (200, r#"{"revoked":true}"#, Revoked),
            (200, "OK", Revoked),
            (200, "<revoked/>", Revoked),
            (200, "<!DOCTYPE html><html><body>We will be back soon</body></html>", Unavailable),
            (202, "\u{feff}\r\n<HTML>", Unavailable),
            (
                200,
                "<?xml version='1.0'?><!DOCTYPE html PUBLIC '-//W3C//DTD XHTML 1.0//EN'><html>",
                Unavailable,
            ),
            (200, "<!-- proxy --><body>Log in</body>", Unavailable),
        ] {
            assert_eq!(revocation_answer(status, body.as_bytes()), told, "{status} {body}");
        }
    }

    #[test]
    fn a_client_authenticates_with_its_id_and_secret_as_they_stand_in_a_form() {
        let sent = basic_credentials("work bot", &"s+/%:&=".into());
        let written = STANDARD.encode("work+bot:s%2B%2F%25%3A%26%3D");
        assert_eq!(sent.expose_secret(), format!("Basic {written}"));
    }

    #[test]
    fn what_cannot_be_renewed_and_is_not_said_to_end_lives_until_the_app_no_longer_takes_it() {
        let oauth2 = salesforce().oauth2.unwrap();
        let expires =
            |answer, before: Option<&TokenSet>| tokens_from(answer, &oauth2, before, Timestamp(0)).expires_at;
        let with = |seconds: Option<u64>, refresh_token: Option<&str>| TokenAnswer {
            expires_in: seconds.map(Duration::from_secs),
            refresh_token: refresh_token.map(Into::into),
            ..answer(json!({}))
        };
        assert_eq!(expires(with(None, None), None), Timestamp::NEVER);
        assert_eq!(expires(with(None, Some("r")), None), Timestamp(7_200_000), "as the file says");
        assert_eq!(expires(with(None, None), Some(&tokens(Timestamp(0)))), Timestamp(7_200_000));
        assert_eq!(expires(with(Some(60), None), None), Timestamp(60_000));
        assert_eq!(expires(with(Some(u64::MAX), Some("r")), None), Timestamp::NEVER);
    }

    #[test]
    fn the_account_is_named_by_the_first_label_there_is() {
        let account = salesforce().account;
        let full = json!({"username": "ada@contoso.com", "user_id": "005", "organization_id": "00D"});
        assert_eq!(identity(&full, &account).unwrap().label, "ada@contoso.com");
        let fallback = json!({"username": "", "email": "a@b.c", "user_id": 5});
        let identity_of_fallback = identity(&fallback, &account).unwrap();
        assert_eq!((identity_of_fallback.label.as_str(), identity_of_fallback.id.as_str()), ("a@b.c", "5"));
        assert_eq!(identity(&json!({"username": "ada"}), &account), None);
    }

    #[test]
    fn an_account_of_another_company_is_kept_out() {
        let list = vec!["00D1".to_owned()];
        assert!(within_company(Some("00D9"), None, &[]));
        assert!(within_company(Some("00D1"), None, &list));
        assert!(within_company(Some("00D2"), Some("00D2"), &list));
        assert!(!within_company(Some("00D9"), Some("00D2"), &list));
        assert!(!within_company(Some("00D9"), Some("00D2"), &[]));
        assert!(!within_company(None, None, &list));
    }
}
