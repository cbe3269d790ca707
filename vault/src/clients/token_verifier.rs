//! Issuers of tokens: their keys, kept in memory, and the check of signatures.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::time::Duration;
use workbot_domain::catalog::Method;
use workbot_domain::jwks::{CachedIssuer, Jwk, KeySet, KeyStep};
use workbot_domain::jwt::{TokenError, UnverifiedToken};

use super::http;
use crate::isolate::Isolate;
use crate::ports::HttpRequest;

/// How often a request that waits for another's fetch looks whether it came.
const LOOK: Duration = Duration::from_millis(50);

/// Why a token proves nothing, or could not be checked.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The token is not right.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The issuer did not give its keys; a later try may succeed.
    #[error("the issuer did not give its keys")]
    NoKeys,
}

/// Where an issuer's keys are.
pub enum KeySource<'a> {
    /// OpenID metadata, which names issuer and keys (OpenID Connect Discovery section 4).
    Metadata(&'a str),
    /// The keys themselves, and the issuer's name.
    Keys {
        /// Where they are.
        url: &'a str,
        /// The issuer; empty where the token's claims tell.
        issuer: &'a str,
    },
}

#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    jwks_uri: String,
}

async fn get<T: DeserializeOwned>(isolate: &Isolate, url: &str) -> Result<T, VerifyError> {
    let mut request = HttpRequest::new(Method::Get, url);
    request.limit = Duration::from_secs(5);
    let answer = http::send(isolate, request).await.map_err(|_| VerifyError::NoKeys)?;
    if !answer.is_success() {
        return Err(VerifyError::NoKeys);
    }
    answer.json().ok_or(VerifyError::NoKeys)
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

    /// What is known of this issuer.
    fn known<T>(&self, isolate: &Isolate, act: impl FnOnce(&mut CachedIssuer) -> T) -> T {
        act(isolate.issuers.borrow_mut().entry(self.name().to_owned()).or_default())
    }

    /// The issuer's name and its keys with this id. A request never awaits another's fetch, which the runtime does not
    /// allow: it looks again, by a timer of its own.
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

    /// Checks a token's signature. Returns its claims, the issuer's name and the key.
    pub async fn verify<T: DeserializeOwned>(
        &self,
        isolate: &Isolate,
        token: UnverifiedToken,
    ) -> Result<(T, String, Jwk), VerifyError> {
        let (issuer, keys) = self.find(isolate, token.kid()).await?;
        for key in keys {
            let (input, signature) = (token.signing_input().to_vec(), token.signature().to_vec());
            if isolate.platform().rs256_holds(key.clone(), input, signature).await {
                return Ok((token.verified(true)?, issuer, key));
            }
        }
        Err(TokenError::Signature.into())
    }
}
