//! Master key rotation: data keys are wrapped again under the active master key.

use workbot_domain::log_event::Event;
use workbot_domain::seal::SealContext;

use crate::context::VaultCtx;
use crate::error::VaultError;
use crate::job::Job;

impl VaultCtx {
    /// Wraps every data key again under the active master key. A data key whose master key is missing or does
    /// not open it stays unchanged.
    ///
    /// # Errors
    /// When the vault is not configured, or its database fails.
    pub fn rewrap_keys(&self) -> Result<(), VaultError> {
        let config = self.config()?;
        for retired in self.keys_under_old_master_keys(config.master_keys.active())? {
            let place = SealContext { vault: self.id()?, app: &retired.app };
            let Ok(key) = config.master_keys.unwrap(place, &retired.key) else {
                self.log(&Event::MasterKeyMissing { kid: retired.key.kid });
                continue;
            };
            let new = config.master_keys.wrap(place, &key, self.random());
            self.sql.transaction(|tx| {
                self.store_rewrapped_key(tx, &retired, new)?;
                self.enqueue(&Job::SyncDirectory { app: retired.app.clone() }, self.now())
            })?;
        }
        Ok(())
    }
}
