//! When something that does not answer is asked again.

use std::time::Duration;

use crate::seal::Random;

/// The pauses grow with the outage, up to [`SHORT`] in its first minutes and up to [`LONGEST`] later on; jitter adds up to a
/// half. So whatever returns within ten minutes is asked within 30 seconds, and later within five minutes.
const FIRST: Duration = Duration::from_secs(1);
const SHORT: Duration = Duration::from_secs(15);
const LONGEST: Duration = Duration::from_secs(200);
/// A busy party may ask for a longer pause, up to this one (`Retry-After`, RFC 9110 section 10.2.3).
const LONGEST_STATED: Duration = Duration::from_secs(300);

/// The pause before the next try, so long after the first one. `stated`: what the other side asks for.
#[must_use]
pub fn pause(outage: Duration, stated: Option<Duration>, [dice]: Random<1>) -> Duration {
    let pause = (outage / 2).clamp(FIRST, SHORT).max(outage / 30).min(LONGEST);
    let jittered = pause + pause.mul_f64(f64::from(dice) / 512.0);
    jittered.max(stated.unwrap_or_default().min(LONGEST_STATED))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_from_a_second_to_five_minutes() {
        let seconds = |outage: u64| pause(Duration::from_secs(outage), None, [0]).as_secs();
        assert_eq!([0, 1, 10, 30, 600, 3000, 86_400].map(seconds), [1, 1, 5, 15, 20, 100, 200]);
        assert!(pause(Duration::from_secs(86_400), None, [255]) <= Duration::from_secs(300));
    }

    #[test]
    fn a_stated_pause_is_kept_up_to_five_minutes() {
        let stated = |seconds: u64| pause(Duration::ZERO, Some(Duration::from_secs(seconds)), [0]).as_secs();
        assert_eq!([0, 7, 86_400].map(stated), [1, 7, 300]);
    }
}
