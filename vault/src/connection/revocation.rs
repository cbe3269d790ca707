//! Revocation of unwanted grants (RFC 7009). The tokens stay sealed under a key of their own until the app
//! has revoked them, for one day at most.

use futures_util::future::join_all;
use secrecy::SecretString;
use std::time::Duration;
use workbot_domain::catalog::Revokes;
use workbot_domain::config::Config;
use workbot_domain::connection::revocation::{
    AT_ONCE, RevocationAttempt, TokenRevocation, after_failed_refresh, is_given_up, is_kept_for_own,
    is_refresh_sent, is_refreshed_first, kept_for_others, refreshed_to_revoke, tokens_to_revoke,
    with_refresh_sent,
};
use workbot_domain::connection::{AccountIdentity, TokenSet};
use workbot_domain::job_policy::JobOutcome;
use workbot_domain::log_event::Event;
use workbot_domain::owner::VaultId;
use workbot_domain::seal::SealContext;
use workbot_shared::{AppId, RevocationOutcome};

use crate::clients::app::AppClient;
use crate::context::VaultCtx;
use crate::error::VaultError;
use crate::job::Job;
use crate::sql::SqlError;
use crate::store::token_journal_and_revocations::RevocationRow;
use crate::workspace;

/// A grant is stored as a connection within this time after the code exchange, or revoked. The account is
/// read in between.
const KEPT_WITHIN: Duration = Duration::from_secs(120);

/// Sends a pending revocation and deletes its row when it is over. Returns `NothingToDo` if there is none of
/// this id.
///
/// # Errors
/// When the tokens cannot be read or the database fails. The row is kept then.
pub async fn revoke(ctx: &VaultCtx, id: &str) -> Result<RevocationAttempt, VaultError> {
    let Some(row) = ctx.revocation(id)? else {
        return Ok(RevocationAttempt::Over(RevocationOutcome::NothingToDo));
    };
    let attempt = if is_given_up(row.created_at, ctx.now()) {
        ctx.log(&Event::RevocationGivenUp { app: row.app });
        RevocationAttempt::Over(RevocationOutcome::Retrying)
    } else {
        send(ctx, row).await?
    };
    if matches!(attempt, RevocationAttempt::Over(_)) {
        ctx.end_revocation(id)?;
    }
    Ok(attempt)
}

async fn send(ctx: &VaultCtx, row: RevocationRow) -> Result<RevocationAttempt, VaultError> {
    const LATER: RevocationAttempt = RevocationAttempt::Later(Duration::ZERO);
    let RevocationRow { id, app, key, sealed, revision, account_id, .. } = row;
    let config = ctx.config()?;
    let Some(client) = AppClient::of(ctx, &config, &app) else { return Ok(LATER) };
    // If the journal no longer held the tokens when the connection ended, they are in KV.
    let sealed = if sealed.is_empty() { ctx.kv_get(&app, &revision).await? } else { Some(sealed) };
    let place = SealContext { vault: ctx.id()?, app: &app };
    let (Some(sealed), Ok(key)) = (sealed, config.master_keys.unwrap(place, &key)) else {
        return Ok(LATER);
    };
    let tokens =
        key.open(place, revision.as_str(), &sealed).ok().and_then(|plain| TokenSet::from_bytes(&plain));
    // Probably written by a later version: the row is kept for that version.
    let mut tokens = tokens.ok_or_else(|| SqlError::unreadable("tokens of a revocation"))?;
    let oauth2 = client.app.oauth2.as_ref();
    let revokes = oauth2.map_or(Revokes::Token, |oauth2| oauth2.revokes);
    if is_refreshed_first(oauth2, &tokens, ctx.now()) {
        // A frozen app gets revocations, but no refresh.
        if ctx.is_frozen(&app).await? {
            return Ok(LATER);
        }
        let sealed = |tokens: &TokenSet| -> Result<Vec<u8>, SqlError> {
            Ok(key.seal(place, revision.as_str(), ctx.random(), &tokens.to_bytes()?))
        };
        ctx.store_revocation_tokens(&id, sealed(&with_refresh_sent(&tokens))?)?;
        tokens = match refreshed(ctx, &client, &tokens).await {
            Ok(tokens) => tokens,
            Err(attempt) => return Ok(attempt),
        };
        // The refresh token before it may be used up.
        ctx.store_revocation_tokens(&id, sealed(&tokens)?)?;
    }
    for token in tokens_to_revoke(oauth2, &tokens) {
        // Checked before each request: the account may have been connected again.
        if revokes == Revokes::Grant
            && let Err(attempt) = ctx.is_kept_for_other(&config, &client, &account_id).await?
        {
            return Ok(attempt);
        }
        let response = client.revoke(token).await;
        if let TokenRevocation::Refused { status } = response {
            ctx.log(&Event::AppSetup { app: app.clone(), status });
        }
        if let Err(attempt) = response.proceed(revokes) {
            return Ok(attempt);
        }
    }
    Ok(RevocationAttempt::Over(RevocationOutcome::Revoked))
}

/// Refreshes tokens whose access token has expired, for an app that revokes access tokens only. `Err` holds
/// the attempt's result if there are no new tokens.
async fn refreshed(
    ctx: &VaultCtx,
    client: &AppClient<'_>,
    tokens: &TokenSet,
) -> Result<TokenSet, RevocationAttempt> {
    let (Some(oauth2), Some(oauth), Some(token)) =
        (&client.app.oauth2, client.oauth(), &tokens.refresh_token)
    else {
        return Err(RevocationAttempt::Later(Duration::ZERO));
    };
    let response = oauth.refresh(ctx, token).await;
    let was_sent = is_refresh_sent(tokens);
    let response = response.map_err(|error| after_failed_refresh(&error, &oauth2.errors, was_sent))?;
    Ok(refreshed_to_revoke(response, oauth2, tokens, ctx.now()))
}

/// The job that sends a revocation. A failure is retried with growing pauses.
pub async fn run_revoke_job(ctx: &VaultCtx, id: &str) -> Result<JobOutcome, VaultError> {
    let attempt = revoke(ctx, id).await?;
    let created_at = ctx.revocation(id)?.map(|row| row.created_at);
    Ok(attempt.job(created_at, ctx.now(), ctx.random()))
}

/// Tries a revocation for [`AT_ONCE`], while a person waits for the receipt. The job continues after that,
/// not before the time that the app asked for.
pub async fn try_revoke_now(ctx: &VaultCtx, id: &str) -> Result<RevocationAttempt, VaultError> {
    let Some(attempt) = ctx.within(AT_ONCE, revoke(ctx, id)).await.transpose()? else {
        return Ok(RevocationAttempt::Later(Duration::ZERO));
    };
    if let Some(rest) = attempt.rest() {
        ctx.postpone(&Job::Revoke { id: id.to_owned() }, ctx.now() + rest)?;
    }
    Ok(attempt)
}

impl VaultCtx {
    /// Enqueues revocations for the tokens of a response that cannot be used.
    pub fn discard_each(
        &self,
        app: &AppId,
        tokens: Vec<SecretString>,
        account: Option<&AccountIdentity>,
    ) -> Result<(), SqlError> {
        self.sql.transaction(|tx| {
            let mut tokens = tokens.into_iter().map(TokenSet::to_be_revoked);
            tokens.try_for_each(|tokens| self.enqueue_revocation(tx, app, &tokens, account))
        })
    }

    /// Stores a revocation of new tokens that becomes due if they are not stored as a connection in time. It
    /// is written before any other request, so that a crash leaves no unknown grant behind. One exception: at
    /// an app where one revocation ends all grants of an account, the account is not known yet, so nothing is
    /// revoked after a crash. Returns the revocation's id.
    pub fn revoke_unless_kept(&self, app: &AppId, tokens: &TokenSet) -> Result<String, SqlError> {
        self.sql.transaction(|tx| self.enqueue_revocation_at(tx, app, tokens, None, self.now() + KEPT_WITHIN))
    }

    /// Makes a stored revocation due now and records the account, if it is known.
    pub fn discard_grant(&self, revocation: &str, account: Option<&AccountIdentity>) -> Result<(), SqlError> {
        self.sql.transaction(|tx| {
            self.set_revocation_account(tx, revocation, account.map_or("", |account| account.id.as_str()))?;
            self.enqueue(&Job::Revoke { id: revocation.to_owned() }, self.now())
        })
    }

    /// Checks whether a connection with this account is in use: this owner's, another owner's of this tenant,
    /// or one in another tenant, at this app or at another one with the same client. At an app with
    /// `revokes = "grant"` a revocation would end it too. `Err` holds the attempt's result if so, or if a
    /// tenant's workspace does not respond.
    async fn is_kept_for_other(
        &self,
        config: &Config,
        client: &AppClient<'_>,
        account_id: &str,
    ) -> Result<Result<(), RevocationAttempt>, VaultError> {
        let apps = client.apps_of_same_client();
        for app in &apps {
            if is_kept_for_own(self.record(app)?.as_ref(), account_id) {
                return Ok(kept_for_others(&[Some(true)]));
            }
        }
        let VaultId { tenant: here, owner } = self.id()?;
        // The own tenant is asked even if it is no longer served.
        let others = config.allowed_tenants.iter().filter(|tenant| *tenant != here);
        let tenants: Vec<_> = others.chain([here]).collect();
        let asked = apps.iter().flat_map(|app| {
            tenants.iter().map(move |tenant| {
                let except = (*tenant == here).then(|| owner.clone());
                workspace::has_account(self, tenant, ((*app).clone(), account_id.to_owned()), except)
            })
        });
        let in_use: Vec<_> = join_all(asked).await.into_iter().map(Result::ok).collect();
        Ok(kept_for_others(&in_use))
    }
}
