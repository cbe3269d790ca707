//! What one start of an object keeps in memory. What a crash takes is read again, or done again by the next
//! delivery of the same activity.

use futures_channel::oneshot;
use futures_util::FutureExt;
use futures_util::future::Shared;
use serde_json::Value;
use std::collections::VecDeque;
use workbot_domain::ids::{ActivityId, RunVersion};
use workbot_domain::run::{Announced, Run};

/// How many turns are remembered. One that was pushed out is recognised by what it stored; if it only showed
/// something, its second delivery shows that again.
const RECENT_TURNS: usize = 64;

/// The ids of a turn's conversation and activity.
pub type TurnKey = (String, ActivityId);
/// The response to a turn, once it is known. Canceled if the turn failed.
pub type PendingResponse = Shared<oneshot::Receiver<Option<Value>>>;

/// The latest turns and their responses, by which a second delivery is recognised. A turn that only shows
/// something is recognised here alone: after a crash its second delivery shows it again, which harms nobody.
#[derive(Default)]
pub struct RecentTurns(VecDeque<(TurnKey, PendingResponse)>);

impl RecentTurns {
    /// The response to a turn that was delivered before, which may still be under way.
    pub fn find(&self, key: &TurnKey) -> Option<PendingResponse> {
        self.0.iter().find(|(known, _)| known == key).map(|(_, response)| response.clone())
    }

    /// Remembers a new turn. Its response is sent through the returned channel.
    pub fn begin(&mut self, key: TurnKey) -> oneshot::Sender<Option<Value>> {
        let (sender, receiver) = oneshot::channel();
        self.0.push_back((key, receiver.shared()));
        if self.0.len() > RECENT_TURNS {
            self.0.pop_front();
        }
        sender
    }

    /// Forgets a turn that failed: its next delivery is handled anew.
    pub fn forget(&mut self, key: &TurnKey) {
        self.0.retain(|(known, _)| known != key);
    }
}

/// A run that is driven in the request of its command and not stored yet.
pub struct UnstoredRun {
    /// The run.
    pub run: Run,
    /// Its version.
    pub version: RunVersion,
    /// The activity id of its progress card.
    pub progress: Option<ActivityId>,
    /// What the conversation of the command was told.
    pub announced: Announced,
}

impl UnstoredRun {
    /// A new run.
    pub fn new(run: Run) -> Self {
        Self { run, version: RunVersion::FIRST, progress: None, announced: Announced::Nothing }
    }
}
