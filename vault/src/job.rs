//! Jobs: work that must happen without a request that waits for it.

use futures_util::future::LocalBoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::rc::Rc;
use workbot_domain::activity::Conversation;
use workbot_domain::ids::{ActivityId, Revision};
use workbot_domain::job_policy::{JobOutcome, MESSAGE_ATTEMPTS, RUN_ATTEMPTS};
use workbot_shared::{AppId, AuditEntry, Language, RunId};

/// One unit of work. It is stored as JSON; docs/storage.md lists the shapes.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Job {
    /// Drive a run as far as possible.
    DriveRun { run: RunId },
    /// End a run that has waited for too long.
    ExpireRun { run: RunId },
    /// Send a message: to the person alone, unless `here`.
    SendMessage {
        id: String,
        conversation: Conversation,
        person: String,
        #[serde(default)]
        language: Language,
        message: Value,
        here: bool,
        /// The message reports finished work. It is retried for a day if the person has no chat with the bot,
        /// and no longer announced.
        #[serde(default)]
        owed: bool,
    },
    /// Update a message in the personal chat.
    UpdateMessage { activity: ActivityId, near: Conversation, message: Value },
    /// Write a revision to KV, and later verify it there.
    FlushToKv { app: AppId, revision: Revision },
    /// Delete a revision from KV whose key is destroyed.
    DeleteFromKv { app: AppId, revision: Revision },
    /// Repeat a refresh whose outcome is unknown.
    RetryRefresh { app: AppId },
    /// Revoke a grant at its app.
    Revoke { id: String },
    /// Deliver an audit entry to the workspace: an admin act, or a write by a shared connection.
    WriteAudit { id: String, entry: AuditEntry },
    /// Update the directory's row of a connection.
    SyncDirectory { app: AppId },
    /// Update the directory's rows of the agents that act for this person.
    SyncAgents,
    /// Check connections for expiry, and delete old rows.
    CleanUp,
}

impl Job {
    /// The number of failures after which the job is parked because a person waits for it and is notified.
    /// `None`: the job is retried until it succeeds.
    pub fn gives_up_after(&self) -> Option<i64> {
        match self {
            Self::DriveRun { .. } => Some(RUN_ATTEMPTS),
            Self::SendMessage { .. } | Self::UpdateMessage { .. } => Some(MESSAGE_ATTEMPTS),
            _ => None,
        }
    }

    /// Whether the job revokes access, or keeps rows in order. It is done also if the tenant is not served.
    /// Every other job sends something for a person, or uses an app.
    pub fn only_ends_access(&self) -> bool {
        match self {
            Self::DriveRun { .. }
            | Self::ExpireRun { .. }
            | Self::SendMessage { .. }
            | Self::UpdateMessage { .. }
            | Self::RetryRefresh { .. } => false,
            Self::FlushToKv { .. }
            | Self::DeleteFromKv { .. }
            | Self::Revoke { .. }
            | Self::WriteAudit { .. }
            | Self::SyncDirectory { .. }
            | Self::SyncAgents
            | Self::CleanUp => true,
        }
    }

    /// The key of the job's row. Enqueuing a job of the same key again raises the generation of that row.
    pub fn key(&self) -> String {
        match self {
            Self::DriveRun { run } => format!("drive_run:{run}"),
            Self::ExpireRun { run } => format!("expire_run:{run}"),
            Self::SendMessage { id, .. } => format!("send_message:{id}"),
            Self::UpdateMessage { activity, .. } => format!("update_message:{activity}"),
            Self::FlushToKv { app, revision } => format!("flush_to_kv:{app}:{revision}"),
            Self::DeleteFromKv { app, revision } => format!("delete_from_kv:{app}:{revision}"),
            Self::RetryRefresh { app } => format!("retry_refresh:{app}"),
            Self::Revoke { id } => format!("revoke:{id}"),
            Self::WriteAudit { id, .. } => format!("write_audit:{id}"),
            Self::SyncDirectory { app } => format!("sync_directory:{app}"),
            Self::SyncAgents => "sync_agents".to_owned(),
            Self::CleanUp => "clean_up".to_owned(),
        }
    }
}

/// A leased job.
pub struct ClaimedJob {
    /// The key of its row.
    pub key: String,
    /// The work.
    pub job: Rc<Job>,
    /// The generation: how often the job was enqueued.
    pub generation: i64,
    /// The number of attempts, including this one.
    pub attempts: i64,
    /// The attempt, if it is under way: it began in the request, before the row was written.
    pub under_way: Option<LocalBoxFuture<'static, JobOutcome>>,
}

impl ClaimedJob {
    /// The first attempt at a new job.
    pub fn new(job: Job) -> Self {
        Self { key: job.key(), job: Rc::new(job), generation: 1, attempts: 1, under_way: None }
    }
}
