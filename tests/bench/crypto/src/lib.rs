//! RS256 and AES-256-GCM by Rust crates in wasm, timed beside WebCrypto: `cargo xtask bench crypto`.
#![allow(missing_docs, reason = "the macro's own items")]

use aes_gcm::aead::{Aead, KeyInit};
use aes_gcm::{Aes256Gcm, Key, Nonce};
use rsa::pkcs1v15::{Signature, VerifyingKey};
use rsa::sha2::Sha256;
use rsa::signature::Verifier;
use rsa::{BigUint, RsaPublicKey};
use wasm_bindgen::prelude::wasm_bindgen;

/// A parsed public key.
#[wasm_bindgen]
pub struct Rs256(VerifyingKey<Sha256>);

#[wasm_bindgen]
impl Rs256 {
    /// Parses modulus and exponent, both big-endian.
    #[must_use]
    pub fn read(n: &[u8], e: &[u8]) -> Option<Rs256> {
        let key = RsaPublicKey::new(BigUint::from_bytes_be(n), BigUint::from_bytes_be(e)).ok()?;
        Some(Rs256(VerifyingKey::new(key)))
    }

    /// Whether the signature is valid.
    #[must_use]
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        Signature::try_from(signature).is_ok_and(|signature| self.0.verify(message, &signature).is_ok())
    }
}

/// Seals and opens a text. Returns whether the result is the same text.
#[wasm_bindgen]
#[must_use]
pub fn seal_and_open(key: &[u8], nonce: &[u8], text: &[u8]) -> bool {
    let (32, 12) = (key.len(), nonce.len()) else { return false };
    let cipher = Aes256Gcm::new(Key::<Aes256Gcm>::from_slice(key));
    let nonce = Nonce::from_slice(nonce);
    let sealed = cipher.encrypt(nonce, text);
    sealed.and_then(|sealed| cipher.decrypt(nonce, sealed.as_slice())).is_ok_and(|opened| opened == text)
}
