//! Revocation of tokens (RFC 7009).

use super::token_response::ErrorResponse;

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
        _ if ErrorResponse::read(body).is_of_the_token() => RevocationAnswer::Revoked,
        _ => RevocationAnswer::Refused,
    }
}

/// Whether a body is an HTML page.
fn is_page(body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(body).to_ascii_lowercase();
    let text = text.trim_start_matches(|c: char| c == '\u{feff}' || c.is_whitespace());
    text.starts_with('<') && ["<html", "<!doctype html", "<body"].iter().any(|tag| text.contains(tag))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

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
}
