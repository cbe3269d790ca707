//! Pauses between requests to a party that does not respond.

use chrono::NaiveDateTime;
use std::time::Duration;

use crate::seal::Random;
use crate::time::Timestamp;

/// Limits of the pauses. They grow with the outage, up to [`SHORT`] in its first minutes and up to
/// [`LONGEST`] later; jitter adds up to a half. A party that recovers within ten minutes is asked within 30
/// seconds, and later within five minutes.
const FIRST: Duration = Duration::from_secs(1);
const SHORT: Duration = Duration::from_secs(15);
const LONGEST: Duration = Duration::from_secs(200);
/// Maximum pause that a busy party may ask for (`Retry-After`, RFC 9110 section 10.2.3).
const LONGEST_STATED: Duration = Duration::from_secs(300);

/// Returns the pause before the next request. `outage` is the time since the first failure, and `stated` the
/// pause that the party asks for.
#[must_use]
pub fn pause(outage: Duration, stated: Option<Duration>, random: Random<1>) -> Duration {
    let pause = (outage / 2).clamp(FIRST, SHORT).max(outage / 30).min(LONGEST);
    jittered(pause, random).max(stated.unwrap_or_default().min(LONGEST_STATED))
}

/// Adds jitter: returns between one and one and a half times the duration.
#[must_use]
pub fn jittered(duration: Duration, [dice]: Random<1>) -> Duration {
    duration + duration.mul_f64(f64::from(dice) / 512.0)
}

/// The formats of an HTTP date (RFC 9110 section 5.6.7): the current one, and the two obsolete ones.
const DATES: [&str; 3] = ["%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"];

/// Returns the pause of a `Retry-After` header (RFC 9110 section 10.2.3), in seconds or until a date. `None`
/// for any other text, and for a date in the past.
///
/// ```
/// use std::time::Duration;
/// use workbot_domain::backoff::parse_retry_after;
/// use workbot_domain::time::Timestamp;
///
/// assert_eq!(parse_retry_after("120", Timestamp(0)), Some(Duration::from_secs(120)));
/// assert_eq!(parse_retry_after("soon", Timestamp(0)), None);
/// ```
#[must_use]
pub fn parse_retry_after(retry_after: &str, now: Timestamp) -> Option<Duration> {
    let text = retry_after.trim();
    let pause = match text.parse::<f64>() {
        // The RFC allows whole seconds only; some senders add a fraction.
        Ok(seconds) if text.starts_with(|first: char| first.is_ascii_digit()) => {
            Duration::try_from_secs_f64(seconds.ceil()).unwrap_or(LONGEST_STATED)
        }
        Ok(_) => return None,
        Err(_) => {
            let date = DATES.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())?;
            // A date names a whole second, so the pause lasts to the start of the next.
            (Timestamp(date.and_utc().timestamp_millis()) + Duration::from_secs(1)).since(now)
        }
    };
    (!pause.is_zero()).then_some(pause.min(LONGEST_STATED))
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
    fn a_stated_pause_is_honoured_up_to_five_minutes() {
        let stated = |seconds: u64| pause(Duration::ZERO, Some(Duration::from_secs(seconds)), [0]).as_secs();
        assert_eq!([0, 7, 86_400].map(stated), [1, 7, 300]);
    }

    #[test]
    fn a_stated_pause_is_seconds_or_a_date_and_any_other_text_states_none() {
        // Sun, 06 Nov 1994 08:49:37 GMT (the example of RFC 9110) is 17 seconds away.
        let now = Timestamp(784_111_760_000);
        for (header, seconds) in [
            ("15", Some(15)),
            (" 15 ", Some(15)),
            ("15.2", Some(16)),
            ("86400", Some(300)),
            ("99999999999999999999999", Some(300)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(18)),
            ("Sunday, 06-Nov-94 08:49:37 GMT", Some(18)),
            ("Sun Nov  6 08:49:37 1994", Some(18)),
            ("Tue, 06 Nov 2035 08:49:37 GMT", Some(300)),
            ("Sun, 06 Nov 1994 08:49:00 GMT", None),
            ("Thu, 01 Jan 1970 00:00:00 GMT", None),
            ("Mon, 06 Nov 1994 08:49:37 GMT", None),
            ("0", None),
            ("-1", None),
            ("+5", None),
            ("NaN", None),
            ("inf", None),
            ("soon", None),
            ("", None),
            ("2026-12-31T09:30:00Z", None),
        ] {
            assert_eq!(parse_retry_after(header, now).map(|pause| pause.as_secs()), seconds, "{header}");
        }
    }
}
