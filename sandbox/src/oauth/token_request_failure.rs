//! Why a token request fails.

/// Why a token request fails.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum OAuthError {
    /// The body is not a form.
    NoForm,
    /// The client id is unknown or absent.
    UnknownClient,
    /// The client secret is wrong.
    WrongSecret,
    /// An unsupported grant type.
    UnknownGrantType,
    /// The code was not issued to this client.
    UnknownCode,
    /// The code has expired or was used.
    ExpiredCode,
    /// The code belongs to another redirect URI.
    OtherRedirect,
    /// The verifier is missing.
    NoVerifier,
    /// The verifier does not match.
    WrongVerifier,
    /// The user is inactive.
    InactiveUser,
    /// The refresh token was replaced or revoked, or has expired.
    ExpiredToken,
    /// The refresh token was not issued to this client.
    UnknownToken,
}
