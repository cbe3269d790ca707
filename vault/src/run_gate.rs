//! The gate of the runs that begin in one process: a run that has begun goes on before another begins.
//!
//! All objects of a process share one thread. Without the gate, a thousand commands at once would all take
//! their first step before any takes its last, and each would be as late as the last one. At most [`PLACES`]
//! runs hold a place. A run gives its place back when its turn has ended, and after [`HELD`] in any case: a
//! run that waits for an app keeps nobody from beginning, and a place is never lost with an object.
//!
//! Only a turn that starts a run takes a place. The requests that a run sends to other objects take none, so
//! no run waits for a place that it holds itself.

use futures_util::future::LocalBoxFuture;
use std::collections::VecDeque;
use std::time::Duration;
use workbot_domain::time::Timestamp;

use crate::ports::{Signal, Signals};

/// The number of runs that hold a place.
const PLACES: usize = 64;
/// How long a run holds its place at most.
pub const HELD: Duration = Duration::from_millis(400);

/// The runs that hold a place, and those that wait for one.
#[derive(Default)]
pub struct RunGate {
    serial: u64,
    /// The holders, and when each has got its place.
    holders: Vec<(u64, Timestamp)>,
    /// The waiting runs, the longest waiting first.
    waiting: VecDeque<(u64, Signal)>,
}

impl RunGate {
    /// Gives free places to the waiting runs.
    fn admit(&mut self, now: Timestamp) {
        self.holders.retain(|(_, since)| now < *since + HELD);
        while self.holders.len() < PLACES {
            let Some((id, signal)) = self.waiting.pop_front() else { return };
            self.holders.push((id, now));
            signal();
        }
    }

    /// Takes a place; or returns what ends once the run has one.
    pub fn enter(
        &mut self,
        now: Timestamp,
        signals: &dyn Signals,
    ) -> (u64, Option<LocalBoxFuture<'static, ()>>) {
        self.serial += 1;
        let id = self.serial;
        self.admit(now);
        if self.holders.len() < PLACES {
            self.holders.push((id, now));
            return (id, None);
        }
        let (signal, signaled) = signals.signal();
        self.waiting.push_back((id, signal));
        (id, Some(signaled))
    }

    /// Gives a place back, or stops waiting for one.
    pub fn leave(&mut self, id: u64, now: Timestamp) {
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

    fn full() -> RunGate {
        let mut gate = RunGate::default();
        for _ in 0..PLACES {
            assert!(gate.enter(T0, &NoSignals).1.is_none());
        }
        gate
    }

    #[test]
    fn a_place_that_is_given_back_goes_to_the_run_that_waits_longest() {
        let mut gate = full();
        let [first, second] = [T0, T0].map(|now| gate.enter(now, &NoSignals).0);
        gate.leave(3, T0);
        assert_eq!(gate.holders.last(), Some(&(first, T0)));
        assert_eq!(gate.waiting.front().map(|(id, _)| *id), Some(second));
        // It has stopped waiting, or its object is gone.
        gate.leave(second, T0);
        assert!(gate.waiting.is_empty() && gate.holders.len() == PLACES);
    }

    #[test]
    fn a_place_whose_holder_is_gone_is_free_after_its_time() {
        let mut gate = full();
        let later = T0 + HELD;
        assert!(gate.enter(later - Duration::from_millis(1), &NoSignals).1.is_some());
        assert!(gate.enter(later, &NoSignals).1.is_none());
        assert!(gate.waiting.is_empty(), "who waited longer was first");
    }
}
