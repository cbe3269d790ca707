//! The semaphore of the runs that begin in one process: a run that has begun goes on before another begins.
//!
//! All objects of a process share one thread. Without the semaphore, a thousand commands at once would all
//! take their first step before any takes its last, and each would be as late as the last one. At most
//! [`PERMITS`] runs hold a permit. A run gives its permit back when its turn has ended, and after [`HELD`] in
//! any case: a run that waits for an app keeps nobody from beginning, and a permit is never lost with an
//! object.
//!
//! Only a turn that starts a run takes a permit. The requests that a run sends to other objects take none, so
//! no run waits for a permit that it holds itself.

use futures_util::future::LocalBoxFuture;
use std::collections::VecDeque;
use std::time::Duration;
use workbot_domain::time::Timestamp;

use crate::ports::{Signal, Signals};

/// The number of runs that hold a permit.
const PERMITS: usize = 64;
/// How long a run holds its permit at most.
pub const HELD: Duration = Duration::from_millis(400);

/// The runs that hold a permit, and those that wait for one.
#[derive(Default)]
pub struct RunSemaphore {
    serial: u64,
    /// The holders, and when each has got its permit.
    holders: Vec<(u64, Timestamp)>,
    /// The waiting runs, the longest waiting first.
    waiting: VecDeque<(u64, Signal)>,
}

impl RunSemaphore {
    /// Gives free permits to the waiting runs.
    fn admit(&mut self, now: Timestamp) {
        self.holders.retain(|(_, since)| now < *since + HELD);
        while self.holders.len() < PERMITS {
            let Some((id, signal)) = self.waiting.pop_front() else { return };
            self.holders.push((id, now));
            signal();
        }
    }

    /// Takes a permit; or returns what ends once the run has one.
    pub fn acquire(
        &mut self,
        now: Timestamp,
        signals: &dyn Signals,
    ) -> (u64, Option<LocalBoxFuture<'static, ()>>) {
        self.serial += 1;
        let id = self.serial;
        self.admit(now);
        if self.holders.len() < PERMITS {
            self.holders.push((id, now));
            return (id, None);
        }
        let (signal, signaled) = signals.signal();
        self.waiting.push_back((id, signal));
        (id, Some(signaled))
    }

    /// Gives a permit back, or stops waiting for one.
    pub fn release(&mut self, id: u64, now: Timestamp) {
        self.holders.retain(|(holder, _)| *holder != id);
        self.waiting.retain(|(waiting, _)| *waiting != id);
        self.admit(now);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use futures_util::future::pending;

    use super::*;

    /// Signals that wake nobody.
    struct NoSignals;

    impl Signals for NoSignals {
        fn signal(&self) -> (Signal, LocalBoxFuture<'static, ()>) {
            (Box::new(|| ()), pending().boxed_local())
        }
    }

    const T0: Timestamp = Timestamp(1_000_000);

    fn full() -> RunSemaphore {
        let mut semaphore = RunSemaphore::default();
        for _ in 0..PERMITS {
            assert!(semaphore.acquire(T0, &NoSignals).1.is_none());
        }
        semaphore
    }

    #[test]
    fn a_permit_that_is_given_back_goes_to_the_run_that_waits_longest() {
        let mut semaphore = full();
        let [first, second] = [T0, T0].map(|now| semaphore.acquire(now, &NoSignals).0);
        semaphore.release(3, T0);
        assert_eq!(semaphore.holders.last(), Some(&(first, T0)));
        assert_eq!(semaphore.waiting.front().map(|(id, _)| *id), Some(second));
        // It has stopped waiting, or its object is gone.
        semaphore.release(second, T0);
        assert!(semaphore.waiting.is_empty() && semaphore.holders.len() == PERMITS);
    }

    #[test]
    fn a_permit_whose_holder_is_gone_is_free_after_its_time() {
        let mut semaphore = full();
        let later = T0 + HELD;
        assert!(semaphore.acquire(later - Duration::from_millis(1), &NoSignals).1.is_some());
        assert!(semaphore.acquire(later, &NoSignals).1.is_none());
        assert!(semaphore.waiting.is_empty(), "who waited longer was first");
    }
}
