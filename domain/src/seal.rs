//! Sealing: the encryption of every secret that is stored or handed out.
//!
//! The algorithm is AES-256-GCM with a random 96-bit nonce (NIST SP 800-38D). It has three uses:
//!
//! - a *data key* per connection seals its tokens
//! - the *master key* wraps the data keys
//! - keys derived from the master key (HKDF-SHA256, RFC 5869) seal values that travel through browsers:
//!   tickets, states, result pages

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Key, Nonce};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hkdf::Hkdf;
use secrecy::zeroize::Zeroizing;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::Sha256;
use std::fmt;

use crate::owner::VaultId;
use workbot_shared::AppId;

/// Random bytes from the caller. Each value is used once.
pub type Random<const N: usize> = [u8; N];

/// Why sealed bytes were not opened. It says nothing about their content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The bytes are sealed by none of the current keys, altered, or for another purpose or place.
    #[error("cannot be decrypted with the current keys")]
    Undecryptable,
    /// The layout or the content has a shape that this version does not know. It is not lost: a later version
    /// may know it.
    #[error("has an unknown shape")]
    UnknownShape,
}

/// The 32-byte key that seals one connection's tokens.
#[derive(Clone)]
pub struct DataKey(Zeroizing<[u8; 32]>);

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DataKey")
    }
}

/// Version of the layout `1 byte version | 12 bytes nonce | ciphertext and tag`.
const LAYOUT: u8 = 1;

fn seal_bytes(key: &[u8; 32], nonce: Random<12>, context: &[u8], plain: &[u8]) -> Vec<u8> {
    let cipher = Aes256Gcm::new(Key::<Aes256Gcm>::from_slice(key));
    // The cipher fails only for messages over 64 GiB.
    let sealed =
        cipher.encrypt(Nonce::from_slice(&nonce), Payload { msg: plain, aad: context }).unwrap_or_default();
    [&[LAYOUT], nonce.as_slice(), &sealed].concat()
}

fn open_bytes(key: &[u8; 32], context: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
    let (layout, rest) = sealed.split_first().ok_or(SealError::Undecryptable)?;
    let (nonce, body) = rest.split_at_checked(12).ok_or(SealError::Undecryptable)?;
    if *layout != LAYOUT {
        return Err(SealError::UnknownShape);
    }
    Aes256Gcm::new(Key::<Aes256Gcm>::from_slice(key))
        .decrypt(Nonce::from_slice(nonce), Payload { msg: body, aad: context })
        .map(Zeroizing::new)
        .map_err(|_| SealError::Undecryptable)
}

/// The place of a sealed connection, as associated data (AAD). The bytes can be opened for no other place.
#[derive(Debug, Clone, Copy)]
pub struct SealContext<'a> {
    /// The owner's vault.
    pub vault: &'a VaultId,
    /// The app.
    pub app: &'a AppId,
}

impl SealContext<'_> {
    /// Returns the associated data: all parts, each prefixed by its length, so that the encoding is
    /// unambiguous.
    fn context(&self, kind: &str, revision: &str) -> Vec<u8> {
        let parts = [kind, &self.vault.name(), self.app.as_str(), revision];
        parts
            .iter()
            .flat_map(|part| [part.len().to_string().as_bytes(), b":", part.as_bytes()].concat())
            .collect()
    }
}

impl DataKey {
    /// Creates a data key from random bytes.
    #[must_use]
    pub fn new(random: Random<32>) -> Self {
        Self(Zeroizing::new(random))
    }

    /// Seals one revision of a connection's tokens.
    #[must_use]
    pub fn seal(&self, place: SealContext<'_>, revision: &str, nonce: Random<12>, plain: &[u8]) -> Vec<u8> {
        seal_bytes(&self.0, nonce, &place.context("connection/v1", revision), plain)
    }

    /// Opens one revision of a connection's tokens.
    ///
    /// # Errors
    /// [`SealError::Undecryptable`] unless the bytes were sealed with this key, for this place and revision.
    /// [`SealError::UnknownShape`] for an unknown layout.
    pub fn open(
        &self,
        place: SealContext<'_>,
        revision: &str,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, SealError> {
        open_bytes(&self.0, &place.context("connection/v1", revision), sealed)
    }
}

/// A wrapped data key, as stored in the vault: sealed with a master key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrappedKey {
    /// The id of the master key.
    pub kid: String,
    /// The sealed data key.
    pub bytes: Vec<u8>,
}

/// The purpose of a sealed text. A text sealed for one purpose cannot be opened for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A login link.
    Ticket,
    /// The `state` of the sign-in at Entra.
    SigninState,
    /// The `state` of the login at the app.
    AppState,
    /// The result that `/connect/done` shows.
    ResultPage,
    /// An authorization code for an agent.
    AgentCode,
    /// An access token of an agent.
    AgentAccessToken,
    /// A refresh token of an agent.
    AgentRefreshToken,
    /// The state of an agent's call that waits for a login.
    AgentCallState,
    /// The session id of an agent that opened with `initialize`.
    AgentSession,
    /// An agent's authorization request during the sign-in at Entra: the `state`, and the cookie.
    AgentSignin,
    /// An agent's authorization request on the consent page.
    AgentConsent,
}

impl Purpose {
    fn label(self) -> &'static str {
        match self {
            Self::Ticket => "workbot/ticket/v1",
            Self::SigninState => "workbot/signin-state/v1",
            Self::AppState => "workbot/app-state/v1",
            Self::ResultPage => "workbot/result-page/v1",
            Self::AgentCode => "workbot/agent-code/v1",
            Self::AgentAccessToken => "workbot/agent-access-token/v1",
            Self::AgentRefreshToken => "workbot/agent-refresh-token/v1",
            Self::AgentCallState => "workbot/agent-call-state/v1",
            Self::AgentSession => "workbot/agent-session/v1",
            Self::AgentSignin => "workbot/agent-signin/v1",
            Self::AgentConsent => "workbot/agent-consent/v1",
        }
    }
}

struct MasterKey {
    kid: String,
    key: Zeroizing<[u8; 32]>,
}

impl MasterKey {
    fn derive(&self, purpose: Purpose) -> Zeroizing<[u8; 32]> {
        let mut derived = Zeroizing::new([0; 32]);
        // RFC 5869 section 2.3 limits the output to 8,160 bytes, so 32 always fit.
        let _ = Hkdf::<Sha256>::new(None, self.key.as_slice())
            .expand(purpose.label().as_bytes(), derived.as_mut_slice());
        derived
    }
}

/// The master keys. All of them open; the first one seals.
pub struct MasterKeys {
    first: MasterKey,
    older: Vec<MasterKey>,
}

impl fmt::Debug for MasterKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.all().map(|key| &key.kid)).finish()
    }
}

/// What is wrong with `MASTER_KEYS`. It holds no part of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MasterKeyError {
    /// There is no entry.
    #[error("is empty: set it to kid:key, where key is the base64url of 32 random bytes")]
    Empty,
    /// An entry is not `kid:base64url`.
    #[error("has an entry that is not kid:base64url")]
    Malformed,
    /// A key is not 32 bytes long.
    #[error("has a key that is not 32 bytes long")]
    Length,
    /// Two entries have the same kid.
    #[error("has the same kid twice")]
    Repeated,
}

impl MasterKeys {
    /// Parses `kid:base64url[,kid:base64url…]`, newest first.
    ///
    /// # Errors
    /// [`MasterKeyError`], which does not quote the text.
    pub fn parse(text: &str) -> Result<Self, MasterKeyError> {
        let mut keys = Vec::<MasterKey>::new();
        for entry in text.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
            let (kid, encoded) = entry.split_once(':').ok_or(MasterKeyError::Malformed)?;
            let bytes = URL_SAFE_NO_PAD
                .decode(encoded.trim_end_matches('='))
                .map_err(|_| MasterKeyError::Malformed)?;
            let key = Zeroizing::new(<[u8; 32]>::try_from(bytes).map_err(|_| MasterKeyError::Length)?);
            if kid.is_empty() {
                return Err(MasterKeyError::Malformed);
            }
            if keys.iter().any(|other| other.kid == kid) {
                return Err(MasterKeyError::Repeated);
            }
            keys.push(MasterKey { kid: kid.to_owned(), key });
        }
        let mut keys = keys.into_iter();
        let first = keys.next().ok_or(MasterKeyError::Empty)?;
        Ok(Self { first, older: keys.collect() })
    }

    fn all(&self) -> impl Iterator<Item = &MasterKey> {
        std::iter::once(&self.first).chain(&self.older)
    }

    /// Returns the id of the key that seals.
    #[must_use]
    pub fn active(&self) -> &str {
        &self.first.kid
    }

    /// Returns the ids of all keys, newest first.
    #[must_use]
    pub fn kids(&self) -> Vec<&str> {
        self.all().map(|key| key.kid.as_str()).collect()
    }

    /// Wraps a connection's data key for the vault's row.
    #[must_use]
    pub fn wrap(&self, place: SealContext<'_>, key: &DataKey, nonce: Random<12>) -> WrappedKey {
        let bytes = seal_bytes(&self.first.key, nonce, &place.context("data-key/v1", ""), key.0.as_slice());
        WrappedKey { kid: self.first.kid.clone(), bytes }
    }

    /// Unwraps a connection's data key.
    ///
    /// # Errors
    /// [`SealError::Undecryptable`] if its master key is not configured, or for another place.
    /// [`SealError::UnknownShape`] for an unknown layout.
    pub fn unwrap(&self, place: SealContext<'_>, wrapped: &WrappedKey) -> Result<DataKey, SealError> {
        let master = self.all().find(|key| key.kid == wrapped.kid).ok_or(SealError::Undecryptable)?;
        let plain = open_bytes(&master.key, &place.context("data-key/v1", ""), &wrapped.bytes)?;
        <[u8; 32]>::try_from(plain.as_slice()).map(DataKey::new).map_err(|_| SealError::UnknownShape)
    }

    /// Seals a value as lower-case hex, for use in a URL.
    #[must_use]
    pub fn seal_text(&self, purpose: Purpose, value: &impl Serialize, nonce: Random<12>) -> String {
        let plain = Zeroizing::new(serde_json::to_vec(value).unwrap_or_default());
        hex::encode(seal_bytes(&self.first.derive(purpose), nonce, purpose.label().as_bytes(), &plain))
    }

    /// Opens a text of [`Self::seal_text`].
    ///
    /// # Errors
    /// [`SealError::Undecryptable`] for any text that was not sealed with these keys for this purpose.
    /// [`SealError::UnknownShape`] if the value has another shape.
    pub fn open_text<T: DeserializeOwned>(&self, purpose: Purpose, text: &str) -> Result<T, SealError> {
        if text.len() > 8192 || text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(SealError::Undecryptable);
        }
        let sealed = hex::decode(text).map_err(|_| SealError::Undecryptable)?;
        let plain = self
            .all()
            .find_map(|key| open_bytes(&key.derive(purpose), purpose.label().as_bytes(), &sealed).ok())
            .ok_or(SealError::Undecryptable)?;
        crate::json::stored(&plain).map_err(|_| SealError::UnknownShape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::owner::Owner;
    use workbot_shared::{TenantId, UserId};

    const OLD: &str = "old:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
    const NEW: &str = "new:Hx4dHBsaGRgXFhUUExIREA8ODQwLCgkIBwYFBAMCAQA";

    fn vault(user: &str) -> VaultId {
        VaultId { tenant: TenantId::parse("t").unwrap(), owner: Owner::User(UserId::parse(user).unwrap()) }
    }

    fn app(id: &str) -> AppId {
        AppId::parse(id).unwrap()
    }

    #[test]
    fn tokens_open_only_for_their_own_place_and_revision() {
        let (ada, bob, salesforce, other) = (vault("ada"), vault("bob"), app("salesforce"), app("box"));
        let place = SealContext { vault: &ada, app: &salesforce };
        let key = DataKey::new([7; 32]);
        let sealed = key.seal(place, "r1", [1; 12], b"tokens");
        assert_eq!(key.open(place, "r1", &sealed).unwrap().as_slice(), b"tokens");
        assert_eq!(key.open(place, "r2", &sealed), Err(SealError::Undecryptable));
        assert_eq!(
            key.open(SealContext { vault: &bob, ..place }, "r1", &sealed),
            Err(SealError::Undecryptable)
        );
        assert_eq!(
            key.open(SealContext { app: &other, ..place }, "r1", &sealed),
            Err(SealError::Undecryptable)
        );
        assert_eq!(DataKey::new([8; 32]).open(place, "r1", &sealed), Err(SealError::Undecryptable));
    }

    #[test]
    fn an_older_master_key_still_opens_and_a_missing_one_does_not() {
        let (ada, salesforce) = (vault("ada"), app("salesforce"));
        let place = SealContext { vault: &ada, app: &salesforce };
        let wrapped = MasterKeys::parse(OLD).unwrap().wrap(place, &DataKey::new([7; 32]), [2; 12]);
        let both = MasterKeys::parse(&format!("{NEW},{OLD}")).unwrap();
        assert_eq!(both.unwrap(place, &wrapped).unwrap().0.as_slice(), [7; 32]);
        assert_eq!(both.wrap(place, &DataKey::new([7; 32]), [2; 12]).kid, "new");
        assert_eq!(
            MasterKeys::parse(NEW).unwrap().unwrap(place, &wrapped).err(),
            Some(SealError::Undecryptable)
        );
    }

    #[test]
    fn a_sealed_text_serves_one_purpose_and_no_bit_may_change() {
        let keys = MasterKeys::parse(OLD).unwrap();
        let sealed = keys.seal_text(Purpose::Ticket, &"for ada", [3; 12]);
        assert!(sealed.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')));
        assert_eq!(keys.open_text::<String>(Purpose::Ticket, &sealed).unwrap(), "for ada");
        assert_eq!(keys.open_text::<String>(Purpose::AppState, &sealed), Err(SealError::Undecryptable));
        assert_eq!(
            keys.open_text::<String>(Purpose::Ticket, &sealed.to_uppercase()),
            Err(SealError::Undecryptable)
        );
        let altered =
            format!("{}{}", &sealed[..sealed.len() - 1], if sealed.ends_with('0') { '1' } else { '0' });
        assert_eq!(keys.open_text::<String>(Purpose::Ticket, &altered), Err(SealError::Undecryptable));
        assert_eq!(keys.open_text::<String>(Purpose::Ticket, "00"), Err(SealError::Undecryptable));
    }

    #[test]
    fn bytes_sealed_by_a_later_version_are_not_taken_for_lost() {
        let (ada, salesforce) = (vault("ada"), app("salesforce"));
        let (key, place) = (DataKey::new([7; 32]), SealContext { vault: &ada, app: &salesforce });
        let mut sealed = key.seal(place, "r1", [3; 12], b"tokens");
        sealed[0] = 2;
        assert_eq!(key.open(place, "r1", &sealed), Err(SealError::UnknownShape));
        sealed[0] = 1;
        sealed[20] ^= 1;
        assert_eq!(key.open(place, "r1", &sealed), Err(SealError::Undecryptable));
    }

    #[test]
    fn the_stored_layout_is_version_nonce_ciphertext() {
        let (ada, salesforce) = (vault("ada"), app("salesforce"));
        let sealed = DataKey::new([7; 32]).seal(
            SealContext { vault: &ada, app: &salesforce },
            "r1",
            [1; 12],
            b"tokens",
        );
        assert_eq!(
            hex::encode(sealed),
            "01010101010101010101010101028ee2d2feccedca1bc657745a6e2a37de9ffd7806e1"
        );
    }

    #[test]
    fn wrong_master_keys_are_described_without_being_quoted() {
        assert_eq!(MasterKeys::parse("").err(), Some(MasterKeyError::Empty));
        assert_eq!(MasterKeys::parse("k1").err(), Some(MasterKeyError::Malformed));
        assert_eq!(MasterKeys::parse("k1:AAEC").err(), Some(MasterKeyError::Length));
        assert_eq!(MasterKeys::parse(&format!("{OLD},{OLD}")).err(), Some(MasterKeyError::Repeated));
        assert_eq!(format!("{:?}", MasterKeys::parse(NEW).unwrap()), "[\"new\"]");
    }
}
