//! The requests to a vault and its responses. One enum each, shared by caller and object.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use workbot_domain::activity::Turn;
use workbot_domain::audit::Admin;
use workbot_domain::connection::Guardrails;
use workbot_domain::connection::disconnect::Removal;
use workbot_domain::correlation_id::CorrelationId;
use workbot_domain::ids::{AttemptId, Revision};
use workbot_domain::login::{LoginState, Ticket};
use workbot_domain::login_page::LoginPage;
use workbot_domain::owner::{Owner, VaultId};
use workbot_shared::{
    Activity, AppId, ConnectionRow, Language, LoginLink, Receipt, RunId, RunRow, SharedSecret,
};

use crate::access_in_transit::DelegatedAccesses;
use crate::agent_protocol::{AgentRequest, AgentResponse};
use crate::isolate::Isolate;
use crate::object_request;
use crate::ports::{ObjectClass, ObjectError};

/// The cursor of a page of history: when the last run started (milliseconds), and its id.
pub type ActivityCursor = (i64, String);

/// A request to a vault.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the variants say what their fields are")]
pub enum VaultRequest {
    /// An activity of a person: a message, a card action, or the bot was installed or uninstalled.
    Turn(Box<Turn>),
    /// List the owner's connections.
    ListConnections { language: Language },
    /// Create a login link for the person's own connection, or for the company's.
    CreateLoginLink {
        app: AppId,
        owner: Owner,
        switch_account: bool,
        /// The person's display name.
        #[serde(default)]
        name: String,
    },
    /// List the runs that acted in the person's name.
    ListHistory { before: Option<ActivityCursor>, limit: i64, language: Language },
    /// List the open runs.
    ListOpenRuns { language: Language },
    /// Cancel a waiting run.
    CancelRun { run: RunId, language: Language },
    /// Disconnect or delete a connection. `by` is the admin, if it was one.
    Disconnect {
        app: AppId,
        removal: Removal,
        by: Option<Admin>,
        #[serde(default)]
        language: Language,
    },
    /// A person's vault only: set the guardrails of a connection.
    SetGuardrails { app: AppId, guardrails: Guardrails, language: Language },
    /// Disconnect all connections of the owner, as an admin.
    DisconnectAll { by: Admin, language: Language },
    /// Company's vault only: exchange the code of an admin's login.
    ExchangeCode { code: AuthorizationCode, by: Admin },
    /// Company's vault only: check an API key and store it.
    SetSecret {
        app: AppId,
        secret: SharedSecret,
        by: Admin,
        #[serde(default)]
        language: Language,
    },
    /// Company's vault only: the company's instance at an app.
    GetConnectedInstance { app: AppId },
    /// Company's vault only: the generation of the connection to an app.
    GetGeneration { app: AppId },
    /// Company's vault only: access to these apps.
    GetSharedAccess { apps: Vec<AppId> },
    /// Company's vault only: renew access after an app refused this revision.
    RenewSharedAccess { app: AppId, revision: Revision },
    /// A person's vault only: a request about agents.
    Agent(Box<AgentRequest>),
    /// Wrap every data key again under the active master key.
    RewrapKeys,
    /// A browser opened a login link.
    BeginLogin {
        ticket: Ticket,
        /// Ask Entra for another account.
        another_account: bool,
    },
    /// A browser returned from Entra or from an app.
    LoginCallback {
        state: LoginState,
        /// The value of the attempt's cookie.
        cookie: Option<String>,
        response: AuthorizationResponse,
        /// The parameters of the authorization response that the app's file keeps.
        #[serde(default)]
        kept: Map<String, Value>,
    },
}

impl VaultRequest {
    /// Whether the request ends access, or keeps what is stored readable. A vault handles such a request also
    /// if its tenant is not served. A request about agents is one: their door is closed there, which ends
    /// their grants.
    pub fn only_ends_access(&self) -> bool {
        matches!(
            self,
            Self::Disconnect { .. } | Self::DisconnectAll { .. } | Self::Agent(_) | Self::RewrapKeys
        )
    }

    /// The response to any other request of a tenant that is not served.
    pub fn refused_for_tenant(&self) -> VaultResponse {
        match self {
            Self::BeginLogin { .. } | Self::LoginCallback { .. } => {
                VaultResponse::ShowPage { page: LoginPage::Expired, ended: None }
            }
            _ => VaultResponse::Failed,
        }
    }
}

/// An authorization code (RFC 6749 section 4.1.2) of a proven browser, and its PKCE verifier.
#[derive(Serialize, Deserialize)]
pub struct AuthorizationCode {
    /// The app.
    pub app: AppId,
    /// The code.
    pub code: String,
    /// The PKCE code verifier (RFC 7636 section 4.1).
    pub verifier: String,
    /// The connection's generation when the login began. A disconnect raises it.
    pub generation: i64,
    /// The parameters of the authorization response that the app's file keeps.
    #[serde(default)]
    pub kept: Map<String, Value>,
}

/// The result in an authorization response (RFC 6749 sections 4.1.2 and 4.1.2.1).
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthorizationResponse {
    /// The authorization code.
    Code(String),
    /// The error code, such as `access_denied`.
    Error(String),
}

/// A response of a vault.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the variants say what their fields are")]
pub enum VaultResponse {
    /// The activity was accepted.
    TurnHandled {
        /// The body of the HTTP response to an invoke.
        invoke: Option<Value>,
    },
    /// The owner's connections.
    Connections(Vec<ConnectionRow>),
    /// The login link.
    Link(LoginLink),
    /// The runs that acted in the person's name.
    History(Activity),
    /// The open runs.
    Runs(Vec<RunRow>),
    /// The cancelled run. `None` if no run has that id.
    Cancelled(Option<RunRow>),
    /// The run no longer waits.
    NotWaiting,
    /// There is no connection to that app.
    NoConnection,
    /// The receipt of a disconnect.
    Disconnected(Receipt),
    /// The receipts of disconnecting all connections.
    AllDisconnected(Vec<Receipt>),
    /// The API key was not stored, for this reason. The text is for the admin.
    SecretRefused(String),
    /// The company's instance at the app, if a shared connection names one.
    ConnectedInstance(Option<String>),
    /// The connection's generation.
    Generation(i64),
    /// The access, by app.
    SharedAccess(DelegatedAccesses),
    /// The response about agents.
    Agent(AgentResponse),
    /// The request succeeded.
    Done,
    /// Redirect the browser.
    Redirect {
        to: String,
        /// The id of a new attempt, and its cookie's value.
        cookie: Option<(AttemptId, String)>,
    },
    /// Show the final page of the login.
    ShowPage {
        page: LoginPage,
        /// The attempt whose cookie is removed.
        ended: Option<AttemptId>,
    },
    /// The vault failed. Nothing was changed.
    Failed,
}

/// Sends a request to a vault. `id` is the correlation id of the original request.
///
/// # Errors
/// [`ObjectError`] when the vault does not respond or fails.
pub async fn ask(
    isolate: &Isolate,
    vault: &VaultId,
    request: &VaultRequest,
    id: &CorrelationId,
) -> Result<VaultResponse, ObjectError> {
    match object_request::ask(isolate, ObjectClass::Vault, &vault.name(), request, id).await? {
        VaultResponse::Failed => Err(ObjectError::Failed),
        response => Ok(response),
    }
}
