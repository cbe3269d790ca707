//! Entra: the owner of an SSO token, and the person who signed in in a browser.

use secrecy::SecretString;
use serde_json::Value;
use url::Url;
use workbot_domain::catalog::{ClientAuth, Pkce, TokenRequest};
use workbot_domain::config::Config;
use workbot_domain::connection::token_response::TokenRequestError;
use workbot_domain::entra_token::{EntraClaims, Person, allowed_tenant};
use workbot_domain::jwt::{TokenError, UnverifiedToken};
use workbot_domain::login::Step;
use workbot_shared::TenantId;

use super::oauth::{Authorization, OAuthClient};
use super::token_verifier::{KeySource, VerifyError};
use crate::isolate::Isolate;

/// Why the person's identity could not be proven.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// Entra issued no token.
    #[error(transparent)]
    NoToken(#[from] TokenRequestError),
    /// The token is invalid, or could not be checked.
    #[error(transparent)]
    Refused(#[from] VerifyError),
}

impl SignInError {
    /// Whether the person signed in at a tenant that the deployment does not serve.
    pub fn is_of_other_tenant(&self) -> bool {
        matches!(self, Self::Refused(VerifyError::Token(TokenError::Tenant)))
    }

    /// Whether a retry may succeed in a moment.
    pub fn is_passing(&self) -> bool {
        matches!(
            self,
            Self::NoToken(TokenRequestError::Busy { .. } | TokenRequestError::Unknown)
                | Self::Refused(VerifyError::NoKeys)
        )
    }
}

/// Verifies the signature of a token with the tenant's keys and returns its claims.
async fn claims(
    isolate: &Isolate,
    config: &Config,
    tenant: &TenantId,
    token: UnverifiedToken,
) -> Result<EntraClaims, VerifyError> {
    let url = format!("{}/{tenant}/discovery/v2.0/keys", config.entra_authority);
    let (claims, _, _) = KeySource::Keys { url: &url, issuer: "" }.verify(isolate, token).await?;
    Ok(claims)
}

/// The person who uses the tab, from the SSO token in the `Authorization` header. The tenant is checked
/// against the allow-list before any key is fetched.
///
/// # Errors
/// [`VerifyError`] says whether the token is invalid or the keys could not be fetched.
pub async fn tab_person(
    isolate: &Isolate,
    config: &Config,
    authorization: Option<&str>,
) -> Result<Person, VerifyError> {
    let token = UnverifiedToken::from_authorization(authorization)?;
    let tenant = allowed_tenant(&token, &config.allowed_tenants)?;
    let claims = claims(isolate, config, &tenant, token).await?;
    Ok(claims.sso(config.cloud, &config.entra_authority, &tenant, &config.bot.app_id, isolate.now())?)
}

/// The path segment of the authority for people of any organization ("Authority", Microsoft identity
/// platform). The ID token says which one it was.
const ANY_ORGANIZATION: &str = "organizations";

/// The OpenID Connect client of a tenant, or of any organization (OpenID Connect Core section 3.1).
fn client(config: &Config, tenant: Option<&TenantId>) -> Result<OAuthClient, TokenRequestError> {
    let tenant = tenant.map_or(ANY_ORGANIZATION, TenantId::as_str);
    let url = |path: &str| {
        Url::parse(&format!("{}/{tenant}/oauth2/v2.0/{path}", config.entra_authority))
            .map_err(|_| TokenRequestError::Misconfigured)
    };
    Ok(OAuthClient {
        authorize_url: url("authorize")?,
        token_url: url("token")?,
        refresh_url: url("token")?,
        client_id: config.bot.app_id.clone(),
        client_secret: config.bot.password.clone(),
        client_auth: ClientAuth::Body,
        token_request: TokenRequest::Form,
        token_params: Vec::new(),
        token_response: None,
        scopes: ["openid", "profile"].map(str::to_owned).into(),
        redirect_uri: format!("{}/signin/callback", config.public_url),
        redirect_uri_in_refresh: false,
        pkce: Pkce::S256,
    })
}

/// The address of the sign-in that proves who uses the browser: OIDC code flow with PKCE and a nonce,
/// `prompt=none` for the silent step (OpenID Connect Core section 3.1.2.1). Without a tenant, people of any
/// organization sign in.
///
/// # Errors
/// When the configured authority is not a valid URL.
pub fn signin_url(
    config: &Config,
    tenant: Option<&TenantId>,
    step: Step,
    another_account: bool,
    state: String,
    nonce: &str,
    verifier: &str,
) -> Result<Url, TokenRequestError> {
    let mut params = vec![("nonce", nonce.to_owned())];
    if step == Step::SilentSignin {
        params.push(("prompt", "none".to_owned()));
    } else if another_account {
        params.push(("prompt", "select_account".to_owned()));
    }
    client(config, tenant)?.authorization(Authorization { state, verifier, params })
}

/// Exchanges the code of a sign-in and checks the id token (OpenID Connect Core section 3.1.3.7). Returns the
/// person who signed in: of this tenant, or of any that the deployment serves.
///
/// # Errors
/// [`SignInError`] says whether Entra issued no token or the token is invalid.
pub async fn signed_in(
    isolate: &Isolate,
    config: &Config,
    tenant: Option<&TenantId>,
    code: String,
    nonce: String,
    verifier: String,
) -> Result<Person, SignInError> {
    let response = client(config, tenant)?.exchange(isolate, code, verifier).await?;
    let id_token = response.extra.get("id_token").and_then(Value::as_str);
    let id_token =
        id_token.ok_or(TokenRequestError::Unreadable { tokens: Vec::new(), refresh_token: None })?;
    let token = UnverifiedToken::parse(id_token).map_err(VerifyError::from)?;
    // Checked also where the tenant is known: it may have been taken off the list since.
    let claimed = allowed_tenant(&token, &config.allowed_tenants).map_err(VerifyError::from)?;
    let tenant = tenant.unwrap_or(&claimed);
    // The signature is checked although the token came from the tenant's own endpoint over TLS.
    let claims = claims(isolate, config, tenant, token).await?;
    let nonce = SecretString::from(nonce);
    claims
        .id_token(&config.entra_authority, tenant, &config.bot.app_id, &nonce, isolate.now())
        .map_err(|error: TokenError| SignInError::Refused(error.into()))
}
