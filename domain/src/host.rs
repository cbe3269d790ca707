//! Hosts of URLs, and the match against an app's `allowed_hosts`.

use url::Url;

/// Returns the host of a URL, with the port unless it is the scheme's default: `api.example.com`,
/// `localhost:8788`. Empty for a URL without a host.
#[must_use]
pub fn of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// Whether a host matches an entry of `allowed_hosts`. `*.example.com` matches subdomains of any depth, but
/// not `example.com` itself.
///
/// ```
/// use workbot_domain::host::is_allowed;
///
/// assert!(is_allowed("acme.my.salesforce.com", "*.salesforce.com"));
/// assert!(!is_allowed("salesforce.com", "*.salesforce.com"));
/// assert!(!is_allowed("evilsalesforce.com", "*.salesforce.com"));
/// ```
#[must_use]
pub fn is_allowed(host: &str, allowed: &str) -> bool {
    match allowed.strip_prefix("*.") {
        Some(domain) => {
            host.strip_suffix(domain).is_some_and(|labels| labels.len() > 1 && labels.ends_with('.'))
        }
        None => host == allowed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_matches_exactly_or_as_a_subdomain() {
        for (url, allowed, expected) in [
            ("https://api.example.com/x", "api.example.com", true),
            ("https://api.example.com:443/x", "api.example.com", true),
            ("https://api.example.com:8443/x", "api.example.com", false),
            ("https://api.example.com:8443/x", "api.example.com:8443", true),
            ("https://api.example.com/x", "example.com", false),
            ("https://example.com.evil.test/x", "example.com", false),
            ("https://a.example.com/x", "*.example.com", true),
            ("https://a.b.example.com/x", "*.example.com", true),
            ("https://a.example.com:8443/x", "*.example.com", false),
            ("https://a.example.com:8443/x", "*.example.com:8443", true),
            ("https://example.com/x", "*.example.com", false),
            ("https://.example.com/x", "*.example.com", false),
            ("https://evilexample.com/x", "*.example.com", false),
            ("https://a.example.com.evil.test/x", "*.example.com", false),
            ("https://a.example.com/x", "*example.com", false),
            ("mailto:ada@example.com", "*.", false),
        ] {
            assert_eq!(is_allowed(&of(&Url::parse(url).unwrap()), allowed), expected, "{url} {allowed}");
        }
    }
}
