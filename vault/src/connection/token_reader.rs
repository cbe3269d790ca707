//! Reads tokens: from the journal, or else from KV.

use workbot_domain::connection::TokenSet;
use workbot_domain::connection::refresh::TokenReadError;
use workbot_domain::connection::token_journal::{KvLookup, LookupStep, missing};
use workbot_domain::ids::Revision;
use workbot_domain::seal::{SealContext, SealError};
use workbot_shared::AppId;

use crate::context::VaultCtx;
use crate::error::VaultError;
use crate::sql::SqlError;
use crate::store::connections::TryableConnection;

impl VaultCtx {
    /// The tokens of a connection. The inner error says whether they are lost or cannot be read now.
    ///
    /// # Errors
    /// When the database fails, or the tokens have an unknown version.
    pub async fn tokens(
        &self,
        app: &AppId,
        tryable: &mut TryableConnection,
    ) -> Result<Result<TokenSet, TokenReadError>, VaultError> {
        let (vault, config) = (self.id()?, self.config()?);
        let connected = &tryable.connected;
        let place = SealContext { vault, app };
        // A missing master key is a configuration error and destroys nothing.
        let Ok(key) = config.master_keys.unwrap(place, &connected.key) else {
            return Ok(Err(TokenReadError::NotNow));
        };
        let sealed = match tryable.journaled.take() {
            Some(sealed) => sealed,
            None => match self.sealed_in_kv(app, tryable).await? {
                Ok(sealed) => sealed,
                Err(error) => return Ok(Err(error)),
            },
        };
        match key.open(place, connected.revision.as_str(), &sealed) {
            Ok(plain) => match TokenSet::from_bytes(&plain) {
                Some(tokens) => Ok(Ok(tokens)),
                None => Err(SqlError::unreadable("version of tokens").into()),
            },
            Err(SealError::UnknownShape) => Err(SqlError::unreadable("version of sealed tokens").into()),
            Err(_) => Ok(Err(TokenReadError::Lost)),
        }
    }

    /// The sealed tokens of a revision that the journal does not hold. A miss in KV is retried with backoff.
    async fn sealed_in_kv(
        &self,
        app: &AppId,
        tryable: &TryableConnection,
    ) -> Result<Result<Vec<u8>, TokenReadError>, VaultError> {
        let mut lookup = KvLookup::default();
        loop {
            let found = self.kv_get(app, &tryable.connected.revision).await;
            if let Ok(Some(sealed)) = found {
                if tryable.was_missing {
                    self.clear_missing(app)?;
                }
                return Ok(Ok(sealed));
            }
            match lookup.next(found.is_err()) {
                LookupStep::Again(pause) => self.sleep(self.jittered(pause)).await,
                LookupStep::Failed => return Ok(Err(TokenReadError::NotNow)),
                LookupStep::Missing => return Ok(Err(missing(self.missing_since(app)?, self.now()))),
            }
        }
    }

    /// Reads a revision from KV. `None` may be a stale miss.
    ///
    /// # Errors
    /// When KV fails.
    pub async fn kv_get(&self, app: &AppId, revision: &Revision) -> Result<Option<Vec<u8>>, VaultError> {
        Ok(self.platform().get(self.id()?.kv_key(app, revision)).await?)
    }
}
