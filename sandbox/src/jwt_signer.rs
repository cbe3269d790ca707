//! Signing JSON Web Tokens: valid ones, and ones with chosen defects.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sha2::Sha256;

use crate::clock;
use crate::signing_keys::{KeyName, KeyRing};

/// The variation of a valid token. The default changes nothing.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Variation {
    /// Claims to set; `null` removes one.
    pub claims: Map<String, Value>,
    /// Header fields to set; `null` removes one.
    pub header: Map<String, Value>,
    /// Another key than the usual.
    pub key: Option<KeyName>,
    /// Another algorithm than RS256.
    pub alg: Option<Algorithm>,
    /// Break the signature.
    pub tamper: bool,
}

/// The algorithm of header and signature.
#[derive(Clone, Copy, Debug, Deserialize)]
pub enum Algorithm {
    /// The real one.
    RS256,
    /// HMAC with the public key's PEM as the secret: the algorithm confusion attack.
    HS256,
    /// No signature.
    #[serde(rename = "none")]
    None,
}

/// Signs `claims` with a variation.
pub fn mint(keys: &KeyRing, usual: KeyName, claims: Value, variation: &Variation) -> String {
    let Some(key) = keys.get(variation.key.unwrap_or(usual)) else {
        return String::new();
    };
    let algorithm = variation.alg.unwrap_or(Algorithm::RS256);
    let name = match algorithm {
        Algorithm::RS256 => "RS256",
        Algorithm::HS256 => "HS256",
        Algorithm::None => "none",
    };
    let header = json!({ "typ": "JWT", "alg": name, "kid": key.id, "x5t": key.id });
    let signed = format!(
        "{}.{}",
        encode(&changed(header, &variation.header)),
        encode(&changed(claims, &variation.claims))
    );
    let mut signature = match algorithm {
        Algorithm::RS256 => key.sign(signed.as_bytes()),
        Algorithm::HS256 => hmac_sha256(key.public_pem().as_bytes(), signed.as_bytes()),
        Algorithm::None => Vec::new(),
    };
    if variation.tamper
        && let Some(byte) = signature.last_mut()
    {
        *byte ^= 1;
    }
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// The claims of a token, if this key signed it and it has not expired.
pub fn verified(keys: &KeyRing, name: KeyName, token: &str) -> Option<Value> {
    let (signed, signature) = token.rsplit_once('.')?;
    let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
    if !keys.get(name)?.verifies(signed.as_bytes(), &signature) {
        return None;
    }
    let (_, claims) = signed.split_once('.')?;
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()?;
    (claims.get("exp")?.as_u64()? > clock::now()).then_some(claims)
}

/// HMAC-SHA256.
pub fn hmac_sha256(key: &[u8], message: &[u8]) -> Vec<u8> {
    // HMAC takes keys of any length, so there is always a result.
    Hmac::<Sha256>::new_from_slice(key).map_or_else(
        |_| Vec::new(),
        |mut mac| {
            mac.update(message);
            mac.finalize().into_bytes().to_vec()
        },
    )
}

fn changed(mut value: Value, changes: &Map<String, Value>) -> Value {
    if let Some(object) = value.as_object_mut() {
        for (name, change) in changes {
            if change.is_null() {
                object.remove(name);
            } else {
                object.insert(name.clone(), change.clone());
            }
        }
    }
    value
}

fn encode(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}
