//! Jobs: what must happen although nobody asks any more. What becomes of a job's row after each try.

use std::time::Duration;

use crate::backoff::jittered;
use crate::seal::Random;
use crate::time::Timestamp;

/// A job that takes longer is given up for this time.
pub const TIME_LIMIT: Duration = Duration::from_secs(75);
/// Until then nobody else takes the job.
pub const LEASE: Duration = Duration::from_secs(90);
/// A run is parked when it failed this often: it needs a cause to be tried again.
pub const RUN_ATTEMPTS: i64 = 5;
/// A message is tried this often, which takes about a day.
pub const MESSAGE_ATTEMPTS: i64 = 60;
/// What this version does not know is tried again after this: a later version may know it.
pub const UNKNOWN_AGAIN: Duration = Duration::from_secs(6 * 3600);
/// Old rows are removed this often.
pub const CLEANUP_EVERY: Duration = Duration::from_secs(24 * 3600);
/// Second deliveries are recognised for this time.
pub const DELIVERIES_KEPT: Duration = Duration::from_secs(24 * 3600);

/// The pause after the first failure; each is twice the one before, up to this failure.
const FIRST_PAUSE: Duration = Duration::from_secs(10);
const LAST_LONGER: i64 = 8;

/// How a try at a job ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobOutcome {
    /// It is done.
    Done,
    /// It failed; it is tried again, each time later.
    Retry,
    /// The same, and not before this has passed.
    RetryAfter(Duration),
    /// It went as it should, and has more to do after this time.
    Reschedule(Duration),
    /// It is about something that this version does not know: it waits for one that does.
    Unknown,
}

/// A try at a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt {
    /// How often it was tried, this try included.
    pub attempts: i64,
    /// The generation that was tried. Whoever enqueues the job again raises its generation.
    pub generation: i64,
    /// After so many failures it is given up, because somebody waits for it and is told. `None`: it must happen, however
    /// late.
    pub gives_up_after: Option<i64>,
}

/// What becomes of a job's row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disposition {
    /// It is deleted.
    Delete,
    /// It is due at this time.
    Due {
        /// When.
        at: Timestamp,
        /// How often it failed.
        attempts: i64,
    },
    /// It failed too often: it is tried again only when it is enqueued again.
    Park,
    /// It is parked until then, or until another version starts.
    ParkUnknown {
        /// When it is tried again.
        until: Timestamp,
    },
}

impl Attempt {
    /// What becomes of the job after this try. `generation`: the one that is stored by now.
    #[must_use]
    pub fn disposition(
        self,
        outcome: JobOutcome,
        generation: i64,
        now: Timestamp,
        random: Random<1>,
    ) -> Disposition {
        let failed = |stated| {
            if self.gives_up_after.is_some_and(|most| self.attempts >= most) {
                return Disposition::Park;
            }
            let doublings = u32::try_from(self.attempts.clamp(1, LAST_LONGER) - 1).unwrap_or(0);
            let pause = jittered(FIRST_PAUSE * 2_u32.pow(doublings), random);
            Disposition::Due { at: now + pause.max(stated), attempts: self.attempts }
        };
        match outcome {
            JobOutcome::Done if generation == self.generation => Disposition::Delete,
            // It was enqueued again meanwhile.
            JobOutcome::Done => Disposition::Due { at: now, attempts: 0 },
            JobOutcome::Reschedule(after) => Disposition::Due { at: now + after, attempts: 0 },
            JobOutcome::Unknown => Disposition::ParkUnknown { until: now + UNKNOWN_AGAIN },
            JobOutcome::Retry => failed(Duration::ZERO),
            JobOutcome::RetryAfter(stated) => failed(stated),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000);

    fn after(outcome: JobOutcome, attempts: i64, gives_up_after: Option<i64>) -> Disposition {
        let attempt = Attempt { attempts, generation: 3, gives_up_after };
        attempt.disposition(outcome, 3, NOW, [0])
    }

    fn pause(disposition: Disposition) -> u64 {
        let Disposition::Due { at, .. } = disposition else { panic!("{disposition:?}") };
        at.since(NOW).as_secs()
    }

    #[test]
    fn a_job_that_is_done_goes_unless_it_was_enqueued_again_meanwhile() {
        assert_eq!(after(JobOutcome::Done, 1, None), Disposition::Delete);
        let attempt = Attempt { attempts: 2, generation: 3, gives_up_after: None };
        let again = attempt.disposition(JobOutcome::Done, 4, NOW, [0]);
        assert_eq!(again, Disposition::Due { at: NOW, attempts: 0 }, "it starts anew, at once");
    }

    #[test]
    fn a_job_that_fails_is_tried_again_each_time_later_up_to_some_twenty_minutes() {
        let pauses = (1..=10).map(|attempts| pause(after(JobOutcome::Retry, attempts, None)));
        assert_eq!(pauses.collect::<Vec<_>>(), [10, 20, 40, 80, 160, 320, 640, 1280, 1280, 1280]);
        assert!(matches!(after(JobOutcome::Retry, 4, None), Disposition::Due { attempts: 4, .. }));
        assert_eq!(pause(after(JobOutcome::Retry, i64::MAX, None)), 1280);
        assert_eq!(pause(after(JobOutcome::Retry, 0, None)), 10);
    }

    #[test]
    fn a_stated_pause_is_kept_where_it_is_longer_than_our_own() {
        let stated = |seconds| JobOutcome::RetryAfter(Duration::from_secs(seconds));
        assert_eq!(pause(after(stated(60), 1, None)), 60);
        assert_eq!(pause(after(stated(60), 4, None)), 80);
    }

    #[test]
    fn what_somebody_waits_for_is_parked_after_its_attempts_and_all_else_never() {
        let most = Some(RUN_ATTEMPTS);
        assert!(matches!(after(JobOutcome::Retry, RUN_ATTEMPTS - 1, most), Disposition::Due { .. }));
        for outcome in [JobOutcome::Retry, JobOutcome::RetryAfter(Duration::from_secs(1))] {
            assert_eq!(after(outcome, RUN_ATTEMPTS, most), Disposition::Park);
            assert!(matches!(after(outcome, RUN_ATTEMPTS, None), Disposition::Due { .. }));
        }
        assert_eq!(after(JobOutcome::Done, RUN_ATTEMPTS, most), Disposition::Delete);
        assert_eq!(pause(after(JobOutcome::Reschedule(Duration::from_secs(7)), RUN_ATTEMPTS, most)), 7);
    }

    #[test]
    fn what_goes_as_it_should_forgets_its_failures() {
        let again = after(JobOutcome::Reschedule(Duration::from_secs(300)), 4, None);
        assert_eq!(again, Disposition::Due { at: NOW + Duration::from_secs(300), attempts: 0 });
    }

    #[test]
    fn what_this_version_does_not_know_waits_and_is_never_given_up() {
        let parked = Disposition::ParkUnknown { until: NOW + UNKNOWN_AGAIN };
        assert_eq!(after(JobOutcome::Unknown, RUN_ATTEMPTS, Some(RUN_ATTEMPTS)), parked);
    }
}
