//! Where the reply of a run is posted, and what the command's conversation is told about it.
//!
//! The rules:
//!
//! - The reply goes to the person alone (`crate::targeted_message`). It replaces the progress card, if there
//!   is one.
//! - The reply goes to the conversation of the command if the recipe says so, or for an outsider.
//! - A group conversation is told once that the bot writes to the person in private, unless that is a
//!   targeted message there.
//! - If the bot cannot write to the person in private, the group conversation is told so once. The result of
//!   a run that has written is posted there each time, without content.

use std::time::Duration;

use super::state::Run;
use crate::activity::Conversation;
use crate::catalog::Catalog;
use crate::ids::ActivityId;

/// Where the reply of a run is posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReplyTarget {
    /// In the conversation of the command.
    Here,
    /// To the person alone. The reply replaces the progress card with this activity id.
    InPlaceOf(ActivityId),
    /// To the person alone, as a new message.
    Private,
}

/// What the conversation of a command was told about the place of the reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Announced {
    /// Nothing so far.
    Nothing = 0,
    /// The bot writes to the person in private.
    Private = 1,
    /// The bot cannot write to the person in private.
    Cannot = 2,
}

/// The message for the conversation of a command when the bot cannot write to the person in private.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hint {
    /// The run has ended and has written. The message states the result, so that nobody gives the command
    /// again.
    EndedUnseen {
        /// Whether the run succeeded.
        ok: bool,
    },
    /// The bot cannot write to the person; the person can give the command again in another place.
    CannotWrite,
}

impl Run {
    /// Returns where the reply is posted. `progress` is the activity id of the progress card, if one was
    /// posted.
    #[must_use]
    pub fn reply_place(&self, catalog: &Catalog, progress: Option<ActivityId>) -> ReplyTarget {
        let recipe = catalog.recipes.get(&self.recipe);
        if self.is_by_an_outsider() || recipe.is_some_and(|recipe| self.replies_here(recipe)) {
            return ReplyTarget::Here;
        }
        progress.map_or(ReplyTarget::Private, ReplyTarget::InPlaceOf)
    }
}

/// Whether the conversation of a command now gets the message that the bot writes to the person in private.
#[must_use]
pub fn is_announced(near: &Conversation, announced: Announced) -> bool {
    !near.is_private() && announced == Announced::Nothing
}

/// Returns the message for a group conversation when the bot cannot write to the person in private.
///
/// The hint that the bot cannot write is posted once. The result of a run that has written, or may have, is
/// posted each time. `ended` is `Some(success)` for the end of such a run.
#[must_use]
pub fn hint(near: &Conversation, announced: Announced, ended: Option<bool>) -> Option<Hint> {
    if near.is_private() {
        return None;
    }
    match ended {
        Some(ok) => Some(Hint::EndedUnseen { ok }),
        None => (announced != Announced::Cannot).then_some(Hint::CannotWrite),
    }
}

/// How long a command may stay without a visible reaction. The notice that is sent then arrives within five
/// seconds.
const PATIENCE: Duration = Duration::from_secs(3);
/// The least time that a result gets before the notice is sent.
const LEAST_PATIENCE: Duration = Duration::from_millis(700);

/// Returns how long the conversation of a command waits for a result before a notice is sent there. `used` is
/// the time since the command.
#[must_use]
pub fn announce_after(used: Duration) -> Duration {
    PATIENCE.saturating_sub(used).max(LEAST_PATIENCE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::ReplyIn;
    use crate::catalog::tests::real_catalog;
    use crate::membership::Membership;
    use crate::run::next::tests::run;

    fn in_channel() -> Run {
        let mut run = run();
        run.conversation.personal = false;
        run
    }

    #[test]
    fn a_reply_replaces_the_progress_card_or_is_posted_in_private() {
        let catalog = real_catalog();
        for run in [run(), in_channel()] {
            let place = |progress: Option<&str>| run.reply_place(&catalog, progress.map(ActivityId::from));
            assert_eq!(place(None), ReplyTarget::Private);
            assert_eq!(place(Some("card")), ReplyTarget::InPlaceOf("card".into()));
        }
    }

    #[test]
    fn a_public_result_and_the_refusal_of_an_outsider_stay_in_the_conversation() {
        let mut catalog = real_catalog();
        let outsider = Run { membership: Some(Membership::Outsider), ..in_channel() };
        assert_eq!(outsider.reply_place(&catalog, Some("card".into())), ReplyTarget::Here);
        catalog.recipes.get_mut(&run().recipe).unwrap().reply_in = ReplyIn::Here;
        assert_eq!(in_channel().reply_place(&catalog, Some("card".into())), ReplyTarget::Here);
        assert_eq!(run().reply_place(&catalog, None), ReplyTarget::Private, "in their own chat");
    }

    #[test]
    fn a_group_is_told_once_that_the_bot_writes_in_private() {
        let channel = in_channel().conversation;
        assert!(is_announced(&channel, Announced::Nothing));
        assert!(!is_announced(&channel, Announced::Private) && !is_announced(&channel, Announced::Cannot));
        let targeted = Conversation { targeted: Some("a1".into()), ..channel };
        for private in [run().conversation, targeted] {
            assert!(!is_announced(&private, Announced::Nothing));
        }
    }

    #[test]
    fn an_unreachable_person_gets_the_hint_once_and_the_result_of_a_write_each_time() {
        let channel = in_channel().conversation;
        assert_eq!(hint(&channel, Announced::Private, None), Some(Hint::CannotWrite));
        assert_eq!(hint(&channel, Announced::Cannot, None), None);
        for ok in [true, false] {
            assert_eq!(hint(&channel, Announced::Cannot, Some(ok)), Some(Hint::EndedUnseen { ok }));
        }
        assert_eq!(hint(&run().conversation, Announced::Nothing, Some(true)), None);
    }

    #[test]
    fn a_notice_is_sent_three_seconds_after_a_command_or_shortly_after_a_late_start() {
        for (used, left) in [(0, 3000), (2200, 800), (2500, 700), (3000, 700), (60_000, 700)] {
            let used = Duration::from_millis(used);
            assert_eq!(announce_after(used), Duration::from_millis(left), "{used:?}");
        }
    }
}
