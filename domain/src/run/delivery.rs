//! Where what a run has to say is told.

use super::state::Run;
use crate::activity::Conversation;
use crate::catalog::Catalog;

/// Where the reply of a run is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReplyTarget {
    /// Where the command was given.
    Here,
    /// To the person alone, in place of the card that shows how far the run is.
    InPlaceOf(String),
    /// To the person alone.
    Private,
}

/// What the conversation of a command was told about where its person finds what comes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Announced {
    /// Nothing yet.
    Nothing = 0,
    /// That the person is written to alone.
    Private = 1,
    /// That they cannot be.
    Cannot = 2,
}

/// What the conversation of a command reads when its person cannot be told alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hint {
    /// The command has ended, and succeeded or not. What was done is not to be asked for again.
    EndedUnseen {
        /// Whether it succeeded.
        ok: bool,
    },
    /// The bot cannot write to them: they may say it again elsewhere.
    CannotWrite,
}

impl Run {
    /// Where its reply is told. `progress`: the card that shows how far it is, if there is one.
    #[must_use]
    pub fn reply_place(&self, catalog: &Catalog, progress: Option<String>) -> ReplyTarget {
        let recipe = catalog.recipes.get(&self.recipe);
        if self.is_by_an_outsider() || recipe.is_some_and(|recipe| self.replies_here(recipe)) {
            return ReplyTarget::Here;
        }
        progress.map_or(ReplyTarget::Private, ReplyTarget::InPlaceOf)
    }
}

/// Whether the conversation of a command is told now that the person is written to alone.
#[must_use]
pub fn is_announced(near: &Conversation, told: Announced) -> bool {
    !near.is_private() && told == Announced::Nothing
}

/// What the conversation of a command is told when its person cannot be told alone. Once, unless it is what was done, or
/// may have been. `ended`: whether the run that ends by this succeeded, if one ends that has written.
#[must_use]
pub fn hint(near: &Conversation, told: Announced, ended: Option<bool>) -> Option<Hint> {
    if near.is_private() {
        return None;
    }
    match ended {
        Some(ok) => Some(Hint::EndedUnseen { ok }),
        None => (told != Announced::Cannot).then_some(Hint::CannotWrite),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::ReplyIn;
    use crate::catalog::tests::real_catalog;
    use crate::roster::Membership;
    use crate::run::next::tests::run;

    fn in_channel() -> Run {
        let mut run = run();
        run.conversation.personal = false;
        run
    }

    #[test]
    fn a_reply_takes_the_place_of_the_progress_card_or_is_told_alone() {
        let catalog = real_catalog();
        for run in [run(), in_channel()] {
            let place = |progress: Option<&str>| run.reply_place(&catalog, progress.map(str::to_owned));
            assert_eq!(place(None), ReplyTarget::Private);
            assert_eq!(place(Some("card")), ReplyTarget::InPlaceOf("card".into()));
        }
    }

    #[test]
    fn a_result_that_belongs_to_the_conversation_and_the_refusal_of_an_outsider_stay_there() {
        let mut catalog = real_catalog();
        let outsider = Run { membership: Some(Membership::Outsider), ..in_channel() };
        assert_eq!(outsider.reply_place(&catalog, Some("card".into())), ReplyTarget::Here);
        catalog.recipes.get_mut(&run().recipe).unwrap().reply_in = ReplyIn::Here;
        assert_eq!(in_channel().reply_place(&catalog, Some("card".into())), ReplyTarget::Here);
        assert_eq!(run().reply_place(&catalog, None), ReplyTarget::Private, "in their own chat");
    }

    #[test]
    fn a_conversation_of_several_is_told_once_that_its_person_is_written_to_alone() {
        let channel = in_channel().conversation;
        assert!(is_announced(&channel, Announced::Nothing));
        assert!(!is_announced(&channel, Announced::Private) && !is_announced(&channel, Announced::Cannot));
        let targeted = Conversation { targeted: Some("a1".into()), ..channel };
        for private in [run().conversation, targeted] {
            assert!(!is_announced(&private, Announced::Nothing));
        }
    }

    #[test]
    fn who_cannot_be_told_alone_is_told_so_once_and_what_was_done_each_time() {
        let channel = in_channel().conversation;
        assert_eq!(hint(&channel, Announced::Private, None), Some(Hint::CannotWrite));
        assert_eq!(hint(&channel, Announced::Cannot, None), None);
        for ok in [true, false] {
            assert_eq!(hint(&channel, Announced::Cannot, Some(ok)), Some(Hint::EndedUnseen { ok }));
        }
        assert_eq!(hint(&run().conversation, Announced::Nothing, Some(true)), None);
    }
}
