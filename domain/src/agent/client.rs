//! Clients: who an agent is, by its metadata document or by an admin's registration.
//!
//! A client id that is an https URL is the address of a *client ID metadata document*
//! (draft-ietf-oauth-client-id-metadata-document-00). Any other client id belongs to a client that an admin
//! of a tenant registered; it names that tenant.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::net::Ipv4Addr;
use std::time::Duration;
use subtle::ConstantTimeEq;
use url::{Host, Url};
use workbot_shared::TenantId;

use super::uri;
use crate::character_normalization::normalised;
use crate::host;
use crate::json;
use crate::seal::Random;

/// The largest metadata document, in bytes (section 6.6 of the draft recommends 5 KB).
pub const LARGEST_DOCUMENT: u32 = 5 * 1024;
/// How long a metadata document may take.
pub const DOCUMENT_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest name that is shown, in characters.
const LONGEST_NAME: usize = 60;
/// The most redirect URIs of a client.
const MOST_REDIRECT_URIS: usize = 20;
/// The longest client id and the longest redirect URI, in bytes.
const LONGEST_URI: usize = 1024;

/// What a client id refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientId {
    /// A metadata document at this address.
    Document(Url),
    /// A client that an admin of this tenant registered.
    Registered(TenantId),
}

/// Why a client cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// The client id is neither an address of a document nor a registered id.
    #[error("the client id is invalid")]
    InvalidId,
    /// The address is not public: a private host, an IP address, or this deployment itself.
    #[error("the client id is not a public https address")]
    NotPublic,
    /// The document is too large, no JSON, or lacks what it must have.
    #[error("the metadata document is invalid")]
    InvalidDocument,
    /// The document is for another client id.
    #[error("the metadata document is for another client id")]
    OtherClient,
    /// The client wants to authenticate in a way that is not supported.
    #[error("the client's token_endpoint_auth_method is not supported")]
    UnsupportedAuthentication,
}

/// A client, as people and grants know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Client {
    /// The client id.
    pub id: String,
    /// The name that the client gave itself, cleaned for display. It proves nothing.
    pub name: String,
    /// The host of the metadata document; `None` for a client that an admin registered.
    pub host: Option<String>,
    /// The redirect URIs.
    pub redirect_uris: Vec<String>,
}

impl ClientId {
    /// Reads a client id. `public_url` is the address of this deployment: if that is a loopback address,
    /// documents at loopback addresses are allowed too.
    ///
    /// # Errors
    /// [`ClientError::InvalidId`], or [`ClientError::NotPublic`].
    pub fn parse(id: &str, public_url: &str) -> Result<Self, ClientError> {
        if id.len() > LONGEST_URI {
            return Err(ClientError::InvalidId);
        }
        if !id.contains("://") {
            let (random, tenant) = id.split_once('.').ok_or(ClientError::InvalidId)?;
            let is_hex = random.len() == 32 && random.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
            let tenant = TenantId::parse(tenant).ok().filter(|parsed| parsed.as_str() == tenant && is_hex);
            return tenant.map(Self::Registered).ok_or(ClientError::InvalidId);
        }
        let url = uri::parse(id).ok_or(ClientError::InvalidId)?;
        // One spelling only: the id is compared as a text everywhere.
        let is_plain = url.as_str() == id
            && url.path().len() > 1
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        if !is_plain {
            return Err(ClientError::InvalidId);
        }
        let own = Url::parse(public_url).map_err(|_| ClientError::InvalidId)?;
        if is_loopback(&own) && is_loopback(&url) {
            return Ok(Self::Document(url));
        }
        if url.scheme() != "https" || !is_public(&url) || url.host() == own.host() {
            return Err(ClientError::NotPublic);
        }
        Ok(Self::Document(url))
    }
}

/// Creates the id of a client that an admin registers.
#[must_use]
pub fn new_client_id(tenant: &TenantId, random: Random<16>) -> String {
    format!("{}.{tenant}", hex::encode(random))
}

/// Whether a host has a public name. An IP address has none: neither a private one nor a public one that a
/// document could be moved to.
fn is_public(url: &Url) -> bool {
    let Some(Host::Domain(name)) = url.host() else { return false };
    let name = name.trim_end_matches('.');
    let private = [
        "localhost",
        "local",
        "internal",
        "intranet",
        "private",
        "corp",
        "home",
        "lan",
        "localdomain",
        "test",
        "invalid",
        "onion",
        "home.arpa",
    ];
    let is_private = |suffix: &&str| name == *suffix || name.ends_with(&format!(".{suffix}"));
    name.contains('.') && !private.iter().any(is_private)
}

/// Whether an address is on the person's own machine. Stricter than `config::is_loopback`: of IPv4 only
/// 127.0.0.1 (RFC 8252 section 7.3).
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip == Ipv4Addr::LOCALHOST,
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

/// The members of a metadata document (RFC 7591 section 2) that decide something.
#[derive(Deserialize)]
struct Document {
    client_id: String,
    client_name: String,
    redirect_uris: Vec<String>,
    #[serde(default, deserialize_with = "json::strict")]
    token_endpoint_auth_method: Option<String>,
    #[serde(default, deserialize_with = "json::strict")]
    client_secret: Option<String>,
}

/// Whether the header `Content-Type` is that of a metadata document: `application/json`, or
/// `application/<…>+json` (section 4 of the draft). Parameters decide nothing.
#[must_use]
pub fn is_document_type(content_type: Option<&str>) -> bool {
    let essence = content_type.unwrap_or_default().split(';').next().unwrap_or_default();
    let essence = essence.trim().to_ascii_lowercase();
    let subtype = essence.strip_prefix("application/");
    subtype
        .is_some_and(|name| name == "json" || name.strip_suffix("+json").is_some_and(|name| !name.is_empty()))
}

impl Client {
    /// Reads the metadata document at `url`, of at most [`LARGEST_DOCUMENT`] bytes.
    ///
    /// # Errors
    /// [`ClientError`] for a document that is not this client's, lacks a member, or names only redirect URIs
    /// that are not allowed.
    pub fn from_document(url: &Url, body: &[u8]) -> Result<Self, ClientError> {
        let document: Document = json::read(body).map_err(|_| ClientError::InvalidDocument)?;
        if document.client_id != url.as_str() {
            return Err(ClientError::OtherClient);
        }
        // A document that anybody reads holds no secret (section 4.1 of the draft).
        if document.client_secret.is_some()
            || document.token_endpoint_auth_method.is_some_and(|method| method != "none")
        {
            return Err(ClientError::UnsupportedAuthentication);
        }
        let redirect_uris = allowed(document.redirect_uris);
        let name = shown_name(&document.client_name);
        if redirect_uris.is_empty() || name.is_empty() {
            return Err(ClientError::InvalidDocument);
        }
        Ok(Self { id: document.client_id, name, host: Some(host::of(url)), redirect_uris })
    }

    /// A client that an admin registers.
    ///
    /// # Errors
    /// [`ClientError::InvalidDocument`] without a name, or if one of the redirect URIs is not allowed.
    pub fn registered(id: String, name: &str, redirect_uris: Vec<String>) -> Result<Self, ClientError> {
        let (name, given) = (shown_name(name), redirect_uris.len());
        let redirect_uris = allowed(redirect_uris);
        if name.is_empty() || redirect_uris.is_empty() || redirect_uris.len() != given {
            return Err(ClientError::InvalidDocument);
        }
        Ok(Self { id, name, host: None, redirect_uris })
    }

    /// Whether a redirect URI belongs to this client: one of its own, letter by letter. Of a loopback address
    /// the port may differ (RFC 8252 section 7.3).
    #[must_use]
    pub fn allows_redirect(&self, uri: &str) -> bool {
        is_allowed(uri) && self.redirect_uris.iter().any(|own| own == uri || same_but_port(own, uri))
    }

    /// The name for people: with the host, which is what a client cannot imitate.
    #[must_use]
    pub fn title(&self) -> String {
        match &self.host {
            Some(host) => format!("{} ({host})", self.name),
            None => self.name.clone(),
        }
    }
}

fn allowed(redirect_uris: Vec<String>) -> Vec<String> {
    redirect_uris.into_iter().filter(|uri| is_allowed(uri)).take(MOST_REDIRECT_URIS).collect()
}

/// Whether a redirect URI may be used at all: https, or http at a loopback address (OAuth 2.1 section 1.5).
/// Private-use schemes (RFC 8252 section 7.1) may not: "All redirect URIs MUST be either localhost or use
/// HTTPS" (security considerations, MCP), because any program can claim such a scheme.
fn is_allowed(uri: &str) -> bool {
    let Some(url) = uri::parse(uri) else { return false };
    let is_plain = url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
    let is_safe = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url));
    uri.len() <= LONGEST_URI && is_plain && is_safe && !uri.contains(['\\', '\n', '\r', '\t'])
}

fn same_but_port(own: &str, uri: &str) -> bool {
    let (Some(mut own), Some(mut url)) = (uri::parse(own), uri::parse(uri)) else { return false };
    // Only one spelling of the URI, so that nothing hides in another one.
    let is_own_spelling = url.as_str() == uri;
    let both = is_loopback(&own) && own.scheme() == "http" && is_own_spelling;
    both && own.set_port(None).is_ok() && url.set_port(None).is_ok() && own == url
}

/// Where a redirect URI leads, for the consent page: its host, and whether any program on the person's
/// computer can claim it.
#[must_use]
pub fn redirect_host(uri: &str) -> Option<(String, bool)> {
    let url = uri::parse(uri)?;
    Some((host::of(&url), is_loopback(&url)))
}

/// Cleans a name for display: one line, without invisible characters and without marks of Markdown and HTML.
fn shown_name(name: &str) -> String {
    let is_plain = |c: &char| {
        // Brackets of other widths and shapes look like those around the host.
        let encloses = matches!(
            c,
            '\u{207D}' | '\u{207E}' | '\u{208D}' | '\u{208E}' | '\u{2768}'
                ..='\u{276B}'
                    | '\u{2985}'
                    | '\u{2986}'
                    | '\u{FE59}'
                    | '\u{FE5A}'
                    | '\u{FF08}'
                    | '\u{FF09}'
                    | '\u{FF5F}'
                    | '\u{FF60}'
        );
        !encloses && !"<>[]()*_`~#|\\\"".contains(*c)
    };
    let clean: String = normalised(name).chars().filter(is_plain).collect();
    let words: Vec<_> = clean.split_whitespace().collect();
    words.join(" ").chars().take(LONGEST_NAME).collect()
}

/// The hash under which the secret of a registered client is stored.
#[must_use]
pub fn secret_hash(secret: &str) -> String {
    hex::encode(Sha256::digest(secret.as_bytes()))
}

/// Whether a secret is the one of this hash, compared in constant time.
#[must_use]
pub fn is_secret(hash: &str, secret: &str) -> bool {
    bool::from(secret_hash(secret).as_bytes().ct_eq(hash.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const PUBLIC: &str = "https://workbot.contoso.com";
    const DOCUMENT: &str = "https://agent.example/client.json";

    fn client(changes: Value) -> Result<Client, ClientError> {
        let mut document = json!({
            "client_id": DOCUMENT,
            "client_name": "Example Agent",
            "redirect_uris": ["https://agent.example/callback", "http://127.0.0.1/callback"],
        });
        for (name, value) in changes.as_object().unwrap() {
            document[name] = value.clone();
        }
        Client::from_document(&Url::parse(DOCUMENT).unwrap(), document.to_string().as_bytes())
    }

    #[test]
    fn a_client_id_is_a_public_https_address_or_a_registered_id() {
        assert!(matches!(ClientId::parse(DOCUMENT, PUBLIC), Ok(ClientId::Document(_))));
        let tenant = TenantId::parse("contoso").unwrap();
        let id = new_client_id(&tenant, [7; 16]);
        assert_eq!(ClientId::parse(&id, PUBLIC), Ok(ClientId::Registered(tenant)));
        for invalid in [
            "",
            "agent",
            "0707.contoso",
            "https://agent.example",
            "https://agent.example/",
            "https://agent.example/client.json#a",
            "https://agent.example/client.json?a=1",
            "https://ada@agent.example/client.json",
            "https://agent.example/../client.json",
            "https://agent.example/a/./client.json",
            "https://AGENT.example/client.json",
            "https://agent.example:443/client.json",
            &format!("https://agent.example/{}", "x".repeat(2000)),
        ] {
            assert_eq!(ClientId::parse(invalid, PUBLIC), Err(ClientError::InvalidId), "{invalid}");
        }
    }

    #[test]
    fn a_metadata_document_that_points_inside_is_not_fetched() {
        for inside in [
            "http://agent.example/client.json",
            "ftp://agent.example/client.json",
            "https://localhost/client.json",
            "https://agent.localhost/client.json",
            "https://intranet/client.json",
            "https://server.internal/client.json",
            "https://printer.local/client.json",
            "https://127.0.0.1/client.json",
            "https://10.0.0.1/client.json",
            "https://169.254.169.254/latest",
            "https://93.184.216.34/client.json",
            "https://[::1]/client.json",
            "https://[fd00::1]/client.json",
            "https://workbot.contoso.com/client.json",
        ] {
            assert_eq!(ClientId::parse(inside, PUBLIC), Err(ClientError::NotPublic), "{inside}");
        }
        // Other spellings of an IP address become that address, so they are no names.
        for spelled in
            ["https://2130706433/client.json", "https://0x7f.1/client.json", "https://127.1/c.json"]
        {
            assert!(ClientId::parse(spelled, PUBLIC).is_err(), "{spelled}");
        }
        let local = "http://127.0.0.1:8788/client.json";
        assert!(ClientId::parse(local, "http://127.0.0.1:8787").is_ok(), "a local deployment");
        assert_eq!(ClientId::parse(local, PUBLIC), Err(ClientError::NotPublic));
    }

    #[test]
    fn a_document_is_json_by_its_media_type() {
        for right in [
            "application/json",
            "Application/JSON; charset=utf-8",
            "application/json;charset=utf-8",
            "application/oauth-client+json",
        ] {
            assert!(is_document_type(Some(right)), "{right}");
        }
        for wrong in [
            "",
            "text/html",
            "text/json",
            "application/octet-stream",
            "application/jsonp",
            "application/+json",
            "application/json+x",
            "text/plain; x=application/json",
        ] {
            assert!(!is_document_type(Some(wrong)), "{wrong}");
        }
        assert!(!is_document_type(None));
    }

    #[test]
    fn a_document_is_for_its_own_address_and_holds_no_secret() {
        assert_eq!(client(json!({})).unwrap().title(), "Example Agent (agent.example)");
        assert!(client(json!({"token_endpoint_auth_method": "none"})).is_ok());
        let other = json!({"client_id": "https://claude.ai/client.json"});
        assert_eq!(client(other), Err(ClientError::OtherClient));
        for changes in [
            json!({"token_endpoint_auth_method": "client_secret_basic"}),
            json!({"token_endpoint_auth_method": "private_key_jwt"}),
            json!({"client_secret": "x"}),
        ] {
            assert_eq!(client(changes), Err(ClientError::UnsupportedAuthentication));
        }
        for changes in [
            json!({"client_name": null}),
            json!({"client_name": "  \u{200B} "}),
            json!({"redirect_uris": []}),
            json!({"redirect_uris": "https://agent.example/callback"}),
            json!({"redirect_uris": ["javascript:alert(1)", "myapp://callback"]}),
        ] {
            assert_eq!(client(changes.clone()), Err(ClientError::InvalidDocument), "{changes}");
        }
    }

    #[test]
    fn a_redirect_uri_is_one_of_the_clients_own_letter_by_letter() {
        let client = client(json!({})).unwrap();
        for right in
            ["https://agent.example/callback", "http://127.0.0.1/callback", "http://127.0.0.1:51234/callback"]
        {
            assert!(client.allows_redirect(right), "{right}");
        }
        for wrong in [
            "https://agent.example/callback/",
            "https://agent.example/callback?next=https://evil.example",
            "https://agent.example/callback#x",
            "https://agent.example:8443/callback",
            "https://agent.example.evil.example/callback",
            "https://agent.example@evil.example/callback",
            "https://AGENT.example/callback",
            "http://agent.example/callback",
            "https://AGENT.example/cällback",
            "https://agent.example/%63allback",
            "https://agent.example/x/../callback",
            "https://agent.example\\@evil.example/callback",
            "http://127.0.0.1:51234/other",
            "http://localhost:51234/callback",
            "http://127.0.0.1.evil.example/callback",
            "http://127.0.0.1:51234@evil.example/callback",
            "https://127.0.0.1/callback",
            "http://2130706433:1/callback",
            "javascript:alert(1)",
            "",
        ] {
            assert!(!client.allows_redirect(wrong), "{wrong}");
        }
    }

    #[test]
    fn a_client_that_imitates_anothers_name_is_shown_with_its_host() {
        let imitates =
            client(json!({"client_name": "Claude\u{202E}\u{E0041} [by](https://x) <b>*Anthropic*</b>\n"}));
        assert_eq!(imitates.unwrap().title(), "Claude byhttps://x bAnthropic/b (agent.example)");
        for brackets in ["\u{FF08}\u{FF09}", "\u{FE59}\u{FE5A}", "\u{2768}\u{2769}"] {
            let wide = client(json!({"client_name": format!("Claude{brackets}")})).unwrap();
            assert_eq!(wide.title(), "Claude (agent.example)", "{brackets}");
        }
        let long = client(json!({"client_name": "x".repeat(500)})).unwrap();
        assert_eq!(long.name.len(), LONGEST_NAME);
        assert_eq!(redirect_host("https://agent.example:8443/x"), Some(("agent.example:8443".into(), false)));
        assert_eq!(redirect_host("http://localhost:1/x"), Some(("localhost:1".into(), true)));
    }

    #[test]
    fn a_registered_client_names_all_its_redirect_uris_and_proves_its_secret() {
        let registered = |uris: &[&str]| {
            Client::registered("id".into(), "Copilot", uris.iter().map(|uri| (*uri).to_owned()).collect())
        };
        let copilot = registered(&["https://teams.microsoft.com/api/platform/v1.0/oAuthRedirect"]).unwrap();
        assert_eq!(copilot.title(), "Copilot");
        assert!(registered(&[]).is_err());
        assert!(registered(&["https://a.example/x", "http://a.example/x"]).is_err());
        assert!(registered(&["https://BÜCHER.example/x"]).is_err(), "a URI is ASCII (RFC 3986 section 2)");
        let hash = secret_hash("right");
        assert!(is_secret(&hash, "right") && !is_secret(&hash, "wrong") && !is_secret("", ""));
    }
}
