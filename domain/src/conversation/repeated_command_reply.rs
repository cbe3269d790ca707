//! A command that repeats one whose run still waits.

use super::reply::{Effect, Reply};
use crate::catalog::Catalog;
use crate::ids::RunVersion;
use crate::present::card;
use crate::present::outgoing_activity::card_message;
use crate::run::{Repetition, Run};
use crate::time::Timestamp;

/// Decides about a command that would start the run `repeated`, given a stored run. Returns `None` if the
/// stored run is for another command. `stalled`: the stored run was tried and is to be retried later.
#[must_use]
pub fn on_repeated_command(
    (mut run, version): (Run, RunVersion),
    stalled: bool,
    repeated: &Run,
    catalog: &Catalog,
    now: Timestamp,
) -> Option<Reply> {
    let (words, name) = (repeated.words(), repeated.name(catalog));
    match run.repeat(repeated, stalled, catalog, now) {
        Repetition::Another => None,
        Repetition::UnderWay => {
            let effects = vec![Effect::SaveRun { run: Box::new(run), version, drive: false }];
            Some(Reply { effects, ..Reply::text(words.still_under_way(&name)) })
        }
        Repetition::TakenUp { card } => {
            let mut effects = vec![Effect::SaveRun { run: Box::new(run), version, drive: true }];
            effects.extend(card.map(|activity| {
                let text = words.asked_again(&name);
                Effect::UpdateMessage { activity, message: card_message(card::closed(&text), &text) }
            }));
            Some(Reply { effects, shown: None })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::tests::real_catalog;
    use crate::conversation::reply::ReplyContent;
    use crate::run::next::tests::run;
    use crate::run::{RECONFIRM_AFTER, RunState};
    use workbot_shared::{AppId, RunId};

    fn repeated() -> Run {
        let id = RunId::parse("fedcba9876543210").unwrap();
        Run { id, created_at: run().created_at + RECONFIRM_AFTER, ..run() }
    }

    fn said_again(known: Run, stalled: bool) -> Option<Reply> {
        on_repeated_command(
            (known, RunVersion(7)),
            stalled,
            &repeated(),
            &real_catalog(),
            repeated().created_at,
        )
    }

    #[test]
    fn the_waiting_run_is_driven_on_and_its_old_card_points_to_the_newer_one() {
        let apps = vec![AppId::parse("salesforce").unwrap()];
        let waiting = Run { state: RunState::WaitingLogin { card: Some("a7".into()), apps }, ..run() };
        let reply = said_again(waiting, false).unwrap();
        let [
            Effect::SaveRun { run: changed, version: RunVersion(7), drive: true },
            Effect::UpdateMessage { activity, message },
        ] = reply.effects.as_slice()
        else {
            panic!("{:?}", reply.effects)
        };
        assert_eq!((&changed.id, &changed.state, activity.as_str()), (&run().id, &RunState::Running, "a7"));
        assert!(message.to_string().contains("see the newer message") && reply.shown.is_none());
        let without_card = said_again(Run { state: RunState::WaitingConfirmation, ..run() }, false).unwrap();
        assert_eq!(without_card.effects.len(), 1);
    }

    #[test]
    fn the_person_hears_that_a_held_up_run_is_retried_by_itself() {
        let reply = said_again(run(), true).unwrap();
        assert!(matches!(reply.effects.as_slice(), [Effect::SaveRun { drive: false, .. }]));
        let Some(ReplyContent::Text(text)) = reply.shown else { panic!() };
        assert!(text.contains("still under way"), "{text}");
    }

    #[test]
    fn a_running_run_is_left_alone() {
        assert_eq!(said_again(run(), false), None);
    }
}
