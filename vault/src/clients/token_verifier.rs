//! Token issuers: their signing keys, cached in memory, and the check of signatures.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::time::Duration;
use workbot_domain::catalog::Method;
use workbot_domain::jwks::{CachedIssuer, Jwk, KeySet, KeyStep};
use workbot_domain::jwt::{TokenError, UnverifiedToken};

use super::http;
use crate::isolate::Isolate;
use crate::ports::HttpRequest;

/// How often a request checks whether another request's fetch of the keys has ended.
const LOOK: Duration = Duration::from_millis(50);

/// Why a token was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The token is invalid.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The signing keys cannot be fetched now; a retry may succeed.
    #[error("cannot fetch the issuer's signing keys")]
    NoKeys,
}

/// Where an issuer publishes its keys.
pub enum KeySource<'a> {
    /// The URL of OpenID metadata, which names the issuer and its keys (OpenID Connect Discovery section 4).
    Metadata(&'a str),
    /// The URL of the key set itself, and the issuer's name.
    Keys {
        /// The URL of the key set (RFC 7517 section 5).
        url: &'a str,
        /// The issuer; empty if the caller takes it from the token's claims.
        issuer: &'a str,
    },
}

#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    jwks_uri: String,
}

/// Fetches JSON, within 5 seconds.
async fn get<T: DeserializeOwned>(isolate: &Isolate, url: &str) -> Result<T, VerifyError> {
    let mut request = HttpRequest::new(Method::Get, url);
    request.limit = Duration::from_secs(5);
    let response = http::send(isolate, request).await.map_err(|_| VerifyError::NoKeys)?;
    if !response.is_success() {
        return Err(VerifyError::NoKeys);
    }
    response.json().ok_or(VerifyError::NoKeys)
}

impl KeySource<'_> {
    fn name(&self) -> &str {
        match self {
            Self::Metadata(url) | Self::Keys { url, .. } => url,
        }
    }

    async fn fetch(&self, isolate: &Isolate) -> Result<KeySet, VerifyError> {
        let (issuer, keys) = match self {
            Self::Keys { url, issuer } => ((*issuer).to_owned(), get(isolate, url).await?),
            Self::Metadata(url) => {
                let metadata: Metadata = get(isolate, url).await?;
                (metadata.issuer, get(isolate, &metadata.jwks_uri).await?)
            }
        };
        Ok(KeySet { issuer, keys, fetched_at: isolate.now() })
    }

    /// Runs `act` on the cached state of this issuer.
    fn known<T>(&self, isolate: &Isolate, act: impl FnOnce(&mut CachedIssuer) -> T) -> T {
        act(isolate.issuers.borrow_mut().entry(self.name().to_owned()).or_default())
    }

    /// Returns the issuer's name and its keys with this `kid`. Only one request fetches the keys. The others
    /// poll the cache by their own timers, because the runtime does not allow a request to await I/O that
    /// another request started.
    async fn find(&self, isolate: &Isolate, kid: &str) -> Result<(String, Vec<Jwk>), VerifyError> {
        let since = isolate.now();
        loop {
            match self.known(isolate, |known| known.step(kid, since, isolate.now())) {
                KeyStep::Use { issuer, keys } => return Ok((issuer, keys)),
                KeyStep::Refuse(error) => return Err(error.into()),
                KeyStep::Unavailable => return Err(VerifyError::NoKeys),
                KeyStep::Wait => isolate.sleep(LOOK).await,
                KeyStep::Fetch => match self.fetch(isolate).await {
                    Ok(set) => self.known(isolate, |known| known.store(set)),
                    Err(_) => self.known(isolate, |known| known.mark_failed(isolate.now())),
                },
            }
        }
    }

    /// Verifies a token's signature (RS256) with every key of its `kid`, unless it is known to hold. Returns
    /// its claims, the issuer's name and the key.
    ///
    /// # Errors
    /// [`VerifyError::Token`] if no key fits, [`VerifyError::NoKeys`] if the keys cannot be fetched.
    pub async fn verify<T: DeserializeOwned>(
        &self,
        isolate: &Isolate,
        token: UnverifiedToken,
    ) -> Result<(T, String, Jwk), VerifyError> {
        let (issuer, keys) = self.find(isolate, token.kid()).await?;
        for key in keys {
            if isolate.verified.borrow().knows(&token, &key, isolate.now()) {
                return Ok((token.verified(true)?, issuer, key));
            }
            let (input, signature) = (token.signing_input().to_vec(), token.signature().to_vec());
            if isolate.platform().rs256_holds(key.clone(), input, signature).await {
                isolate.verified.borrow_mut().record(&token, &key, isolate.now());
                return Ok((token.verified(true)?, issuer, key));
            }
        }
        Err(TokenError::Signature.into())
    }
}
