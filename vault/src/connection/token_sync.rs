//! Bringing revisions from the journal to KV, and removing those that nobody needs.

use workbot_domain::connection::token_storage::{JOURNAL_KEEPS, JournalStep, is_kept, journal_step};
use workbot_domain::jobs::JobOutcome;
use workbot_shared::AppId;

use crate::context::{VaultCtx, VaultError};

impl VaultCtx {
    /// Brings a revision from the journal to KV. The journal lets go only when, five minutes later, the same bytes
    /// were read back; then the revision that it replaced is deleted.
    pub async fn flush_to_kv(&self, app: &AppId, revision: &str) -> Result<JobOutcome, VaultError> {
        let vault = self.id()?;
        let Some(entry) = self.journal_entry(app, revision)? else { return Ok(JobOutcome::Done) };
        let is_kept = match journal_step(entry.put_at, self.now()) {
            JournalStep::Wait => return Ok(JobOutcome::Reschedule(JOURNAL_KEEPS)),
            JournalStep::Put => false,
            JournalStep::ReadBack => is_kept(self.kv_get(app, revision).await?.as_deref(), &entry.sealed),
        };
        if is_kept {
            if let Some(old) = entry.replaces {
                self.platform().delete(vault.kv_key(app, &old)).await?;
            }
            self.delete_journal_entry(app, revision)?;
            return Ok(JobOutcome::Done);
        }
        self.platform().put(vault.kv_key(app, revision), entry.sealed).await?;
        self.note_put(app, revision)?;
        Ok(JobOutcome::Reschedule(JOURNAL_KEEPS))
    }

    /// Removes a revision from KV.
    pub async fn delete_from_kv(&self, app: &AppId, revision: &str) -> Result<JobOutcome, VaultError> {
        self.platform().delete(self.id()?.kv_key(app, revision)).await?;
        Ok(JobOutcome::Done)
    }
}
