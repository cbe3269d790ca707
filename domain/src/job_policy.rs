//! Jobs: durable work without a waiting request, and the next state of a job's row after each attempt.

use std::time::Duration;

use crate::backoff::jittered;
use crate::seal::Random;
use crate::time::Timestamp;

/// Time limit of an attempt. A job that takes longer counts as failed.
pub const TIME_LIMIT: Duration = Duration::from_secs(75);
/// How long a started job is leased at least ([`lease_end`]). No other start of the object takes it before.
pub const LEASE: Duration = Duration::from_secs(90);

/// Returns the end of a lease that begins now. All leases end on a grid of [`LEASE`], so that an alarm that
/// is set again is mostly set to the same time, which costs nothing.
#[must_use]
pub fn lease_end(now: Timestamp) -> Timestamp {
    let grid = i64::try_from(LEASE.as_millis()).unwrap_or(i64::MAX);
    let earliest = (now + LEASE).millis();
    Timestamp(earliest.saturating_add((grid - earliest.rem_euclid(grid)) % grid))
}

/// Number of failures after which a run's job is parked. It is tried again only when something enqueues it.
pub const RUN_ATTEMPTS: i64 = 5;
/// Number of attempts for a message; they take about a day.
pub const MESSAGE_ATTEMPTS: i64 = 60;
/// Pause before a job of unknown version or shape is tried again. A later version may know it.
pub const UNKNOWN_AGAIN: Duration = Duration::from_secs(6 * 3600);
/// Interval of the clean-up of old rows.
pub const CLEANUP_EVERY: Duration = Duration::from_secs(24 * 3600);
/// How long delivered activities are remembered, so that a second delivery is recognised.
pub const DELIVERIES_KEPT: Duration = Duration::from_secs(24 * 3600);

/// The pause after the first failure. Each pause is twice the one before, up to the eighth failure.
const FIRST_PAUSE: Duration = Duration::from_secs(10);
const LAST_LONGER: i64 = 8;

/// The outcome of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobOutcome {
    /// The job is done.
    Done,
    /// The attempt failed. It is repeated with growing pauses.
    Retry,
    /// The attempt failed. It is repeated, at the earliest after this pause.
    RetryAfter(Duration),
    /// The attempt succeeded. The job continues after this time.
    Reschedule(Duration),
    /// The job has a version or shape that this version does not know, or a tenant that it does not serve. It
    /// waits for one that does.
    Unknown,
}

/// An attempt at a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt {
    /// The number of attempts, this one included.
    pub attempts: i64,
    /// The generation of the attempt. Each enqueuing of the job raises the stored generation.
    pub generation: i64,
    /// Number of failures after which the job is parked, because a person waits for it and is told. `None`
    /// for a job that is retried without end.
    pub gives_up_after: Option<i64>,
}

/// The next state of a job's row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disposition {
    /// Delete the row.
    Delete,
    /// The job is due at this time.
    Due {
        /// The due time.
        at: Timestamp,
        /// The number of failures.
        attempts: i64,
    },
    /// The job is parked. It runs again only when it is enqueued again.
    Park,
    /// The job is parked until this time, or until another version starts.
    ParkUnknown {
        /// When it is tried again.
        until: Timestamp,
    },
}

impl Attempt {
    /// Returns the next state of the row. `generation` is the generation that is stored now.
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
            // The job was enqueued again during the attempt.
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
    fn a_finished_job_is_deleted_unless_it_was_enqueued_again() {
        assert_eq!(after(JobOutcome::Done, 1, None), Disposition::Delete);
        let attempt = Attempt { attempts: 2, generation: 3, gives_up_after: None };
        let again = attempt.disposition(JobOutcome::Done, 4, NOW, [0]);
        assert_eq!(again, Disposition::Due { at: NOW, attempts: 0 }, "it starts again at once");
    }

    #[test]
    fn a_failed_job_is_retried_with_pauses_up_to_about_twenty_minutes() {
        let pauses = (1..=10).map(|attempts| pause(after(JobOutcome::Retry, attempts, None)));
        assert_eq!(pauses.collect::<Vec<_>>(), [10, 20, 40, 80, 160, 320, 640, 1280, 1280, 1280]);
        assert!(matches!(after(JobOutcome::Retry, 4, None), Disposition::Due { attempts: 4, .. }));
        assert_eq!(pause(after(JobOutcome::Retry, i64::MAX, None)), 1280);
        assert_eq!(pause(after(JobOutcome::Retry, 0, None)), 10);
    }

    #[test]
    fn a_stated_pause_is_kept_if_it_is_longer_than_the_backoff() {
        let stated = |seconds| JobOutcome::RetryAfter(Duration::from_secs(seconds));
        assert_eq!(pause(after(stated(60), 1, None)), 60);
        assert_eq!(pause(after(stated(60), 4, None)), 80);
    }

    #[test]
    fn a_job_with_a_limit_is_parked_after_its_attempts_and_any_other_never() {
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
    fn leases_end_together_and_none_is_shorter_than_its_time() {
        let ends = |millis| lease_end(Timestamp(millis)).millis();
        assert_eq!([ends(0), ends(1), ends(90_000), ends(90_001)], [90_000, 180_000, 180_000, 270_000]);
        for now in [0, 1, 45_000, 89_999, 1_795_683_600_123] {
            assert!((90_000..180_000).contains(&(ends(now) - now)), "{now}");
        }
    }

    #[test]
    fn a_success_resets_the_count_of_failures() {
        let again = after(JobOutcome::Reschedule(Duration::from_secs(300)), 4, None);
        assert_eq!(again, Disposition::Due { at: NOW + Duration::from_secs(300), attempts: 0 });
    }

    #[test]
    fn an_unknown_job_waits_and_is_never_given_up() {
        let parked = Disposition::ParkUnknown { until: NOW + UNKNOWN_AGAIN };
        assert_eq!(after(JobOutcome::Unknown, RUN_ATTEMPTS, Some(RUN_ATTEMPTS)), parked);
    }
}
