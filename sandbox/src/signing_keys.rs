//! The issuers' RSA keys: generated once, stored in the state folder, published as JWKS. Simulated worlds use
//! fixed keys.

use std::fs;
use std::path::Path;

use anyhow::Context;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rsa::pkcs1v15::{Signature, SigningKey, VerifyingKey};
use rsa::pkcs8::{DecodePrivateKey, EncodePrivateKey, EncodePublicKey, LineEnding};
use rsa::signature::{SignatureEncoding, Signer, Verifier};
use rsa::traits::PublicKeyParts;
use rsa::{RsaPrivateKey, RsaPublicKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The signing key. `Unknown` is in no JWKS, for negative tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyName {
    /// Bot Framework's key for the channel `msteams`.
    MsTeams,
    /// Bot Framework's key for the channel `webchat`.
    WebChat,
    /// Bot Framework's key without endorsements.
    Plain,
    /// Entra's key, the same for all tenants.
    Entra,
    /// An unpublished key.
    Unknown,
}

impl KeyName {
    const ALL: [Self; 5] = [Self::MsTeams, Self::WebChat, Self::Plain, Self::Entra, Self::Unknown];

    fn label(self) -> &'static str {
        match self {
            Self::MsTeams => "msteams",
            Self::WebChat => "webchat",
            Self::Plain => "plain",
            Self::Entra => "entra",
            Self::Unknown => "unknown",
        }
    }
}

/// One key pair.
pub struct Key {
    /// The id, derived from the modulus, so that a new key always has a new id.
    pub id: String,
    private: RsaPrivateKey,
}

/// All key pairs.
pub struct KeyRing(Vec<(KeyName, Key)>);

impl KeyRing {
    /// Loads the keys from `folder`; generates missing ones.
    pub fn open(folder: &Path) -> anyhow::Result<Self> {
        let mut keys = Vec::new();
        for name in KeyName::ALL {
            let file = folder.join(format!("{}.pem", name.label()));
            let private = if file.exists() {
                let pem =
                    fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
                RsaPrivateKey::from_pkcs8_pem(&pem)
                    .with_context(|| format!("{} is damaged: delete it", file.display()))?
            } else {
                let private = RsaPrivateKey::new(&mut rand::thread_rng(), 2048)?;
                let pem = private.to_pkcs8_pem(LineEnding::LF)?;
                fs::write(&file, pem.as_bytes())
                    .with_context(|| format!("cannot write {}", file.display()))?;
                private
            };
            keys.push((name, Key::new(private)));
        }
        Ok(Self(keys))
    }

    /// The keys of simulated worlds. They are short, because no simulated attacker breaks keys; signing takes
    /// a thirtieth of the time.
    pub fn simulated() -> Self {
        let mut random = StdRng::seed_from_u64(0);
        let mut key = || RsaPrivateKey::new(&mut random, 512).ok().map(Key::new);
        Self(KeyName::ALL.into_iter().filter_map(|name| Some((name, key()?))).collect())
    }

    /// The key of a name. `open` creates all of them.
    pub fn get(&self, name: KeyName) -> Option<&Key> {
        self.0.iter().find_map(|(known, key)| (*known == name).then_some(key))
    }

    /// A JWK with the given endorsements, if any.
    pub fn jwk(&self, name: KeyName, endorsements: Option<&[&str]>) -> Value {
        let Some(key) = self.get(name) else {
            return Value::Null;
        };
        let mut jwk = json!({
            "kty": "RSA",
            "use": "sig",
            "alg": "RS256",
            "kid": key.id,
            "x5t": key.id,
            "n": URL_SAFE_NO_PAD.encode(key.private.n().to_bytes_be()),
            "e": URL_SAFE_NO_PAD.encode(key.private.e().to_bytes_be()),
        });
        if let (Some(endorsements), Some(object)) = (endorsements, jwk.as_object_mut()) {
            object.insert("endorsements".into(), json!(endorsements));
        }
        jwk
    }
}

impl Key {
    fn new(private: RsaPrivateKey) -> Self {
        let digest = Sha256::digest(private.n().to_bytes_be());
        let id = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Self { id, private }
    }

    /// RS256.
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        SigningKey::<Sha256>::new(self.private.clone()).sign(message).to_vec()
    }

    /// Whether the RS256 signature is valid for this key.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        Signature::try_from(signature).is_ok_and(|signature| {
            VerifyingKey::<Sha256>::new(RsaPublicKey::from(&self.private)).verify(message, &signature).is_ok()
        })
    }

    /// The public half as PEM: what an attacker would use as an HS256 secret.
    pub fn public_pem(&self) -> String {
        RsaPublicKey::from(&self.private).to_public_key_pem(LineEnding::LF).unwrap_or_default()
    }
}
