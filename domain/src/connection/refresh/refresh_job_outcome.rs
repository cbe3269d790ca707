//! The job that refreshes a token before it expires: what follows its refresh.

use super::access_result::{Access, AccessError};
use crate::job_policy::JobOutcome;
use crate::time::Timestamp;

/// Decides what the refresh job does after its refresh.
#[must_use]
pub fn after_refresh_job(renewed: &Result<Access, AccessError>, now: Timestamp) -> JobOutcome {
    match renewed {
        Err(AccessError::Unavailable { retry_at }) => JobOutcome::Reschedule(retry_at.since(now)),
        Err(AccessError::NotNow) => JobOutcome::Retry,
        // Nothing is sent to a frozen app. The next caller after the freeze starts the refresh again.
        Ok(_)
        | Err(AccessError::NeedsLogin | AccessError::Policy | AccessError::Setup | AccessError::Frozen) => {
            JobOutcome::Done
        }
    }
}
