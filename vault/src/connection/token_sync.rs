//! Bringing revisions from the journal to KV, and removing those that nobody needs.

use workbot_shared::AppId;

use crate::context::{VaultCtx, VaultError};
use crate::job::Finish;
use crate::store::tokens::JOURNAL_KEEPS;

impl VaultCtx {
    /// Brings a revision from the journal to KV. The journal lets go only when, five minutes later, the same bytes
    /// were read back; then the revision that it replaced is deleted.
    pub async fn settle(&self, app: &AppId, revision: &str) -> Result<Finish, VaultError> {
        let vault = self.id()?;
        let Some(entry) = self.journal_entry(app, revision)? else { return Ok(Finish::Done) };
        let kept = match entry.put_at {
            Some(at) if self.now() < at + JOURNAL_KEEPS => return Ok(Finish::Again(JOURNAL_KEEPS)),
            Some(_) => self.kv_get(app, revision).await?.is_some_and(|read| read == entry.sealed),
            None => false,
        };
        if kept {
            if let Some(old) = entry.replaces {
                self.platform().delete(vault.kv_key(app, &old)).await?;
            }
            self.drop_journal_entry(app, revision)?;
            return Ok(Finish::Done);
        }
        self.platform().put(vault.kv_key(app, revision), entry.sealed).await?;
        self.note_put(app, revision)?;
        Ok(Finish::Again(JOURNAL_KEEPS))
    }

    /// Removes a revision from KV.
    pub async fn remove(&self, app: &AppId, revision: &str) -> Result<Finish, VaultError> {
        self.platform().delete(self.id()?.kv_key(app, revision)).await?;
        Ok(Finish::Done)
    }
}
