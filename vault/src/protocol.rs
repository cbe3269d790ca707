//! What the edge asks a vault, and what the vault answers. One enum: caller and object share it.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use workbot_domain::activity::Turn;
use workbot_domain::audit::Admin;
use workbot_domain::event::CorrelationId;
use workbot_domain::login::{LoginState, Ticket};
use workbot_domain::login_page::LoginPage;
use workbot_domain::owner::{Owner, VaultId};
use workbot_shared::{
    Activity, AppId, ConnectionRow, Language, LoginLink, Receipt, RunId, RunRow, SharedSecret,
};

use crate::access::DelegatedAccesses;
use crate::isolate::Isolate;
use crate::object_rpc;
use crate::ports::{ObjectClass, ObjectError};

/// Where a page of the activity ended: when the run began, and its id.
pub type ActivityCursor = (i64, String);

/// What the edge asks.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the variants say what their fields are")]
pub enum VaultRequest {
    /// A person said or pressed something.
    Turn(Box<Turn>),
    /// The rows of the owner's list.
    ListConnections { language: Language },
    /// A link with which the subject logs in to an app, for themselves or for the company.
    CreateLoginLink {
        app: AppId,
        owner: Owner,
        switch_account: bool,
        /// What the person is called.
        #[serde(default)]
        name: String,
    },
    /// What was done in the person's name.
    ListHistory { before: Option<ActivityCursor>, limit: i64, language: Language },
    /// What waits or runs.
    ListOpenRuns { language: Language },
    /// Cancel a run that waits.
    CancelRun { run: RunId, language: Language },
    /// Disconnect, or delete; `by` is the admin who does it for the company or to a person.
    Disconnect {
        app: AppId,
        delete: bool,
        by: Option<Admin>,
        #[serde(default)]
        language: Language,
    },
    /// Disconnect all that there is, for an admin.
    DisconnectAll { by: Admin, language: Language },
    /// Of the company's vault: exchange the code of an admin's login.
    ExchangeCode { code: AuthorizationCode, by: Admin },
    /// Of the company's vault: try this key and keep it.
    SetSecret {
        app: AppId,
        secret: SharedSecret,
        by: Admin,
        #[serde(default)]
        language: Language,
    },
    /// Of the company's vault: the company at an app.
    GetConnectedInstance { app: AppId },
    /// Of the company's vault: how often the connection to an app was left.
    GetGeneration { app: AppId },
    /// Of the company's vault: lend access to these apps.
    GetSharedAccess { apps: Vec<AppId> },
    /// Of the company's vault: an app did not take this revision; lend the next.
    RenewSharedAccess { app: AppId, revision: String },
    /// Wrap every data key anew by the active master key.
    RewrapKeys,
    /// A browser opened a link.
    BeginLogin {
        ticket: Ticket,
        /// Ask Entra for another account.
        another_account: bool,
    },
    /// A browser came back, from Entra or from an app.
    LoginCallback {
        state: LoginState,
        /// The value of the attempt's cookie.
        cookie: Option<String>,
        answer: AuthorizationResponse,
    },
}

/// A code of an app (RFC 6749 section 4.1.2) whose browser was proven, and the verifier that belongs to it.
#[derive(Serialize, Deserialize)]
pub struct AuthorizationCode {
    /// The app.
    pub app: AppId,
    /// The code.
    pub code: String,
    /// The verifier (RFC 7636 section 4.1).
    pub verifier: String,
    /// How often the connection had been left when the login began.
    pub generation: i64,
}

/// What an authorization server sent the browser back with (RFC 6749 sections 4.1.2 and 4.1.2.1).
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthorizationResponse {
    /// A code.
    Code(String),
    /// An error.
    Error(String),
}

/// What the vault answers.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the variants say what their fields are")]
pub enum VaultResponse {
    /// The turn is taken; an invoke is answered with this.
    TurnHandled {
        /// The body of the HTTP answer to an invoke.
        invoke: Option<Value>,
    },
    /// The list.
    Connections(Vec<ConnectionRow>),
    /// The link.
    Link(LoginLink),
    /// What was done in the person's name.
    History(Activity),
    /// What waits or runs.
    Runs(Vec<RunRow>),
    /// The run, cancelled; nothing, if there is none of that id.
    Cancelled(Option<RunRow>),
    /// The run does not wait.
    NotWaiting,
    /// What came of leaving.
    Disconnected(Receipt),
    /// What came of leaving all that there was.
    AllDisconnected(Vec<Receipt>),
    /// The key was not kept, for this reason.
    SecretRefused(String),
    /// The company's id at the app, if there is a shared connection that says it.
    ConnectedInstance(Option<String>),
    /// How often the connection was left.
    Generation(i64),
    /// The access, by app.
    SharedAccess(DelegatedAccesses),
    /// It is done.
    Done,
    /// Send the browser there.
    Redirect {
        to: String,
        /// A new attempt's id and its cookie's value.
        cookie: Option<(String, String)>,
    },
    /// The login ends here.
    ShowPage {
        page: LoginPage,
        /// The attempt whose cookie is no longer needed.
        ended: Option<String>,
    },
    /// The vault could not do it; nothing was changed.
    Failed,
}

/// Asks a vault. `id` says what the question came of.
pub async fn ask(
    isolate: &Isolate,
    vault: &VaultId,
    request: &VaultRequest,
    id: &CorrelationId,
) -> Result<VaultResponse, ObjectError> {
    match object_rpc::ask(isolate, ObjectClass::Vault, &vault.name(), request, id).await? {
        VaultResponse::Failed => Err(ObjectError::Failed),
        answer => Ok(answer),
    }
}
