//! Jobs: what must happen although nobody asks any more.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use workbot_domain::activity::Conversation;
use workbot_domain::jobs::{MESSAGE_ATTEMPTS, RUN_ATTEMPTS};
use workbot_shared::{AppId, AuditEntry, Language, RunId};

/// Something to be done.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Job {
    /// Bring a run as far as it goes.
    DriveRun { run: RunId },
    /// A run has waited for long enough.
    ExpireRun { run: RunId },
    /// Say something: to the person alone, unless `here`.
    SendMessage {
        id: String,
        conversation: Conversation,
        person: String,
        #[serde(default)]
        language: Language,
        message: Value,
        here: bool,
        /// It was done: it is told for a day though no chat can be made now, and announced no more.
        #[serde(default)]
        owed: bool,
    },
    /// Replace a message in the personal chat.
    UpdateMessage { activity: String, near: Conversation, message: Value },
    /// Put a revision into KV, and later see that it is there.
    FlushToKv { app: AppId, revision: String },
    /// Remove a revision from KV whose key is gone.
    DeleteFromKv { app: AppId, revision: String },
    /// Send a refresh again that its app did not answer.
    RetryRefresh { app: AppId },
    /// Revoke a grant at its app.
    Revoke { id: String },
    /// Bring what an admin did, or what was written by a shared connection, to the audit.
    WriteAudit { id: String, entry: AuditEntry },
    /// Bring the directory up to date about a connection.
    SyncDirectory { app: AppId },
    /// Look after connections that end, and throw away what has served its time.
    CleanUp,
}

impl Job {
    /// After so many failures it is given up, because somebody waits for it and is to be told. All else must happen, however
    /// late.
    pub fn gives_up_after(&self) -> Option<i64> {
        match self {
            Self::DriveRun { .. } => Some(RUN_ATTEMPTS),
            Self::SendMessage { .. } | Self::UpdateMessage { .. } => Some(MESSAGE_ATTEMPTS),
            _ => None,
        }
    }

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
            Self::CleanUp => "clean_up".to_owned(),
        }
    }
}

/// A job that is worked on.
pub struct ClaimedJob {
    /// The key of its row.
    pub key: String,
    pub job: Job,
    /// How often it was wanted.
    pub generation: i64,
    /// Which try it is.
    pub attempts: i64,
}
