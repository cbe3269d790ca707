//! Phase two of the write path: the jobs that put revisions into KV, verify them there, and delete old ones.

use workbot_domain::connection::token_journal::{JOURNAL_KEEPS, JournalStep, is_kept, journal_step};
use workbot_domain::ids::Revision;
use workbot_domain::job_policy::JobOutcome;
use workbot_shared::AppId;

use crate::context::VaultCtx;
use crate::error::VaultError;

impl VaultCtx {
    /// The job that moves a revision from the journal to KV. It puts the bytes into KV and reschedules
    /// itself. Five minutes later it reads them back: KV caches misses for a minute or more, so an earlier
    /// read proves nothing. Identical bytes end the journal row and, before it, the replaced revision in KV.
    /// Anything else repeats the put.
    ///
    /// # Errors
    /// When KV or the database fails.
    pub async fn flush_to_kv(&self, app: &AppId, revision: &Revision) -> Result<JobOutcome, VaultError> {
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

    /// The job that deletes a revision from KV.
    ///
    /// # Errors
    /// When KV fails.
    pub async fn delete_from_kv(&self, app: &AppId, revision: &Revision) -> Result<JobOutcome, VaultError> {
        self.platform().delete(self.id()?.kv_key(app, revision)).await?;
        Ok(JobOutcome::Done)
    }
}
