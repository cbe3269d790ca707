//! What an authorization request asks for.

use serde::Deserialize;

/// The query of an authorization request.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct AuthorizeRequest {
    /// Who asks.
    pub client_id: String,
    /// Where the answer goes.
    pub redirect_uri: String,
    /// `code`.
    pub response_type: String,
    /// For what, in words separated by spaces.
    pub scope: String,
    /// Comes back unchanged.
    pub state: Option<String>,
    /// RFC 7636.
    pub code_challenge: Option<String>,
    /// RFC 7636.
    pub code_challenge_method: Option<String>,
    pub(super) prompt: String,
    pub(super) login_hint: String,
    pub(super) immediate: String,
}
