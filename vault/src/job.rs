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
    Run { run: RunId },
    /// A run has waited for long enough.
    Lapse { run: RunId },
    /// Say something: to the person alone, unless `here`.
    Say {
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
    Replace { activity: String, near: Conversation, message: Value },
    /// Put a revision into KV, and later see that it is there.
    Settle { app: AppId, revision: String },
    /// Remove a revision from KV whose key is gone.
    Remove { app: AppId, revision: String },
    /// Send a refresh again that its app did not answer.
    Refresh { app: AppId },
    /// Revoke a grant at its app.
    Revoke { id: String },
    /// Bring what an admin did, or what was written by a shared connection, to the audit.
    Report { id: String, entry: AuditEntry },
    /// Bring the directory up to date about a connection.
    Direct { app: AppId },
    /// Look after connections that end, and throw away what has served its time.
    Sweep,
}

impl Job {
    /// After so many failures it is given up, because somebody waits for it and is to be told. All else must happen, however
    /// late.
    pub fn gives_up_after(&self) -> Option<i64> {
        match self {
            Self::Run { .. } => Some(RUN_ATTEMPTS),
            Self::Say { .. } | Self::Replace { .. } => Some(MESSAGE_ATTEMPTS),
            _ => None,
        }
    }

    pub fn key(&self) -> String {
        match self {
            Self::Run { run } => format!("run:{run}"),
            Self::Lapse { run } => format!("lapse:{run}"),
            Self::Say { id, .. } => format!("say:{id}"),
            Self::Replace { activity, .. } => format!("replace:{activity}"),
            Self::Settle { app, revision } => format!("settle:{app}:{revision}"),
            Self::Remove { app, revision } => format!("remove:{app}:{revision}"),
            Self::Refresh { app } => format!("refresh:{app}"),
            Self::Revoke { id } => format!("revoke:{id}"),
            Self::Report { id, .. } => format!("report:{id}"),
            Self::Direct { app } => format!("direct:{app}"),
            Self::Sweep => "sweep".to_owned(),
        }
    }
}

/// A job that is worked on.
pub struct ClaimedJob {
    /// The key of its row.
    pub key: String,
    pub job: Job,
    /// How often it was wanted.
    pub wanted: i64,
    /// Which try it is.
    pub attempts: i64,
}
