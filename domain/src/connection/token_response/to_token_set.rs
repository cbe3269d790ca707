//! The token set that results from a token response.

use super::reader::TokenResponse;
use crate::catalog::OAuth2;
use crate::connection::token_set::TokenSet;
use crate::time::Timestamp;

/// Builds the token set of a response. On a refresh, values that the response omits stay as they were (RFC
/// 6749 section 6), and so do the kept values that come from elsewhere.
#[must_use]
pub fn tokens_from(
    response: TokenResponse,
    oauth2: &OAuth2,
    before: Option<&TokenSet>,
    now: Timestamp,
) -> TokenSet {
    let mut kept = before.map(|before| before.kept.clone()).unwrap_or_default();
    for field in &oauth2.keep {
        if let Some(value) = response.extra.get(field) {
            kept.insert(field.clone(), value.clone());
        }
    }
    let refresh_token =
        response.refresh_token.or_else(|| before.and_then(|before| before.refresh_token.clone()));
    // An access token without a refresh token and without `expires_in` is used until the app refuses it.
    let lives =
        response.expires_in.or_else(|| Some(oauth2.assumed_lifetime()).filter(|_| refresh_token.is_some()));
    let expires_at = lives.map_or(Timestamp::NEVER, |lives| (now + lives).min(Timestamp::NEVER));
    TokenSet {
        access_token: response.access_token,
        refresh_token,
        issued_at: Some(now),
        expires_at,
        scopes: response.scopes.or_else(|| before.map(|before| before.scopes.clone())).unwrap_or_default(),
        kept,
    }
}

/// Returns when the login expires at the app, if the app's file states the lifetime of refresh tokens.
#[must_use]
pub fn login_ends(oauth2: &OAuth2, tokens: &TokenSet, now: Timestamp) -> Option<Timestamp> {
    tokens.refresh_token.as_ref()?;
    Some(now + oauth2.refresh_token_lifetime()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::App;
    use crate::catalog::tests::real_catalog;
    use crate::connection::token_set::tests::tokens;
    use serde_json::{Value, json};
    use std::time::Duration;
    use workbot_shared::AppId;

    fn salesforce() -> App {
        real_catalog().apps[&AppId::parse("salesforce").unwrap()].clone()
    }

    fn response(extra: Value) -> TokenResponse {
        TokenResponse {
            access_token: "new".into(),
            refresh_token: None,
            expires_in: None,
            scopes: None,
            extra: extra.as_object().cloned().unwrap(),
        }
    }

    #[test]
    fn a_refresh_keeps_omitted_values_and_takes_stated_ones() {
        use secrecy::ExposeSecret;
        let oauth2 = salesforce().oauth2.unwrap();
        let before = tokens(Timestamp(0));
        let after = tokens_from(response(json!({"unknown": 1})), &oauth2, Some(&before), Timestamp(1000));
        assert_eq!(after.refresh_token.unwrap().expose_secret(), "refresh");
        assert_eq!(after.kept, before.kept);
        assert_eq!(after.expires_at, Timestamp(7_201_000));
        let mut from_callback = before.clone();
        from_callback.kept.insert("realmId".to_owned(), "91".into());
        let after =
            tokens_from(response(json!({"realmId": "1"})), &oauth2, Some(&from_callback), Timestamp(0));
        assert_eq!(after.kept["realmId"], "91", "only a field that the file keeps is taken from a response");
        let rotated = TokenResponse {
            refresh_token: Some("rotated".into()),
            expires_in: Some(Duration::from_secs(60)),
            ..response(json!({"instance_url": "https://moved.example"}))
        };
        let after = tokens_from(rotated, &oauth2, Some(&before), Timestamp(0));
        assert_eq!(after.refresh_token.unwrap().expose_secret(), "rotated");
        assert_eq!(after.kept["instance_url"], "https://moved.example");
        assert_eq!(after.expires_at, Timestamp(60_000));
    }

    #[test]
    fn a_token_without_refresh_and_expiry_is_used_until_the_app_refuses_it() {
        let oauth2 = salesforce().oauth2.unwrap();
        let expires = |response, before: Option<&TokenSet>| {
            tokens_from(response, &oauth2, before, Timestamp(0)).expires_at
        };
        let with = |seconds: Option<u64>, refresh_token: Option<&str>| TokenResponse {
            expires_in: seconds.map(Duration::from_secs),
            refresh_token: refresh_token.map(Into::into),
            ..response(json!({}))
        };
        assert_eq!(expires(with(None, None), None), Timestamp::NEVER);
        assert_eq!(expires(with(None, Some("r")), None), Timestamp(7_200_000), "as the file states");
        assert_eq!(expires(with(None, None), Some(&tokens(Timestamp(0)))), Timestamp(7_200_000));
        assert_eq!(expires(with(Some(60), None), None), Timestamp(60_000));
        assert_eq!(expires(with(Some(u64::MAX), Some("r")), None), Timestamp::NEVER);
    }
}
