//! The endpoints of the authorization server: what their requests must hold, and their errors (OAuth 2.1,
//! draft-ietf-oauth-v2-1-13).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::form_urlencoded;
use workbot_shared::ErrorCode;

use super::client::Client;
use super::uri;

/// The one scope: run the recipes that the person may run.
pub const SCOPE: &str = "recipes";

/// The addresses of the door, below the address of the deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Door {
    /// The issuer (RFC 8414 section 2), which is the address of the deployment.
    pub issuer: String,
}

impl Door {
    /// The door of a deployment.
    #[must_use]
    pub fn of(public_url: &str) -> Self {
        Self { issuer: public_url.trim_end_matches('/').to_owned() }
    }

    /// The resource: the address of the MCP endpoint (RFC 8707).
    #[must_use]
    pub fn resource(&self) -> String {
        format!("{}/mcp", self.issuer)
    }

    /// Whether a resource in a request is this one. Scheme and host may be written in any case, and a slash
    /// may follow.
    #[must_use]
    pub fn is_resource(&self, text: &str) -> bool {
        let own = self.resource();
        uri::parse(text).is_some_and(|url| url.as_str().trim_end_matches('/') == own)
    }

    /// The protected resource metadata (RFC 9728 section 2).
    #[must_use]
    pub fn resource_metadata(&self, name: &str) -> Value {
        json!({
            "resource": self.resource(),
            "resource_name": name,
            "authorization_servers": [self.issuer],
            "scopes_supported": [SCOPE],
            "bearer_methods_supported": ["header"],
        })
    }

    /// The authorization server metadata (RFC 8414 section 2).
    #[must_use]
    pub fn server_metadata(&self) -> Value {
        let at = |path: &str| format!("{}/agent/{path}", self.issuer);
        let methods = ["none", "client_secret_post", "client_secret_basic"];
        json!({
            "issuer": self.issuer,
            "authorization_endpoint": at("authorize"),
            "token_endpoint": at("token"),
            "revocation_endpoint": at("revoke"),
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": methods,
            "revocation_endpoint_auth_methods_supported": methods,
            "scopes_supported": [SCOPE],
            "authorization_response_iss_parameter_supported": true,
            "client_id_metadata_document_supported": true,
        })
    }

    /// The header `WWW-Authenticate` of a refused request (RFC 6750 section 3, RFC 9728 section 5.1).
    /// `error` is absent if the request had no token.
    #[must_use]
    pub fn challenge(&self, error: Option<&str>) -> String {
        let metadata = format!("{}/.well-known/oauth-protected-resource/mcp", self.issuer);
        let error = error.map(|error| format!("error=\"{error}\", ")).unwrap_or_default();
        format!("Bearer {error}resource_metadata=\"{metadata}\", scope=\"{SCOPE}\"")
    }
}

/// The parameters of a query or a form (`application/x-www-form-urlencoded`).
#[derive(Debug, Default)]
pub struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Reads a query or the body of a form.
    #[must_use]
    pub fn read(text: &[u8]) -> Self {
        Self(form_urlencoded::parse(text).into_owned().filter(|(_, value)| !value.is_empty()).collect())
    }

    /// A parameter. The error says that it is there twice (OAuth 2.1 section 3.1).
    fn one(&self, name: &str) -> Result<Option<&str>, OAuthError> {
        let mut values = self.0.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let first = values.next();
        if values.next().is_some() { Err(OAuthError::InvalidRequest) } else { Ok(first) }
    }

    /// A parameter of a form of our own; `None` if it is missing or there twice.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.one(name).ok().flatten()
    }

    fn required(&self, name: &str) -> Result<&str, OAuthError> {
        self.one(name)?.ok_or(OAuthError::InvalidRequest)
    }

    /// The client id of an authorization request.
    ///
    /// # Errors
    /// [`OAuthError::InvalidRequest`] if it is missing or there twice.
    pub fn client_id(&self) -> Result<&str, OAuthError> {
        self.required("client_id")
    }

    /// The resources of a request (RFC 8707 section 2) are this one, or there is none: the server has only
    /// one.
    fn check_resource(&self, door: &Door) -> Result<(), OAuthError> {
        let mut named = self.0.iter().filter(|(key, _)| key == "resource");
        if named.all(|(_, value)| door.is_resource(value)) { Ok(()) } else { Err(OAuthError::InvalidTarget) }
    }

    /// The scope of a request is the one that there is, or none: then that one is meant (RFC 6749 sections
    /// 3.3 and 6). `offline_access` asks for the refresh token that is issued in any case.
    fn check_scope(&self) -> Result<(), OAuthError> {
        let scopes = self.one("scope")?.unwrap_or_default();
        let mut scopes = scopes.split(' ');
        let is_known = scopes.all(|scope| ["", SCOPE, "offline_access"].contains(&scope));
        if is_known { Ok(()) } else { Err(OAuthError::InvalidScope) }
    }
}

/// An error of the authorization server, by its code (RFC 6749 sections 4.1.2.1 and 5.2, RFC 8707 section 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the codes of the RFCs")]
pub enum OAuthError {
    #[error("invalid_request")]
    InvalidRequest,
    #[error("invalid_client")]
    InvalidClient,
    #[error("invalid_grant")]
    InvalidGrant,
    #[error("invalid_scope")]
    InvalidScope,
    #[error("invalid_target")]
    InvalidTarget,
    #[error("unsupported_response_type")]
    UnsupportedResponseType,
    #[error("unsupported_grant_type")]
    UnsupportedGrantType,
    #[error("access_denied")]
    AccessDenied,
    #[error("server_error")]
    ServerError,
    #[error("temporarily_unavailable")]
    TemporarilyUnavailable,
    /// The rate limit. No RFC has a code of its own for it at these endpoints.
    #[error("temporarily_unavailable")]
    TooManyRequests,
}

impl OAuthError {
    /// The error of a request that failed beside the protocol, such as a body that is too large.
    #[must_use]
    pub fn of(code: ErrorCode) -> Self {
        match code {
            ErrorCode::TooManyRequests => Self::TooManyRequests,
            ErrorCode::Misconfigured | ErrorCode::TemporarilyUnavailable => Self::TemporarilyUnavailable,
            ErrorCode::Internal => Self::ServerError,
            _ => Self::InvalidRequest,
        }
    }

    /// The HTTP status at the token endpoint.
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Self::InvalidClient => 401,
            Self::TooManyRequests => 429,
            Self::ServerError => 500,
            Self::TemporarilyUnavailable => 503,
            _ => 400,
        }
    }

    /// The body of an error response.
    #[must_use]
    pub fn body(self) -> Value {
        json!({ "error": self.to_string() })
    }
}

/// A valid authorization request, while the person signs in and decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizationRequest {
    /// The client.
    pub client: Client,
    /// The redirect URI, one of the client's.
    pub redirect_uri: String,
    /// The client's `state`.
    pub state: Option<String>,
    /// The PKCE code challenge, S256.
    pub challenge: String,
}

/// Why an authorization request is refused, and who is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuthorizationRefusal {
    /// The person reads it on a page, and nobody is redirected: the redirect URI is not the client's, or
    /// anybody can publish such a client.
    Page,
    /// The client reads it: the address to redirect to.
    Redirect(String),
}

/// The longest `state` that is sent back, in bytes.
const LONGEST_STATE: usize = 1024;

impl AuthorizationRequest {
    /// Reads the authorization request of a known client (OAuth 2.1 section 4.1.1).
    ///
    /// # Errors
    /// [`AuthorizationRefusal`].
    pub fn read(parameters: &Parameters, client: Client, door: &Door) -> Result<Self, AuthorizationRefusal> {
        let redirect_uri = match parameters.required("redirect_uri") {
            Ok(uri) if client.allows_redirect(uri) => uri.to_owned(),
            _ => return Err(AuthorizationRefusal::Page),
        };
        let state = parameters.one("state").ok().flatten().filter(|state| state.len() <= LONGEST_STATE);
        let mut request =
            Self { client, redirect_uri, state: state.map(str::to_owned), challenge: String::new() };
        match Self::check(parameters, door) {
            Ok(challenge) => request.challenge = challenge,
            Err(error) => return Err(request.refused_unproven(error, door)),
        }
        Ok(request)
    }

    /// Refuses the request while nobody has signed in. A client that an admin registered is told. The
    /// redirect URI of a metadata document is its publisher's choice: a redirect there would lend this
    /// deployment's address to any link (RFC 9700 section 4.11.2).
    #[must_use]
    pub fn refused_unproven(&self, error: OAuthError, door: &Door) -> AuthorizationRefusal {
        match self.client.host {
            None => AuthorizationRefusal::Redirect(self.refused(error, door)),
            Some(_) => AuthorizationRefusal::Page,
        }
    }

    fn check(parameters: &Parameters, door: &Door) -> Result<String, OAuthError> {
        if parameters.one("state")?.is_some_and(|state| state.len() > LONGEST_STATE) {
            return Err(OAuthError::InvalidRequest);
        }
        if parameters.required("response_type")? != "code" {
            return Err(OAuthError::UnsupportedResponseType);
        }
        let challenge = parameters.required("code_challenge")?;
        // Without a method, the challenge would be `plain`.
        if parameters.required("code_challenge_method")? != "S256" || !is_s256(challenge) {
            return Err(OAuthError::InvalidRequest);
        }
        parameters.check_resource(door)?;
        parameters.check_scope()?;
        Ok(challenge.to_owned())
    }

    /// The address that tells the client the code.
    #[must_use]
    pub fn granted(&self, code: &str, door: &Door) -> String {
        self.back(("code", code), door)
    }

    /// The address that tells the client an error.
    #[must_use]
    pub fn refused(&self, error: OAuthError, door: &Door) -> String {
        self.back(("error", &error.to_string()), door)
    }

    /// With the issuer in each response (RFC 9207 section 2).
    fn back(&self, (name, value): (&str, &str), door: &Door) -> String {
        let Some(mut url) = uri::parse(&self.redirect_uri) else { return door.issuer.clone() };
        url.query_pairs_mut().append_pair(name, value);
        if let Some(state) = &self.state {
            url.query_pairs_mut().append_pair("state", state);
        }
        url.query_pairs_mut().append_pair("iss", &door.issuer);
        url.into()
    }
}

/// Whether a challenge is the base64url of a SHA-256 (RFC 7636 section 4.2).
fn is_s256(challenge: &str) -> bool {
    challenge.len() == 43 && challenge.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// How a client authenticates at the token and the revocation endpoint.
#[derive(Debug)]
pub struct Credentials {
    /// The client id.
    pub id: String,
    /// The secret; `None` for a public client.
    pub secret: Option<SecretString>,
}

impl Credentials {
    /// Reads the credentials from the form, or from the header `Authorization` (RFC 6749 section 2.3.1).
    ///
    /// # Errors
    /// [`OAuthError::InvalidClient`] if there are none, or [`OAuthError::InvalidRequest`] if there are two.
    pub fn read(parameters: &Parameters, authorization: Option<&str>) -> Result<Self, OAuthError> {
        let id = parameters.one("client_id")?.map(str::to_owned);
        let secret = parameters.one("client_secret")?.map(SecretString::from);
        let Some(basic) = authorization.and_then(|header| {
            let (scheme, value) = header.split_once(' ')?;
            scheme.eq_ignore_ascii_case("basic").then_some(value)
        }) else {
            return id.map(|id| Self { id, secret }).ok_or(OAuthError::InvalidClient);
        };
        let text = STANDARD.decode(basic.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let text = text.ok_or(OAuthError::InvalidClient)?;
        let (own, password) = text.split_once(':').ok_or(OAuthError::InvalidClient)?;
        let decoded = |text: &str| {
            let text = text.replace('+', " ");
            percent_decode_str(&text).decode_utf8().map(|text| text.into_owned())
        };
        let (Ok(own), Ok(password)) = (decoded(own), decoded(password)) else {
            return Err(OAuthError::InvalidClient);
        };
        if secret.is_some() || id.is_some_and(|id| id != own) {
            return Err(OAuthError::InvalidRequest);
        }
        Ok(Self { id: own, secret: Some(SecretString::from(password)) })
    }
}

/// A request at the token endpoint.
#[derive(Debug)]
pub enum TokenRequest {
    /// Exchange a code (OAuth 2.1 section 4.1.3).
    Code {
        /// The code.
        code: String,
        /// The redirect URI, if the client repeats it. OAuth 2.1 no longer asks for it.
        redirect_uri: Option<String>,
        /// The PKCE code verifier.
        verifier: String,
    },
    /// Exchange a refresh token (OAuth 2.1 section 4.3.1).
    Refresh(String),
}

impl TokenRequest {
    /// Reads a token request.
    ///
    /// # Errors
    /// [`OAuthError`] for a missing parameter, another grant type, another resource, or more scopes than were
    /// granted.
    pub fn read(parameters: &Parameters, door: &Door) -> Result<Self, OAuthError> {
        let read = match parameters.required("grant_type")? {
            "authorization_code" => Self::Code {
                code: parameters.required("code")?.to_owned(),
                redirect_uri: parameters.one("redirect_uri")?.map(str::to_owned),
                verifier: parameters.required("code_verifier")?.to_owned(),
            },
            "refresh_token" => Self::Refresh(parameters.required("refresh_token")?.to_owned()),
            _ => return Err(OAuthError::UnsupportedGrantType),
        };
        parameters.check_resource(door)?;
        parameters.check_scope()?;
        Ok(read)
    }
}

/// The token of a revocation request (RFC 7009 section 2.1).
///
/// # Errors
/// [`OAuthError::InvalidRequest`] if it is missing or there twice.
pub fn revoked_token(parameters: &Parameters) -> Result<&str, OAuthError> {
    parameters.required("token")
}

/// The body of a token response (OAuth 2.1 section 3.2.3). `expires_in` is in seconds.
#[must_use]
pub fn token_response(access: &str, refresh: &str, expires_in: u64) -> Value {
    json!({
        "access_token": access,
        "token_type": "Bearer",
        "expires_in": expires_in,
        "refresh_token": refresh,
        "scope": SCOPE,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    fn door() -> Door {
        Door::of("https://workbot.contoso.com")
    }

    /// A client that an admin registered.
    fn client() -> Client {
        let redirect_uris = vec!["https://agent.example/callback?a=1".into()];
        Client { id: "c".into(), name: "Agent".into(), host: None, redirect_uris }
    }

    fn query(changes: &[(&str, &str)]) -> Parameters {
        let mut pairs = vec![
            ("client_id", "c"),
            ("redirect_uri", "https://agent.example/callback?a=1"),
            ("response_type", "code"),
            ("state", "s 1"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
            ("resource", "https://workbot.contoso.com/mcp"),
            ("scope", "recipes"),
        ];
        for (name, value) in changes {
            pairs.retain(|(key, _)| key != name);
            pairs.push((name, value));
        }
        let text: String = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        Parameters::read(text.as_bytes())
    }

    fn read(parameters: &Parameters) -> Result<AuthorizationRequest, AuthorizationRefusal> {
        AuthorizationRequest::read(parameters, client(), &door())
    }

    #[test]
    fn an_authorization_request_gets_a_code_with_state_and_issuer() {
        let request = read(&query(&[])).unwrap();
        assert_eq!(
            request.granted("abc", &door()),
            "https://agent.example/callback?a=1&code=abc&state=s+1&iss=https%3A%2F%2Fworkbot.contoso.com"
        );
        assert!(read(&query(&[("scope", ""), ("state", ""), ("resource", "")])).is_ok(), "nothing optional");
        assert!(read(&query(&[("resource", "HTTPS://Workbot.Contoso.com/mcp")])).is_ok());
    }

    #[test]
    fn a_wrong_request_is_told_to_the_client_and_a_wrong_redirect_uri_to_the_person() {
        for (name, value, error) in [
            ("response_type", "token", "unsupported_response_type"),
            ("response_type", "", "invalid_request"),
            ("code_challenge", "", "invalid_request"),
            ("code_challenge", "short", "invalid_request"),
            ("code_challenge_method", "plain", "invalid_request"),
            ("code_challenge_method", "", "invalid_request"),
            ("scope", "recipes admin", "invalid_scope"),
            ("resource", "https://other.example/mcp", "invalid_target"),
        ] {
            let Err(AuthorizationRefusal::Redirect(to)) = read(&query(&[(name, value)])) else {
                panic!("{name}={value}")
            };
            assert!(to.contains(&format!("error={error}&state=s+1&iss=")), "{to}");
            let published = Client { host: Some("agent.example".into()), ..client() };
            let told = AuthorizationRequest::read(&query(&[(name, value)]), published, &door());
            assert_eq!(told, Err(AuthorizationRefusal::Page), "anybody can publish a client: {name}={value}");
        }
        for uri in ["", "https://evil.example/callback", "https://agent.example/callback?a=2"] {
            assert_eq!(read(&query(&[("redirect_uri", uri)])), Err(AuthorizationRefusal::Page), "{uri}");
        }
        let twice = Parameters::read(b"redirect_uri=https://agent.example/callback?a=1&redirect_uri=x");
        assert_eq!(read(&twice), Err(AuthorizationRefusal::Page));
    }

    #[test]
    fn credentials_stand_in_the_form_or_in_the_header() {
        let read = |form: &str, header: Option<&str>| {
            let read = Credentials::read(&Parameters::read(form.as_bytes()), header)?;
            Ok((read.id, read.secret.map(|secret| secret.expose_secret().to_owned())))
        };
        assert_eq!(read("client_id=c", None), Ok(("c".into(), None)));
        assert_eq!(read("client_id=c&client_secret=s", None), Ok(("c".into(), Some("s".into()))));
        let basic = format!("Basic {}", STANDARD.encode("c.t:a%2Bb"));
        assert_eq!(read("", Some(&basic)), Ok(("c.t".into(), Some("a+b".into()))));
        assert_eq!(read("client_id=c.t", Some(&basic)), Ok(("c.t".into(), Some("a+b".into()))));
        assert_eq!(read("client_id=d", Some(&basic)), Err(OAuthError::InvalidRequest));
        assert_eq!(read("client_secret=s", Some(&basic)), Err(OAuthError::InvalidRequest));
        assert_eq!(read("", Some("Basic ???")), Err(OAuthError::InvalidClient));
        assert_eq!(read("", None), Err(OAuthError::InvalidClient));
    }

    #[test]
    fn a_token_request_names_its_grant_type_and_the_resource() {
        let read = |form: &str| TokenRequest::read(&Parameters::read(form.as_bytes()), &door());
        let code = "grant_type=authorization_code&code=x&code_verifier=v";
        assert!(matches!(read(code), Ok(TokenRequest::Code { redirect_uri: None, .. })));
        for scope in ["", "&scope=", "&scope=recipes", "&scope=offline_access+recipes"] {
            let refresh = format!("grant_type=refresh_token&refresh_token=x{scope}");
            assert!(matches!(read(&refresh), Ok(TokenRequest::Refresh(_))), "{scope}");
        }
        for (form, error) in [
            ("", OAuthError::InvalidRequest),
            ("grant_type=authorization_code&code=x", OAuthError::InvalidRequest),
            ("grant_type=refresh_token", OAuthError::InvalidRequest),
            ("grant_type=password&username=ada", OAuthError::UnsupportedGrantType),
            (&format!("{code}&code=y"), OAuthError::InvalidRequest),
            (&format!("{code}&resource=https://other.example/mcp"), OAuthError::InvalidTarget),
            (&format!("{code}&scope=recipes+admin"), OAuthError::InvalidScope),
            ("grant_type=refresh_token&refresh_token=x&scope=admin", OAuthError::InvalidScope),
        ] {
            assert_eq!(read(form).err(), Some(error), "{form}");
        }
    }

    #[test]
    fn a_failure_beside_the_protocol_is_an_error_of_oauth_too() {
        for (code, error) in [
            (ErrorCode::TooLarge, "invalid_request"),
            (ErrorCode::MethodNotAllowed, "invalid_request"),
            (ErrorCode::Misconfigured, "temporarily_unavailable"),
            (ErrorCode::TemporarilyUnavailable, "temporarily_unavailable"),
            (ErrorCode::Internal, "server_error"),
        ] {
            assert_eq!(OAuthError::of(code).body(), json!({ "error": error }), "{code:?}");
        }
    }

    #[test]
    fn a_challenge_names_the_metadata() {
        let header = door().challenge(Some("invalid_token"));
        let metadata = "https://workbot.contoso.com/.well-known/oauth-protected-resource/mcp";
        let expected =
            format!("Bearer error=\"invalid_token\", resource_metadata=\"{metadata}\", scope=\"recipes\"");
        assert_eq!(header, expected);
        let server = door().server_metadata();
        assert_eq!(server["issuer"], door().issuer);
        assert_eq!(server["code_challenge_methods_supported"], json!(["S256"]));
        assert_eq!(door().resource_metadata("W")["authorization_servers"], json!([server["issuer"]]));
    }
}
