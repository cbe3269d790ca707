//! Why a token request brings nothing.

/// Why a token request brings nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum OAuthError {
    /// The body is no form.
    NoForm,
    /// Nobody is registered under this id, or the id is absent.
    UnknownClient,
    /// The client's secret is another.
    WrongSecret,
    /// Neither a code nor a refresh.
    UnknownGrantType,
    /// This code was never given to this client.
    UnknownCode,
    /// The code is too old or was used before.
    ExpiredCode,
    /// The code was meant for another address.
    OtherRedirect,
    /// The verifier is missing.
    NoVerifier,
    /// The verifier does not fit.
    WrongVerifier,
    /// The user is switched off.
    InactiveUser,
    /// The refresh token was replaced, revoked, or is too old.
    ExpiredToken,
    /// The refresh token was never given to this client.
    UnknownToken,
}
