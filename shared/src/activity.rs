//! What was done in a person's name, and what waits for them.

use crate::{AppId, OwnerKind, RecipeId, RunId};
use serde::{Deserialize, Serialize};

/// How a run ended, if it did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunOutcome {
    /// It waits for its person, or is running.
    UnderWay,
    /// All of it was done.
    Done,
    /// It ended early.
    Failed,
    /// Its person cancelled it.
    Cancelled,
}

/// What came of one step of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepOutcome {
    /// It was done.
    Done,
    /// It may or may not have been done: the app did not answer.
    Unknown,
    /// It was not done, or not yet.
    NotDone,
}

/// One step of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActivityStep {
    /// The app.
    pub app: AppId,
    /// What people call it.
    pub app_name: String,
    /// The app's action, as the catalog names it.
    pub action: String,
    /// What it does, for people, if the recipe says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Whether it changes something.
    pub writes: bool,
    /// What came of it.
    pub outcome: StepOutcome,
    /// Whose connection it asks its app by: as whom.
    pub acts_as: OwnerKind,
    /// The account that did it, once it is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Where a person sees the record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

/// One entry of `GET /api/activity`: a run that asked at least one app for something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActivityEntry {
    /// The run.
    pub run: RunId,
    /// When the command was given: RFC 3339, UTC.
    pub at: String,
    /// The recipe.
    pub recipe: RecipeId,
    /// What people call the command.
    pub name: String,
    /// How it ended.
    pub outcome: RunOutcome,
    /// What it did, in order, and what it did not. Steps that were left out are not here.
    pub steps: Vec<ActivityStep>,
}

/// The answer of `GET /api/activity`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activity {
    /// The entries, newest first.
    pub entries: Vec<ActivityEntry>,
    /// Where the next page begins, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunStatus {
    /// Its steps are being done.
    Running,
    /// It waits for details.
    WaitingInput,
    /// It waits for a login.
    WaitingLogin,
    /// It waits for "Still do it".
    #[serde(rename = "waiting_consent")]
    WaitingConfirmation,
    /// It waits for an app that does not answer.
    WaitingApp,
    /// It is over.
    Over,
    /// Its person cancelled it.
    Cancelled,
}

impl RunStatus {
    /// Whether it waits, for its person or for an app, and so can be cancelled.
    #[must_use]
    pub fn waits(self) -> bool {
        matches!(self, Self::WaitingInput | Self::WaitingLogin | Self::WaitingConfirmation | Self::WaitingApp)
    }
}

/// One row of `GET /api/runs`, and the answer of `POST /api/runs/{run}/cancel`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRow {
    /// The run.
    pub run: RunId,
    /// What people call the command.
    pub name: String,
    /// When it was given: RFC 3339, UTC.
    pub at: String,
    /// How far it is.
    pub status: RunStatus,
}

/// The answer of `GET /api/runs`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Runs {
    /// The rows, oldest first.
    pub runs: Vec<RunRow>,
    /// Where the next page begins, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}
