//! Reading tokens: from the journal first, then from KV.

use std::time::Duration;
use workbot_domain::connection::{Connected, TokenSet};
use workbot_domain::seal::{Place, SealError};
use workbot_shared::AppId;

use crate::context::{VaultCtx, VaultError};
use crate::sql::SqlError;

/// A revision that cannot be found for this long is lost.
const LOST_AFTER: Duration = Duration::from_secs(600);

/// Why tokens could not be read.
pub enum NotRead {
    /// KV misses them or fails; they may be there in a moment.
    NotNow,
    /// They cannot be opened, or have been missing for ten minutes.
    Lost,
    /// Something of ours failed.
    Failed(VaultError),
}

impl From<SqlError> for NotRead {
    fn from(error: SqlError) -> Self {
        Self::Failed(error.into())
    }
}

impl VaultCtx {
    /// The tokens of a connection that can be used.
    pub async fn tokens(&self, app: &AppId, connected: &Connected) -> Result<TokenSet, NotRead> {
        let (Ok(vault), Ok(config)) = (self.id(), self.config()) else { return Err(NotRead::NotNow) };
        let place = Place { vault, app };
        // A missing master key is a mistake of configuration, and destroys nothing.
        let key = config.master_keys.unwrap(place, &connected.key).map_err(|_| NotRead::NotNow)?;
        let sealed = self.sealed(app, &connected.revision).await?;
        let plain = match key.open(place, &connected.revision, &sealed) {
            Ok(plain) => plain,
            Err(SealError::UnknownShape) => {
                return Err(SqlError::unreadable("version of sealed tokens").into());
            }
            Err(_) => return Err(NotRead::Lost),
        };
        TokenSet::from_bytes(&plain).ok_or_else(|| SqlError::unreadable("version of tokens").into())
    }

    /// While the journal holds a revision, KV is not asked. A miss in KV is asked again, and never "log in again".
    async fn sealed(&self, app: &AppId, revision: &str) -> Result<Vec<u8>, NotRead> {
        if let Some(entry) = self.journal_entry(app, revision)? {
            return Ok(entry.sealed);
        }
        let mut failed = false;
        for wait in [200, 600, 1800] {
            match self.kv_get(app, revision).await {
                Ok(Some(sealed)) => {
                    self.found(app)?;
                    return Ok(sealed);
                }
                Ok(None) => {}
                Err(_) => failed = true,
            }
            self.sleep(self.jittered(Duration::from_millis(wait))).await;
        }
        // That KV fails, however long, says nothing about what it holds.
        if failed {
            return Err(NotRead::NotNow);
        }
        let since = self.missing_since(app)?;
        Err(if self.now() - LOST_AFTER > since { NotRead::Lost } else { NotRead::NotNow })
    }

    /// What KV holds of a revision. `None` may be a stale miss.
    pub async fn kv_get(&self, app: &AppId, revision: &str) -> Result<Option<Vec<u8>>, VaultError> {
        Ok(self.platform().get(self.id()?.kv_key(app, revision)).await?)
    }
}
