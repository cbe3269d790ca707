//! Limits per person: which turns are accepted, and how many runs may be open.

use workbot_shared::RecipeId;

use super::reply::{Effect, Reply};
use crate::activity::{Turn, TurnEvent};
use crate::limits_per_person::{Admission, OPEN_RUNS};
use crate::log_event::OutcomeLabel;

/// Whether a turn counts towards the limit per minute. Installing and removing the bot do not count.
#[must_use]
pub fn counts(act: &TurnEvent) -> bool {
    matches!(act, TurnEvent::Message(_) | TurnEvent::CardAction { .. })
}

/// Returns the reply to a person over the limit, or `None` if the turn is accepted.
///
/// The first turn over the limit gets a text, the next ones in that minute get nothing. An invoke always gets
/// the text, because its client waits for a response. The vault stores nothing about a refused turn.
#[must_use]
pub fn slow_down(turn: &Turn, admitted: Admission) -> Option<Reply> {
    match admitted {
        Admission::Yes => None,
        Admission::StillTooMany if !turn.invoke => Some(Reply::default()),
        Admission::TooMany | Admission::StillTooMany => Some(Reply::text(turn.words().too_fast())),
    }
}

/// A reply, checked against the limit of open runs.
#[derive(Debug, PartialEq)]
pub struct WithinQuota {
    /// The reply. If it would start one run too many, a text takes its place.
    pub reply: Reply,
    /// The outcome of the turn, for the log.
    pub ended: OutcomeLabel,
    /// The recipe that starts.
    pub recipe: Option<RecipeId>,
}

/// Enforces the limit of open runs per person. `open` counts them; it is called only if the reply starts a
/// run.
///
/// # Errors
/// The error of `open`.
pub fn within_quota<E>(
    turn: &Turn,
    reply: Reply,
    open: impl FnOnce() -> Result<i64, E>,
) -> Result<WithinQuota, E> {
    let recipe = reply.effects.iter().find_map(|effect| match effect {
        Effect::StartRun(run) => Some(run.recipe.clone()),
        _ => None,
    });
    if recipe.is_some() && open()? >= OPEN_RUNS {
        let reply = Reply::text(turn.words().too_many_wait());
        return Ok(WithinQuota { reply, ended: OutcomeLabel::TooMany, recipe: None });
    }
    Ok(WithinQuota { reply, ended: OutcomeLabel::Done, recipe })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::reply::tests::turn;
    use crate::run::next::tests::run;
    use serde_json::Value;

    #[test]
    fn a_person_over_the_limit_is_told_once_and_each_button_gets_a_response() {
        let message = turn(TurnEvent::Message("help".into()));
        let pressed = turn(TurnEvent::CardAction { verb: "run.cancel".into(), data: Value::Null });
        let too_fast = |turn: &Turn| Reply::text(turn.words().too_fast());
        for turn in [&message, &pressed] {
            assert_eq!(slow_down(turn, Admission::Yes), None);
            assert_eq!(slow_down(turn, Admission::TooMany), Some(too_fast(turn)));
        }
        assert_eq!(slow_down(&message, Admission::StillTooMany), Some(Reply::default()), "they know");
        assert_eq!(slow_down(&pressed, Admission::StillTooMany), Some(too_fast(&pressed)));
        assert!(counts(&message.act) && counts(&pressed.act));
        assert!(!counts(&TurnEvent::Uninstalled) && !counts(&TurnEvent::Installed), "accepted in any case");
    }

    #[test]
    fn one_run_too_many_does_not_start_and_the_person_is_told() {
        let message = turn(TurnEvent::Message("create opportunity".into()));
        let begins = || Reply::effect(Effect::StartRun(Box::new(run())));
        let taken = within_quota(&message, begins(), || Ok::<_, ()>(OPEN_RUNS - 1)).unwrap();
        let recipe = Some(run().recipe);
        assert_eq!(taken, WithinQuota { reply: begins(), ended: OutcomeLabel::Done, recipe });
        let refused = within_quota(&message, begins(), || Ok::<_, ()>(OPEN_RUNS)).unwrap();
        let reply = Reply::text(message.words().too_many_wait());
        assert_eq!(refused, WithinQuota { reply, ended: OutcomeLabel::TooMany, recipe: None });
        let other = within_quota(&message, Reply::text("Hello"), || Err(())).unwrap();
        assert_eq!(other.reply, Reply::text("Hello"), "open runs are counted only if one starts");
        assert!(within_quota(&message, begins(), || Err(())).is_err());
    }
}
