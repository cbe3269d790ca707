//! The meaning of a token endpoint's error response (RFC 6749 section 5.2), by the RFC's error codes and the
//! words that the app's file lists.

use serde_json::Value;
use std::fmt;

use super::body_decoding::fields;
use crate::catalog::GrantErrors;

/// The class of an error response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenErrorClass {
    /// The grant is gone. The person has to log in again.
    Login,
    /// The app's policy refuses now. The tokens are kept and the person is told.
    Policy,
    /// Workbot's registration is wrong. The tokens are kept and the admin is told.
    Setup,
    /// The response is unreadable or has no known error code. At the third in a row the person has to log in;
    /// the tokens are kept.
    Doubtful,
    /// The app is busy and did not take the request. The request is repeated later.
    Transient,
}

/// The content of an error response.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ErrorResponse {
    /// The app's error code, if there is one. It is safe to log.
    pub error: String,
    /// All texts of the response, in lower case.
    texts: Vec<String>,
}

/// Omits the texts, because an error response may repeat the secrets of the request.
impl fmt::Debug for ErrorResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ErrorResponse").field("error", &self.error).finish_non_exhaustive()
    }
}

/// Error codes that require the person: `invalid_grant` (RFC 6749 section 5.2), the others from OpenID
/// Connect Core 1.0 section 3.1.2.6.
const LOGIN: [&str; 4] = ["invalid_grant", "interaction_required", "login_required", "consent_required"];

impl ErrorResponse {
    /// Reads an error response in any shape: JSON, a form, plain text, an HTML page.
    #[must_use]
    pub fn read(body: &[u8]) -> Self {
        fields(body).map_or_else(
            || Self {
                error: String::new(),
                texts: vec![shown(&String::from_utf8_lossy(body)).to_lowercase()],
            },
            |fields| Self::of(&fields),
        )
    }

    /// Reads the error code and the texts from parsed fields.
    pub(super) fn of(fields: &Value) -> Self {
        const WORDS: [&str; 10] = [
            "/error",
            "/error/code",
            "/error/error",
            "/error/type",
            "/errorCode",
            "/error_code",
            "/errcode",
            "/errors/0/code",
            "/errors/0/errorCode",
            "/0/errorCode",
        ];
        // These fields may hold other values: `code` can repeat the authorization code of the request.
        const NAMES: [&str; 2] = ["/code", "/status"];
        let is_word = |word: &&str| {
            let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
            (1..=40).contains(&word.len()) && word.bytes().all(is_part)
        };
        let is_name = |word: &&str| {
            let is_of =
                |is_letter: fn(&u8) -> bool| word.bytes().all(|byte| is_letter(&byte) || byte == b'_');
            is_word(word) && (is_of(u8::is_ascii_uppercase) || is_of(u8::is_ascii_lowercase))
        };
        let at = |at: &&str| fields.pointer(at)?.as_str();
        let word = WORDS.iter().filter_map(at).find(is_word);
        let error = word.or_else(|| NAMES.iter().filter_map(at).find(is_name));
        let mut texts = Vec::new();
        collect(fields, &mut texts);
        Self { error: error.unwrap_or_default().to_owned(), texts }
    }

    /// Returns the response without an error code that repeats a value of the request, or a part of one, so
    /// that it can be logged.
    #[must_use]
    pub fn without(mut self, sent: &[&str]) -> Self {
        let error = self.error.to_lowercase();
        let is_of = |sent: &&str| {
            let sent = sent.to_lowercase();
            sent.contains(&error) || (sent.len() >= 8 && error.contains(&sent))
        };
        if sent.iter().any(is_of) {
            self.error.clear();
        }
        self
    }

    /// Whether a revocation endpoint reports an unknown token. The texts of other errors may mention the
    /// token as well.
    pub(crate) fn is_of_the_token(&self) -> bool {
        const OTHERS: [&str; 5] = [
            "invalid_request",
            "invalid_client",
            "unauthorized_client",
            "unsupported_token_type",
            "access_denied",
        ];
        let is_another = self.texts.iter().any(|text| OTHERS.contains(&text.as_str()));
        !is_another && self.says(["invalid_token", "invalid_grant"])
    }

    /// Whether any text contains one of these words.
    fn says<'a>(&self, words: impl IntoIterator<Item = &'a str>) -> bool {
        words.into_iter().any(|word| {
            let word = word.to_lowercase();
            !word.is_empty() && self.texts.iter().any(|text| contains_word(&word, text))
        })
    }
}

/// Classifies an error response.
///
/// The words of the app's file win over the RFC's codes, because apps put their own words into the
/// description of a plain `invalid_grant`. Among the file's lists, `busy` comes first, because a busy app has
/// refused nothing.
#[must_use]
pub fn classify_error(response: &ErrorResponse, words: &GrantErrors) -> TokenErrorClass {
    let listed = |words: &[String]| response.says(words.iter().map(String::as_str));
    // The RFC's own codes mean the same whether the file lists them or not, so the file's other lists win
    // over them.
    let login = words.login.iter().map(String::as_str).filter(|word| !LOGIN.contains(word));
    if listed(&words.busy) {
        TokenErrorClass::Transient
    } else if response.says(login) {
        TokenErrorClass::Login
    } else if listed(&words.policy) {
        TokenErrorClass::Policy
    } else if listed(&words.setup) {
        TokenErrorClass::Setup
    } else if listed(&words.doubtful) {
        TokenErrorClass::Doubtful
    } else if response.says(["temporarily_unavailable"]) {
        TokenErrorClass::Transient
    } else if response.says(LOGIN) {
        TokenErrorClass::Login
    } else if response.says(["invalid_client"]) {
        TokenErrorClass::Setup
    } else {
        TokenErrorClass::Doubtful
    }
}

/// Collects all texts and numbers at any depth.
fn collect(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::String(text) => texts.push(shown(text).to_lowercase()),
        Value::Number(number) => texts.push(number.to_string()),
        Value::Array(items) => items.iter().for_each(|item| collect(item, texts)),
        Value::Object(fields) => fields.values().for_each(|field| collect(field, texts)),
        Value::Null | Value::Bool(_) => {}
    }
}

/// Returns the visible text of a page: without tags, scripts and styles.
fn shown(text: &str) -> String {
    let (mut seen, mut rest) = (String::new(), text);
    while let Some((before, tag)) = rest.split_once('<') {
        seen.push_str(before);
        let is = |name: &str| tag.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
        let ends = [("script", "</script"), ("style", "</style")].into_iter().find(|(name, _)| is(name));
        let after = match ends {
            Some((_, end)) => tag.to_ascii_lowercase().find(end).and_then(|at| tag.get(at..)),
            None => Some(tag),
        };
        seen.push(' ');
        rest = after.and_then(|tag| tag.split_once('>')).map_or("", |(_, after)| after);
    }
    seen.push_str(rest);
    seen
}

/// Whether `text` contains `word`. A word of letters, digits and `_` has to stand alone.
pub(crate) fn contains_word(word: &str, text: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let whole = word.chars().all(is_part);
    text.match_indices(word).any(|(at, _)| {
        let before = text.get(..at).and_then(|text| text.chars().next_back());
        let after = text.get(at + word.len()..).and_then(|text| text.chars().next());
        !(whole && (before.is_some_and(is_part) || after.is_some_and(is_part)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::tests::real_catalog;
    use serde_json::json;
    use workbot_shared::AppId;

    fn class(app: &str, body: &str) -> TokenErrorClass {
        let catalog = real_catalog();
        let words = &catalog.apps[&AppId::parse(app).unwrap()].oauth2.as_ref().unwrap().errors;
        classify_error(&ErrorResponse::read(body.as_bytes()), words)
    }

    fn rfc(app: &str, error: &str, description: &str) -> TokenErrorClass {
        class(app, &json!({ "error": error, "error_description": description }).to_string())
    }

    #[test]
    fn an_error_response_is_classified_by_the_apps_own_words() {
        for (app, error, description, refusal) in [
            ("salesforce", "invalid_grant", "expired access/refresh token", TokenErrorClass::Login),
            ("salesforce", "invalid_grant", "inactive user", TokenErrorClass::Login),
            ("salesforce", "inactive_user", "user is inactive", TokenErrorClass::Login),
            ("salesforce", "invalid_grant", "ip restricted", TokenErrorClass::Policy),
            ("salesforce", "invalid_grant", "IP restricted or invalid login hours", TokenErrorClass::Policy),
            (
                "salesforce",
                "invalid_grant",
                "token request is already being processed",
                TokenErrorClass::Transient,
            ),
            ("salesforce", "rate_limit_exceeded", "login rate exceeded", TokenErrorClass::Transient),
            ("salesforce", "invalid_client_id", "client identifier invalid", TokenErrorClass::Setup),
            ("salesforce", "invalid_client", "invalid client credentials", TokenErrorClass::Setup),
            ("salesforce", "unsupported_grant_type", "grant type not supported", TokenErrorClass::Setup),
            ("salesforce", "unknown_error", "retry your request", TokenErrorClass::Doubtful),
            ("servicenow", "server_error", "access_denied", TokenErrorClass::Doubtful),
            ("servicenow", "invalid_grant", "", TokenErrorClass::Login),
            ("servicenow", "invalid_client", "", TokenErrorClass::Setup),
            ("box", "invalid_grant", "Refresh token has expired", TokenErrorClass::Login),
            (
                "box",
                "unauthorized_client",
                "This app is not authorized by the enterprise",
                TokenErrorClass::Setup,
            ),
            ("jira", "unauthorized_client", "refresh_token is invalid", TokenErrorClass::Login),
            ("jira", "invalid_grant", "Unknown or invalid refresh token.", TokenErrorClass::Login),
            ("jira", "access_denied", "Unauthorized", TokenErrorClass::Setup),
            (
                "github",
                "bad_refresh_token",
                "The refresh token passed is incorrect or expired.",
                TokenErrorClass::Login,
            ),
            ("github", "incorrect_client_credentials", "The client_id is incorrect", TokenErrorClass::Setup),
            ("google", "invalid_grant", "Token has been expired or revoked.", TokenErrorClass::Login),
            ("google", "deleted_client", "The OAuth client was deleted.", TokenErrorClass::Setup),
            ("google", "disabled_client", "The OAuth client was disabled.", TokenErrorClass::Setup),
            ("google", "admin_policy_enforced", "", TokenErrorClass::Policy),
            (
                "microsoft-graph",
                "invalid_grant",
                "AADSTS700082: The refresh token has expired",
                TokenErrorClass::Login,
            ),
            (
                "microsoft-graph",
                "invalid_grant",
                "AADSTS53003: Access has been blocked",
                TokenErrorClass::Policy,
            ),
            ("microsoft-graph", "interaction_required", "AADSTS53003: blocked", TokenErrorClass::Policy),
            ("microsoft-graph", "interaction_required", "AADSTS50076: second factor", TokenErrorClass::Login),
            ("microsoft-graph", "unauthorized_client", "AADSTS700016: not found", TokenErrorClass::Setup),
            (
                "microsoft-graph",
                "invalid_client",
                "AADSTS7000215: Invalid client secret",
                TokenErrorClass::Setup,
            ),
            ("microsoft-graph", "temporarily_unavailable", "too busy", TokenErrorClass::Transient),
            (
                "zendesk",
                "invalid_grant",
                "The provided authorization grant is invalid",
                TokenErrorClass::Login,
            ),
        ] {
            assert_eq!(rfc(app, error, description), refusal, "{app}: {error}, {description}");
        }
    }

    #[test]
    fn an_error_response_in_another_shape_is_read_as_far_as_possible() {
        for (body, refusal) in [
            (r#"{"error":{"code":"invalid_grant","message":"x"}}"#, TokenErrorClass::Login),
            (r#"{"error":{"error":"invalid_grant"}}"#, TokenErrorClass::Login),
            (r#"{"errors":[{"code":"invalid_grant"}]}"#, TokenErrorClass::Login),
            (r#"{"errors":{"invalid_grant":["no"],"x":"invalid_grant"}}"#, TokenErrorClass::Login),
            (r#"[{"errorCode":"invalid_grant","message":"x"}]"#, TokenErrorClass::Login),
            (r#"{"message":"{\"error\":\"invalid_grant\"}"}"#, TokenErrorClass::Login),
            ("\u{feff}{\"error\":\"invalid_grant\"}", TokenErrorClass::Login),
            (r#""{\"error\":\"invalid_grant\"}""#, TokenErrorClass::Login),
            ("error=invalid_grant", TokenErrorClass::Login),
            ("\u{feff}error=invalid_grant&error_description=expired+token\r\n", TokenErrorClass::Login),
            ("invalid_grant", TokenErrorClass::Login),
            ("invalid_grant: expired access/refresh token", TokenErrorClass::Login),
            ("<html><body><h1>Error: INVALID_GRANT</h1></body></html>", TokenErrorClass::Login),
            ("error=invalid_grant&error_description=ip+restricted", TokenErrorClass::Policy),
            (r#"{"error":{"type":"x","message":"IP restricted"}}"#, TokenErrorClass::Policy),
            (
                r#"{"status":"BAD_REFRESH_TOKEN","message":"missing or invalid refresh token"}"#,
                TokenErrorClass::Doubtful,
            ),
            (r#"{"error":"invalid_grant_type"}"#, TokenErrorClass::Doubtful),
            (r#"{"error":{}}"#, TokenErrorClass::Doubtful),
            ("{\"error\":", TokenErrorClass::Doubtful),
            ("", TokenErrorClass::Doubtful),
            ("null", TokenErrorClass::Doubtful),
            ("<html>Sorry</html>", TokenErrorClass::Doubtful),
            (
                "<html><script>var invalid_grant = 1;</script><p title='invalid_grant'>Sorry",
                TokenErrorClass::Doubtful,
            ),
        ] {
            assert_eq!(class("salesforce", body), refusal, "{body}");
        }
    }

    #[test]
    fn words_of_a_file_win_over_the_rfc_and_busy_wins_over_all() {
        let listed = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let words = GrantErrors {
            busy: listed(&["in progress"]),
            login: listed(&["invalid_grant", "token is dead", "unauthorized_client"]),
            policy: listed(&["not today"]),
            setup: listed(&["unauthorized_client", "wrong secret"]),
            doubtful: listed(&["hiccup"]),
        };
        for (body, refusal) in [
            (
                "invalid_grant, wrong secret, not today, token is dead, in progress",
                TokenErrorClass::Transient,
            ),
            ("invalid_grant, wrong secret, not today, token is dead", TokenErrorClass::Login),
            ("invalid_grant, wrong secret, not today", TokenErrorClass::Policy),
            ("invalid_grant, wrong secret", TokenErrorClass::Setup),
            ("unauthorized_client", TokenErrorClass::Login),
            ("invalid_grant, hiccup", TokenErrorClass::Doubtful),
            ("invalid_grant", TokenErrorClass::Login),
            ("invalid_client", TokenErrorClass::Setup),
            ("something else", TokenErrorClass::Doubtful),
        ] {
            assert_eq!(classify_error(&ErrorResponse::read(body.as_bytes()), &words), refusal, "{body}");
        }
    }

    #[test]
    fn only_an_error_code_gets_into_the_log() {
        let error = |body: &str| ErrorResponse::read(body.as_bytes()).error;
        assert_eq!(error(r#"{"error":"invalid_grant"}"#), "invalid_grant");
        assert_eq!(error(r#"{"error":{"code":"EXPIRED"}}"#), "EXPIRED");
        assert_eq!(error(r#"{"status":"BAD_REFRESH_TOKEN"}"#), "BAD_REFRESH_TOKEN");
        for body in [
            r#"{"error":"Ada said: hello"}"#,
            "ada@contoso.com",
            &format!(r#"{{"error":"{}"}}"#, "x".repeat(41)),
            r#"{"message":"no","code":"aPrxf4.Code-of_a_login"}"#,
            r#"{"message":"no","status":"4f3c2b1a"}"#,
        ] {
            assert_eq!(error(body), "", "{body}");
        }
        assert_eq!(error(r#"{"code":"BAD_REFRESH_TOKEN"}"#), "BAD_REFRESH_TOKEN");
        let response =
            ErrorResponse::read(br#"{"error":"invalid_grant","error_description":"of ada@contoso.com"}"#);
        assert!(!format!("{response:?}").contains("ada"), "only the word can be printed: {response:?}");
    }

    #[test]
    fn values_of_the_request_do_not_get_into_the_log() {
        let sent = ["aPrxf4Code9oflogin", "", "client-secret"];
        for echoed in ["aPrxf4Code9oflogin", "APRXF4CODE9OFLOGIN", "Code9of", "code.aPrxf4Code9oflogin"] {
            let body = json!({ "error": echoed }).to_string();
            assert_eq!(ErrorResponse::read(body.as_bytes()).without(&sent).error, "", "{echoed}");
        }
        let kept = ErrorResponse::read(br#"{"error":"invalid_grant"}"#).without(&sent);
        assert_eq!(kept.error, "invalid_grant");
        assert_eq!(ErrorResponse::default().without(&[]).error, "");
    }
}
