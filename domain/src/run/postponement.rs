//! When a run is driven again: the length of a time slice, the pause for each obstacle, and the end of a run
//! that failed too often.

use std::time::Duration;
use workbot_shared::AppId;

use super::state::{Run, RunState, Stall, WAIT_TIMEOUT};
use crate::backoff::pause;
use crate::catalog::Catalog;
use crate::seal::Random;
use crate::time::Timestamp;

/// Time slice of a run. A run that is driven longer yields after the current step and continues at once in
/// another job, so that no step is cut off by the job's time limit.
pub const SLICE: Duration = Duration::from_secs(15);

/// Minimum pause before a run that waits for an app is driven again.
pub const SOONEST: Duration = Duration::from_secs(1);

/// Pause between two attempts at a message that cannot be delivered.
const TELL_EVERY: Duration = Duration::from_secs(300);

/// Why a run cannot continue now. Nothing was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obstacle {
    /// A part of Workbot does not respond.
    Ours,
    /// The app gives no access until a given time.
    NoAccess {
        /// The app without access.
        app: AppId,
        /// When access is tried again.
        retry_at: Timestamp,
    },
    /// The app does not respond to a call, or is busy.
    NoResponse {
        /// The app that does not respond.
        app: AppId,
        /// The pause that the app's response asks for (`Retry-After`).
        stated: Option<Duration>,
    },
}

/// The result of checking whether a run has waited too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunExpiry {
    /// The run does not wait any more.
    Over,
    /// The run may wait for this long.
    In(Duration),
    /// The run has waited too long. The vault drives it, and it ends.
    Now,
}

/// What happens to a run whose job was parked after repeated failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parked {
    /// The run has ended. The vault saves it and drives it to send its end.
    Ended,
    /// The run's message is tried again at this time.
    TellAgain(Timestamp),
    /// The run stays as it is.
    Stays,
}

impl Run {
    /// Records which app holds the run up, and since when.
    ///
    /// Returns the pause until the run is driven again, or `None` for the usual backoff of a failed job. The
    /// pauses grow with the time since the app first failed; a run waits for an app for up to a day.
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

    /// Records the app that holds the run up. Returns since when it does.
    fn hold_up(&mut self, app: &AppId, now: Timestamp) -> Timestamp {
        // For example, the person cancelled the run during the call.
        if self.state != RunState::Running {
            return now;
        }
        if let Some(known) = self.stalled.as_ref().filter(|known| known.app == *app) {
            return known.since;
        }
        self.stalled = Some(Stall { app: app.clone(), since: now });
        now
    }

    /// Returns whether the run has waited for [`WAIT_TIMEOUT`], or how long it may still wait.
    #[must_use]
    pub fn expiry(&self, now: Timestamp) -> RunExpiry {
        if !self.waits() {
            return RunExpiry::Over;
        }
        let left = (self.created_at + WAIT_TIMEOUT).since(now);
        if left.is_zero() { RunExpiry::Now } else { RunExpiry::In(left) }
    }

    /// Decides about a run whose job was parked. A running one ends. One with a message to deliver retries
    /// until two days ([`WAIT_TIMEOUT`] twice) after the command.
    pub fn on_parked(&mut self, catalog: &Catalog, now: Timestamp) -> Parked {
        let untold = match &self.state {
            RunState::Running => {
                self.fail_unavailable(catalog);
                return Parked::Ended;
            }
            RunState::Replying(_) => true,
            RunState::WaitingInput { card }
            | RunState::WaitingAnswer { card, .. }
            | RunState::WaitingApproval { card } => card.is_none(),
            RunState::WaitingLogin { card, .. } => card.is_none() && !self.has_logins_at_agent(),
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
    fn a_run_remembers_since_when_an_app_holds_it_up_and_pauses_longer_each_time() {
        let mut held = run();
        let silent = |id: &str| Obstacle::NoResponse { app: app(id), stated: None };
        assert_eq!(seconds(held.put_off(&silent("box"), at(10), [0])), Some(1));
        assert_eq!(seconds(held.put_off(&silent("box"), at(30), [0])), Some(10));
        assert_eq!(held.stalled, Some(Stall { app: app("box"), since: at(10) }));
        // Another app starts its own count.
        assert_eq!(seconds(held.put_off(&silent("salesforce"), at(60), [0])), Some(1));
        assert_eq!(held.stalled, Some(Stall { app: app("salesforce"), since: at(60) }));
        let stated = Obstacle::NoResponse { app: app("salesforce"), stated: Some(Duration::from_secs(40)) };
        assert_eq!(seconds(held.put_off(&stated, at(61), [0])), Some(40));
    }

    #[test]
    fn a_run_without_access_is_driven_again_when_access_is_tried_again() {
        let refused = |retry_at| Obstacle::NoAccess { app: app("box"), retry_at };
        let mut held = run();
        assert_eq!(seconds(held.put_off(&refused(at(17)), at(10), [255])), Some(7));
        assert_eq!(seconds(held.put_off(&refused(at(5)), at(10), [255])), Some(1), "the minimum pause");
        assert!(held.waits(), "and it can be cancelled");
    }

    #[test]
    fn an_internal_failure_holds_nothing_up_and_a_stopped_run_records_no_obstacle() {
        let mut held = run();
        assert_eq!(held.put_off(&Obstacle::Ours, at(1), [0]), None);
        assert_eq!(held, run());
        let mut cancelled = Run { state: RunState::Cancelled, ..run() };
        let silent = Obstacle::NoResponse { app: app("box"), stated: None };
        assert_eq!(seconds(cancelled.put_off(&silent, at(1), [0])), Some(1));
        assert_eq!(cancelled.stalled, None);
    }

    #[test]
    fn a_waiting_run_lapses_after_a_day_and_not_before() {
        let waiting = Run { state: RunState::WaitingConfirmation, ..run() };
        assert_eq!(waiting.expiry(at(86_399)), RunExpiry::In(Duration::from_secs(1)));
        assert_eq!(waiting.expiry(at(86_400)), RunExpiry::Now);
        assert_eq!(run().expiry(at(90_000)), RunExpiry::Over, "it runs");
    }

    #[test]
    fn a_parked_run_ends_and_its_message_is_retried_for_another_day() {
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
            (RunState::WaitingAnswer { card: None, step: 0 }, again),
            (RunState::WaitingConfirmation, Parked::Stays),
            (RunState::Cancelled, Parked::Stays),
        ] {
            assert_eq!(parked(state.clone(), at(1)), (becomes, state.clone()), "{state:?}");
            assert_eq!(parked(state.clone(), at(2 * 86_400)).0, Parked::Stays, "{state:?}");
        }
    }

    #[test]
    fn a_parked_run_with_a_write_in_doubt_reports_it() {
        let mut run = run();
        run.set(0, StepRecord::Intended);
        assert_eq!(run.on_parked(&real_catalog(), at(1)), Parked::Ended);
        let end = RunEnd::OutcomeUnknown { app: app("salesforce") };
        assert_eq!(run.state, RunState::Replying(end.into()));
    }
}
