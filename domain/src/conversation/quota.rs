//! How much one person may ask for: what of their turns is taken, and how many of their runs may be open.

use workbot_shared::RecipeId;

use super::reply::{Effect, Reply};
use crate::activity::{Turn, TurnEvent};
use crate::event::{OutcomeLabel, TurnKind};
use crate::limits::{Admission, OPEN_RUNS};

/// What a person did, for the log.
#[must_use]
pub fn kind(act: &TurnEvent) -> TurnKind {
    match act {
        TurnEvent::Message(_) => TurnKind::Message,
        TurnEvent::CardAction { .. } => TurnKind::CardAction,
        TurnEvent::Installed => TurnKind::Installed,
        TurnEvent::Uninstalled => TurnKind::Uninstalled,
    }
}

/// Whether a turn counts among those of a minute. Whoever removes the bot is heard in any case.
#[must_use]
pub fn counts(act: &TurnEvent) -> bool {
    matches!(act, TurnEvent::Message(_) | TurnEvent::CardAction { .. })
}

/// The reply to who asks too much at once; `None` when the turn is taken. It is said once a minute, and nothing is kept of
/// such a turn; whoever presses a button is told each time, as its client waits for a response.
#[must_use]
pub fn slow_down(turn: &Turn, admitted: Admission) -> Option<Reply> {
    match admitted {
        Admission::Yes => None,
        Admission::StillTooMany if !turn.invoke => Some(Reply::default()),
        Admission::TooMany | Admission::StillTooMany => Some(Reply::text(turn.words().too_fast())),
    }
}

/// A reply that may begin a run.
#[derive(Debug, PartialEq)]
pub struct WithinQuota {
    /// The reply; in place of it, where too many runs are open, that nothing was begun.
    pub reply: Reply,
    /// How the turn ended, for the log.
    pub ended: OutcomeLabel,
    /// The recipe that begins.
    pub recipe: Option<RecipeId>,
}

/// Keeps the number of open runs within its limit. `open`: how many there are; asked only when one more would begin.
///
/// # Errors
/// When they cannot be counted.
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
    fn who_asks_too_much_is_told_once_and_a_button_is_responded_to_each_time() {
        let said = turn(TurnEvent::Message("help".into()));
        let pressed = turn(TurnEvent::CardAction { verb: "run.cancel".into(), data: Value::Null });
        let too_fast = |turn: &Turn| Reply::text(turn.words().too_fast());
        for turn in [&said, &pressed] {
            assert_eq!(slow_down(turn, Admission::Yes), None);
            assert_eq!(slow_down(turn, Admission::TooMany), Some(too_fast(turn)));
        }
        assert_eq!(slow_down(&said, Admission::StillTooMany), Some(Reply::default()), "they know");
        assert_eq!(slow_down(&pressed, Admission::StillTooMany), Some(too_fast(&pressed)));
        assert!(counts(&said.act) && counts(&pressed.act));
        assert!(!counts(&TurnEvent::Uninstalled) && !counts(&TurnEvent::Installed), "heard in any case");
    }

    #[test]
    fn one_run_too_many_does_not_begin_and_its_person_is_told() {
        let said = turn(TurnEvent::Message("create opportunity".into()));
        let begins = || Reply::effect(Effect::StartRun(Box::new(run())));
        let taken = within_quota(&said, begins(), || Ok::<_, ()>(OPEN_RUNS - 1)).unwrap();
        let recipe = Some(run().recipe);
        assert_eq!(taken, WithinQuota { reply: begins(), ended: OutcomeLabel::Done, recipe });
        let refused = within_quota(&said, begins(), || Ok::<_, ()>(OPEN_RUNS)).unwrap();
        let reply = Reply::text(said.words().too_many_wait());
        assert_eq!(refused, WithinQuota { reply, ended: OutcomeLabel::TooMany, recipe: None });
        let other = within_quota(&said, Reply::text("Hello"), || Err(())).unwrap();
        assert_eq!(other.reply, Reply::text("Hello"), "nothing is counted for what begins nothing");
        assert!(within_quota(&said, begins(), || Err(())).is_err());
    }
}
