//! Issuers of tokens: their keys, kept in memory, and the signature check by WebCrypto.

use js_sys::{Array, Object, Reflect, Uint8Array};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::cell::RefCell;
use std::collections::HashMap;
use std::time::Duration;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{CryptoKey, WorkerGlobalScope};
use workbot_domain::jwks::{Jwk, KeySet, KeyStep, KnownIssuer};
use workbot_domain::jwt::{TokenError, UnverifiedToken};
use worker::Method;

use crate::clock::{now, pause};
use crate::outgoing::Outgoing;

/// How often a request that waits for another's fetch looks whether it came.
const LOOK: Duration = Duration::from_millis(50);

thread_local! {
    static KNOWN: RefCell<HashMap<String, KnownIssuer>> = RefCell::default();
    /// By modulus and exponent, as WebCrypto takes them: reading a key is a trip of its own.
    static IMPORTED: RefCell<HashMap<(String, String), CryptoKey>> = RefCell::default();
}

/// Why a token proves nothing, or could not be checked.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    #[error(transparent)]
    Token(#[from] TokenError),
    #[error("the issuer did not give its keys")]
    NoKeys,
}

/// Where an issuer's keys are.
pub enum Source<'a> {
    /// OpenID metadata, which names issuer and keys (OpenID Connect Discovery section 4).
    Metadata(&'a str),
    /// The keys themselves, and the issuer's name.
    Keys { url: &'a str, issuer: &'a str },
}

#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    jwks_uri: String,
}

async fn get<T: DeserializeOwned>(url: &str) -> Result<T, Refused> {
    let mut request = Outgoing::new(Method::Get, url);
    request.limit = Duration::from_secs(5);
    let answer = request.send().await.map_err(|_| Refused::NoKeys)?;
    if !answer.is_success() {
        return Err(Refused::NoKeys);
    }
    answer.json().ok_or(Refused::NoKeys)
}

impl Source<'_> {
    fn name(&self) -> &str {
        match self {
            Self::Metadata(url) | Self::Keys { url, .. } => url,
        }
    }

    async fn fetch(&self) -> Result<KeySet, Refused> {
        let (issuer, keys) = match self {
            Self::Keys { url, issuer } => ((*issuer).to_owned(), get(url).await?),
            Self::Metadata(url) => {
                let metadata: Metadata = get(url).await?;
                (metadata.issuer, get(&metadata.jwks_uri).await?)
            }
        };
        Ok(KeySet { issuer, keys, fetched_at: now() })
    }

    /// What is known of this issuer.
    fn known<T>(&self, act: impl FnOnce(&mut KnownIssuer) -> T) -> T {
        KNOWN.with_borrow_mut(|known| act(known.entry(self.name().to_owned()).or_default()))
    }

    /// The issuer's name and its keys with this id. A request never awaits another's fetch, which the runtime does not
    /// allow: it looks again, by a timer of its own.
    async fn find(&self, kid: &str) -> Result<(String, Vec<Jwk>), Refused> {
        let since = now();
        loop {
            match self.known(|known| known.step(kid, since, now())) {
                KeyStep::Use { issuer, keys } => return Ok((issuer, keys)),
                KeyStep::Refuse(error) => return Err(error.into()),
                KeyStep::Unavailable => return Err(Refused::NoKeys),
                KeyStep::Wait => pause(LOOK).await,
                KeyStep::Fetch => match self.fetch().await {
                    Ok(set) => {
                        // An issuer changes its keys now and then; those of before are not kept for ever.
                        IMPORTED.with_borrow_mut(HashMap::clear);
                        self.known(|known| known.came(set));
                    }
                    Err(_) => self.known(|known| known.failed(now())),
                },
            }
        }
    }

    /// Checks a token's signature. Returns its claims, the issuer's name and the key.
    pub async fn verify<T: DeserializeOwned>(
        &self,
        token: UnverifiedToken,
    ) -> Result<(T, String, Jwk), Refused> {
        let (issuer, keys) = self.find(token.kid()).await?;
        for key in keys {
            if rs256_holds(&key, token.signing_input(), token.signature()).await.unwrap_or(false) {
                return Ok((token.verified(true)?, issuer, key));
            }
        }
        Err(TokenError::Signature.into())
    }
}

/// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518 section 3.3), by WebCrypto.
async fn rs256_holds(key: &Jwk, input: &[u8], signature: &[u8]) -> Result<bool, JsValue> {
    let algorithm = object(&[("name", "RSASSA-PKCS1-v1_5"), ("hash", "SHA-256")])?;
    let subtle = js_sys::global().unchecked_into::<WorkerGlobalScope>().crypto()?.subtle();
    let numbers = (key.n.clone(), key.e.clone());
    let kept = IMPORTED.with_borrow(|keys| keys.get(&numbers).cloned());
    let key = match kept {
        Some(kept) => kept,
        None => {
            let jwk = object(&[("kty", "RSA"), ("n", &key.n), ("e", &key.e)])?;
            let usages = Array::of1(&JsValue::from_str("verify"));
            let imported = subtle.import_key_with_object("jwk", &jwk, &algorithm, false, &usages)?;
            let imported: CryptoKey = JsFuture::from(imported).await?.unchecked_into();
            IMPORTED.with_borrow_mut(|keys| keys.insert(numbers, imported.clone()));
            imported
        }
    };
    let verified = subtle.verify_with_object_and_buffer_source_and_buffer_source(
        &algorithm,
        &key,
        &Uint8Array::from(signature),
        &Uint8Array::from(input),
    )?;
    Ok(JsFuture::from(verified).await?.as_bool() == Some(true))
}

/// An object of texts.
fn object(entries: &[(&str, &str)]) -> Result<Object, JsValue> {
    let object = Object::new();
    for (name, value) in entries {
        Reflect::set(&object, &JsValue::from_str(name), &JsValue::from_str(value))?;
    }
    Ok(object)
}
