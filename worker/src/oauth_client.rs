//! OAuth 2.0 toward apps and Entra: the `oauth2` crate over this runtime's fetch.

use oauth2::basic::{
    BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse, BasicTokenType,
};
use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointNotSet, EndpointSet,
    ExtraTokenFields, HttpRequest, HttpResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl,
    RefreshToken, RequestTokenError, Scope, StandardErrorResponse, StandardRevocableToken,
    StandardTokenResponse, TokenResponse, TokenUrl,
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::cell::Cell;
use std::time::Duration;
use url::{Url, form_urlencoded};
use workbot_domain::catalogue::{ClientAuth, Pkce, TokenRequest};
use workbot_domain::grant::{TokenAnswer, meant_status};
use worker::Method;

use crate::outgoing::{Outgoing, Unanswered};

/// A token request that took longer than this has an unknown outcome.
pub const TOKEN_LIMIT: Duration = Duration::from_secs(25);

/// Our registration at an authorization server, and its endpoints.
pub struct OAuthClient {
    pub authorize_url: Url,
    pub token_url: Url,
    pub client_id: String,
    pub client_secret: SecretString,
    pub client_auth: ClientAuth,
    pub token_request: TokenRequest,
    pub redirect_uri: String,
    pub pkce: Pkce,
}

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum NoToken {
    /// The server said no, in its own words (RFC 6749 section 5.2).
    #[error("refused: {error}")]
    Refused { status: u16, error: String, description: String },
    /// The server was not ready; the request was not consumed (429, 503).
    #[error("busy")]
    Busy { retry_after: Option<Duration> },
    /// No answer, one that a gateway made, or one that cannot be read: the request may have been consumed.
    #[error("unknown outcome")]
    Unknown,
    /// A refusal without words (RFC 6749 section 5.2), or a mistake in our configuration.
    #[error("unusable answer")]
    Unusable,
}

/// The fields of a token answer beyond RFC 6749.
#[derive(Debug, Serialize, Deserialize)]
struct Extra(Map<String, Value>);
impl ExtraTokenFields for Extra {}

type Answered = StandardTokenResponse<Extra, BasicTokenType>;
type Client<Authorize, Token> = oauth2::Client<
    BasicErrorResponse,
    Answered,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    Authorize,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    Token,
>;

/// What is asked of a person at the authorization endpoint.
pub struct Authorization<'a> {
    pub state: String,
    pub verifier: &'a str,
    pub scopes: &'a [String],
    pub params: Vec<(&'a str, &'a str)>,
}

impl OAuthClient {
    fn client(&self) -> Result<Client<EndpointSet, EndpointSet>, NoToken> {
        let redirect = RedirectUrl::new(self.redirect_uri.clone()).map_err(|_| NoToken::Unusable)?;
        let auth = match self.client_auth {
            ClientAuth::Body => AuthType::RequestBody,
            ClientAuth::Basic => AuthType::BasicAuth,
        };
        Ok(Client::<EndpointNotSet, EndpointNotSet>::new(ClientId::new(self.client_id.clone()))
            .set_client_secret(ClientSecret::new(self.client_secret.expose_secret().to_owned()))
            .set_auth_type(auth)
            .set_redirect_uri(redirect)
            .set_auth_uri(AuthUrl::from_url(self.authorize_url.clone()))
            .set_token_uri(TokenUrl::from_url(self.token_url.clone())))
    }

    /// Where to send the browser (RFC 6749 section 4.1.1, RFC 7636 section 4.3).
    pub fn authorization(&self, ask: Authorization<'_>) -> Result<Url, NoToken> {
        let client = self.client()?;
        let mut request = client
            .authorize_url(|| CsrfToken::new(ask.state))
            .add_scopes(ask.scopes.iter().cloned().map(Scope::new));
        if self.pkce == Pkce::S256 {
            let verifier = PkceCodeVerifier::new(ask.verifier.to_owned());
            request = request.set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
        }
        for (name, value) in ask.params {
            request = request.add_extra_param(name, value);
        }
        Ok(request.url().0)
    }

    /// Exchanges a code (RFC 6749 section 4.1.3). The verifier is consumed.
    pub async fn exchange(&self, code: String, verifier: String) -> Result<TokenAnswer, NoToken> {
        let client = self.client()?;
        let mut request = client.exchange_code(AuthorizationCode::new(code));
        if self.pkce == Pkce::S256 {
            request = request.set_pkce_verifier(PkceCodeVerifier::new(verifier));
        }
        let seen = Seen::default();
        let answered = request.request_async(&|request| send(request, self.token_request, &seen)).await;
        read(answered, &seen)
    }

    /// Refreshes (RFC 6749 section 6).
    pub async fn refresh(&self, token: &SecretString) -> Result<TokenAnswer, NoToken> {
        let token = RefreshToken::new(token.expose_secret().to_owned());
        let client = self.client()?;
        let seen = Seen::default();
        let answered = client
            .exchange_refresh_token(&token)
            .request_async(&|request| send(request, self.token_request, &seen))
            .await;
        read(answered, &seen)
    }
}

/// What the `oauth2` crate does not report of an answer.
#[derive(Default)]
struct Seen {
    /// 0: there was none.
    status: Cell<u16>,
    retry_after: Cell<Option<Duration>>,
}

/// The HTTP client that the `oauth2` crate is given.
async fn send(request: HttpRequest, written: TokenRequest, seen: &Seen) -> Result<HttpResponse, Unanswered> {
    let (parts, body) = request.into_parts();
    let mut outgoing = Outgoing::new(Method::Post, parts.uri.to_string());
    outgoing.limit = TOKEN_LIMIT;
    outgoing.body = Some(body);
    for (name, value) in &parts.headers {
        outgoing.headers.push((name.to_string(), value.to_str().unwrap_or_default().to_owned()));
    }
    if written == TokenRequest::Json {
        let form = outgoing.body.take().unwrap_or_default();
        let fields = form_urlencoded::parse(&form).into_owned();
        let fields: Map<String, Value> = fields.map(|(name, value)| (name, Value::String(value))).collect();
        outgoing.headers.retain(|(name, _)| name != "content-type");
        outgoing = outgoing.json(&Value::Object(fields));
    }
    let answer = outgoing.send().await?;
    let status = meant_status(answer.status, &answer.body);
    seen.status.set(status);
    seen.retry_after.set(answer.retry_after());
    let mut response = HttpResponse::new(answer.body);
    *response.status_mut() = oauth2::http::StatusCode::from_u16(status).unwrap_or_default();
    Ok(response)
}

type Failure = RequestTokenError<Unanswered, StandardErrorResponse<oauth2::basic::BasicErrorResponseType>>;

fn read(answered: Result<Answered, Failure>, seen: &Seen) -> Result<TokenAnswer, NoToken> {
    let status = seen.status.get();
    let failure = match answered {
        Ok(answer) => {
            return Ok(TokenAnswer {
                access_token: answer.access_token().secret().clone().into(),
                refresh_token: answer.refresh_token().map(|token| token.secret().clone().into()),
                expires_in: answer.expires_in(),
                scopes: answer.scopes().map(|scopes| scopes.iter().map(|scope| scope.to_string()).collect()),
                extra: answer.extra_fields().0.clone(),
            });
        }
        Err(failure) => failure,
    };
    Err(match (status, failure) {
        (429 | 503, _) => NoToken::Busy { retry_after: seen.retry_after.get() },
        // A success that cannot be read has used up what was sent, like an answer that was lost; and what stands behind a
        // gateway's error, nobody knows.
        (0 | 200..=299 | 500.., _) => NoToken::Unknown,
        (_, RequestTokenError::ServerResponse(error)) => NoToken::Refused {
            status,
            error: error.error().as_ref().to_owned(),
            description: error.error_description().cloned().unwrap_or_default(),
        },
        _ => NoToken::Unusable,
    })
}
