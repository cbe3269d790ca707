//! Rotation of master keys: data keys are wrapped anew.

use workbot_domain::event::Event;
use workbot_domain::seal::SealContext;

use crate::context::{VaultCtx, VaultError};
use crate::job::Job;

impl VaultCtx {
    /// Wraps every data key anew by the active master key. What its old one no longer opens stays as it is.
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
