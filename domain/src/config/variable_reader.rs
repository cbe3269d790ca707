//! Reading single variables, with the mistakes found.

use std::time::Duration;
use url::Url;
use workbot_shared::TenantId;

use crate::cloud::{Cloud, PUBLIC};

/// Maximum number of days: ten years.
const MOST_DAYS: u32 = 3650;

/// What an address has to be.
const NO_ADDRESS: &str = "must be an https address (http is accepted for localhost only)";

/// A mistake in the configuration. It holds no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name} {what}")]
pub struct Problem {
    /// The variable.
    pub name: String,
    /// The mistake and its remedy.
    pub what: String,
}

/// Reads variables and collects the mistakes.
pub(super) struct Reader<'a> {
    pub get: &'a dyn Fn(&str) -> Option<String>,
    pub problems: Vec<Problem>,
}

impl Reader<'_> {
    pub fn problem(&mut self, name: &str, what: impl Into<String>) {
        self.problems.push(Problem { name: name.to_owned(), what: what.into() });
    }

    pub fn optional(&self, name: &str) -> Option<String> {
        (self.get)(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    pub fn required(&mut self, name: &str) -> String {
        self.optional(name).unwrap_or_else(|| {
            self.problem(name, "is not set");
            String::new()
        })
    }

    /// Checks a URL: https, or http on loopback. Returns it without a trailing slash.
    pub fn address(&mut self, name: &str, value: String) -> String {
        if !value.is_empty() && !Url::parse(&value).is_ok_and(|url| is_safe(&url)) {
            self.problem(name, NO_ADDRESS);
        }
        value.trim_end_matches('/').to_owned()
    }

    /// Reads the required origin of the deployment.
    pub fn own_origin(&mut self, name: &str) -> String {
        let value = self.required(name);
        if value.is_empty() {
            return value;
        }
        own_origin(&value).unwrap_or_else(|what| {
            self.problem(name, what);
            String::new()
        })
    }

    /// Reads a URL with a default.
    pub fn address_or(&mut self, name: &str, default: &str) -> String {
        let value = self.optional(name).unwrap_or_else(|| default.to_owned());
        self.address(name, value)
    }

    pub fn cloud(&mut self, name: &str) -> &'static Cloud {
        let Some(word) = self.optional(name) else { return &PUBLIC };
        Cloud::named(&word).unwrap_or_else(|| {
            self.problem(name, format!("must be one of {}; leave it out for public", Cloud::names()));
            &PUBLIC
        })
    }

    pub fn list(&self, name: &str) -> Vec<String> {
        let value = self.optional(name).unwrap_or_default();
        value.split(',').map(str::trim).filter(|entry| !entry.is_empty()).map(str::to_owned).collect()
    }

    /// Reads a number of days; unset or 0 means never.
    pub fn days(&mut self, name: &str) -> Option<Duration> {
        let days = match self.optional(name)?.parse::<u32>() {
            Ok(days) if days <= MOST_DAYS => days,
            _ => {
                self.problem(name, format!("must be a number of days, {MOST_DAYS} at most; 0 means never"));
                0
            }
        };
        (days > 0).then(|| Duration::from_secs(24 * 3600) * days)
    }

    pub fn tenant(&mut self, name: &str, value: &str) -> Option<TenantId> {
        let tenant = TenantId::parse(value).ok();
        if tenant.is_none() && !value.is_empty() {
            self.problem(name, "contains a value that is not a tenant id");
        }
        tenant
    }

    pub fn origins(&mut self, name: &str) -> Vec<String> {
        let mut origins = Vec::new();
        for entry in self.list(name) {
            match Url::parse(&entry) {
                Ok(url) if is_safe(&url) => origins.push(url.origin().ascii_serialization()),
                _ => self.problem(
                    name,
                    "must be a comma-separated list of https origins (http on localhost only)",
                ),
            }
        }
        origins
    }
}

/// Reads `PUBLIC_URL`. Returns the origin in the one spelling in which it is compared: host in lower case and
/// ASCII, no default port, no trailing slash (RFC 6454 section 6.2).
///
/// # Errors
/// The mistake, without the value.
///
/// ```
/// use workbot_domain::config::own_origin;
///
/// assert_eq!(own_origin("https://Bot.Contoso.com:443/").unwrap(), "https://bot.contoso.com");
/// assert!(own_origin("https://bot.contoso.com/teams").is_err());
/// ```
pub fn own_origin(value: &str) -> Result<String, &'static str> {
    let url = Url::parse(value).ok().filter(is_safe).ok_or(NO_ADDRESS)?;
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return Err("must be an origin, such as https://bot.contoso.com, without path, `?` and `#`");
    }
    Ok(url.origin().ascii_serialization())
}

/// Whether a URL's host is the local machine (RFC 6761 section 6.3, RFC 1122 section 3.2.1.3).
#[must_use]
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

/// Whether a URL is acceptable: https, or http on loopback, and without user and password.
///
/// ```
/// use url::Url;
/// use workbot_domain::config::is_safe;
///
/// assert!(is_safe(&Url::parse("https://api.example").unwrap()));
/// assert!(is_safe(&Url::parse("http://localhost:8788").unwrap()));
/// assert!(!is_safe(&Url::parse("http://api.example").unwrap()));
/// assert!(!is_safe(&Url::parse("https://ada:secret@api.example").unwrap()));
/// ```
#[must_use]
pub fn is_safe(url: &Url) -> bool {
    let scheme = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url));
    scheme && url.username().is_empty() && url.password().is_none()
}
