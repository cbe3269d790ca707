//! URIs as clients send them.

use url::Url;

/// Reads an absolute URI. A URI is ASCII (RFC 3986 section 2): a host or a path in another script is refused,
/// while [`Url::parse`] would rewrite it.
///
/// ```
/// use workbot_domain::agent::uri;
///
/// assert!(uri::parse("https://agent.example/callback").is_some());
/// assert!(uri::parse("https://xn--bcher-kva.example/callback").is_some());
/// assert!(uri::parse("https://Bücher.example/callback").is_none());
/// assert!(uri::parse("/callback").is_none());
/// ```
#[must_use]
pub fn parse(text: &str) -> Option<Url> {
    text.is_ascii().then(|| Url::parse(text).ok()).flatten()
}
