//! The requests about agents to a person's vault, and its responses.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use workbot_domain::agent::client::Client;
use workbot_domain::agent::json_rpc::RequestId;
use workbot_domain::agent::request::ToolCall;
use workbot_domain::agent::result::LoginRequest;
use workbot_domain::agent::token::{Code, RefreshToken};
use workbot_domain::audit::Admin;
use workbot_domain::ids::GrantId;
use workbot_shared::{Agents, Language, RecipeId, RunId};

/// A request about agents.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the variants say what their fields are")]
pub enum AgentRequest {
    /// The person agreed that a client acts for them.
    Consent {
        client: Client,
        redirect_uri: String,
        /// The PKCE code challenge, S256.
        challenge: String,
    },
    /// Exchange a code.
    RedeemCode {
        code: Code,
        /// The id of the client that is there, authenticated if it has a secret.
        client: String,
        redirect_uri: Option<String>,
        verifier: String,
    },
    /// Exchange a refresh token.
    Refresh { token: RefreshToken, client: String },
    /// The client gives a grant back (RFC 7009).
    Revoke { grant: GrantId, client: String },
    /// List the agents that act for the person.
    List { language: Language },
    /// End a grant. `by` is the admin, if it was one.
    End { grant: GrantId, by: Option<Admin> },
    /// Let an agent ask again, although the person refused several times.
    EndPause { grant: GrantId },
    /// Let an agent run a recipe without asking, or no longer.
    SetWithoutAsking { grant: GrantId, recipe: RecipeId, allowed: bool },
    /// The tools of a client.
    ListTools { grant: GrantId },
    /// Call a tool.
    CallTool {
        grant: GrantId,
        id: RequestId,
        /// Whether the client shows its person addresses.
        opens_urls: bool,
        call: ToolCall,
    },
}

/// A response about agents.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the variants say what their fields are")]
pub enum AgentResponse {
    /// The sealed authorization code.
    Code(String),
    /// The sealed tokens.
    Tokens { access: String, refresh: String },
    /// The code or the token is refused, or the grant has ended.
    InvalidGrant,
    /// No admin of the tenant has opened the door.
    Closed,
    /// There is no such grant or recipe, or an admin forbids it.
    NotFound,
    /// The agents.
    Agents(Agents),
    /// The definitions of the tools.
    Tools(Vec<Value>),
    /// The result of a tool.
    Called { structured: Value, is_error: bool },
    /// The call waits for logins. `state` is sealed.
    Logins { run: RunId, logins: Vec<LoginRequest>, state: String },
    /// The parameters of the call are invalid, for this reason.
    InvalidCall(String),
    /// The request succeeded.
    Done,
}
