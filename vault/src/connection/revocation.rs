//! Revoking: a grant that is no longer wanted is ended at its app. What that needs is kept sealed under a key of its own,
//! until the app did it, or for a day.

use futures_util::future::join_all;
use secrecy::SecretString;
use std::time::Duration;
use workbot_domain::catalog::Revokes;
use workbot_domain::config::Config;
use workbot_domain::connection::revocation::{
    AT_ONCE, RevocationAttempt, TokenRevocation, is_given_up, is_kept_for_own, kept_for_others,
};
use workbot_domain::connection::{AccountIdentity, TokenSet};
use workbot_domain::event::Event;
use workbot_domain::jobs::JobOutcome;
use workbot_domain::owner::VaultId;
use workbot_domain::seal::SealContext;
use workbot_shared::{AppId, RevocationOutcome};

use crate::clients::app::AppClient;
use crate::context::{VaultCtx, VaultError};
use crate::job::Job;
use crate::sql::SqlError;
use crate::store::tokens::RevocationRow;
use crate::workspace;

/// What an app gave for a code is kept within this time, or not at all: who is connected is asked in between.
const KEPT_WITHIN: Duration = Duration::from_secs(120);

/// Sends a noted revocation.
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
    let RevocationRow { app, key, sealed, revision, account_id, .. } = row;
    let config = ctx.config()?;
    let Some(client) = AppClient::of(ctx, &config, &app) else { return Ok(LATER) };
    // Where the journal did not hold the tokens any more, they are in KV.
    let sealed = if sealed.is_empty() { ctx.kv_get(&app, &revision).await? } else { Some(sealed) };
    let place = SealContext { vault: ctx.id()?, app: &app };
    let (Some(sealed), Ok(key)) = (sealed, config.master_keys.unwrap(place, &key)) else {
        return Ok(LATER);
    };
    let tokens = key.open(place, &revision, &sealed).ok().and_then(|plain| TokenSet::from_bytes(&plain));
    // Of a version that this one does not know, most likely: kept for one that does.
    let tokens = tokens.ok_or_else(|| SqlError::unreadable("tokens of a revocation"))?;
    let revokes = client.app.oauth2.as_ref().map_or(Revokes::Token, |oauth2| oauth2.revokes);
    for token in tokens.refresh_token.iter().chain([&tokens.access_token]) {
        // Asked at the last moment: somebody may have logged in.
        if revokes == Revokes::Grant
            && let Err(attempt) = ctx.is_kept_for_other(&config, &app, &account_id).await?
        {
            return Ok(attempt);
        }
        let told = client.revoke(token).await;
        if let TokenRevocation::Refused { status } = told {
            ctx.log(&Event::AppSetup { app: app.clone(), status });
        }
        if let Err(attempt) = told.proceed(revokes) {
            return Ok(attempt);
        }
    }
    Ok(RevocationAttempt::Over(RevocationOutcome::Revoked))
}

/// As due work: an app that is down is asked again, each time later.
pub async fn run_revoke_job(ctx: &VaultCtx, id: &str) -> Result<JobOutcome, VaultError> {
    let attempt = revoke(ctx, id).await?;
    let created_at = ctx.revocation(id)?.map(|row| row.created_at);
    Ok(attempt.job(created_at, ctx.now(), ctx.random()))
}

/// For as long as a person waits; due work goes on after, and not before an app that answered wants to be asked again.
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
    /// The tokens of an answer that cannot be used are revoked.
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

    /// What an app gave for a code is revoked unless it is kept in time. Noted before anything else is asked: a crash then
    /// loses no grant, but at an app where one revocation ends all grants of an account: whose this is, is not known yet. Returns the revocation's id.
    pub fn revoke_unless_kept(&self, app: &AppId, tokens: &TokenSet) -> Result<String, SqlError> {
        self.sql.transaction(|tx| self.enqueue_revocation_at(tx, app, tokens, None, self.now() + KEPT_WITHIN))
    }

    /// A grant that is not kept is revoked now, with the account that it is of, if it is known.
    pub fn discard_grant(&self, revocation: &str, account: Option<&AccountIdentity>) -> Result<(), SqlError> {
        self.sql.transaction(|tx| {
            self.set_revocation_account(tx, revocation, account.map_or("", |account| account.id.as_str()))?;
            self.enqueue(&Job::Revoke { id: revocation.to_owned() }, self.now())
        })
    }

    /// Whether a login with this account is in use, so that it would end with a revocation at an app where one ends them
    /// all: this owner's, another's, or one in another tenant.
    async fn is_kept_for_other(
        &self,
        config: &Config,
        app: &AppId,
        account_id: &str,
    ) -> Result<Result<(), RevocationAttempt>, VaultError> {
        if is_kept_for_own(self.record(app)?.as_ref(), account_id) {
            return Ok(kept_for_others(&[Some(true)]));
        }
        let VaultId { tenant: here, owner } = self.id()?;
        let asked = config.allowed_tenants.iter().map(|tenant| {
            let except = (tenant == here).then(|| owner.clone());
            workspace::has_account(self, tenant, (app.clone(), account_id.to_owned()), except)
        });
        let told: Vec<_> = join_all(asked).await.into_iter().map(Result::ok).collect();
        Ok(kept_for_others(&told))
    }
}
