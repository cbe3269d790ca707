//! When a run is driven again: how long it goes on at a stretch, what puts it off, and what becomes of one that was tried
//! in vain for long.

use std::time::Duration;
use workbot_shared::AppId;

use super::state::{Run, RunState, Stall, WAIT_TIMEOUT};
use crate::backoff::pause;
use crate::catalog::Catalog;
use crate::seal::Random;
use crate::time::Timestamp;

/// A run that is driven for longer gives way, so that no step of it is cut off by the time limit of its job, and goes on at
/// once.
pub const SLICE: Duration = Duration::from_secs(15);

/// A run that waits for an app comes again after this at the soonest.
pub const SOONEST: Duration = Duration::from_secs(1);

/// What a run has to say, or to ask, is tried this often when nobody can be told for long.
const TELL_EVERY: Duration = Duration::from_secs(300);

/// Why a run cannot go on now. Nothing was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obstacle {
    /// Something of ours does not respond.
    Ours,
    /// The app gives no access. It is asked again at this time.
    NoAccess {
        /// The app.
        app: AppId,
        /// When.
        retry_at: Timestamp,
    },
    /// The app does not respond to a call, or is busy.
    NoResponse {
        /// The app.
        app: AppId,
        /// The pause that it asks for.
        stated: Option<Duration>,
    },
}

/// What becomes of a run that has waited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunExpiry {
    /// It does not wait any more.
    Over,
    /// It may wait for so long yet.
    In(Duration),
    /// It has waited for long enough: it is driven, and ends.
    Now,
}

/// What becomes of a run whose job was parked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parked {
    /// It has ended: it is saved, and driven to tell so.
    Ended,
    /// What it has to say is tried once more at this time.
    TellAgain(Timestamp),
    /// It stays as it is.
    Stays,
}

impl Run {
    /// It cannot go on now: notes which app holds it up, and since when. Returns when it is driven again; `None`: as its job
    /// is after any failure. It waits for an app however long that takes, up to a day.
    pub fn put_off(&mut self, by: &Obstacle, now: Timestamp, random: Random<1>) -> Option<Duration> {
        match by {
            Obstacle::Ours => None,
            Obstacle::NoAccess { app, retry_at } => {
                self.hold_up(app, now);
                Some(retry_at.since(now).max(SOONEST))
            }
            Obstacle::NoResponse { app, stated } => {
                let since = self.hold_up(app, now);
                Some(pause(now.since(since), *stated, random))
            }
        }
    }

    /// Notes which app holds it up; tells since when.
    fn hold_up(&mut self, app: &AppId, now: Timestamp) -> Timestamp {
        // Cancelled meanwhile, for example.
        if self.state != RunState::Running {
            return now;
        }
        if let Some(known) = self.stalled.as_ref().filter(|known| known.app == *app) {
            return known.since;
        }
        self.stalled = Some(Stall { app: app.clone(), since: now });
        now
    }

    /// Whether it has waited for long enough. If it has not, the same is asked again when it has.
    #[must_use]
    pub fn expiry(&self, now: Timestamp) -> RunExpiry {
        if !self.waits() {
            return RunExpiry::Over;
        }
        let left = (self.created_at + WAIT_TIMEOUT).since(now);
        if left.is_zero() { RunExpiry::Now } else { RunExpiry::In(left) }
    }

    /// It could not go on for long. One that is under way ends; one that cannot say something goes on trying, for a day
    /// after that in which it could wait.
    pub fn on_parked(&mut self, catalog: &Catalog, now: Timestamp) -> Parked {
        let untold = match &self.state {
            RunState::Running => {
                self.fail_unavailable(catalog);
                return Parked::Ended;
            }
            RunState::Replying(_) => true,
            RunState::WaitingInput { card } | RunState::WaitingLogin { card, .. } => card.is_none(),
            RunState::WaitingConfirmation | RunState::Over { .. } | RunState::Cancelled => false,
        };
        if untold && now < self.created_at + WAIT_TIMEOUT * 2 {
            Parked::TellAgain(now + TELL_EVERY)
        } else {
            Parked::Stays
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::tests::real_catalog;
    use crate::run::next::tests::run;
    use crate::run::{RunEnd, StepRecord};

    fn app(id: &str) -> AppId {
        AppId::parse(id).unwrap()
    }

    fn at(seconds: u64) -> Timestamp {
        run().created_at + Duration::from_secs(seconds)
    }

    fn seconds(pause: Option<Duration>) -> Option<u64> {
        pause.map(|pause| pause.as_secs())
    }

    #[test]
    fn a_run_that_one_app_holds_up_knows_since_when_and_comes_again_each_time_later() {
        let mut held = run();
        let silent = |id: &str| Obstacle::NoResponse { app: app(id), stated: None };
        assert_eq!(seconds(held.put_off(&silent("box"), at(10), [0])), Some(1));
        assert_eq!(seconds(held.put_off(&silent("box"), at(30), [0])), Some(10));
        assert_eq!(held.stalled, Some(Stall { app: app("box"), since: at(10) }));
        // Another app begins a count of its own.
        assert_eq!(seconds(held.put_off(&silent("salesforce"), at(60), [0])), Some(1));
        assert_eq!(held.stalled, Some(Stall { app: app("salesforce"), since: at(60) }));
        let stated = Obstacle::NoResponse { app: app("salesforce"), stated: Some(Duration::from_secs(40)) };
        assert_eq!(seconds(held.put_off(&stated, at(61), [0])), Some(40));
    }

    #[test]
    fn a_run_without_access_comes_again_when_the_app_is_asked_again() {
        let refused = |retry_at| Obstacle::NoAccess { app: app("box"), retry_at };
        let mut held = run();
        assert_eq!(seconds(held.put_off(&refused(at(17)), at(10), [255])), Some(7));
        assert_eq!(seconds(held.put_off(&refused(at(5)), at(10), [255])), Some(1), "at the soonest");
        assert!(held.waits(), "and can be cancelled meanwhile");
    }

    #[test]
    fn our_own_trouble_holds_nothing_up_and_nothing_is_noted_of_a_run_that_does_not_run() {
        let mut held = run();
        assert_eq!(held.put_off(&Obstacle::Ours, at(1), [0]), None);
        assert_eq!(held, run());
        let mut cancelled = Run { state: RunState::Cancelled, ..run() };
        let silent = Obstacle::NoResponse { app: app("box"), stated: None };
        assert_eq!(seconds(cancelled.put_off(&silent, at(1), [0])), Some(1));
        assert_eq!(cancelled.stalled, None);
    }

    #[test]
    fn what_waits_lapses_after_a_day_and_not_before() {
        let waiting = Run { state: RunState::WaitingConfirmation, ..run() };
        assert_eq!(waiting.expiry(at(86_399)), RunExpiry::In(Duration::from_secs(1)));
        assert_eq!(waiting.expiry(at(86_400)), RunExpiry::Now);
        assert_eq!(run().expiry(at(90_000)), RunExpiry::Over, "it runs");
    }

    #[test]
    fn a_parked_run_ends_and_what_it_cannot_tell_is_tried_for_another_day() {
        let parked = |state: RunState, now: Timestamp| {
            let mut run = Run { state, ..run() };
            (run.on_parked(&real_catalog(), now), run.state)
        };
        let (becomes, state) = parked(RunState::Running, at(1));
        assert_eq!((becomes, state), (Parked::Ended, RunState::Replying(RunEnd::Unavailable.into())));
        let asks = |card| RunState::WaitingLogin { card, apps: vec![app("salesforce")] };
        let again = Parked::TellAgain(at(1) + TELL_EVERY);
        for (state, becomes) in [
            (RunState::Replying(RunEnd::Expired.into()), again),
            (asks(None), again),
            (asks(Some("card".into())), Parked::Stays),
            (RunState::WaitingInput { card: None }, again),
            (RunState::WaitingConfirmation, Parked::Stays),
            (RunState::Cancelled, Parked::Stays),
        ] {
            assert_eq!(parked(state.clone(), at(1)), (becomes, state.clone()), "{state:?}");
            assert_eq!(parked(state.clone(), at(2 * 86_400)).0, Parked::Stays, "{state:?}");
        }
    }

    #[test]
    fn a_parked_run_that_may_have_written_says_so() {
        let mut run = run();
        run.set(0, StepRecord::Intended);
        assert_eq!(run.on_parked(&real_catalog(), at(1)), Parked::Ended);
        let end = RunEnd::OutcomeUnknown { app: app("salesforce") };
        assert_eq!(run.state, RunState::Replying(end.into()));
    }
}
