//! Guardrails: what a person allows Workbot to do with their own connection, beyond what the app allows.

use chrono::DateTime;
use serde::{Deserialize, Serialize};

use crate::json::{self, ReadError};
use crate::time::Timestamp;

/// The most writes a day that can be set.
pub const MOST_WRITES_A_DAY: u32 = 1_000;

/// The guardrails of one connection. Its JSON is the stored form.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Guardrails {
    /// Whether writes are refused.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub read_only: bool,
    /// When the permission to use the connection ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<Timestamp>,
    /// The most writes in a day (UTC).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub writes_a_day: Option<u32>,
}

/// What a guardrail forbids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GuardrailError {
    /// The person allows reads only.
    ReadOnly,
    /// The person's permission has ended.
    Ended {
        /// When it ended.
        at: Timestamp,
    },
    /// The person allows fewer writes a day.
    TooManyWrites {
        /// The most writes a day.
        limit: u32,
    },
}

/// Why guardrails cannot be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GuardrailsError {
    /// The end is no time in RFC 3339.
    #[error("`ends_at` is not a time in RFC 3339")]
    NoTime,
    /// The end is not in the future.
    #[error("`ends_at` is not in the future")]
    Past,
    /// More writes a day than [`MOST_WRITES_A_DAY`].
    #[error("`writes_a_day` is above {MOST_WRITES_A_DAY}")]
    TooMany,
}

impl Guardrails {
    /// Reads what a person sets.
    ///
    /// # Errors
    /// [`GuardrailsError`] for an end that is not in the future, and for a limit that is too high.
    pub fn of(set: &workbot_shared::Guardrails, now: Timestamp) -> Result<Self, GuardrailsError> {
        let time = |text: &String| {
            let time = DateTime::parse_from_rfc3339(text).map_err(|_| GuardrailsError::NoTime)?;
            let at = Timestamp(time.timestamp_millis());
            if at <= now { Err(GuardrailsError::Past) } else { Ok(at) }
        };
        if set.writes_a_day.is_some_and(|limit| limit > MOST_WRITES_A_DAY) {
            return Err(GuardrailsError::TooMany);
        }
        Ok(Self {
            read_only: set.read_only,
            ends_at: set.ends_at.as_ref().map(time).transpose()?,
            writes_a_day: set.writes_a_day,
        })
    }

    /// Reads the stored form.
    ///
    /// # Errors
    /// [`ReadError`] for another shape. A member that this version does not know is one, so that no guardrail
    /// of a later version is ignored.
    pub fn from_stored(text: &str) -> Result<Self, ReadError> {
        json::exactly(text.as_bytes())
    }

    /// Returns them as the API shows them.
    #[must_use]
    pub fn shown(self) -> workbot_shared::Guardrails {
        workbot_shared::Guardrails {
            read_only: self.read_only,
            ends_at: self.ends_at.map(Timestamp::rfc3339),
            writes_a_day: self.writes_a_day,
        }
    }

    /// Checks a call, or calls that follow one another. `writes` is how many of them write, and `written` how
    /// many writes were made on the day of `now`.
    ///
    /// # Errors
    /// The guardrail that forbids it.
    pub fn permits(self, writes: u32, written: u32, now: Timestamp) -> Result<(), GuardrailError> {
        if let Some(at) = self.ends_at.filter(|at| *at <= now) {
            return Err(GuardrailError::Ended { at });
        }
        if self.read_only && writes > 0 {
            return Err(GuardrailError::ReadOnly);
        }
        match self.writes_a_day {
            Some(limit) if writes > 0 && written.saturating_add(writes) > limit => {
                Err(GuardrailError::TooManyWrites { limit })
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const NOW: Timestamp = Timestamp(1_798_709_400_000);
    const AN_HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn without_guardrails_everything_is_permitted() {
        assert_eq!(Guardrails::default().permits(1_000, u32::MAX, NOW), Ok(()));
    }

    #[test]
    fn read_only_refuses_writes_and_permits_reads() {
        let guardrails = Guardrails { read_only: true, ..Guardrails::default() };
        assert_eq!(guardrails.permits(0, 0, NOW), Ok(()));
        assert_eq!(guardrails.permits(1, 0, NOW), Err(GuardrailError::ReadOnly));
    }

    #[test]
    fn after_the_end_reads_are_refused_too() {
        let guardrails = Guardrails { ends_at: Some(NOW), read_only: true, ..Guardrails::default() };
        assert_eq!(guardrails.permits(0, 0, Timestamp(NOW.millis() - 1)), Ok(()));
        for writes in [0, 1] {
            assert_eq!(guardrails.permits(writes, 0, NOW), Err(GuardrailError::Ended { at: NOW }));
        }
    }

    #[test]
    fn a_day_has_as_many_writes_as_the_person_allows() {
        let limited = |limit| Guardrails { writes_a_day: Some(limit), ..Guardrails::default() };
        let refused = |limit| Err(GuardrailError::TooManyWrites { limit });
        assert_eq!(limited(3).permits(1, 2, NOW), Ok(()));
        assert_eq!(limited(3).permits(1, 3, NOW), refused(3));
        assert_eq!(limited(3).permits(2, 2, NOW), refused(3), "a run that would stop halfway");
        assert_eq!((limited(0).permits(1, 0, NOW), limited(0).permits(0, 9, NOW)), (refused(0), Ok(())));
    }

    #[test]
    fn an_end_lies_in_the_future_and_a_limit_is_at_most_a_thousand() {
        let of = |ends_at: Option<&str>, writes_a_day| {
            let set = workbot_shared::Guardrails {
                read_only: true,
                ends_at: ends_at.map(str::to_owned),
                writes_a_day,
            };
            Guardrails::of(&set, NOW)
        };
        let later = (NOW + AN_HOUR).rfc3339();
        let read = of(Some(&later), Some(1_000)).unwrap();
        let all = Guardrails { read_only: true, ends_at: Some(NOW + AN_HOUR), writes_a_day: Some(1_000) };
        assert_eq!(read, all);
        assert_eq!(read.shown().ends_at, Some(later));
        assert_eq!(of(Some(&NOW.rfc3339()), None), Err(GuardrailsError::Past));
        assert_eq!(of(Some("tomorrow"), None), Err(GuardrailsError::NoTime));
        assert_eq!(of(None, Some(1_001)), Err(GuardrailsError::TooMany));
    }

    #[test]
    fn the_stored_form_is_pinned_and_an_unknown_guardrail_is_an_error() {
        let all = Guardrails { read_only: true, ends_at: Some(NOW), writes_a_day: Some(3) };
        let text = r#"{"read_only":true,"ends_at":1798709400000,"writes_a_day":3}"#;
        assert_eq!(serde_json::to_string(&all).unwrap(), text);
        assert_eq!(Guardrails::from_stored(text).unwrap(), all);
        assert_eq!(serde_json::to_string(&Guardrails::default()).unwrap(), "{}");
        assert!(Guardrails::from_stored(r#"{"weekdays_only":true}"#).is_err());
    }
}
