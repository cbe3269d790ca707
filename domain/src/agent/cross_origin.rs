//! Clients that run in a browser: which pages may ask, and what they may read (Fetch Standard, "HTTP
//! extensions": CORS).
//!
//! Any page may: nothing of the browser counts at these addresses, neither a cookie nor a place in a network.
//! What counts is the token, the code or the secret in the request.

use super::client::is_loopback;
use super::uri;

/// The headers of every response at an address that [`is_shared`], as names and values.
pub const HEADERS: [(&str, &str); 2] = [
    ("access-control-allow-origin", "*"),
    (
        "access-control-expose-headers",
        "WWW-Authenticate, Retry-After, Mcp-Session-Id, MCP-Protocol-Version, Mcp-Method, Mcp-Name",
    ),
];

/// The further headers of the response to a preflight request. `*` does not include `Authorization`.
pub const PREFLIGHT: [(&str, &str); 3] = [
    ("access-control-allow-methods", "GET, POST"),
    ("access-control-allow-headers", "*, Authorization"),
    ("access-control-max-age", "86400"),
];

/// Whether pages of any origin may read the responses at a path: the metadata, the endpoints for tokens, and
/// the MCP endpoint. Not the pages on which the person signs in and decides.
///
/// ```
/// use workbot_domain::agent::cross_origin::is_shared;
///
/// assert!(is_shared(&["agent", "token"]) && !is_shared(&["agent", "consent"]));
/// ```
#[must_use]
pub fn is_shared(path: &[&str]) -> bool {
    matches!(path, ["mcp"] | ["agent", "token" | "revoke"] | [".well-known", ..])
}

/// Whether the header `Origin` of a request to the MCP endpoint is valid ("Security & Endpoint", Streamable
/// HTTP): of a page that came over https, or from this computer.
///
/// So a page whose name was rebound to the address of a deployment on the person's computer is refused: it
/// came over http and by a name, because for https it would need a certificate of that name.
#[must_use]
pub fn is_valid_origin(origin: &str) -> bool {
    let Some(url) = uri::parse(origin) else { return false };
    let is_protected = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url));
    is_protected && url.origin().ascii_serialization() == origin
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_over_https_or_of_this_computer_may_ask_and_a_rebound_name_may_not() {
        for valid in [
            "https://claude.ai",
            "https://workbot.contoso.com",
            "https://agent.example:8443",
            "http://localhost:6274",
            "http://127.0.0.1:6274",
            "http://[::1]:6274",
        ] {
            assert!(is_valid_origin(valid), "{valid}");
        }
        for invalid in [
            "http://evil.example",
            "http://evil.example:8787",
            "http://localhost.evil.example:8787",
            "http://127.0.0.1.evil.example",
            "http://10.0.0.1",
            "http://127.0.0.1@evil.example",
            "null",
            "",
            "*",
            "file://",
            "chrome-extension://abc",
            "https://evil.example/",
            "https://EVIL.example",
            "https://a.example https://b.example",
        ] {
            assert!(!is_valid_origin(invalid), "{invalid}");
        }
    }

    #[test]
    fn the_person_s_pages_and_the_tabs_api_are_not_shared() {
        for shared in [
            &["mcp"][..],
            &["agent", "token"],
            &["agent", "revoke"],
            &[".well-known", "oauth-protected-resource", "mcp"],
            &[".well-known", "openid-configuration"],
        ] {
            assert!(is_shared(shared), "{shared:?}");
        }
        for own in [
            &["agent", "authorize"][..],
            &["agent", "consent"],
            &["signin", "callback"],
            &["api", "agents"],
            &["mcp", "x"],
            &[""],
        ] {
            assert!(!is_shared(own), "{own:?}");
        }
        assert!(!HEADERS.iter().any(|(name, _)| *name == "access-control-allow-credentials"));
    }
}
