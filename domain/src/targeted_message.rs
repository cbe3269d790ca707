//! Targeted messages: in a channel or group chat, the recipient alone sees them.
//!
//! The rules:
//!
//! - What is private goes to the conversation of the command as a targeted message. If that is refused, it
//!   goes to the personal chat. It never goes to the whole conversation.
//! - A refusal is remembered for a day, for all threads of a channel. A targeted message that is accepted
//!   ends it. A command that was a targeted message itself shows that the conversation knows them, so its
//!   reply is always tried there.
//! - An outcome that is unknown is no refusal: the message is sent again, and goes to the personal chat at
//!   the second attempt. What is not accepted for now goes to the personal chat at once, unless the command
//!   was a targeted message.
//! - An update is tried wherever the message may be, because only one place knows its id.
//!
//! Source: "Send and receive targeted messages" (msteams-docs).

use std::time::Duration;

use crate::activity::Conversation;
use crate::membership::roster_of;
use crate::time::Timestamp;

/// How long a refusal is remembered.
const REFUSAL_KEPT: Duration = Duration::from_secs(24 * 3600);
/// At this attempt, a message whose delivery keeps failing goes to the next place.
const ATTEMPTS: i64 = 2;

/// The conversation whose refusal is remembered: the channel of a thread.
#[must_use]
pub fn refusing_conversation(near: &Conversation) -> &str {
    roster_of(&near.id)
}

/// Whether a refusal still holds.
#[must_use]
pub fn is_refused(refused_at: Option<Timestamp>, now: Timestamp) -> bool {
    refused_at.is_some_and(|at| now < at + REFUSAL_KEPT)
}

/// The conversations to which a private message is sent, in this order.
#[must_use]
pub fn places_to_send(near: &Conversation, chat: Option<Conversation>, refused: bool) -> Vec<Conversation> {
    let is_tried = near.targeted.is_some() || !refused;
    let chat = chat.or_else(|| near.personal.then(|| near.clone())).filter(Conversation::is_created);
    near.targeted().filter(|_| is_tried).into_iter().chain(chat).collect()
}

/// The conversations in which a private message may be that is to be updated or deleted, the likely one
/// first.
#[must_use]
pub fn places_to_change(near: &Conversation, chat: Option<Conversation>, refused: bool) -> Vec<Conversation> {
    let mut places = places_to_send(near, chat, false);
    if refused && near.targeted.is_none() {
        places.reverse();
    }
    places
}

/// What follows when a targeted message was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fallback {
    /// The job sends it again.
    Retry,
    /// It goes to the next place.
    NextPlace {
        /// Whether the conversation has refused it, which is remembered.
        refused: bool,
    },
}

/// Why a targeted message was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// The connector's definite no.
    Refused,
    /// It was not accepted for now.
    NotNow,
    /// It may have been accepted.
    Unknown,
}

/// Decides what follows when a targeted message was not accepted. `attempt` counts from 1.
#[must_use]
pub fn fallback(near: &Conversation, failure: Failure, attempt: i64) -> Fallback {
    match failure {
        Failure::Refused => Fallback::NextPlace { refused: true },
        // A command that was a targeted message is answered where it was given, if possible.
        Failure::NotNow if near.targeted.is_none() => Fallback::NextPlace { refused: false },
        _ if attempt < ATTEMPTS => Fallback::Retry,
        _ => Fallback::NextPlace { refused: false },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::ActivityId;

    fn at(id: &str, personal: bool, targeted: Option<&str>) -> Conversation {
        Conversation {
            service_url: "s".into(),
            id: id.into(),
            personal,
            bot: "28:bot".into(),
            member: "29:ada".into(),
            targeted: targeted.map(ActivityId::from),
        }
    }

    #[test]
    fn a_private_message_is_sent_to_no_place_that_others_read() {
        let chat = || Some(at("a:chat", true, None));
        for near in [at("19:g", false, None), at("19:g", false, Some("c1")), at("a:chat", true, None)] {
            for refused in [false, true] {
                for chat in [chat(), None] {
                    for places in
                        [places_to_send(&near, chat.clone(), refused), places_to_change(&near, chat, refused)]
                    {
                        assert!(
                            places.iter().all(Conversation::is_private),
                            "{near:?} {refused}: {places:?}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn the_conversation_of_the_command_comes_first_unless_it_has_refused() {
        let (group, chat) = (at("19:g", false, None), at("a:chat", true, None));
        let (targeted, command) = (at("19:g", false, Some("")), at("19:g", false, Some("c1")));
        let both = [targeted.clone(), chat.clone()];
        assert_eq!(places_to_send(&group, Some(chat.clone()), false), both);
        assert_eq!(places_to_send(&group, Some(chat.clone()), true), vec![chat.clone()]);
        assert_eq!(places_to_send(&group, None, true), []);
        assert_eq!(places_to_send(&command, Some(chat.clone()), true), [command.clone(), chat.clone()]);
        assert_eq!(places_to_send(&chat, None, false), vec![chat.clone()]);
        let to_create = group.personal_chat_to_create();
        assert_eq!(places_to_send(&to_create, None, false), [], "it has to be created first");
        assert_eq!(places_to_send(&to_create, Some(chat.clone()), false), vec![chat.clone()]);
        // A card that was posted before the refusal is still there.
        assert_eq!(places_to_change(&group, Some(chat.clone()), false), both);
        assert_eq!(places_to_change(&group, Some(chat.clone()), true), [chat.clone(), targeted]);
        assert_eq!(places_to_change(&command, Some(chat.clone()), true), [command, chat]);
    }

    #[test]
    fn a_refusal_counts_for_a_day_and_for_all_threads_of_a_channel() {
        let now = Timestamp(1_795_683_600_000);
        let hours = |hours: u64| now + Duration::from_secs(hours * 3600);
        assert!(
            !is_refused(None, now) && is_refused(Some(now), hours(23)) && !is_refused(Some(now), hours(24))
        );
        let thread = at("19:channel@thread.tacv2;messageid=17", false, None);
        assert_eq!(refusing_conversation(&thread), "19:channel@thread.tacv2");
    }

    #[test]
    fn an_unknown_outcome_is_no_refusal_and_is_retried_once_in_place() {
        let (group, command) = (at("19:g", false, None), at("19:g", false, Some("c1")));
        let next = |refused| Fallback::NextPlace { refused };
        for (near, failure, first, second) in [
            (&group, Failure::Refused, next(true), next(true)),
            (&group, Failure::NotNow, next(false), next(false)),
            (&group, Failure::Unknown, Fallback::Retry, next(false)),
            (&command, Failure::Refused, next(true), next(true)),
            (&command, Failure::NotNow, Fallback::Retry, next(false)),
            (&command, Failure::Unknown, Fallback::Retry, next(false)),
        ] {
            assert_eq!(fallback(near, failure, 1), first, "{near:?} {failure:?}");
            assert_eq!(fallback(near, failure, 2), second, "{near:?} {failure:?}");
        }
    }
}
