//! The pauses that the Bot Connector asks for, by conversation.

use std::collections::HashMap;
use std::time::Duration;

use crate::time::Timestamp;

/// The conversations for which the connector stated a pause, and its end. Every message to such a
/// conversation waits.
#[derive(Debug, Default)]
pub struct SendPauses(HashMap<String, Timestamp>);

impl SendPauses {
    /// Records the pause of a conversation.
    pub fn ask(&mut self, conversation: &str, until: Timestamp, now: Timestamp) {
        self.0.retain(|_, until| now < *until);
        self.0.insert(conversation.to_owned(), until);
    }

    /// Returns the rest of the pause.
    #[must_use]
    pub fn left(&self, conversation: &str, now: Timestamp) -> Option<Duration> {
        self.0.get(conversation).map(|until| until.since(now)).filter(|left| !left.is_zero())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conversation_is_left_alone_until_the_stated_time_and_others_are_not() {
        let (now, mut quiet) = (Timestamp(1_000_000), SendPauses::default());
        quiet.ask("a:1", now + Duration::from_secs(15), now);
        assert_eq!(quiet.left("a:1", now + Duration::from_secs(11)), Some(Duration::from_secs(4)));
        assert_eq!(quiet.left("a:1", now + Duration::from_secs(15)), None);
        assert_eq!(quiet.left("a:2", now), None);
        quiet.ask("a:2", now, now + Duration::from_secs(20));
        assert_eq!(quiet.0.len(), 1, "a pause that has ended is forgotten");
    }
}
