//! An authorization request.

use serde::Deserialize;

/// The query of an authorization request.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct AuthorizeRequest {
    /// The client id.
    pub client_id: String,
    /// The redirect URI.
    pub redirect_uri: String,
    /// `code`.
    pub response_type: String,
    /// The scopes, separated by spaces.
    pub scope: String,
    /// The state, returned unchanged.
    pub state: Option<String>,
    /// RFC 7636.
    pub code_challenge: Option<String>,
    /// RFC 7636.
    pub code_challenge_method: Option<String>,
    pub(super) prompt: String,
    pub(super) login_hint: String,
    pub(super) immediate: String,
}
