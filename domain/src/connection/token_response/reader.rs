//! Reads the response of a token endpoint (RFC 6749 sections 5.1 and 5.2) leniently.
//!
//! Apps, and the gateways before them, follow the RFC more or less. The reader recognises as much as it can,
//! and overlooks no token.

use secrecy::SecretString;
use serde_json::{Map, Value};
use std::fmt;
use std::time::Duration;

use super::body_decoding::fields;
use super::error::ErrorResponse;
use super::salvage;
use crate::json;

/// Why a token request returned no tokens.
#[derive(Debug, thiserror::Error)]
pub enum TokenRequestError {
    /// The server refused with an error response (RFC 6749 section 5.2).
    #[error("refused: {}", response.error)]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The error response.
        response: ErrorResponse,
        /// The pause that the response asks for (`Retry-After`).
        retry_after: Option<Duration>,
    },
    /// The server did not take the request (status 425, 429 or 503).
    #[error("busy")]
    Busy {
        /// The pause that the response asks for (`Retry-After`).
        retry_after: Option<Duration>,
    },
    /// No response, or one that a gateway made. The server may have taken the request.
    #[error("unknown outcome")]
    Unknown,
    /// A response with a success status that is no token response.
    #[error("unreadable token response")]
    Unreadable {
        /// Every token that it contains nevertheless.
        tokens: Vec<SecretString>,
        /// The refresh token at its usual place, if it is among them.
        refresh_token: Option<SecretString>,
    },
    /// A mistake in Workbot's configuration. No request was sent.
    #[error("the token request cannot be made")]
    Misconfigured,
}

/// A successful token response (RFC 6749 section 5.1).
#[derive(Clone)]
pub struct TokenResponse {
    /// The access token.
    pub access_token: SecretString,
    /// The new refresh token, if there is one.
    pub refresh_token: Option<SecretString>,
    /// The lifetime of the access token (`expires_in`), if the app states it.
    pub expires_in: Option<Duration>,
    /// The granted scopes, if the app states them.
    pub scopes: Option<Vec<String>>,
    /// All other fields with a value.
    pub extra: Map<String, Value>,
}

/// Omits `extra`, because apps put tokens there too.
impl fmt::Debug for TokenResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenResponse").field("expires_in", &self.expires_in).finish_non_exhaustive()
    }
}

/// Reads the response of a token endpoint. `at` is the JSON pointer (RFC 6901) to the object that holds the
/// tokens, if the app's file states one; a response without it is read at its top level. `retry_after` is the
/// parsed `Retry-After` header.
///
/// # Errors
/// Any [`TokenRequestError`] except [`TokenRequestError::Misconfigured`].
pub fn read(
    status: u16,
    body: &[u8],
    at: Option<&str>,
    retry_after: Option<Duration>,
) -> Result<TokenResponse, TokenRequestError> {
    let refused = |response| Err(TokenRequestError::Refused { status, response, retry_after });
    match status {
        200..=299 => match success(body, at) {
            Success::Tokens(response) => Ok(response),
            Success::Refused(response) => refused(response),
            Success::Unreadable { tokens, refresh_token } => {
                Err(TokenRequestError::Unreadable { tokens, refresh_token })
            }
        },
        425 | 429 | 503 => Err(TokenRequestError::Busy { retry_after }),
        // Status 408 included: the gateway that timed out does not know the outcome.
        0..200 | 408 | 500.. => Err(TokenRequestError::Unknown),
        300..=499 => refused(ErrorResponse::read(body)),
    }
}

/// The meaning of a response with a success status.
enum Success {
    Tokens(TokenResponse),
    /// Some apps (GitHub, Slack) refuse with status 200.
    Refused(ErrorResponse),
    Unreadable {
        tokens: Vec<SecretString>,
        refresh_token: Option<SecretString>,
    },
}

fn success(body: &[u8], at: Option<&str>) -> Success {
    let fields = fields(body);
    let nested =
        at.zip(fields.as_ref()).and_then(|(at, fields)| fields.pointer(at)).filter(|at| at.is_object());
    let holder = nested.or(fields.as_ref());
    if let Some(mut response) = holder.and_then(TokenResponse::of) {
        // The fields beside the object that holds the tokens.
        if let (Some(_), Some(Value::Object(fields))) = (nested, &fields) {
            let mut extra = extra(fields);
            extra.append(&mut response.extra);
            response.extra = extra;
        }
        return Success::Tokens(response);
    }
    let mut tokens = Vec::new();
    if let Some(fields) = &fields {
        salvage::in_fields(fields, &mut tokens);
        if tokens.is_empty() && says_no(fields) {
            return Success::Refused(ErrorResponse::of(fields));
        }
    }
    match json::value(body) {
        Ok(value) if tokens.is_empty() => salvage::in_texts(&value, &mut tokens),
        Ok(_) => {}
        // A text that was read as a form is searched too, because any text parses as a form.
        Err(_) => salvage::in_text(&String::from_utf8_lossy(body), &mut tokens),
    }
    Success::Unreadable { tokens, refresh_token: holder.and_then(salvage::refresh_token) }
}

impl TokenResponse {
    /// Returns `None` if there is no usable access token, or if its type needs more than a bearer header.
    fn of(fields: &Value) -> Option<Self> {
        let fields = fields.as_object()?;
        let token = |name: &str| {
            let token = fields.get(name).and_then(Value::as_str).filter(|token| is_token(token));
            token.map(|token| SecretString::from(token.to_owned()))
        };
        let access_token = token("access_token").filter(|_| is_bearer(fields.get("token_type")))?;
        // Apps write 0, or a negative number, for a token that does not expire.
        let expires_in = fields.get("expires_in").and_then(json::seconds_of).filter(|span| !span.is_zero());
        Some(Self {
            access_token,
            refresh_token: token("refresh_token"),
            expires_in,
            scopes: fields.get("scope").map(scopes).filter(|scopes| !scopes.is_empty()),
            extra: extra(fields),
        })
    }
}

/// The fields with a value, except the tokens.
fn extra(fields: &Map<String, Value>) -> Map<String, Value> {
    let has_value = |value: &Value| !(value.is_null() || value.as_str() == Some(""));
    let others = fields.iter().filter(|(name, value)| !salvage::is_token_name(name) && has_value(value));
    others.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// Whether a text has the syntax of a token (RFC 6749 appendices A.12 and A.17).
fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}

/// Whether an access token is a bearer token (RFC 6750). Apps omit the type, or call it `user`, `bot` or
/// `BearerToken`. The listed types require a proof of possession; they are registered (IANA "OAuth Access
/// Token Types") or were proposed.
fn is_bearer(token_type: Option<&Value>) -> bool {
    const OTHERS: [&str; 6] = ["dpop", "mac", "n_a", "pop", "hok", "hmac"];
    let named = token_type.and_then(Value::as_str).unwrap_or_default().trim().to_lowercase();
    !OTHERS.contains(&named.as_str())
}

/// Reads scopes: a list, or words separated by blanks or commas (GitHub).
fn scopes(value: &Value) -> Vec<String> {
    let words = |text: &str| {
        let words = text.split(|c: char| c.is_whitespace() || c == ',');
        words.filter(|word| !word.is_empty()).map(str::to_owned).collect::<Vec<_>>()
    };
    match value {
        Value::String(text) => words(text),
        Value::Array(list) => list.iter().filter_map(Value::as_str).flat_map(words).collect(),
        _ => Vec::new(),
    }
}

fn says_no(fields: &Value) -> bool {
    const REASONS: [&str; 8] = [
        "error",
        "errors",
        "errorCode",
        "error_code",
        "errcode",
        "error_description",
        "error_message",
        "errorMessage",
    ];
    let is_reason = |value: &Value| match value {
        Value::Null | Value::Bool(false) => false,
        Value::Bool(true) => true,
        Value::Number(number) => number.as_i64() != Some(0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
    };
    let is_false = |name: &str| {
        let flag = fields.get(name).and_then(json::text_of);
        flag.is_some_and(|flag| flag.eq_ignore_ascii_case("false"))
    };
    REASONS.iter().any(|name| fields.get(name).is_some_and(is_reason))
        || is_false("ok")
        || is_false("success")
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;
    use serde_json::json;

    /// The response of a login with one field changed; `null` removes the field.
    fn changed(name: &str, value: Value) -> Vec<u8> {
        let mut fields = json!({
            "access_token": "00D!x", "refresh_token": "5Aep", "instance_url": "https://acme.my.salesforce.com",
            "token_type": "Bearer", "issued_at": "1763800000000", "scope": "api id refresh_token"
        });
        let object = fields.as_object_mut().unwrap();
        match value {
            Value::Null => drop(object.remove(name)),
            value => drop(object.insert(name.to_owned(), value)),
        }
        fields.to_string().into_bytes()
    }

    fn tokens(body: &[u8]) -> TokenResponse {
        match read(200, body, None, None) {
            Ok(parsed) => parsed,
            other => panic!("{}: {other:?}", String::from_utf8_lossy(body)),
        }
    }

    fn kept(status: u16, body: &str) -> Vec<String> {
        match read(status, body.as_bytes(), None, None) {
            Err(TokenRequestError::Unreadable { tokens, .. }) => {
                tokens.iter().map(|token| token.expose_secret().to_owned()).collect()
            }
            other => panic!("{body}: {other:?}"),
        }
    }

    #[test]
    fn the_lifetime_of_a_token_is_read_in_every_spelling() {
        for (written, seconds) in [
            (json!(7200), Some(7200)),
            (json!("7200"), Some(7200)),
            (json!(7200.0), Some(7200)),
            (json!("7200.5"), Some(7200)),
            (json!(" 7200 "), Some(7200)),
            (json!(""), None),
            (json!(null), None),
            (json!(0), None),
            (json!(-1), None),
            (json!("soon"), None),
            (json!({}), None),
            (json!([7200]), None),
            (json!(1e300), None),
        ] {
            let parsed = tokens(&changed("expires_in", written.clone()));
            assert_eq!(parsed.expires_in.map(|span| span.as_secs()), seconds, "{written}");
            assert_eq!(parsed.refresh_token.unwrap().expose_secret(), "5Aep");
        }
        let null =
            br#"{"access_token":"x","expires_in":null,"refresh_token":null,"scope":null,"token_type":null}"#;
        let parsed = tokens(null);
        assert!(parsed.expires_in.is_none() && parsed.refresh_token.is_none() && parsed.scopes.is_none());
        assert!(parsed.extra.is_empty(), "a field without a value is absent");
    }

    #[test]
    fn a_token_is_a_bearer_token_unless_its_type_says_otherwise() {
        for like in ["Bearer", "bearer", "BEARER", "BearerToken", "user", "bot", "access_token", "jwt", ""] {
            tokens(&changed("token_type", json!(like)));
        }
        for odd in [json!(null), json!({}), json!(1), json!(["Bearer"])] {
            tokens(&changed("token_type", odd));
        }
        for other in ["mac", "MAC", "DPoP", "N_A", "PoP"] {
            let body = String::from_utf8(changed("token_type", json!(other))).unwrap();
            assert_eq!(kept(200, &body), ["00D!x", "5Aep"], "{other}: what it gave can be taken back");
        }
    }

    #[test]
    fn scopes_are_a_list_or_words_separated_by_blanks_or_commas() {
        for (written, scopes) in [
            (json!("api refresh_token"), Some(vec!["api", "refresh_token"])),
            (json!("repo,read:user"), Some(vec!["repo", "read:user"])),
            (json!("repo, read:user"), Some(vec!["repo", "read:user"])),
            (json!(["api", "refresh_token"]), Some(vec!["api", "refresh_token"])),
            (json!(["api refresh_token", 7, null]), Some(vec!["api", "refresh_token"])),
            (json!(""), None),
            (json!([]), None),
            (json!({}), None),
            (json!(null), None),
        ] {
            let parsed = tokens(&changed("scope", written.clone()));
            let expected = scopes.map(|scopes| scopes.into_iter().map(str::to_owned).collect::<Vec<_>>());
            assert_eq!(parsed.scopes, expected, "{written}");
        }
    }

    #[test]
    fn a_token_response_is_read_in_every_wrapping() {
        let json = String::from_utf8(changed("expires_in", json!("7200"))).unwrap();
        for (status, body) in [
            (201, json.clone()),
            (202, json.clone()),
            (200, format!("\u{feff}{json}")),
            (200, format!("\r\n {json}\n")),
            (200, serde_json::to_string(&json).unwrap()),
            (
                200,
                "access_token=00D%21x&refresh_token=5Aep&token_type=bearer&expires_in=7200&scope=api".into(),
            ),
            (200, "\u{feff}access_token=00D!x&refresh_token=5Aep&expires_in=7200\n".into()),
        ] {
            let Ok(parsed) = read(status, body.as_bytes(), None, None) else { panic!("{status} {body}") };
            assert_eq!(parsed.access_token.expose_secret(), "00D!x", "{body}");
            assert_eq!(parsed.refresh_token.unwrap().expose_secret(), "5Aep", "{body}");
            assert_eq!(parsed.expires_in, Some(Duration::from_secs(7200)), "{body}");
        }
    }

    #[test]
    fn no_token_in_an_unusable_response_is_overlooked() {
        for (body, held) in [
            (r#"{"refresh_token":"r"}"#, vec!["r"]),
            (r#"{"access_token":"","refresh_token":"r"}"#, vec!["r"]),
            (r#"{"access_token":12345,"refresh_token":"r"}"#, vec!["r"]),
            (r#"{"access_token":{"value":"x"},"refresh_token":"r"}"#, vec!["r"]),
            (r#"{"accessToken":"a","refreshToken":"r"}"#, vec!["a", "r"]),
            (r#"{"ok":true,"authed_user":{"access_token":"a"}}"#, vec!["a"]),
            (r#"{"data":[{"access_token":"a"},{"access_token":"b"}]}"#, vec!["a", "b"]),
            (r#"[{"access_token":"a"}]"#, vec!["a"]),
            (r#"{"error":"odd","data":{"access_token":"a"}}"#, vec!["a"]),
            (r#"{"access_token":"a\nb"}"#, vec!["a\nb"]),
            ("refresh_token=r", vec!["r"]),
            ("OK\naccess_token=a%21&refresh_token=r", vec!["r", "a!"]),
            (
                "<r><access_token>a</access_token>\n<refresh_token type='x'> r </refresh_token></r> done",
                vec!["a", "r"],
            ),
            ("<o:AccessToken><![CDATA[a&b]]></o:AccessToken>", vec!["a&b"]),
            ("<oauth access_token='a' refresh-token=\"r\"/>", vec!["a", "r"]),
            ("access_token: a\nrefresh_token: r\nexpires_in: 7200", vec!["a", "r"]),
            ("Your access token = a", vec!["a"]),
            (r#"callback({"access_token":"a\/b","refresh_token":"r"});"#, vec!["a/b", "r"]),
            ("var t = {accessToken: 'a', 'refreshToken': 'r'};", vec!["a", "r"]),
            (r#"{"access_token":"a"} {"access_token":"b"}"#, vec!["a", "b"]),
            (r#"{"access_token":"a","refresh_token":"r"#, vec!["a"]),
            (r#"{"data":"{\"access_token\":\"a\"}"}"#, vec!["a"]),
            ("<input name=\"access_token\" value=\"\">The access_token_type=x, refresh_token: null", vec![]),
            ("", vec![]),
            ("{}", vec![]),
            ("null", vec![]),
            ("<html><h1>Welcome</h1></html>", vec![]),
            ("OK", vec![]),
            (r#"{"access_token":"a"#, vec![]),
            (r#"{"access_token":12345}"#, vec![]),
        ] {
            assert_eq!(kept(200, body), held, "{body}");
        }
    }

    #[test]
    fn a_refresh_token_counts_only_at_its_usual_place() {
        for (body, refresh_token) in [
            (r#"{"access_token":"","refresh_token":"r2"}"#, Some("r2")),
            (r#"{"refresh_token":"r2"}"#, Some("r2")),
            (r#"{"accessToken":"a","refreshToken":"r2"}"#, Some("r2")),
            (r#"{"access_token":"a","token_type":"DPoP","refresh_token":"r2"}"#, Some("r2")),
            ("\u{feff}refresh_token=r%21", Some("r!")),
            (r#"{"data":{"access_token":"a","refresh_token":"r2"}}"#, None),
            (r#"{"access_token":"","refresh_token":"is no longer good"}"#, None),
            (r#"{"access_token":"","refresh_token":7}"#, None),
            ("The refresh_token: expired", None),
            ("{}", None),
        ] {
            let Err(TokenRequestError::Unreadable { refresh_token: found, .. }) =
                read(200, body.as_bytes(), None, None)
            else {
                panic!("{body}")
            };
            let found = found.map(|token| token.expose_secret().to_owned());
            assert_eq!(found.as_deref(), refresh_token, "{body}");
        }
    }

    #[test]
    fn a_token_response_cannot_be_printed() {
        let body = br#"{"access_token":"hush","refresh_token":"hush","id_token":"hush","scope":"hush"}"#;
        assert!(!format!("{:?}", read(200, body, None, None)).contains("hush"));
        assert!(
            !format!("{:?}", read(400, br#"{"error":"x","message":"hush"}"#, None, None)).contains("hush")
        );
    }

    #[test]
    fn an_error_with_a_success_status_is_a_refusal() {
        for body in [
            r#"{"error":"bad_refresh_token","error_description":"The refresh token is incorrect"}"#,
            r#"{"ok":false}"#,
            r#"{"ok":false,"error":"invalid_refresh_token"}"#,
            r#"{"success":"false"}"#,
            r#"{"error":{"code":190,"message":"expired"}}"#,
            r#"{"errors":[{"code":"x"}]}"#,
            r#"{"errcode":40163,"errmsg":"code been used"}"#,
            r#"{"access_token":null,"error":"invalid_grant"}"#,
            "error=bad_verification_code&error_description=expired",
        ] {
            assert!(
                matches!(read(200, body.as_bytes(), None, None), Err(TokenRequestError::Refused { .. })),
                "{body}"
            );
        }
        for body in [r#"{"access_token":"x","error":""}"#, r#"{"access_token":"x","error":null,"ok":true}"#] {
            assert!(read(200, body.as_bytes(), None, None).is_ok(), "{body}");
        }
        assert_eq!(kept(200, r#"{"error":0,"errcode":0,"ok":true}"#), Vec::<String>::new());
    }

    #[test]
    fn only_a_success_or_a_refusal_is_definite() {
        let definite = |status| match read(status, br#"{"error":"invalid_grant"}"#, None, None) {
            Err(TokenRequestError::Refused { .. }) => "refused",
            Err(TokenRequestError::Busy { .. }) => "busy",
            Err(TokenRequestError::Unknown) => "unknown",
            other => panic!("{status}: {other:?}"),
        };
        for status in [200, 302, 400, 401, 403, 404, 409, 410, 413, 418, 422, 451] {
            assert_eq!(definite(status), "refused", "{status}");
        }
        for status in [425, 429, 503] {
            assert_eq!(definite(status), "busy", "{status}");
        }
        for status in [0, 103, 408, 500, 501, 502, 504, 520, 599] {
            assert_eq!(definite(status), "unknown", "{status}");
        }
    }

    #[test]
    fn the_tokens_may_stand_in_an_object_of_the_response() {
        let at = |body: Value| read(200, body.to_string().as_bytes(), Some("/authed_user"), None);
        let first = at(json!({
            "ok": true, "access_token": "xoxb-bot", "token_type": "bot", "team": {"id": "T1"}, "scope": "commands",
            "authed_user": {"id": "U1", "access_token": "xoxp-user", "refresh_token": "xoxe-1", "expires_in": 43200,
                            "scope": "chat:write,search:read", "token_type": "user"}
        }));
        let first = first.unwrap();
        assert_eq!(first.access_token.expose_secret(), "xoxp-user");
        assert_eq!(first.refresh_token.unwrap().expose_secret(), "xoxe-1");
        assert_eq!(first.scopes.unwrap(), ["chat:write", "search:read"]);
        assert_eq!(first.extra["team"], json!({"id": "T1"}));
        assert_eq!(first.extra["id"], "U1");
        let account = Value::Object(first.extra);
        assert_eq!(account.pointer("/authed_user/id"), Some(&json!("U1")));
        let refreshed = at(json!({"ok": true, "access_token": "xoxp-2", "refresh_token": "xoxe-2"})).unwrap();
        assert_eq!(refreshed.access_token.expose_secret(), "xoxp-2", "a refresh responds at the top level");
        let unusable = at(json!({"authed_user": {"access_token": "", "refresh_token": "xoxe-3"}}));
        let Err(TokenRequestError::Unreadable { refresh_token: Some(found), .. }) = unusable else {
            panic!()
        };
        assert_eq!(found.expose_secret(), "xoxe-3");
        assert!(matches!(
            at(json!({"ok": false, "error": "invalid_code"})),
            Err(TokenRequestError::Refused { .. })
        ));
    }
}
