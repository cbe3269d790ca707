//! Where tokens are: in the journal first, then in KV, which may miss what it holds.

use std::time::Duration;

use super::refresh::TokenReadError;
use crate::time::Timestamp;

/// How long a revision is kept in the journal after KV took it: KV may answer with old misses for a minute or more
/// ("How KV works", Cloudflare documentation).
pub const JOURNAL_KEEPS: Duration = Duration::from_secs(300);
/// A revision that cannot be found for this long is lost.
pub const LOST_AFTER: Duration = Duration::from_secs(600);

/// The pauses after each look into KV that finds nothing.
const PAUSES: [Duration; 3] =
    [Duration::from_millis(200), Duration::from_millis(600), Duration::from_millis(1800)];

/// What is done next with a revision that the journal holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JournalStep {
    /// Put it into KV, note when, and come again after [`JOURNAL_KEEPS`].
    Put,
    /// Come again after [`JOURNAL_KEEPS`].
    Wait,
    /// Read it back from KV. If KV keeps it, the revision that it replaced is deleted there, and then it from the journal;
    /// otherwise it is put there again.
    ReadBack,
}

/// What is done with a revision that KV took at `put_at`, if it did.
#[must_use]
pub fn journal_step(put_at: Option<Timestamp>, now: Timestamp) -> JournalStep {
    match put_at {
        None => JournalStep::Put,
        Some(at) if now < at + JOURNAL_KEEPS => JournalStep::Wait,
        Some(_) => JournalStep::ReadBack,
    }
}

/// Whether KV keeps a revision: only what came back byte for byte is let go of.
#[must_use]
pub fn is_kept(found: Option<&[u8]>, sealed: &[u8]) -> bool {
    found == Some(sealed)
}

/// Looks for a revision in KV.
#[derive(Debug, Default)]
pub struct KvLookup {
    looks: usize,
    failed: bool,
}

/// What is done after a look that found nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LookupStep {
    /// Look again after this pause; jitter is added to it.
    Again(Duration),
    /// It is missing: since when, is noted.
    Missing,
    /// KV fails. That says nothing about what it holds.
    Failed,
}

impl KvLookup {
    /// A look found nothing; `failed`: because KV fails. A miss in KV is asked again, and never "log in again".
    pub fn next(&mut self, failed: bool) -> LookupStep {
        self.failed |= failed;
        self.looks += 1;
        match PAUSES.get(self.looks - 1) {
            Some(pause) => LookupStep::Again(*pause),
            None if self.failed => LookupStep::Failed,
            None => LookupStep::Missing,
        }
    }
}

/// What a revision is that KV has been missing since then.
#[must_use]
pub fn missing(since: Timestamp, now: Timestamp) -> TokenReadError {
    if now - LOST_AFTER > since { TokenReadError::Lost } else { TokenReadError::NotNow }
}

#[cfg(test)]
mod tests {
    use super::*;

    const T0: Timestamp = Timestamp(1_000_000);

    #[test]
    fn the_journal_lets_go_only_of_what_kv_gave_back_byte_for_byte_five_minutes_later() {
        assert_eq!(journal_step(None, T0), JournalStep::Put);
        let at = |seconds| journal_step(Some(T0), T0 + Duration::from_secs(seconds));
        assert_eq!((at(0), at(299)), (JournalStep::Wait, JournalStep::Wait));
        assert_eq!(at(300), JournalStep::ReadBack);
        assert!(is_kept(Some(b"sealed"), b"sealed"));
        for found in [None, Some(&b"other"[..]), Some(b"")] {
            assert!(!is_kept(found, b"sealed"), "{found:?}");
        }
    }

    fn looks(failed: [bool; 4]) -> Vec<LookupStep> {
        let mut lookup = KvLookup::default();
        failed.into_iter().map(|failed| lookup.next(failed)).collect()
    }

    #[test]
    fn a_miss_is_looked_for_again_before_it_counts_and_one_failure_makes_it_none() {
        let again = |millis| LookupStep::Again(Duration::from_millis(millis));
        let missed = vec![again(200), again(600), again(1800), LookupStep::Missing];
        assert_eq!(looks([false; 4]), missed);
        for failing in 0..3 {
            let mut failed = [false; 4];
            failed[failing] = true;
            assert_eq!(looks(failed)[3], LookupStep::Failed, "{failing}");
        }
    }

    #[test]
    fn what_is_missing_is_lost_after_ten_minutes_and_not_before() {
        assert_eq!(missing(T0, T0), TokenReadError::NotNow);
        assert_eq!(missing(T0, T0 + LOST_AFTER), TokenReadError::NotNow);
        assert_eq!(missing(T0, T0 + LOST_AFTER + Duration::from_millis(1)), TokenReadError::Lost);
    }
}
