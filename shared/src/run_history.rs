//! A person's activity: what their runs did, and which runs wait.

use crate::{AppId, OwnerKind, RecipeId, RunId};
use serde::{Deserialize, Serialize};

/// The outcome of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunOutcome {
    /// The run is running, or waits for its person or an app.
    UnderWay,
    /// The run succeeded.
    Done,
    /// The run ended before its last step, or without success.
    Failed,
    /// The person cancelled the run.
    Cancelled,
}

/// The outcome of one step of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepOutcome {
    /// The app confirmed the call.
    Done,
    /// The call may or may not have happened: no response proves either.
    Unknown,
    /// The call did not happen, or has not happened yet.
    NotDone,
}

/// One step of an [`ActivityEntry`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActivityStep {
    /// The app's id.
    pub app: AppId,
    /// The display name.
    pub app_name: String,
    /// The name of the action in the app's file, e.g. `create_record`.
    pub action: String,
    /// The step's label in the person's language, if the recipe has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Whether the action is a write.
    pub writes: bool,
    /// The outcome.
    pub outcome: StepOutcome,
    /// The kind of connection that the step uses.
    pub acts_as: OwnerKind,
    /// The account at the app, once the step is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The address of the record: http or https.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

/// One entry of `GET /api/activity`: a run that called at least one app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActivityEntry {
    /// The run's id.
    pub run: RunId,
    /// When the command was given: RFC 3339, in UTC.
    pub at: String,
    /// The recipe's id.
    pub recipe: RecipeId,
    /// The display name of the recipe.
    pub name: String,
    /// The agent that asked for the run, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// The outcome.
    pub outcome: RunOutcome,
    /// The steps in the recipe's order, without those whose condition did not hold.
    pub steps: Vec<ActivityStep>,
}

/// The response of `GET /api/activity`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activity {
    /// The entries, newest first.
    pub entries: Vec<ActivityEntry>,
    /// The `cursor` of the next page; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// The status of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunStatus {
    /// The run is executing its steps.
    Running,
    /// The run waits for inputs in a form.
    WaitingInput,
    /// The run waits for a login.
    WaitingLogin,
    /// The run waits for a response to "Still do it?".
    #[serde(rename = "waiting_consent")]
    WaitingConfirmation,
    /// The run of an agent waits until its person approves it.
    WaitingApproval,
    /// The run waits for the answer to a question.
    WaitingAnswer,
    /// The run waits for an app that does not respond.
    WaitingApp,
    /// The run has ended.
    Over,
    /// The person cancelled the run.
    Cancelled,
}

impl RunStatus {
    /// Whether the run waits for its person or an app, and can therefore be cancelled.
    #[must_use]
    pub fn waits(self) -> bool {
        match self {
            Self::WaitingInput
            | Self::WaitingLogin
            | Self::WaitingConfirmation
            | Self::WaitingAnswer
            | Self::WaitingApproval
            | Self::WaitingApp => true,
            Self::Running | Self::Over | Self::Cancelled => false,
        }
    }
}

/// One row of `GET /api/runs`, and the response of `POST /api/runs/{run}/cancel`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRow {
    /// The run's id.
    pub run: RunId,
    /// The display name of the recipe.
    pub name: String,
    /// When the command was given: RFC 3339, in UTC.
    pub at: String,
    /// The status.
    pub status: RunStatus,
    /// What the run asks its person, in a few words, if it waits for an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
}

/// The response of `GET /api/runs`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Runs {
    /// The rows, oldest first.
    pub runs: Vec<RunRow>,
    /// The `cursor` of the next page; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}
