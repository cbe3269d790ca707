//! Where tokens are stored: in the journal first, then in KV, which may miss a value it holds.
//!
//! A new revision is written to the journal, inside the vault's SQLite, before KV is called. It leaves the
//! journal only after the same bytes were read back from KV, at least [`JOURNAL_KEEPS`] after the write.

use std::time::Duration;

use super::refresh::TokenReadError;
use crate::time::Timestamp;

/// How long a revision stays in the journal after the write to KV. KV may return cached misses for a minute
/// or more (Cloudflare documentation, "How KV works").
pub const JOURNAL_KEEPS: Duration = Duration::from_secs(300);
/// A revision that is missing for this long is lost.
pub const LOST_AFTER: Duration = Duration::from_secs(600);

/// The pauses between the reads of a missing key.
const PAUSES: [Duration; 3] =
    [Duration::from_millis(200), Duration::from_millis(600), Duration::from_millis(1800)];

/// The next step for a revision in the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JournalStep {
    /// Write it to KV, record the time, and continue after [`JOURNAL_KEEPS`].
    Put,
    /// Continue after [`JOURNAL_KEEPS`].
    Wait,
    /// Read it back from KV. If the bytes match, delete the replaced revision from KV and then this one from
    /// the journal; otherwise write it again.
    ReadBack,
}

/// Decides about a revision in the journal. `put_at` is the time of its write to KV, if there was one.
#[must_use]
pub fn journal_step(put_at: Option<Timestamp>, now: Timestamp) -> JournalStep {
    match put_at {
        None => JournalStep::Put,
        Some(at) if now < at + JOURNAL_KEEPS => JournalStep::Wait,
        Some(_) => JournalStep::ReadBack,
    }
}

/// Whether KV holds a revision: the bytes read have to equal the bytes written.
#[must_use]
pub fn is_kept(found: Option<&[u8]>, sealed: &[u8]) -> bool {
    found == Some(sealed)
}

/// A read of a revision from KV, with retries.
#[derive(Debug, Default)]
pub struct KvLookup {
    looks: usize,
    failed: bool,
}

/// What happens after a read that found nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LookupStep {
    /// Read again after this pause, plus jitter.
    Again(Duration),
    /// The key is missing. Record since when.
    Missing,
    /// KV fails, which says nothing about its content.
    Failed,
}

impl KvLookup {
    /// Takes a read without a result; `failed` says that KV returned an error. A miss leads to another read,
    /// and never to a login.
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

/// Returns the error for a revision that has been missing in KV since `since`.
#[must_use]
pub fn missing(since: Timestamp, now: Timestamp) -> TokenReadError {
    if now - LOST_AFTER > since { TokenReadError::Lost } else { TokenReadError::NotNow }
}

#[cfg(test)]
mod tests {
    use super::*;

    const T0: Timestamp = Timestamp(1_000_000);

    #[test]
    fn the_journal_drops_a_revision_only_after_kv_returned_the_same_bytes_five_minutes_later() {
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
    fn a_miss_is_retried_before_it_counts_and_a_failed_read_is_no_miss() {
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
    fn a_missing_revision_is_lost_after_ten_minutes_and_not_before() {
        assert_eq!(missing(T0, T0), TokenReadError::NotNow);
        assert_eq!(missing(T0, T0 + LOST_AFTER), TokenReadError::NotNow);
        assert_eq!(missing(T0, T0 + LOST_AFTER + Duration::from_millis(1)), TokenReadError::Lost);
    }
}
