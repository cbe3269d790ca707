//! OAuth 2.0 toward apps and Entra. The `oauth2` crate builds the requests;
//! `domain::connection::token_response` reads the responses, because apps deviate from RFC 6749 section 5 in
//! more ways than the crate accepts.

use oauth2::basic::BasicClient;
use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointNotSet, EndpointSet,
    PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RefreshToken, Scope, TokenUrl,
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use std::cell::Cell;
use std::time::Duration;
use url::{Url, form_urlencoded};
use workbot_domain::catalog::{ClientAuth, Method, Pkce, TokenRequest};
use workbot_domain::connection::token_response::{self, TokenRequestError, TokenResponse};

use super::http::{self, Response};
use crate::isolate::Isolate;
use crate::ports::{HttpError, HttpRequest};

/// The timeout of a token request. Its outcome is unknown after that.
pub const TOKEN_LIMIT: Duration = Duration::from_secs(25);

/// An OAuth client's registration at an authorization server, and the server's endpoints.
pub struct OAuthClient {
    /// The authorization endpoint (RFC 6749 section 3.1).
    pub authorize_url: Url,
    /// The token endpoint (RFC 6749 section 3.2).
    pub token_url: Url,
    /// The endpoint for refresh requests: the token endpoint, unless the server has another.
    pub refresh_url: Url,
    /// The client identifier (RFC 6749 section 2.2).
    pub client_id: String,
    /// The client secret.
    pub client_secret: SecretString,
    /// How the client authenticates at the token endpoint (RFC 6749 section 2.3.1).
    pub client_auth: ClientAuth,
    /// The encoding of a token request: a form, or JSON where the app requires that.
    pub token_request: TokenRequest,
    /// Additional parameters of a token request.
    pub token_params: Vec<(String, String)>,
    /// JSON pointer to the object of a token response that holds the tokens.
    pub token_response: Option<String>,
    /// The requested scopes.
    pub scopes: Vec<String>,
    /// The redirect URI (RFC 6749 section 3.1.2).
    pub redirect_uri: String,
    /// Whether a refresh request contains the redirect URI, too.
    pub redirect_uri_in_refresh: bool,
    /// Whether the server supports PKCE (RFC 7636).
    pub pkce: Pkce,
}

type Client = BasicClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>;

/// The parameters of an authorization request.
pub struct Authorization<'a> {
    /// The sealed state (RFC 6749 section 10.12).
    pub state: String,
    /// The PKCE code verifier (RFC 7636 section 4.1).
    pub verifier: &'a str,
    /// Additional parameters, such as `prompt` and `nonce`.
    pub params: Vec<(&'a str, String)>,
}

impl OAuthClient {
    fn client(&self, token_url: &Url) -> Result<Client, TokenRequestError> {
        let redirect =
            RedirectUrl::new(self.redirect_uri.clone()).map_err(|_| TokenRequestError::Misconfigured)?;
        let auth = match self.client_auth {
            ClientAuth::Body => AuthType::RequestBody,
            ClientAuth::Basic => AuthType::BasicAuth,
        };
        Ok(BasicClient::new(ClientId::new(self.client_id.clone()))
            .set_client_secret(ClientSecret::new(self.client_secret.expose_secret().to_owned()))
            .set_auth_type(auth)
            .set_redirect_uri(redirect)
            .set_auth_uri(AuthUrl::from_url(self.authorize_url.clone()))
            .set_token_uri(TokenUrl::from_url(token_url.clone())))
    }

    /// The address of the authorization request (RFC 6749 section 4.1.1, RFC 7636 section 4.3).
    ///
    /// # Errors
    /// When the redirect URI is not a valid URL.
    pub fn authorization(&self, ask: Authorization<'_>) -> Result<Url, TokenRequestError> {
        let client = self.client(&self.token_url)?;
        let mut request = client
            .authorize_url(|| CsrfToken::new(ask.state))
            .add_scopes(self.scopes.iter().cloned().map(Scope::new));
        if self.pkce == Pkce::S256 {
            let verifier = PkceCodeVerifier::new(ask.verifier.to_owned());
            request = request.set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
        }
        for (name, value) in ask.params {
            request = request.add_extra_param(name, value);
        }
        Ok(request.url().0)
    }

    /// Exchanges an authorization code (RFC 6749 section 4.1.3). Consumes the verifier.
    ///
    /// # Errors
    /// [`TokenRequestError`] says whether the server refused, is busy, or the outcome is unknown.
    pub async fn exchange(
        &self,
        isolate: &Isolate,
        code: String,
        verifier: String,
    ) -> Result<TokenResponse, TokenRequestError> {
        let client = self.client(&self.token_url)?;
        let mut request = client.exchange_code(AuthorizationCode::new(code.clone()));
        if self.pkce == Pkce::S256 {
            request = request.set_pkce_verifier(PkceCodeVerifier::new(verifier.clone()));
        }
        for (name, value) in &self.token_params {
            request = request.add_extra_param(name, value);
        }
        let captured = CapturedResponse::default();
        // The crate's own reading of the response is ignored: `CapturedResponse` holds the response.
        let _ = request.request_async(&|request| self.send(isolate, request, &captured)).await;
        let sent = [&code, &verifier, self.client_secret.expose_secret()];
        let mut response = captured.read(self.token_response.as_deref(), &sent)?;
        // Scopes are omitted if they are the requested ones (RFC 6749 section 5.1).
        response.scopes.get_or_insert_with(|| self.scopes.clone());
        Ok(response)
    }

    /// Refreshes an access token (RFC 6749 section 6).
    ///
    /// # Errors
    /// [`TokenRequestError`] says whether the server refused, is busy, or the outcome is unknown.
    pub async fn refresh(
        &self,
        isolate: &Isolate,
        token: &SecretString,
    ) -> Result<TokenResponse, TokenRequestError> {
        let sent = RefreshToken::new(token.expose_secret().to_owned());
        let client = self.client(&self.refresh_url)?;
        let mut request = client.exchange_refresh_token(&sent);
        if self.redirect_uri_in_refresh {
            request = request.add_extra_param("redirect_uri", &self.redirect_uri);
        }
        for (name, value) in &self.token_params {
            request = request.add_extra_param(name, value);
        }
        let captured = CapturedResponse::default();
        let _ = request.request_async(&|request| self.send(isolate, request, &captured)).await;
        captured.read(
            self.token_response.as_deref(),
            &[token.expose_secret(), self.client_secret.expose_secret()],
        )
    }

    /// The HTTP client that the `oauth2` crate uses. It puts the response into `heard` and returns an empty
    /// one to the crate.
    async fn send(
        &self,
        isolate: &Isolate,
        request: oauth2::HttpRequest,
        captured: &CapturedResponse,
    ) -> Result<oauth2::HttpResponse, HttpError> {
        let (parts, body) = request.into_parts();
        let mut outgoing = HttpRequest::new(Method::Post, parts.uri.to_string());
        outgoing.limit = TOKEN_LIMIT;
        outgoing.body = Some(body);
        for (name, value) in &parts.headers {
            outgoing.headers.push((name.to_string(), value.to_str().unwrap_or_default().to_owned()));
        }
        if self.token_request == TokenRequest::Json {
            let form = outgoing.body.take().unwrap_or_default();
            let fields = form_urlencoded::parse(&form).into_owned();
            let fields: Map<String, Value> =
                fields.map(|(name, value)| (name, Value::String(value))).collect();
            outgoing.headers.retain(|(name, _)| name != "content-type");
            outgoing = outgoing.json(Value::Object(fields).to_string());
        }
        captured.0.set(Some(http::send(isolate, outgoing).await));
        Ok(oauth2::HttpResponse::default())
    }
}

/// The response to a token request. `None` if the request could not be built.
#[derive(Default)]
struct CapturedResponse(Cell<Option<Result<Response, HttpError>>>);

impl CapturedResponse {
    /// Parses the response. `at` is the pointer to its tokens. `sent` lists the secrets of the request: they
    /// are removed from a refusal before it is logged.
    fn read(self, at: Option<&str>, sent: &[&str]) -> Result<TokenResponse, TokenRequestError> {
        let Ok(response) = self.0.into_inner().ok_or(TokenRequestError::Misconfigured)? else {
            return Err(TokenRequestError::Unknown);
        };
        let (status, retry_after) = (response.status, response.retry_after);
        match token_response::read(status, &response.body, at, retry_after) {
            Err(TokenRequestError::Refused { status, response, retry_after }) => {
                Err(TokenRequestError::Refused { status, response: response.without(sent), retry_after })
            }
            other => other,
        }
    }
}
