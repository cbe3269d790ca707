//! The request that revokes a token, and the meaning of its response: RFC 7009, or what the app's file says.

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use url::Url;
use url::form_urlencoded::Serializer;

use super::outcome::{is_as_expected, is_busy, parse_body, says_token_is_dead};
use super::{CallError, address, headers, in_context};
use crate::catalog::{App, ClientAuth, Method, Revoke, RevokeAuth};
use crate::config::Client;
use crate::connection::basic_credentials;
use crate::connection::revocation::{RevocationResponse, classify_revocation};
use crate::template::{Target, evaluate_tree};

/// A revocation request. It has no `Debug`, because its body holds secrets.
pub struct RevocationRequest {
    /// The HTTP method.
    pub method: Method,
    /// The URL. Its host is one of the app's `allowed_hosts`.
    pub url: Url,
    /// The headers, names in lower case, except `authorization`.
    pub headers: BTreeMap<String, String>,
    /// The value of the header `authorization`.
    pub authorization: Option<SecretString>,
    /// The encoded body.
    pub body: Option<Vec<u8>>,
}

/// Builds the request that revokes a token. Returns `None` if the app has no revocation. `values` are those
/// of the app's templates.
///
/// # Errors
/// [`CallError`] if a template yields no value, or a URL outside the app's hosts.
pub fn revocation_request(
    app: &App,
    client: &Client,
    token: &SecretString,
    mut values: Value,
) -> Result<Option<RevocationRequest>, CallError> {
    let Some(oauth2) = &app.oauth2 else { return Ok(None) };
    let Some(url) = &oauth2.revoke_url else { return Ok(None) };
    let usual = Revoke::default();
    let revoke = oauth2.revoke.as_ref().unwrap_or(&usual);
    let mut headers = headers(&app.headers, &values)?;
    // The secret is known in the body only, so that no URL contains it.
    values = in_context(values, json!({ "client": { "id": client.id } }));
    let url = address(app, url, Target::Plain, &values)?;
    let auth = match (revoke.auth, oauth2.client_auth) {
        (RevokeAuth::Client, ClientAuth::Basic) => RevokeAuth::Basic,
        (auth, _) => auth,
    };
    let authorization = match auth {
        RevokeAuth::Basic => Some(basic_credentials(&client.id, &client.secret)),
        RevokeAuth::Bearer => Some(format!("{} {}", oauth2.auth_scheme, token.expose_secret()).into()),
        RevokeAuth::Client | RevokeAuth::None => None,
    };
    let body = if let Some(body) = &revoke.body {
        let secret = client.secret.expose_secret();
        let client = json!({ "id": client.id, "secret": secret });
        let values = in_context(values, json!({ "client": client, "token": token.expose_secret() }));
        headers.insert("content-type".to_owned(), "application/json".to_owned());
        Some(evaluate_tree(body, &values)?.to_string())
    } else if auth == RevokeAuth::Bearer {
        None
    } else {
        headers.insert("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned());
        let mut form = Serializer::new(String::new());
        form.append_pair("token", token.expose_secret());
        if auth == RevokeAuth::Client {
            form.append_pair("client_id", &client.id);
            form.append_pair("client_secret", client.secret.expose_secret());
        }
        Some(form.finish())
    };
    let body = body.map(String::into_bytes);
    Ok(Some(RevocationRequest { method: revoke.method, url, headers, authorization, body }))
}

/// Reads the response of a revocation. A word of the app's file for a dead token means that the app does not
/// know the token, and so does status 401 if the token itself authenticated the request (RFC 6750 section
/// 3.1).
#[must_use]
pub fn revocation_response(app: &App, status: u16, body: &[u8]) -> RevocationResponse {
    let response = parse_body(status, body).unwrap_or_default();
    let revoke = app.oauth2.as_ref().and_then(|oauth2| oauth2.revoke.as_ref());
    let is_bearer = revoke.is_some_and(|revoke| revoke.auth == RevokeAuth::Bearer);
    let is_expected = is_as_expected(app, None, &response);
    match status {
        200..=299 if is_expected => classify_revocation(status, body),
        401 if is_bearer => RevocationResponse::Revoked,
        _ if says_token_is_dead(app, &response) => RevocationResponse::Revoked,
        _ if is_busy(app, &response) => RevocationResponse::Unavailable,
        200..=299 => RevocationResponse::Refused,
        _ => classify_revocation(status, body),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::tests::real_catalog;
    use workbot_shared::AppId;

    fn client() -> Client {
        Client { id: "client 1".to_owned(), secret: "s3cret".into() }
    }

    fn app(id: &str) -> App {
        real_catalog().apps[&AppId::parse(id).unwrap()].clone()
    }

    /// The request as text: method and address, the authorization, the body.
    fn shown(app: &App) -> [String; 3] {
        let vars = json!({
            "API_URL": "https://api.github.com", "LOGIN_URL": "https://github.com",
            "SITE_URL": "https://contoso.zendesk.com"
        });
        let values = json!({ "vars": vars, "token": {"instance_url": "https://x.salesforce.com"} });
        let request = revocation_request(app, &client(), &"t&1".into(), values).unwrap().unwrap();
        let authorization = request.authorization.map(|value| value.expose_secret().to_owned());
        let body = request.body.map(|body| String::from_utf8(body).unwrap());
        let content_type = request.headers.get("content-type").cloned().unwrap_or_default();
        [
            format!("{:?} {}", request.method, request.url),
            authorization.unwrap_or_default(),
            format!("{content_type} {}", body.unwrap_or_default()),
        ]
    }

    fn with_revoke(table: Value) -> App {
        let mut app = app("zendesk");
        let oauth2 = app.oauth2.as_mut().unwrap();
        oauth2.revoke_url = Some(crate::template::Template("{{ vars.SITE_URL }}/revoke".into()));
        oauth2.revoke = Some(serde_json::from_value(table).unwrap());
        app
    }

    #[test]
    fn a_token_is_revoked_as_the_rfc_says_unless_the_file_says_otherwise() {
        const FORM: &str = "application/x-www-form-urlencoded";
        let basic = basic_credentials("client 1", &"s3cret".into()).expose_secret().to_owned();
        let plain = shown(&with_revoke(json!({})));
        assert_eq!(
            plain[1..],
            [String::new(), format!("{FORM} token=t%261&client_id=client+1&client_secret=s3cret")]
        );
        let none = shown(&with_revoke(json!({"auth": "none"})));
        assert_eq!(none[1..], [String::new(), format!("{FORM} token=t%261")]);
        let authenticated = shown(&with_revoke(json!({"auth": "basic"})));
        assert_eq!(authenticated[1..], [basic.clone(), format!("{FORM} token=t%261")]);
        let slack = shown(&with_revoke(json!({"auth": "bearer", "token": "access_token"})));
        assert_eq!(
            slack,
            ["Post https://contoso.zendesk.com/revoke".into(), "Bearer t&1".to_owned(), " ".into()]
        );
        let notion = shown(&with_revoke(json!({"auth": "basic", "body": {"token": "{{ token }}"}})));
        assert_eq!(notion[1..], [basic, "application/json {\"token\":\"t&1\"}".to_owned()]);
    }

    #[test]
    fn github_and_zendesk_are_asked_in_their_own_way() {
        let basic = basic_credentials("client 1", &"s3cret".into()).expose_secret().to_owned();
        assert_eq!(
            shown(&app("github")),
            [
                "Delete https://api.github.com/applications/client%201/token".to_owned(),
                basic,
                "application/json {\"access_token\":\"t&1\"}".to_owned()
            ]
        );
        assert_eq!(
            shown(&app("zendesk")),
            [
                "Delete https://contoso.zendesk.com/api/v2/oauth/tokens/current.json".to_owned(),
                "Bearer t&1".to_owned(),
                " ".to_owned()
            ]
        );
    }

    #[test]
    fn a_revocation_response_is_read_with_the_words_of_the_app() {
        use RevocationResponse::{Refused, Revoked, Unavailable};
        let mut slack = with_revoke(json!({"auth": "bearer"}));
        slack.success.insert("/ok".to_owned(), json!(true));
        slack.errors.code = vec!["/error".to_owned()];
        slack.errors.token = vec!["invalid_auth".to_owned()];
        slack.errors.busy = vec!["ratelimited".to_owned()];
        for (status, body, expected) in [
            (200, r#"{"ok":true,"revoked":true}"#, Revoked),
            (200, r#"{"ok":false,"error":"invalid_auth"}"#, Revoked),
            (200, r#"{"ok":false,"error":"ratelimited"}"#, Unavailable),
            (200, r#"{"ok":false,"error":"fatal_error"}"#, Refused),
            (200, "", Refused),
            (401, "", Revoked),
            (403, "", Refused),
            (429, "", Unavailable),
        ] {
            assert_eq!(revocation_response(&slack, status, body.as_bytes()), expected, "{status} {body}");
        }
        let github = app("github");
        assert_eq!(revocation_response(&github, 204, b""), Revoked);
        assert_eq!(revocation_response(&github, 401, b""), Refused, "the client's own password is wrong");
    }
}
